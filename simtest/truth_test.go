package simtest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// truth is what was so from an instant on, until the next: of each client, by number. The oracle reads schedules and people
// from the record after each step, and nothing of what the engine made of them.
type truth struct {
	from   time.Time
	people []standing
}

// standing is a client and what is theirs.
type standing struct {
	zone                  *time.Location
	locale                string
	quietFrom, quietTo    int // minutes after midnight
	push, aftercare, care bool
	things                map[string]thing
	done                  map[string]bool // homework that is not to be done any more, nor was taken back
	moments               []moment
}

// thing is a session, a meeting or homework that a client has ahead.
type thing struct {
	id         string
	kind       string // session | meeting | homework | practice, a day of it
	at, ends   time.Time
	zone       *time.Location // whose clock its time is told by; nil: its reader's
	place      *time.Location // where its days are counted
	declined   bool
	generation int
	remindAt   int // of a practice: minutes after midnight
}

// isWork says that it is something to do, and no place to be at.
func (x thing) isWork() bool { return x.kind == "homework" || x.kind == "practice" }

// is says that two are one thing at one time. A day of practice is one day, wherever its midnight is.
func (x thing) is(y thing) bool { return x.id == y.id && (x.at.Equal(y.at) || x.kind == "practice") }

// welcomes says whether a client may be told of such a thing at all.
func (p standing) welcomes(kind string) bool {
	return p.push && (p.care || kind == "meeting" && p.aftercare)
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// zoneOf is a time zone, the same one each time.
func (s *sim) zoneOf(name string) *time.Location {
	if s.zones[name] == nil {
		zone, err := time.LoadLocation(name)
		if err != nil {
			s.t.Fatal(err)
		}
		s.zones[name] = zone
	}
	return s.zones[name]
}

// foresight is how far ahead the oracle looks: nothing is moved so far, nor announced so early.
const foresight = 14 * 24 * time.Hour

// each reads rows; into are where a row's columns go before then is called.
func (s *sim) each(query string, into []any, then func(), args ...any) {
	rows, err := s.raw.Query(query, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		then()
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
}

// see reads what is so now.
func (s *sim) see() truth {
	now := s.now()
	t := truth{from: now, people: make([]standing, len(s.clients))}
	var id, zoneName, kind, status, locale string
	var from, to, generation int
	var push, aftercare, care, telehealth, declined bool
	var at, ends int64
	granted := func(kind string) string {
		return "(SELECT count(*) FROM consents c WHERE c.user_id = u.id AND c.kind = '" + kind + "' AND c.superseded_at IS NULL AND c.granted)"
	}
	s.each(`SELECT u.id, u.time_zone, u.locale, COALESCE(u.quiet_start, l.quiet_start), COALESCE(u.quiet_end, l.quiet_end), `+granted("push")+`, `+granted("aftercare")+`,
			(SELECT count(*) FROM episodes e WHERE e.client_id = u.id AND e.ended_at IS NULL) FROM users u JOIN clinics l ON l.id = u.clinic_id WHERE u.role = 'client'`,
		[]any{&id, &zoneName, &locale, &from, &to, &push, &aftercare, &care}, func() {
			t.people[s.clientOf(id)] = standing{zone: s.zoneOf(zoneName), locale: locale, quietFrom: from, quietTo: to, push: push, aftercare: aftercare, care: care,
				things: map[string]thing{}, done: map[string]bool{}}
		})
	var subject string
	s.each(`SELECT r.client_id, s.id, s.starts_at, s.ends_at, s.time_zone, s.telehealth, s.generation, e.kind,
			EXISTS (SELECT 1 FROM rsvps v WHERE v.session_id = s.id AND v.client_id = r.client_id AND v.answer = 'cannot_come' AND v.answered_for = s.starts_at)
		FROM sessions s JOIN series e ON e.id = s.series_id JOIN roster r ON r.series_id = s.series_id
		WHERE s.status = 'scheduled' AND s.ends_at > ? AND s.starts_at < ? AND r.starts_at <= s.starts_at AND (r.ends_at IS NULL OR r.ends_at > s.starts_at)`,
		[]any{&id, &subject, &at, &ends, &zoneName, &telehealth, &generation, &kind, &declined}, func() {
			p := &t.people[s.clientOf(id)]
			x := thing{id: subject, kind: "session", at: instant(at), ends: instant(ends), zone: s.zoneOf(zoneName), place: s.zoneOf(zoneName), declined: declined, generation: generation}
			if telehealth {
				x.zone = nil
			}
			if kind == "aftercare" {
				x.kind = "meeting"
			}
			p.things[subject] = x
		}, now.UnixMicro(), now.Add(foresight).UnixMicro())
	var rule, first, practised string
	var remindAt int
	s.each(`SELECT client_id, id, due_at, generation, status, COALESCE(practice_rule, ''), COALESCE(practice_from, ''), COALESCE(practice_at, 0),
			COALESCE((SELECT group_concat(day) FROM practices p WHERE p.assignment_id = a.id), '') FROM assignments a WHERE due_at > ? OR practice_rule IS NOT NULL`,
		[]any{&id, &subject, &at, &generation, &status, &rule, &first, &remindAt, &practised}, func() {
			p := &t.people[s.clientOf(id)]
			if open := slices.Contains([]string{"assigned", "started", "returned"}, status); !open {
				p.done[subject] = true
				return
			}
			if instant(at).After(now) {
				p.things[subject] = thing{id: subject, kind: "homework", at: instant(at), ends: instant(at), place: p.zone, generation: generation}
			}
			p.addPractice(subject, rule, first, remindAt, practised, now)
		}, now.UnixMicro())
	for i := range t.people {
		t.people[i].plan()
	}
	return t
}

// addPractice adds the days ahead on which homework is to be practised, of a rule that says only how many they are.
func (p *standing) addPractice(id, rule, first string, remindAt int, practised string, now time.Time) {
	var days int
	if n, _ := fmt.Sscanf(rule, "FREQ=DAILY;COUNT=%d", &days); n == 0 {
		return
	}
	d, _ := time.Parse(time.DateOnly, first)
	for i := range days {
		day := d.AddDate(0, 0, i)
		ends := time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 0, 0, p.zone)
		if name := day.Format(time.DateOnly); ends.After(now) && !strings.Contains(practised, name) {
			x := thing{id: id + " " + name, kind: "practice", at: ends, ends: ends, place: p.zone, remindAt: remindAt}
			p.things[x.id] = x
		}
	}
}

// at is what was so at an instant.
func (s *sim) at(when time.Time) truth {
	i := sort.Search(len(s.truths), func(i int) bool { return s.truths[i].from.After(when) })
	return s.truths[max(i-1, 0)]
}

// since goes back from the newest truth as long as something holds, and says since when it does.
func (s *sim) since(holds func(truth) bool) (from time.Time, ever bool) {
	for i := len(s.truths) - 1; i >= 0 && holds(s.truths[i]); i-- {
		from, ever = s.truths[i].from, true
	}
	return from, ever
}

// nameOf is what a session or homework is called in traces: in the order in which they are first spoken of.
func (s *sim) nameOf(id string) string {
	if id == "" {
		return "homework"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named(id)
}

func (s *sim) named(id string) string {
	if s.names[id] == "" {
		s.names[id] = fmt.Sprint("#", len(s.names)+1)
	}
	return s.names[id]
}
