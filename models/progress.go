package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// Progress is a client's current episode, or the last one, in numbers by the week. It counts and does not judge.
type Progress struct {
	Episode  *ProgressEpisode `json:"episode"`
	TimeZone string           `json:"time_zone"`
	Weeks    []ProgressWeek   `json:"weeks"`
	Totals   ProgressCounts   `json:"totals"`
}

// ProgressEpisode is the stretch of care that progress is told of.
type ProgressEpisode struct {
	ID       string   `json:"id"`
	Level    Level    `json:"level"`
	StartsAt Instant  `json:"starts_at"`
	EndedAt  *Instant `json:"ended_at"`

	WeeklyHours *int `json:"weekly_hours"`
}

// ProgressWeek is one ISO 8601 week on the client's clock.
type ProgressWeek struct {
	Week     string `json:"week"`
	StartsOn string `json:"starts_on"`
	ProgressCounts
}

// ProgressCounts are what is counted of a week, or of all of them.
type ProgressCounts struct {
	Homework  HomeworkCounts   `json:"homework"`
	Practice  PracticeCounts   `json:"practice"`
	Treatment TreatmentMinutes `json:"treatment"`
}

// HomeworkCounts are of the homework due in a week: how much of it was handed in, and how much accepted, whenever that was.
type HomeworkCounts struct {
	Due       int `json:"due"`
	Submitted int `json:"submitted"`
	Accepted  int `json:"accepted"`
}

// PracticeCounts are days, each piece of homework for itself.
type PracticeCounts struct {
	ExpectedDays  int `json:"expected_days"`
	PractisedDays int `json:"practised_days"`
}

func (c *ProgressCounts) add(other ProgressCounts) {
	c.Homework.Due += other.Homework.Due
	c.Homework.Submitted += other.Homework.Submitted
	c.Homework.Accepted += other.Homework.Accepted
	c.Practice.ExpectedDays += other.Practice.ExpectedDays
	c.Practice.PractisedDays += other.Practice.PractisedDays
	c.Treatment.add(other.Treatment)
}

// calendar is the weeks of an episode, to be counted into.
type calendar struct {
	weeks []ProgressWeek
	place map[schedule.Week]int
}

// weeksOf are the weeks of an episode until now or its end, inclusive, each with its target.
func weeksOf(s span, now schedule.Local, weeklyHours *int) *calendar {
	c := &calendar{weeks: []ProgressWeek{}, place: map[schedule.Week]int{}}
	assign(&now, s.until)
	for week := schedule.WeekOf(s.from); !now.Before(week.Start()); week = week.Next() {
		c.place[week] = len(c.weeks)
		row := ProgressWeek{Week: week.String(), StartsOn: week.Start().Date()}
		row.Treatment.Target = s.target(week, weeklyHours)
		c.weeks = append(c.weeks, row)
	}
	return c
}

// count adds to the week of a date; one outside of the episode is not told of.
func (c *calendar) count(day schedule.Local, counts ProgressCounts) {
	if i, within := c.place[schedule.WeekOf(day)]; within {
		c.weeks[i].add(counts)
	}
}

func (t *tx) progress(client userRow) (Progress, error) {
	zone, err := schedule.LoadZone(client.TimeZone)
	if err != nil {
		return Progress{}, faultOf("stored user "+client.ID, err)
	}
	progress := Progress{TimeZone: client.TimeZone, Weeks: []ProgressWeek{}}
	episode, err := gorm.G[episodeRow](t.db).Where("client_id = ?", client.ID).Order("starts_at DESC, id DESC").First(t.ctx)
	if isNoRows(err) {
		return progress, nil
	}
	if err != nil {
		return progress, err
	}
	local := func(at Instant) schedule.Local { return schedule.LocalOf(at.Time(), zone) }
	stretch := span{from: local(episode.StartsAt)}
	if episode.EndedAt != nil {
		until := local(*episode.EndedAt)
		stretch.until = &until
	}
	weeks := weeksOf(stretch, local(t.now), episode.WeeklyHours)
	if err := t.countHomework(client, weeks, local); err != nil {
		return progress, err
	}
	until := t.now.Add(8 * 24 * time.Hour) // sessions are laid out ahead; the present week is over by then
	assign(&until, episode.EndedAt)
	treated, err := t.treated([]string{client.ID}, episode.StartsAt, until)
	if err != nil {
		return progress, err
	}
	for _, row := range treated {
		weeks.count(local(row.StartsAt), ProgressCounts{Treatment: row.minutes()})
	}
	progress.Episode = &ProgressEpisode{ID: episode.ID, Level: episode.Level, StartsAt: episode.StartsAt, EndedAt: episode.EndedAt,
		WeeklyHours: episode.WeeklyHours}
	progress.Weeks = weeks.weeks
	for _, week := range weeks.weeks {
		progress.Totals.add(week.ProgressCounts)
	}
	return progress, nil
}

// countHomework counts what was due and what was practised. What was withdrawn was never asked for.
func (t *tx) countHomework(client userRow, weeks *calendar, local func(Instant) schedule.Local) error {
	var rows []assignmentRow
	err := t.scan(&rows, "SELECT * FROM assignments WHERE client_id = ? AND status <> ?", client.ID, AssignmentWithdrawn)
	if err != nil {
		return err
	}
	for _, row := range rows {
		counts := ProgressCounts{Homework: HomeworkCounts{Due: 1}}
		if row.Round > 0 {
			counts.Homework.Submitted = 1
		}
		if row.Status == AssignmentAccepted {
			counts.Homework.Accepted = 1
		}
		weeks.count(local(row.DueAt), counts)
		days, err := expectedDays(row)
		if err != nil {
			return err
		}
		for _, day := range days {
			weeks.count(dateOf(day), ProgressCounts{Practice: PracticeCounts{ExpectedDays: 1}})
		}
	}
	var practised []string
	err = t.scan(&practised, `SELECT p.day FROM practices p JOIN assignments a ON a.id = p.assignment_id
		WHERE a.client_id = ? AND a.status <> ? GROUP BY a.id, p.day`, client.ID, AssignmentWithdrawn)
	for _, day := range practised {
		weeks.count(dateOf(day), ProgressCounts{Practice: PracticeCounts{PractisedDays: 1}})
	}
	return err
}

// dateOf reads a date that was written by this program.
func dateOf(day string) schedule.Local {
	local, _ := schedule.ParseLocal(day + "T00:00")
	return local
}

// MyProgress is the actor's own progress.
func (s *Store) MyProgress(ctx context.Context, actor Actor) (Progress, error) {
	var progress Progress
	err := s.snapshot(ctx, func(tx *tx) error {
		client, err := tx.user(actor.UserID)
		if err != nil {
			return err
		}
		progress, err = tx.progress(client)
		return err
	})
	return progress, err
}

// ClientProgress is the progress of a client of the actor's caseload.
func (s *Store) ClientProgress(ctx context.Context, actor Actor, clientID string) (Progress, error) {
	var progress Progress
	err := s.write(ctx, func(tx *tx) error {
		client, err := tx.clientInCare(actor, clientID)
		if err != nil {
			return err
		}
		if progress, err = tx.progress(client); err != nil {
			return err
		}
		return tx.audit(actor, "read_progress", clientID, "")
	})
	return progress, err
}
