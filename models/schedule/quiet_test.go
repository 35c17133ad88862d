package schedule_test

import (
	"testing"
	"time"

	"handrail/models/schedule"

	"pgregory.net/rapid"
)

func quiet(t testing.TB, start, end string) schedule.Quiet {
	t.Helper()
	s, err := schedule.ParseTimeOfDay(start)
	if err != nil {
		t.Fatal(err)
	}
	e, err := schedule.ParseTimeOfDay(end)
	if err != nil {
		t.Fatal(err)
	}
	return schedule.Quiet{Start: s, End: e}
}

func TestQuietHoursFollowTheWallClock(t *testing.T) {
	for _, c := range []struct{ name, zone, start, end, at, from, to string }{
		{"their first moment", "America/New_York", "22:00", "07:00", "2026-07-02T02:00:00Z", "2026-07-02T02:00:00Z", "2026-07-02T11:00:00Z"},
		{"past midnight", "America/New_York", "22:00", "07:00", "2026-07-02T10:59:59Z", "2026-07-02T02:00:00Z", "2026-07-02T11:00:00Z"},
		{"their end is outside", "America/New_York", "22:00", "07:00", "2026-07-02T11:00:00Z", "", ""},
		{"just before", "America/New_York", "22:00", "07:00", "2026-07-02T01:59:59Z", "", ""},
		{"an hour longer in autumn", "America/New_York", "22:00", "07:00", "2026-11-01T06:30:00Z", "2026-11-01T02:00:00Z", "2026-11-01T12:00:00Z"},
		{"an hour shorter in spring", "America/New_York", "22:00", "07:00", "2027-03-14T08:00:00Z", "2027-03-14T03:00:00Z", "2027-03-14T11:00:00Z"},
		{"an edge in the gap", "America/New_York", "22:00", "02:30", "2027-03-14T07:29:00Z", "2027-03-14T03:00:00Z", "2027-03-14T07:30:00Z"},
		{"not over midnight", "America/New_York", "13:00", "15:00", "2026-07-02T18:00:00Z", "2026-07-02T17:00:00Z", "2026-07-02T19:00:00Z"},
		{"from midnight", "Africa/Cairo", "00:00", "06:00", "2027-04-29T22:10:00Z", "2027-04-29T22:00:00Z", "2027-04-30T03:00:00Z"},
		{"until midnight", "UTC", "20:00", "00:00", "2026-07-02T23:59:59Z", "2026-07-02T20:00:00Z", "2026-07-03T00:00:00Z"},
		{"until midnight, not at it", "UTC", "20:00", "00:00", "2026-07-03T00:00:00Z", "", ""},
		{"a night that lost a day", "Pacific/Apia", "22:00", "07:00", "2011-12-30T13:00:00Z", "2011-12-30T08:00:00Z", "2011-12-30T17:00:00Z"},
		{"none", "UTC", "00:00", "00:00", "2026-07-03T00:00:00Z", "", ""},
		{"none at any hour", "UTC", "09:00", "09:00", "2026-07-03T09:00:00Z", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start, end, inside := quiet(t, c.start, c.end).Span(instant(t, c.at), zone(t, c.zone))
			if inside != (c.from != "") {
				t.Fatalf("inside = %v (%v to %v)", inside, start, end)
			}
			if inside && (start != instant(t, c.from) || end != instant(t, c.to)) {
				t.Errorf("got %v to %v", start, end)
			}
			if !inside && !(start.IsZero() && end.IsZero()) {
				t.Errorf("outside, but %v to %v", start, end)
			}
		})
	}
}

// What the clock on the wall shows decides, wherever no change of clocks is near.
func TestQuietHoursAgreeWithTheClockOnTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, at, q := drawZone(t), drawInstant(t, "at"), drawQuiet(t)
		start, end, inside := q.Span(at, loc)
		if inside && (at.Before(start) || !at.Before(end)) {
			t.Fatalf("%v is not within %v to %v", at, start, end)
		}
		_, before := at.Add(-50 * time.Hour).In(loc).Zone()
		_, after := at.Add(50 * time.Hour).In(loc).Zone()
		shown := at.In(loc)
		minute := schedule.TimeOfDay(shown.Hour()*60 + shown.Minute())
		want := minute >= q.Start && minute < q.End
		if q.End < q.Start {
			want = minute >= q.Start || minute < q.End
		}
		if before == after && inside != want {
			t.Fatalf("%v at %v: inside = %v", q, shown, inside)
		}
	})
}

func drawQuiet(t *rapid.T) schedule.Quiet {
	start := rapid.IntRange(0, 1439).Draw(t, "quiet from")
	length := rapid.IntRange(0, 20*60).Draw(t, "quiet minutes")
	return schedule.Quiet{Start: schedule.TimeOfDay(start), End: schedule.TimeOfDay((start + length) % 1440)}
}

func TestLateSendsWaitForTheMorningUnlessItWouldBeTooLate(t *testing.T) {
	p := schedule.Person{Zone: zone(t, "America/New_York"), Quiet: quiet(t, "22:00", "07:00")}
	for _, c := range []struct{ name, now, about, want string }{
		{"P2 in the night: at the end of quiet hours", "2026-07-02T07:00:00Z", "2026-07-09T22:00:00Z", "2026-07-02T11:00:00Z"},
		{"by day: now", "2026-07-02T15:00:00Z", "2026-07-09T22:00:00Z", "2026-07-02T15:00:00Z"},
		{"as quiet hours end: now", "2026-07-02T11:00:00Z", "2026-07-09T22:00:00Z", "2026-07-02T11:00:00Z"},
		{"starts two hours after them: now", "2026-07-02T07:00:00Z", "2026-07-02T13:00:00Z", "2026-07-02T07:00:00Z"},
		{"starts a second later: it can wait", "2026-07-02T07:00:00Z", "2026-07-02T13:00:01Z", "2026-07-02T11:00:00Z"},
		{"starts in the night: now", "2026-07-02T07:00:00Z", "2026-07-02T08:00:00Z", "2026-07-02T07:00:00Z"},
	} {
		if got := schedule.SendAt(instant(t, c.now), instant(t, c.about), p); got != instant(t, c.want) {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
}
