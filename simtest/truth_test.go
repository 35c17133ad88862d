package simtest

import (
	"fmt"
	"slices"
	"sort"
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
	quietFrom, quietTo    int // minutes after midnight
	push, aftercare, care bool
	things                map[string]thing
	done                  map[string]bool // homework that is not to be done any more, nor was taken back
	moments               []moment
}

// thing is a session, a meeting or homework that a client has ahead.
type thing struct {
	id         string
	kind       string // session | meeting | homework
	at, ends   time.Time
	zone       *time.Location // whose clock its time is told by; nil: its reader's
	place      *time.Location // where its days are counted
	declined   bool
	generation int
}

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
	var id, zoneName, kind, status string
	var from, to, generation int
	var push, aftercare, care, telehealth, declined bool
	var at, ends int64
	granted := func(kind string) string {
		return "(SELECT count(*) FROM consents c WHERE c.user_id = u.id AND c.kind = '" + kind + "' AND c.superseded_at IS NULL AND c.granted)"
	}
	s.each(`SELECT u.id, u.time_zone, COALESCE(u.quiet_start, l.quiet_start), COALESCE(u.quiet_end, l.quiet_end), `+granted("push")+`, `+granted("aftercare")+`,
			(SELECT count(*) FROM episodes e WHERE e.client_id = u.id AND e.ended_at IS NULL) FROM users u JOIN clinics l ON l.id = u.clinic_id WHERE u.role = 'client'`,
		[]any{&id, &zoneName, &from, &to, &push, &aftercare, &care}, func() {
			t.people[s.clientOf(id)] = standing{zone: s.zoneOf(zoneName), quietFrom: from, quietTo: to, push: push, aftercare: aftercare, care: care,
				things: map[string]thing{}, done: map[string]bool{}}
		})
	var subject string
	s.each(`SELECT r.client_id, s.id, s.starts_at, s.ends_at, s.time_zone, s.telehealth, s.generation, e.kind,
			EXISTS (SELECT 1 FROM rsvps v WHERE v.session_id = s.id AND v.client_id = r.client_id AND v.answer = 'cannot_come' AND v.answered_for = s.starts_at)
		FROM sessions s JOIN series e ON e.id = s.series_id JOIN roster r ON r.series_id = s.series_id
		WHERE s.status = 'scheduled' AND s.ends_at > ? AND r.starts_at <= s.starts_at AND (r.ends_at IS NULL OR r.ends_at > s.starts_at)`,
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
		}, now.UnixMicro())
	s.each("SELECT client_id, id, due_at, generation, status FROM assignments WHERE due_at > ?", []any{&id, &subject, &at, &generation, &status}, func() {
		p := &t.people[s.clientOf(id)]
		if slices.Contains([]string{"assigned", "started", "returned"}, status) {
			p.things[subject] = thing{id: subject, kind: "homework", at: instant(at), ends: instant(at), place: p.zone, generation: generation}
		} else {
			p.done[subject] = true
		}
	}, now.UnixMicro())
	for i := range t.people {
		t.people[i].plan()
	}
	return t
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
