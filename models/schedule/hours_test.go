package schedule_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"handrail/models/schedule"
)

func TestHoursAreReadOnTheWallClockOfTheirZone(t *testing.T) {
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	evenings := schedule.Hours{{Days: weekdays, Start: 18 * 60, End: 22 * 60}}
	nights := schedule.Hours{{Days: []time.Weekday{time.Saturday}, Start: 22 * 60, End: 2 * 60}}
	sundays := schedule.Hours{{Days: []time.Weekday{time.Sunday}}}
	for _, c := range []struct {
		what  string
		hours schedule.Hours
		zone  string
		from  string
		long  time.Duration
		want  bool
	}{
		{"Friday at 6 in winter", evenings, "America/New_York", "2026-11-06T23:00:00Z", 1, true},
		{"Friday at 6 in summer", evenings, "America/New_York", "2026-10-30T22:00:00Z", 1, true},
		{"a moment before", evenings, "America/New_York", "2026-11-06T22:59:59Z", time.Second, false},
		{"their very end", evenings, "America/New_York", "2026-11-07T03:00:00Z", 1, false},
		{"Saturday", evenings, "America/New_York", "2026-11-07T23:00:00Z", 1, false},
		{"a session that runs into them", evenings, "America/New_York", "2026-11-06T20:00:00Z", 4 * time.Hour, true},
		{"a session that ends as they begin", evenings, "America/New_York", "2026-11-06T20:00:00Z", 3 * time.Hour, false},
		{"after midnight, the day before counts", nights, "America/New_York", "2026-11-08T06:30:00Z", 1, true},
		{"the night of another day", nights, "America/New_York", "2026-11-07T06:30:00Z", 1, false},
		{"a whole day", sundays, "America/New_York", "2026-11-08T05:00:00Z", 1, true},
		{"the day after", sundays, "America/New_York", "2026-11-09T05:00:00Z", 1, false},
		{"the hour that comes twice", schedule.Hours{{Days: []time.Weekday{time.Sunday}, Start: 90, End: 120}}, "America/New_York", "2026-11-01T06:45:00Z", 1, true},
		{"another zone", evenings, "Asia/Tokyo", "2026-11-06T09:00:00Z", 1, true},
		{"no hours at all", nil, "America/New_York", "2026-11-06T23:00:00Z", time.Hour, false},
	} {
		zone, err := schedule.LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.hours.Overlap(from, from.Add(c.long), zone); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

func TestHoursOpenWhereTheyNextBegin(t *testing.T) {
	evenings := schedule.Hours{{Days: []time.Weekday{time.Monday, time.Friday}, Start: 18 * 60, End: 22 * 60}}
	for _, c := range []struct {
		what, at, want string // want is empty: they are on, or never
		hours          schedule.Hours
	}{
		{"later today", "2026-11-06T14:00:00Z", "2026-11-06T23:00:00Z", evenings},
		{"they are on", "2026-11-06T23:00:00Z", "", evenings},
		{"from their very end to the next day of theirs", "2026-11-07T03:00:00Z", "2026-11-09T23:00:00Z", evenings},
		{"across a change of clocks", "2026-10-31T03:00:00Z", "2026-11-02T23:00:00Z", evenings},
		{"the one that begins first, in any order", "2026-11-06T14:00:00Z", "2026-11-06T17:00:00Z",
			append(slices.Clone(evenings), schedule.Window{Days: []time.Weekday{time.Friday}, Start: 12 * 60, End: 13 * 60})},
		{"the same day of the next week", "2026-11-07T03:00:00Z", "2026-11-13T23:00:00Z", schedule.Hours{{Days: []time.Weekday{time.Friday}, Start: 18 * 60, End: 22 * 60}}},
		{"an hour that a change of clocks swallows: the week after", "2027-03-13T12:00:00Z", "2027-03-21T06:15:00Z",
			schedule.Hours{{Days: []time.Weekday{time.Sunday}, Start: 2*60 + 15, End: 3*60 + 15}}},
		{"always on", "2026-11-06T14:00:00Z", "", schedule.Hours{{Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}}},
		{"no hours at all", "2026-11-06T14:00:00Z", "", nil},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if opens, ok := c.hours.Opening(at, zone(t, "America/New_York")); ok {
			got = opens.UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestBetweenNowAndTheirOpeningTheHoursAreOff(t *testing.T) {
	newYork, march := zone(t, "America/New_York"), time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, 24*60-1)
		var hours schedule.Hours
		for range rapid.IntRange(1, 3).Draw(t, "windows") {
			hours = append(hours, schedule.Window{Days: []time.Weekday{time.Weekday(rapid.IntRange(0, 6).Draw(t, "day"))},
				Start: schedule.TimeOfDay(minute.Draw(t, "start")), End: schedule.TimeOfDay(minute.Draw(t, "end"))})
		}
		now := march.Add(time.Duration(rapid.IntRange(0, 30*24*60).Draw(t, "minutes into March")) * time.Minute)
		opens, ok := hours.Opening(now, newYork)
		if on := hours.Hold(now, newYork); on == ok {
			t.Fatalf("they are on is %v, and an opening is found: %v", on, ok)
		}
		if ok && (!hours.Hold(opens, newYork) || hours.Overlap(now, opens, newYork)) {
			t.Fatalf("they do not open at %v", opens)
		}
	})
}
