package schedule_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/models/schedule"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSeriesKeepTheirWallClock(t *testing.T) {
	for _, c := range []struct{ name, start, zone, rule, want string }{
		{"T6 weekly across the change of clocks", "2026-10-20T18:00", "America/New_York", "FREQ=WEEKLY;BYDAY=TU;COUNT=6",
			"2026-10-20T22:00:00Z 2026-10-27T22:00:00Z 2026-11-03T23:00:00Z 2026-11-10T23:00:00Z 2026-11-17T23:00:00Z 2026-11-24T23:00:00Z"},
		{"T6 the weekday is the start's", "2026-10-27T18:00", "America/New_York", "FREQ=WEEKLY;COUNT=2",
			"2026-10-27T22:00:00Z 2026-11-03T23:00:00Z"},
		{"T7 UNTIL includes its instant", "2026-10-20T18:00", "America/New_York", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261103T230000Z",
			"2026-10-20T22:00:00Z 2026-10-27T22:00:00Z 2026-11-03T23:00:00Z"},
		{"T7 a second less", "2026-10-20T18:00", "America/New_York", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261103T225959Z",
			"2026-10-20T22:00:00Z 2026-10-27T22:00:00Z"},
		{"T7 UNTIL a date includes that local day", "2026-10-20T23:30", "America/New_York", "FREQ=WEEKLY;UNTIL=20261103",
			"2026-10-21T03:30:00Z 2026-10-28T03:30:00Z 2026-11-04T04:30:00Z"},
		{"T1 daily through the hour that comes twice", "2026-10-31T01:30", "America/New_York", "FREQ=DAILY;COUNT=3",
			"2026-10-31T05:30:00Z 2026-11-01T05:30:00Z 2026-11-02T06:30:00Z"},
		{"T2 daily through the hour that is skipped", "2027-03-13T02:30", "America/New_York", "FREQ=DAILY;COUNT=3",
			"2027-03-13T07:30:00Z 2027-03-14T07:30:00Z 2027-03-15T06:30:00Z"},
		{"T4 the day is kept", "2027-04-29T00:30", "Africa/Cairo", "FREQ=DAILY;COUNT=3",
			"2027-04-28T22:30:00Z 2027-04-29T22:30:00Z 2027-04-30T21:30:00Z"},
		{"T9 months without a 31st are skipped", "2027-01-31T10:00", "UTC", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
			"2027-01-31T10:00:00Z 2027-03-31T10:00:00Z 2027-05-31T10:00:00Z"},
		{"T9 also when the day is the start's", "2027-01-31T10:00", "UTC", "FREQ=MONTHLY;COUNT=2",
			"2027-01-31T10:00:00Z 2027-03-31T10:00:00Z"},
		{"the last day of each month", "2027-01-31T10:00", "UTC", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
			"2027-01-31T10:00:00Z 2027-02-28T10:00:00Z 2027-03-31T10:00:00Z"},
		{"the second Tuesday and the last Friday", "2026-11-10T10:00", "UTC", "FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=3",
			"2026-11-10T10:00:00Z 2026-11-27T10:00:00Z 2026-12-08T10:00:00Z"},
		{"every Monday or the second Tuesday", "2026-11-09T10:00", "UTC", "FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=4",
			"2026-11-09T10:00:00Z 2026-11-10T10:00:00Z 2026-11-16T10:00:00Z 2026-11-23T10:00:00Z"},
		{"Friday the 13th", "2026-11-13T10:00", "UTC", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2",
			"2026-11-13T10:00:00Z 2027-08-13T10:00:00Z"},
		{"every other week begins on Monday", "2026-12-30T10:00", "UTC", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO,WE;COUNT=5",
			"2026-12-30T10:00:00Z 2027-01-03T10:00:00Z 2027-01-11T10:00:00Z 2027-01-13T10:00:00Z 2027-01-17T10:00:00Z"},
		{"workdays", "2026-10-30T10:00", "UTC", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=2",
			"2026-10-30T10:00:00Z 2026-11-02T10:00:00Z"},
		{"leap days", "2028-02-29T10:00", "UTC", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=29;COUNT=2",
			"2028-02-29T10:00:00Z 2032-02-29T10:00:00Z"},
		{"a skipped day is not a second session", "2011-12-28T10:00", "Pacific/Apia", "FREQ=DAILY;COUNT=5",
			"2011-12-28T20:00:00Z 2011-12-29T20:00:00Z 2011-12-30T20:00:00Z 2011-12-31T20:00:00Z"},
		{"a single date", "2027-03-14T02:30", "America/New_York", "", "2027-03-14T07:30:00Z"},
		{"nothing beyond the year 2200", "2200-12-30T10:00", "UTC", "FREQ=DAILY", "2200-12-30T10:00:00Z 2200-12-31T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.Fields(c.want), all(t, series(t, c.start, c.zone, c.rule))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestT8_ExceptionsMatchTheWallClockOrTheInstant(t *testing.T) {
	const dropped, kept = 5, 6
	for except, want := range map[string]int{
		"2026-11-03T18:00": dropped, "2026-11-03T18:00:00": dropped, "20261103T180000": dropped,
		"2026-11-03T23:00:00Z": dropped, "20261103T230000Z": dropped,
		"20261103T220000Z": kept, "2026-11-03T22:00:00Z": kept, "2026-11-03T18:01": kept, "2026-11-04T18:00": kept,
	} {
		s := series(t, "2026-10-20T18:00", "America/New_York", "FREQ=WEEKLY;BYDAY=TU;COUNT=6", except)
		if got := len(all(t, s)); got != want {
			t.Errorf("without %s: %d occurrences, want %d", except, got, want)
		}
	}
	s := series(t, "2026-10-20T18:00", "America/New_York", "", "2026-10-20T18:00")
	if got := all(t, s); got != nil {
		t.Errorf("a single date taken out is still there: %v", got)
	}
}

func TestExceptionsHaveOneSpelling(t *testing.T) {
	for s, want := range map[string]string{
		"2026-11-03T18:00": "2026-11-03T18:00:00", "20261103T180000": "2026-11-03T18:00:00",
		"20261103T230000Z": "2026-11-03T23:00:00Z", "2026-11-03T23:00:00Z": "2026-11-03T23:00:00Z",
	} {
		if e, err := schedule.ParseException(s); err != nil || e.String() != want {
			t.Errorf("%s: got %v, %v", s, e, err)
		}
	}
	for _, s := range []string{"", "20261103", "2026-11-03", "2026-11-03T18:00-05:00", "2026-11-03T23:00Z", "2026-11-03T23:00:00.0Z",
		"2026-11-03T23:00:00z", "20261103T2300", "20261103T230000Z,20261104T230000Z", "99991103T230000Z"} {
		e, err := schedule.ParseException(s)
		var ruleErr *schedule.RuleError
		if !errors.As(err, &ruleErr) || ruleErr.Part != "EXDATE" {
			t.Errorf("%q: got %v, %v", s, e, err)
		}
	}
}

func TestAQuestionIsHalfOpen(t *testing.T) {
	s := series(t, "2026-10-20T18:00", "America/New_York", "FREQ=WEEKLY")
	second := instant(t, "2026-10-27T22:00:00Z")
	third := instant(t, "2026-11-03T23:00:00Z")
	got := s.Between(second, third)
	if len(got) != 1 || got[0].At != second || got[0].Local != local(t, "2026-10-27T18:00") {
		t.Errorf("got %v", got)
	}
	if got := s.Between(third, second); got != nil {
		t.Errorf("an empty question found %v", got)
	}
}

func TestTheSkippedDayGoesUnderTheDateThatExists(t *testing.T) {
	s := series(t, "2011-12-28T10:00", "Pacific/Apia", "FREQ=DAILY")
	at := instant(t, "2011-12-30T20:00:00Z")
	for _, from := range []time.Time{at, at.Add(-72 * time.Hour)} {
		got := s.Between(from, at.Add(time.Second))
		if last := got[len(got)-1]; last.Local != local(t, "2011-12-31T10:00") {
			t.Errorf("got %v", got)
		}
	}
}

func TestSeriesThatCannotBeMeantAreRefused(t *testing.T) {
	for _, c := range []struct{ start, rule, part, detail string }{
		{"2026-10-21T18:00", "FREQ=WEEKLY;BYDAY=TU", "DTSTART", "the next is 2026-10-27"},
		{"2026-10-21T18:00", "FREQ=WEEKLY;INTERVAL=4;BYDAY=TU", "DTSTART", "the next is 2026-10-27"},
		{"2026-10-24T18:00", "FREQ=DAILY;BYDAY=MO", "DTSTART", "the next is 2026-10-26"},
		{"2026-11-30T18:00", "FREQ=MONTHLY;BYMONTHDAY=31", "DTSTART", "the next is 2026-12-31"},
		{"2026-11-11T18:00", "FREQ=MONTHLY;BYDAY=2TU", "DTSTART", "the next is 2026-12-08"},
		{"2027-03-01T18:00", "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=-4MO", "DTSTART", "the next is 2038-02-01"},
		{"2026-10-20T18:00", "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO", "RRULE", "never"},
		{"2026-10-20T18:00", "FREQ=WEEKLY;UNTIL=20261020T215959Z", "UNTIL", "2026-10-20T18:00:00"},
		{"2026-10-20T18:00", "FREQ=WEEKLY;UNTIL=20261019", "UNTIL", "2026-10-20T18:00:00"},
	} {
		s := series(t, c.start, "America/New_York", c.rule)
		var ruleErr *schedule.RuleError
		if err := s.Validate(); !errors.As(err, &ruleErr) || ruleErr.Part != c.part || !strings.Contains(ruleErr.Detail, c.detail) {
			t.Errorf("%s from %s: got %v, want %s … %s", c.rule, c.start, err, c.part, c.detail)
		}
		if got := s.Between(instant(t, "2026-01-01T00:00:00Z"), instant(t, "2100-01-01T00:00:00Z")); got != nil {
			t.Errorf("%s from %s: refused, but has %v", c.rule, c.start, got[0])
		}
	}
	valid := series(t, "2026-10-20T18:00", "UTC", "FREQ=WEEKLY;COUNT=1", "2026-10-20T18:00")
	for name, s := range map[string]schedule.Series{
		"TZID":    {Start: valid.Start},
		"DTSTART": {Zone: time.UTC},
		"RRULE":   {Start: valid.Start, Zone: time.UTC, Rule: &schedule.Rule{}},
	} {
		var ruleErr *schedule.RuleError
		if err := s.Validate(); !errors.As(err, &ruleErr) || ruleErr.Part != name {
			t.Errorf("%s: got %v", name, err)
		}
		if got := s.Between(time.Time{}, instant(t, "2100-01-01T00:00:00Z")); got != nil {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if err := valid.Validate(); err != nil {
		t.Errorf("nothing left after exceptions: %v", err)
	}
}

func TestT11_NoQuestionIsTooLarge(t *testing.T) {
	ever := time.Unix(math.MaxInt64-62135596801, 999999999)
	never := time.Unix(math.MinInt64, 0)
	for _, rule := range []string{
		"FREQ=DAILY", "FREQ=DAILY;INTERVAL=99", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "FREQ=MONTHLY;COUNT=1000",
		"FREQ=MONTHLY;INTERVAL=96;BYMONTHDAY=29;BYDAY=-1TH,-2TH,1TH", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU,1MO",
	} {
		s := series(t, "1996-02-29T10:00", "UTC", rule)
		for _, q := range [][2]time.Time{{never, ever}, {time.Time{}, ever}, {ever, ever}, {ever.Add(-time.Hour), ever}, {never, never.Add(1)}} {
			if got := len(s.Between(q[0], q[1])); got > 20_000 {
				t.Errorf("%s: %d dates", rule, got)
			}
		}
	}
	// A window long after the start is answered all the same.
	s := series(t, "1970-01-01T10:00", "UTC", "FREQ=DAILY")
	if got := s.Between(instant(t, "2199-01-01T00:00:00Z"), instant(t, "2199-01-31T00:00:00Z")); len(got) != 30 {
		t.Errorf("%d dates in 30 days", len(got))
	}
}

// The dates are those that a patient person finds with a paper calendar.
func TestExpansionAgreesWithAPaperCalendar(t *testing.T) {
	codes := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	rapid.Check(t, func(t *rapid.T) {
		start := schedule.LocalOf(drawInstant(t, "start"), time.UTC)
		first := start.In(time.UTC)
		freq := rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY"}).Draw(t, "freq")
		interval := rapid.IntRange(1, 14).Draw(t, "interval")
		count := rapid.SampledFrom([]int{0, 1, 7, 40}).Draw(t, "count")
		weekdays := rapid.SliceOfNDistinct(rapid.SampledFrom(codes), 0, 4, rapid.ID).Draw(t, "weekdays")
		ordinals, monthDays := []string{}, []int{}
		if freq == "MONTHLY" {
			ordinals = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1MO", "2TU", "-1FR", "5SU", "-5WE"}), 0, 2, rapid.ID).Draw(t, "ordinals")
			monthDays = rapid.SliceOfNDistinct(rapid.SampledFrom([]int{1, 13, 28, 29, 30, 31, -1, -2, -31}), 0, 3, rapid.ID).Draw(t, "monthDays")
		}
		text := fmt.Sprintf("FREQ=%s;INTERVAL=%d", freq, interval)
		if count > 0 {
			text += fmt.Sprintf(";COUNT=%d", count)
		}
		if days := slices.Concat(weekdays, ordinals); len(days) > 0 {
			text += ";BYDAY=" + strings.Join(days, ",")
		}
		if len(monthDays) > 0 {
			text += ";BYMONTHDAY=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(monthDays), " ", ","), "[]")
		}
		rule, err := schedule.ParseRule(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s := schedule.Series{Start: start, Zone: time.UTC, Rule: &rule}

		onDay := func(d time.Time) bool {
			length := time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
			code := codes[d.Weekday()]
			day := slices.Contains(weekdays, code) ||
				slices.Contains(ordinals, fmt.Sprint((d.Day()+6)/7)+code) ||
				slices.Contains(ordinals, fmt.Sprint(-(length-d.Day()+7)/7)+code)
			monthDay := slices.Contains(monthDays, d.Day()) || slices.Contains(monthDays, d.Day()-length-1)
			named := len(weekdays)+len(ordinals) > 0
			switch {
			case named && len(monthDays) > 0:
				return day && monthDay
			case named:
				return day
			case len(monthDays) > 0:
				return monthDay
			case freq == "WEEKLY":
				return d.Weekday() == first.Weekday()
			case freq == "MONTHLY":
				return d.Day() == first.Day()
			}
			return true
		}
		if err := s.Validate(); (err == nil) != onDay(first) {
			t.Fatalf("%s from %v: %v", text, start, err)
		}
		monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
		inStep := func(d time.Time) bool {
			days := int(d.Sub(first).Hours()) / 24
			switch freq {
			case "DAILY":
				return days%interval == 0
			case "WEEKLY":
				return int(d.Sub(monday).Hours())/24/7%interval == 0
			}
			return (12*(d.Year()-first.Year())+int(d.Month()-first.Month()))%interval == 0
		}
		from := first.AddDate(0, 0, rapid.IntRange(-50, 3000).Draw(t, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 500).Draw(t, "for"))
		var want []string
		for d, n := first, 0; d.Before(to) && onDay(first); d = d.AddDate(0, 0, 1) {
			if !onDay(d) || !inStep(d) {
				continue
			}
			if n++; count > 0 && n > count {
				break
			}
			if !d.Before(from) {
				want = append(want, d.Format(time.RFC3339))
			}
		}
		var got []string
		for _, o := range s.Between(from, to) {
			got = append(got, o.At.Format(time.RFC3339))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s from %v, %v to %v:\n%s", text, start, from, to, diff)
		}
	})
}

// Whatever the zone, a window split in two holds the same as the whole, and
// nothing twice.
func TestWindowsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, at := drawZone(t), drawInstant(t, "start")
		rule, err := schedule.ParseRule(rapid.SampledFrom([]string{"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY", "FREQ=DAILY;COUNT=50"}).Draw(t, "rule"))
		if err != nil {
			t.Fatal(err)
		}
		s := schedule.Series{Start: schedule.LocalOf(at, loc), Zone: loc, Rule: &rule}
		hours := func(label string) time.Duration {
			return time.Duration(rapid.IntRange(0, 5000).Draw(t, label)) * time.Hour
		}
		from := at.Add(hours("from"))
		middle := from.Add(hours("middle"))
		to := middle.Add(hours("to"))
		whole := s.Between(from, to)
		parts := append(s.Between(from, middle), s.Between(middle, to)...)
		if len(whole) != len(parts) {
			t.Fatalf("%d in the whole, %d in its parts", len(whole), len(parts))
		}
		for i, o := range whole {
			if o != parts[i] || o.At != o.Local.In(loc) || i > 0 && !whole[i-1].At.Before(o.At) {
				t.Fatalf("%v: %v in the whole, %v in its parts", i, o, parts[i])
			}
		}
	})
}
