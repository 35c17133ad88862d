package schedule_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/models/schedule"
)

// Whatever is typed: no panic, what is accepted reads back as itself, and a refusal does not repeat what was typed.

func unrepeated(t *testing.T, typed string, err error) {
	t.Helper()
	if len(typed) > 24 && strings.Contains(err.Error(), typed) { // what is shorter may stand in a sentence of ours
		t.Fatalf("%q is repeated: %v", typed, err)
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{
		"FREQ=WEEKLY;BYDAY=TU;COUNT=6", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29,-1;BYDAY=MO,-1FR", "FREQ=DAILY;UNTIL=20261103",
		"FREQ=DAILY;UNTIL=20261103T230000Z", "FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO", "\xff;=",
	} {
		f.Add(s, int64(1792533600))
	}
	loc := zone(f, "America/New_York")
	parts := []string{"RRULE", "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY"}
	f.Fuzz(func(t *testing.T, s string, start int64) {
		rule, err := schedule.ParseRule(s)
		if err != nil {
			var wrong *schedule.RuleError
			if !errors.As(err, &wrong) || !slices.Contains(parts, wrong.Part) || !strings.HasPrefix(wrong.Detail, "expected ") {
				t.Fatalf("%q: %v", s, err)
			}
			unrepeated(t, s, err)
			return
		}
		again, err := schedule.ParseRule(rule.String())
		if err != nil || again.String() != rule.String() {
			t.Fatalf("%q became %q, then %q, %v", s, rule, again, err)
		}
		first := time.Unix(start%(1<<33), 0)
		series := schedule.Series{Start: schedule.LocalOf(first, loc), Zone: loc, Rule: &rule}
		found := series.Between(first, first.AddDate(1, 0, 0))
		if len(found) > 367 {
			t.Fatalf("%q has %d dates in a year", s, len(found))
		}
		if err := series.Validate(); err != nil && len(found) > 0 {
			t.Fatalf("%q is refused (%v) but has %v", s, err, found)
		}
	})
}

func FuzzParseLocal(f *testing.F) {
	for _, s := range []string{"2026-11-03T18:00", "2026-11-03T18:00:05", "2026-11-03T1:04:05.", "0000-00-00T00:00"} {
		f.Add(s)
	}
	loc := zone(f, "Africa/Cairo")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := schedule.ParseLocal(s)
		if err != nil {
			unrepeated(t, s, err)
			return
		}
		if again, err := schedule.ParseLocal(l.String()); err != nil || again != l {
			t.Fatalf("%q became %v, then %v, %v", s, l, again, err)
		}
		l.In(loc)
	})
}

func FuzzParseLead(f *testing.F) {
	for _, s := range []string{"2h", "30m", "1d", "1d@18:00", "0d@09:00", "0d", "9999999h", "d@"} {
		f.Add(s)
	}
	loc := zone(f, "America/New_York")
	at := instant(f, "2026-11-01T23:00:00Z")
	f.Fuzz(func(t *testing.T, s string) {
		lead, err := schedule.ParseLead(s)
		if err != nil {
			unrepeated(t, s, err)
			return
		}
		if again, err := schedule.ParseLead(lead.String()); err != nil || again != lead {
			t.Fatalf("%q became %v, then %v, %v", s, lead, again, err)
		}
		if before := at.Sub(lead.Moment(at, loc)); before > 16*24*time.Hour || before < -24*time.Hour {
			t.Fatalf("%q is %v before", s, before)
		}
	})
}

func FuzzParseException(f *testing.F) {
	for _, s := range []string{"2026-11-03T18:00", "20261103T180000", "2026-11-03T23:00:00Z", "20261103T230000Z", "20261103"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := schedule.ParseException(s)
		if err != nil {
			unrepeated(t, s, err)
			return
		}
		if again, err := schedule.ParseException(e.String()); err != nil || again != e {
			t.Fatalf("%q became %v, then %v, %v", s, e, again, err)
		}
	})
}

func FuzzParseTimeOfDay(f *testing.F) {
	for _, s := range []string{"00:00", "23:59", "24:00", "7:00", "18:00:00", "18.00", "-1:00", "18:60", "٠٠:٠٠", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := schedule.ParseTimeOfDay(s)
		hour, minute := 0, 0
		n, _ := fmt.Sscanf(s, "%d:%d", &hour, &minute)
		isTime := n == 2 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && s == fmt.Sprintf("%02d:%02d", hour, minute)
		if (err == nil) != isTime || isTime && (at.String() != s || int(at) != hour*60+minute) {
			t.Fatalf("%q is %v, %v", s, at, err)
		}
		if err != nil {
			unrepeated(t, s, err)
		}
	})
}

func FuzzParseWeek(f *testing.F) {
	for _, s := range []string{"2026-W47", "2026-W53", "2027-W53", "2026-W00", "2026-W54", "1970-W01", "2200-W52", "2026-47", "2026-w47",
		" 026-W47", "2026-W+1", "+026-W01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		week, err := schedule.ParseWeek(s)
		if err != nil {
			unrepeated(t, s, err)
			return
		}
		year, number := week.Start().In(time.UTC).ISOWeek()
		if again, err := schedule.ParseWeek(week.String()); err != nil || again != week || week.String() != s || s != fmt.Sprintf("%04d-W%02d", year, number) {
			t.Fatalf("%q became %v, then %v, %v", s, week, again, err)
		}
		last := week.Start().AddDays(6)
		if week.Start().Weekday() != time.Monday || schedule.WeekOf(last) != week || week.Next().Start() != last.AddDays(1) ||
			schedule.WeekOf(week.Next().Start()) == week {
			t.Fatalf("%q begins on %v and the next on %v", s, week.Start(), week.Next().Start())
		}
	})
}

// A name opens no file but a zone's, and nothing of it is kept that is no zone.
func FuzzLoadZone(f *testing.F) {
	for _, s := range []string{"America/New_York", "UTC", "Local", "", "../../etc/passwd", "America/../UTC", "/etc/localtime", "posix/UTC",
		"right/UTC", "america/new_york", "Etc/GMT+12",
		"America", "A\x00", "America/New_York\x00", "CON", "Zulu", "EST5EDT", strings.Repeat("A/", 32), "tzdata.zi", "Factory",
		"America/Argentina/ComodRivadavia"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		loc, err := schedule.LoadZone(s)
		if err != nil {
			unrepeated(t, s, err)
			return
		}
		again, err := schedule.LoadZone(s)
		if err != nil || again != loc || loc.String() != s || s == "Local" || strings.Contains(s, "..") || s[0] == '/' {
			t.Fatalf("%q is %v, then %v, %v", s, loc, again, err)
		}
		if _, err := time.LoadLocation(loc.String()); err != nil {
			t.Fatalf("%q is a zone to us and none to Go: %v", s, err)
		}
		noon := time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC)
		if back := schedule.LocalOf(noon, loc).In(loc); !back.Equal(noon) && schedule.LocalOf(back, loc) != schedule.LocalOf(noon, loc) {
			t.Fatalf("%v in %q is %v", noon, s, back)
		}
	})
}
