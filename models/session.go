package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// What can stand of a session.
const (
	SessionScheduled = "scheduled"
	SessionCancelled = "cancelled"
)

// sessionRow is one dated occurrence of a series.
type sessionRow struct {
	ID                 string
	ClinicID           string
	SeriesID           string
	OriginalLocalStart string
	LocalStart         string
	TimeZone           string
	StartsAt           Instant
	EndsAt             Instant
	Status             string
	Generation         int
	Version            int64
}

func (sessionRow) TableName() string { return "sessions" }

// Session is one dated occurrence with what its series says of it.
type Session struct {
	ID                 string     `json:"id"`
	SeriesID           string     `json:"series_id"`
	Title              string     `json:"title"`
	Kind               SeriesKind `json:"kind"`
	Tags               []string   `json:"tags"`
	Status             string     `json:"status"`
	StartsAt           Instant    `json:"starts_at"`
	EndsAt             Instant    `json:"ends_at"`
	TimeZone           string     `json:"time_zone"`
	LocalStart         string     `json:"local_start"`
	OriginalLocalStart string     `json:"original_local_start"`
	Place              *string    `json:"place"`
	Link               *string    `json:"link"`
	Version            int64      `json:"version"`
}

// MoveInput gives a session a new start, in its own zone.
type MoveInput struct {
	LocalStart      string `json:"local_start"`
	DurationMinutes *int   `json:"duration_minutes"` // as before unless given
}

// lockSession finds a session of a series that the actor runs, with its series and everybody concerned kept.
func (t *tx) lockSession(actor Actor, id string) (row sessionRow, clients []string, err error) {
	var seriesID string
	if err := t.scan(&seriesID, "SELECT series_id FROM sessions WHERE id = ?", id); err != nil {
		return row, nil, err
	}
	if _, err := t.lockSeries(actor, seriesID); err != nil {
		return row, nil, err
	}
	if clients, err = t.concerned(seriesID); err != nil {
		return row, nil, err
	}
	if err := t.lockPeople(clients...); err != nil {
		return row, nil, err
	}
	row, err = gorm.G[sessionRow](t.db).Where("id = ?", id).First(t.ctx)
	return row, clients, err
}

func (r sessionRow) changeable(now Instant) error {
	switch {
	case r.Status == SessionCancelled:
		return conflict("already_cancelled", "This session is cancelled.")
	case r.EndsAt <= now:
		return conflict("session_over", "This session is over.")
	}
	return nil
}

// MoveSession gives one session a new time. It keeps its identity; its reminders begin anew, and phones that were told
// the old time are told the new one.
func (s *Store) MoveSession(ctx context.Context, actor Actor, id string, ifMatch *int64, in MoveInput) (Session, error) {
	var session Session
	err := s.write(ctx, func(tx *tx) error {
		row, clients, err := tx.lockSession(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := row.changeable(tx.now); err != nil {
			return err
		}
		moved, err := in.apply(row, tx.now)
		if err != nil {
			return err
		}
		if err := tx.storeMove(row, moved); err != nil {
			return err
		}
		if err := tx.audit(actor, "move_session", "", id); err != nil {
			return err
		}
		if err := tx.sessionsChanged(causeMoved, clients, moved); err != nil {
			return err
		}
		session, err = tx.session("s.id = ?", id)
		return err
	})
	return session, err
}

func (in MoveInput) apply(row sessionRow, now Instant) (sessionRow, error) {
	var c check
	local := c.local("local_start", in.LocalStart)
	duration := row.EndsAt.Sub(row.StartsAt)
	if in.DurationMinutes != nil {
		c.number("duration_minutes", *in.DurationMinutes, 5, 720)
		duration = time.Duration(*in.DurationMinutes) * time.Minute
	}
	zone, err := schedule.LoadZone(row.TimeZone)
	if err != nil {
		return row, faultOf("stored session "+row.ID, err)
	}
	if err := c.err(); err != nil {
		return row, err
	}
	starts := InstantOf(local.In(zone))
	if starts <= now || starts.Sub(now) > farthest {
		c.fail("local_start", "range", "Expected a start in the future, within ten years.")
	}
	if starts != row.StartsAt {
		row.Generation++
	}
	row.LocalStart, row.StartsAt, row.EndsAt = local.String(), starts, starts.Add(duration)
	row.Version++
	return row, c.err()
}

// storeMove stores a session's new time; homework due at its start follows it.
func (t *tx) storeMove(before, row sessionRow) error {
	_, err := gorm.G[sessionRow](t.db).Where("id = ?", row.ID).
		Select("LocalStart", "StartsAt", "EndsAt", "Generation", "Version").Updates(t.ctx, row)
	if err != nil || before.StartsAt == row.StartsAt {
		return err
	}
	return t.followSession(row.ID, row.StartsAt)
}

// CancelSession cancels one session; the others of its series stand.
func (s *Store) CancelSession(ctx context.Context, actor Actor, once Once, id string) (Session, error) {
	var session Session
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
		}, func(id string) (Session, error) { return tx.session("s.id = ?", id) })
		return err
	})
	return session, err
}

func (t *tx) cancel(actor Actor, clients []string, rows ...sessionRow) error {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
		if err := t.audit(actor, "cancel_session", "", row.ID); err != nil {
			return err
		}
	}
	if err := t.exec("UPDATE sessions SET status = ?, version = version + 1 WHERE ?", SessionCancelled, t.among("id", ids)); err != nil {
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
	if err := t.scan(&seriesIDs, "SELECT DISTINCT series_id FROM sessions WHERE ? ORDER BY series_id", t.among("id", ids)); err != nil {
		return err
	}
	for _, id := range seriesIDs { // in ascending order: two closures at once do not wait for each other in a circle
		if _, err := t.lockSeries(actor, id); err != nil {
			return err
		}
	}
	clients, err := t.concerned(seriesIDs...)
	if err != nil {
		return err
	}
	if err := t.lockPeople(clients...); err != nil {
		return err
	}
	rows, err := gorm.G[sessionRow](t.db).Where("?", t.among("id", ids)).Find(t.ctx)
	if err != nil {
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
