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
			end := day.At(w.End)
			if w.End <= w.Start {
				end = day.AddDays(1).At(w.End)
			}
			if day.At(w.Start).In(loc).Before(to) && end.In(loc).After(from) {
				return true
			}
		}
	}
	return false
}
