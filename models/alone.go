package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"
)

const (
	aloneKey   = 5_230_417 // the advisory lock of what one node does while the others wait
	aloneTries = 6         // of five seconds each: a node that stands still does not keep the others from their work
	aloneBound = aloneTries*5*time.Second + stepBound
)

// stepBound is how long one transaction of what a node does when it starts may take, however many it needs. A database that
// has gone without a word, behind a firewall, would else keep the node for ever: it neither answers nor hangs up.
const stepBound = 10 * time.Second

// writeStep is write within stepBound.
func (s *Store) writeStep(ctx context.Context, f func(*tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, stepBound)
	defer cancel()
	return s.write(ctx, f)
}

// alone runs f while the other nodes that want to wait, for half a minute at most: f must do no harm done twice. A node that
// is lost gives the lock back with its connection.
func (s *Store) alone(ctx context.Context, f func() error) error {
	if !s.postgres { // there is one node
		return f()
	}
	waits, cancel := context.WithTimeout(ctx, aloneBound)
	defer cancel()
	conn, err := s.pools[0].Conn(waits)
	if err != nil {
		return readable(err)
	}
	defer func() { _ = conn.Close() }()
	for range aloneTries {
		if _, err = conn.ExecContext(waits, "SELECT pg_advisory_lock($1)", aloneKey); !errors.Is(readable(err), ErrLocked) {
			break
		}
	}
	if errors.Is(readable(err), ErrLocked) {
		return f()
	}
	if err != nil {
		return readable(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepBound)
		defer cancel()
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", aloneKey); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closed, it keeps nothing
		}
	}()
	return f()
}
