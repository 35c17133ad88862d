package models

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// How a client's time at a session went.
const (
	Present   = "present"
	Late      = "late"
	LeftEarly = "left_early"
	Excused   = "excused"
	NoShow    = "no_show"
)

// Attended is one client's record at one session.
type Attended struct {
	Status  string `json:"status"`
	Minutes int    `json:"minutes"` // that they were there
}

// AttendanceSheet is the roster of one session with what each client said beforehand and what was recorded.
type AttendanceSheet struct {
	SessionID string            `json:"session_id"`
	Entries   []AttendanceEntry `json:"entries"`
	Version   int64             `json:"version"`
}

// AttendanceEntry is one client on the sheet.
type AttendanceEntry struct {
	ClientID   string    `json:"client_id"`
	Name       string    `json:"name"`
	RSVP       *RSVP     `json:"rsvp"`
	Attendance *Attended `json:"attendance"`
}

// AttendanceInput is the whole sheet: who is left out has no record.
type AttendanceInput struct {
	Records []AttendanceRecord `json:"records" required:"yes"`
}

// AttendanceRecord records one client.
type AttendanceRecord struct {
	ClientID string `json:"client_id"`
	Status   string `json:"status"`
	Minutes  *int   `json:"minutes"`
}

// check wants each client once, on the roster, with minutes that fit the session.
func (in AttendanceInput) check(roster []AttendanceEntry, length time.Duration) error {
	var c check
	c.number("records", len(in.Records), 0, 500)
	seen := map[string]bool{}
	for i, record := range in.Records {
		at := index("records", i)
		switch {
		case !slices.ContainsFunc(roster, func(e AttendanceEntry) bool { return e.ClientID == record.ClientID }):
			c.fail(at+".client_id", "not_on_roster", "Expected the id of a client who is on the roster of this session.")
		case seen[record.ClientID]:
			c.fail(at+".client_id", "twice", "Expected each client once.")
		}
		seen[record.ClientID] = true
		record.checkMinutes(&c, at, int(length/time.Minute))
	}
	return c.err()
}

func (r AttendanceRecord) checkMinutes(c *check, at string, length int) {
	oneOf(c, at+".status", r.Status, Present, Late, LeftEarly, Excused, NoShow)
	switch {
	case r.Minutes == nil && (r.Status == Late || r.Status == LeftEarly):
		c.fail(at+".minutes", "required", "Expected how many minutes they were there.")
	case r.Minutes == nil:
	case r.Status == Excused || r.Status == NoShow:
		c.number(at+".minutes", *r.Minutes, 0, 0)
	default:
		c.number(at+".minutes", *r.Minutes, 1, length)
	}
}

// minutes are those given, or all of a session for who was present.
func (r AttendanceRecord) minutes(length time.Duration) int {
	switch {
	case r.Minutes != nil:
		return *r.Minutes
	case r.Status == Present:
		return int(length / time.Minute)
	}
	return 0
}

// Attendance is the sheet of a session that the actor runs.
func (s *Store) Attendance(ctx context.Context, actor Actor, sessionID string) (AttendanceSheet, error) {
	var sheet AttendanceSheet
	err := s.write(ctx, func(tx *tx) error {
		row, err := first[sessionRow](tx, "SELECT s.* FROM sessions s WHERE s.id = ? AND ?", sessionID, tx.runs(actor))
		if err != nil {
			return err
		}
		if sheet, err = tx.attendanceSheet(row); err != nil {
			return err
		}
		return tx.auditEach(actor, "read_attendance", sheet.clients(), sessionID)
	})
	return sheet, err
}

func (s AttendanceSheet) clients() []string {
	return views(s.Entries, func(e AttendanceEntry) string { return e.ClientID })
}

func (t *tx) attendanceSheet(session sessionRow) (AttendanceSheet, error) {
	sheet := AttendanceSheet{SessionID: session.ID, Entries: []AttendanceEntry{}, Version: session.AttendanceVersion}
	rows, err := t.db.Raw("SELECT r.client_id, u.name, "+theirColumns+` FROM sessions s JOIN roster r ON `+onRoster+` JOIN users u ON u.id = r.client_id
		LEFT JOIN rsvps v ON v.session_id = s.id AND v.client_id = r.client_id
		LEFT JOIN attendance y ON y.session_id = s.id AND y.client_id = r.client_id WHERE s.id = ? ORDER BY r.id`, session.ID).Rows()
	if err != nil {
		return sheet, err
	}
	defer func() { _ = rows.Close() }()
	open := opener{keys: t.keys}
	for rows.Next() {
		var id string
		var name Sealed
		var said theirs
		if err := rows.Scan(append([]any{&id, &name}, said.into()...)...); err != nil {
			return sheet, err
		}
		entry := AttendanceEntry{ClientID: id, Name: open.text(userName, id, name), RSVP: open.rsvp(said, session.StartsAt)}
		if said.Attended != nil {
			entry.Attendance = &Attended{Status: *said.Attended, Minutes: *said.Minutes}
		}
		sheet.Entries = append(sheet.Entries, entry)
	}
	return sheet, cmp.Or(rows.Err(), open.err)
}

// PutAttendance records who was at a session that the actor runs, the whole roster in one call.
func (s *Store) PutAttendance(ctx context.Context, actor Actor, sessionID string, ifMatch *int64, in AttendanceInput) (AttendanceSheet, error) {
	var sheet AttendanceSheet
	err := s.write(ctx, func(tx *tx) error {
		row, err := tx.lockSheet(actor, sessionID)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.AttendanceVersion); err != nil {
			return err
		}
		switch {
		case row.Status == SessionCancelled:
			return conflict("already_cancelled", "This session is cancelled.")
		case row.StartsAt > tx.now:
			return conflict("not_begun", "This session has not begun.")
		}
		if sheet, err = tx.attendanceSheet(row); err != nil {
			return err
		}
		length := row.EndsAt.Sub(row.StartsAt)
		if err := in.check(sheet.Entries, length); err != nil {
			return err
		}
		touched, err := tx.recordAttendance(actor, row, in.Records, length)
		if err != nil {
			return err
		}
		// Of those on the sheet whom it does not touch the actor sees what they said.
		if err := tx.auditEach(actor, "record_attendance", append(touched, sheet.clients()...), sessionID); err != nil {
			return err
		}
		row.AttendanceVersion++
		sheet, err = tx.attendanceSheet(row)
		return err
	})
	return sheet, err
}

// lockSheet keeps a session with everybody who was on its roster, those who have left it since too.
func (t *tx) lockSheet(actor Actor, sessionID string) (row sessionRow, err error) {
	if _, err := t.lockSeriesOf(actor, sessionID); err != nil {
		return row, err
	}
	var clients []string
	err = t.scan(&clients, "SELECT r.client_id FROM sessions s JOIN roster r ON "+onRoster+" WHERE s.id = ?", sessionID)
	if err != nil {
		return row, err
	}
	if err := t.lockPeople(clients...); err != nil {
		return row, err
	}
	return first[sessionRow](t, "SELECT * FROM sessions WHERE id = ?", sessionID)
}

// recordAttendance returns whose record was there, and whose is there now.
func (t *tx) recordAttendance(actor Actor, session sessionRow, records []AttendanceRecord, length time.Duration) (touched []string, err error) {
	err = t.scan(&touched, "DELETE FROM attendance WHERE session_id = ? RETURNING client_id", session.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		err := t.exec("INSERT INTO attendance (session_id, client_id, clinic_id, status, minutes, recorded_by, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			session.ID, r.ClientID, session.ClinicID, r.Status, r.minutes(length), actor.UserID, t.now)
		if err != nil {
			return nil, err
		}
		touched = append(touched, r.ClientID)
	}
	slices.Sort(touched)
	touched = slices.Compact(touched)
	var changes []change
	for _, client := range touched {
		changes = append(changes, change{ClientID: client, Kind: changeSession, SubjectID: session.ID})
	}
	if err := t.exec("UPDATE sessions SET attendance_version = attendance_version + 1 WHERE id = ?", session.ID); err != nil {
		return nil, err
	}
	return touched, t.publish(changes...)
}
