package models

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// AckInput is what an app says of pushes that reached it: so many at once that a phone can catch up.
type AckInput struct {
	Acks []Ack `json:"acks"`
}

// Ack is one push that reached a phone, or was opened there, with the secret that came in it.
type Ack struct {
	PushID     string  `json:"push_id"`
	AckSecret  string  `json:"ack_secret"`
	Event      string  `json:"event"` // arrived | opened
	OccurredAt *string `json:"occurred_at"`
}

// Acknowledge records that pushes reached their phones. The secret is the only credential: a locked phone has no other.
// What it does not fit is passed over in silence, so that nobody learns which pushes exist.
func (s *Store) Acknowledge(ctx context.Context, in AckInput) error {
	return s.write(ctx, func(tx *tx) error {
		if err := in.check(tx.now); err != nil {
			return err
		}
		// By id, as the worker takes them: neither waits for the other in a circle.
		acks := slices.SortedStableFunc(slices.Values(in.Acks), func(a, b Ack) int { return strings.Compare(a.PushID, b.PushID) })
		for _, ack := range acks {
			if err := tx.acknowledge(ack); err != nil {
				return err
			}
		}
		return nil
	})
}

func (in AckInput) check(now Instant) error {
	var c check
	c.number("acks", len(in.Acks), 1, 100)
	for i, ack := range in.Acks {
		field := index("acks", i)
		c.id(field+".push_id", ack.PushID)
		c.text(field+".ack_secret", ack.AckSecret, 1, 128)
		oneOf(&c, field+".event", ack.Event, "arrived", "opened")
		c.instantOr(field+".occurred_at", ack.OccurredAt, now, now)
	}
	return c.err()
}

func (t *tx) acknowledge(ack Ack) error {
	if err := t.lockPushes("id = ?", ack.PushID); err != nil {
		return err
	}
	push, err := gorm.G[pushRow](t.db).Where("id = ?", ack.PushID).First(t.ctx)
	if isNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	deviceID, revision, err := t.whoseSecret(push, ack.AckSecret)
	if err != nil || deviceID == "" {
		return err
	}
	var c check
	at := min(c.instantOr("occurred_at", ack.OccurredAt, t.now, t.now), t.now)
	state := "acknowledged"
	if ack.Event == "opened" {
		state = "opened"
	}
	// FCM's acceptance may not be recorded yet: the phone can be faster than our commit.
	err = t.exec(`INSERT INTO deliveries (push_id, revision, device_id, state, attempted_at, acknowledged_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (push_id, revision, device_id) DO UPDATE SET acknowledged_at = COALESCE(deliveries.acknowledged_at, excluded.acknowledged_at),
			state = CASE WHEN deliveries.state = 'opened' THEN deliveries.state ELSE excluded.state END`,
		push.ID, revision, deviceID, state, t.now, at)
	if err != nil {
		return err
	}
	return t.exec(`UPDATE reminders SET state = 'acknowledged', cause = NULL, sent_at = COALESCE(sent_at, ?)
		WHERE push_id = ? AND revision = ? AND (state IN ('waiting', 'accepted') OR state = 'expired' AND cause = 'may_have_arrived')`, t.now, push.ID, revision)
}

// whoseSecret finds the device and the revision that a secret was made for.
func (t *tx) whoseSecret(push pushRow, secret string) (deviceID string, revision int, err error) {
	var devices []string
	if err := t.scan(&devices, "SELECT id FROM devices WHERE user_id = ?", push.UserID); err != nil {
		return "", 0, err
	}
	for revision := push.Revision; revision >= 0; revision-- {
		for _, id := range devices {
			made, err := t.keys.ackSecret(push.ID, revision, id)
			if err != nil {
				return "", 0, err
			}
			if sameSecret(made, secret) {
				return id, revision, nil
			}
		}
	}
	return "", 0, nil
}
