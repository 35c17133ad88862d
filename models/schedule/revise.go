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

// At is the series at another time of day. A date that was taken out stays out.
func (s Series) At(clock TimeOfDay) Series {
	s.Except = slices.Clone(s.Except)
	for i, e := range s.Except {
		day := e.local
		if !e.instant.IsZero() {
			day = LocalOf(e.instant, s.Zone)
		}
		s.Except[i] = Exception{local: day.At(clock)}
	}
	s.Start = s.Start.At(clock)
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
// for each old date the index of the new one, or -1. Equal dates are the same one; the
// others go in order within their week, so that a group which moves from Tuesdays to
// Wednesdays moves, and is not called off and begun anew. Both lists are in order.
func Rearrange(old, now []Local) []int {
	becomes := make([]int, len(old))
	taken := make([]bool, len(now))
	for i, date := range old {
		becomes[i] = slices.Index(now, date)
		if becomes[i] >= 0 {
			taken[becomes[i]] = true
		}
	}
	for i, date := range old {
		if becomes[i] >= 0 {
			continue
		}
		for j := range now {
			if !taken[j] && now[j].Monday() == date.Monday() {
				becomes[i], taken[j] = j, true
				break
			}
		}
	}
	return becomes
}

// Monday is midnight of the Monday of l's week.
func (l Local) Monday() Local { return l.AddDays(-(int(l.Weekday()) + 6) % 7).At(0) }
