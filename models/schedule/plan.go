package schedule

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	beforeBusy = 30 * time.Minute // how long before a session its homework reminder comes instead
	nightGrace = 2 * time.Hour    // what starts this soon after quiet hours may break them
)

// Interval is a stretch of time from From up to but not including To.
type Interval struct{ From, To time.Time }

// Subject is what the reminders are about.
type Subject struct {
	Homework bool
	At       time.Time      // when the session starts or the homework is due
	Zone     *time.Location // where day leads count: the series' for a session, the person's for homework
	Leads    []Lead
}

// Person is what planning needs to know of the one who is reminded.
type Person struct {
	Zone  *time.Location
	Quiet Quiet
	Busy  []Interval // their own sessions, in any order
}

// Planned is a reminder that should exist. It is useful from RemindAt until
// ExpiresAt: the next one of the same subject, or the subject itself.
type Planned struct {
	Lead                Lead
	RemindAt, ExpiresAt time.Time
	Steps               []Step // how it came to RemindAt: the lead's own moment, and each thing that moved it on
}

// Step is one reason for when a reminder comes, and the moment that it leads to.
type Step struct {
	Because string
	At      time.Time
}

// What times a reminder, and what moves it.
const (
	ByLead     = "lead"
	OwnSession = "own_session"
	QuietStart = "quiet_hours_start"
	QuietEnd   = "quiet_hours_end"
)

// moved adds steps, and says to where they lead.
func (m *Planned) moved(by ...Step) time.Time {
	m.Steps = append(m.Steps, by...)
	m.RemindAt = m.Steps[len(m.Steps)-1].At
	return m.RemindAt
}

// Plan returns the reminders of one person about one subject, by time. It does not
// know what time it is; the caller leaves out what is past. All of them lie before
// the subject, and the order of the leads does not matter. The zones must not be nil.
//
// Homework is not announced during the person's own sessions but half an hour
// before them. A session's last reminder that falls into quiet hours comes at
// their start, because at their end it may be too late to set out; any other moves
// to their nearer edge, which can be later than where the last one went.
func Plan(s Subject, p Person) []Planned {
	raw := s.moments()
	planned := make([]Planned, 0, len(raw))
	for i, m := range raw {
		r := Planned{Lead: m.lead}
		at := r.moved(Step{ByLead, m.at})
		if s.Homework && !p.leaveBusy(at).Equal(at) {
			at = r.moved(Step{OwnSession, p.leaveBusy(at)})
		}
		last := i == len(raw)-1 && !s.Homework
		r.moved(p.leaveQuiet(at, s, last)...)
		planned = append(planned, r)
	}
	// Stable, so that of two at one moment the lead nearest to the start is last.
	slices.SortStableFunc(planned, func(a, b Planned) int { return a.RemindAt.Compare(b.RemindAt) })
	kept := planned[:0]
	for i, r := range planned {
		if i+1 < len(planned) && planned[i+1].RemindAt.Equal(r.RemindAt) {
			continue
		}
		kept = append(kept, r)
	}
	for i := range kept {
		kept[i].ExpiresAt = s.At.UTC()
		if i+1 < len(kept) {
			kept[i].ExpiresAt = kept[i+1].RemindAt
		}
	}
	return kept
}

type moment struct {
	lead Lead
	at   time.Time
}

// moments returns when each lead would come if nothing were in its way, by time,
// without those that are not before the subject ("0d@18:00" of a 9 o'clock session).
func (s Subject) moments() []moment {
	var list []moment
	for _, lead := range s.Leads {
		if at := lead.Moment(s.At, s.Zone); at.Before(s.At) {
			list = append(list, moment{lead, at})
		}
	}
	slices.SortFunc(list, func(a, b moment) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.lead.String(), b.lead.String()))
	})
	return list
}

// leaveBusy moves t to half an hour before the session that it falls into, the first to begin where there are several, and on
// to before the next if that lands in one.
func (p Person) leaveBusy(t time.Time) time.Time {
	for range p.Busy { // each can move t once, as t only gets earlier
		from, inside := time.Time{}, false
		for _, b := range p.Busy {
			if !t.Before(b.From) && t.Before(b.To) && (!inside || b.From.Before(from)) {
				from, inside = b.From, true
			}
		}
		if !inside {
			break
		}
		t = from.Add(-beforeBusy).UTC()
	}
	return t
}

// leaveQuiet says how t moves out of quiet hours: to their start if onlyEarlier, else to the
// nearer edge, the start when both are equally near. The end will not do when it
// is too late for the subject, or in one of the sessions that homework avoids.
func (p Person) leaveQuiet(t time.Time, s Subject, onlyEarlier bool) (steps []Step) {
	start, end, inside := p.Quiet.Span(t, p.Zone)
	if !inside || start.Equal(t) {
		return nil
	}
	free := end.Before(s.At) && !p.Quiet.holds(end, p.Zone) && (!s.Homework || p.leaveBusy(end).Equal(end))
	if !onlyEarlier && free && end.Sub(t) < t.Sub(start) {
		return []Step{{QuietEnd, end}}
	}
	steps = []Step{{QuietStart, start}}
	if !s.Homework {
		return steps
	}
	// The start may lie in a session, and half an hour before that in the quiet
	// hours of the day before; from here on t only gets earlier, so this ends.
	for range p.Busy {
		if earlier := p.leaveBusy(start); earlier.Before(start) {
			steps, start = append(steps, Step{OwnSession, earlier}), earlier
		}
		if earlier, _, inside := p.Quiet.Span(start, p.Zone); inside && earlier.Before(start) {
			steps, start = append(steps, Step{QuietStart, earlier}), earlier
		}
	}
	return steps
}

// PlanWaiting returns the reminders of something that has waited for a person since
// then, by time: each comes the days of its lead after it, at the lead's clock time in
// the person's zone, or at the nearer edge of quiet hours. It is useful until the next,
// the last until the end; of two that quiet hours move to one moment the later stays. The leads must have a clock time and be in
// order.
func PlanWaiting(since, until time.Time, leads []Lead, p Person) []Planned {
	var planned []Planned
	for _, lead := range leads {
		r := Planned{Lead: lead, ExpiresAt: until.UTC()}
		at := r.moved(Step{ByLead, LocalOf(since, p.Zone).AddDays(lead.days).At(lead.clock).In(p.Zone)})
		at = r.moved(p.leaveQuiet(at, Subject{At: until}, false)...)
		if n := len(planned); n > 0 {
			planned[n-1].ExpiresAt = at
			if planned[n-1].RemindAt.Equal(at) {
				planned = planned[:n-1]
			}
		}
		planned = append(planned, r)
	}
	return planned
}

// Gather groups the indexes of at by time: a group holds all that come within
// window of its first, inclusive, unless it is to stay apart from one of them.
// Groups and the indexes in them are in order of time.
func Gather(at []time.Time, window time.Duration, apart func(i, j int) bool) [][]int {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return at[a].Compare(at[b]) })
	var groups [][]int
	for _, i := range order {
		last := len(groups) - 1
		if last >= 0 && at[i].Sub(at[groups[last][0]]) <= window && !slices.ContainsFunc(groups[last], func(j int) bool { return apart(j, i) }) {
			groups[last] = append(groups[last], i)
		} else {
			groups = append(groups, []int{i})
		}
	}
	return groups
}

// SendAt returns when a late reminder or a correction goes out: now, unless p is in
// quiet hours; then at their end, unless what it is about comes no later than two
// hours after that, when waiting would make it useless.
func SendAt(now time.Time, about time.Time, p Person) time.Time {
	_, end, inside := p.Quiet.Span(now, p.Zone)
	if !inside || !about.After(end.Add(nightGrace)) {
		return now
	}
	return end
}
