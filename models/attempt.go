package models

import (
	"cmp"
	"context"
	"time"
)

// Wrong codes and passwords are counted in the database, so that a restart forgives nothing and nodes count together.
const (
	attemptWindow   = 15 * time.Minute
	triesPerTarget  = 10 // per email or code that is tried
	triesPerAddress = 30 // per address that tries: a clinic's waiting room shares one
)

type bucket struct {
	name string
	most int
}

// countTry counts a try before it is made, so that many at once cannot slip past the limit together, and refuses the one
// too many. The window begins with the first.
func (s *Store) countTry(ctx context.Context, buckets ...bucket) error {
	var refusal error
	err := s.write(ctx, func(tx *tx) error {
		refusal = nil
		for _, b := range buckets {
			key, err := tx.keys.index(indexAttempt, b.name)
			if err != nil {
				return err
			}
			// GORM spreads a list that stands first in parentheses, bytes too: the bucket comes second.
			row, err := first[attemptRow](tx, `INSERT INTO attempts (failures, bucket, resets_at) VALUES (1, ?, ?)
				ON CONFLICT (bucket) DO UPDATE SET
					failures = CASE WHEN attempts.resets_at > ? THEN attempts.failures + 1 ELSE 1 END,
					resets_at = CASE WHEN attempts.resets_at > ? THEN attempts.resets_at ELSE excluded.resets_at END
				RETURNING failures, resets_at`, key, tx.now.Add(attemptWindow), tx.now, tx.now)
			if err != nil {
				return err
			}
			if row.Failures > b.most {
				refusal = &Error{Kind: TooMany, Code: "too_many_attempts", RetryAfter: row.ResetsAt.Sub(tx.now),
					Detail: "Too many wrong attempts. Wait as long as Retry-After says; a counselor can give a new code."}
			}
		}
		return nil
	})
	return cmp.Or(err, refusal)
}

type attemptRow struct {
	Failures int
	ResetsAt Instant
}

// forgiveTry takes back the count of a try that was right.
func (t *tx) forgiveTry(buckets ...bucket) error {
	for _, b := range buckets {
		key, err := t.keys.index(indexAttempt, b.name)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE attempts SET failures = failures - 1 WHERE bucket = ? AND failures > 0", key); err != nil {
			return err
		}
	}
	return nil
}
