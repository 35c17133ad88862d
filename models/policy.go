package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"handrail/models/schedule"
)

// Leads say when the reminders of one thing come. They are kept as text, with a space between two; none is empty text.
type Leads []schedule.Lead

// Scan reads a column.
func (l *Leads) Scan(value any) error {
	text, ok := value.(string)
	if raw, isRaw := value.([]byte); isRaw {
		text, ok = string(raw), true
	}
	if !ok {
		return fmt.Errorf("a column of leads holds %T", value)
	}
	*l = Leads{}
	for _, word := range strings.Fields(text) {
		lead, err := schedule.ParseLead(word)
		if err != nil {
			return faultOf("stored leads", err)
		}
		*l = append(*l, lead)
	}
	return nil
}

// Value is what Scan reads.
func (l Leads) Value() (driver.Value, error) { return strings.Join(l.words(), " "), nil }

// MarshalJSON writes a list of their spellings.
func (l Leads) MarshalJSON() ([]byte, error) { return json.Marshal(l.words()) }

func (l Leads) words() []string {
	words := make([]string, len(l))
	for i, lead := range l {
		words[i] = lead.String()
	}
	return words
}

// Policy is how a clinic reminds, unless a series or the person reminded has it otherwise.
type Policy struct {
	SessionLeads  Leads
	MeetingLeads  Leads
	HomeworkLeads Leads
	ReviewLeads   Leads
	Quiet         schedule.Quiet `gorm:"embedded;embeddedPrefix:quiet_"` // of whoever has no quiet hours of their own
	GatherMinutes int
	DailyCap      int
}

// firstPolicy is a new clinic's: enough to be in time, and no more than somebody reads.
func firstPolicy() Policy {
	return Policy{SessionLeads: schedule.SessionLeads(), MeetingLeads: schedule.SessionLeads(), HomeworkLeads: schedule.HomeworkLeads(),
		ReviewLeads: schedule.ReviewLeads(), Quiet: schedule.Quiet{Start: 22 * 60, End: 7 * 60}, GatherMinutes: 10, DailyCap: 4}
}

// policyView is a policy as the API has it.
type policyView struct {
	Leads         leadsView   `json:"leads"`
	QuietHours    *QuietHours `json:"quiet_hours"`
	GatherMinutes int         `json:"gather_minutes"`
	DailyCap      int         `json:"daily_cap"`
}

type leadsView struct {
	Session  Leads `json:"session"`
	Meeting  Leads `json:"meeting"`
	Homework Leads `json:"homework"`
	Review   Leads `json:"review"`
}

// MarshalJSON writes the policy's view.
func (p Policy) MarshalJSON() ([]byte, error) {
	return json.Marshal(policyView{Leads: leadsView{p.SessionLeads, p.MeetingLeads, p.HomeworkLeads, p.ReviewLeads},
		QuietHours: viewQuiet(p.Quiet), GatherMinutes: p.GatherMinutes, DailyCap: p.DailyCap})
}

// leads are the clinic's for a kind of reminder that has any.
func (p Policy) leads(kind string) Leads {
	return map[string]Leads{RemindSession: p.SessionLeads, RemindMeeting: p.MeetingLeads, RemindHomework: p.HomeworkLeads,
		RemindReview: p.ReviewLeads}[kind]
}

// gather is how close reminders of one person have to be to be one push.
func (p Policy) gather() time.Duration { return minutes(p.GatherMinutes) }

// mostGathered bounds it.
const mostGathered = 30 * time.Minute

// PolicyChange is what a clinic may change of its policy; what is left out stays.
type PolicyChange struct {
	Leads         *LeadsChange         `json:"leads"`
	QuietHours    Optional[QuietHours] `json:"quiet_hours" null:"yes"`
	GatherMinutes *int                 `json:"gather_minutes"`
	DailyCap      *int                 `json:"daily_cap"`
}

// LeadsChange gives leads to some kinds of reminders.
type LeadsChange struct {
	Session  []string `json:"session"`
	Meeting  []string `json:"meeting"`
	Homework []string `json:"homework"`
	Review   []string `json:"review"`
}

func (in PolicyChange) apply(c *check, p *Policy) {
	if in.Leads != nil {
		c.givenLeads("reminders.leads.session", RemindSession, in.Leads.Session, &p.SessionLeads)
		c.givenLeads("reminders.leads.meeting", RemindMeeting, in.Leads.Meeting, &p.MeetingLeads)
		c.givenLeads("reminders.leads.homework", RemindHomework, in.Leads.Homework, &p.HomeworkLeads)
		c.givenLeads("reminders.leads.review", RemindReview, in.Leads.Review, &p.ReviewLeads)
	}
	if in.QuietHours.Given {
		p.Quiet = c.optionalQuiet("reminders.quiet_hours", in.QuietHours.Value)
	}
	assign(&p.GatherMinutes, in.GatherMinutes)
	assign(&p.DailyCap, in.DailyCap)
	c.number("reminders.gather_minutes", p.GatherMinutes, 0, int(mostGathered/time.Minute))
	c.number("reminders.daily_cap", p.DailyCap, 1, 20)
}

func (c *check) givenLeads(field, kind string, words []string, into *Leads) {
	if words != nil {
		*into = c.leads(field, kind, words)
	}
}

// optionalLeads are leads of somebody's own, or nil for none of their own.
func (c *check) optionalLeads(field, kind string, words *[]string) *Leads {
	if words == nil {
		return nil
	}
	leads := c.leads(field, kind, *words)
	return &leads
}

// keptLeads are the leads of a series, checked before.
func keptLeads(words *[]string) *Leads {
	var c check
	return c.optionalLeads("leads", RemindSession, words)
}

const (
	mostLeads      = 5                                    // how often one thing is reminded of
	mostReviewDays = int(reviewWithin/(24*time.Hour)) - 1 // so that the last comes while it is still worth reminding of
)

// leads wants leads that differ. Those of what waits for an answer are days and a clock time after it came, in order, and no
// later than it is worth an answer.
func (c *check) leads(field, kind string, words []string) Leads {
	leads := Leads{}
	c.number(field, len(words), 0, mostLeads)
	waited := schedule.TimeOfDay(-1)
	for i, word := range words[:min(len(words), mostLeads)] {
		lead, err := schedule.ParseLead(word)
		days, clock, hasClock := lead.Clock()
		after := schedule.TimeOfDay(days*24*60) + clock
		switch {
		case err != nil:
			c.fail(index(field, i), "not_a_lead", "Expected 30m, 2h, 1d (the same time of day) or 1d@18:00, from 5 minutes to 14 days.")
		case slices.Contains(leads, lead):
			c.fail(index(field, i), "twice", "Expected each lead once.")
		case kind == RemindReview && (!hasClock || days > mostReviewDays || after <= waited):
			c.fail(index(field, i), "not_a_review_lead", "Expected days and a time of day such as 2d@09:00, %d days at most, each after the one before it.", mostReviewDays)
		}
		leads, waited = append(leads, lead), after
	}
	return leads
}
