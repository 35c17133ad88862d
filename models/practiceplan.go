package models

import (
	"errors"
	"time"

	"handrail/models/schedule"
)

// PracticePlan says on which days homework is to be practised, on the client's clock, and when to remind of it.
type PracticePlan struct {
	Rule     string  `json:"rule"`
	StartsOn *string `json:"starts_on"` // the first day from today on that the rule matches, unless given
	RemindAt *string `json:"remind_at"` // no reminders unless given
}

const (
	// longestPractice is how many days a practice may last: all of its reminders are planned at once.
	longestPractice = 90
	// practiceAhead is in how many days it may begin at the latest.
	practiceAhead = 30
)

// apply checks the plan and writes it into the row.
func (p PracticePlan) apply(row *assignmentRow, client userRow, now Instant) error {
	zone, err := schedule.LoadZone(client.TimeZone)
	if err != nil {
		return faultOf("stored user "+client.ID, err)
	}
	var c check
	rule, err := schedule.ParseRule(p.Rule)
	if err != nil {
		c.fail("practice.rule", "bad_rule", "%s.", err)
	}
	today := schedule.LocalOf(now.Time(), zone).At(noon)
	start := today
	if p.StartsOn != nil {
		start = c.day("practice.starts_on", *p.StartsOn).At(noon)
		if c.err() == nil && (start.Before(today.AddDays(-1)) || today.AddDays(practiceAhead).Before(start)) {
			// It is yesterday still, or again, for some of a group.
			c.fail("practice.starts_on", "range", "Expected a date from yesterday to %d days ahead.", practiceAhead)
		}
	}
	if p.RemindAt != nil {
		at := c.timeOfDay("practice.remind_at", *p.RemindAt)
		row.PracticeAt = &at
	}
	if c.err() == nil {
		days := practiceDays(rule, start)
		if p.StartsOn == nil {
			days.Start = days.firstDay()
		}
		days.check(&c)
		start = days.Start
	}
	text, from := rule.String(), start.Date()
	row.PracticeRule, row.PracticeFrom = &text, &from
	return c.err()
}

// noon stands for a day: no change of clocks comes near it.
const noon schedule.TimeOfDay = 12 * 60

// dayRule is a rule that tells days. It is expanded in UTC, since a day has the same date on every clock.
type dayRule struct{ schedule.Series }

func practiceDays(rule schedule.Rule, start schedule.Local) dayRule {
	return dayRule{schedule.Series{Start: start, Zone: time.UTC, Rule: &rule}}
}

// firstDay is the first day from the start on that the rule matches, or the start.
func (d dayRule) firstDay() schedule.Local {
	for n := range longestPractice {
		from := dayRule{schedule.Series{Start: d.Start.AddDays(n), Zone: d.Zone, Rule: d.Rule}}
		if from.Validate() == nil {
			return from.Start
		}
	}
	return d.Start
}

func (d dayRule) check(c *check) {
	var wrong *schedule.RuleError
	switch err := d.Validate(); {
	case errors.As(err, &wrong) && wrong.Part == "DTSTART":
		c.fail("practice.starts_on", "not_of_rule", "%s.", err)
	case err != nil:
		c.fail("practice.rule", "bad_rule", "%s.", err)
	case !d.EndsBefore(d.Start.AddDays(longestPractice).In(d.Zone)):
		c.fail("practice.rule", "too_long", "Expected a rule that ends within %d days of its start, by COUNT or UNTIL.", longestPractice)
	}
}

// days are the dates of the practice, in order.
func (d dayRule) days() []string {
	var days []string
	for _, o := range d.Between(d.Start.In(d.Zone), d.Start.AddDays(longestPractice).In(d.Zone)) {
		days = append(days, o.Local.Date())
	}
	return days
}

// expectedDays are the days on which homework is to be practised.
func expectedDays(row assignmentRow) ([]string, error) {
	if row.PracticeRule == nil {
		return nil, nil
	}
	rule, err := schedule.ParseRule(*row.PracticeRule)
	if err != nil {
		return nil, faultOf("stored assignment "+row.ID, err)
	}
	start, err := schedule.ParseLocal(*row.PracticeFrom + "T12:00")
	return practiceDays(rule, start).days(), faultOf("stored assignment "+row.ID, err)
}
