package schedule

import (
	"slices"
	"time"
)

// From is the series as it goes on from a date: its first date is the first of the
// rule that is not before it, and COUNT counts what is left. It is false when the
// rule has no such date.
func (s Series) From(date Local) (Series, bool) {
	if s.Rule == nil {
		return s, !s.Start.Before(date)
	}
	rule, passed := *s.Rule, 0
	for wall := range rule.dates(s.Start, date) {
		if wall.Before(date) {
			passed++
			continue
		}
		if rule.ended(Occurrence{wall, wall.In(s.Zone)}) {
			break
		}
		if rule.count > 0 {
			rule.count -= passed
		}
		return Series{Start: wall, Zone: s.Zone, Rule: &rule, Except: s.Except}, true
	}
	return Series{}, false
}

// MovedTo is the series with another start. A date that was taken out stays out at the
// new time of day, and the last date before UNTIL stays the last.
func (s Series) MovedTo(start Local) Series {
	s.Except = slices.Clone(s.Except)
	for i, e := range s.Except {
		day := e.local
		if !e.instant.IsZero() {
			day = LocalOf(e.instant, s.Zone)
		}
		date := day.At(s.Start.Clock())
		if exceptionSet(s.Except[i : i+1]).drops(Occurrence{date, date.In(s.Zone)}) { // else it takes nothing out
			s.Except[i] = Exception{local: day.At(start.Clock())}
		}
	}
	if last, ends := s.lastDay(); ends {
		rule := *s.Rule
		if rule.freq == weekly && len(rule.days) == 0 { // the weekday is the start's
			last = last.AddDays(start.DaysSince(s.Start) % 7)
		}
		rule.untilAt, rule.untilDay = time.Time{}, last
		s.Rule = &rule
	}
	s.Start = start
	return s
}

// lastDay is midnight of the last day on which UNTIL leaves room for a date.
func (s Series) lastDay() (day Local, ends bool) {
	switch {
	case s.Rule == nil || s.Rule.untilAt.IsZero() && s.Rule.untilDay.IsZero():
		return Local{}, false
	case s.Rule.untilAt.IsZero():
		return s.Rule.untilDay, true
	}
	last := LocalOf(s.Rule.untilAt, s.Zone).At(s.Start.Clock())
	if last.In(s.Zone).After(s.Rule.untilAt) {
		last = last.AddDays(-1)
	}
	return last.At(0), true
}

// Longer is the series with so many dates more, where COUNT counts them.
func (s Series) Longer(dates int) Series {
	if s.Rule != nil && s.Rule.count > 0 {
		rule := *s.Rule
		rule.count += dates
		s.Rule = &rule
	}
	return s
}

// EndedBefore is the series without the date at the instant t and what follows it. A
// single date, which has no rule to end, stays as it is.
func (s Series) EndedBefore(t time.Time) Series {
	if s.Rule == nil {
		return s
	}
	rule := *s.Rule
	rule.count, rule.untilDay, rule.untilAt = 0, Local{}, t.UTC().Add(-time.Second).Truncate(time.Second)
	s.Rule = &rule
	return s
}

// Rearrange says which date of a rule becomes which of the rule that takes its place:
// for each old date the index of the new one, or -1. Equal dates are the same one, then
// those on one day; the others go in order within their week, so that a group which moves
// from Tuesdays to Wednesdays moves, and is not called off and begun anew. A week begins
// so many days later as the first date moves: Sundays become Mondays. Both lists are in order.
func Rearrange(old, now []Local, later int) []int {
	becomes := make([]int, len(old))
	taken := make([]bool, len(now))
	for i := range old {
		becomes[i] = -1
	}
	for _, same := range []func(a, b Local) bool{
		func(a, b Local) bool { return a == b },
		func(a, b Local) bool { return a.At(0) == b.At(0) },
		func(a, b Local) bool { return a.Monday() == b.AddDays(-later).Monday() },
	} {
		for i, date := range old {
			if becomes[i] >= 0 {
				continue
			}
			for j := range now {
				if !taken[j] && same(date, now[j]) {
					becomes[i], taken[j] = j, true
					break
				}
			}
		}
	}
	return becomes
}

// Monday is midnight of the Monday of l's week.
func (l Local) Monday() Local { return l.AddDays(-(int(l.Weekday()) + 6) % 7).At(0) }
