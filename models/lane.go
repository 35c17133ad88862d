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

// PauseLanes leaves platforms alone for a while; a longer pause already set stands. Every node keeps it. After one for the
// quota the sending begins gently, at half the limit.
func (s *Store) PauseLanes(ctx context.Context, lanes []Platform, pause time.Duration, reason string) error {
	return s.workerWrite(ctx, func(tx *tx) error {
		until := tx.now.Add(pause)
		if reason == LaneQuota {
			pace, err := tx.pace("FOR UPDATE")
			if err != nil {
				return err
			}
			if err := tx.keepPace(pace.ease(tx.now, until, s.pushRate)); err != nil {
				return err
			}
		}
		for _, lane := range lanes { // in one order everywhere: Android, iOS
			err := tx.exec(`INSERT INTO lanes (name, paused_until, reason) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
				SET paused_until = excluded.paused_until, reason = excluded.reason WHERE lanes.paused_until < excluded.paused_until`,
				lane, until, reason)
			if err != nil {
				return err
			}
		}
		return nil
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
