package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"handrail/models/schedule"
)

const (
	// clocksAhead is how far ahead a zone's clocks are written down: further than any session may begin.
	clocksAhead = farthest + 400*24*time.Hour
	// peopleAtATime are planned again in one transaction.
	peopleAtATime = 100
)

// zones are those whose zone data is other than it was when instants were last worked out from it, with what was known
// then; nothing of one that nobody has written down yet.
type zones map[string]*schedule.Clocks

// FollowZoneData works the instants of what is ahead out anew where this machine's zone data has come to differ from what
// the record was made with: of sessions, of homework that is due at their start, and of everybody's reminders. It is
// done before anything is sent, asks for nobody, and returns how many sessions it moved. Of nodes that start at once one
// does it and the others wait; cut off in the middle, it is begun again, because what is known is written down last. Of a
// database that does not answer it says so within a minute.
func (s *Store) FollowZoneData(ctx context.Context) (moved int, err error) {
	found, err := s.otherZones(ctx)
	if err != nil || len(found.other) == 0 {
		return 0, errors.Join(err, found.unknown, s.noteZones(ctx, found.known, "clocks = excluded.clocks"))
	}
	err = s.alone(ctx, func() error {
		if found, err = s.otherZones(ctx); err != nil { // another node may have done it meanwhile
			return err
		}
		for name, was := range found.other {
			n, failed := s.moveSessions(ctx, name, found.other)
			moved, err = moved+n, errors.Join(err, failed)
			if IsAway(failed) {
				break
			}
			if was != nil || n > 0 {
				err = errors.Join(err, s.replanZone(ctx, name))
			}
		}
		if err != nil {
			return err
		}
		return s.noteZones(ctx, found.known, "clocks = excluded.clocks")
	})
	return moved, errors.Join(err, found.unknown)
}

// NoteZones writes down what is known of the zones that have come into use since this node was started.
func (s *Store) NoteZones(ctx context.Context) error {
	found, err := s.otherZones(ctx)
	if err != nil {
		return err
	}
	return s.noteZones(ctx, found.known, "name = excluded.name")
}

func (s *Store) noteZones(ctx context.Context, known []zoneRow, otherwise string) error {
	if len(known) == 0 {
		return nil
	}
	return s.writeStep(ctx, func(tx *tx) error {
		return tx.exec(`INSERT INTO zones (name, clocks) SELECT value->>'name', value->>'clocks' FROM ? WHERE TRUE
			ON CONFLICT (name) DO UPDATE SET `+otherwise, tx.each(known))
	})
}

func (s *Store) otherZones(ctx context.Context) (found zonesFound, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepBound)
	defer cancel()
	err = s.read(ctx, func(tx *tx) (err error) {
		found, err = tx.otherZones()
		return err
	})
	return found, err
}

// zonesFound is what the zone data of this machine says of the zones in use.
type zonesFound struct {
	other   zones
	known   []zoneRow // to be written down
	unknown error     // zones that this machine does not know: its zone data is older than the record
}

// zoneRow is what was known of a zone when instants were last worked out from it.
type zoneRow struct {
	Name   string `json:"name"`
	Clocks string `json:"clocks"`
}

// otherZones compares the zones in use with what is written down of them.
func (t *tx) otherZones() (found zonesFound, err error) {
	var rows []zoneRow
	err = t.scan(&rows, `SELECT u.name, COALESCE(z.clocks, '') AS clocks FROM (SELECT time_zone AS name FROM users UNION SELECT time_zone FROM series) u
		LEFT JOIN zones z ON z.name = u.name`)
	found.other = zones{}
	for _, row := range rows {
		zone, err := schedule.LoadZone(row.Name)
		if err != nil {
			found.unknown = errors.Join(found.unknown, faultOf("time zone "+row.Name, err))
			continue
		}
		is := schedule.ClocksOf(zone, t.now.Time(), t.now.Add(clocksAhead).Time())
		was, err := schedule.ParseClocks(row.Clocks)
		switch {
		case err != nil: // it has come into use since
			found.other[row.Name] = nil
		case !was.Agree(is, t.now.Time()):
			found.other[row.Name] = &was
		case was.Until().After(t.now.Add(farthest).Time()):
			continue
		}
		found.known = append(found.known, zoneRow{row.Name, is.String()})
	}
	return found, err
}

// moveSessions gives the sessions ahead in a zone the instants of their local starts, a series at a time.
func (s *Store) moveSessions(ctx context.Context, zone string, other zones) (moved int, err error) {
	for after := ""; ; {
		var row seriesRow
		n := 0
		failed := s.writeStep(ctx, func(tx *tx) (err error) {
			row, err = first[seriesRow](tx, `SELECT * FROM series e WHERE e.time_zone = ? AND e.id > ? AND (NOT e.finished
				OR EXISTS (SELECT 1 FROM sessions s WHERE s.series_id = e.id AND s.starts_at > ?)) ORDER BY e.id LIMIT 1`+
				tx.lockClause("FOR NO KEY UPDATE OF e"), zone, after, tx.now.Add(-zoneReach))
			if err == nil {
				n, err = tx.moveSeries(row, other)
			}
			return err
		})
		switch {
		case row.ID == "" || row.ID == after: // there is none left, or the database is away
			if isNoRows(failed) {
				failed = nil
			}
			return moved, errors.Join(err, failed)
		case failed != nil:
			err = errors.Join(err, faultOf("series "+row.ID, failed))
		}
		after, moved = row.ID, moved+n
	}
}

// replanZone plans everybody anew who lives in a zone.
func (s *Store) replanZone(ctx context.Context, zone string) error {
	for after := ""; ; {
		var ids []string
		err := s.writeStep(ctx, func(tx *tx) error {
			err := tx.scan(&ids, "SELECT id FROM users WHERE time_zone = ? AND id > ? ORDER BY id LIMIT ?", zone, after, peopleAtATime)
			if err != nil {
				return err
			}
			if err := tx.lockPeople(ids...); err != nil {
				return err
			}
			for _, id := range ids {
				if err := tx.publishHomework(id); err != nil {
					return err
				}
			}
			return tx.replan(causeZoneData, ids...)
		})
		if err != nil || len(ids) < peopleAtATime {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// moveSeries gives the sessions ahead of a series that is kept the instants of their local starts.
func (t *tx) moveSeries(series seriesRow, other zones) (moved int, err error) {
	zone, err := schedule.LoadZone(series.TimeZone)
	if err != nil {
		return 0, err
	}
	var was, is []sessionRow
	err = t.scan(&was, "SELECT * FROM sessions WHERE series_id = ? AND starts_at > ?", series.ID, t.now.Add(-zoneReach))
	if err != nil {
		return 0, err
	}
	was = slices.DeleteFunc(was, func(s sessionRow) bool {
		local, failed := schedule.ParseLocal(s.LocalStart)
		if failed != nil {
			err = errors.Join(err, faultOf("stored session "+s.ID, failed))
			return true
		}
		starts := InstantOf(local.In(zone))
		if starts == s.StartsAt || max(starts, s.StartsAt) <= t.now {
			return true
		}
		// Its local start is what it was: it is no new generation, and nobody is reminded anew.
		s.StartsAt, s.EndsAt, s.Version = starts, starts.Add(s.EndsAt.Sub(s.StartsAt)), s.Version+1
		is = append(is, s)
		return false
	})
	if err != nil || len(is) == 0 && series.Finished {
		return 0, err
	}
	return len(is), t.storeMoved(zoneMove{series, was, is, map[string]newStart{}, other, t.now})
}
