package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"handrail/models/schedule"
)

func TestP14_TheDosesOfADay(t *testing.T) {
	ny := zone(t, "America/New_York")
	for _, c := range []struct {
		name    string
		out     string
		planned string // "!" marks what is exempt
		want    string // those that come
	}{
		{name: "nothing"},
		{name: "up to the cap all come", planned: "05T08 05T09 05T10", want: "05T08 05T09 05T10"},
		{name: "the earliest come", planned: "05T12 05T09 05T11 05T10", want: "05T09 05T11 05T10"},
		{name: "the exempt come first, and count", planned: "05T08 05T09 05T10 !05T18 !05T19", want: "05T08 !05T18 !05T19"},
		{name: "the exempt come though there is no room", planned: "!05T08 !05T09 !05T10 !05T11 05T12", want: "!05T08 !05T09 !05T10 !05T11"},
		{name: "what is out counts", out: "05T06 05T07", planned: "05T08 05T09 !05T10", want: "!05T10"},
		{name: "what is out may be more than the cap", out: "05T06 05T07 05T07 05T07", planned: "05T08 06T08", want: "06T08"},
		{name: "each day for itself, midnight begins the next", planned: "05T08 05T22 05T23 06T00 06T01 06T02 06T03", want: "05T08 05T22 05T23 06T00 06T01 06T02"},
		{name: "a day of 25 hours", planned: "01T00 01T12 01T22 01T23 02T00", want: "01T00 01T12 01T22 02T00"},
	} {
		at := func(word string) time.Time {
			return local(t, "2026-11-"+strings.TrimPrefix(word, "!")+":30").In(ny)
		}
		var out []time.Time
		for word := range strings.FieldsSeq(c.out) {
			out = append(out, at(word))
		}
		var planned []schedule.Push
		for word := range strings.FieldsSeq(c.planned) {
			planned = append(planned, schedule.Push{At: at(word), Exempt: strings.HasPrefix(word, "!")})
		}
		var got []string
		for i, comes := range schedule.Dose(out, planned, 3, ny) {
			if comes {
				got = append(got, strings.Fields(c.planned)[i])
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestADayHoldsNoMoreThanItsDoseUnlessItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, most, from := drawZone(t), rapid.IntRange(0, 5).Draw(t, "most"), drawInstant(t, "from")
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return from.Add(time.Duration(rapid.IntRange(0, 72*60).Draw(t, "minutes")) * time.Minute)
		})
		out := rapid.SliceOfN(moment, 0, 8).Draw(t, "out")
		planned := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) schedule.Push {
			return schedule.Push{At: moment.Draw(t, "at"), Exempt: rapid.IntRange(0, 3).Draw(t, "exempt") == 0}
		}), 0, 20).Draw(t, "planned")
		comes := schedule.Dose(out, planned, most, loc)
		day := func(at time.Time) string { return at.In(loc).Format(time.DateOnly) }
		count := func(of string, when func(i int) bool) int {
			n := 0
			for _, at := range out {
				if day(at) == of {
					n++
				}
			}
			for i, p := range planned {
				if day(p.At) == of && when(i) {
					n++
				}
			}
			return n
		}
		for i, p := range planned {
			must := count(day(p.At), func(i int) bool { return planned[i].Exempt })
			all := count(day(p.At), func(i int) bool { return comes[i] })
			switch {
			case p.Exempt && !comes[i]:
				t.Fatalf("%v is exempt and does not come", p.At)
			case all > max(most, must):
				t.Fatalf("%d come on %s, where %d may and %d must", all, day(p.At), most, must)
			case !comes[i] && all < most:
				t.Fatalf("%v does not come, and its day has room", p.At)
			case comes[i] && !p.Exempt && slices.ContainsFunc(planned, func(q schedule.Push) bool {
				return q.At.Before(p.At) && day(q.At) == day(p.At) && !comes[slices.Index(planned, q)]
			}):
				t.Fatalf("%v comes and an earlier one of its day does not", p.At)
			}
		}
		if again := schedule.Dose(out, planned, most, loc); !slices.Equal(comes, again) {
			t.Fatal("asked twice, answered otherwise")
		}
	})
}
