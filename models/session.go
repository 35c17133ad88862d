package models

import (
	"cmp"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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
	Place              Sealed
	Link               Sealed
	PlaceIndex         []byte
	Telehealth         bool
	Materials          Sealed
	Added              bool
	OwnPlace           bool
	OwnLength          bool
	OwnStaff           bool
	Status             string
	Dropped            bool
	Generation         int
	AttendanceVersion  int64
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
	Materials          []Material `json:"materials"`
	Version            int64      `json:"version"`
}

// Material is something to have at hand for a session: a link, a short text, or both.
type Material struct {
	Title string  `json:"title"`
	Text  *string `json:"text"`
	Link  *string `json:"link"`
}

// StaffSession is a session as those who run it see it.
type StaffSession struct {
	Session
	Facilitators []Person           `json:"facilitators"`
	Conflicts    []ScheduleConflict `json:"conflicts,omitzero"` // of what was just saved, or would be
}

// ClientSession is a session as its client sees it: with their own answer, their attendance and their own word.
type ClientSession struct {
	Session
	Own        bool      `json:"own"` // their own meeting, not the clinic's
	RSVP       *RSVP     `json:"rsvp"`
	Attendance *Attended `json:"attendance"`
	Went       *bool     `json:"went"`
}

func (o *sessionOpener) clientSession(row listedSession) ClientSession {
	view := ClientSession{Session: o.session(row), Own: row.own, RSVP: o.rsvp(row.theirs, row.StartsAt), Went: row.Went}
	if row.Attended != nil {
		view.Attendance = &Attended{Status: *row.Attended, Minutes: *row.Minutes}
	}
	return view
}

// runs is the condition that the actor runs session s: as one who runs its series, or for this session alone.
func (t *tx) runs(actor Actor) clause.Expr {
	return gorm.Expr("(? OR ?)", t.amongThose("s.series_id", "?", t.seriesOf(actor)),
		t.amongThose("s.id", "SELECT x.session_id FROM session_facilitators x WHERE ?", t.amongThose("x.user_id", "?", t.standsFor(actor))))
}

// lockSeriesOf keeps the series of a session that the actor runs.
func (t *tx) lockSeriesOf(actor Actor, sessionID string) (seriesRow, error) {
	return first[seriesRow](t, "SELECT e.* FROM sessions s JOIN series e ON e.id = s.series_id WHERE s.id = ? AND ?"+
		t.lockClause("FOR NO KEY UPDATE OF e"), sessionID, t.runs(actor))
}

// lockSession finds a session that the actor runs, with its series, everybody concerned and others kept.
func (t *tx) lockSession(actor Actor, id string, others ...string) (row sessionRow, clients []string, err error) {
	series, err := t.lockSeriesOf(actor, id)
	if err != nil {
		return row, nil, err
	}
	if clients, _, err = t.lockConcerned(others, series.ID); err != nil {
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

// sessionFacilitators are the people who run each of these sessions.
func (t *tx) sessionFacilitators(ids []string) (map[string][]Person, error) {
	var rows []struct {
		SessionID string
		UserID    string
		Name      Sealed
	}
	err := t.scan(&rows, `SELECT f.session_id, f.user_id, u.name FROM session_facilitators f JOIN users u ON u.id = f.user_id
		WHERE ? ORDER BY f.user_id`, t.among("f.session_id", ids))
	open := opener{keys: t.keys}
	people := make(map[string][]Person, len(ids))
	names := map[string]string{}
	for _, row := range rows {
		name, known := names[row.UserID]
		if !known {
			name = open.text(userName, row.UserID, row.Name)
			names[row.UserID] = name
		}
		people[row.SessionID] = append(people[row.SessionID], Person{ID: row.UserID, Name: name})
	}
	return people, cmp.Or(err, open.err)
}

// setSessionFacilitators makes these counselors of the clinic the ones who run these sessions.
func (t *tx) setSessionFacilitators(actor Actor, sessionIDs, userIDs []string) error {
	for i, id := range userIDs {
		if err := t.mustBe(actor, index("facilitator_ids", i), id, GiveCare); err != nil {
			return err
		}
	}
	if err := t.exec("DELETE FROM session_facilitators WHERE ?", t.among("session_id", sessionIDs)); err != nil {
		return err
	}
	return t.exec("INSERT INTO session_facilitators (session_id, user_id) SELECT s.id, u.id FROM sessions s CROSS JOIN users u WHERE ? AND ?",
		t.among("s.id", sessionIDs), t.among("u.id", userIDs))
}
