package simtest

import (
	"slices"
	"time"

	"handrail/models"
	"handrail/notify/fcmtest"
)

// trouble is a time in which a push may be late: of one client or of all (-1), on one platform or on all.
type trouble struct {
	client   int
	lane     models.Platform
	from, to time.Time
}

func (s *sim) troubled(client int, lane models.Platform, from, to time.Time) {
	s.trouble = append(s.trouble, trouble{client, lane, from, to})
}

const (
	onTime   = 30 * time.Second            // how late a push may be when nothing is wrong
	settled  = time.Minute                 // of rest, after which what was late is there
	newPhone = 6 * time.Minute             // a push that found no phone looks for one every five minutes
	lease    = 30 * time.Second            // a worker's claim
	overdue  = 2 * (lease + 5*time.Second) // how long after its time a reminder may be without an end: one claim that is given up, and one that is not
)

// look is what the oracle does after every step.
func (s *sim) look() {
	now := s.see()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.truths) > 0 {
		before := s.truths[len(s.truths)-1]
		for client, p := range before.people {
			for _, m := range p.moments {
				s.askMoment(client, m, before.from, now.from)
			}
		}
	}
	s.truths = append(s.truths, now)
	for client, p := range now.people {
		s.known[client].remember(p)
	}
	s.askRecord()
	for _, p := range s.phones {
		s.askScreen(p, now)
	}
}

// askMoment looks whether a client was told of a thing when they were to be. It is asked once time has passed from one truth to
// the next: then what was planned at the first stood at the moment, and until the second.
func (s *sim) askMoment(client int, m moment, from, now time.Time) {
	if !m.at.After(from) { // it came under an earlier truth, and what stands of it still has to arrive
		if !s.planned(client, m, from) {
			return
		}
	} else if m.at.After(now) {
		return
	}
	until := minTime(now, m.expires)
	told := slices.ContainsFunc(s.phones, func(p *phone) bool { return s.wasTold(client, m, p) })
	for _, p := range s.phones {
		owner, since, live := p.owner()
		late := !since.Add(newPhone).Before(m.at) // it is theirs since then, and is told what no other was
		if !live || owner != client || p.gone || late && (told || m.at.After(from)) || s.wasTold(client, m, p) {
			continue
		}
		strict := m.at.After(from) && !m.at.Add(onTime).After(now) && m.at.Add(onTime).Before(m.expires) &&
			!s.hadTrouble(client, p, m.at.Add(-spread-time.Second), m.at.Add(onTime))
		if !strict && !s.hadRest(client, p, maxTime(m.at.Add(time.Second), since.Add(newPhone)), until) {
			continue
		}
		if s.capped(client, m) {
			continue
		}
		s.wrong(client, "lost: nothing about %s (%s at %s, generation %d) came to phone %d at %s, its %s", s.named(m.id), m.kind, m.thing.at.Format(clock), m.generation, p.n,
			m.at.UTC().Format(clock), m.lead)
	}
}

// planned says whether a moment that is past by now was planned when it came: what is booked later is not.
func (s *sim) planned(client int, m moment, from time.Time) bool {
	for i := len(s.truths) - 1; i >= 0; i-- {
		t := s.truths[i]
		if !slices.ContainsFunc(t.people[client].moments, m.same) {
			return false
		}
		if t.from.Before(m.at) {
			return true
		}
	}
	return false
}

// wasTold says whether FCM took something about a thing for a phone at its moment, or after; or at a moment that was its own
// before the client's hours changed: nobody is told twice.
func (s *sim) wasTold(client int, m moment, p *phone) bool {
	for _, before := range s.known[client].planned[m.id] {
		if before.lead == m.lead && before.generation == m.generation && before.is(m.thing) {
			m.at = minTime(m.at, before.at)
		}
	}
	for _, t := range slices.Backward(s.known[client].taken) {
		if t.at.Before(m.at.Add(-spread - gathered - time.Hour)) {
			break
		}
		if t.phone != p || t.at.Before(m.at.Add(-spread-gathered)) {
			continue
		}
		for _, say := range t.says {
			if say.kind == "several" && say.n > 1 || say.kind != "off" && slices.ContainsFunc(say.about, func(x thing) bool { return x.is(m.thing) }) {
				return true
			}
		}
	}
	return false
}

// capped says that a moment may be one too many on its day: there were more than four at which the client was told something,
// or was to be at any time. The last before a session never is.
func (s *sim) capped(client int, m moment) bool {
	if !m.isWork() && m.expires.Equal(m.thing.at) {
		return false
	}
	known := s.known[client]
	zone := s.at(m.at).people[client].zone
	thatDay := func(at time.Time) bool {
		return at.In(zone).Format(time.DateOnly) == m.at.In(zone).Format(time.DateOnly)
	}
	var out, planned []time.Time
	for _, due := range known.dues {
		if thatDay(due) {
			out = append(out, due)
		}
	}
	for _, list := range known.planned {
		for _, o := range list {
			if thatDay(o.at) && !slices.ContainsFunc(out, func(due time.Time) bool { return !o.at.Before(due) && o.at.Sub(due) <= gathered }) {
				planned = append(planned, o.at)
			}
		}
	}
	slices.SortFunc(planned, time.Time.Compare)
	crowd, first := len(out), time.Time{}
	for _, at := range planned {
		if first.IsZero() || at.Sub(first) > gathered {
			crowd, first = crowd+1, at
		}
	}
	return crowd > 4
}

func (s *sim) hadTrouble(client int, p *phone, from, to time.Time) bool {
	return slices.ContainsFunc(s.trouble, func(t trouble) bool {
		return (t.client < 0 || t.client == client) && (t.lane == "" || string(t.lane) == p.platform) && t.from.Before(to) && t.to.After(from)
	})
}

// hadRest says whether there was a while in which nothing kept a late push from a phone.
func (s *sim) hadRest(client int, p *phone, from, to time.Time) bool {
	for at := from; !at.Add(settled).After(to); {
		next := at
		for _, t := range s.trouble {
			if (t.client < 0 || t.client == client) && (t.lane == "" || string(t.lane) == p.platform) && t.from.Before(at.Add(settled)) && t.to.After(next) {
				next = t.to
			}
		}
		if person := s.at(at).people[client]; person.quietFrom != person.quietTo {
			for _, edge := range []time.Time{at, at.Add(settled)} {
				if _, end, inside := person.quiet(edge); inside && end.After(next) {
					next = end
				}
			}
		}
		if next.Equal(at) {
			return true
		}
		at = next.Add(time.Second)
	}
	return false
}

// askRecord looks for reminders that nobody will ever see to, and for those that should have come to an end.
func (s *sim) askRecord() {
	now := s.now()
	var id, user, lead, state string
	var about, expires int64
	s.each(`SELECT r.id, r.user_id, r.lead, r.about_at, r.expires_at, COALESCE(p.state, 'none') FROM reminders r LEFT JOIN pushes p ON p.id = r.push_id
		WHERE r.state = 'waiting' AND (p.id IS NULL OR p.next_at IS NULL OR r.expires_at < ?)`,
		[]any{&id, &user, &lead, &about, &expires, &state}, func() {
			client := s.clientOf(user)
			if state == "waiting" || state == "claimed" {
				if s.hadTrouble(client, &phone{}, instant(expires).Add(-overdue), now) || s.anyLane(instant(expires).Add(-overdue), now) {
					return
				}
				s.wrong(client, "without an end: the %s reminder of %s expired at %s", lead, instant(about).Format(clock), instant(expires).Format(clock))
				return
			}
			s.wrong(client, "the %s reminder of %s waits, and no push will ever carry it (%s)", lead, instant(about).Format(clock), state)
		}, now.Add(-overdue).UnixMicro())
}

func (s *sim) anyLane(from, to time.Time) bool {
	return slices.ContainsFunc(s.trouble, func(t trouble) bool { return t.lane != "" && t.from.Before(to) && t.to.After(from) })
}

// askScreen looks for something on a phone that is not so, or not any more, though there was time to put it right.
func (s *sim) askScreen(p *phone, now truth) {
	client, since, live := p.owner()
	if !live || p.gone || p.away {
		return
	}
	tags := map[string]bool{}
	for _, n := range s.fcm.Screen(p.registration) {
		if tags[n.Tag] {
			s.wrong(client, "phone %d shows two of one push", p.n)
		}
		tags[n.Tag] = true
		push := s.pushes[n.PushID]
		if push.client != client {
			continue // of who had the phone before; the app clears it at signing in
		}
		for _, t := range push.taken {
			if t.phone == p && s.isLast(push, p, t) && t.at.After(p.removed) {
				s.askSaid(client, p, since, n, t)
			}
		}
	}
}

func (s *sim) isLast(push *push, p *phone, t *taken) bool {
	for _, o := range push.taken {
		if o.phone == p && o.at.After(t.at) {
			return false
		}
	}
	return true
}

// askSaid holds what a phone shows against what is so now. What a node sends that stood still past its lease may come after the
// correction that another has sent meanwhile. It is corrected again once the node has said so; if the node stops before that
// it stays: a known limit, for no fence holds what is on the wire.
func (s *sim) askSaid(client int, p *phone, since time.Time, n fcmtest.Notification, t *taken) {
	for _, say := range t.says {
		if len(say.about) != 1 || t.lost || p.platform == fcmtest.IOS && p.wasAway.After(t.at) || p.presentation == models.PresentSystem && p.wasAway.After(t.at) {
			continue // an absent phone is not handed all that was sent meanwhile
		}
		x := say.about[0]
		if x.kind == "practice" {
			continue // a day that is over is nothing to correct
		}
		until := x.at
		isFalse := func(so truth) bool {
			person := so.people[client]
			now, stands := person.things[x.id]
			if stands {
				until = minTime(until, now.at)
			}
			holds := stands && now.at.Equal(x.at)
			return person.welcomes(x.kind) && !person.done[x.id] && holds == (say.kind == "off") && so.from.After(t.checked)
		}
		from, ever := s.since(isFalse)
		from = maxTime(from, since.Add(newPhone))
		if ever && p.wasAway.Before(from) && s.hadRest(client, p, from, minTime(until, s.now())) {
			s.wrong(client, "phone %d shows %q, which has not been so since %s", p.n, n.Text, from.Format(clock))
		}
	}
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
