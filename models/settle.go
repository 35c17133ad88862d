package models

import (
	"context"
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
	retry     bool
	maybeSent bool
}

func (p SentPush) settlement(now Instant) settlement {
	s := settlement{attempt: p.Attempt, state: pushDone, maybeSent: p.maybeSent}
	var next Instant
	dead := 0
	for _, r := range p.Results {
		switch r.State {
		case DeliveryUnknown, DeliveryNotSent:
			next, s.retry = earlier(next, now.Add(r.RetryIn)), true
			s.maybeSent = s.maybeSent || r.State == DeliveryUnknown
		case DeliveryDead:
			dead++
		}
	}
	if p.wait != nil {
		next = earlier(next, *p.wait)
	}
	if next == 0 && dead > 0 && dead == len(p.Results) && !p.accepted() {
		next = p.earliest // every phone turned out to be gone: wait for another until it expires
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

// CompletePushes records what became of claimed pushes. It is fenced by the attempt: of a push that somebody else has
// claimed since, nothing is recorded. It returns how many were fenced off.
func (s *Store) CompletePushes(ctx context.Context, sent []SentPush) (fenced int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		mine, unclear, err := tx.settle(sent)
		if err != nil {
			return err
		}
		fenced = len(sent) - len(mine)
		if err := tx.recordDeliveries(mine); err != nil {
			return err
		}
		if err := tx.recordEnds(mine); err != nil {
			return err
		}
		return tx.correctWhatChanged(mine, unclear)
	})
	return fenced, err
}

// settle frees the pushes that are still this worker's and returns them, with the people to whom something may have
// been sent that nobody is sure of.
func (t *tx) settle(sent []SentPush) (mine []SentPush, unclear []string, err error) {
	groups := map[settlement][]string{}
	for _, p := range sent {
		s := p.settlement(t.now)
		groups[s] = append(groups[s], p.PushID)
	}
	freed := make(map[string]bool, len(sent))
	for s, ids := range groups {
		var next *Instant
		if s.nextAt != 0 {
			next = &s.nextAt
		}
		retries := 0
		if s.retry {
			retries = 1
		}
		var rows []pushRow
		err := t.scan(&rows, `UPDATE pushes SET state = ?, next_at = ?, maybe_sent = (maybe_sent OR ?), retries = retries + ?
			WHERE id IN ? AND attempt = ? AND state = 'claimed' RETURNING id, user_id, maybe_sent`,
			s.state, next, s.maybeSent, retries, ids, s.attempt)
		if err != nil {
			return nil, nil, err
		}
		for _, row := range rows {
			freed[row.ID] = true
			if row.MaybeSent {
				unclear = append(unclear, row.UserID)
			}
		}
	}
	if len(freed) == len(sent) {
		return sent, unclear, nil
	}
	return slices.DeleteFunc(slices.Clone(sent), func(p SentPush) bool { return !freed[p.PushID] }), unclear, nil
}

// recordDeliveries notes each device's answer. An acknowledgement that came before it stays.
func (t *tx) recordDeliveries(sent []SentPush) error {
	var values []string
	var args []any
	var dead []string
	for _, p := range sent {
		for _, r := range p.Results {
			values = append(values, "(?, ?, ?, ?, ?, ?, ?)")
			args = append(args, p.PushID, p.Revision, r.DeviceID, string(r.State), orNull(r.Code), orNull(r.MessageName), t.now)
			if r.State == DeliveryDead {
				dead = append(dead, r.DeviceID)
			}
		}
	}
	if len(values) > 0 {
		err := t.exec(`INSERT INTO deliveries (push_id, revision, device_id, state, code, message_name, attempted_at) VALUES `+strings.Join(values, ", ")+`
			ON CONFLICT (push_id, revision, device_id) DO UPDATE SET code = excluded.code, message_name = excluded.message_name,
				attempted_at = excluded.attempted_at,
				state = CASE WHEN deliveries.state IN ('acknowledged', 'opened') THEN deliveries.state ELSE excluded.state END`, args...)
		if err != nil {
			return err
		}
	}
	if len(dead) == 0 {
		return nil
	}
	return t.exec("UPDATE devices SET status = ?, version = version + 1 WHERE id IN ? AND status = ?", DeviceDisabled, dead, DeviceLive)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// recordEnds gives the reminders of these pushes the states that they have come to.
func (t *tx) recordEnds(sent []SentPush) error {
	ends := map[ending][]string{}
	for _, p := range sent {
		for id, end := range p.ends {
			ends[end] = append(ends[end], id)
		}
		switch {
		case p.accepted():
			ends[ending{Accepted, ""}] = append(ends[ending{Accepted, ""}], p.reminderIDs()...)
		case p.any(DeliveryRejected):
			ends[ending{Rejected, ""}] = append(ends[ending{Rejected, ""}], p.reminderIDs()...)
		}
	}
	for end, ids := range ends {
		var sentAt *Instant
		if end.state == Accepted {
			sentAt = &t.now
		}
		err := t.exec("UPDATE reminders SET state = ?, cause = ?, sent_at = ? WHERE id IN ? AND state = 'waiting'",
			end.state, orNull(end.cause), sentAt, ids)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p SentPush) reminderIDs() []string {
	ids := make([]string, len(p.Things))
	for i, thing := range p.Things {
		ids[i] = thing.ReminderID
	}
	return ids
}

// correctWhatChanged looks for reminders that a write took back while they were on the wire: they went out, so they are
// accepted after all, and the phone is told what is so now.
func (t *tx) correctWhatChanged(sent []SentPush, unclear []string) error {
	var went []string
	for _, p := range sent {
		if p.accepted() {
			went = append(went, p.reminderIDs()...)
		}
	}
	var people []string
	err := t.scan(&people, `UPDATE reminders SET state = 'accepted', cause = NULL, sent_at = ?
		WHERE id IN ? AND state IN ('cancelled', 'turned_off') RETURNING user_id`, t.now, append(went, "")) // never an empty IN ()
	if err != nil {
		return err
	}
	people = append(people, unclear...)
	slices.Sort(people)
	people = slices.Compact(people)
	if err := t.lockClients(people...); err != nil {
		return err
	}
	return t.replan(causeSent, people...)
}

// Names of the reasons for which a lane is paused.
const (
	LaneQuota      = "quota"
	LaneAPNs       = "apns_credential"
	LaneCredential = "credential"
)

// PauseLane leaves a platform alone until an instant; a longer pause already set stands.
func (s *Store) PauseLane(ctx context.Context, lane Platform, pause time.Duration, reason string) error {
	return s.write(ctx, func(tx *tx) error {
		return tx.exec(`INSERT INTO lanes (name, paused_until, reason) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
			SET paused_until = excluded.paused_until, reason = excluded.reason WHERE lanes.paused_until < excluded.paused_until`,
			lane, tx.now.Add(pause), reason)
	})
}

func (t *tx) pausedLanes() (map[Platform]Instant, error) {
	var rows []struct {
		Name        Platform
		PausedUntil Instant
	}
	paused := map[Platform]Instant{}
	err := t.scan(&rows, "SELECT name, paused_until FROM lanes WHERE paused_until > ?", t.now)
	for _, row := range rows {
		paused[row.Name] = row.PausedUntil
	}
	return paused, err
}
