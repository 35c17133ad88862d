package schedule_test

import (
	"testing"
	"time"

	"handrail/models/schedule"

	"pgregory.net/rapid"
)

func TestT1toT4_ChangesOfClocksFollowRFC5545(t *testing.T) {
	for _, c := range []struct{ name, zone, local, want string }{
		{"T1 twice: the first", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		{"just before it is twice", "America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z"},
		{"just after it was twice", "America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z"},
		{"T2 skipped: the offset before", "America/New_York", "2027-03-14T02:30", "2027-03-14T07:30:00Z"},
		{"the first skipped second", "America/New_York", "2027-03-14T02:00", "2027-03-14T07:00:00Z"},
		{"the last second before", "America/New_York", "2027-03-14T01:59:59", "2027-03-14T06:59:59Z"},
		{"the first second after", "America/New_York", "2027-03-14T03:00", "2027-03-14T07:00:00Z"},
		{"T3 half an hour", "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z"},
		{"half an hour twice", "Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45:00Z"},
		{"T4 midnight skipped", "Africa/Cairo", "2027-04-30T00:30", "2027-04-29T22:30:00Z"},
		{"midnight twice", "America/Havana", "2026-11-01T00:30", "2026-11-01T04:30:00Z"},
		{"two hours", "Antarctica/Troll", "2027-03-28T02:30", "2027-03-28T02:30:00Z"},
		{"a whole day skipped", "Pacific/Apia", "2011-12-30T10:00", "2011-12-30T20:00:00Z"},
		{"no changes", "Asia/Kathmandu", "2026-07-01T12:00", "2026-07-01T06:15:00Z"},
		{"the last day of a leap year", "America/New_York", "2028-12-31T18:00", "2028-12-31T23:00:00Z"},
		{"and beyond the tables", "America/New_York", "2040-12-31T18:00", "2040-12-31T23:00:00Z"},
		{"the first day after one", "Australia/Lord_Howe", "2041-01-01T00:30", "2040-12-31T13:30:00Z"},
		{"utc", "UTC", "2026-07-01T12:00:01", "2026-07-01T12:00:01Z"},
		{"beyond the tables", "America/New_York", "2150-07-01T12:00", "2150-07-01T16:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := local(t, c.local).In(zone(t, c.zone))
			if got.Format(time.RFC3339) != c.want || got.Location() != time.UTC {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

// No valid wall time is moved: what a clock shows is found again, at the first
// moment it shows it.
func TestEveryShownTimeIsFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, at := drawZone(t), drawInstant(t, "at")
		shown := schedule.LocalOf(at, loc)
		found := shown.In(loc)
		if schedule.LocalOf(found, loc) != shown {
			t.Fatalf("%v in %v is shown as %v", shown, loc, schedule.LocalOf(found, loc))
		}
		if found.After(at) {
			t.Fatalf("%v in %v is shown at %v already, found at %v", shown, loc, at, found)
		}
		// Outside of changes of clocks the standard library agrees.
		_, before := at.Add(-30 * time.Hour).In(loc).Zone()
		_, after := at.Add(30 * time.Hour).In(loc).Zone()
		if before == after && !found.Equal(at) {
			t.Fatalf("%v in %v moved from %v to %v", shown, loc, at, found)
		}
	})
}

func TestASkippedTimeMovesByTheLengthOfTheGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		_, change := drawInstant(t, "at").In(loc).ZoneBounds()
		if change.IsZero() {
			t.Skip("no more changes")
		}
		_, before := change.Add(-time.Second).Zone()
		_, after := change.Zone()
		gap := time.Duration(after-before) * time.Second
		if gap <= 0 {
			t.Skip("no gap")
		}
		into := time.Duration(rapid.Int64Range(0, int64(gap/time.Second)-1).Draw(t, "into")) * time.Second
		skipped := schedule.LocalOf(change, loc).Add(into - gap)
		if got := skipped.In(loc); !got.Equal(change.Add(into)) {
			t.Fatalf("%v in %v resolved to %v, want %v", skipped, loc, got, change.Add(into))
		}
	})
}

func TestLocalIsReadAndWritten(t *testing.T) {
	for s, want := range map[string]string{
		"2026-11-03T18:00":    "2026-11-03T18:00:00",
		"2026-11-03T18:00:05": "2026-11-03T18:00:05",
		"2028-02-29T00:00":    "2028-02-29T00:00:00",
		"1970-01-01T00:00":    "1970-01-01T00:00:00",
		"2200-12-31T23:59:59": "2200-12-31T23:59:59",
	} {
		if got := local(t, s).String(); got != want {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
	}
	for _, s := range []string{
		"", "2026-11-03", "18:00", "2026-11-03 18:00", "2026-11-03T18:00Z", "2026-11-03T18:00:00Z", "2026-11-03T18:00-05:00",
		"2026-11-03T24:00", "2026-11-03T18:60", "2026-11-03T23:59:60", "2026-02-29T10:00", "2026-13-01T10:00", "2026-11-31T10:00",
		"1969-12-31T23:59", "2201-01-01T00:00", "0000-01-01T00:00", "2026-11-03T1:04:05.", "2026-11-03T1:00:000",
		"2026-11-03T18:00:00.5", "2026-11-03t18:00", " 2026-11-03T18:00", "2026-11-03T18:00\n", "２026-11-03T18:00",
	} {
		if got, err := schedule.ParseLocal(s); err == nil {
			t.Errorf("%q: accepted as %v", s, got)
		}
	}
}

func TestLocalArithmeticKnowsNoZone(t *testing.T) {
	l := local(t, "2026-10-31T18:00:30")
	six, err := schedule.ParseTimeOfDay("06:05")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"AddDays", l.AddDays(1).String(), "2026-11-01T18:00:30"},
		{"AddDays back", l.AddDays(-31).String(), "2026-09-30T18:00:30"},
		{"Add", l.Add(24*time.Hour + time.Millisecond).String(), "2026-11-01T18:00:30"},
		{"At", l.At(six).String(), "2026-10-31T06:05:00"},
		{"Date", l.Date(), "2026-10-31"},
		{"Weekday", l.Weekday().String(), "Saturday"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
	if !l.Before(l.Add(time.Second)) || l.Before(l) {
		t.Error("Before")
	}
	if l != local(t, "2026-10-31T18:00").Add(30*time.Second) {
		t.Error("equal local times differ")
	}
	if l.IsZero() || !(schedule.Local{}).IsZero() {
		t.Error("IsZero")
	}
}

func TestTimesOfDay(t *testing.T) {
	for _, s := range []string{"00:00", "06:30", "18:00", "23:59"} {
		if got, err := schedule.ParseTimeOfDay(s); err != nil || got.String() != s {
			t.Errorf("%s: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "24:00", "6:30", "06:60", "06:3", "6pm", "06:30:00", "-1:00", "18:00 "} {
		if got, err := schedule.ParseTimeOfDay(s); err == nil {
			t.Errorf("%q: accepted as %v", s, got)
		}
	}
}
