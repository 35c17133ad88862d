package schedule_test

import (
	"testing"
	"time"

	"handrail/models/schedule"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := schedule.LoadZone(name)
	if err != nil {
		t.Fatalf("LoadZone(%q): %v", name, err)
	}
	return loc
}

func local(t testing.TB, s string) schedule.Local {
	t.Helper()
	l, err := schedule.ParseLocal(s)
	if err != nil {
		t.Fatalf("ParseLocal(%q): %v", s, err)
	}
	return l
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func leads(t testing.TB, list ...string) []schedule.Lead {
	t.Helper()
	var parsed []schedule.Lead
	for _, s := range list {
		lead, err := schedule.ParseLead(s)
		if err != nil {
			t.Fatalf("ParseLead(%q): %v", s, err)
		}
		parsed = append(parsed, lead)
	}
	return parsed
}

// series reads a series in the zone; an empty rule means a single date.
func series(t testing.TB, start, zoneName, rule string, except ...string) schedule.Series {
	t.Helper()
	s := schedule.Series{Start: local(t, start), Zone: zone(t, zoneName)}
	if rule != "" {
		r, err := schedule.ParseRule(rule)
		if err != nil {
			t.Fatalf("ParseRule(%q): %v", rule, err)
		}
		s.Rule = &r
	}
	for _, e := range except {
		exception, err := schedule.ParseException(e)
		if err != nil {
			t.Fatalf("ParseException(%q): %v", e, err)
		}
		s.Except = append(s.Except, exception)
	}
	return s
}

// all writes every occurrence of s as an instant.
func all(t testing.TB, s schedule.Series) []string {
	t.Helper()
	if err := s.Validate(); err != nil {
		t.Fatalf("Validate: %v", err)
	}
	var list []string
	for _, o := range s.Between(instant(t, "1969-01-01T00:00:00Z"), instant(t, "2202-01-01T00:00:00Z")) {
		list = append(list, o.At.Format(time.RFC3339))
	}
	return list
}

// Zones whose changes of clocks differ most: none, an hour, half an hour, at
// midnight, in the other hemisphere, and by a whole day.
func drawZone(t *rapid.T) *time.Location {
	name := rapid.SampledFrom([]string{
		"UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana",
		"Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Pacific/Apia", "Antarctica/Troll",
	}).Draw(t, "zone")
	loc, err := schedule.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawInstant draws from 2005 to 2060, to the second.
func drawInstant(t *rapid.T, label string) time.Time {
	return time.Unix(rapid.Int64Range(1104537600, 2840140800).Draw(t, label), 0).UTC()
}
