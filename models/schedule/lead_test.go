package schedule_test

import (
	"testing"
	"time"

	"handrail/models/schedule"
)

func TestT5_ADayBeforeIsNot24HoursBefore(t *testing.T) {
	ny := zone(t, "America/New_York")
	for _, c := range []struct{ lead, at, want string }{
		{"1d", "2026-11-01T18:00", "2026-10-31T22:00:00Z"},
		{"24h", "2026-11-01T18:00", "2026-10-31T23:00:00Z"},
		{"1d@18:00", "2026-11-01T09:00", "2026-10-31T22:00:00Z"},
		{"0d@09:00", "2026-11-01T18:00", "2026-11-01T14:00:00Z"},
		{"0d@19:00", "2026-11-01T18:00", "2026-11-02T00:00:00Z"},
		{"14d", "2026-11-01T18:00", "2026-10-18T22:00:00Z"},
		{"90m", "2027-03-14T03:30", "2027-03-14T06:00:00Z"},
		{"1d", "2027-03-15T02:30", "2027-03-14T07:30:00Z"}, // 02:30 is skipped the day before
		{"1d", "2026-11-02T01:30", "2026-11-01T05:30:00Z"}, // 01:30 happens twice the day before
	} {
		got := leads(t, c.lead)[0].Moment(local(t, c.at).In(ny), ny)
		if got.Format(time.RFC3339) != c.want || got.Location() != time.UTC {
			t.Errorf("%s before %s: got %v, want %s", c.lead, c.at, got, c.want)
		}
	}
}

func TestLeadsHaveOneSpelling(t *testing.T) {
	for s, want := range map[string]string{
		"5m": "5m", "30m": "30m", "90m": "90m", "120m": "2h", "2h": "2h", "24h": "24h", "336h": "336h", "20160m": "336h",
		"1d": "1d", "14d": "14d", "1d@18:00": "1d@18:00", "0d@09:00": "0d@09:00", "14d@00:00": "14d@00:00", "01h": "1h",
	} {
		lead := leads(t, s)[0]
		if lead.String() != want || lead != leads(t, want)[0] {
			t.Errorf("%s: got %v, want %s", s, lead, want)
		}
	}
	if leads(t, "24h")[0] == leads(t, "1d")[0] {
		t.Error("24h and 1d are not the same lead")
	}
}

func TestLeadsAreFiveMinutesToFourteenDays(t *testing.T) {
	for _, s := range []string{
		"", "m", "h", "d", "4m", "0m", "0h", "0d", "15d", "15d@18:00", "337h", "20161m", "-1h", "+1h", "1.5h", "1h30m", "1 h", "2H",
		"1d@", "1d@24:00", "1d@6:00", "@18:00", "d@18:00", "1d@18:00@18:00", "-1d@18:00", "1w", "30", "30s", "99999999999999999999h",
	} {
		if got, err := schedule.ParseLead(s); err == nil {
			t.Errorf("%q: accepted as %v", s, got)
		}
	}
}

func TestDefaultLeads(t *testing.T) {
	check := func(got, want []schedule.Lead) {
		t.Helper()
		if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check(schedule.SessionLeads(), leads(t, "1d", "2h"))
	check(schedule.HomeworkLeads(), leads(t, "1d@18:00", "3h"))
}
