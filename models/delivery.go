package models

import (
	"context"

	"handrail/models/words"
)

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
	row, err := first[listedReminder](t, selectReminders+" AND r.id = ? AND r.user_id = ?"+notOfOwnMeeting, id, clientID)
	if err != nil {
		return ClientReminder{}, err
	}
	found := ClientReminder{Reminder: row.view(words.In(actor.Locale).Meaning), Deliveries: []Delivery{}}
	err = t.scan(&found.Deliveries, `SELECT d.platform, d.app_version, y.state, y.code, y.attempted_at, y.acknowledged_at
		FROM reminders r JOIN deliveries y ON y.push_id = r.push_id AND y.revision = r.revision JOIN devices d ON d.id = y.device_id
		WHERE r.id = ? ORDER BY y.attempted_at DESC, d.id`, id)
	return found, err
}
