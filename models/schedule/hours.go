package schedule

import (
	"slices"
	"time"
)

// Window is a stretch of the day on some days of the week. One that ends at or before
// its start passes midnight and belongs to the day on which it begins; equal times
// are a whole day.
type Window struct {
	Days       []time.Weekday
	Start, End TimeOfDay
}

// Hours are weekly hours on the wall clock of somebody's zone, in any order. The
// empty Hours hold nothing.
type Hours []Window

// on is when the window that begins on a day opens and closes. A change of clocks may
// leave nothing of it.
func (w Window) on(day Local, loc *time.Location) (opens, closes time.Time) {
	closing := day
	if w.End <= w.Start {
		closing = day.AddDays(1)
	}
	return day.At(w.Start).In(loc), closing.At(w.End).In(loc)
}

// Hold reports whether t lies within the hours; loc must not be nil.
func (h Hours) Hold(t time.Time, loc *time.Location) bool { return h.Overlap(t, t.Add(1), loc) }

// Overlap reports whether any of the time from from up to but not including to lies
// within the hours. loc must not be nil.
func (h Hours) Overlap(from, to time.Time, loc *time.Location) bool {
	last := LocalOf(to, loc)
	// The first one that matters may have begun the day before; one more where a zone skips a day.
	for day := LocalOf(from, loc).AddDays(-2).At(0); !last.Before(day); day = day.AddDays(1) {
		for _, w := range h {
			if !slices.Contains(w.Days, day.Weekday()) {
				continue
			}
			if opens, closes := w.on(day, loc); opens.Before(to) && closes.After(from) {
				return true
			}
		}
	}
	return false
}

// Opening returns when the hours next begin to hold; ok is false if they hold at t
// already, or never do. loc must not be nil.
func (h Hours) Opening(t time.Time, loc *time.Location) (at time.Time, ok bool) {
	if h.Hold(t, loc) {
		return at, false
	}
	today := LocalOf(t, loc).At(0)
	for ahead := -1; ahead <= 15 && !ok; ahead++ { // a change of clocks may swallow one week's, not two
		for _, w := range h {
			day := today.AddDays(ahead)
			if !slices.Contains(w.Days, day.Weekday()) {
				continue
			}
			opens, closes := w.on(day, loc)
			if opens.After(t) && opens.Before(closes) && (!ok || opens.Before(at)) {
				at, ok = opens, true
			}
		}
	}
	return at, ok
}
