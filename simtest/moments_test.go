package simtest

import (
	"slices"
	"time"
)

// moment is when a client is to be told of a thing, worked out anew here: design.md's rules in other words than the engine's.
type moment struct {
	thing
	lead        string
	at, expires time.Time
}

// same says that two are one moment, worked out at two times.
func (m moment) same(o moment) bool {
	return m.id == o.id && m.lead == o.lead && m.generation == o.generation && m.at.Equal(o.at) && m.thing.at.Equal(o.thing.at)
}

// leads are when each kind of thing is announced: days before at the same wall clock or at another, or a time before.
var leads = map[string][]lead{
	"session":  {{name: "1d", days: 1}, {name: "2h", before: 2 * time.Hour}},
	"meeting":  {{name: "1d", days: 1}, {name: "2h", before: 2 * time.Hour}},
	"homework": {{name: "1d@18:00", days: 1, clock: 18 * 60}, {name: "3h", before: 3 * time.Hour}},
}

type lead struct {
	name        string
	days, clock int // minutes after midnight; 0: the thing's own
	before      time.Duration
}

func (l lead) of(x thing) time.Time {
	if l.before > 0 {
		return x.at.Add(-l.before)
	}
	d := x.at.In(x.place)
	hour, minute := d.Hour(), d.Minute()
	if l.clock > 0 {
		return time.Date(d.Year(), d.Month(), d.Day()-l.days, 0, l.clock, 0, 0, x.place)
	}
	return time.Date(d.Year(), d.Month(), d.Day()-l.days, hour, minute, d.Second(), 0, x.place)
}

// quiet is the night that an instant falls into, if it does: from its start up to its end.
func (p standing) quiet(t time.Time) (from, to time.Time, inside bool) {
	if p.quietFrom == p.quietTo {
		return from, to, false
	}
	d := t.In(p.zone)
	for back := range 3 {
		from = time.Date(d.Year(), d.Month(), d.Day()-back, 0, p.quietFrom, 0, 0, p.zone)
		until := d.Day() - back
		if p.quietTo < p.quietFrom {
			until++
		}
		to = time.Date(d.Year(), d.Month(), until, 0, p.quietTo, 0, 0, p.zone)
		if !t.Before(from) && t.Before(to) {
			return from, to, true
		}
	}
	return from, to, false
}

// plan works out when the client is to be told of each thing.
func (p *standing) plan() {
	for _, x := range p.things {
		if !p.welcomes(x.kind) || x.declined {
			continue
		}
		p.moments = append(p.moments, p.momentsOf(x)...)
	}
}

func (p standing) momentsOf(x thing) (planned []moment) {
	theirs := leads[x.kind]
	if x.kind == "practice" {
		theirs = []lead{{name: x.id[len(x.id)-len(time.DateOnly):], clock: x.remindAt}}
	}
	for _, l := range theirs {
		if at := l.of(x); at.Before(x.at) {
			planned = append(planned, moment{thing: x, lead: l.name, at: at, expires: x.at})
		}
	}
	byTime := func(a, b moment) int { return a.at.Compare(b.at) }
	slices.SortStableFunc(planned, byTime)
	for i := range planned {
		m := &planned[i]
		if x.isWork() {
			m.at = p.free(m.at)
		}
		from, to, inside := p.quiet(m.at)
		if !inside {
			continue
		}
		last := i == len(planned)-1 && !x.isWork()
		_, _, stillQuiet := p.quiet(to)
		if useful := to.Before(x.at) && !stillQuiet && (!x.isWork() || p.free(to).Equal(to)); !last && useful && to.Sub(m.at) < m.at.Sub(from) {
			m.at = to
			continue
		}
		m.at = from
		for x.isWork() {
			at := p.free(m.at)
			if night, _, inside := p.quiet(at); inside {
				at = night
			}
			if at.Equal(m.at) {
				break
			}
			m.at = at
		}
	}
	slices.SortStableFunc(planned, byTime)
	for i := 0; i+1 < len(planned); i++ {
		planned[i].expires = planned[i+1].at
	}
	return slices.DeleteFunc(planned, func(m moment) bool { return !m.at.Before(m.expires) })
}

// free moves an instant to half an hour before the session of the client's that it falls into, the first to begin of several.
func (p standing) free(t time.Time) time.Time {
	for {
		first := time.Time{}
		for _, x := range p.things {
			theirs := !x.isWork() && p.care || x.kind == "meeting" && p.aftercare
			if theirs && !x.declined && !t.Before(x.at) && t.Before(x.ends) && (first.IsZero() || x.at.Before(first)) {
				first = x.at
			}
		}
		if first.IsZero() {
			return t
		}
		t = first.Add(-30 * time.Minute)
	}
}
