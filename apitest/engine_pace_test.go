package apitest_test

import (
	"context"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// nodes are two nodes that share a database with n pushes due at an instant, at the least rate: each message takes up 61 s
// in 6,000, so that 98 may go at once.
type nodes struct {
	db    modelstest.DB
	clock *modelstest.Clock
	fcm   *fcmtest.Server
	one   *notify.Worker
	two   *notify.Worker
}

const atOnce = 98

func onTwoNodes(t *testing.T, n int, f func(t *testing.T, s nodes)) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		clock := modelstest.NewClock(t, apitest.Start)
		fcm := duePhones(t, db, n, clock.Now())
		node := func() *notify.Worker {
			return &notify.Worker{Store: db.OpenPaced(t, clock.Now, models.LeastPushRate), Sender: senderTo(t, fcm), Log: quiet()}
		}
		f(t, nodes{db, clock, fcm, node(), node()})
	})
}

func drainAll(t *testing.T, workers ...*notify.Worker) {
	t.Helper()
	for _, w := range workers {
		if _, err := w.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAllNodesTogetherKeepToThePushRate(t *testing.T) {
	onTwoNodes(t, 300, func(t *testing.T, s nodes) {
		drainAll(t, s.one, s.two)
		if sent := s.fcm.Accepted(); sent != atOnce {
			t.Fatalf("%d at once", sent)
		}
		for range 10 {
			s.clock.Advance(100 * time.Millisecond)
			drainAll(t, s.two, s.one)
		}
		if sent := s.fcm.Accepted(); sent < 2*atOnce-10 || sent > 2*atOnce {
			t.Fatalf("%d within a second", sent)
		}
		if claimed := s.db.Count(t, "SELECT count(*) FROM pushes WHERE state = 'claimed'"); claimed != 0 {
			t.Errorf("%d are claimed though they may not be sent", claimed)
		}
		s.clock.Advance(time.Second)
		drainAll(t, s.one)
		s.clock.Advance(time.Second)
		drainAll(t, s.two)
		if sent := s.fcm.Accepted(); sent != 300 {
			t.Errorf("%d of 300 in the end", sent)
		}
	})
}

func TestA429HalvesTheRateOfAllNodesOnce(t *testing.T) {
	onTwoNodes(t, 200, func(t *testing.T, s nodes) {
		const rate = 120_000
		for _, node := range []*notify.Worker{s.one, s.two} {
			node.Store = s.db.OpenPaced(t, s.clock.Now, rate)
		}
		s.fcm.Fail(fcmtest.ProjectQuotaExceeded("120"))
		drainAll(t, s.one, s.two)
		s.fcm.ClearFaults()
		if limit := s.db.Count(t, "SELECT eased_to FROM pace"); limit != rate/2 {
			t.Errorf("the limit is %d after %d answers", limit, len(s.fcm.Requests()))
		}
		s.clock.Advance(2 * time.Minute)
		asked := len(s.fcm.Requests())
		drainAll(t, s.two, s.one)
		if n := len(s.fcm.Requests()) - asked; n < atOnce-10 || n > atOnce {
			t.Errorf("%d at once after the pause", n) // a tenth of the half is the least
		}
	})
}

func TestWhatIsFoundToBeOfNoUseCostsNothing(t *testing.T) {
	onTwoNodes(t, 300, func(t *testing.T, s nodes) {
		s.db.SeedMore(t, 300, 50, s.clock.Now().Add(3*time.Hour))
		for i := range 50 {
			s.fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(300 + i), Platform: fcmtest.Android})
		}
		s.clock.Advance(3 * time.Hour)
		for range 3 { // the 300 are past
			drainAll(t, s.one)
		}
		if sent := s.fcm.Accepted(); sent != 50 {
			t.Errorf("%d of the 50 that are still of use", sent)
		}
	})
}

func TestTheSecondPhoneOfAPersonIsPaidForToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.twoPhones(fcmtest.IOS)
		e.session("2026-11-03T17:59")
		e.sam(t)
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		e.Store = e.DB.OpenPaced(t, e.Clock.Now, models.LeastPushRate)
		for range 2 { // the client's, then Sam's
			claims, err := e.Store.ClaimPushes(t.Context(), 1, time.Minute)
			if err != nil || len(claims) != 1 {
				t.Fatalf("%d claimed, %v", len(claims), err)
			}
			e.check(t, claims)
		}
		paid := e.DB.Count(t, "SELECT paid_until FROM pace") - int(e.Clock.Now().UnixMicro())
		if most := 3 * 61_000_000 / 6_000; paid < most || paid > most+5 {
			t.Errorf("%d µs were charged, want %d for three messages", paid, most)
		}
	})
}

func TestDeathsThatTwoNodesSeeAreCountedTogether(t *testing.T) {
	onTwoNodes(t, 4, func(t *testing.T, s nodes) { // few enough to be chance
		s.db.SeedMore(t, 4, 4, s.clock.Now().Add(time.Minute))
		s.fcm.Fail(fcmtest.Unregistered())
		drainAll(t, s.one)
		s.clock.Advance(time.Minute)
		drainAll(t, s.two)
		if disabled := s.db.Count(t, "SELECT count(*) FROM devices WHERE status = 'disabled'"); disabled != 4 {
			t.Errorf("%d of 8 devices were disabled", disabled)
		}
	})
}
