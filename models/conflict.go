package models

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"handrail/models/schedule"
)

// What can clash.
const (
	clientBookedTwice      = "client_booked_twice"
	facilitatorBookedTwice = "facilitator_booked_twice"
	placeBookedTwice       = "place_booked_twice"
	clientUnavailable      = "client_unavailable"
)

// ScheduleConflict is something that a session clashes with. It keeps nobody from saving: who runs the session decides.
type ScheduleConflict struct {
	Kind      string       `json:"kind"`
	SessionID string       `json:"session_id"`
	StartsAt  Instant      `json:"starts_at"`
	TimeZone  string       `json:"time_zone"`
	Local     string       `json:"local_start"`
	Person    *Person      `json:"person"` // whom it concerns; null: the place
	With      *BookedUntil `json:"with"`   // the other session; null: hours in which the person is unavailable
}

// BookedUntil is when another session is. Which one it is, only those who run it learn, and the client whose it is.
type BookedUntil struct {
	SessionID *string `json:"session_id"`
	StartsAt  Instant `json:"starts_at"`
	EndsAt    Instant `json:"ends_at"`
}

type conflictRow struct {
	Kind       string
	SessionID  string
	StartsAt   Instant
	TimeZone   string
	LocalStart string
	UserID     string
	Name       Sealed
	OtherID    string
	OtherStart Instant
	OtherEnd   Instant
}

// clashing is the condition that session o is on while session s is. That o began at most twelve hours before, which is the
// longest that a session may be, lets an index find it.
const clashing = `o.id <> s.id AND o.clinic_id = s.clinic_id AND s.status = 'scheduled' AND o.status = 'scheduled'
	AND o.starts_at < s.ends_at AND o.ends_at > s.starts_at AND o.starts_at > s.starts_at - 43200000000`

// conflicts are what these sessions, which the actor runs or keeps as their own, clash with: four queries, however many they are. A session that
// is over or cancelled clashes with nothing.
func (t *tx) conflicts(actor Actor, sessionIDs []string) ([]ScheduleConflict, error) {
	const columns = ` AS kind, s.id AS session_id, s.starts_at, s.time_zone, s.local_start, o.id AS other_id, o.series_id AS other_series,
		o.starts_at AS other_start, o.ends_at AS other_end`
	which := t.among("s.id", sessionIDs)
	var rows []conflictRow
	err := t.scan(&rows, `SELECT c.* FROM (
			SELECT ?`+columns+`, u.id AS user_id, u.name FROM sessions s JOIN roster r ON `+onRoster+`
				JOIN roster m ON m.client_id = r.client_id
				JOIN sessions o ON m.series_id = o.series_id AND m.starts_at <= o.starts_at AND (m.ends_at IS NULL OR m.ends_at > o.starts_at)
				JOIN users u ON u.id = r.client_id WHERE ? AND s.ends_at > ? AND `+clashing+`
			UNION ALL SELECT ?`+columns+`, u.id, u.name FROM sessions s JOIN session_facilitators f ON f.session_id = s.id
				JOIN session_facilitators g ON g.user_id = f.user_id JOIN sessions o ON o.id = g.session_id
				JOIN users u ON u.id = f.user_id WHERE ? AND s.ends_at > ? AND `+clashing+`
			UNION ALL SELECT ?`+columns+`, '', NULL FROM sessions s JOIN sessions o ON o.place_index = s.place_index
				WHERE ? AND s.ends_at > ? AND `+clashing+`
		) AS c JOIN series q ON q.id = c.other_series WHERE q.owner_id IS NULL OR q.owner_id = ?`, // their own meetings are nobody else's business
		clientBookedTwice, which, t.now, facilitatorBookedTwice, which, t.now, placeBookedTwice, which, t.now, actor.UserID)
	if err != nil {
		return nil, err
	}
	others := make([]string, len(rows))
	for i, r := range rows {
		others[i] = r.OtherID
	}
	var own []string
	if err := t.scan(&own, "SELECT s.id FROM sessions s WHERE ? AND ?", t.among("s.id", others), t.runs(actor)); err != nil {
		return nil, err
	}
	open := opener{keys: t.keys}
	found := []ScheduleConflict{}
	for _, r := range rows {
		c := ScheduleConflict{Kind: r.Kind, SessionID: r.SessionID, StartsAt: r.StartsAt, TimeZone: r.TimeZone, Local: r.LocalStart,
			With: &BookedUntil{StartsAt: r.OtherStart, EndsAt: r.OtherEnd}}
		if r.UserID != "" {
			c.Person = &Person{ID: r.UserID, Name: open.text(userName, r.UserID, r.Name)}
		}
		if r.UserID == actor.UserID || slices.Contains(own, r.OtherID) {
			c.With.SessionID = &r.OtherID
		}
		found = append(found, c)
	}
	unavailable, err := t.unavailable(sessionIDs)
	if err := cmp.Or(err, open.err); err != nil {
		return nil, err
	}
	found = append(found, unavailable...)
	slices.SortStableFunc(found, func(a, b ScheduleConflict) int {
		return cmp.Or(cmp.Compare(a.StartsAt, b.StartsAt), strings.Compare(a.SessionID, b.SessionID), strings.Compare(a.Kind, b.Kind))
	})
	return found, nil
}

// unavailable are the clients on the roster of these sessions who cannot be there at that hour.
func (t *tx) unavailable(sessionIDs []string) ([]ScheduleConflict, error) {
	var rows []struct {
		SessionID   string
		StartsAt    Instant
		EndsAt      Instant
		TimeZone    string
		LocalStart  string
		UserID      string
		Name        Sealed
		Unavailable Sealed
		Zone        string
	}
	err := t.scan(&rows, `SELECT s.id AS session_id, s.starts_at, s.ends_at, s.time_zone, s.local_start, u.id AS user_id, u.name, u.unavailable, u.time_zone AS zone
		FROM sessions s JOIN roster r ON `+onRoster+` JOIN users u ON u.id = r.client_id
		WHERE ? AND s.status = 'scheduled' AND s.ends_at > ? AND u.unavailable IS NOT NULL`, t.among("s.id", sessionIDs), t.now)
	if err != nil {
		return nil, err
	}
	open := opener{keys: t.keys}
	var found []ScheduleConflict
	for _, r := range rows {
		zone, err := schedule.LoadZone(r.Zone)
		if err != nil {
			return nil, faultOf("stored user "+r.UserID, err)
		}
		var c check // what is stored was checked
		hours := c.hours("", openList[WeeklyHours](&open, userUnavailable, r.UserID, r.Unavailable))
		if hours.Overlap(r.StartsAt.Time(), r.EndsAt.Time(), zone) {
			found = append(found, ScheduleConflict{Kind: clientUnavailable, SessionID: r.SessionID, StartsAt: r.StartsAt, TimeZone: r.TimeZone, Local: r.LocalStart,
				Person: &Person{ID: r.UserID, Name: open.text(userName, r.UserID, r.Name)}})
		}
	}
	return found, open.err
}

// Conflicts lists what clashes among the sessions that the actor runs, by session: a page is of so many sessions.
func (s *Store) Conflicts(ctx context.Context, actor Actor, window Window, page Page) (List[ScheduleConflict], error) {
	var list List[ScheduleConflict]
	err := s.write(ctx, func(tx *tx) error {
		at, rows, err := tx.sessionPage(actor, "conflicts", window, page, false, selectSessions+" WHERE ? AND s.status = 'scheduled'", tx.runs(actor))
		if err != nil {
			return err
		}
		sessions, err := listOf(at, rows, func(r listedSession) (string, position) { return r.ID, r.position() })
		if err != nil {
			return err
		}
		list.NextCursor = sessions.NextCursor
		if list.Items, err = tx.conflicts(actor, sessions.Items); err != nil {
			return err
		}
		return tx.auditEach(actor, "list_conflicts", clashingClients(list.Items), "")
	})
	return list, err
}

func clashingClients(conflicts []ScheduleConflict) (ids []string) {
	for _, c := range conflicts {
		if c.Kind == clientBookedTwice || c.Kind == clientUnavailable {
			ids = append(ids, c.Person.ID)
		}
	}
	return ids
}
