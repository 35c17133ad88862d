package simtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"handrail/models"
)

// flight is a message that a node stands still with, before it checks it or after, or that is slow on its way.
type flight struct {
	push  *push
	phone int
	until time.Time
	about []thing
}

func (s *sim) onWire(m sending) {
	var about []thing // that is certain
	for _, say := range m.taken.says {
		if len(say.about) == 1 {
			about = append(about, say.about...)
		}
	}
	if len(about) > 0 {
		s.wire = append(s.wire, flight{m.push, m.phone.n, m.from.Add(m.fate.slow), about})
	}
}

// claimed are the things of pushes that a node has claimed and has yet to check.
func (s *sim) claimed(until time.Time) {
	if len(s.truths) == 0 {
		return
	}
	var user, subject string
	s.each("SELECT r.user_id, r.subject_id FROM pushes p JOIN reminders r ON r.push_id = p.id WHERE p.state = 'claimed' AND r.state = 'waiting'", []any{&user, &subject}, func() {
		client := s.clientOf(user)
		if client < 0 {
			return
		}
		if x, stands := s.truths[len(s.truths)-1].people[client].things[subject]; stands {
			s.wire = append(s.wire, flight{&push{name: fmt.Sprint("claim of client ", client, " of ", x.kind, x.at), client: client}, -1, until, []thing{x}})
		}
	})
}

// inFlight is one of the messages that are on their way now.
func (s *sim) inFlight() (f flight, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	soon := s.now().Add(time.Millisecond)
	s.wire = slices.DeleteFunc(s.wire, func(f flight) bool { return !f.until.After(soon) })
	if len(s.wire) == 0 {
		return f, false
	}
	slices.SortFunc(s.wire, func(a, b flight) int {
		return cmp.Or(cmp.Compare(a.push.name, b.push.name), cmp.Compare(a.phone, b.phone), a.until.Compare(b.until))
	})
	return s.wire[s.rand.IntN(len(s.wire))], true
}

// meddle changes what a message says that is on its way.
func (s *sim) meddle(f flight) (int, string, error) {
	x := f.about[s.rand.IntN(len(f.about))]
	c := s.clients[f.push.client]
	due, local := s.dueAhead(), s.localAhead(2)
	switch cancel := s.rand.IntN(2) == 0; {
	case x.kind == "practice":
		return c.n, "", nil
	case x.kind == "homework" && cancel:
		_, err := s.api.Withdraw(s.ctx, s.counselorOf(c), models.Once{}, x.id, nil)
		return c.n, s.nameOf(x.id) + " is withdrawn while that is on the wire", err
	case x.kind == "homework":
		_, err := s.api.UpdateAssignment(s.ctx, s.counselorOf(c), x.id, nil, models.AssignmentChange{Due: &due})
		return c.n, s.nameOf(x.id) + " is due " + due + ", while that is on the wire", err
	case cancel:
		_, err := s.api.CancelSession(s.ctx, s.counselors[0], models.Once{}, x.id)
		return -1, s.nameOf(x.id) + " is cancelled while that is on the wire", err
	}
	_, err := s.api.UpdateSession(s.ctx, s.counselors[0], x.id, nil, false, models.SessionChange{LocalStart: &local})
	return -1, s.nameOf(x.id) + " moves to " + local + " while that is on the wire", err
}
