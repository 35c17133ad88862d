package schedule

import (
	"errors"
	"time"
)

// Years outside these are typing mistakes, not appointments.
const (
	firstYear = 1970
	lastYear  = 2200
)

const (
	localLayout  = "2006-01-02T15:04:05"
	minuteLayout = "2006-01-02T15:04"
	dateLayout   = "2006-01-02"
)

// Local is a date and a time of day as a clock on the wall shows them, to the
// second and without a zone. Values compare with == and serve as map keys.
// The zero Local is no date at all.
type Local struct {
	wall time.Time // the wall clock's digits, carried in UTC
}

// ParseLocal reads "2026-11-03T18:00" or "2026-11-03T18:00:00", in the years 1970
// to 2200. Anything else, an offset or a fraction included, is an error that says
// what was expected.
func ParseLocal(s string) (Local, error) {
	for _, layout := range []string{minuteLayout, localLayout} {
		if t, ok := parseExactly(layout, s); ok {
			return Local{t}, nil
		}
	}
	return Local{}, errors.New("expected a date and time of the years 1970 to 2200 without a zone, such as 2026-11-03T18:00")
}

// parseExactly is time.Parse without its leniency: it also accepts one-digit hours
// and fractions of a second that the layout does not have.
func parseExactly(layout, s string) (time.Time, bool) {
	if len(s) != len(layout) {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Format(layout) != s || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, false
	}
	return t, true
}

// LocalOf returns what the wall clock in loc shows at t; fractions of a second are
// left out. loc must not be nil.
func LocalOf(t time.Time, loc *time.Location) Local {
	t = t.In(loc)
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return Local{time.Date(year, month, day, hour, minute, second, 0, time.UTC)}
}

// zoneReach exceeds every offset from UTC since 1970, and is shorter than the time
// between any two changes of clocks that matter.
const zoneReach = 15 * time.Hour

// In returns the instant, in UTC, at which the wall clock in loc shows l. RFC 5545
// §3.3.5 settles changes of clocks: a time that is skipped uses the offset before
// the gap, one that happens twice means the first. time.Date does neither
// dependably, and Time.ZoneBounds is no help: on 31 December of a leap year it may
// give an end that is already past. loc must not be nil.
func (l Local) In(loc *time.Location) time.Time {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(loc).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := offset(l.wall.Add(-zoneReach)), offset(l.wall.Add(zoneReach))
	first, second := l.wall.Add(-before), l.wall.Add(-after)
	if offset(first) != before && offset(second) == after {
		return second // the clocks changed before l
	}
	return first // they change later, or l comes twice, or never
}

// String writes l as 2006-01-02T15:04:05, which ParseLocal reads.
func (l Local) String() string { return l.wall.Format(localLayout) }

// Date writes the date of l as 2006-01-02.
func (l Local) Date() string { return l.wall.Format(dateLayout) }

// Weekday returns the day of the week of l's date.
func (l Local) Weekday() time.Weekday { return l.wall.Weekday() }

// Clock returns the time of day, to the minute.
func (l Local) Clock() TimeOfDay { return TimeOfDay(l.wall.Hour()*60 + l.wall.Minute()) }

// IsZero reports whether l was never set.
func (l Local) IsZero() bool { return l.wall.IsZero() }

// Before reports whether l shows an earlier date and time than other.
func (l Local) Before(other Local) bool { return l.wall.Before(other.wall) }

// AddDays returns the same time of day n calendar days later.
func (l Local) AddDays(n int) Local { return Local{l.wall.AddDate(0, 0, n)} }

// Add moves the hands of the clock by d, to whole seconds; changes of clocks do
// not count, as l has no zone.
func (l Local) Add(d time.Duration) Local { return Local{l.wall.Add(d.Truncate(time.Second))} }

// At returns the given time of day on l's date.
func (l Local) At(clock TimeOfDay) Local {
	return Local{l.wall.Truncate(24 * time.Hour).Add(time.Duration(clock) * time.Minute)}
}

// DaysSince counts the calendar days from other's date to l's.
func (l Local) DaysSince(other Local) int {
	return int(l.At(0).wall.Sub(other.At(0).wall) / (24 * time.Hour))
}
