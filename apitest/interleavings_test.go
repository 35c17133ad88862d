package apitest_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// environment is what the environment says, for long runs: make interleavings.
func environment(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

const inAWorld = 100 // trials, each on a later day than those before: a world's clock never goes back

// Once a client took their consent back, was discharged or signed out, no message is handed to FCM whose check began after
// that was committed, wherever in the worker's work it came. Each trial is drawn from its number: what is changed, at which
// moment, what FCM answers, and whether a node is lost with its claim. A bystander is due in the same batch, and is told.
func TestNothingIsSentWhoseCheckBeganAfterTheClientPutAStopToIt(t *testing.T) {
	trials, seed := environment("HANDRAIL_TEST_INTERLEAVINGS", 200), environment("HANDRAIL_TEST_SEED", 1)
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		var all tally
		t.Run("trials", func(t *testing.T) {
			for from := 0; from < trials; from += inAWorld {
				t.Run(strconv.Itoa(from), func(t *testing.T) {
					t.Parallel()
					other := modelstest.SQLite
					if strings.HasPrefix(db.URL, "postgres") {
						other = modelstest.Postgres
					}
					x := newCrossing(t, other(t))
					for n := from; n < min(from+inAWorld, trials) && !t.Failed(); n++ {
						all.count(x.try(rand.New(rand.NewPCG(uint64(seed), uint64(n))), n))
					}
					x.wantAllEnded()
				})
			}
		})
		all.wantEverything(t)
	})
}

// The moments of a worker's work at which something is committed.
const (
	beforeClaim = "before the claim"
	afterLost   = "after a claim whose node was lost"
	beforeCheck = "between the claim and the check"
	beforeCall  = "between the check and the call"
	beforeNote  = "between FCM's answer and its record"
	afterwards  = "after all of it"
)

var moments = []string{beforeClaim, afterLost, beforeCheck, beforeCall, beforeNote, afterwards}

// stops are what a client does, or is done, that puts an end to pushes to the phone that they have.
var stops = []struct {
	name string
	do   func(x *crossing) error
}{
	{"consent revoked", func(x *crossing) error {
		no := false
		_, err := x.Store.PutConsent(x.ctx, x.client, models.ConsentPush, models.ConsentInput{ConsentTerms: models.ConsentTerms{Granted: &no}})
		return err
	}},
	{ranOut, func(x *crossing) error { // nobody writes: the time comes
		x.Clock.Advance(max(x.until.Sub(models.InstantOf(x.Clock.Now())), 0))
		return nil
	}},
	{"discharged", func(x *crossing) error {
		meetings, version := x.draw.IntN(2) == 0, "2026-11"
		_, err := x.Store.Discharge(x.ctx, x.counselor, models.Once{}, x.client.UserID,
			models.DischargeInput{Reason: "completed", AftercareConsent: &meetings, TextVersion: &version})
		return err
	}},
	{"signed out", func(x *crossing) error { return x.Store.SignOut(x.ctx, x.client) }},
	{"signed out from afar", func(x *crossing) error { return x.Store.EndToken(x.ctx, x.client, x.client.TokenID) }},
	{"enrolled on another phone", func(x *crossing) error {
		invite, err := x.Store.InviteClient(x.ctx, x.counselor, x.client.UserID)
		if err == nil {
			_, err = x.Store.Enroll(x.ctx, "10.0.0.1", models.EnrollInput{Code: invite.Code, InstallationID: "installation-elsewhere"})
		}
		return err
	}},
}

const ranOut = "consent ran out"

// crossing is a world in which a worker and a client cross each other's way.
type crossing struct {
	*apitest.World
	ctx               context.Context
	nodes             *models.Store // the worker's own, whose clock ticks at each look
	worker            *notify.Worker
	counselor, client models.Actor
	bystander         string
	draw              *rand.Rand

	mu        sync.Mutex
	stop      int    // which of stops
	moment    string // at which it comes
	nth       int    // of such moments
	seen      map[string]int
	until     models.Instant  // when a yes that runs out does
	committed *models.Instant // by then the stop was
	answers   map[string][]models.DeliveryState
	calls     map[string][]models.Instant // by registration: when the check of each began
}

func newCrossing(t *testing.T, db modelstest.DB) *crossing {
	x := &crossing{World: apitest.New(t, db), ctx: t.Context()}
	x.nodes = db.Open(t, x.look)
	x.worker = &notify.Worker{Store: x.nodes, Sender: watched{x.Worker.Sender, x}, Log: slog.New(slog.DiscardHandler)}
	dana := x.Admin.NewCounselor("Dana")
	x.counselor = x.actor(dana.Token)
	by := dana.NewClient("Casey").NewPhone(fcmtest.Android)
	x.bystander = by.ID
	return x
}

func (x *crossing) actor(token string) models.Actor {
	x.T.Helper()
	actor, err := x.Store.Authenticate(x.ctx, token)
	if err != nil {
		x.T.Fatal(err)
	}
	return actor
}

// look is the clock of the worker's record: it ticks, so that every check has an instant of its own. The record asks it just
// before it reads what a check is about, and then nothing is locked.
func (x *crossing) look() time.Time {
	if checks() {
		x.happens(beforeCheck)
	}
	x.Clock.Advance(time.Microsecond)
	return x.Clock.Now()
}

// checks says whether this is called on behalf of CheckPushes.
func checks() bool {
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "(*Store).CheckPushes") {
			return true
		}
		if !more {
			return false
		}
	}
}

// happens is a moment; if it is the drawn one, the stop is committed in it.
func (x *crossing) happens(moment string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.seen == nil {
		return // no trial is under way
	}
	x.seen[moment]++
	if x.moment == moment && x.nth == x.seen[moment] {
		x.commit()
	}
}

func (x *crossing) commit() {
	if err := stops[x.stop].do(x); err != nil {
		x.T.Error(err)
	}
	now := models.InstantOf(x.Clock.Now())
	x.committed = &now
	x.Clock.Advance(time.Microsecond)
}

// watched hands messages to FCM, notes when the check of each began, and may lose the answer.
type watched struct {
	notify.Sender
	x *crossing
}

func (s watched) Send(ctx context.Context, m notify.Message) notify.Answer {
	theirs := m.Target.Registration == s.x.registration()
	if theirs {
		s.x.happens(beforeCall)
	}
	s.x.mu.Lock()
	to := m.Target.Registration
	answer := models.DeliveryAccepted
	if n := len(s.x.calls[to]); n < len(s.x.answers[to]) {
		answer = s.x.answers[to][n]
	}
	s.x.calls[to] = append(s.x.calls[to], models.InstantOf(m.ExpiresAt.Add(-m.TimeLeft)))
	s.x.mu.Unlock()
	got := notify.Answer{State: models.DeliveryNotSent, RetryAfter: time.Second}
	if answer != models.DeliveryNotSent {
		got = s.Sender.Send(ctx, m)
	}
	if answer == models.DeliveryUnknown {
		got = notify.Answer{State: models.DeliveryUnknown, RetryAfter: time.Second}
	}
	if theirs {
		s.x.happens(beforeNote)
	}
	return got
}

func (x *crossing) registration() string { return "registration of " + x.client.UserID }

// try is one trial, on a day of its own. It returns what was stopped at which moment.
func (x *crossing) try(draw *rand.Rand, n int) (stop, moment string) {
	x.T.Helper()
	x.draw = draw
	x.stop, x.moment, x.nth = draw.IntN(len(stops)), moments[draw.IntN(len(moments))], 1+draw.IntN(2)
	if x.moment == afterLost {
		x.nth = 1
	}
	day := time.Date(2026, 11, 3+2*(n%inAWorld), 0, 0, 0, 0, time.UTC)
	x.Clock.Set(x.T, day.Add(15*time.Hour).Format(time.RFC3339))
	x.arrive(day)
	x.run(draw.IntN(3) == 0 || x.moment == afterLost)
	committed := x.committed
	if committed == nil || x.moment == afterwards {
		x.moment = afterwards
		x.mu.Lock()
		x.commit()
		x.mu.Unlock()
		committed = x.committed
	}
	x.pass(4 * time.Hour)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seen = nil
	for _, checked := range x.calls[x.registration()] {
		if late := checked > *committed || stops[x.stop].name == ranOut && checked >= x.until; late {
			x.T.Errorf("trial %d: %s %s, at %s; yet a message went to FCM that was checked at %s", n, stops[x.stop].name, x.moment, committed, checked)
		}
	}
	if len(x.calls) == 0 || len(x.calls) == 1 && x.calls[x.registration()] != nil {
		x.T.Errorf("trial %d: the bystander was told nothing", n)
	}
	return stops[x.stop].name, x.moment
}

// arrive is a new client, whose phone a reminder is due for at 16:00 of that day in New York, with the bystander's.
func (x *crossing) arrive(day time.Time) {
	x.T.Helper()
	client, err := x.Store.CreateClient(x.ctx, x.counselor, models.Once{}, models.ClientInput{Name: "Robin"})
	x.must(err)
	invite, err := x.Store.InviteClient(x.ctx, x.counselor, client.ID)
	x.must(err)
	yes, version, until := true, "2026-11", day.Add(21*time.Hour+30*time.Minute)
	terms := models.ConsentTerms{Granted: &yes, TextVersion: &version}
	if stops[x.stop].name == ranOut {
		text := until.Format(time.RFC3339)
		terms.ExpiresAt = &text
	}
	signed, err := x.Store.Enroll(x.ctx, "10.0.0.1", models.EnrollInput{Code: invite.Code, InstallationID: "installation-of-" + client.ID,
		Consents: []models.ConsentGiven{{Kind: models.ConsentPush, ConsentTerms: terms}}})
	x.must(err)
	x.client = x.actor(signed.Token)
	x.FCM.AddPhone(fcmtest.Phone{Registration: x.registration(), Kind: fcmtest.Token, Platform: fcmtest.Android})
	_, err = x.Store.PutDevice(x.ctx, x.client, "installation-of-"+client.ID, nil, models.DeviceInput{Platform: fcmtest.Android, Registration: x.registration(),
		RegistrationKind: fcmtest.Token, Permission: models.PermissionGranted})
	x.must(err)
	_, err = x.Store.CreateSeries(x.ctx, x.counselor, models.Once{}, false, models.SeriesInput{Title: "Group", Kind: models.KindGroup, DurationMinutes: 60,
		LocalStart: day.Format("2006-01-02") + "T18:00", Leads: &[]string{"2h"}, ClientIDs: []string{client.ID, x.bystander}})
	x.must(err)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.until, x.committed, x.seen, x.calls, x.answers = models.InstantOf(until), nil, map[string]int{}, map[string][]models.Instant{}, map[string][]models.DeliveryState{}
	fates := []models.DeliveryState{models.DeliveryAccepted, models.DeliveryUnknown, models.DeliveryNotSent}
	for range 2 {
		x.answers[x.registration()] = append(x.answers[x.registration()], fates[x.draw.IntN(len(fates))])
	}
}

func (x *crossing) must(err error) {
	x.T.Helper()
	if err != nil {
		x.T.Fatal(err)
	}
}

// run lets the worker work from the moment at which the reminder is due, for some minutes.
func (x *crossing) run(lost bool) {
	x.T.Helper()
	at, found, err := x.nodes.NextDue(x.ctx)
	x.must(err)
	if !found {
		x.T.Fatal("nothing is due")
	}
	x.Clock.Advance(max(at.Time().Sub(x.Clock.Now()), 0))
	if lost { // a node claims all that is due and is never heard of again
		_, err := x.nodes.ClaimPushes(x.ctx, 100, 30*time.Second)
		x.must(err)
		x.happens(afterLost)
	}
	x.pass(5 * time.Minute)
}

// pass lets time pass from one due instant to the next.
func (x *crossing) pass(d time.Duration) {
	x.T.Helper()
	for end := x.Clock.Now().Add(d); ; {
		at, found, err := x.nodes.NextDue(x.ctx)
		x.must(err)
		if !found || at.Time().After(end) {
			x.Clock.Advance(max(end.Sub(x.Clock.Now()), 0))
			return
		}
		x.Clock.Advance(max(at.Time().Sub(x.Clock.Now()), 0))
		x.happens(beforeClaim)
		_, err = x.worker.Drain(x.ctx)
		x.must(err)
	}
}

// wantAllEnded fails unless every reminder whose time is past has come to an end.
func (x *crossing) wantAllEnded() {
	x.T.Helper()
	if n := x.Count("reminders", "state = 'waiting' AND about_at <= $1", x.Clock.Now().UnixMicro()); n > 0 {
		x.T.Errorf("%d reminders never came to an end", n)
	}
}

// tally counts what was tried.
type tally struct {
	mu    sync.Mutex
	tried map[string]int
}

func (c *tally) count(stop, moment string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried = map[string]int{}
	}
	c.tried[stop+" "+moment]++
}

// wantEverything fails if any stop never came at any of the moments: then the trials show less than they say.
func (c *tally) wantEverything(t *testing.T) {
	t.Helper()
	for _, stop := range stops {
		for _, moment := range moments {
			if n := c.tried[stop.name+" "+moment]; n == 0 {
				t.Errorf("never tried: %s %s", stop.name, moment)
			} else {
				t.Logf("%5d %s, %s", n, stop.name, moment)
			}
		}
	}
}
