package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A reminder nearer than this comes too late to help, one further ahead is
// forgotten again.
const (
	minLead     = 5 * time.Minute
	maxLeadDays = 14
)

// Lead says how long before something its reminder comes. Values compare with ==;
// leads written differently but meaning the same ("120m", "2h") are equal.
type Lead struct {
	form   leadForm
	before time.Duration // elapsed
	days   int           // calendar days
	clock  TimeOfDay     // atClock
}

type leadForm int

const (
	elapsed  leadForm = iota // "2h": a duration, whatever the clocks do
	calendar                 // "1d": calendar days at the same wall clock
	atClock                  // "1d@18:00": calendar days at a wall clock of its own
)

// ParseLead reads "90m" or "2h" (a duration, 5 minutes to 14 days), "1d" (1 to 14
// calendar days, same wall clock) or "1d@18:00" (0 to 14 calendar days, at that
// time). "24h" and "1d" differ by an hour when the clocks change between.
func ParseLead(s string) (Lead, error) {
	if days, clock, found := strings.Cut(s, "d@"); found {
		n, ok := parseNumber(days, 0, maxLeadDays)
		at, err := ParseTimeOfDay(clock)
		if ok && err == nil {
			return Lead{form: atClock, days: n, clock: at}, nil
		}
	} else if days, found := strings.CutSuffix(s, "d"); found {
		if n, ok := parseNumber(days, 1, maxLeadDays); ok {
			return Lead{form: calendar, days: n}, nil
		}
	} else if hours, found := strings.CutSuffix(s, "h"); found {
		if n, ok := parseNumber(hours, 1, maxLeadDays*24); ok {
			return Lead{before: time.Duration(n) * time.Hour}, nil
		}
	} else if minutes, found := strings.CutSuffix(s, "m"); found {
		if n, ok := parseNumber(minutes, int(minLead/time.Minute), maxLeadDays*24*60); ok {
			return Lead{before: time.Duration(n) * time.Minute}, nil
		}
	}
	return Lead{}, errors.New("expected a lead of 5 minutes to 14 days: 30m, 2h, 1d (same time of day) or 1d@18:00")
}

// String writes the lead in its one spelling, which ParseLead reads.
func (l Lead) String() string {
	switch {
	case l.form == calendar:
		return fmt.Sprintf("%dd", l.days)
	case l.form == atClock:
		return fmt.Sprintf("%dd@%v", l.days, l.clock)
	case l.before%time.Hour == 0:
		return fmt.Sprintf("%dh", l.before/time.Hour)
	}
	return fmt.Sprintf("%dm", l.before/time.Minute)
}

// Moment returns when the reminder for something at that instant comes, in UTC.
// Days are counted on the wall clock in zone, which must not be nil. "0d@09:00" may
// lie after at.
func (l Lead) Moment(at time.Time, zone *time.Location) time.Time {
	switch l.form {
	case calendar:
		return LocalOf(at, zone).AddDays(-l.days).In(zone)
	case atClock:
		return LocalOf(at, zone).AddDays(-l.days).At(l.clock).In(zone)
	}
	return at.Add(-l.before).UTC()
}

// Clock returns the calendar days of a lead, and its time of day if it has one of its own.
func (l Lead) Clock() (days int, at TimeOfDay, ok bool) { return l.days, l.clock, l.form == atClock }

// Before returns the time that elapses after a lead which counts no days.
func (l Lead) Before() time.Duration { return l.before }

// SessionLeads are a clinic's first choice for sessions and meetings: the day
// before at the same time, and 2 hours before.
func SessionLeads() []Lead {
	return []Lead{{form: calendar, days: 1}, {before: 2 * time.Hour}}
}

// HomeworkLeads are a clinic's first choice for homework: the evening before, and
// 3 hours before it is due.
func HomeworkLeads() []Lead {
	return []Lead{{form: atClock, days: 1, clock: 18 * 60}, {before: 3 * time.Hour}}
}

// OnTheDay is the lead of what is to be done on a day, at a time of its own.
func OnTheDay(clock TimeOfDay) Lead { return Lead{form: atClock, clock: clock} }

// ReviewLeads are a clinic's first choice for what waits for an answer: two and five days after it came, in the morning.
func ReviewLeads() []Lead {
	return []Lead{{form: atClock, days: 2, clock: 9 * 60}, {form: atClock, days: 5, clock: 9 * 60}}
}
