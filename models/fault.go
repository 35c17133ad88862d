package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// ErrUnavailable says that the database cannot do it now; the same may work soon. Where the connection was lost, or time ran
// out, in the middle of a commit, nobody knows whether it was stored.
var ErrUnavailable = &Error{Kind: Unavailable, Code: "unavailable", RetryAfter: 5 * time.Second,
	Detail: "The server cannot store or read this now. Send it again later, a write with the same key or id: it may have been stored."}

// ErrLocked says that somebody else has kept for too long what this needs.
var ErrLocked = &Error{Kind: Unavailable, Code: "locked", RetryAfter: 5 * time.Second,
	Detail: "Somebody else is changing the same thing. Nothing was written; try again."}

func worthAnotherTry(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return errors.Is(err, ErrLocked) // whom to lock has changed; a lock that PostgreSQL refused is none of this yet
	}
	twoClaims := pg.Code == "23505" && strings.HasPrefix(pg.ConstraintName, "devices_one_") // at once; the second try sees the first
	return pg.Code == "40001" || pg.Code == "40P01" || twoClaims                            // serialization failure, deadlock
}

// readable turns a database's refusals that an outsider can act on into an Error.
func readable(err error) error {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case isNoRows(err):
		return ErrNotFound
	case errors.Is(err, context.Canceled): // nobody waits for it any more: that is no fault of the database's
		return err
	case errors.As(err, &pg) && pg.Code == "55P03": // lock_not_available
		return ErrLocked
	case errors.As(err, &lite) && (lite.Code == sqlite3.ErrFull || lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrIoErr),
		errors.As(err, &pg) && (pg.Code[:2] == "53" || pg.Code[:2] == "57" || worthAnotherTry(err)),
		pg == nil && isConnectionLost(err):
		slog.Error("the database cannot do it now", "cause", err)
		return ErrUnavailable
	case isUniqueViolation(err):
		return conflict("id_taken", "Something with this id exists already.")
	case pg != nil: // its message may quote a value
		return fmt.Errorf("PostgreSQL refuses: %s %s %s %s", pg.Code, pg.TableName, pg.ColumnName, pg.ConstraintName)
	}
	return err
}

// wouldFailAgain says that the same would fail again, whenever it is tried.
func wouldFailAgain(err error) bool {
	return err != nil && !errors.Is(err, ErrLocked) && !errors.Is(err, ErrUnavailable)
}

// IsAway says that the database did not answer, or said that it cannot now: the same may succeed later.
func IsAway(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnavailable)
}

// isConnectionLost says that PostgreSQL could not be reached, or went away.
func isConnectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn)
}

func isUniqueViolation(err error) bool {
	var lite sqlite3.Error
	var pg *pgconn.PgError
	return errors.As(err, &lite) && (lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) ||
		errors.As(err, &pg) && pg.Code == "23505"
}

// refusalLasts is how long a node is not ready after the database refused a write. A full disk may still take a small
// one: what a probe could write says little.
const refusalLasts = 10 * time.Second

// proofLasts is how long a node that could write is taken to be able to: anybody may ask, and asking must not keep the
// writer from its work.
const proofLasts = time.Second

func (s *Store) noteRefusal(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == Unavailable && e != ErrLocked {
		s.refusedAt.Store(time.Now().UnixNano())
	}
	return err
}

// proveWritable tries a write, unless one was tried just now. Of many that ask at once, one tries.
func (s *Store) proveWritable(ctx context.Context) error {
	select {
	case s.proof <- struct{}{}:
		defer func() { <-s.proof }()
	case <-ctx.Done():
		return ctx.Err()
	}
	now, err := s.now(ctx, s.requests.reader)
	if err != nil {
		return readable(err)
	}
	if age := now.Sub(s.provedAt); age >= 0 && age < proofLasts {
		return nil
	}
	if err := s.write(ctx, func(tx *tx) error { return tx.exec("UPDATE instance SET purpose = purpose WHERE id = 1") }); err != nil {
		return err
	}
	s.provedAt = now
	return nil
}

// Ping says whether the record can be read and written, and FCM spoken to: a full disk, a lost connection or a
// credential that FCM refuses means not ready.
func (s *Store) Ping(ctx context.Context) error {
	if time.Since(time.Unix(0, s.refusedAt.Load())) < refusalLasts {
		return ErrUnavailable
	}
	if err := s.proveWritable(ctx); err != nil {
		return err
	}
	return s.read(ctx, func(tx *tx) error {
		var refused int64
		err := tx.scan(&refused, "SELECT count(*) FROM lanes WHERE reason = ? AND paused_until > ?", LaneCredential, tx.now)
		if err == nil && refused > 0 {
			return &Error{Kind: Unavailable, Code: "push_credential_refused", RetryAfter: time.Minute,
				Detail: "FCM refuses this server's credential: pushes wait until it is mended."}
		}
		return err
	})
}

func faultOf(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
