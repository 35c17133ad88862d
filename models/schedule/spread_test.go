package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"handrail/models/schedule"
)

func TestPushesAreSpreadOverTheMinuteBeforeAndNeverIntoQuietHoursOrASession(t *testing.T) {
	ny := zone(t, "America/New_York")
	at := func(clock string) time.Time { return local(t, "2026-11-05T"+clock).In(ny) }
	p := schedule.Person{Zone: ny, Quiet: quiet(t, "22:00", "07:00"), Busy: []schedule.Interval{{From: at("16:00"), To: at("18:00")}}}
	for _, c := range []struct {
		due, want string
		by        time.Duration
	}{
		{"12:00:00", "12:00:00", 0},
		{"12:00:00", "11:59:01", 59 * time.Second},
		{"22:00:00", "21:59:20", 40 * time.Second}, // quiet hours begin
		{"07:00:00", "07:00:00", time.Second},      // they end
		{"07:00:30", "07:00:30", 31 * time.Second},
		{"07:00:30", "07:00:00", 30 * time.Second},
		{"18:00:00", "18:00:00", time.Second}, // a group ends
		{"16:00:00", "15:59:30", 30 * time.Second},
	} {
		if got := p.SendFrom(at(c.due), c.by); !got.Equal(at(c.want)) {
			t.Errorf("due at %s, %v early: %v, want %s", c.due, c.by, got.In(ny), c.want)
		}
	}
}

func TestWhatIsDueAtMidnightDoesNotGoOutTheDayBefore(t *testing.T) {
	p := schedule.Person{Zone: zone(t, "Africa/Cairo")}
	// On April 30th, 2027 the clocks pass from 23:59:59 to 1:00: the day begins there.
	for due, want := range map[string]string{"2027-04-28T22:00:00Z": "2027-04-28T22:00:00Z", "2027-04-29T22:00:00Z": "2027-04-29T22:00:00Z",
		"2027-04-29T22:00:40Z": "2027-04-29T22:00:10Z"} {
		if got := p.SendFrom(instant(t, due), 30*time.Second); !got.Equal(instant(t, want)) {
			t.Errorf("due at %s: %v, want %s", due, got, want)
		}
	}
}

func TestEachPersonHasASecondOfTheirOwn(t *testing.T) {
	seconds := map[int]int{}
	for i := range 6000 {
		id := fmt.Sprintf("0193%08x-8c5a-7c3e-9a55-1f2d3c4b5a69", i)
		by := schedule.Spread(id)
		if by < 0 || by >= time.Minute || by != schedule.Spread(id) {
			t.Fatalf("%s goes %v early", id, by)
		}
		seconds[int(by/time.Second)]++
	}
	for second := range 60 {
		if n := seconds[second]; n < 50 || n > 150 {
			t.Errorf("%d of 6000 in second %d", n, second)
		}
	}
}
