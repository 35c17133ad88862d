package models

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// DeliveryState is how a push fared on one device.
type DeliveryState string

// How FCM answered for one device.
const (
	DeliveryAccepted DeliveryState = "accepted"
	DeliveryDead     DeliveryState = "failed"   // the registration is dead, malformed or another project's: disable it
	DeliveryRejected DeliveryState = "rejected" // our payload is wrong: the registration is kept
	DeliveryUnknown  DeliveryState = "unknown"  // no clear answer: it may have been delivered; try again
	DeliveryNotSent  DeliveryState = "not_sent" // certainly not delivered; try again
)

// Result is FCM's answer for one device.
type Result struct {
	DeviceID    string
	State       DeliveryState
	Code        string // a word of FCM's, such as UNREGISTERED
	MessageName string
	RetryIn     time.Duration // for DeliveryUnknown and DeliveryNotSent
}

// SentPush is a push with what became of it on each device.
type SentPush struct {
	DuePush
	Results []Result
}

// settlement is what a push's row becomes; pushes that become the same are written together.
type settlement struct {
	attempt   int
	state     string
	nextAt    Instant // 0: nothing left to do
	askAgain  Instant // 0: no answer was a transient fault
	maybeSent bool
}

func (p SentPush) settlement(now Instant) settlement {
	s := settlement{attempt: p.Attempt, state: pushDone, maybeSent: p.maybeSent}
	dead := 0
	for _, r := range p.Results {
		switch r.State {
		case DeliveryUnknown, DeliveryNotSent:
			s.askAgain = earlier(s.askAgain, now.Add(r.RetryIn))
			s.maybeSent = s.maybeSent || r.State == DeliveryUnknown
		case DeliveryDead:
			dead++
		}
	}
	next := s.askAgain
	if p.wait != nil {
		next = earlier(next, *p.wait)
	}
	if next == 0 && dead > 0 && dead == len(p.Results) && !p.accepted() {
		next = now.Add(parkFor) // every phone turned out to be gone: wait for another until it expires
	}
	if next != 0 && p.earliest != 0 {
		s.state, s.nextAt = pushWaiting, min(next, p.earliest)
	}
	return s
}

func (p SentPush) any(state DeliveryState) bool {
	return slices.ContainsFunc(p.Results, func(r Result) bool { return r.State == state })
}

func (p SentPush) accepted() bool { return p.any(DeliveryAccepted) }

// errLockFirst takes a transaction back to lock the people whom it found to need a correction.
var errLockFirst = errors.New("people have to be locked first")

// CompletePushes records what became of claimed pushes. It is fenced by the attempt: of a push that somebody else has
// claimed since, nothing is recorded, but what it may have put on a phone is overwritten. It returns how many were fenced off.
// What was changed while it was on the wire, by a write that could not know whether it would go out, is corrected in the
// same transaction.
func (s *Store) CompletePushes(ctx context.Context, sent []SentPush) (fenced int, err error) {
	// In one order everywhere, so that nobody waits for each other in a circle: people, then pushes, each by id.
	sent = slices.SortedFunc(slices.Values(sent), func(a, b SentPush) int { return strings.Compare(a.PushID, b.PushID) })
	var locked []string
	planning, uncorrected := false, false
	for {
		err := s.workerWrite(ctx, func(tx *tx) error {
			planning = false
			if err := tx.lockPeople(locked...); err != nil {
				return err
			}
			if uncorrected {
				sent[0].postpone(tx.now.Add(parkFor))
			}
			mine, ended, err := tx.record(sent)
			if err != nil {
				return err
			}
			fenced = len(sent) - len(mine)
			if err := tx.sayAgain(without(sent, mine)); err != nil {
				return err
			}
			wrong, err := tx.toldWrong(slices.DeleteFunc(mine, func(p SentPush) bool { return p.isPlain(ended) }))
			if err != nil || uncorrected {
				return err
			}
			if slices.ContainsFunc(wrong, func(id string) bool { return !slices.Contains(locked, id) }) {
				locked = append(locked, wrong...)
				return errLockFirst
			}
			planning = true
			return tx.replan(causeSent, wrong...)
		})
		switch {
		case errors.Is(err, errLockFirst):
		case planning && len(sent) == 1 && !uncorrected && wouldFailAgain(err) && ctx.Err() == nil:
			// Without its record it would be sent again at each lease's end. Somebody looks at it again: another node may know more.
			slog.Error("what went out cannot be corrected yet", "push", sent[0].PushID, "cause", err)
			uncorrected = true
		default:
			return fenced, err
		}
	}
}

// record writes down what became of the pushes that are still this worker's, and returns those and the reminders that
// waited until now.
func (t *tx) record(sent []SentPush) (mine []SentPush, ended map[string]bool, err error) {
	if sent, err = t.doubtDeaths(sent); err != nil {
		return nil, nil, err
	}
	if mine, err = t.settle(sent); err != nil {
		return nil, nil, err
	}
	if err := t.recordDeliveries(mine); err != nil {
		return nil, nil, err
	}
	if err := t.disableDead(mine); err != nil {
		return nil, nil, err
	}
	ended, err = t.recordEnds(mine)
	return mine, ended, err
}

// isPlain says that all of a push went out and that all of it was waiting until this moment: a write that had changed any
// of it meanwhile would have ended the reminder. A correction on the wire is left to whoever has it, so it is never plain.
func (p SentPush) isPlain(ended map[string]bool) bool {
	return p.accepted() && !p.maybeSent && len(p.ends) == 0 &&
		!slices.ContainsFunc(p.Things, func(thing Thing) bool { return thing.Kind == RemindCorrection || !ended[thing.ReminderID] })
}

// settle frees the pushes that are still this worker's and returns them.
func (t *tx) settle(sent []SentPush) ([]SentPush, error) {
	all := make([]string, len(sent))
	groups := map[settlement][]string{}
	for i, p := range sent {
		s := p.settlement(t.now)
		groups[s] = append(groups[s], p.PushID)
		all[i] = p.PushID
	}
	if err := t.lockPushes(t.among("id", all)); err != nil {
		return nil, err
	}
	freed := make(map[Claim]bool, len(sent))
	for s, ids := range groups {
		var next, askAgain *Instant
		if s.nextAt != 0 {
			next = &s.nextAt
		}
		retries := 0
		if s.askAgain != 0 {
			askAgain, retries = &s.askAgain, 1
		}
		var mine []string
		err := t.scan(&mine, `UPDATE pushes SET state = ?, next_at = ?, ask_again = ?, maybe_sent = (maybe_sent OR ?), retries = retries + ?
			WHERE ? AND attempt = ? AND state = 'claimed' RETURNING id`,
			s.state, next, askAgain, s.maybeSent, retries, t.among("id", ids), s.attempt)
		if err != nil {
			return nil, err
		}
		for _, id := range mine {
			freed[Claim{PushID: id, Attempt: s.attempt}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(sent), func(p SentPush) bool { return !freed[p.Claim] }), nil
}

// recordDeliveries notes each device's answer. An acknowledgement that came before it stays.
func (t *tx) recordDeliveries(sent []SentPush) error {
	type delivery struct {
		Push     string        `json:"push"`
		Revision int           `json:"revision"`
		Device   string        `json:"device"`
		State    DeliveryState `json:"state"`
		Code     *string       `json:"code"`
		Name     *string       `json:"name"`
	}
	var list []delivery
	for _, p := range sent {
		for _, r := range p.Results {
			list = append(list, delivery{p.PushID, p.Revision, r.DeviceID, r.State, orNull(r.Code), orNull(r.MessageName)})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return t.exec(`INSERT INTO deliveries (push_id, revision, device_id, state, code, message_name, attempted_at)
		SELECT value->>'push', CAST(value->>'revision' AS INTEGER), value->>'device', value->>'state', value->>'code', value->>'name', ?
		FROM ? WHERE TRUE
		ON CONFLICT (push_id, revision, device_id) DO UPDATE SET code = excluded.code, message_name = excluded.message_name,
			attempted_at = excluded.attempted_at,
			state = CASE WHEN deliveries.state IN ('acknowledged', 'opened') THEN deliveries.state ELSE excluded.state END`, t.now, t.each(list))
}

// recordEnds gives the waiting reminders of these pushes the states that they have come to, and returns which it changed.
func (t *tx) recordEnds(sent []SentPush) (map[string]bool, error) {
	ends := map[ending][]string{}
	for _, p := range sent {
		for id, end := range p.ends {
			ends[end] = append(ends[end], id)
		}
		switch {
		case p.accepted() || !p.untold():
			ends[ending{Accepted, ""}] = append(ends[ending{Accepted, ""}], p.reminderIDs()...)
			superseded := ending{Cancelled, causeSuperseded}
			ends[superseded] = append(ends[superseded], p.covered...)
		case p.any(DeliveryRejected) && p.settlement(t.now).state == pushDone: // else another device may still take it
			ends[ending{Rejected, ""}] = slices.Concat(ends[ending{Rejected, ""}], p.reminderIDs(), p.covered)
		}
	}
	ended := make(map[string]bool, len(sent))
	for end, ids := range ends {
		var sentAt *Instant
		if end.state == Accepted {
			sentAt = &t.now
		}
		var changed []string
		err := t.scan(&changed, "UPDATE reminders SET state = ?, cause = ?, sent_at = ? WHERE ? AND state = 'waiting' RETURNING id",
			end.state, orNull(end.cause), sentAt, t.among("id", ids))
		if err != nil {
			return nil, err
		}
		for _, id := range changed {
			ended[id] = true
		}
	}
	return ended, nil
}

func (p SentPush) reminderIDs() []string {
	ids := make([]string, len(p.Things))
	for i, thing := range p.Things {
		ids[i] = thing.ReminderID
	}
	return ids
}
