package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// testFor is how long a test push is waited for at the front desk.
const testFor = 10 * time.Minute

// leadNow is the lead of a test push.
const leadNow = "now"

// TestPush sends a push to the phones of a client of the actor's caseload at once, whatever the hour, so that both see
// whether it arrives. It goes the way of every reminder, in a push of its own.
func (s *Store) TestPush(ctx context.Context, actor Actor, once Once, clientID string) (ClientReminder, error) {
	var reminder ClientReminder
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		reminder, err = writeOnce(tx, actor, once, func() (string, error) { return tx.testPush(actor, clientID) },
			func(id string) (ClientReminder, error) { return tx.clientReminder(actor, clientID, id) })
		return err
	})
	return reminder, err
}

func (t *tx) testPush(actor Actor, clientID string) (string, error) {
	var underWay int
	err := t.scan(&underWay, "SELECT count(*) FROM reminders WHERE user_id = ? AND kind = ? AND state = ? AND about_at > ?", clientID, RemindTest, Waiting, t.now)
	if err != nil {
		return "", err
	}
	if underWay > 0 {
		return "", conflict("test_under_way", "A test push to this client is waiting still: see how it fares, and try again once it has ended.")
	}
	allowed, err := t.consents(clientID, ConsentPush)
	if err != nil {
		return "", err
	}
	id, ends := newID(), t.now.Add(testFor)
	row := reminderRow{ID: id, ClinicID: actor.ClinicID, UserID: clientID, Kind: RemindTest, SubjectKind: subjectTest, SubjectID: id, Lead: leadNow,
		RemindAt: t.now, ExpiresAt: ends, AboutAt: ends, State: Waiting}
	if allowed {
		push := pushRow{ID: newID(), ClinicID: actor.ClinicID, UserID: clientID, DueAt: t.now, NextAt: &t.now, State: pushWaiting}
		if err := gorm.G[pushRow](t.db).Create(t.ctx, &push); err != nil {
			return "", err
		}
		row.PushID, t.wake = &push.ID, true
	} else {
		row.end(TurnedOff, causeConsent)
	}
	if err := gorm.G[reminderRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	return id, t.audit(actor, "test_push", clientID, id)
}
