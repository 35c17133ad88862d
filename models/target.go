package models

import (
	"errors"
	"log/slog"
)

// Target is one device of the person.
type Target struct {
	DeviceID         string
	Platform         Platform
	Registration     string
	RegistrationKind string
	Presentation     string
	AckSecret        string
}

// addressTo picks the devices that can be sent to now.
func (p *DuePush) addressTo(targets []Target, lanes map[Platform]Instant) {
	for _, target := range targets {
		if until, paused := lanes[target.Platform]; paused {
			p.postpone(until)
			continue
		}
		p.Targets = append(p.Targets, target)
	}
}

// targets are the live devices of each push's person that its present revision has not settled for, and the one that a proof is for.
func (t *tx) targets(pushIDs []string) (map[string][]Target, error) {
	rows, err := t.db.Raw(`SELECT p.id, p.revision, d.id, d.platform, d.registration, d.registration_kind, d.presentation
		FROM pushes p JOIN devices d ON d.user_id = p.user_id
		WHERE ? AND (d.status = 'live' OR `+sqlProves+`) AND d.permission = 'granted' AND (p.attempt = 1 OR (SELECT count(*) FROM deliveries y
			WHERE y.push_id = p.id AND y.revision = p.revision AND y.device_id = d.id
				AND y.state IN ('accepted', 'acknowledged', 'opened', 'rejected')) = 0)`,
		t.among("p.id", pushIDs)).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make(map[string][]Target, len(pushIDs))
	for rows.Next() {
		var pushID string
		var revision int
		var sealed Sealed
		var d Target
		if err := rows.Scan(&pushID, &revision, &d.DeviceID, &d.Platform, &sealed, &d.RegistrationKind, &d.Presentation); err != nil {
			return nil, err
		}
		open := opener{keys: t.keys}
		d.Registration = open.text(deviceAddress, d.DeviceID, sealed)
		if errors.Is(open.err, ErrUnavailable) { // the keys are away, not the phone
			return nil, open.err
		}
		if open.err != nil { // one row that does not open must not silence everybody else's
			slog.Error("a device's registration does not open: nothing is sent to it", "device", d.DeviceID, "cause", open.err)
			continue
		}
		if d.AckSecret, err = t.keys.ackSecret(pushID, revision, d.DeviceID); err != nil {
			return nil, err
		}
		found[pushID] = append(found[pushID], d)
	}
	return found, rows.Err()
}
