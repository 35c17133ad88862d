package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
)

// A rotation goes in steps, each of which may be the last before a power cut: a new key is committed, from then on what is
// written is sealed with it, and what stands under older keys is sealed anew in small batches while nodes serve. An older key
// stays at hand, so that whatever a slow node still writes under it opens, until a later rotation finds that nothing has been
// under it for olderKeysStay. What a backup holds opens by the keys that are in that backup.

// olderKeysStay is how long a key must have been out of use before it is deleted. A node writes by old keys for KeysLease,
// and in a transaction that it has begun then; PostgreSQL ends one whose node stands still after 30 s.
const olderKeysStay = 24 * time.Hour

// Rotation is what has come of a rotation so far.
type Rotation struct {
	Found      int  // values under older keys
	Resealed   int  // of these
	Unreadable int  // of these: they do not open, and stay as they are
	Finished   bool // none was found that opens, and no node writes by older keys any more; else Reseal is to be called again
	Deleted    int  // older keys that are gone
}

// BeginRotation makes a new key for sealing and one for the audit chain, and deletes keys that have long been out of use. A
// rotation that was interrupted goes on: nothing new is made then.
func (s *Store) BeginRotation(ctx context.Context) (Rotation, error) {
	var r Rotation
	before, err := s.Reseal(ctx)
	if err != nil {
		return r, err
	}
	_, err = s.changeKeys(ctx, func(tx *tx, row *keysetRow, now *keyring) (*keyring, error) {
		r = Rotation{}
		if err := tx.auditOperator("rotate_keys"); err != nil {
			return nil, err
		}
		if row.ResealedAt == nil {
			return now, nil
		}
		longAgo := tx.now.Add(-olderKeysStay)
		canDelete := before.Found == 0 && row.PrimarySince <= longAgo && *row.ResealedAt <= longAgo
		sealing := keyset.NewManagerFromHandle(now.sealing)
		for _, key := range now.sealing.KeysetInfo().GetKeyInfo() {
			if canDelete && key.GetKeyId() != now.sealing.KeysetInfo().GetPrimaryKeyId() {
				if err := sealing.Delete(key.GetKeyId()); err != nil {
					return nil, err
				}
				r.Deleted++
			}
		}
		sealingID, err := sealing.Add(aead.AES256GCMKeyTemplate())
		chaining := keyset.NewManagerFromHandle(now.chaining) // its older keys stay: what they chained is checked for years
		chainingID, otherErr := chaining.Add(mac.HMACSHA256Tag256KeyTemplate())
		if err := errors.Join(err, otherErr); err != nil {
			return nil, err
		}
		if err := errors.Join(sealing.SetPrimary(sealingID), chaining.SetPrimary(chainingID)); err != nil {
			return nil, err
		}
		sealingNow, err := sealing.Handle()
		chainingNow, otherErr := chaining.Handle()
		if err := errors.Join(err, otherErr); err != nil {
			return nil, err
		}
		next, err := newKeyring(now.version+1, sealingNow, now.indexing, chainingNow)
		if err != nil {
			return nil, err
		}
		row.PrimarySince, row.ResealedAt = tx.now, nil
		return next, row.seal(next, s.keys.master)
	})
	return r, err
}

// Reseal seals anew what is under older keys, all of it once. Nodes may serve meanwhile. It is to be done again until the
// rotation is finished: a node may go on writing by old keys for KeysLease, and what somebody holds locked is left for later.
func (s *Store) Reseal(ctx context.Context) (Rotation, error) {
	var r Rotation
	began, err := s.Now(ctx)
	if err != nil {
		return r, err
	}
	for _, column := range sealedColumns {
		if err := s.resealColumn(ctx, column, &r); err != nil {
			return r, err
		}
	}
	if r.Found > r.Unreadable {
		return r, nil
	}
	err = s.write(ctx, func(tx *tx) error {
		err := tx.exec("UPDATE keysets SET resealed_at = ? WHERE id = 1 AND resealed_at IS NULL AND primary_since <= ? AND version = ?",
			tx.now, began.Add(-KeysLease), s.keys.ring.Load().version)
		if err != nil {
			return err
		}
		row, err := first[keysetRow](tx, selectKeyset)
		r.Finished = row.ResealedAt != nil
		return err
	})
	return r, err
}

// RewrapKeys puts the keys under another master key. Nodes that serve need it only when they start, and when the keys change.
func (s *Store) RewrapKeys(ctx context.Context, under MasterKey) error {
	_, err := s.changeKeys(ctx, func(tx *tx, row *keysetRow, now *keyring) (*keyring, error) {
		if err := tx.auditOperator("rewrap_keys"); err != nil {
			return nil, err
		}
		if err := row.seal(now, under); err != nil {
			return nil, fmt.Errorf("the master key %s cannot be used: %w", under.Fingerprint, err)
		}
		_, err := row.open(under)
		return now, err
	})
	return err
}

// KeyUse is one sealing key and what is under it.
type KeyUse struct {
	ID      string // how Tink names it
	Primary bool   // what is written now is sealed with it
	Values  int
}

// KeysetState is what an operator may know of the keys. Nothing of it is secret.
type KeysetState struct {
	Fingerprint  string
	Master       string // the fingerprint of the master key
	PrimarySince Instant
	Rotating     bool // a rotation was begun and is not finished
	Sealing      []KeyUse
}

// Keyset says which keys there are, and how many values are sealed with each.
func (s *Store) Keyset(ctx context.Context) (KeysetState, error) {
	var state KeysetState
	err := s.snapshot(ctx, func(tx *tx) error {
		row, err := first[keysetRow](tx, selectKeyset)
		if err != nil {
			return err
		}
		ring, err := row.open(s.keys.master)
		if err != nil {
			return err
		}
		state = KeysetState{Fingerprint: ring.fingerprint(), Master: row.Master, PrimarySince: row.PrimarySince, Rotating: row.ResealedAt == nil}
		counted, err := tx.countByKey()
		info := ring.sealing.KeysetInfo()
		for _, key := range info.GetKeyInfo() {
			state.Sealing = append(state.Sealing, KeyUse{ID: fmt.Sprint(key.GetKeyId()), Primary: key.GetKeyId() == info.GetPrimaryKeyId(),
				Values: counted[string(prefixOf(key.GetKeyId()))]})
		}
		slices.Reverse(state.Sealing) // the newest first
		return err
	})
	return state, err
}
