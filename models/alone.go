package models

import (
	"context"
	"database/sql/driver"
	"errors"
)

// aloneKey is the advisory lock of what one node does while the others wait.
const aloneKey = 5_230_417

// alone runs f while no other node runs anything alone. A node that is lost gives the lock back with its connection.
func (s *Store) alone(ctx context.Context, f func() error) error {
	if !s.postgres { // there is one node
		return f()
	}
	conn, err := s.pools[0].Conn(ctx)
	if err != nil {
		return readable(err)
	}
	defer func() { _ = conn.Close() }()
	for err = ErrLocked; errors.Is(err, ErrLocked); {
		_, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", aloneKey)
		err = readable(err)
	}
	if err != nil {
		return err
	}
	defer func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", aloneKey); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closed, it keeps nothing
		}
	}()
	return f()
}
