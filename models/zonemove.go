package models

import (
	"maps"
	"slices"

	"handrail/models/schedule"
)

// zoneMove is what new zone data moves of one series.
type zoneMove struct {
	series  seriesRow
	was, is []sessionRow
	begins  map[string]newStart // of these sessions, and of the homework due at them
	other   zones
	now     Instant
}

// newStart is when something begins, or is due, by the old zone data and by the new.
type newStart struct {
	was, is   Instant
	elsewhere bool // it is read on the reader's clock, wherever they are
}

// storeMoved stores the sessions that new zone data moves, with all that hangs on their start. What a client said of one
// holds, and so does what a phone was told, where its clock shows the same as before.
func (t *tx) storeMoved(m zoneMove) error {
	var staff []string
	err := t.scan(&staff, "SELECT DISTINCT user_id FROM session_facilitators WHERE ?", t.among("session_id", idsOf(m.is)))
	if err != nil {
		return err
	}
	if staff, err = t.withCovers(staff); err != nil {
		return err
	}
	clients, readers, err := t.lockConcerned(staff, m.series.ID)
	if err != nil {
		return err
	}
	for i, row := range m.is {
		if err := t.storeNewStart(m, m.was[i].StartsAt, row); err != nil {
			return err
		}
	}
	if err := t.retell(m, slices.Concat(clients, readers, staff)); err != nil {
		return err
	}
	if err := t.reknow(m); err != nil {
		return err
	}
	if err := t.expandAgain(m.series); err != nil {
		return err
	}
	return t.sessionsChanged(causeZoneData, slices.Concat(clients, staff), m.is...)
}

func (t *tx) storeNewStart(m zoneMove, was Instant, row sessionRow) error {
	m.begins[row.ID] = newStart{was, row.StartsAt, row.Telehealth}
	err := t.exec("UPDATE sessions SET starts_at = ?, ends_at = ?, version = ? WHERE id = ?", row.StartsAt, row.EndsAt, row.Version, row.ID)
	if err != nil {
		return err
	}
	err = t.exec("UPDATE rsvps SET answered_for = ? WHERE session_id = ? AND answered_for = ?", row.StartsAt, row.ID, was)
	if err != nil {
		return err
	}
	return t.changeFollowers(row.ID, func(homework *assignmentRow) error {
		homework.DueAt, m.begins[homework.ID] = row.StartsAt, newStart{homework.DueAt, row.StartsAt, true}
		return nil
	})
}

// reknow has the starts that people could know of be those that the clock shows now as it did.
func (t *tx) reknow(m zoneMove) error {
	var known []knownStart
	err := t.scan(&known, "SELECT session_id, generation, starts_at FROM known_starts WHERE ?", t.among("session_id", idsOf(m.is)))
	if err != nil {
		return err
	}
	for _, k := range known {
		starts, err := m.again(toldRow{SubjectID: k.SessionID, State: Waiting, Zone: m.series.TimeZone}, k.StartsAt)
		if err != nil {
			return err
		}
		err = t.exec("UPDATE known_starts SET starts_at = ? WHERE session_id = ? AND generation = ?", starts, k.SessionID, k.Generation)
		if err != nil {
			return err
		}
	}
	return nil
}

// expandAgain sees to the end of what is expanded: a date that lay beyond it may lie before it now.
func (t *tx) expandAgain(series seriesRow) error {
	series.ExpandedUntil = series.ExpandedUntil.Add(-zoneReach)
	if series.Finished || series.ExpandedUntil > t.now.Add(horizon) { // there is but the first date, far ahead
		return nil
	}
	return t.expand(series)
}

// toldRow is a reminder of what new zone data moves.
type toldRow struct {
	ID, SubjectID      string
	AboutAt, ExpiresAt Instant
	WasAt              *Instant
	State              State
	Zone               string // the reader's
}

// retold is such a reminder's instants as they are stored: an Instant would be text in JSON.
type retold struct {
	ID      string `json:"id"`
	About   int64  `json:"about"`
	Was     *int64 `json:"was"`
	Expires int64  `json:"expires"`
}

// retell has each reminder name the instant at which the clock shows now what the reminder said: "Tue 6:00 PM is now
// 6:00 PM" is nobody's news. Who reads another clock and was told a time that is no longer so is told the new one.
func (t *tx) retell(m zoneMove, people []string) error {
	var told []toldRow
	err := t.scan(&told, `SELECT r.id, r.subject_id, r.about_at, r.was_at, r.expires_at, r.state, u.time_zone AS zone
		FROM reminders r JOIN users u ON u.id = r.user_id WHERE ? AND ? AND r.subject_kind IN (?, ?, ?)`, t.among("r.user_id", people),
		t.among("r.subject_id", slices.Collect(maps.Keys(m.begins))), subjectSession, subjectAssignment, subjectRSVP)
	if err != nil || len(told) == 0 {
		return err
	}
	rows := make([]retold, len(told))
	for i, r := range told {
		about, err := m.again(r, r.AboutAt)
		if err != nil {
			return err
		}
		rows[i] = retold{ID: r.ID, About: int64(about), Expires: int64(r.ExpiresAt)}
		if r.ExpiresAt == r.AboutAt {
			rows[i].Expires = int64(about)
		}
		if r.WasAt != nil {
			was, err := m.again(r, *r.WasAt)
			if err != nil {
				return err
			}
			rows[i].Was = (*int64)(&was)
		}
	}
	return t.exec(`UPDATE reminders SET about_at = CAST(value->>'about' AS BIGINT), was_at = CAST(value->>'was' AS BIGINT),
		expires_at = CAST(value->>'expires' AS BIGINT) FROM ? WHERE reminders.id = value->>'id'`, t.each(rows))
}

// again is the instant at which the clock on which a reminder was read shows now what it showed at another.
func (m zoneMove) again(r toldRow, at Instant) (Instant, error) {
	begins, zone := m.begins[r.SubjectID], m.series.TimeZone
	if begins.elsewhere {
		zone = r.Zone
	}
	was := m.other[zone]
	if at <= m.now { // what was is not told again
		return at, nil
	}
	if at == begins.was && (r.State == Waiting || was == nil && zone == m.series.TimeZone) {
		return begins.is, nil
	}
	now, err := schedule.LoadZone(zone)
	if err != nil || was == nil {
		return at, err
	}
	return InstantOf(was.Local(at.Time()).In(now)), nil
}
