package models

import (
	"context"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// EndInput says from which session on a series no longer takes place.
type EndInput struct {
	FromSessionID *string `json:"from_session_id"` // the next one unless given
}

// EndSeries ends a series early: this and all later sessions are cancelled, and no more are laid out.
func (s *Store) EndSeries(ctx context.Context, actor Actor, once Once, id string, in EndInput) (Series, error) {
	var c check
	c.optionalID("from_session_id", in.FromSessionID)
	if err := c.err(); err != nil {
		return Series{}, err
	}
	var series Series
	err := s.write(ctx, func(tx *tx) (err error) {
		series, err = writeOnce(tx, actor, once, func() (string, error) { return id, tx.endSeries(actor, id, in.FromSessionID) },
			func(id string) (Series, error) { return tx.savedSeries(actor, id) })
		return err
	})
	return series, err
}

func (t *tx) endSeries(actor Actor, id string, fromID *string) error {
	edit, err := t.beginEdit(actor, id, nil, SeriesChange{FromSessionID: fromID})
	if err != nil {
		return err
	}
	planned, err := edit.before.schedule()
	if err != nil {
		return err
	}
	from, err := schedule.ParseLocal(edit.from.OriginalLocalStart)
	if err != nil {
		return faultOf("stored session "+edit.from.ID, err)
	}
	edit.after.keepRule(planned.EndedBefore(from.In(planned.Zone)))
	_, err = gorm.G[seriesRow](t.db).Where("id = ?", id).Select("Rule", "Finished", "Version").
		Updates(t.ctx, seriesRow{Rule: edit.after.Rule, Finished: true, Version: edit.before.Version + 1})
	if err != nil {
		return err
	}
	if err := t.auditEach(actor, "end_series", edit.clients, id); err != nil {
		return err
	}
	if err := t.publishMeeting(edit.before, edit.readers...); err != nil {
		return err
	}
	var standing []sessionRow
	for _, row := range edit.was {
		if row.Status == SessionScheduled {
			standing = append(standing, row)
		}
	}
	if err := t.exec("UPDATE sessions SET dropped = ? WHERE ?", true, t.among("id", idsOf(standing))); err != nil {
		return err
	}
	return t.cancel(actor, edit.clients, standing...)
}

// DateInput adds a session to a series, outside its rule.
type DateInput struct {
	ID              *string `json:"id"`
	LocalStart      string  `json:"local_start"`
	DurationMinutes *int    `json:"duration_minutes"` // the series' unless given
}

// AddSession adds a date to a series. Where a session of the series was cancelled, it takes place after all.
func (s *Store) AddSession(ctx context.Context, actor Actor, once Once, seriesID string, preview bool, in DateInput) (StaffSession, error) {
	if err := in.check(); err != nil {
		return StaffSession{}, err
	}
	var session StaffSession
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		series, err := tx.lockSeries(actor, seriesID)
		if err != nil {
			return err
		}
		clients, _, err := tx.lockConcerned(nil, seriesID)
		if err != nil {
			return err
		}
		session, err = writeOnce(tx, actor, once, func() (string, error) { return tx.addDate(actor, series, clients, in) },
			func(id string) (StaffSession, error) { return tx.savedSession(actor, id) })
		return err
	})
	return session, err
}

func (t *tx) addDate(actor Actor, series seriesRow, clients []string, in DateInput) (string, error) {
	row, err := in.session(series, t.now)
	if err != nil {
		return "", err
	}
	there, err := first[sessionRow](t, "SELECT * FROM sessions WHERE series_id = ? AND (original_local_start = ? OR local_start = ?) ORDER BY status DESC LIMIT 1",
		series.ID, row.LocalStart, row.LocalStart)
	switch {
	case err == nil && there.Status == SessionScheduled:
		return "", conflict("date_taken", "The series has a session at that time already.")
	case err == nil:
		revived := there
		revived.startAt(row.LocalStart, row.StartsAt)
		revived.Status, revived.EndsAt, revived.Version = SessionScheduled, row.EndsAt, there.Version+1
		revived.Added, revived.Dropped, revived.OwnLength = there.Added || there.Dropped, false, row.OwnLength
		row = revived
		err = t.storeSession(there, revived)
	case isNoRows(err):
		err = t.addSessions(series, []sessionRow{row})
	}
	if err != nil {
		return "", err
	}
	if err := t.auditSessions(actor, "add_session", row.ID); err != nil {
		return "", err
	}
	return row.ID, t.sessionsChanged(causeSeries, clients, row)
}

func (in DateInput) check() error {
	var c check
	c.optionalID("id", in.ID)
	c.local("local_start", in.LocalStart)
	if in.DurationMinutes != nil {
		c.number("duration_minutes", *in.DurationMinutes, 5, 720)
	}
	return c.err()
}

func (in DateInput) session(series seriesRow, now Instant) (sessionRow, error) {
	local, err := schedule.ParseLocal(in.LocalStart)
	if err != nil {
		return sessionRow{}, err
	}
	zone, err := schedule.LoadZone(series.TimeZone)
	if err != nil {
		return sessionRow{}, faultOf("stored series "+series.ID, err)
	}
	row := series.session(schedule.Occurrence{Local: local, At: local.In(zone)})
	var c check
	if row.StartsAt <= now || row.StartsAt.Sub(now) > farthest {
		c.fail("local_start", "range", "Expected a start in the future, within ten years.")
	}
	row.ID, row.Added = chosen(in.ID), true
	if in.DurationMinutes != nil {
		row.EndsAt, row.OwnLength = row.StartsAt.Add(minutes(*in.DurationMinutes)), true
	}
	return row, c.err()
}
