package models

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"
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
// What it does not fit is passed over in silence, so that nobody learns which pushes exist; it costs no write either, so
// that nobody without a secret holds up those who write. It proves nothing of whose the phone is: see ProveDevice.
func (s *Store) Acknowledge(ctx context.Context, in AckInput) error {
	var arrivals []arrival
	err := s.read(ctx, func(tx *tx) (err error) {
		if err := in.check(tx.now); err != nil {
			return err
		}
		arrivals, err = tx.arrivals(in.Acks)
		return err
	})
	if err != nil || len(arrivals) == 0 {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		pushes := make([]string, len(arrivals))
		for i, a := range arrivals {
			pushes[i] = a.PushID
		}
		if err := tx.lockPushes(tx.among("id", pushes)); err != nil {
			return err
		}
		for _, a := range arrivals {
			if err := tx.acknowledge(a); err != nil {
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

// arrival is an acknowledgement whose secret fits, with the device and the revision that the secret was made for.
type arrival struct {
	Ack
	deviceID string
	revision int
}

func (t *tx) arrivals(acks []Ack) (found []arrival, err error) {
	ids := make([]string, len(acks))
	for i, ack := range acks {
		ids[i] = ack.PushID
	}
	var sent []struct {
		ID, DeviceID string
		Revision     int
	}
	err = t.scan(&sent, "SELECT p.id, p.revision, d.id AS device_id FROM pushes p JOIN devices d ON d.user_id = p.user_id WHERE ?", t.among("p.id", ids))
	if err != nil {
		return nil, err
	}
	for _, ack := range acks {
		for _, push := range sent {
			if push.ID != ack.PushID {
				continue
			}
			revision, fits, err := t.keys.revisionOf(push.ID, push.DeviceID, push.Revision, ack.AckSecret)
			if err != nil {
				return nil, err
			}
			if fits {
				found = append(found, arrival{ack, push.DeviceID, revision})
			}
		}
	}
	return found, nil
}

// ackSecret is what a phone shows to say that this revision of a push reached it. It is worked out, not stored: a copy
// of the database acknowledges nothing.
func (k *Keys) ackSecret(pushID string, revision int, deviceID string) (string, error) {
	sum, err := k.index(indexAck, fmt.Sprintf("%s|%d|%s", pushID, revision, deviceID))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum[:16]), nil
}

// revisionOf finds which revision of a push, the last or one before, a secret was made for.
func (k *Keys) revisionOf(pushID, deviceID string, last int, secret string) (revision int, fits bool, err error) {
	for revision := last; revision >= 0; revision-- {
		made, err := k.ackSecret(pushID, revision, deviceID)
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(made), []byte(secret)) == 1 {
			return revision, true, nil
		}
	}
	return 0, false, nil
}

func (t *tx) acknowledge(a arrival) error {
	var c check
	at := min(c.instantOr("occurred_at", a.OccurredAt, t.now, t.now), t.now)
	state := "acknowledged"
	if a.Event == "opened" {
		state = "opened"
	}
	// What arrives is as good as a start of the app. To the day, so that few acknowledgements write a device.
	err := t.exec("UPDATE devices SET confirmed_at = ? WHERE id = ? AND status = ? AND confirmed_at < ?", at, a.deviceID, DeviceLive, at.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	// FCM's acceptance may not be recorded yet: the phone can be faster than our commit.
	err = t.exec(`INSERT INTO deliveries (push_id, revision, device_id, state, attempted_at, acknowledged_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (push_id, revision, device_id) DO UPDATE SET acknowledged_at = COALESCE(deliveries.acknowledged_at, excluded.acknowledged_at),
			state = CASE WHEN deliveries.state = 'opened' THEN deliveries.state ELSE excluded.state END`,
		a.PushID, a.revision, a.deviceID, state, t.now, at)
	if err != nil {
		return err
	}
	// What expired before the rest of its push may have been left out of what arrived: the record, when it comes, knows.
	return t.exec(`UPDATE reminders SET state = 'acknowledged', cause = NULL, sent_at = COALESCE(sent_at, ?)
		WHERE push_id = ? AND revision = ? AND (state = 'accepted' OR (state = 'waiting' OR state = 'expired' AND cause = 'may_have_arrived')
			AND (expires_at > ? OR NOT EXISTS (SELECT 1 FROM reminders o
				WHERE o.push_id = reminders.push_id AND o.revision = reminders.revision AND o.expires_at > reminders.expires_at)))`,
		t.now, a.PushID, a.revision, t.now)
}
