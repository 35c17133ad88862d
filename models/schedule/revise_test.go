package schedule_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/models/schedule"
)

func mustLocal(t *testing.T, s string) schedule.Local {
	t.Helper()
	l, err := schedule.ParseLocal(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func locals(t *testing.T, list ...string) []schedule.Local {
	t.Helper()
	found := make([]schedule.Local, len(list))
	for i, s := range list {
		found[i] = mustLocal(t, s+":00")
	}
	return found
}

func weekly(t *testing.T, start, rule string, except ...string) schedule.Series {
	t.Helper()
	zone, err := schedule.LoadZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := schedule.ParseRule(rule)
	if err != nil {
		t.Fatal(err)
	}
	s := schedule.Series{Start: mustLocal(t, start), Zone: zone, Rule: &parsed}
	for _, text := range except {
		e, err := schedule.ParseException(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Except = append(s.Except, e)
	}
	return s
}

func dates(s schedule.Series) []string {
	list := []string{}
	for _, o := range s.Between(s.Start.In(s.Zone).AddDate(-1, 0, 0), s.Start.In(s.Zone).AddDate(0, 6, 0)) {
		list = append(list, o.Local.String()[5:16])
	}
	return list
}

func TestASeriesThatGoesOnFromADateHasTheDatesThatWereLeft(t *testing.T) {
	for _, c := range []struct{ start, rule, from string }{
		{"2026-10-20T18:00", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8", "2026-11-03T18:00"},
		{"2026-10-20T18:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4", "2026-11-03T18:00"},
		{"2026-10-20T18:00", "FREQ=WEEKLY;UNTIL=20261117", "2026-10-28T00:00"},
		{"2026-08-31T10:00", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "2026-09-30T00:00"},
		{"2026-10-20T18:00", "FREQ=DAILY;INTERVAL=3;COUNT=9", "2026-10-27T12:00"},
	} {
		whole := weekly(t, c.start, c.rule, "2026-11-10T18:00")
		rest, ok := whole.From(mustLocal(t, c.from))
		if !ok || rest.Validate() != nil {
			t.Errorf("%s: %v", c.rule, rest.Validate())
			continue
		}
		want := slices.DeleteFunc(dates(whole), func(d string) bool { return d < c.from[5:] })
		if diff := cmp.Diff(want, dates(rest)); diff != "" {
			t.Errorf("%s: %s", c.rule, diff)
		}
	}
	if _, ok := weekly(t, "2026-10-20T18:00", "FREQ=WEEKLY;COUNT=2").From(mustLocal(t, "2026-10-28T00:00")); ok {
		t.Error("a rule that is over goes on")
	}
}

func TestAtAnotherTimeOfDayTheDatesTakenOutStayOut(t *testing.T) {
	for _, except := range []string{"2026-11-03T18:00", "2026-11-03T23:00:00Z"} {
		s := weekly(t, "2026-10-27T18:00", "FREQ=WEEKLY;COUNT=3", except).MovedTo(mustLocal(t, "2026-10-27T19:30"))
		if diff := cmp.Diff([]string{"10-27T19:30", "11-10T19:30"}, dates(s)); diff != "" {
			t.Errorf("%s: %s", except, diff)
		}
	}
}

func TestWhatTakesNoDateOutTakesNoneOutAtAnotherTime(t *testing.T) {
	for _, except := range []string{"2026-11-03T17:00", "2026-11-03T22:00:00Z"} {
		s := weekly(t, "2026-10-27T18:00", "FREQ=WEEKLY;COUNT=3", except).MovedTo(mustLocal(t, "2026-10-27T19:30"))
		if diff := cmp.Diff([]string{"10-27T19:30", "11-03T19:30", "11-10T19:30"}, dates(s)); diff != "" {
			t.Errorf("%s: %s", except, diff)
		}
	}
}

func TestASeriesThatEndsBeforeADateKeepsTheOnesBeforeIt(t *testing.T) {
	s := weekly(t, "2026-10-20T18:00", "FREQ=WEEKLY;COUNT=6")
	ended := s.EndedBefore(mustLocal(t, "2026-11-10T18:00").In(s.Zone))
	if diff := cmp.Diff(dates(s)[:3], dates(ended)); diff != "" {
		t.Error(diff)
	}
	if again, err := schedule.ParseRule(ended.Rule.String()); err != nil || again.String() != ended.Rule.String() {
		t.Errorf("%s does not read back: %v", ended.Rule, err)
	}
}

func TestDatesMoveWithinTheirWeekAndOnlyWhatIsLeftOverEndsOrBegins(t *testing.T) {
	for _, c := range []struct {
		what     string
		old, now []string
		want     []int
		later    int
	}{
		{what: "Sundays become Mondays", old: []string{"2026-11-08T18:00", "2026-11-15T18:00"}, now: []string{"2026-11-09T18:00", "2026-11-16T18:00"}, want: []int{0, 1}, later: 1},
		{what: "and Mondays Sundays", old: []string{"2026-11-09T18:00", "2026-11-16T18:00"}, now: []string{"2026-11-08T18:00", "2026-11-15T18:00"}, want: []int{0, 1}, later: -1},
		{what: "on one day before in one week", old: []string{"2026-11-03T18:00", "2026-11-05T18:00"}, now: []string{"2026-11-05T19:00"}, want: []int{-1, 0}, later: 2},
		{what: "another time", old: []string{"2026-11-03T18:00", "2026-11-10T18:00"}, now: []string{"2026-11-03T19:00", "2026-11-10T19:00"}, want: []int{0, 1}},
		{what: "another day", old: []string{"2026-11-03T18:00", "2026-11-10T18:00"}, now: []string{"2026-11-04T18:00", "2026-11-11T18:00"}, want: []int{0, 1}},
		{what: "Sunday is the week's last day", old: []string{"2026-11-08T18:00"}, now: []string{"2026-11-09T18:00"}, want: []int{-1}},
		{what: "one evening fewer", old: []string{"2026-11-03T18:00", "2026-11-05T18:00"}, now: []string{"2026-11-05T18:00"}, want: []int{-1, 0}},
		{what: "one evening more", old: []string{"2026-11-03T18:00"}, now: []string{"2026-11-03T18:00", "2026-11-05T18:00"}, want: []int{0}},
		{what: "equal ones first", old: []string{"2026-11-03T18:00", "2026-11-05T18:00"}, now: []string{"2026-11-05T18:00", "2026-11-06T18:00"}, want: []int{1, 0}},
		{what: "every other week", old: []string{"2026-11-03T18:00", "2026-11-10T18:00", "2026-11-17T18:00"}, now: []string{"2026-11-03T18:00", "2026-11-17T18:00"}, want: []int{0, -1, 1}},
		{what: "nothing left", old: []string{"2026-11-03T18:00"}, now: nil, want: []int{-1}},
	} {
		if diff := cmp.Diff(c.want, schedule.Rearrange(locals(t, c.old...), locals(t, c.now...), c.later)); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

func TestWeeksAreThoseOfISO8601(t *testing.T) {
	for text, monday := range map[string]string{"2026-W47": "2026-11-16", "2027-W01": "2027-01-04", "2026-W53": "2026-12-28", "2026-W01": "2025-12-29"} {
		week, err := schedule.ParseWeek(text)
		if err != nil || week.Start().Date() != monday || schedule.WeekOf(week.Start().AddDays(6)).String() != text {
			t.Errorf("%s begins %s, %v", text, week.Start().Date(), err)
		}
	}
	for _, text := range []string{"", "2026-W00", "2026-W54", "2025-W53", "2026W47", "2026-W4", "2026-w47", "26-W47", "2026-W+4", " 026-W47", "9999-W01"} {
		if _, err := schedule.ParseWeek(text); err == nil {
			t.Errorf("%q is taken for a week", text)
		}
	}
	if got := schedule.WeekOf(mustLocal(t, "2026-11-01T23:59")); got.Next().Start() != got.Start().AddDays(7) {
		t.Error("a week is not seven days")
	}
}
