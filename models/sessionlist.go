package models

import "context"

// listedSession is a session with the sealed columns of its series and, in a client's list, what is theirs of it.
type listedSession struct {
	sessionRow
	kind  SeriesKind
	own   bool
	title Sealed
	tags  Sealed
	theirs
}

const sessionColumns = `s.id, s.series_id, e.kind, s.status, s.starts_at, s.ends_at, s.time_zone, s.local_start,
	s.original_local_start, s.version, s.place, s.link, s.materials, e.title, e.tags, e.owner_id IS NOT NULL`

const (
	selectSessions = `SELECT ` + sessionColumns + ` FROM sessions s JOIN series e ON e.id = s.series_id`
	// selectTheirs is the same for one client, whose id is its first parameter, with what that client said and what is on record.
	selectTheirs = `SELECT ` + sessionColumns + `, ` + theirColumns + ` FROM sessions s JOIN series e ON e.id = s.series_id
		JOIN roster r ON ` + onRoster + ` LEFT JOIN rsvps v ON v.session_id = s.id AND v.client_id = r.client_id
		LEFT JOIN attendance y ON y.session_id = s.id AND y.client_id = r.client_id WHERE r.client_id = ?`
)

// listSessions runs a query that begins with selectSessions or selectTheirs.
func (t *tx) listSessions(query string, isTheirs bool, args ...any) ([]listedSession, error) {
	rows, err := t.db.Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []listedSession
	for rows.Next() {
		var r listedSession
		into := []any{&r.ID, &r.SeriesID, &r.kind, &r.Status, &r.StartsAt, &r.EndsAt, &r.TimeZone, &r.LocalStart,
			&r.OriginalLocalStart, &r.Version, &r.Place, &r.Link, &r.Materials, &r.title, &r.tags, &r.own}
		if isTheirs {
			into = append(into, r.theirs.into()...)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// sessionOpener opens what the series says once for all of its sessions.
type sessionOpener struct {
	opener
	said   map[string]Session
	places map[string]*string // by ciphertext: a session copies its series'
}

func (t *tx) sessionOpener() *sessionOpener {
	return &sessionOpener{opener: opener{keys: t.keys}, said: map[string]Session{}, places: map[string]*string{}}
}

func (o *sessionOpener) session(row listedSession) Session {
	view, known := o.said[row.SeriesID]
	if !known {
		view = Session{SeriesID: row.SeriesID, Kind: row.kind, Title: o.text(seriesTitle, row.SeriesID, row.title),
			Tags: openList[string](&o.opener, seriesTags, row.SeriesID, row.tags)}
		o.said[row.SeriesID] = view
	}
	view.ID, view.Status, view.StartsAt, view.EndsAt, view.Version = row.ID, row.Status, row.StartsAt, row.EndsAt, row.Version
	view.TimeZone, view.LocalStart, view.OriginalLocalStart = row.TimeZone, row.LocalStart, row.OriginalLocalStart
	view.Place, view.Link = o.place(seriesPlace, row.SeriesID, row.Place), o.place(seriesLink, row.SeriesID, row.Link)
	view.Materials = openList[Material](&o.opener, sessionMaterials, row.ID, row.Materials)
	return view
}

func (o *sessionOpener) place(c Column, seriesID string, sealed Sealed) *string {
	if sealed == nil {
		return nil
	}
	text, known := o.places[string(sealed)]
	if !known {
		text = o.optional(c, seriesID, sealed)
		o.places[string(sealed)] = text
	}
	return text
}

// sessionPage is one page of a list of sessions, by start: the query so far, with its arguments, ends in a condition.
func (t *tx) sessionPage(actor Actor, list string, window Window, page Page, isTheirs bool, query string, args ...any) (openPage, []listedSession, error) {
	from, to, err := t.window(actor, window)
	if err != nil {
		return openPage{}, nil, err
	}
	at, err := t.openCursor(actor, window.filter(list), page)
	if err != nil {
		return at, nil, err
	}
	args = append(args, max(from, at.At), to, at.At, at.At, at.ID, at.limit+1)
	rows, err := t.listSessions(query+` AND s.starts_at >= ? AND s.starts_at < ? AND (s.starts_at > ? OR s.starts_at = ? AND s.id > ?)
		ORDER BY s.starts_at, s.id LIMIT ?`, isTheirs, args...)
	return at, rows, err
}

func (r listedSession) position() position { return position{At: r.StartsAt, ID: r.ID} }

// clientSessions is one page of a client's sessions. Whoever is not that client sees neither their own meetings nor their
// own word of those of the clinic.
func (t *tx) clientSessions(actor Actor, clientID string, window Window, page Page) (List[ClientSession], error) {
	query, oneself := selectTheirs, clientID == actor.UserID
	if !oneself {
		query += " AND e.owner_id IS NULL"
	}
	at, rows, err := t.sessionPage(actor, "sessions of "+clientID, window, page, true, query, clientID)
	if err != nil {
		return List[ClientSession]{}, err
	}
	open := t.sessionOpener()
	list, err := listOf(at, rows, func(r listedSession) (ClientSession, position) {
		view := open.clientSession(r)
		if !oneself {
			view.Went = nil
		}
		return view, r.position()
	})
	if err == nil {
		err = open.err
	}
	return list, err
}

// MySessions lists the actor's own sessions, treatment and aftercare alike: one query.
func (s *Store) MySessions(ctx context.Context, actor Actor, window Window, page Page) (List[ClientSession], error) {
	var list List[ClientSession]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.clientSessions(actor, actor.UserID, window, page)
		return err
	})
	return list, err
}

// ClientSessions lists the sessions of a client of the actor's caseload.
func (s *Store) ClientSessions(ctx context.Context, actor Actor, clientID string, window Window, page Page) (List[ClientSession], error) {
	var list List[ClientSession]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.clientSessions(actor, clientID, window, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_sessions", clientID, "")
	})
	return list, err
}

// MySession is one of the actor's own sessions.
func (s *Store) MySession(ctx context.Context, actor Actor, id string) (ClientSession, error) {
	var session ClientSession
	err := s.read(ctx, func(tx *tx) (err error) {
		session, err = tx.clientSession(actor.UserID, id)
		return err
	})
	return session, err
}

func (t *tx) clientSession(clientID, id string) (ClientSession, error) {
	rows, err := t.listSessions(selectTheirs+" AND s.id = ?", true, clientID, id)
	if err != nil || len(rows) == 0 {
		return ClientSession{}, orNotFound(err)
	}
	open := t.sessionOpener()
	return open.clientSession(rows[0]), open.err
}

// staffSessions opens sessions with who runs them: one more query, however many they are.
func (t *tx) staffSessions(rows []listedSession) ([]StaffSession, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	people, err := t.sessionFacilitators(ids)
	if err != nil {
		return nil, err
	}
	open := t.sessionOpener()
	list := make([]StaffSession, len(rows))
	for i, row := range rows {
		list[i] = StaffSession{Session: open.session(row), Facilitators: people[row.ID]}
	}
	return list, open.err
}

// Sessions lists the sessions that the actor runs.
func (s *Store) Sessions(ctx context.Context, actor Actor, window Window, page Page) (List[StaffSession], error) {
	var list List[StaffSession]
	err := s.snapshot(ctx, func(tx *tx) error {
		at, rows, err := tx.sessionPage(actor, "sessions", window, page, false, selectSessions+" WHERE ?", tx.runs(actor))
		if err != nil {
			return err
		}
		views, err := tx.staffSessions(rows)
		if err != nil {
			return err
		}
		list, err = listOf(at, views, func(v StaffSession) (StaffSession, position) { return v, position{At: v.StartsAt, ID: v.ID} })
		return err
	})
	return list, err
}

// Session is one session that the actor runs.
func (s *Store) Session(ctx context.Context, actor Actor, id string) (StaffSession, error) {
	var session StaffSession
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		session, err = tx.staffSession(actor, id)
		return err
	})
	return session, err
}

func (t *tx) staffSession(actor Actor, id string) (StaffSession, error) {
	return t.openSession(selectSessions+" WHERE s.id = ? AND ?", id, t.runs(actor))
}

func (t *tx) openSession(query string, args ...any) (StaffSession, error) {
	rows, err := t.listSessions(query, false, args...)
	if err != nil || len(rows) == 0 {
		return StaffSession{}, orNotFound(err)
	}
	views, err := t.staffSessions(rows)
	if err != nil {
		return StaffSession{}, err
	}
	return views[0], nil
}
