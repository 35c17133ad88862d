package simtest

import (
	"slices"
	"time"

	"handrail/models"
)

// lookBack looks at the end of all: at how every reminder ended, and at how often a phone was told the same.
func (s *sim) lookBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var user, subject, kind, subjectKind, lead, state, cause, push string
	var generation int
	var remind, expires, about int64
	s.each(`SELECT user_id, subject_id, kind, subject_kind, lead, generation, state, COALESCE(cause, ''), COALESCE(push_id, ''), remind_at, expires_at, about_at
		FROM reminders WHERE remind_at < ? ORDER BY remind_at`, []any{&user, &subject, &kind, &subjectKind, &lead, &generation, &state, &cause, &push, &remind, &expires, &about}, func() {
		client := s.clientOf(user)
		if client < 0 {
			return // staff have no phones here
		}
		if kind == models.RemindProof {
			s.counts["proof "+state]++
			return
		}
		s.counts["ended "+state]++
		if subjectKind == "practice" {
			subject, kind = subject+" "+lead, subjectKind
			s.counts["practice "+state]++
		}
		ended := end{client: client, subject: subject, kind: kind, lead: lead, generation: generation, state: state, cause: cause, push: push,
			remind: instant(remind), expires: instant(expires), about: instant(about)}
		if why := s.unlikely(ended); why != "" {
			s.wrong(client, "%s (%s of %s, generation %d, planned for %s) ended %s %s, but %s", kind, lead, s.named(subject), generation,
				ended.remind.Format(clock), state, cause, why)
		}
	}, s.now().Add(foresight/2).UnixMicro())
	for _, p := range s.phones {
		s.askTwice(p)
	}
	s.askHorizon()
}

// askHorizon looks whether the series without an end have a session on each of their days, as far as the horizon of a few days ago.
func (s *sim) askHorizon() {
	for id, first := range s.standing {
		dates := map[string]bool{}
		var date string
		s.each("SELECT substr(original_local_start, 1, 10) FROM sessions WHERE series_id = ?", []any{&date}, func() { dates[date] = true }, id)
		for n := 0; first.AddDate(0, 0, n).Before(s.now().AddDate(0, 0, 87)); n++ {
			day := first.AddDate(0, 0, n).Format(time.DateOnly)
			if n%7 == 0 || n%7 == 2 || n%7 == 5 {
				s.counts["days on the horizon"]++
				if !dates[day] {
					s.wrong(-1, "a series without an end has no session on %s", day)
				}
			}
		}
	}
}

// end is how one reminder ended.
type end struct {
	client                                  int
	subject, kind, lead, state, cause, push string
	generation                              int
	remind, expires, about                  time.Time
}

// unlikely says why a reminder cannot have ended so; nothing if it can.
func (s *sim) unlikely(e end) string {
	switch e.state {
	case "waiting":
		if e.expires.Before(s.now().Add(-overdue)) {
			return "its time is over"
		}
	case "accepted", "acknowledged":
		p := s.pushes[e.push]
		if p == nil || !slices.ContainsFunc(p.taken, func(t *taken) bool { return t.checked.Before(e.expires) }) {
			return "FCM never took it"
		}
	case "turned_off":
		if !s.ever(func(p standing) bool { return !p.push }, e.client, e.expires) {
			return "they allowed it always"
		}
	case "unreachable":
		for _, p := range s.phones {
			if p.isOf(e.client, e.remind.Add(-newPhone)) && p.isOf(e.client, e.expires) && !p.gone && len(p.owners) == 1 {
				return "they had a phone"
			}
		}
	case "rejected":
		return "FCM rejected nothing"
	case "cancelled":
		// The news of a change says its new time: that is not said twice in one push.
		told := slices.ContainsFunc(s.known[e.client].changes, func(at time.Time) bool { return at.Sub(e.remind).Abs() <= gathered })
		if e.kind != "correction" && !told && s.stoodAlways(e) {
			return "it stood all the time"
		}
	case "capped":
		m := moment{thing: thing{id: e.subject, kind: e.kind, at: e.about}, at: e.remind, expires: e.expires}
		if !s.capped(e.client, m) {
			return "it was not the fifth that day, or the last of its session"
		}
	}
	return ""
}

func (s *sim) ever(is func(standing) bool, client int, until time.Time) bool {
	return slices.ContainsFunc(s.truths, func(t truth) bool { return !t.from.After(until) && is(t.people[client]) })
}

// stoodAlways says that from a reminder's moment to its expiry it was planned for that moment, and that nothing went out that
// stood for it.
func (s *sim) stoodAlways(e end) bool {
	var last moment
	for i, t := range s.truths {
		next := s.now()
		if i+1 < len(s.truths) {
			next = s.truths[i+1].from
		}
		if !next.After(e.remind) || t.from.After(e.expires) {
			continue
		}
		at := slices.IndexFunc(t.people[e.client].moments, func(m moment) bool {
			return m.id == e.subject && m.lead == e.lead && m.generation == e.generation && m.at.Equal(e.remind) && m.thing.at.Equal(e.about)
		})
		if at < 0 {
			return false
		}
		last = t.people[e.client].moments[at]
	}
	return last.id != "" && !slices.ContainsFunc(s.phones, func(p *phone) bool { return s.wasTold(e.client, last, p) })
}

// tagged is a push and something that it is about.
type tagged struct{ push, subject string }

// askTwice counts under how many tags a phone was told of one thing at one time: no more than it has leads, and those anew at
// each time that it was moved there. A tag that told somebody of a change of the thing, or may have, and says now that it stands, is none of
// these: a correction comes under the tag that it corrects (design.md), on each of the person's phones, a new one too, and no
// message takes a notification away.
func (s *sim) askTwice(p *phone) {
	type told struct {
		client int
		id     string
		at     time.Time
	}
	tags := map[told]int{}
	for id, push := range s.pushes {
		seen, changes := map[told]bool{}, map[string]bool{}
		for _, t := range push.taken {
			for _, say := range t.says {
				if say.kind == "off" || say.kind == "moved" {
					for _, x := range say.about {
						changes[x.id] = true
					}
				}
				if t.phone == p && (say.kind == "start" || say.kind == "due") && len(say.about) == 1 && !changes[say.about[0].id] && !s.maybe[tagged{id, say.about[0].id}] {
					seen[told{push.client, say.about[0].id, say.about[0].at}] = true
				}
			}
		}
		for x := range seen {
			tags[x]++
		}
	}
	for x, n := range tags {
		type one struct {
			lead       string
			generation int
		}
		planned := map[one]bool{}
		for _, t := range s.truths {
			for _, m := range t.people[x.client].moments {
				if m.id == x.id && m.thing.at.Equal(x.at) {
					planned[one{m.lead, m.generation}] = true
				}
			}
		}
		if n > len(planned) {
			s.wrong(x.client, "phone %d was told %d times of %s at %s, which has %d moments", p.n, n, s.named(x.id), x.at.Format(clock), len(planned))
		}
	}
}
