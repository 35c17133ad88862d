package models

import (
	"time"

	"handrail/models/schedule"
)

// TreatmentMinutes are a client's sessions of treatment in a week, or in all weeks: those that are to take place, how many
// of these minutes somebody has recorded attendance for, and how many of these the client was there. What is not recorded
// yet is not missed.
type TreatmentMinutes struct {
	Scheduled int  `json:"scheduled_minutes"`
	Recorded  int  `json:"recorded_minutes"`
	Attended  int  `json:"attended_minutes"`
	Target    *int `json:"target_minutes"` // nil: the episode has none
}

func (m *TreatmentMinutes) add(other TreatmentMinutes) {
	m.Scheduled += other.Scheduled
	m.Recorded += other.Recorded
	m.Attended += other.Attended
	if other.Target != nil {
		sum := *other.Target
		if m.Target != nil {
			sum += *m.Target
		}
		m.Target = &sum
	}
}

// treatedRow is one session of treatment that a client was or is to be at; Minutes are nil until somebody records them.
type treatedRow struct {
	ClientID string
	StartsAt Instant
	EndsAt   Instant
	Minutes  *int
}

func (r treatedRow) minutes() TreatmentMinutes {
	length := int(r.EndsAt.Sub(r.StartsAt) / time.Minute)
	counted := TreatmentMinutes{Scheduled: length}
	if r.Minutes != nil {
		counted.Recorded, counted.Attended = length, *r.Minutes
	}
	return counted
}

// treated lists the sessions of these clients that begin within a stretch of time: no meetings, nothing cancelled. The kind
// is a scalar subquery because PostgreSQL would join by reading all series.
func (t *tx) treated(clientIDs []string, from, until Instant) ([]treatedRow, error) {
	var rows []treatedRow
	err := t.scan(&rows, `SELECT r.client_id, s.starts_at, s.ends_at, y.minutes FROM roster r JOIN sessions s ON `+onRoster+`
		LEFT JOIN attendance y ON y.session_id = s.id AND y.client_id = r.client_id WHERE ? AND s.starts_at >= ? AND s.starts_at < ?
		AND s.status = ? AND (SELECT e.kind FROM series e WHERE e.id = s.series_id) <> ?`,
		t.among("r.client_id", clientIDs), from, until, SessionScheduled, KindAftercare)
	return rows, err
}

// span is the time from when to when an episode was or is in progress, on the client's clock.
type span struct {
	from  schedule.Local
	until *schedule.Local // nil: it is open
}

// target is the target for a week, of so many hours for a whole one. The week in which an episode begins or ends has a
// share of it by days: whoever came on a Friday was not to have nine hours by Sunday.
func (s span) target(week schedule.Week, hours *int) *int {
	if hours == nil {
		return nil
	}
	first, end := week.Start(), week.Next().Start()
	if first.Before(s.from) {
		first = s.from
	}
	if s.until != nil && s.until.Before(end) {
		end = s.until.AddDays(1)
	}
	minutes := *hours * 60 * end.DaysSince(first) / 7
	return &minutes
}

// thisWeek counts the present week of each of these clients, on their own calendars, by their episodes in progress.
func (t *tx) thisWeek(clients []clientRow) (map[string]*TreatmentMinutes, error) {
	type present struct {
		from, until Instant
		*TreatmentMinutes
	}
	found, weeks, ids := map[string]*TreatmentMinutes{}, map[string]present{}, []string{}
	from, until := t.now, t.now
	for _, client := range clients {
		if client.EpisodeStart == nil {
			continue
		}
		zone, err := schedule.LoadZone(client.TimeZone)
		if err != nil {
			return nil, faultOf("stored user "+client.ID, err)
		}
		week := schedule.WeekOf(schedule.LocalOf(t.now.Time(), zone))
		its := present{max(InstantOf(week.Start().In(zone)), *client.EpisodeStart), InstantOf(week.Next().Start().In(zone)), &TreatmentMinutes{}}
		its.Target = span{from: schedule.LocalOf(client.EpisodeStart.Time(), zone)}.target(week, client.WeeklyHours)
		found[client.ID], weeks[client.ID] = its.TreatmentMinutes, its
		ids = append(ids, client.ID)
		from, until = min(from, its.from), max(until, its.until)
	}
	rows, err := t.treated(ids, from, until)
	for _, row := range rows {
		if its := weeks[row.ClientID]; row.StartsAt >= its.from && row.StartsAt < its.until {
			its.add(row.minutes())
		}
	}
	return found, err
}
