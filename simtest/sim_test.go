// Package simtest plays a clinic through weeks of virtual time: the real Store on a real SQLite file, the real worker and the
// real Firebase SDK over an in-memory connection to the emulator. People change their minds, phones come and go, nodes stop
// at named points, FCM fails. An oracle of its own knows what each client should have been told, and after every step it
// looks. All that happens follows from the seed.
package simtest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// sim is one seed at play.
type sim struct {
	t      *testing.T
	ctx    context.Context
	seed   uint64
	size   size
	chance chance
	rand   *rand.Rand // of the actions, which one goroutine takes in order

	start, end time.Time
	begun      time.Time // the bubble's clock at the start
	outages    []outage
	calm       bool // the end: nothing fails any more

	db    modelstest.DB
	api   *models.Store
	raw   *sql.DB // looks at the record past the Store
	fcm   *fcmtest.Server
	nodes []*node

	admin      models.Actor
	counselors []models.Actor
	clients    []*client
	series     []string
	turning    atomic.Int32         // messages that wait for their turn
	standing   map[string]time.Time // series without an end, and the day on which each began
	extended   string               // the last day on which schedules were extended
	zones      map[string]*time.Location
	names      map[string]string // what sessions and homework are called in a trace

	mu      sync.Mutex // guards all below: nodes send while people act
	phones  []*phone
	pushes  map[string]*push
	taken   map[string]bool   // names of pushes
	maybe   map[tagged]bool   // changes that a node had claimed when it stopped
	wire    []flight          // what a node stands still with
	known   []*known          // of each client
	fates   map[string]string // by registration and tag: what the emulator is to do
	truths  []truth
	trouble []trouble
	trace   []line
	shown   []line
	failed  bool
	step    int
	counts  map[string]int
}

// size is how much there is of everything.
type size struct {
	name                         string
	clients, series, steps, days int
}

// sizes by name: CI plays many small seeds, `make sim` large ones unless told otherwise.
var (
	small = size{"small", 12, 4, 60, 6}
	large = size{"large", 30, 10, 270, 21}
)

// line is one thing that happened, to a client or to all (-1).
type line struct {
	at     time.Time
	client int
	text   string
}

// starts lie before a change of clocks in New York, in New York again, and on Lord Howe Island.
var starts = []string{"2026-10-20T13:00:00Z", "2027-03-02T13:00:00Z", "2026-09-22T13:00:00Z"}

// number is a number from the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func TestAClinicThroughWeeksOfTroubleLosesNothingAndTellsNobodyWhatIsNotSo(t *testing.T) {
	first, seeds := number("HANDRAIL_TEST_SEED", 0), number("HANDRAIL_TEST_SEEDS", seedsOfCI)
	size := small
	if os.Getenv("HANDRAIL_TEST_SIZE") == large.name {
		size = large
	}
	var sum counts
	t.Cleanup(func() { t.Log(sum.String()) })
	for i := range seeds {
		seed := uint64(max(first, 1) + i)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := play(t, seed, size)
				sum.add(s.counts)
				if seeds == 1 {
					t.Log(s.story(-1))
				}
			})
		})
	}
}

// seconds are left out of what is compared: goroutines that end at one virtual instant may be served in either order, which moves what follows by
// milliseconds.
var seconds = regexp.MustCompile(`:\d\d\.\d{3}`)

func TestTheSameSeedPlaysTheSameWay(t *testing.T) {
	for _, seed := range []uint64{3, 8, 14} {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			var shown [2]string
			for i := range shown {
				synctest.Test(t, func(t *testing.T) { shown[i] = told(play(t, seed, small).shown) })
			}
			if shown[0] == "" {
				t.Error("phones show nothing at all")
			}
			if diff := gocmp.Diff(seconds.ReplaceAllString(shown[0], ""), seconds.ReplaceAllString(shown[1], "")); diff != "" {
				t.Errorf("twice the same seed, and phones show:\n%s", diff)
			}
		})
	}
}

// play plays a seed to its end, or until something is wrong.
func play(t *testing.T, seed uint64, size size) *sim {
	s := newSim(t, seed, size)
	defer s.stop()
	for s.step = 1; s.step <= s.size.steps && !s.hasFailed(); s.step++ {
		s.passUntil(s.nextStep())
		s.act()
		s.extend()
		s.look()
		s.wakeOthers(nil) // not before the oracle has seen what is so now
		synctest.Wait()   // nor does the next step follow from how far they have got
	}
	s.mu.Lock()
	s.calm = true // the end: every phone is there, and for two days nothing fails
	s.mu.Unlock()
	s.everyPhoneThere()
	for range 24 {
		if s.hasFailed() {
			break
		}
		s.passUntil(s.now().Add(2 * time.Hour))
		s.extend()
		s.look()
	}
	s.lookBack()
	return s
}

// nextStep is when the next thing happens: some time, or while pushes are on the wire.
func (s *sim) nextStep() time.Time {
	if f, found := s.inFlight(); found && s.rand.IntN(2) == 0 {
		return s.now().Add(time.Duration(1 + s.rand.Int64N(int64(f.until.Sub(s.now()))))).Truncate(time.Millisecond).Add(time.Millisecond)
	}
	mean := float64(s.end.Sub(s.start)) / float64(s.size.steps)
	at := s.now().Add(time.Duration(s.rand.ExpFloat64()*mean) + 1001*time.Millisecond).Truncate(time.Millisecond)
	if s.rand.IntN(3) > 0 {
		return at
	}
	due, found, err := s.api.NextDue(s.ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	after := s.rand.IntN(20000) - 3000
	if s.rand.IntN(3) == 0 {
		after = 30000 + s.rand.IntN(60000) // when leases have run out, and somebody who stood still may come back
	}
	if at := due.Time().Add(time.Duration(after) * time.Millisecond); found && at.After(s.now()) && due.Time().Sub(s.now()) < 48*time.Hour {
		return at
	}
	return at
}

// passUntil lets time pass; the nodes work meanwhile.
func (s *sim) passUntil(at time.Time) {
	time.Sleep(at.Sub(s.now()))
	synctest.Wait()
	for s.turning.Load() > 0 {
		time.Sleep(time.Millisecond)
		synctest.Wait()
	}
}

// now is the simulation's clock, and the record's.
func (s *sim) now() time.Time { return s.start.Add(time.Since(s.begun)) }

func (s *sim) hasFailed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// say writes into the trace.
func (s *sim) say(client int, format string, args ...any) {
	s.trace = append(s.trace, line{s.now(), client, fmt.Sprintf(format, args...)})
}

// wrong ends a seed: with what is wrong, the client's trace, and how to play it again. It is called under the lock.
func (s *sim) wrong(client int, format string, args ...any) {
	if s.failed {
		return
	}
	s.failed = true
	story := strings.Split(s.story(client), "\n")
	s.t.Errorf("seed %d, step %d, %s UTC, client %d. The last of what happened to them:\n%s\nThe record of their reminders, by when each is about:\n%s\n%s\nto play it again: make sim SIZE=%s SEED=%d",
		s.seed, s.step, s.now().Format(clock), client, strings.Join(story[max(0, len(story)-40):], "\n"), s.recorded(client), fmt.Sprintf(format, args...), s.size.name, s.seed)
}

// recorded are a client's reminders about what is near.
func (s *sim) recorded(client int) string {
	var text strings.Builder
	var subject, kind, lead, state, push, stands string
	var generation, revision int
	var remind, expires, about int64
	s.each(`SELECT r.subject_id, r.kind, r.lead, r.generation, r.state || ' ' || COALESCE(r.cause, ''), r.remind_at, r.expires_at, r.about_at, r.revision,
			COALESCE(r.push_id, ''), COALESCE((SELECT p.state || ' ' || COALESCE(p.next_at, '') FROM pushes p WHERE p.id = r.push_id), '')
			FROM reminders r JOIN users u ON u.id = r.user_id WHERE u.id = ? AND r.about_at > ? AND r.remind_at < ? ORDER BY r.about_at, r.remind_at`,
		[]any{&subject, &kind, &lead, &generation, &state, &remind, &expires, &about, &revision, &push, &stands}, func() {
			name := "a push that was never sent, " + stands
			if p := s.pushes[push]; p != nil {
				name = p.name
			}
			_, _ = fmt.Fprintf(&text, "%s at %s: %s %s, generation %d, for %s until %s: %s (%s, revision %d)\n", s.named(subject), instant(about).Format(clock), kind, lead,
				generation, instant(remind).Format(clock), instant(expires).Format(clock), state, name, revision)
		}, s.idOf(client), s.now().Add(-24*time.Hour).UnixMicro(), s.now().Add(24*time.Hour).UnixMicro())
	return text.String()
}

func (s *sim) idOf(client int) string {
	if client < 0 {
		return ""
	}
	return s.clients[client].id
}

const clock = "Mon Jan 02 15:04:05.000"

// story is what happened to a client, and to all.
func (s *sim) story(client int) string {
	var text strings.Builder
	for _, l := range s.trace {
		if client < 0 || l.client < 0 || l.client == client {
			_, _ = fmt.Fprintf(&text, "%s  %s\n", l.at.Format(clock), l.text)
		}
	}
	return text.String()
}

// told are lines in an order that does not depend on which goroutine came first.
func told(lines []line) string {
	lines = slices.SortedFunc(slices.Values(lines), func(a, b line) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.client, b.client), strings.Compare(a.text, b.text))
	})
	var text strings.Builder
	for _, l := range lines {
		_, _ = fmt.Fprintf(&text, "%s client %d %s\n", l.at.Format(clock), l.client, l.text)
	}
	return text.String()
}

// counts are what happened, so that a run shows that something did.
type counts struct {
	mu    sync.Mutex
	seeds int
	all   map[string]int
}

func (c *counts) add(more map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seeds++
	if c.all == nil {
		c.all = map[string]int{}
	}
	for name, n := range more {
		c.all[name] += n
	}
}

func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d seeds: %v", c.seeds, c.all)
}
