package models

import (
	"cmp"
	"slices"
	"time"

	"handrail/models/schedule"
)

// subjectRow is something that a person is to be reminded of. Clients: a session that stands and whose roster they are on,
// homework that is still to be done, a day on which to practise. Staff: homework that waits for their answer, and a client
// who cannot come to what they run.
type subjectRow struct {
	UserID      string
	ID          string
	SubjectKind string
	Kind        string
	At          Instant
	EndsAt      Instant
	Generation  int
	TimeZone    string             // a session's own
	SeriesLeads *Leads             // of its series, if it has any of its own
	Declined    bool               // they said that they cannot come: it stands, and they are not reminded of it
	Day         string             // of a practice
	RemindAt    schedule.TimeOfDay // on that day
	Answer      string             // the id of what a client said
	Since       Instant            // when a review began to wait, or they said so
	ServesFrom  Instant            // and while it is this person's to answer
	ServesUntil *Instant
}

func (t *tx) loadSubjects(userIDs []string, plans map[string]*plan) error {
	for _, load := range []func([]string, map[string]*plan) error{t.loadSessions, t.loadHomework, t.loadReviews, t.loadNoes} {
		if err := load(userIDs, plans); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) add(s subjectRow, now Instant) {
	if p.welcomes(s.Kind, now) {
		p.subjects = append(p.subjects, s)
	}
}

func (t *tx) loadSessions(userIDs []string, plans map[string]*plan) error {
	var sessions []subjectRow
	err := t.scan(&sessions, `SELECT r.client_id AS user_id, s.id, s.starts_at AS at, s.ends_at, s.generation, s.time_zone, e.leads AS series_leads, ? AS subject_kind,
			CASE WHEN e.kind = ? THEN ? ELSE ? END AS kind, `+declinedBy+`r.client_id`+declinedEnd+` AS declined
		FROM roster r JOIN sessions s ON `+onRoster+` JOIN series e ON e.id = s.series_id
		WHERE ? AND s.status = ? AND s.ends_at > ?`,
		subjectSession, KindAftercare, RemindMeeting, RemindSession, t.among("r.client_id", userIDs), SessionScheduled, t.now)
	for _, s := range sessions {
		p := plans[s.UserID]
		p.add(s, t.now)
		if p.welcomes(s.Kind, t.now) && !s.Declined {
			p.person.Busy = append(p.person.Busy, schedule.Interval{From: s.At.Time(), To: s.EndsAt.Time()})
		}
	}
	return err
}

// loadHomework loads what is still to be done, each day of practice for itself, and what is done though phones may have been
// told of a due time that is ahead.
func (t *tx) loadHomework(userIDs []string, plans map[string]*plan) error {
	var rows []assignmentRow
	err := t.scan(&rows, "SELECT * FROM assignments WHERE ? AND (status IN "+sqlOpen+" OR due_at > ?)",
		t.among("client_id", userIDs), t.now.Add(-7*24*time.Hour))
	if err != nil {
		return err
	}
	practised, err := t.practisedDays(userIDs)
	if err != nil {
		return err
	}
	for _, row := range rows {
		p := plans[row.ClientID]
		if !slices.Contains(openStatuses(), row.Status) {
			// What was withdrawn after it was handed in is done too.
			p.done[row.ID] = row.Status != AssignmentWithdrawn || row.Round > row.ReviewedRound
			continue
		}
		p.add(subjectRow{ID: row.ID, SubjectKind: subjectAssignment, Kind: RemindHomework, At: row.DueAt, Generation: row.Generation}, t.now)
		days, err := expectedDays(row)
		if err != nil {
			return err
		}
		for _, day := range days {
			if row.PracticeAt == nil || practised[practisedDay{row.ID, day}] {
				continue
			}
			if ends := endOfDay(day, p.person.Zone); ends > t.now {
				p.add(subjectRow{ID: row.ID, SubjectKind: subjectPractice, Kind: RemindHomework, At: ends, Day: day, RemindAt: *row.PracticeAt}, t.now)
			}
		}
	}
	return nil
}

// practisedDay is a day on which a client did what they were to practise.
type practisedDay struct{ AssignmentID, Day string }

func (t *tx) practisedDays(userIDs []string) (map[practisedDay]bool, error) {
	var rows []practisedDay
	err := t.scan(&rows, "SELECT p.assignment_id, p.day FROM practices p JOIN assignments a ON a.id = p.assignment_id WHERE ? AND a.status IN "+sqlOpen,
		t.among("a.client_id", userIDs))
	days := make(map[practisedDay]bool, len(rows))
	for _, row := range rows {
		days[row] = true
	}
	return days, err
}

// endOfDay is the last minute of a date, as people name the end of a day.
func endOfDay(day string, zone *time.Location) Instant {
	local, _ := schedule.ParseLocal(day + "T23:59") // a date that was written by this program
	return InstantOf(local.In(zone))
}

// reviewWithin is how long what was handed in is worth reminding of.
const reviewWithin = 7 * 24 * time.Hour

// loadReviews loads what waits for an answer, for everybody whose it is to answer some time. Who that is when the reminder
// comes is decided by the caseload's dates: nothing is written when a coverage begins.
func (t *tx) loadReviews(userIDs []string, plans map[string]*plan) error {
	var reviews []subjectRow
	err := t.scan(&reviews, `SELECT k.counselor_id AS user_id, a.id, ? AS subject_kind, ? AS kind, a.waiting_since AS since, a.round AS generation,
			k.starts_at AS serves_from, k.ends_at AS serves_until
		FROM care k JOIN assignments a ON a.client_id = k.client_id JOIN users u ON u.id = k.counselor_id
		WHERE ? AND a.waiting_since > ? AND u.deactivated_at IS NULL`,
		subjectReview, RemindReview, t.among("k.counselor_id", userIDs), t.now.Add(-reviewWithin))
	for _, r := range reviews {
		r.At = r.Since.Add(reviewWithin)
		plans[r.UserID].add(r, t.now)
	}
	return err
}

// wanted are the reminders that should exist, whether their moment is past or not.
func (p *plan) wanted() (map[reminderKey]reminderRow, error) {
	wanted := map[reminderKey]reminderRow{}
	for _, s := range p.subjects {
		if s.Declined {
			continue
		}
		leads, of := p.leads(s)
		moments, err := s.moments(p.person, leads)
		if err != nil {
			return nil, err
		}
		for _, m := range moments {
			if !p.welcomes(s.Kind, InstantOf(m.RemindAt)) {
				continue // by then they no longer want it
			}
			row := reminderRow{ClinicID: p.ClinicID, UserID: p.ID, Kind: s.Kind, SubjectKind: s.SubjectKind, SubjectID: s.ID,
				Lead: m.Lead.String(), LeadsOf: of, Generation: s.Generation, RemindAt: InstantOf(m.RemindAt), ExpiresAt: InstantOf(m.ExpiresAt),
				AboutAt: s.At, State: Waiting, TimeZone: cmp.Or(s.TimeZone, p.TimeZone), Steps: stepsText(m.Steps)}
			switch s.SubjectKind {
			case subjectPractice:
				row.Lead = s.Day
			case subjectRSVP:
				row.Lead = s.Answer
			}
			wanted[row.key()] = row
		}
	}
	return wanted, nil
}

// Who decided on the leads of a reminder.
const (
	leadsClinic = "clinic"
	leadsSeries = "series"
	leadsOwn    = "own"
	leadsPlan   = "plan" // of a practice
)

// leads are when a person is reminded of a subject, and who decided so: their own choice is the last word, the clinic's the
// first. A day of practice comes when its plan says.
func (p *plan) leads(s subjectRow) (leads Leads, of string) {
	switch own := p.choices[s.Kind].Leads; {
	case s.SubjectKind == subjectRSVP:
		return nil, ""
	case s.SubjectKind == subjectPractice:
		return Leads{schedule.OnTheDay(s.RemindAt)}, leadsPlan
	case own != nil:
		return *own, leadsOwn
	case s.SeriesLeads != nil:
		return *s.SeriesLeads, leadsSeries
	}
	return p.Policy.leads(s.Kind), leadsClinic
}

// moments are when a person is reminded of a subject.
func (s subjectRow) moments(person schedule.Person, leads Leads) ([]schedule.Planned, error) {
	switch s.SubjectKind {
	case subjectAssignment, subjectPractice:
		return schedule.Plan(schedule.Subject{At: s.At.Time(), Zone: person.Zone, Leads: leads, Homework: true}, person), nil
	case subjectRSVP:
		return s.notice(person), nil
	case subjectReview:
		all := schedule.PlanWaiting(s.Since.Time(), s.At.Time(), leads, person)
		return slices.DeleteFunc(all, func(m schedule.Planned) bool {
			at := InstantOf(m.RemindAt)
			return at < s.ServesFrom || s.ServesUntil != nil && at >= *s.ServesUntil
		}), nil
	}
	zone, err := schedule.LoadZone(s.TimeZone)
	if err != nil {
		return nil, faultOf("stored session "+s.ID, err)
	}
	return schedule.Plan(schedule.Subject{At: s.At.Time(), Zone: zone, Leads: leads}, person), nil
}
