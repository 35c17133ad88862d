package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// CancelSession cancels one session; the others of its series stand.
func (s *Store) CancelSession(ctx context.Context, actor Actor, once Once, id string) (StaffSession, error) {
	var session StaffSession
	err := s.write(ctx, func(tx *tx) error {
		row, clients, err := tx.lockSession(actor, id)
		if err != nil {
			return err
		}
		session, err = writeOnce(tx, actor, once, func() (string, error) {
			if err := row.changeable(tx.now); err != nil {
				return "", err
			}
			return id, tx.cancel(actor, clients, row)
		}, func(id string) (StaffSession, error) { return tx.staffSession(actor, id) })
		return err
	})
	return session, err
}

func (t *tx) cancel(actor Actor, clients []string, rows ...sessionRow) error {
	if err := t.auditSessions(actor, "cancel_session", idsOf(rows)...); err != nil {
		return err
	}
	for _, row := range rows {
		after := row
		after.Status = SessionCancelled
		if err := t.keepStart(row, after); err != nil {
			return err
		}
	}
	if err := t.exec("UPDATE sessions SET status = ?, version = version + 1 WHERE ?", SessionCancelled, t.among("id", idsOf(rows))); err != nil {
		return err
	}
	for _, row := range rows {
		if err := t.followNextSession(row); err != nil {
			return err
		}
	}
	return t.sessionsChanged(causeSessionCancelled, clients, rows...)
}

// CancelInput names sessions to cancel at once, as for a closure.
type CancelInput struct {
	SessionIDs []string `json:"session_ids"`
}

// CancelReply counts what a bulk cancellation did.
type CancelReply struct {
	Cancelled int `json:"cancelled"`
}

// CancelSessions cancels many sessions in one transaction: all of them or, if one is not the actor's, is over or
// cancelled already, none.
func (s *Store) CancelSessions(ctx context.Context, actor Actor, once Once, in CancelInput) (CancelReply, error) {
	var c check
	c.number("session_ids", len(in.SessionIDs), 1, 500)
	for i, id := range in.SessionIDs {
		c.id(index("session_ids", i), id)
	}
	if err := c.err(); err != nil {
		return CancelReply{}, err
	}
	var done CancelReply
	err := s.write(ctx, func(tx *tx) error {
		_, err := tx.once(actor, once, func() (string, error) { return in.SessionIDs[0], tx.cancelMany(actor, in.SessionIDs) })
		if err != nil {
			return err
		}
		return tx.scan(&done.Cancelled, "SELECT count(*) FROM sessions WHERE ? AND status = ?", tx.among("id", in.SessionIDs), SessionCancelled)
	})
	return done, err
}

func (t *tx) cancelMany(actor Actor, ids []string) error {
	var seriesIDs []string
	theirs := gorm.Expr("? AND ?", t.among("s.id", ids), t.runs(actor))
	if err := t.scan(&seriesIDs, "SELECT DISTINCT s.series_id FROM sessions s WHERE ?", theirs); err != nil {
		return err
	}
	// In ascending order: two closures at once do not wait for each other in a circle.
	var locked []string
	if err := t.scan(&locked, "SELECT id FROM series WHERE ? ORDER BY id"+t.lockClause("FOR NO KEY UPDATE"), t.among("id", seriesIDs)); err != nil {
		return err
	}
	clients, _, err := t.lockConcerned(nil, seriesIDs...)
	if err != nil {
		return err
	}
	var rows []sessionRow
	if err := t.scan(&rows, "SELECT s.* FROM sessions s WHERE ?", theirs); err != nil {
		return err
	}
	if len(rows) != len(slices.Compact(slices.Sorted(slices.Values(ids)))) {
		return ErrNotFound
	}
	for _, row := range rows {
		if err := row.changeable(t.now); err != nil {
			return err
		}
	}
	return t.cancel(actor, clients, rows...)
}
