package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"handrail/models/schedule"
)

func TestClocksAreWrittenDownAsTheyAre(t *testing.T) {
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC":                 "1806537600 1790812800:0",
		"America/New_York":    "1806537600 1790812800:-14400 1793512800:-18000 1805007600:-14400",
		"Australia/Lord_Howe": "1806537600 1790812800:37800 1791041400:39600",
	} {
		clocks := schedule.ClocksOf(zone(t, name), from, time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC))
		if got := clocks.String(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestClocksThatWereWrittenDownShowWhatTheZoneShows(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"America/New_York", "Europe/London", "Africa/Casablanca", "Africa/Cairo", "Australia/Lord_Howe",
			"Asia/Kathmandu", "America/Phoenix", "UTC"}).Draw(t, "zone")
		loc, err := schedule.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clocks, err := schedule.ParseClocks(schedule.ClocksOf(loc, from, from.AddDate(11, 0, 0)).String())
		if err != nil {
			t.Fatal(err)
		}
		at := from.Add(time.Duration(rapid.Int64Range(0, 11*365*24*3600).Draw(t, "seconds")) * time.Second)
		if got, want := clocks.Local(at), schedule.LocalOf(at, loc); got != want {
			t.Fatalf("%s at %s: %s, want %s", name, at, got, want)
		}
		later := schedule.ClocksOf(loc, from.AddDate(0, 7, 0), from.AddDate(12, 0, 0))
		if !clocks.Agree(later, from.AddDate(0, 7, 0)) || !later.Agree(clocks, from.AddDate(0, 7, 0)) {
			t.Fatalf("%s does not agree with itself:\n%s\n%s", name, clocks, later)
		}
	})
}

func TestClocksAgreeOnlyWhereTheyShowTheSame(t *testing.T) {
	from, until := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	// Both are four hours behind, until New York changes its clocks.
	ours, theirs := schedule.ClocksOf(zone(t, "America/New_York"), from, until), schedule.ClocksOf(zone(t, "America/Puerto_Rico"), from, until)
	if ours.Agree(theirs, from) {
		t.Error("a change of clocks was overlooked")
	}
	summer := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	if !schedule.ClocksOf(zone(t, "America/New_York"), from, summer).Agree(theirs, from) {
		t.Error("they differ where they show the same")
	}
}

func TestClocksThatCannotBeReadAreAnError(t *testing.T) {
	for _, text := range []string{"", "1", "x 1:2", "1 2", "1 2:x", "1 x:2"} {
		if _, err := schedule.ParseClocks(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
