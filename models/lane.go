package models

import (
	"context"
	"time"
)

// Names of the reasons for which a lane is paused.
const (
	LaneQuota      = "quota"
	LaneAPNs       = "apns_credential"
	LaneCredential = "credential"
)

// PauseLane leaves a platform alone until an instant; a longer pause already set stands.
func (s *Store) PauseLane(ctx context.Context, lane Platform, pause time.Duration, reason string) error {
	return s.workerWrite(ctx, func(tx *tx) error {
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
