package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// SeriesChange changes a series from one of its sessions on; what is left out stays. Title, tags, capacity and leads are
// of the whole series.
type SeriesChange struct {
	FromSessionID   *string            `json:"from_session_id"` // the next one unless given
	Title           *string            `json:"title"`
	Tags            []string           `json:"tags"`
	Capacity        Optional[int]      `json:"capacity" null:"yes"`
	Leads           Optional[[]string] `json:"leads" null:"yes"`
	LocalStart      *string            `json:"local_start"` // of the first session concerned
	DurationMinutes *int               `json:"duration_minutes"`
	Rule            Optional[string]   `json:"rule" null:"yes"`
	Exdates         []string           `json:"exdates"`
	Place           Optional[string]   `json:"place" null:"yes"`
	Link            Optional[string]   `json:"link" null:"yes"`
	FacilitatorIDs  []string           `json:"facilitator_ids"`
}

func (in SeriesChange) check() error {
	var c check
	c.optionalID("from_session_id", in.FromSessionID)
	c.optionalText("title", in.Title, 1, 200)
	c.tags(in.Tags)
	if in.Capacity.Value != nil {
		c.number("capacity", *in.Capacity.Value, 1, 500)
	}
	if in.DurationMinutes != nil {
		c.number("duration_minutes", *in.DurationMinutes, 5, 720)
	}
	c.optionalLeads("leads", RemindSession, in.Leads.Value)
	c.placement(in.Place.Value, in.Link.Value)
	c.facilitators(in.FacilitatorIDs)
	if in.LocalStart != nil {
		c.local("local_start", *in.LocalStart)
	}
	return c.err()
}

// redates says that the change gives the sessions other dates.
func (in SeriesChange) redates() bool {
	return in.LocalStart != nil || in.Rule.Given || in.Exdates != nil
}

// UpdateSeries changes this and all later sessions of a series. Sessions keep their identity: one that gets another time
// is moved, one for which there is no date left is cancelled, and phones are told accordingly. What was decided for one
// session alone (another time, place or facilitator, a cancellation) stays.
func (s *Store) UpdateSeries(ctx context.Context, actor Actor, id string, ifMatch *int64, preview bool, in SeriesChange) (Series, error) {
	if err := in.check(); err != nil {
		return Series{}, err
	}
	var series Series
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		edit, err := tx.beginEdit(actor, id, ifMatch, in)
		if err != nil {
			return err
		}
		if err := tx.applyEdit(actor, edit); err != nil {
			return err
		}
		if err := tx.auditEach(actor, "update_series", edit.clients, id); err != nil {
			return err
		}
		if err := tx.publishMeeting(edit.before, edit.readers...); err != nil {
			return err
		}
		if err := tx.replan(causeSeries, slices.Concat(edit.clients, edit.staff)...); err != nil {
			return err
		}
		series, err = tx.changedSeries(actor, id)
		return err
	})
	return series, err
}

// beginEdit keeps a series that the actor runs, with everybody who sees its sessions, and begins a change of it.
func (t *tx) beginEdit(actor Actor, id string, ifMatch *int64, in SeriesChange) (*seriesEdit, error) {
	series, err := t.lockSeries(actor, id)
	if err != nil {
		return nil, err
	}
	if err := matches(ifMatch, series.Version); err != nil {
		return nil, err
	}
	staff, err := t.withCovers(in.FacilitatorIDs)
	if err != nil {
		return nil, err
	}
	clients, readers, err := t.lockConcerned(staff, id)
	if err != nil {
		return nil, err
	}
	edit, err := t.newEdit(series, in)
	if err == nil {
		edit.clients, edit.readers, edit.staff = clients, readers, staff
	}
	return edit, err
}

// newEdit begins a change of a series that is kept, with everybody whom it can concern.
func (t *tx) newEdit(series seriesRow, in SeriesChange) (edit *seriesEdit, err error) {
	edit = &seriesEdit{SeriesChange: in, before: series, after: series}
	if edit.from, err = t.fromSession(series, in.FromSessionID); err != nil {
		return nil, err
	}
	all, err := gorm.G[sessionRow](t.db).Where("series_id = ?", series.ID).Order("original_local_start").Find(t.ctx)
	for _, row := range all {
		later := row.OriginalLocalStart >= edit.from.OriginalLocalStart || row.StartsAt >= edit.from.StartsAt
		if row.StartsAt > t.now && (later || row.Dropped) {
			edit.was = append(edit.was, row)
		} else {
			edit.others = append(edit.others, row)
		}
	}
	edit.is = slices.Clone(edit.was)
	return edit, err
}

// fromSession is the session from which a change holds: the one named, or the next one.
func (t *tx) fromSession(series seriesRow, id *string) (sessionRow, error) {
	if id == nil {
		zone, err := schedule.LoadZone(series.TimeZone)
		if err != nil {
			return sessionRow{}, faultOf("stored series "+series.ID, err)
		}
		// The next by its own date, so that all that are ahead come after it; one that was put off from a date gone by comes last.
		next, err := first[sessionRow](t, `SELECT * FROM sessions WHERE series_id = ? AND starts_at > ? AND NOT dropped
			ORDER BY original_local_start <= ?, original_local_start LIMIT 1`, series.ID, t.now, schedule.LocalOf(t.now.Time(), zone).String())
		if isNoRows(err) {
			return next, conflict("series_over", "This series has no session ahead.")
		}
		return next, err
	}
	row, err := first[sessionRow](t, "SELECT * FROM sessions WHERE id = ? AND series_id = ?", *id, series.ID)
	switch {
	case isNoRows(err):
		return row, invalidField("from_session_id", "unknown_session", "Expected the id of a session of this series.")
	case err == nil && row.StartsAt <= t.now:
		return row, conflict("session_over", "This session has begun or is over: expected one that is ahead.")
	}
	return row, err
}
