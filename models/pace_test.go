package models

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const aDay = Instant(24 * time.Hour / time.Microsecond)

// handOver takes as much as the pace grants of what is wanted, from then on to then, and returns how much that was.
func (p *pace) handOver(from Instant, d time.Duration, rate int) (n int) {
	for now := from; now < from.Add(d); now = max(now.Add(time.Millisecond), p.opens(now)) {
		granted := p.grant(now, 500, rate)
		*p, n = p.charge(now, granted, rate), n+granted
	}
	return n
}

func TestThePaceGrowsWithinAMinuteFromATenthToTheRateAndBeginsAnewAfterASilence(t *testing.T) {
	const rate, second = 480_000, 8_000
	p, now := pace{}, aDay
	begin := func() {
		for _, want := range []struct{ of, from, to int }{{2, 1600, 2700}, {28, 28 * second * 28 / 100, 28 * second * 38 / 100},
			{30, 30 * second * 70 / 100, 30 * second * 85 / 100}, {60, rate * 95 / 100, rate}} {
			n := p.handOver(now, time.Duration(want.of)*time.Second, rate)
			if n < want.from || n > want.to {
				t.Errorf("%d messages in %d s, want %d to %d", n, want.of, want.from, want.to)
			}
			now = now.Add(time.Duration(want.of) * time.Second)
		}
	}
	begin()
	now = now.Add(59 * time.Second)
	if n := p.handOver(now, time.Second, rate); n < second {
		t.Errorf("%d messages in a second after a short silence", n)
	}
	now = now.Add(63 * time.Second)
	begin()
}

func TestASmallSendIsNeverHeldBack(t *testing.T) {
	for _, rate := range []int{LeastPushRate, 60_000, DefaultPushRate} {
		p, now := pace{}, aDay
		p = p.ease(now, now.Add(time.Minute), rate)
		for range 100 {
			now = now.Add(2 * time.Second)
			if n := p.grant(now, 90, rate); n != 90 {
				t.Fatalf("%d of 90 at a rate of %d", n, rate)
			}
			p = p.charge(now, 90, rate)
		}
	}
}

func TestAfterFCMHadEnoughTheRateIsHalvedOnceAndGrowsBackByATenthAMinute(t *testing.T) {
	const rate = 600_000
	p, now := pace{}, aDay
	until := now.Add(time.Minute)
	for i := range 1000 { // so many were on the wire
		p = p.ease(now.Add(time.Duration(i)*time.Millisecond), until, rate)
	}
	for after, want := range map[time.Duration]float64{0: 300_000, time.Minute: 360_000, 3 * time.Minute: 480_000, time.Hour: 600_000} {
		if got := p.limit(until.Add(after), rate); got != want {
			t.Errorf("%v after the pause the limit is %v, want %v", after, got, want)
		}
	}
	if n := p.handOver(until, time.Second, rate); n > 2*rate/2/60/10+100 {
		t.Errorf("%d messages in the first second after the pause: the ramp does not begin anew", n)
	}
	p = p.ease(until.Add(time.Minute), until.Add(2*time.Minute), rate)
	if got := p.limit(until.Add(2*time.Minute), rate); got != 180_000 {
		t.Errorf("the second time: %v", got)
	}
	for range 100 {
		now = p.EasedFrom
		p = p.ease(now, now.Add(time.Second), rate)
	}
	if got := p.limit(p.EasedFrom, rate); got < LeastPushRate {
		t.Errorf("it comes to a standstill: %v", got)
	}
}

func TestAPushThatTurnsOutToBeSeveralMessagesIsPaidForAndOneThatIsNoneIsGivenBack(t *testing.T) {
	const rate = 60_000
	p := pace{RampFrom: aDay - Instant(time.Minute/time.Microsecond), PaidUntil: aDay}
	full := p.grant(aDay, 1_000_000, rate)
	p = p.charge(aDay, full, rate)
	if back := p.charge(aDay, -full, rate); back.grant(aDay, 1_000_000, rate) != full {
		t.Error("what was not used is not given back")
	}
	p = p.charge(aDay, full, rate) // two phones each
	if wait := p.opens(aDay).Sub(aDay); wait < time.Second || wait > 1200*time.Millisecond {
		t.Errorf("the second phones are paid for in %v", wait)
	}
}

func TestAClockThatWasSetBackHoldsTheSendingUpForAMinuteAtMost(t *testing.T) {
	p := pace{PaidUntil: 400 * aDay, RampFrom: 400 * aDay, CountedFrom: 400 * aDay}
	if at := p.opens(aDay); at > aDay.Add(time.Minute) {
		t.Errorf("held up until %v", at)
	}
	p = p.charge(aDay, 0, DefaultPushRate)
	if p.grant(aDay.Add(time.Minute+time.Second), 500, DefaultPushRate) != 500 {
		t.Error("it is held up")
	}
}

func TestNoMinuteHasMoreMessagesThanTheRateWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(LeastPushRate, 1_000_000).Draw(t, "rate")
		p, now := pace{}, aDay
		type grant struct {
			at Instant
			n  int
		}
		var granted []grant
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Minute)).Draw(t, "silence")))
			case 1:
				p = p.ease(now, now.Add(time.Duration(rapid.Int64Range(1, int64(2*time.Minute)).Draw(t, "pause"))), rate)
			default:
				now = max(now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "then"))), p.opens(now))
				n := p.grant(now, rapid.IntRange(1, 100_000).Draw(t, "want"), rate)
				if n < 1 {
					t.Fatalf("nothing is granted at %v, when it opens", now)
				}
				p = p.charge(now, n, rate)
				granted = append(granted, grant{now, n})
			}
		}
		for i, first := range granted {
			sum := 0
			for _, g := range granted[i:] {
				if g.at.Sub(first.at) < time.Minute {
					sum += g.n
				}
			}
			if sum > rate {
				t.Fatalf("%d messages in the minute from %v, at a rate of %d", sum, first.at, rate)
			}
		}
	})
}

func TestSoManyDeathsAtOnceAreDoubtedAndAFewAreNot(t *testing.T) {
	tests := []struct {
		name           string
		handed         int
		dead, answered int
		doubted        bool
	}{
		{"one of three phones", 3, 1, 1, false},
		{"five of five", 5, 5, 5, false},
		{"six of a hundred", 100, 6, 50, true},
		{"six of two hundred", 200, 6, 200, false},
		{"all that were answered, of many on the wire", 500, 20, 20, true},
		{"a few among very many", 100_000, 10, 500, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := pace{}.count(aDay, test.handed)
			if _, doubted := p.bury(aDay.Add(time.Second), test.dead, test.answered); doubted != test.doubted {
				t.Errorf("doubted: %v", doubted)
			}
		})
	}
	p, _ := pace{}.count(aDay, 100).bury(aDay, 10, 10)
	if _, doubted := p.bury(aDay.Add(19*time.Minute), 1, 1); !doubted {
		t.Error("what is tried again ten minutes later is believed at once")
	}
	if _, doubted := p.bury(aDay.Add(21*time.Minute), 1, 1); doubted {
		t.Error("one that dies by itself later is doubted for ever")
	}
}
