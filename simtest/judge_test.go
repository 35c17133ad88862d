package simtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// push is one push as the oracle knows it. Its name is the same when the seed is played again.
type push struct {
	name   string
	client int
	due    time.Time
	taken  []*taken
}

// taken is a message that FCM accepted for a phone.
type taken struct {
	at, checked time.Time
	lost        bool // its node stood still past its lease within the call, and stopped for good before it could say so
	phone       *phone
	says        []saying
}

// saying is one sentence of a push, with what it is about where that is certain.
type saying struct {
	kind, when, now string
	n               int
	about           []thing // what it may be about
	was             []thing // the same, when it was to be elsewhere
}

func (s *sim) pushNamed(id, user string, due int64) *push {
	client := s.clientOf(user)
	if _, began := s.known[client].dues[id]; !began {
		s.known[client].dues[id] = instant(due)
	}
	if p := s.pushes[id]; p != nil {
		return p
	}
	p := &push{client: client, due: instant(due)}
	p.name = fmt.Sprintf("push of client %d due %s", p.client, p.due.Format("Jan 02 15:04:05"))
	for s.taken[p.name] {
		p.name += "'"
	}
	s.taken[p.name] = true
	s.pushes[id] = p
	return p
}

var sentences = []struct {
	kind string
	is   *regexp.Regexp
}{
	{"start", regexp.MustCompile(`^You have something (.+)$`)}, {"due", regexp.MustCompile(`^Something to finish by (.+)$`)},
	{"several", regexp.MustCompile(`^(\d+) things, first (.+)$`)}, {"off", regexp.MustCompile(`^(.+) is off$`)},
	{"moved", regexp.MustCompile(`^(.+) is now (.+)$`)},
}

func read(text string) (says []saying, ok bool) {
	if languageOf(text) == "es" {
		text = fromSpanish(text)
	}
	for sentence := range strings.SplitSeq(strings.TrimSuffix(text, "."), ". ") {
		i := slices.IndexFunc(sentences, func(x struct {
			kind string
			is   *regexp.Regexp
		}) bool {
			return x.is.MatchString(sentence)
		})
		if i < 0 {
			return nil, false
		}
		words := sentences[i].is.FindStringSubmatch(sentence)
		say := saying{kind: sentences[i].kind, when: words[1]}
		switch say.kind {
		case "several":
			say.n, _ = strconv.Atoi(words[1])
			say.when = words[2]
		case "moved":
			say.now = words[2]
		}
		says = append(says, say)
	}
	return says, true
}

const (
	spread      = time.Minute      // pushes are moved up to this much earlier
	gathered    = 10 * time.Minute // reminders so close together are one push
	lateForRest = 6 * time.Minute  // a push that is late by less is not held back by quiet hours
)

// judge holds a message that is about to be sent against what was so when its check began.
func (s *sim) judge(m *sending) {
	checked := m.ExpiresAt.Add(-m.TimeLeft)
	client := m.push.client
	if proofs[m.Text] != "" {
		s.judgeProof(m, checked)
		return
	}
	so := s.at(checked)
	p := so.people[client]
	wrong := func(format string, args ...any) {
		s.wrong(client, "%s says %q on phone %d, checked at %s: %s", m.push.name, m.Text, m.phone.n, checked.Format(clock), fmt.Sprintf(format, args...))
	}
	if checked.After(m.from) || m.from.Sub(checked) > time.Second {
		wrong("the check is not of just now")
	}
	if !m.phone.isOf(client, checked) {
		wrong("the phone is not theirs")
	}
	if !p.push {
		wrong("pushes are not allowed")
	}
	if !checked.Before(m.ExpiresAt) {
		wrong("it has expired")
	}
	if languageOf(m.Text) != p.locale {
		wrong("it is not in their language, %s", p.locale)
	}
	says, ok := read(m.Text)
	if !ok {
		wrong("a sentence is not in the closed list")
	}
	if slices.ContainsFunc(says, func(say saying) bool { return say.kind == "off" || say.kind == "moved" }) {
		s.known[client].changes = append(s.known[client].changes, checked)
	}
	for i := range says {
		s.ask(&says[i], p, client, checked)
		if len(says[i].about) == 0 {
			wrong("nothing of that is so: %+v", says[i])
		}
	}
	s.askHours(says, p, client, checked, wrong)
	m.taken = &taken{checked: checked, phone: m.phone, says: says}
	for _, say := range says { // it may arrive, whatever becomes of the call: then it is taken back
		for _, x := range say.about {
			known := s.known[client]
			known.corrected[x.id] = known.corrected[x.id] || say.kind == "off" || say.kind == "moved"
		}
	}
}

// ask finds what a sentence may be about: things of the client's of which it is so.
func (s *sim) ask(say *saying, p standing, client int, checked time.Time) {
	switch say.kind {
	case "start", "due", "several":
		var first []thing
		for _, x := range s.ahead(p, client, checked) {
			kind := say.kind == "several" || (say.kind == "due") == x.isWork()
			layout := "Mon 3:04 PM"
			if say.kind == "start" {
				layout = "Mon at 3:04 PM"
			}
			if kind && said(x.at, x.zone, p.zone, layout) == say.when {
				first = append(first, x)
			}
		}
		say.about = first
		if say.kind == "several" && len(s.ahead(p, client, checked)) < say.n {
			say.about = nil
		}
	case "off", "moved":
		for _, x := range s.everHad(client) {
			if said(x.at, x.zone, p.zone, "Mon 3:04 PM") != say.when || !x.at.After(checked) || !p.welcomes(x.kind) {
				continue
			}
			now, stands := p.things[x.id]
			switch {
			case say.kind == "off" && !stands:
				say.about = append(say.about, x)
			case say.kind == "moved" && stands && !now.at.Equal(x.at) && now.at.After(checked) && slices.ContainsFunc(
				[]string{"3:04 PM", "Mon 3:04 PM", "Mon, Jan 2 3:04 PM"}, func(layout string) bool { return said(now.at, now.zone, p.zone, layout) == say.now }):
				say.about, say.was = append(say.about, now), append(say.was, x)
			}
		}
	}
}

// said is an instant as a push names it: by the clock of where it is, whose zone is named where the reader's shows another time.
func said(at time.Time, zone, reader *time.Location, layout string) string {
	if zone == nil {
		zone = reader
	}
	there := at.In(zone)
	name, offset := there.Zone()
	if _, own := at.In(reader).Zone(); own != offset {
		return there.Format(layout) + " " + name
	}
	return there.Format(layout)
}

// ahead are the things of which a client may be told now: they stand, and their moment has come, or that of another within
// ten minutes before. Of what they said no to they are told only if a phone was told that it is off, and it is not.
func (s *sim) ahead(p standing, client int, checked time.Time) (list []thing) {
	for _, x := range p.things {
		if p.welcomes(x.kind) && (!x.declined || s.known[client].corrected[x.id]) && x.at.After(checked) && s.mayCome(client, x, checked) {
			list = append(list, x)
		}
	}
	for _, x := range s.everHad(client) { // whose day ended elsewhere when the push was made
		if now, stands := p.things[x.id]; stands && x.kind == "practice" && !now.at.Equal(x.at) && x.at.After(checked) && p.welcomes(x.kind) && s.mayCome(client, x, checked) {
			list = append(list, x)
		}
	}
	return list
}

// mayCome says whether the moment of a thing has come, by what was planned for the client at any time. What a phone was told
// to be off, or elsewhere, may be told again at any time.
func (s *sim) mayCome(client int, x thing, checked time.Time) bool {
	known := s.known[client]
	return known.corrected[x.id] || slices.ContainsFunc(known.planned[x.id], func(m moment) bool {
		if !m.thing.at.Equal(x.at) {
			return false
		}
		return !m.at.Add(-spread).After(checked) || m.at.Add(-spread-gathered).Before(checked) && known.anyPlanned(m.at.Add(-gathered), minTime(m.at, checked.Add(spread)))
	})
}

// everHad are the things that a client had until now, at each time at which they were to be.
func (s *sim) everHad(client int) []thing { return s.known[client].had }

// known is what the oracle remembers of a client.
type known struct {
	had       []thing
	planned   map[string][]moment
	corrected map[string]bool // what their phones were told to be off, or elsewhere, or may have been
	taken     []*taken
	changes   []time.Time          // when they were told of one: what is due within ten minutes comes with it
	dues      map[string]time.Time // of the pushes that were sent, when each began: a correction comes without counting again
}

func (k *known) anyPlanned(from, to time.Time) bool {
	if slices.ContainsFunc(k.changes, func(at time.Time) bool { return !at.Before(from) && !at.After(to) }) {
		return true
	}
	for _, list := range k.planned {
		if slices.ContainsFunc(list, func(m moment) bool { return !m.at.Before(from) && !m.at.After(to) }) {
			return true
		}
	}
	return false
}

// remember adds what is new in a truth.
func (k *known) remember(p standing) {
	for _, x := range p.things {
		if !slices.ContainsFunc(k.had, func(y thing) bool { return y.id == x.id && y.at.Equal(x.at) && y.zone == x.zone }) {
			k.had = append(k.had, x)
		}
	}
	for _, m := range p.moments {
		if !slices.ContainsFunc(k.planned[m.id], m.same) {
			k.planned[m.id] = append(k.planned[m.id], m)
		}
	}
}

// askHours holds a message against quiet hours: only what is on time at their edge, and what is near, may break them.
func (s *sim) askHours(says []saying, p standing, client int, checked time.Time, wrong func(string, ...any)) {
	from, to, inside := p.quiet(checked)
	if !inside || checked.Sub(from) < lateForRest {
		return
	}
	changed, _ := s.since(func(t truth) bool {
		return t.people[client].quietFrom == p.quietFrom && t.people[client].quietTo == p.quietTo && t.people[client].zone == p.zone
	})
	if checked.Sub(changed) < lateForRest {
		return
	}
	for _, say := range says {
		for _, x := range slices.Concat(say.about, say.was) {
			if x.at.After(checked) && !x.at.After(to.Add(2*time.Hour)) {
				return
			}
		}
	}
	wrong("it is in quiet hours until %s", to.Format(clock))
}

// accepted notes that FCM took a message.
func (s *sim) accepted(m sending) {
	m.taken.at = s.now()
	m.push.taken = append(m.push.taken, m.taken)
	s.known[m.push.client].taken = append(s.known[m.push.client].taken, m.taken)
	s.counts["accepted"]++
}
