package schedule_test

import (
	"testing"
	"time"

	"handrail/models/schedule"
)

// Whatever is typed: no panic, and what is accepted reads back as itself.

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{
		"FREQ=WEEKLY;BYDAY=TU;COUNT=6", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29,-1;BYDAY=MO,-1FR", "FREQ=DAILY;UNTIL=20261103",
		"FREQ=DAILY;UNTIL=20261103T230000Z", "FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO", "\xff;=",
	} {
		f.Add(s, int64(1792533600))
	}
	loc := zone(f, "America/New_York")
	f.Fuzz(func(t *testing.T, s string, start int64) {
		rule, err := schedule.ParseRule(s)
		if err != nil {
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
			return
		}
		if again, err := schedule.ParseException(e.String()); err != nil || again != e {
			t.Fatalf("%q became %v, then %v, %v", s, e, again, err)
		}
	})
}
