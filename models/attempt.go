package models

import (
	"context"
	"time"
)

// Wrong codes and passwords are counted in the database, so that a restart forgives nothing and nodes count together.
const (
	attemptWindow   = 15 * time.Minute
	triesPerTarget  = 10 // per account that is tried
	triesPerAddress = 30 // per address that tries: a clinic's waiting room shares one
)

type bucket struct {
	name string
	most int
}

func (s *Store) refuseTooMany(ctx context.Context, buckets ...bucket) error {
	return s.read(ctx, func(tx *tx) error {
		for _, b := range buckets {
			key, err := tx.keys.index(indexAttempt, b.name)
			if err != nil {
				return err
			}
			var row struct {
				Failures int
				ResetsAt Instant
			}
			if err := tx.scan(&row, "SELECT failures, resets_at FROM attempts WHERE bucket = ?", key); err != nil {
				return err
			}
			if row.Failures >= b.most && row.ResetsAt > tx.now {
				return &Error{Kind: TooMany, Code: "too_many_attempts", RetryAfter: row.ResetsAt.Sub(tx.now),
					Detail: "Too many wrong attempts. Wait as long as Retry-After says; a counselor can give a new code."}
			}
		}
		return nil
	})
}

// countFailure adds a wrong attempt; the window begins with the first.
func (s *Store) countFailure(ctx context.Context, buckets ...bucket) error {
	return s.write(ctx, func(tx *tx) error {
		for _, b := range buckets {
			key, err := tx.keys.index(indexAttempt, b.name)
			if err != nil {
				return err
			}
			// GORM spreads a list that stands first in parentheses, bytes too: the bucket comes second.
			err = tx.exec(`INSERT INTO attempts (failures, bucket, resets_at) VALUES (1, ?, ?)
				ON CONFLICT (bucket) DO UPDATE SET
					failures = CASE WHEN attempts.resets_at > ? THEN attempts.failures + 1 ELSE 1 END,
					resets_at = CASE WHEN attempts.resets_at > ? THEN attempts.resets_at ELSE excluded.resets_at END`,
				key, tx.now.Add(attemptWindow), tx.now, tx.now)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
