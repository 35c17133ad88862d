package schedule

import (
	"iter"
	"time"
)

// Series is a schedule: a start in its own zone, repeated by a rule.
type Series struct {
	Start  Local
	Zone   *time.Location // the wall clock that Start, Rule and local exceptions mean
	Rule   *Rule          // nil = a single date
	Except []Exception
}

// Occurrence is one date of a series. Local is what the rule says, which is not
// what the clock shows when a change of clocks skips it; At is when it happens, in UTC.
type Occurrence struct {
	Local Local
	At    time.Time
}

// Between returns the occurrences with from <= At < to, in order. COUNT counts
// dates before exceptions are taken out. Where a zone skips a whole day, two dates
// can be one instant; it is one occurrence, under the date that the calendar has.
// A series that Validate refuses has none. The work is bounded: at most 20,000
// dates after from are looked at, none beyond the year 2200.
func (s Series) Between(from, to time.Time) []Occurrence {
	if s.Zone == nil || s.Start.IsZero() {
		return nil
	}
	var found []Occurrence
	except := exceptionSet(s.Except)
	for o := range s.expand(from) {
		if !o.At.Before(to) {
			break
		}
		if !o.At.Before(from) && !except.drops(o) {
			found = append(found, o)
		}
	}
	return found
}

// expand yields the occurrences, exceptions included, from some days before from.
func (s Series) expand(from time.Time) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		if s.Rule == nil {
			yield(Occurrence{s.Start, s.Start.In(s.Zone)})
			return
		}
		// One date is held back, to see whether the next is the same instant.
		var held Occurrence
		near := LocalOf(from, s.Zone).AddDays(-2) // no change of clocks is longer
		for wall := range s.Rule.dates(s.Start, near) {
			o := Occurrence{wall, wall.In(s.Zone)}
			if s.Rule.ended(o) {
				break
			}
			if !held.At.IsZero() && !held.At.Equal(o.At) && !yield(held) {
				return
			}
			held = o
		}
		if !held.At.IsZero() {
			yield(held)
		}
	}
}

// Validate reports, as a *RuleError, why the series could not mean what its author
// thinks: RFC 5545 leaves open what happens when the start does not match the rule,
// so that is refused, with the next date that would do. A series whose every date
// is an exception is valid.
func (s Series) Validate() error {
	if s.Zone == nil {
		return &RuleError{"TZID", "expected a time zone"}
	}
	if s.Start.IsZero() {
		return &RuleError{"DTSTART", "expected the date and time of the first occurrence"}
	}
	if s.Rule == nil {
		return nil
	}
	if !s.Rule.matches(s.Start, s.Start) {
		return s.suggestStart()
	}
	if s.Rule.ended(Occurrence{s.Start, s.Start.In(s.Zone)}) {
		return &RuleError{"UNTIL", "expected an end at or after the first occurrence, at " + s.Start.String() + " local time"}
	}
	return nil
}

// suggestStart names the first date after Start on which the series could begin.
// INTERVAL does not matter for that: it is counted from wherever the series begins.
func (s Series) suggestStart() error {
	for days := range maxCandidates {
		if day := s.Start.AddDays(days); s.Rule.matches(s.Start, day) {
			return &RuleError{"DTSTART", "expected a first date that the rule matches; the next is " + day.Date()}
		}
	}
	return &RuleError{"RRULE", "expected a rule that some date matches; this one never does"}
}

// EndsBefore reports whether no date of the series, exceptions left out, is at or after t.
func (s Series) EndsBefore(t time.Time) bool {
	if s.Zone == nil || s.Start.IsZero() {
		return true
	}
	except := exceptionSet(s.Except)
	for o := range s.expand(t) {
		if !o.At.Before(t) && !except.drops(o) {
			return false
		}
	}
	return true
}
