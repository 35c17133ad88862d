package simtest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"handrail/notify/fcmtest"
)

// chance decides what befalls whom: by a hash of the seed, the point at which it may happen, the push and the attempt. It
// does not matter in which order it is asked, so that a seed can be played again.
type chance uint64

// dice are those of one point; the same every time that they are asked for.
func (c chance) dice(point string, about ...any) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, point, about)
	return rand.New(rand.NewPCG(uint64(c), h.Sum64()))
}

func (c chance) hits(odds float64, point string, about ...any) bool {
	return c.dice(point, about...).Float64() < odds
}

// The named points at which a node stops, with all that it had in memory.
const (
	afterClaim   = "after the claim, before the check"
	beforeCall   = "after the check, before the call"
	beforeRecord = "after FCM answered, before the record"
	inTheRecord  = "in the middle of the record"
	afterRecord  = "after the record was committed"
)

// fate is what befalls one message on its way.
type fate struct {
	name  string
	slow  time.Duration // the node stands still between its check and the call, or the network does
	crash string
}

// faultsOfFCM are what the emulator does to a message, by name. The first of them come by themselves, all of them in an outage.
func faultsOfFCM() map[string]fcmtest.Fault {
	return map[string]fcmtest.Fault{
		"503":             fcmtest.Unavailable(""),
		"503 for 120 s":   fcmtest.Unavailable("120"),
		"500":             fcmtest.Internal(),
		"429 for 37 s":    fcmtest.ProjectQuotaExceeded("37"),
		"429 for 300 s":   fcmtest.QuotaExceeded("300"),
		"429":             fcmtest.QuotaExceeded(""),
		"HTML 404":        fcmtest.HTMLNotFound(),
		"APNs key":        fcmtest.ThirdPartyAuth(),
		"credential":      fcmtest.Unauthenticated(),
		"accepted, reset": {AcceptThenReset: true},
		"hung up":         {HangUp: true},
		"no answer":       {NeverAnswer: true},
	}
}

var (
	passing = []string{"503", "503 for 120 s", "500", "429 for 37 s", "HTML 404", "APNs key", "accepted, reset", "accepted, reset",
		"accepted, reset", "hung up", "no answer"}
	lasting = []string{"503", "503 for 120 s", "429 for 300 s", "429", "credential", "hung up", "no answer", "accepted, reset"}
)

// troublesEnd is the attempt from which on a push fares well, but for an outage: nothing fails for ever by itself.
const troublesEnd = 5

// stalls is how often a node stands still past its lease.
const stalls = 0.06

// outage is a time in which FCM refuses everything in one way.
type outage struct {
	from, to time.Time
	fault    string
}

func (s *sim) planOutages() {
	d := s.chance.dice("outages")
	for range d.IntN(4) {
		from := s.start.Add(time.Duration(d.Int64N(int64(s.end.Sub(s.start)))))
		length := 5*time.Minute + time.Duration(d.Int64N(int64(90*time.Minute)))
		if d.IntN(4) == 0 {
			length *= 6
		}
		s.outages = append(s.outages, outage{from, from.Add(length), lasting[d.IntN(len(lasting))]})
	}
}

// fateOf is what befalls a push on its way to a phone at an attempt.
func (s *sim) fateOf(push *push, attempt int, p *phone) (f fate) {
	if s.calm {
		return f
	}
	about := []any{push.name, attempt, p.n}
	d := s.chance.dice("on the way", about...)
	if attempt < troublesEnd {
		switch x := d.Float64(); {
		case x < stalls:
			f.slow = time.Duration(31000+d.IntN(60000)) * time.Millisecond // past its lease
		case x < 0.25:
			f.slow = time.Duration(1+d.IntN(13500)) * time.Millisecond
		}
		if d.Float64() < 0.12 {
			f.name = passing[d.IntN(len(passing))]
		}
		// Who stands still past a lease may wake up while what is sent in its place, or was changed since, still waits.
		if s.chance.dice("on the way", push.name, attempt-1, p.n).Float64() < stalls && d.IntN(2) == 0 {
			f.name = "503 for 120 s"
		}
		points := []string{beforeCall, beforeRecord, beforeRecord, inTheRecord}
		if s.chance.hits(0.05, "crash", about...) {
			f.crash = points[s.chance.dice("where", about...).IntN(len(points))]
		}
	}
	for _, o := range s.outages {
		if now := s.now().Add(f.slow); !now.Before(o.from) && now.Before(o.to) {
			f.name = o.fault
		}
	}
	return f
}
