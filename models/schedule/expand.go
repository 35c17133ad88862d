package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// maxCandidates bounds the dates that one question looks at: 54 years of days.
// More than that is a mistake in the question.
const maxCandidates = 20_000

// dates yields the rule's wall-clock times in order, from start or from shortly
// before near, whichever is later; UNTIL and exceptions are the caller's, because
// they compare instants. It yields nothing unless the rule matches start: the
// library would search for a match until the year 9999.
func (r Rule) dates(start, near Local) iter.Seq[Local] {
	return func(yield func(Local) bool) {
		if !r.matches(start, start) {
			return
		}
		rule, err := rrule.NewRRule(r.option(start, near))
		if err != nil {
			return // out of the library's bounds, which are wider than ParseRule's
		}
		next := rule.Iterator()
		for range maxCandidates {
			wall, ok := next()
			if !ok || wall.Year() > lastYear || !yield(Local{wall}) {
				return
			}
		}
	}
}

// option hands the library numbers only: its text parser hangs on some rules and
// panics on others.
func (r Rule) option(start, near Local) rrule.ROption {
	frequencies := map[frequency]rrule.Frequency{daily: rrule.DAILY, weekly: rrule.WEEKLY, monthly: rrule.MONTHLY}
	option := rrule.ROption{
		Freq:       frequencies[r.freq],
		Interval:   r.interval,
		Count:      r.count,
		Dtstart:    start.wall,
		Bymonthday: r.monthDays,
	}
	// The library requires a day to satisfy BYDAY=MO and BYDAY=2TU at once where
	// RFC 5545 asks for either, so beside ordinals a plain MO becomes 1MO to 5MO.
	ordinals := slices.ContainsFunc(r.days, func(d ruleDay) bool { return d.nth != 0 })
	weekdays := [...]rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}
	for _, day := range r.days {
		weekday := weekdays[day.weekday]
		switch {
		case day.nth != 0:
			option.Byweekday = append(option.Byweekday, weekday.Nth(day.nth))
		case ordinals:
			for nth := range 5 {
				option.Byweekday = append(option.Byweekday, weekday.Nth(nth+1))
			}
		default:
			option.Byweekday = append(option.Byweekday, weekday)
		}
	}
	// The days that RFC 5545 takes from the start are named, as Dtstart may move.
	if len(r.days) == 0 && len(r.monthDays) == 0 {
		switch r.freq {
		case weekly:
			option.Byweekday = []rrule.Weekday{weekdays[start.Weekday()]}
		case monthly:
			option.Bymonthday = []int{start.wall.Day()}
		}
	}
	// COUNT counts from the start (at most 1000 dates); without it an old series
	// need not be walked from its beginning.
	if r.count == 0 {
		option.Dtstart = r.skip(start, near).wall
	}
	return option
}

// skip returns a time in step with start, at least one whole interval before near,
// or start itself.
func (r Rule) skip(start, near Local) Local {
	if r.freq == monthly {
		months := 12*(near.wall.Year()-start.wall.Year()) + int(near.wall.Month()-start.wall.Month())
		if steps := months/r.interval - 1; steps > 0 {
			// The first of the month, as not every month has start's day.
			return Local{start.wall.AddDate(0, 0, 1-start.wall.Day()).AddDate(0, steps*r.interval, 0)}
		}
		return start
	}
	step := r.interval
	if r.freq == weekly {
		step *= 7
	}
	days := int(near.wall.Sub(start.wall) / (24 * time.Hour))
	if steps := days/step - 1; steps > 0 {
		return start.AddDays(steps * step)
	}
	return start
}

// matches reports whether the rule could fall on day's date, INTERVAL aside, when
// the series begins at start. The zero Rule matches nothing.
func (r Rule) matches(start, day Local) bool {
	if r.interval == 0 {
		return false
	}
	if len(r.days) == 0 && len(r.monthDays) == 0 {
		switch r.freq {
		case weekly:
			return day.Weekday() == start.Weekday()
		case monthly:
			return day.wall.Day() == start.wall.Day()
		}
		return true
	}
	date := day.wall.Day()
	length := time.Date(day.wall.Year(), day.wall.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	onWeekday := func(d ruleDay) bool {
		return d.weekday == day.Weekday() &&
			(d.nth == 0 || d.nth == (date-1)/7+1 || -d.nth == (length-date)/7+1)
	}
	onMonthDay := func(n int) bool { return n == date || n == date-length-1 }
	return (len(r.days) == 0 || slices.ContainsFunc(r.days, onWeekday)) &&
		(len(r.monthDays) == 0 || slices.ContainsFunc(r.monthDays, onMonthDay))
}

// ended reports whether o lies beyond UNTIL.
func (r Rule) ended(o Occurrence) bool {
	if !r.untilAt.IsZero() {
		return o.At.After(r.untilAt)
	}
	return !r.untilDay.IsZero() && !o.Local.Before(r.untilDay.AddDays(1))
}
