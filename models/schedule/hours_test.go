package schedule_test

import (
	"testing"
	"time"

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
