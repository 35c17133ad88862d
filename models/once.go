package models

import (
	"bytes"
	"context"
	"time"
)

// Once makes a POST safe to send twice: a phone that lost the answer sends it again and gets the same one. Key is the
// Idempotency-Key header or the id that the phone chose; without either, nothing is remembered.
type Once struct {
	Key      string
	BodyHash []byte // SHA-256 of the route and the body
}

// onceKept is how long a key is remembered: phones stay offline for days.
const onceKept = 30 * 24 * time.Hour

var errKeyReused = &Error{Kind: Invalid, Code: "idempotency_key_reused",
	Detail: "This Idempotency-Key (or id) was sent before with another request. Use a new one.",
	Fields: []FieldError{{Field: "Idempotency-Key", Code: "reused", Detail: "Expected a key not used before with another route or body."}}}

// once runs do unless the actor has done it before, and returns the id of what it made, then or now.
func (t *tx) once(actor Actor, o Once, do func() (id string, err error)) (string, error) {
	if o.Key == "" {
		return do()
	}
	hash, err := t.keys.index(indexOnce, string(o.BodyHash)) // keyed: a body of few words could be guessed from a plain hash
	if err != nil {
		return "", err
	}
	if err := t.exec("DELETE FROM idempotency_keys WHERE user_id = ? AND key = ? AND created_at <= ?", actor.UserID, o.Key, t.now.Add(-onceKept)); err != nil {
		return "", err
	}
	// Of two copies of a request that overlap the second waits here for the first.
	row, err := first[onceRow](t, `INSERT INTO idempotency_keys (user_id, key, body_hash, result_id, created_at) VALUES (?, ?, ?, '', ?)
		ON CONFLICT (user_id, key) DO UPDATE SET key = excluded.key RETURNING body_hash, result_id, created_at`, actor.UserID, o.Key, hash, t.now)
	switch {
	case err != nil:
		return "", err
	case len(row.BodyHash) > 0 && !bytes.Equal(row.BodyHash, hash): // empty: it was made by a key that is gone since
		return "", errKeyReused
	case row.ResultID != "":
		return row.ResultID, t.auditAgain(actor, row.CreatedAt)
	}
	id, err := do()
	if err != nil {
		return "", err
	}
	return id, t.exec("UPDATE idempotency_keys SET result_id = ? WHERE user_id = ? AND key = ?", id, actor.UserID, o.Key)
}

type onceRow struct {
	BodyHash  []byte
	ResultID  string
	CreatedAt Instant
}

// writeOnce is a write that makes or changes one thing and answers with it as it then stands.
func writeOnce[T any](t *tx, actor Actor, o Once, do func() (string, error), get func(id string) (T, error)) (T, error) {
	var none T
	id, err := t.once(actor, o, do)
	if err != nil {
		return none, err
	}
	found, err := get(id)
	if isNoRows(err) { // made before and deleted since
		return none, conflict("already_gone", "This was made before and has been deleted since.")
	}
	return found, err
}

// Forget deletes what is kept for a while only: idempotency keys after 30 days, and counts of wrong attempts that no
// longer hold anybody up. It is the housekeeping's and asks for nobody.
func (s *Store) Forget(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.exec("DELETE FROM idempotency_keys WHERE created_at < ?", tx.now.Add(-onceKept)); err != nil {
			return err
		}
		return tx.exec("DELETE FROM attempts WHERE resets_at < ?", tx.now)
	})
}
