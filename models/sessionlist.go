package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Window is which stretch of time a list is asked for: from (inclusive) until to. Empty means a day ago and the horizon.
type Window struct {
	From string
	To   string
}

func (w Window) open(now Instant) (from, to Instant, err error) {
	var c check
	from, to = now.Add(-24*time.Hour), now.Add(horizon)
	if w.From != "" {
		from = c.instant("from", w.From, now)
	}
	if w.To != "" {
		to = c.instant("to", w.To, now)
	}
	if c.err() == nil && w.From != "" && w.To != "" { // one alone may leave nothing between it and the default
		c.span("to", from, &to)
	}
	return from, to, c.err()
}

func (w Window) filter(list string) string { return list + " " + w.From + " " + w.To }

// listedSession is a session with the sealed columns of its series.
type listedSession struct {
	ID                 string
	SeriesID           string
	Kind               SeriesKind
	Status             string
	StartsAt           Instant
	EndsAt             Instant
	TimeZone           string
	LocalStart         string
	OriginalLocalStart string
	Version            int64
	Title              Sealed
	Tags               Sealed
	Place              Sealed
	Link               Sealed
}

const selectSessions = `SELECT s.id, s.series_id, e.kind, s.status, s.starts_at, s.ends_at, s.time_zone, s.local_start,
	s.original_local_start, s.version, e.title, e.tags, e.place, e.link FROM sessions s JOIN series e ON e.id = s.series_id`

// sessionViews opens what the series says once for all of its sessions.
func (t *tx) sessionViews(rows []listedSession) ([]Session, error) {
	open := opener{keys: t.keys}
	said := map[string]Session{}
	views := make([]Session, len(rows))
	for i, row := range rows {
		view, known := said[row.SeriesID]
		if !known {
			view = Session{SeriesID: row.SeriesID, Kind: row.Kind, Title: open.text(seriesTitle, row.SeriesID, row.Title),
				Tags: open.tags(row.SeriesID, row.Tags), Place: open.optional(seriesPlace, row.SeriesID, row.Place),
				Link: open.optional(seriesLink, row.SeriesID, row.Link)}
			said[row.SeriesID] = view
		}
		view.ID, view.Status, view.StartsAt, view.EndsAt, view.Version = row.ID, row.Status, row.StartsAt, row.EndsAt, row.Version
		view.TimeZone, view.LocalStart, view.OriginalLocalStart = row.TimeZone, row.LocalStart, row.OriginalLocalStart
		views[i] = view
	}
	return views, open.err
}

func (t *tx) sessionRows(query string, args ...any) ([]Session, error) {
	rows, err := t.db.Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []listedSession
	for rows.Next() {
		var r listedSession
		err := rows.Scan(&r.ID, &r.SeriesID, &r.Kind, &r.Status, &r.StartsAt, &r.EndsAt, &r.TimeZone, &r.LocalStart,
			&r.OriginalLocalStart, &r.Version, &r.Title, &r.Tags, &r.Place, &r.Link)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return t.sessionViews(found)
}

func (t *tx) session(where string, args ...any) (Session, error) {
	views, err := t.sessionRows(selectSessions+" WHERE "+where, args...)
	if err != nil || len(views) == 0 {
		return Session{}, orNotFound(err)
	}
	return views[0], nil
}

// sessions is one page of the sessions that a condition selects, by start.
func (t *tx) sessions(actor Actor, list string, window Window, page Page, join string, args ...any) (List[Session], error) {
	from, to, err := window.open(t.now)
	if err != nil {
		return List[Session]{}, err
	}
	filter := window.filter(list)
	at, err := t.openCursor(actor, filter, page)
	if err != nil {
		return List[Session]{}, err
	}
	args = append(args, max(from, at.At), to, at.At, at.At, at.ID, at.limit+1)
	rows, err := t.sessionRows(selectSessions+" "+join+` AND s.starts_at >= ? AND s.starts_at < ? AND (s.starts_at > ? OR s.starts_at = ? AND s.id > ?)
		ORDER BY s.starts_at, s.id LIMIT ?`, args...)
	if err != nil {
		return List[Session]{}, err
	}
	return listOf(at, rows, func(r Session) (Session, position) { return r, position{At: r.StartsAt, ID: r.ID} })
}

const joinRoster = "JOIN roster r ON " + onRoster + " WHERE r.client_id = ?"

// MySessions lists the actor's own sessions, treatment and aftercare alike: one query.
func (s *Store) MySessions(ctx context.Context, actor Actor, window Window, page Page) (List[Session], error) {
	var list List[Session]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.sessions(actor, "my sessions", window, page, joinRoster, actor.UserID)
		return err
	})
	return list, err
}

// MySession is one of the actor's own sessions.
func (s *Store) MySession(ctx context.Context, actor Actor, id string) (Session, error) {
	var session Session
	err := s.read(ctx, func(tx *tx) error {
		rows, err := tx.sessionRows(selectSessions+" "+joinRoster+" AND s.id = ?", actor.UserID, id)
		if err != nil || len(rows) == 0 {
			return orNotFound(err)
		}
		session = rows[0]
		return nil
	})
	return session, err
}

// ClientSessions lists the sessions of a client of the actor's caseload.
func (s *Store) ClientSessions(ctx context.Context, actor Actor, clientID string, window Window, page Page) (List[Session], error) {
	var list List[Session]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.sessions(actor, "sessions of "+clientID, window, page, joinRoster, clientID); err != nil {
			return err
		}
		return tx.audit(actor, "list_sessions", clientID, "")
	})
	return list, err
}

// Sessions lists the sessions of the series that the actor runs.
func (s *Store) Sessions(ctx context.Context, actor Actor, window Window, page Page) (List[Session], error) {
	var list List[Session]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.sessions(actor, "sessions", window, page, "WHERE s.series_id IN (?)", tx.seriesOf(actor))
		return err
	})
	return list, err
}

// Session is one session of a series that the actor runs.
func (s *Store) Session(ctx context.Context, actor Actor, id string) (Session, error) {
	var session Session
	err := s.read(ctx, func(tx *tx) (err error) {
		session, err = tx.session("s.id = ? AND s.series_id IN (?)", id, tx.seriesOf(actor))
		return err
	})
	return session, err
}

// nextSession is the client's next treatment session that still stands, after a given instant.
func (t *tx) nextSession(clientID string, after Instant) (sessionRow, error) {
	return first[sessionRow](t, `SELECT s.* FROM sessions s JOIN series e ON e.id = s.series_id JOIN roster r ON `+onRoster+`
		WHERE r.client_id = ? AND s.status = ? AND e.kind <> ? AND s.starts_at > ? ORDER BY s.starts_at LIMIT 1`,
		clientID, SessionScheduled, KindAftercare, after)
}

// followSession moves the due time of homework that is due at a session's start.
func (t *tx) followSession(sessionID string, starts Instant) error {
	return t.changeFollowers(sessionID, func(a assignmentRow) (assignmentRow, error) {
		a.DueAt = starts
		return a, nil
	})
}

// followNextSession makes homework that was due at a cancelled session due at the next one, or leaves it when there is none.
func (t *tx) followNextSession(cancelled sessionRow) error {
	return t.changeFollowers(cancelled.ID, func(a assignmentRow) (assignmentRow, error) {
		next, err := t.nextSession(a.ClientID, t.now)
		if isNoRows(err) {
			return a, nil
		}
		a.FollowsSessionID, a.DueAt = &next.ID, next.StartsAt
		return a, err
	})
}

func (t *tx) changeFollowers(sessionID string, change func(assignmentRow) (assignmentRow, error)) error {
	rows, err := gorm.G[assignmentRow](t.db).Where("follows_session_id = ? AND status = ?", sessionID, AssignmentAssigned).Find(t.ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		changed, err := change(row)
		if err != nil {
			return err
		}
		if err := t.storeDue(row, changed); err != nil {
			return err
		}
	}
	return nil
}
