package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/models/schedule"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plan writes "lead remind expire" in New York's wall clock, day and time only.
func plan(t *testing.T, s schedule.Subject, p schedule.Person) []string {
	t.Helper()
	const layout = "Mon 15:04"
	ny := zone(t, "America/New_York")
	var list []string
	for _, r := range schedule.Plan(s, p) {
		list = append(list, r.Lead.String()+" "+r.RemindAt.In(ny).Format(layout)+" to "+r.ExpiresAt.In(ny).Format(layout))
	}
	return list
}

func TestWhenRemindersCome(t *testing.T) {
	// Monday 2026-07-06 to Friday 2026-07-10, in New York.
	dates := map[string]string{"Mon": "2026-07-06", "Tue": "2026-07-07", "Wed": "2026-07-08", "Thu": "2026-07-09", "Fri": "2026-07-10"}
	ny := zone(t, "America/New_York")
	at := func(s string) time.Time {
		day, clock, _ := strings.Cut(s, " ")
		return local(t, dates[day]+"T"+clock).In(ny)
	}
	for _, c := range []struct {
		name     string
		homework bool
		at       string
		leads    string
		busy     string // "from/to", separated by commas
		noQuiet  bool
		want     []string
	}{
		{name: "a day and two hours before", at: "Thu 18:00", leads: "1d 2h",
			want: []string{"1d Wed 18:00 to Thu 16:00", "2h Thu 16:00 to Thu 18:00"}},
		{name: "the order of the leads does not matter", at: "Thu 18:00", leads: "2h 1d",
			want: []string{"1d Wed 18:00 to Thu 16:00", "2h Thu 16:00 to Thu 18:00"}},
		{name: "P9 early session: nearer edge, and the evening before", at: "Thu 06:30", leads: "1d 2h",
			want: []string{"1d Wed 07:00 to Wed 22:00", "2h Wed 22:00 to Thu 06:30"}},
		{name: "without quiet hours nothing moves", at: "Thu 06:30", leads: "1d 2h", noQuiet: true,
			want: []string{"1d Wed 06:30 to Thu 04:30", "2h Thu 04:30 to Thu 06:30"}},
		{name: "the end of quiet hours is outside them", at: "Thu 09:00", leads: "2h",
			want: []string{"2h Thu 07:00 to Thu 09:00"}},
		{name: "their start is inside and stays", at: "Fri 00:00", leads: "2h",
			want: []string{"2h Thu 22:00 to Fri 00:00"}},
		{name: "equally near: the earlier edge", at: "Thu 18:00", leads: "1d@02:30 2h",
			want: []string{"1d@02:30 Tue 22:00 to Thu 16:00", "2h Thu 16:00 to Thu 18:00"}},
		{name: "a minute nearer to the later edge", at: "Thu 18:00", leads: "1d@02:31 2h",
			want: []string{"1d@02:31 Wed 07:00 to Thu 16:00", "2h Thu 16:00 to Thu 18:00"}},
		{name: "the later edge would be too late", at: "Thu 06:30", leads: "3h 2h",
			want: []string{"2h Wed 22:00 to Thu 06:30"}},
		{name: "two at one moment: the one nearest to the start stays", at: "Thu 18:00", leads: "24h 1d@17:59 1d@18:00 120m 2h",
			want: []string{"1d@17:59 Wed 17:59 to Wed 18:00", "24h Wed 18:00 to Thu 16:00", "2h Thu 16:00 to Thu 18:00"}},
		{name: "moved onto another by quiet hours", at: "Thu 09:00", leads: "4h 2h",
			want: []string{"2h Thu 07:00 to Thu 09:00"}},
		{name: "never at or after the start", at: "Thu 09:00", leads: "0d@09:00 0d@18:00 0d@08:00",
			want: []string{"0d@08:00 Thu 08:00 to Thu 09:00"}},
		{name: "the last lead is the last that counts", at: "Thu 06:30", leads: "0d@18:00 2h",
			want: []string{"2h Wed 22:00 to Thu 06:30"}},
		{name: "the last lead moves back past another", at: "Thu 08:00", leads: "2h 90m",
			want: []string{"90m Wed 22:00 to Thu 07:00", "2h Thu 07:00 to Thu 08:00"}},
		{name: "no leads, no reminders", at: "Thu 09:00"},
		{name: "P12 homework waits for no group", homework: true, at: "Thu 21:00", leads: "1d@18:00 3h", busy: "Thu 18:00/Thu 21:00,Wed 18:00/Wed 21:00",
			want: []string{"1d@18:00 Wed 17:30 to Thu 17:30", "3h Thu 17:30 to Thu 21:00"}},
		{name: "a group that ends then does not matter", homework: true, at: "Thu 21:00", leads: "3h", busy: "Thu 16:00/Thu 18:00",
			want: []string{"3h Thu 18:00 to Thu 21:00"}},
		{name: "back to back groups", homework: true, at: "Thu 21:00", leads: "3h", busy: "Thu 18:00/Thu 19:00,Thu 17:00/Thu 18:00,Thu 16:30/Thu 17:00",
			want: []string{"3h Thu 16:00 to Thu 21:00"}},
		{name: "a session's own reminders may come during another", at: "Thu 20:00", leads: "2h", busy: "Thu 17:00/Thu 19:00",
			want: []string{"2h Thu 18:00 to Thu 20:00"}},
		{name: "homework's last reminder moves to the nearer edge", homework: true, at: "Thu 09:00", leads: "3h",
			want: []string{"3h Thu 07:00 to Thu 09:00"}},
		{name: "before a group at daybreak: the evening before", homework: true, at: "Thu 12:00", leads: "4h", busy: "Thu 07:00/Thu 10:00",
			want: []string{"4h Wed 22:00 to Thu 12:00"}},
		{name: "before a group soon after daybreak", homework: true, at: "Thu 12:00", leads: "4h", busy: "Thu 07:15/Thu 10:00",
			want: []string{"4h Thu 07:00 to Thu 12:00"}},
		{name: "the evening before is taken too", homework: true, at: "Thu 12:00", leads: "4h", busy: "Thu 07:00/Thu 10:00,Wed 21:00/Wed 22:30",
			want: []string{"4h Wed 20:30 to Thu 12:00"}},
		{name: "of two sessions at once the first to begin counts", homework: true, at: "Thu 21:15", leads: "3h",
			busy: "Thu 18:00/Thu 19:00,Thu 18:10/Thu 19:00", want: []string{"3h Thu 17:30 to Thu 21:15"}},
		{name: "whichever of them is looked at first", homework: true, at: "Thu 21:15", leads: "3h",
			busy: "Thu 18:10/Thu 19:00,Thu 18:00/Thu 19:00", want: []string{"3h Thu 17:30 to Thu 21:15"}},
		{name: "an empty or inverted busy time holds nothing", homework: true, at: "Thu 21:00", leads: "3h", busy: "Thu 18:00/Thu 18:00,Thu 19:00/Thu 17:00",
			want: []string{"3h Thu 18:00 to Thu 21:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := schedule.Subject{Homework: c.homework, At: at(c.at), Zone: ny, Leads: leads(t, strings.Fields(c.leads)...)}
			p := schedule.Person{Zone: ny, Quiet: quiet(t, "22:00", "07:00")}
			if c.noQuiet {
				p.Quiet = schedule.Quiet{}
			}
			for busy := range strings.SplitSeq(c.busy, ",") {
				if from, to, ok := strings.Cut(busy, "/"); ok {
					p.Busy = append(p.Busy, schedule.Interval{From: at(from), To: at(to)})
				}
			}
			if diff := cmp.Diff(c.want, plan(t, s, p)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestT12_AClientsZoneMovesHomeworkNotSessions(t *testing.T) {
	ny, la := zone(t, "America/New_York"), zone(t, "America/Los_Angeles")
	start := local(t, "2026-12-02T18:00").In(ny)
	for _, home := range []*time.Location{ny, la} {
		got := schedule.Plan(schedule.Subject{At: start, Zone: ny, Leads: leads(t, "1d")}, schedule.Person{Zone: home})
		if len(got) != 1 || got[0].RemindAt != instant(t, "2026-12-01T23:00:00Z") {
			t.Errorf("session, client in %v: %v", home, got)
		}
	}
	for home, want := range map[*time.Location]string{ny: "2026-12-01T23:00:00Z", la: "2026-12-02T02:00:00Z"} {
		due := local(t, "2026-12-02T21:00").In(home)
		got := schedule.Plan(schedule.Subject{Homework: true, At: due, Zone: home, Leads: leads(t, "1d@18:00")}, schedule.Person{Zone: home})
		if len(got) != 1 || got[0].RemindAt != instant(t, want) {
			t.Errorf("homework in %v: %v, want %s", home, got, want)
		}
	}
}

func TestQuietHoursAreThePersonsOwn(t *testing.T) {
	s := schedule.Subject{At: instant(t, "2026-07-09T13:00:00Z"), Zone: zone(t, "America/New_York"), Leads: leads(t, "2h")}
	p := schedule.Person{Zone: zone(t, "America/Los_Angeles"), Quiet: quiet(t, "22:00", "07:00")}
	got := schedule.Plan(s, p) // 09:00 in New York is 06:00 in Los Angeles
	if len(got) != 1 || got[0].RemindAt != instant(t, "2026-07-09T05:00:00Z") {
		t.Errorf("got %v", got)
	}
}

func TestEveryPlanIsUsefulAndQuiet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := schedule.Subject{Homework: rapid.Bool().Draw(t, "homework"), At: drawInstant(t, "at"), Zone: drawZone(t)}
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"5m", "30m", "90m", "2h", "3h", "8h", "24h", "336h", "1d", "2d", "14d", "0d@09:00", "1d@18:00", "3d@23:30",
		}), 0, 5).Draw(t, "leads")
		for _, text := range texts {
			lead, err := schedule.ParseLead(text)
			if err != nil {
				t.Fatal(err)
			}
			s.Leads = append(s.Leads, lead)
		}
		p := schedule.Person{Zone: drawZone(t), Quiet: drawQuiet(t)}
		for range rapid.IntRange(0, 6).Draw(t, "sessions") {
			from := s.At.Add(-time.Duration(rapid.IntRange(0, 48*60).Draw(t, "minutes before")) * time.Minute)
			p.Busy = append(p.Busy, schedule.Interval{From: from, To: from.Add(time.Duration(rapid.IntRange(10, 240).Draw(t, "long")) * time.Minute)})
		}
		got := schedule.Plan(s, p)
		for i, r := range got {
			if !r.RemindAt.Before(s.At) || !r.ExpiresAt.After(r.RemindAt) || r.RemindAt.Location() != time.UTC {
				t.Fatalf("%v: %v to %v", r.Lead, r.RemindAt, r.ExpiresAt)
			}
			next := s.At
			if i+1 < len(got) {
				next = got[i+1].RemindAt
			}
			if !r.ExpiresAt.Equal(next) {
				t.Fatalf("%v expires at %v, the next is at %v", r.Lead, r.ExpiresAt, next)
			}
			if start, _, inside := p.Quiet.Span(r.RemindAt, p.Zone); inside && !r.RemindAt.Equal(start) {
				t.Fatalf("%v wakes its person at %v", r.Lead, r.RemindAt.In(p.Zone))
			}
			for _, b := range p.Busy {
				if s.Homework && !r.RemindAt.Before(b.From) && r.RemindAt.Before(b.To) {
					t.Fatalf("%v comes at %v, during %v", r.Lead, r.RemindAt, b)
				}
			}
		}
		if len(got) == 0 && slices.Contains(texts, "2h") {
			t.Fatalf("%v came to nothing", texts)
		}
		shuffled := s
		shuffled.Leads = rapid.Permutation(s.Leads).Draw(t, "shuffled")
		if again := schedule.Plan(shuffled, p); !cmp.Equal(got, again, cmp.AllowUnexported(schedule.Lead{})) {
			t.Fatalf("another order of leads: %v, was %v", again, got)
		}
	})
}

func TestWhatIsDueTogetherIsGathered(t *testing.T) {
	base := instant(t, "2026-07-09T16:00:00Z")
	for _, c := range []struct {
		name    string
		minutes []int
		want    [][]int
	}{
		{"nothing", nil, nil},
		{"within the window of the first, inclusive", []int{0, 10, 11}, [][]int{{0, 1}, {2}}},
		{"never a chain", []int{0, 6, 12, 18}, [][]int{{0, 1}, {2, 3}}},
		{"in order of time", []int{30, 0, 35, 5}, [][]int{{1, 3}, {0, 2}}},
		{"at one moment in the order given", []int{0, 0, 0}, [][]int{{0, 1, 2}}},
		{"but for what is to stay apart", []int{0, 1, 2, 7, 8, 12}, [][]int{{0, 1, 2}, {3, 4, 5}}},
	} {
		var at []time.Time
		for _, m := range c.minutes {
			at = append(at, base.Add(time.Duration(m)*time.Minute))
		}
		if diff := cmp.Diff(c.want, schedule.Gather(at, 10*time.Minute, func(i, j int) bool { return c.minutes[i] == 1 && c.minutes[j] == 7 })); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}
