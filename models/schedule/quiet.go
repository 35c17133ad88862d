package schedule

import "time"

// Quiet is the part of each day in which a person's phone stays silent. It may
// pass midnight. Start == End, as in the zero Quiet, means that there is none.
type Quiet struct {
	Start, End TimeOfDay
}

// Span returns the quiet hours that t falls into, from start up to but not
// including end, as instants in UTC. Both edges are read off the wall clock in loc,
// so on a night when the clocks change they are an hour longer or shorter. When t
// is not in quiet hours, inside is false and the edges are zero.
func (q Quiet) Span(t time.Time, loc *time.Location) (start, end time.Time, inside bool) {
	if q.Start == q.End {
		return time.Time{}, time.Time{}, false
	}
	today := LocalOf(t, loc)
	// Last night began yesterday, or the day before where a zone skips a whole day.
	for days := -2; days <= 0; days++ {
		first := today.AddDays(days)
		last := first
		if q.End < q.Start {
			last = first.AddDays(1)
		}
		start, end = first.At(q.Start).In(loc), last.At(q.End).In(loc)
		if !t.Before(start) && t.Before(end) {
			return start, end, true
		}
	}
	return time.Time{}, time.Time{}, false
}

// holds reports whether t falls into quiet hours, their very start aside: a
// reminder that had to leave them may come just as they begin.
func (q Quiet) holds(t time.Time, loc *time.Location) bool {
	start, _, inside := q.Span(t, loc)
	return inside && t.After(start)
}
