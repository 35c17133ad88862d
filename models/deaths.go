package models

import (
	"log/slog"
	"slices"
	"time"
)

// Phones die one by one. When many registrations are called dead at once it is FCM, or our credential, that is wrong, and
// disabling them would silence a clinic: then none is disabled, and what was for them is tried again later.
const (
	deathsCounted = 10 * time.Minute
	deathsPercent = 5                 // of what was sent
	deathsFewest  = 5                 // so many may be mere chance
	deathsDoubted = 2 * deathsCounted // longer than it takes until those are tried again
)

// count adds messages to those that were handed over within the ten minutes.
func (p pace) count(now Instant, n int) pace {
	if age := now.Sub(p.CountedFrom); age < 0 || age >= deathsCounted {
		p.CountedFrom, p.Handed, p.Dead = now, 0, 0
	}
	p.Handed += n
	return p
}

// bury adds deaths among so many answers to the count, and says whether they are to be doubted. What was handed over may
// not have been answered yet, so the answers that came together are looked at by themselves too.
func (p pace) bury(now Instant, dead, answered int) (after pace, doubted bool) {
	p = p.count(now, 0)
	p.Dead += dead
	tooMany := func(dead, of int) bool { return dead > deathsFewest && dead*100 > of*deathsPercent }
	if tooMany(p.Dead, p.Handed) || tooMany(dead, answered) {
		p.DoubtedUntil = now.Add(deathsDoubted)
	}
	return p, now < p.DoubtedUntil
}

// doubtDeaths takes back what FCM said of registrations where it said so of too many; all nodes count together.
func (t *tx) doubtDeaths(sent []SentPush) ([]SentPush, error) {
	answered, codes := 0, map[string]int{}
	dead := 0
	for _, p := range sent {
		answered += len(p.Results)
		for _, r := range p.Results {
			if r.State == DeliveryDead {
				codes[r.Code]++
				dead++
			}
		}
	}
	if dead == 0 {
		return sent, nil
	}
	before, err := t.pace("FOR UPDATE")
	if err != nil {
		return nil, err
	}
	after, doubted := before.bury(t.now, dead, answered)
	if err := t.keepPace(after); err != nil || !doubted {
		return sent, err
	}
	if t.now >= before.DoubtedUntil {
		slog.Error("too many registrations are called dead at once, so none is disabled: is it the right credential for this app's Firebase project?",
			"codes", codes, "dead", after.Dead, "sent", after.Handed)
	}
	sent = slices.Clone(sent)
	for i, p := range sent {
		sent[i].Results = slices.Clone(p.Results)
		for j, r := range sent[i].Results {
			if r.State == DeliveryDead {
				sent[i].Results[j].State, sent[i].Results[j].RetryIn = DeliveryNotSent, max(r.RetryIn, deathsCounted)
			}
		}
	}
	return sent, nil
}

// disableDead leaves a tombstone on each device whose registration is dead, unless the app has registered since, be it under
// the same one: it may not be started again for days.
func (t *tx) disableDead(sent []SentPush) error {
	for _, p := range sent {
		for _, r := range p.Results {
			i := slices.IndexFunc(p.Targets, func(d Target) bool { return d.DeviceID == r.DeviceID })
			if r.State != DeliveryDead || i < 0 {
				continue
			}
			index, err := t.keys.index(indexRegistration, p.Targets[i].Registration)
			if err != nil {
				return err
			}
			err = t.exec("UPDATE devices SET status = ?, version = version + 1 WHERE id = ? AND status IN (?, ?) AND registration_index = ? AND confirmed_at <= ?",
				DeviceDisabled, r.DeviceID, DeviceLive, DeviceProving, index, p.CheckedAt)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
