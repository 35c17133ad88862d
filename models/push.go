package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"
)

// What can stand of a push.
const (
	pushWaiting = "waiting"
	pushClaimed = "claimed"
	pushDone    = "done"
)

// pushRow is one message to one person. Its id is the tag that the phone sees.
type pushRow struct {
	ID        string
	ClinicID  string
	UserID    string
	DueAt     Instant
	NextAt    *Instant
	State     string
	Attempt   int
	Revision  int
	Retries   int
	AskAgain  *Instant // before that FCM is not to be asked again
	MaybeSent bool     // an attempt at this revision ended unknown
}

func (pushRow) TableName() string { return "pushes" }

// storePlans writes what planning changed.
func (t *tx) storePlans(plans []*plan) error {
	var newPushes []pushRow
	var newReminders []reminderRow
	var changedPushes []pushRow
	var changed []reminderRow
	var emptied []string
	for _, p := range plans {
		for _, push := range p.pushes {
			switch {
			case push.isNew:
				newPushes = append(newPushes, push.pushRow)
			case !push.frozen() && !push.used:
				emptied = append(emptied, push.ID)
			case push.changed:
				changedPushes = append(changedPushes, push.pushRow)
			}
			t.wake = t.wake || push.isNew || push.changed
		}
		for _, r := range p.reminders {
			switch {
			case r.isNew:
				newReminders = append(newReminders, r.reminderRow)
			case r.changed:
				changed = append(changed, r.reminderRow)
			}
		}
	}
	if err := t.updatePushes(changedPushes); err != nil {
		return err
	}
	if err := insertAll(t, newPushes); err != nil {
		return err
	}
	if err := insertAll(t, newReminders); err != nil {
		return err
	}
	if err := t.updateReminders(changed); err != nil || len(emptied) == 0 {
		return err
	}
	return t.exec("DELETE FROM pushes WHERE ? AND attempt = 0 AND NOT EXISTS (SELECT 1 FROM reminders WHERE push_id = pushes.id)", t.among("id", emptied))
}

// lockPushes keeps pushes until the transaction ends, in the order of their ids.
func (t *tx) lockPushes(which clause.Expr) error {
	if !t.postgres {
		return nil
	}
	var locked []string
	return t.scan(&locked, "SELECT id FROM pushes WHERE ? ORDER BY id FOR NO KEY UPDATE", which)
}

// updatesAtATime bounds a statement: a clinic's policy changes tens of thousands of rows, while others wait for them.
const updatesAtATime = 1000

func (t *tx) updatePushes(rows []pushRow) error {
	type update struct {
		ID        string `json:"id"`
		Attempt   int    `json:"attempt"`
		DueAt     int64  `json:"due"`
		NextAt    *int64 `json:"next"`
		State     string `json:"state"`
		Revision  int    `json:"revision"`
		Retries   int    `json:"retries"`
		MaybeSent int    `json:"maybe"`
	}
	for part := range slices.Chunk(rows, updatesAtATime) {
		list := make([]update, len(part))
		for i, r := range part {
			list[i] = update{r.ID, r.Attempt, int64(r.DueAt), (*int64)(r.NextAt), r.State, r.Revision, r.Retries, 0}
			if r.MaybeSent {
				list[i].MaybeSent = 1
			}
		}
		err := t.exec(`UPDATE pushes SET due_at = CAST(value->>'due' AS BIGINT), next_at = CAST(value->>'next' AS BIGINT), state = value->>'state',
				revision = CAST(value->>'revision' AS INTEGER), retries = CAST(value->>'retries' AS INTEGER), maybe_sent = CAST(value->>'maybe' AS INTEGER) = 1
			FROM ? WHERE pushes.id = value->>'id' AND attempt = CAST(value->>'attempt' AS INTEGER)`, t.each(list))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) updateReminders(rows []reminderRow) error {
	type update struct {
		ID        string  `json:"id"`
		PushID    *string `json:"push"`
		RemindAt  int64   `json:"remind"`
		ExpiresAt int64   `json:"expires"`
		AboutAt   int64   `json:"about"`
		WasAt     *int64  `json:"was"`
		State     State   `json:"state"`
		Cause     *string `json:"cause"`
		SentAt    *int64  `json:"sent"`
		Revision  int     `json:"revision"`
		TimeZone  string  `json:"zone"`
		LeadsOf   string  `json:"leads_of"`
		Steps     string  `json:"steps"`
	}
	for part := range slices.Chunk(rows, updatesAtATime) {
		list := make([]update, len(part))
		for i, r := range part {
			list[i] = update{r.ID, r.PushID, int64(r.RemindAt), int64(r.ExpiresAt), int64(r.AboutAt), (*int64)(r.WasAt), r.State, r.Cause,
				(*int64)(r.SentAt), r.Revision, r.TimeZone, r.LeadsOf, r.Steps}
		}
		err := t.exec(`UPDATE reminders SET push_id = value->>'push', remind_at = CAST(value->>'remind' AS BIGINT), expires_at = CAST(value->>'expires' AS BIGINT),
				about_at = CAST(value->>'about' AS BIGINT), was_at = CAST(value->>'was' AS BIGINT), state = value->>'state', cause = value->>'cause',
				sent_at = CAST(value->>'sent' AS BIGINT), revision = CAST(value->>'revision' AS INTEGER), time_zone = value->>'zone',
				leads_of = value->>'leads_of', steps = value->>'steps'
			FROM ? WHERE reminders.id = value->>'id'`, t.each(list))
		if err != nil {
			return err
		}
	}
	return nil
}

// Woken is signalled after a write of this process that a worker may have to act on.
func (s *Store) Woken() <-chan struct{} { return s.woken }

func (s *Store) wake() {
	select {
	case s.woken <- struct{}{}:
	default: // a signal is waiting already
	}
}

// NextDue is when a worker has to look at a push next; found is false when there is nothing to wait for.
func (s *Store) NextDue(ctx context.Context) (at Instant, found bool, err error) {
	err = s.workerRead(ctx, func(tx *tx) error {
		var next *Instant
		err := tx.db.Raw("SELECT min(next_at) FROM pushes WHERE next_at IS NOT NULL").Row().Scan(&next)
		if err != nil || next == nil {
			return err
		}
		at, found = *next, true
		if at > tx.now {
			return nil
		}
		pace, err := tx.pace("") // which holds it up, if anything does
		at = pace.charge(tx.now, int(s.owed.Load()), s.pushRate).opens(tx.now)
		return err
	})
	return at, found, err
}

// Claim is a worker's right to send a push until its lease ends. Attempt is its fence.
type Claim struct {
	PushID  string
	Attempt int
}

// ClaimPushes takes up to most pushes that are due, those whose lease ran out among them. Any number of nodes may ask at
// once: a push is one's until the lease ends. Nothing is sent without a claim on disk, nor faster than the pace allows: a
// claim is charged as one message, and what the check finds it to be is made good at the next claim.
func (s *Store) ClaimPushes(ctx context.Context, most int, lease time.Duration) ([]Claim, error) {
	var claims []Claim
	owed := int(s.owed.Swap(0))
	err := s.workerWrite(ctx, func(tx *tx) error {
		claims = claims[:0]
		pace, err := tx.pace("FOR UPDATE")
		if err != nil {
			return err
		}
		pace = pace.charge(tx.now, owed, s.pushRate)
		granted := pace.grant(tx.now, most, s.pushRate)
		if granted == 0 {
			return nil
		}
		// A push found still claimed was given up by a worker that may have sent it.
		err = tx.scan(&claims, `UPDATE pushes SET maybe_sent = (maybe_sent OR state = 'claimed'), state = 'claimed', attempt = attempt + 1, next_at = ?
			WHERE ? RETURNING id AS push_id, attempt`, tx.now.Add(lease), tx.amongThose("id", "SELECT id FROM pushes WHERE next_at <= ? ORDER BY next_at LIMIT ?"+
			tx.lockClause("FOR NO KEY UPDATE SKIP LOCKED"), tx.now, granted))
		if err != nil || len(claims) == 0 {
			return err
		}
		return tx.keepPace(pace.charge(tx.now, len(claims), s.pushRate))
	})
	if err != nil || len(claims) == 0 {
		s.owed.Add(int64(owed))
	}
	return claims, err
}

// ReleasePushes gives claims back that were not acted on, so that another node need not wait for the lease.
func (s *Store) ReleasePushes(ctx context.Context, claims []Claim) error {
	s.owed.Add(int64(-len(claims)))
	return s.workerWrite(ctx, func(tx *tx) error {
		for _, c := range claims {
			err := tx.exec("UPDATE pushes SET state = ?, next_at = ? WHERE id = ? AND attempt = ? AND state = ?",
				pushWaiting, tx.now, c.PushID, c.Attempt, pushClaimed)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
