package models

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"handrail/models/schedule"
	"handrail/models/words"
)

// ReminderWhy explains the instant of a reminder, in words and numbers.
type ReminderWhy struct {
	ReminderID string    `json:"reminder_id"`
	Lead       string    `json:"lead"`
	LeadsOf    *string   `json:"leads_of"`  // who decided on the lead
	TimeZone   string    `json:"time_zone"` // on whose clock the lead counts
	AboutAt    Instant   `json:"about_at"`
	LocalAbout string    `json:"local_about"`
	Steps      []WhyStep `json:"steps"`
	State      State     `json:"state"`
	Cause      *string   `json:"cause"`
	Text       string    `json:"text"`
}

// WhyStep is one reason for when a reminder comes, and the moment that it leads to.
type WhyStep struct {
	Because  string  `json:"because"`
	At       Instant `json:"at"`
	TimeZone string  `json:"time_zone"`
	LocalAt  string  `json:"local_at"`
	Text     string  `json:"text"`
}

// What times a reminder beside what schedule knows.
const (
	becauseEvent    = "event"    // what is told of happened then
	becauseRested   = "rested"   // and was left to rest
	becauseGathered = "gathered" // it goes with others
	becauseSpread   = "spread"
	becauseSent     = "sent"
)

// stepsSince are those of what is told of an event once it has rested, but for quiet hours.
func stepsSince(event, rested, at time.Time) []schedule.Step {
	steps := []schedule.Step{{Because: becauseEvent, At: event}}
	if rested.After(event) {
		steps = append(steps, schedule.Step{Because: becauseRested, At: rested})
	}
	if at.After(rested) {
		steps = append(steps, schedule.Step{Because: schedule.QuietEnd, At: at})
	}
	return steps
}

// stepsText is how steps are kept: "lead=<instant> quiet_hours_start=<instant>".
func stepsText(steps []schedule.Step) string {
	text := make([]string, len(steps))
	for i, s := range steps {
		text[i] = s.Because + "=" + strconv.FormatInt(int64(InstantOf(s.At)), 10)
	}
	return strings.Join(text, " ")
}

// timedReminder is a reminder with what timed it and its push.
type timedReminder struct {
	ID, UserID, Kind, SubjectKind, Lead string
	RemindAt, AboutAt                   Instant
	State                               State
	Cause                               *string
	SentAt                              *Instant
	TimeZone, Steps                     string
	LeadsOf                             string
	Reader                              string // their time zone
	DueAt, NextAt                       *Instant
	Attempt                             int
	MaybeSent                           bool
}

// WhyReminder explains when one of the actor's reminders comes, or came, and what moved it there.
func (s *Store) WhyReminder(ctx context.Context, actor Actor, id string) (ReminderWhy, error) {
	var why ReminderWhy
	err := s.read(ctx, func(tx *tx) error {
		r, err := first[timedReminder](tx, `SELECT r.*, u.time_zone AS reader, p.due_at, p.next_at, COALESCE(p.attempt, 0) AS attempt, `+sqlMaybeSent+` AS maybe_sent
			FROM reminders r JOIN users u ON u.id = r.user_id LEFT JOIN pushes p ON p.id = r.push_id AND p.revision = r.revision
			WHERE r.id = ? AND r.user_id = ?`, id, actor.UserID)
		if err != nil {
			return err
		}
		why, err = r.why(words.In(actor.Locale))
		return err
	})
	return why, err
}

func (r timedReminder) why(say words.Language) (ReminderWhy, error) {
	why := ReminderWhy{ReminderID: r.ID, Lead: r.Lead, LeadsOf: orNull(r.LeadsOf), TimeZone: cmp.Or(r.TimeZone, r.Reader), AboutAt: r.AboutAt, State: r.State, Cause: r.Cause}
	at := r.RemindAt
	for word := range strings.FieldsSeq(r.Steps) {
		because, digits, _ := strings.Cut(word, "=")
		instant, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return why, faultOf("stored reminder "+r.ID, err)
		}
		at = Instant(instant)
		why.Steps = append(why.Steps, WhyStep{Because: because, At: at})
	}
	if len(why.Steps) == 0 {
		why.Steps = append(why.Steps, WhyStep{Because: becauseEvent, At: at})
	}
	add := func(because string, to *Instant) {
		if to != nil && *to != at {
			at = *to
			why.Steps = append(why.Steps, WhyStep{Because: because, At: at})
		}
	}
	add(becauseGathered, cmp.Or(r.DueAt, &r.RemindAt))
	planned := len(why.Steps) - 1
	switch {
	case r.SentAt != nil:
		add(becauseSent, r.SentAt)
	case r.State == Waiting && r.Attempt == 0:
		add(becauseSpread, r.NextAt)
	}
	for i, step := range why.Steps {
		zone := r.Reader
		if step.Because == schedule.ByLead {
			zone = why.TimeZone
		}
		local, err := localIn(zone, step.At)
		if err != nil {
			return why, err
		}
		why.Steps[i].TimeZone, why.Steps[i].LocalAt, why.Steps[i].Text = zone, local.String(), r.because(step.Because, say)
	}
	zone, err := schedule.LoadZone(r.Reader)
	if err != nil {
		return why, faultOf("stored user "+r.UserID, err)
	}
	why.Text = say.Why.Comes(say.Clock.Dated(why.Steps[planned].At.Time().In(zone)), why.Steps[planned].Text)
	if r.State != Waiting && r.SentAt == nil {
		_, why.Text = listedReminder{State: r.State, Cause: r.Cause, MaybeSent: r.MaybeSent}.honestly(say.Meaning)
	}
	local, err := localIn(why.TimeZone, r.AboutAt)
	why.LocalAbout = local.String()
	return why, err
}

func localIn(zone string, at Instant) (schedule.Local, error) {
	loc, err := schedule.LoadZone(zone)
	if err != nil {
		return schedule.Local{}, faultOf("stored time zone "+zone, err)
	}
	return schedule.LocalOf(at.Time(), loc), nil
}

// because is a step in words.
func (r timedReminder) because(step string, language words.Language) string {
	say := language.Why
	switch step {
	case schedule.OwnSession:
		return say.OwnSession()
	case schedule.QuietStart:
		return say.QuietStart()
	case schedule.QuietEnd:
		return say.QuietEnd()
	case becauseRested:
		return say.Rested()
	case becauseGathered:
		return say.Gathered()
	case becauseSpread:
		return say.Spread()
	case becauseSent:
		return say.Sent()
	}
	switch {
	case r.Kind == RemindTest:
		return say.Tested()
	case r.Kind == RemindCorrection:
		return say.Changed()
	case r.Kind == RemindRSVP:
		return say.Answered()
	case r.SubjectKind == subjectPractice:
		return say.Practice()
	}
	lead, err := schedule.ParseLead(r.Lead)
	if err != nil {
		return r.Lead // written by a program that knows more of them
	}
	days, clock, hasClock := lead.Clock()
	at := language.Clock.Time(time.Time{}.Add(time.Duration(clock) * time.Minute))
	switch before := lead.Before(); {
	case r.Kind == RemindReview:
		return say.Waited(days, at)
	case hasClock:
		return say.DaysBeforeAt(days, at)
	case days > 0:
		return say.DaysBefore(days)
	case before%time.Hour == 0:
		return say.HoursBefore(int(before / time.Hour))
	default:
		return say.MinutesBefore(int(before / time.Minute))
	}
}
