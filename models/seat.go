package models

import (
	"context"
	"slices"
)

// seatsTaken is how many clients are on a roster at the same time, at most, within the time of a row; the row itself does
// not count.
func (t *tx) seatsTaken(series seriesRow, row rosterRow) (int, error) {
	var rows []rosterRow
	err := t.scan(&rows, "SELECT * FROM roster WHERE series_id = ? AND id <> ? AND (ends_at IS NULL OR ends_at > ? AND ends_at > starts_at)",
		series.ID, row.ID, row.StartsAt)
	if err != nil {
		return 0, err
	}
	most := 0
	for _, at := range append(rows, row) { // it is fullest when somebody comes
		from := max(at.StartsAt, row.StartsAt)
		if row.EndsAt != nil && from >= *row.EndsAt {
			continue
		}
		there := 0
		for _, r := range rows {
			if r.StartsAt <= from && (r.EndsAt == nil || *r.EndsAt > from) {
				there++
			}
		}
		most = max(most, there)
	}
	return most, nil
}

// haveSeats refuses more clients than the series has room for. The series is locked: of two who ask for the last seat one
// gets it.
func (t *tx) haveSeats(series seriesRow, row rosterRow, clients int) error {
	if series.Capacity == nil || clients == 0 {
		return nil
	}
	taken, err := t.seatsTaken(series, row)
	if err == nil && taken+clients > *series.Capacity {
		return conflict("group_full", "There is no seat left for all of that time: raise the capacity, or choose other dates.")
	}
	return err
}

// withinSeries refuses a stretch of a roster in which the series has no session and will have none.
func (t *tx) withinSeries(series seriesRow, row rosterRow) error {
	bounds, err := first[struct{ First, Last *Instant }](t, "SELECT min(starts_at) AS first, max(starts_at) AS last FROM sessions WHERE series_id = ? AND NOT dropped", series.ID)
	switch {
	case err != nil:
		return err
	case series.Finished && (bounds.Last == nil || row.StartsAt > *bounds.Last):
		return invalidField("from", "outside_series", "Expected a time before the last session of the series starts.")
	case row.EndsAt != nil && bounds.First != nil && *row.EndsAt <= *bounds.First:
		return invalidField("until", "outside_series", "Expected a time after the first session of the series starts.")
	}
	return nil
}

// RosterChange changes from when or until when a client belongs to a series.
type RosterChange struct {
	From  *string          `json:"from"`
	Until Optional[string] `json:"until" null:"yes"`
}

func (in RosterChange) apply(row rosterRow, now Instant) (rosterRow, error) {
	var c check
	row.StartsAt = c.instantOr("from", in.From, row.StartsAt, now)
	if in.Until.Given {
		row.EndsAt = nil
	}
	if in.Until.Value != nil {
		until := c.instant("until", *in.Until.Value, now)
		row.EndsAt = &until
	}
	c.span("until", row.StartsAt, row.EndsAt)
	return row, c.err()
}

// UpdateRoster changes the dates of a client's present or coming stretch on a roster; sessions come and go with them.
func (s *Store) UpdateRoster(ctx context.Context, actor Actor, seriesID, clientID string, preview bool, in RosterChange) (RosterEntry, error) {
	var entry RosterEntry
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		series, err := tx.lockSeries(actor, seriesID)
		if err != nil {
			return err
		}
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		row, err := first[rosterRow](tx, `SELECT * FROM roster WHERE series_id = ? AND client_id = ? AND (ends_at IS NULL OR ends_at > ? AND ends_at > starts_at)
			ORDER BY starts_at LIMIT 1`, seriesID, clientID, tx.now)
		if err != nil {
			return err
		}
		changed, err := in.apply(row, tx.now)
		if err != nil {
			return err
		}
		if err := tx.mayStay(series, changed); err != nil {
			return err
		}
		if err := tx.exec("UPDATE roster SET starts_at = ?, ends_at = ? WHERE id = ?", changed.StartsAt, changed.EndsAt, row.ID); err != nil {
			return err
		}
		if err := tx.attendanceStays(seriesID, clientID); err != nil {
			return err
		}
		if err := tx.audit(actor, "update_roster", clientID, seriesID); err != nil {
			return err
		}
		if _, err := tx.rosterChanged(series, clientID); err != nil {
			return err
		}
		entry, err = tx.savedRosterEntry(actor, row.ID)
		return err
	})
	return entry, err
}

// attendanceStays refuses a roster on which somebody is not while their attendance is on record: nobody would see it any more.
func (t *tx) attendanceStays(seriesID, clientID string) error {
	var hidden int
	err := t.scan(&hidden, `SELECT count(*) FROM attendance y JOIN sessions s ON s.id = y.session_id WHERE s.series_id = ? AND y.client_id = ?
		AND (SELECT count(*) FROM roster r WHERE r.client_id = y.client_id AND `+onRoster+`) = 0`, seriesID, clientID)
	if err == nil && hidden > 0 {
		return conflict("attendance_recorded", "This client's attendance is on record at a session outside of that time: take it from its sheet first.")
	}
	return err
}

func (t *tx) mayStay(series seriesRow, row rosterRow) error {
	if err := t.withinSeries(series, row); err != nil {
		return err
	}
	if err := t.mayEnter(series, row.ClientID, row); err != nil {
		return err
	}
	return t.haveSeats(series, row, 1)
}

// savedRosterEntry is a client's stretch on a roster that was just saved, or would be, with what clashes for them.
func (t *tx) savedRosterEntry(actor Actor, id string) (RosterEntry, error) {
	entry, err := t.rosterEntry(id)
	if err != nil {
		return entry, err
	}
	var ids []string
	if err := t.scan(&ids, "SELECT s.id FROM sessions s JOIN roster r ON "+onRoster+" WHERE r.id = ? AND s.ends_at > ?", id, t.now); err != nil {
		return entry, err
	}
	all, err := t.conflicts(actor, ids)
	entry.Conflicts = slices.DeleteFunc(all, func(c ScheduleConflict) bool { return c.Person == nil || c.Person.ID != entry.ClientID })
	return entry, err
}
