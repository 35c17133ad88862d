package models

import (
	"context"
	"time"
)

// Wrong codes and passwords are counted in the database, so that a restart forgives nothing and nodes count together.
const (
	triesPerTarget  = 10 // per email, code or password that is tried
	triesPerAddress = 30 // per address that tries: a clinic's waiting room shares one
)

// bucket is what tries are counted by, how many there may be, and for how long they count.
type bucket struct {
	name   string
	most   int
	window time.Duration
}

func byTarget(name string) bucket { return bucket{name, triesPerTarget, 15 * time.Minute} }

func byAddress(route, address string) bucket {
	return bucket{route + " address " + address, triesPerAddress, 15 * time.Minute}
}

// countTry counts a try before it is made, so that many at once cannot slip past the limit together, and refuses the one
// too many, which is then not counted anywhere: an address that is refused uses up no email's tries. The window begins
// with the first.
func (s *Store) countTry(ctx context.Context, buckets ...bucket) error {
	return s.write(ctx, func(tx *tx) error { return tx.countTry(buckets...) })
}

func (t *tx) countTry(buckets ...bucket) error {
	for _, b := range buckets {
		key, err := t.keys.index(indexAttempt, b.name)
		if err != nil {
			return err
		}
		// GORM spreads a list that stands first in parentheses, bytes too: the bucket comes second.
		row, err := first[attemptRow](t, `INSERT INTO attempts (failures, bucket, resets_at) VALUES (1, ?, ?)
			ON CONFLICT (bucket) DO UPDATE SET
				failures = CASE WHEN attempts.resets_at > ? THEN attempts.failures + 1 ELSE 1 END,
				resets_at = CASE WHEN attempts.resets_at > ? THEN attempts.resets_at ELSE excluded.resets_at END
			RETURNING failures, resets_at`, key, t.now.Add(b.window), t.now, t.now)
		if err != nil {
			return err
		}
		if row.Failures > b.most {
			return &Error{Kind: TooMany, Code: "too_many_attempts", RetryAfter: row.ResetsAt.Sub(t.now),
				Detail: "Too many attempts. Wait as long as Retry-After says. If this was to sign in, a counselor can give a new code."}
		}
	}
	return nil
}

type attemptRow struct {
	Failures int
	ResetsAt Instant
}

// forgive is forgiveTry by itself.
func (s *Store) forgive(ctx context.Context, buckets ...bucket) error {
	return s.write(ctx, func(tx *tx) error { return tx.forgiveTry(buckets...) })
}

// forgiveTry takes back the count of a try that was right. Where none is left nothing is: from when to when a window lasts would
// tell whoever tries next that, and when, somebody signed in.
func (t *tx) forgiveTry(buckets ...bucket) error {
	for _, b := range buckets {
		key, err := t.keys.index(indexAttempt, b.name)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE attempts SET failures = failures - 1 WHERE bucket = ?", key); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM attempts WHERE bucket = ? AND failures <= 0", key); err != nil {
			return err
		}
	}
	return nil
}

// forgetTries makes a fresh start.
func (t *tx) forgetTries(b bucket) error {
	key, err := t.keys.index(indexAttempt, b.name)
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM attempts WHERE bucket = ?", key)
}
