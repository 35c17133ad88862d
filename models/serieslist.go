package models

import (
	"context"
	"strings"
)

// series is one that the actor runs.
func (t *tx) series(actor Actor, id string) (Series, error) {
	rows, err := t.seriesRows("SELECT * FROM series WHERE id = ? AND ?", id, t.amongThose("id", "?", t.seriesOf(actor)))
	if err != nil || len(rows) == 0 {
		return Series{}, orNotFound(err)
	}
	return rows[0], nil
}

// savedSeries is a series that was just saved, or would be, with what its sessions clash with.
func (t *tx) savedSeries(actor Actor, id string) (Series, error) {
	series, err := t.series(actor, id)
	if err != nil {
		return series, err
	}
	series.Conflicts, err = t.conflictsOf(actor, id)
	return series, err
}

// changedSeries is a series that the actor just changed, and may have handed on with that.
func (t *tx) changedSeries(actor Actor, id string) (Series, error) {
	rows, err := t.seriesRows("SELECT * FROM series WHERE id = ?", id)
	if err != nil || len(rows) == 0 {
		return Series{}, orNotFound(err)
	}
	rows[0].Conflicts, err = t.conflictsOf(actor, id)
	return rows[0], err
}

func (t *tx) conflictsOf(actor Actor, seriesID string) ([]ScheduleConflict, error) {
	var ids []string
	if err := t.scan(&ids, "SELECT id FROM sessions WHERE series_id = ? AND ends_at > ?", seriesID, t.now); err != nil {
		return nil, err
	}
	return t.conflicts(actor, ids)
}

// seriesRows opens series with their facilitators: two queries, however many they are.
func (t *tx) seriesRows(query string, args ...any) ([]Series, error) {
	var rows []seriesRow
	if err := t.scan(&rows, query, args...); err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	people, err := t.facilitators(ids)
	if err != nil {
		return nil, err
	}
	open := opener{keys: t.keys}
	list := make([]Series, len(rows))
	for i, row := range rows {
		list[i] = open.series(row)
		list[i].Facilitators = people[row.ID]
	}
	return list, open.err
}

func (o *opener) series(row seriesRow) Series {
	return Series{ID: row.ID, Title: o.text(seriesTitle, row.ID, row.Title), Kind: row.Kind, Tags: openList[string](o, seriesTags, row.ID, row.Tags),
		TimeZone: row.TimeZone, LocalStart: row.LocalStart, DurationMinutes: row.DurationMinutes, Rule: row.Rule,
		Exdates: append([]string{}, strings.Fields(row.Exdates)...), Place: o.optional(seriesPlace, row.ID, row.Place),
		Link: o.optional(seriesLink, row.ID, row.Link), Capacity: row.Capacity, Leads: row.Leads, Version: row.Version, CreatedAt: row.CreatedAt}
}

func (t *tx) facilitators(seriesIDs []string) (map[string][]Person, error) {
	var rows []struct {
		SeriesID string
		UserID   string
		Name     Sealed
	}
	people := map[string][]Person{}
	err := t.scan(&rows, `SELECT f.series_id, f.user_id, u.name FROM facilitators f JOIN users u ON u.id = f.user_id
		WHERE ? ORDER BY f.user_id`, t.among("f.series_id", seriesIDs))
	if err != nil {
		return nil, err
	}
	open := opener{keys: t.keys}
	for _, row := range rows {
		people[row.SeriesID] = append(people[row.SeriesID], Person{ID: row.UserID, Name: open.text(userName, row.UserID, row.Name)})
	}
	return people, open.err
}

// Series is one series that the actor runs.
func (s *Store) Series(ctx context.Context, actor Actor, id string) (Series, error) {
	var series Series
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		series, err = tx.series(actor, id)
		return err
	})
	return series, err
}

// SeriesList lists the series that the actor runs, the oldest first.
func (s *Store) SeriesList(ctx context.Context, actor Actor, page Page) (List[Series], error) {
	var list List[Series]
	err := s.snapshot(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "series", page)
		if err != nil {
			return err
		}
		rows, err := tx.seriesRows("SELECT * FROM series WHERE ? AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
			tx.amongThose("id", "?", tx.seriesOf(actor)), at.At, at.ID, at.limit+1)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r Series) (Series, position) {
			return r, position{At: r.CreatedAt, ID: r.ID}
		})
		return err
	})
	return list, err
}
