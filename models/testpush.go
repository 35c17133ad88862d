package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"handrail/models/words"
)

// testFor is how long a test push is waited for at the front desk.
const testFor = 10 * time.Minute

// leadNow is the lead of a test push.
const leadNow = "now"

// ClientReminder is a reminder with how its push fared on each phone, for staff.
type ClientReminder struct {
	Reminder
	Deliveries []Delivery `json:"deliveries"`
}

// Delivery is one push on one phone.
type Delivery struct {
	Platform       Platform `json:"platform"`
	AppVersion     *string  `json:"app_version"`
	State          string   `json:"state"`
	Code           *string  `json:"code"`
	AttemptedAt    Instant  `json:"attempted_at"`
	AcknowledgedAt *Instant `json:"acknowledged_at"`
}

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

// ClientReminder is one reminder of a client of the actor's caseload, phone by phone.
func (s *Store) ClientReminder(ctx context.Context, actor Actor, clientID, id string) (ClientReminder, error) {
	var reminder ClientReminder
	err := s.write(ctx, func(tx *tx) (err error) {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		if reminder, err = tx.clientReminder(actor, clientID, id); err != nil {
			return err
		}
		return tx.audit(actor, "read_reminder", clientID, id)
	})
	return reminder, err
}

func (t *tx) clientReminder(actor Actor, clientID, id string) (ClientReminder, error) {
	row, err := first[listedReminder](t, selectReminders+" WHERE r.id = ? AND r.user_id = ?"+notOfOwnMeeting, id, clientID)
	if err != nil {
		return ClientReminder{}, err
	}
	found := ClientReminder{Reminder: row.view(words.In(actor.Locale).Meaning), Deliveries: []Delivery{}}
	err = t.scan(&found.Deliveries, `SELECT d.platform, d.app_version, y.state, y.code, y.attempted_at, y.acknowledged_at
		FROM reminders r JOIN deliveries y ON y.push_id = r.push_id AND y.revision = r.revision JOIN devices d ON d.id = y.device_id
		WHERE r.id = ? ORDER BY y.attempted_at DESC, d.id`, id)
	return found, err
}
