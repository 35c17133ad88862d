package models

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
	"gorm.io/gorm"
)

// keysetRow is what is stored of the keys.
type keysetRow struct {
	Version      int64
	Master       string
	Sealing      []byte
	Indexing     []byte
	Chaining     []byte
	PrimarySince Instant
	ResealedAt   *Instant
}

const selectKeyset = "SELECT version, master, sealing, indexing, chaining, primary_since, resealed_at FROM keysets WHERE id = 1"

// What the three keysets are bound to, so that none opens in the place of another.
var (
	forSealing  = []byte("keysets|sealing")
	forIndexing = []byte("keysets|indexing")
	forChaining = []byte("keysets|chaining")
)

// readKeyring reads the keys and checks that they are the ones that belong to this record.
func readKeyring(ctx context.Context, in gorm.ConnPool, master MasterKey) (*keyring, error) {
	var row keysetRow
	var belongs string
	err := in.QueryRowContext(ctx, `SELECT k.version, k.master, k.sealing, k.indexing, k.chaining, i.keyset
		FROM keysets k JOIN instance i ON i.id = k.id WHERE k.id = 1`).Scan(&row.Version, &row.Master, &row.Sealing, &row.Indexing, &row.Chaining, &belongs)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errors.New("this database has lost its keys, the row in keysets: bring back a backup that has them")
	}
	if err != nil {
		return nil, err
	}
	ring, err := row.open(master)
	if err == nil && ring.fingerprint() != belongs {
		return nil, fmt.Errorf("this database was sealed with the keys %s, and those in keysets are %s: bring both back from the same backup",
			belongs, ring.fingerprint())
	}
	return ring, err
}

// open opens the keys with the master key.
func (r keysetRow) open(master MasterKey) (*keyring, error) {
	read := func(sealed, bound []byte) (*keyset.Handle, error) {
		return keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(sealed)), master, bound)
	}
	sealing, err := read(r.Sealing, forSealing)
	switch {
	case err != nil && r.Master != master.Fingerprint:
		return nil, fmt.Errorf("the master key %s does not open this database, whose keys are under the master key %s: point HANDRAIL_MASTER_KEY at that one (%w)",
			master.Fingerprint, r.Master, err)
	case err != nil:
		return nil, fmt.Errorf("the master key %s is the right one, and yet the keys in this database do not open: they were damaged, or it cannot be used now (%w)",
			master.Fingerprint, err)
	}
	indexing, err := read(r.Indexing, forIndexing)
	chaining, otherErr := read(r.Chaining, forChaining)
	if err := cmp.Or(err, otherErr); err != nil {
		return nil, fmt.Errorf("the keys in this database were damaged: bring back a backup (%w)", err)
	}
	return newKeyring(r.Version, sealing, indexing, chaining)
}

// seal puts the keys under the master key.
func (r *keysetRow) seal(ring *keyring, master MasterKey) (err error) {
	write := func(handle *keyset.Handle, bound []byte) []byte {
		var sealed bytes.Buffer
		err = cmp.Or(err, handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&sealed), master, bound))
		return sealed.Bytes()
	}
	r.Version, r.Master = ring.version, master.Fingerprint
	r.Sealing, r.Indexing, r.Chaining = write(ring.sealing, forSealing), write(ring.indexing, forIndexing), write(ring.chaining, forChaining)
	return err
}

// firstKeyring makes the keys of a new record.
func firstKeyring() (*keyring, error) {
	sealing, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	indexing, otherErr := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	chaining, thirdErr := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err := cmp.Or(err, otherErr, thirdErr); err != nil {
		return nil, err
	}
	return newKeyring(1, sealing, indexing, chaining)
}

// writeFirst writes what a new record is for, and its keys. Of nodes that start together the first does, and the others
// wait for it: two never make two. Both rows are written at once or none is.
func writeFirst(ctx context.Context, pool *sql.DB, master MasterKey, purpose Purpose) error {
	ring, err := firstKeyring()
	if err != nil {
		return err
	}
	var row keysetRow
	if err := row.seal(ring, master); err != nil {
		return fmt.Errorf("the master key %s cannot be used: %w", master.Fingerprint, err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	// There is no GORM yet, whose ? is for both databases; so is $1, in order.
	made, err := tx.ExecContext(ctx, `INSERT INTO keysets (id, version, master, sealing, indexing, chaining, primary_since, resealed_at)
		VALUES (1, $1, $2, $3, $4, $5, 0, 0) ON CONFLICT DO NOTHING`, row.Version, row.Master, row.Sealing, row.Indexing, row.Chaining)
	if err != nil {
		return err
	}
	if n, err := made.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO instance (id, purpose, keyset, restored_at) VALUES (1, $1, $2, 0)", string(purpose), ring.fingerprint())
	if err != nil {
		return err
	}
	return tx.Commit()
}

// changeKeys changes the keys in one transaction: whoever else wants to waits, and a node that is killed has changed all or
// nothing. Nothing is ever sealed with a key before that is committed. All that the operator does to keys goes through here.
func (s *Store) changeKeys(ctx context.Context, change func(tx *tx, row *keysetRow, now *keyring) (*keyring, error)) (*keyring, error) {
	var changed *keyring
	err := s.write(ctx, func(tx *tx) error {
		row, err := first[keysetRow](tx, selectKeyset+tx.lockClause("FOR UPDATE"))
		if err != nil {
			return err
		}
		now, err := row.open(s.keys.master)
		if err != nil {
			return err
		}
		if changed, err = change(tx, &row, now); err != nil {
			return err
		}
		if err := tx.exec(`UPDATE keysets SET version = ?, master = ?, sealing = ?, indexing = ?, chaining = ?, primary_since = ?, resealed_at = ?
			WHERE id = 1`, row.Version, row.Master, row.Sealing, row.Indexing, row.Chaining, row.PrimarySince, row.ResealedAt); err != nil {
			return err
		}
		return tx.exec("UPDATE instance SET keyset = ? WHERE id = 1", changed.fingerprint())
	})
	if err == nil {
		s.keys.take(changed)
	}
	return changed, err
}
