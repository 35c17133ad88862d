package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// Reindexed is what a new key for looking things up has changed.
type Reindexed struct {
	Indexes int // emails, registrations and places that are found by the new key
	Codes   int // open enrolment codes that are void: they are not kept, so they cannot be looked up by another key
}

// Reindex makes a new key for blind indexes and works them all out anew, in one transaction. No node may serve meanwhile: it
// would look up, and write, by the old key. What else was worked out with that key is void: enrolment codes, cursors,
// secrets of pushes that are on phones, and counts of wrong attempts.
func Reindex(ctx context.Context, o Options) (done Reindexed, err error) {
	if path, isFile := strings.CutPrefix(o.URL, sqlitePrefix); isFile {
		if err := isUnused(ctx, path); err != nil {
			return done, err
		}
	}
	s, err := Open(ctx, o)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, err = s.changeKeys(ctx, func(tx *tx, row *keysetRow, now *keyring) (*keyring, error) {
		done = Reindexed{}
		if err := tx.isAlone(); err != nil {
			return nil, err
		}
		if err := tx.auditOperator("reindex"); err != nil {
			return nil, err
		}
		indexing, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
		if err != nil {
			return nil, err
		}
		next, err := newKeyring(now.version+1, now.sealing, indexing, now.chaining)
		if err != nil {
			return nil, err
		}
		for _, column := range indexedColumns {
			if err := tx.reindexColumn(column, next, &done.Indexes); err != nil {
				return nil, err
			}
		}
		if err := tx.voidIndexed(&done.Codes); err != nil {
			return nil, err
		}
		return next, row.seal(next, o.Master)
	})
	return done, err
}

var errNotAlone = errors.New("somebody else has this database open: end every node, and whatever else looks into it, and try again")

// isUnused asks SQLite for a file alone, which it grants only while no other program has it open.
func isUnused(ctx context.Context, path string) error {
	pool, err := sql.Open("sqlite3", sqliteFile(path, "mode=rw&_locking_mode=EXCLUSIVE&_txlock=exclusive&_busy_timeout=0"))
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	held, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%w (%w)", errNotAlone, err)
	}
	return held.Rollback()
}

// isAlone asks PostgreSQL whether all connections to the database are this program's. Of those by another role it says little
// to who is not in pg_read_all_stats; processes of its own, but those that help a connection, have no role. A node that starts
// from here on waits for the keys, and one that comes back to find out whether its own are still the newest (confirm), for that.
func (t *tx) isAlone() error {
	if !t.postgres {
		return nil
	}
	if err := t.exec("LOCK TABLE instance, keysets IN ACCESS EXCLUSIVE MODE"); err != nil {
		return err
	}
	own, all := 0, 0
	for _, pool := range t.pools {
		own += pool.Stats().OpenConnections
	}
	err := t.scan(&all, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL"+
		" AND COALESCE(backend_type, 'client backend') = 'client backend'")
	if err == nil && all > own {
		err = errNotAlone
	}
	return err
}

// indexedColumn is a column with an index, and the sealed one that it is worked out from.
type indexedColumn struct {
	index string
	as    sealedColumn
	of    func(r *keyring, clinicID, text string) ([]byte, error)
}

func plainIndex(use string) func(*keyring, string, string) ([]byte, error) {
	return func(r *keyring, _, text string) ([]byte, error) { return r.index(use, text) }
}

// indexedColumns are those whose sealed value is at hand.
var indexedColumns = []indexedColumn{
	{"email_index", sealed(userEmail), plainIndex(indexEmail)},
	{"registration_index", sealed(deviceAddress), plainIndex(indexRegistration)},
	{"place_index", sealed(seriesPlace), placeIndex},
	{"place_index", sealedColumn{"sessions", "place", "series_id", seriesPlace}, placeIndex},
}

type indexedRow struct {
	ID       string
	ClinicID string
	BoundTo  string
	Sealed   Sealed
}

func (t *tx) reindexColumn(c indexedColumn, by *keyring, n *int) error {
	open := opener{keys: t.keys}
	for after := ""; ; {
		var rows []indexedRow
		err := t.scan(&rows, "SELECT id, clinic_id, "+c.as.boundTo+" AS bound_to, "+c.as.name+" AS sealed FROM "+c.as.table+
			" WHERE id > ? AND "+c.index+" IS NOT NULL ORDER BY id LIMIT ?", after, resealBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			text := open.text(c.as.as, row.BoundTo, row.Sealed)
			index, err := c.of(by, row.ClinicID, text)
			if err := errors.Join(open.err, err); err != nil {
				return err
			}
			if err := t.exec("UPDATE "+c.as.table+" SET "+c.index+" = ? WHERE id = ?", index, row.ID); err != nil {
				return err
			}
			*n, after = *n+1, row.ID
		}
	}
}

// voidIndexed ends what cannot be looked up any more. A request that a phone sends again is still known by its key, though
// no longer told from another with the same key: done twice would be worse.
func (t *tx) voidIndexed(codes *int) error {
	voided, err := t.affected("UPDATE invites SET voided_at = ? WHERE redeemed_at IS NULL AND voided_at IS NULL", t.now)
	*codes = int(voided)
	return errors.Join(err, t.exec("DELETE FROM attempts"), t.exec("UPDATE idempotency_keys SET body_hash = ?", []byte{}))
}
