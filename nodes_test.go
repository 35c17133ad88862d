package main

import (
	"database/sql"
	"os"
	"syscall"
	"testing"
	"time"

	"handrail/models/modelstest"
)

// onPostgres runs a test of several nodes, which only PostgreSQL allows.
func onPostgres(t *testing.T, f func(t *testing.T, db modelstest.DB)) {
	t.Helper()
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	t.Parallel()
	f(t, modelstest.Postgres(t))
}

func atOnce() {}

func TestS4_TwoNodesShareWhatIsDueAndClaimNothingTwice(t *testing.T) {
	onPostgres(t, func(t *testing.T, db modelstest.DB) {
		n := 10_000
		if os.Getenv("HANDRAIL_TEST_KILLS") != "" { // make crash has the time
			n = 50_000
		}
		fcm := duePhones(t, db, n, time.Now().Add(-time.Second))
		lines := []*line{startLine(t, fcm, atOnce), startLine(t, fcm, atOnce)}
		nodes := []*process{startNode(t, db, lines[0].endpoint), startNode(t, db, lines[1].endpoint)}
		waitFor(t, "every push settled", 5*time.Minute, func() bool { return unsettled(t, db) == 0 })
		for _, node := range nodes {
			node.stop()
		}
		wantEachOnceOnItsPhone(t, db, fcm, n)
		wantCalls(t, fcm, n)
		if twice := db.Count(t, "SELECT count(*) FROM pushes WHERE attempt <> 1"); twice != 0 {
			t.Errorf("%d pushes were claimed more than once", twice)
		}
		for i, l := range lines {
			t.Logf("node %d sent %d", i, l.sent.Load())
			if l.sent.Load() < int64(n/5) {
				t.Errorf("node %d did not take its share", i)
			}
		}
	})
}

func TestS5_ANodeThatStandsStillBeyondItsLeaseAndWakesChangesNothing(t *testing.T) {
	onPostgres(t, func(t *testing.T, db modelstest.DB) {
		const n = 300
		fcm := duePhones(t, db, n, time.Now().Add(-time.Second))
		answers := make(chan struct{})
		slow := startLine(t, fcm, func() { <-answers })
		stalled := startNode(t, db, slow.endpoint)
		waitFor(t, "every push on the wire", time.Minute, func() bool { return slow.sent.Load() == n })
		stalled.signal(syscall.SIGSTOP)
		close(answers) // they are there when it wakes

		quick := startLine(t, fcm, atOnce)
		other := startNode(t, db, quick.endpoint)
		waitFor(t, "another node to take over", 2*time.Minute, func() bool { return unsettled(t, db) == 0 })
		if quick.sent.Load() != n {
			t.Errorf("the other node sent %d of %d", quick.sent.Load(), n)
		}
		// The names of FCM's messages tell whose record this is.
		names := func() int {
			return db.Count(t, "SELECT hashtext(string_agg(message_name, ' ' ORDER BY push_id)) FROM deliveries WHERE state = 'accepted'")
		}
		before := names()
		stalled.signal(syscall.SIGCONT)
		stalled.stop() // when it has recorded what it has, as far as it may
		other.stop()
		if names() != before {
			t.Error("the node that woke changed what the other had recorded")
		}
		wantCalls(t, fcm, 2*n)
		wantEachOnceOnItsPhone(t, db, fcm, n)
		if other := db.Count(t, "SELECT count(*) FROM pushes WHERE attempt <> 2 OR state <> 'done'"); other != 0 {
			t.Errorf("%d pushes were not claimed twice", other)
		}
	})
}

// holdLanes keeps everybody from reading which lanes are paused, and so from checking a push, until it is let go.
func holdLanes(t *testing.T, db modelstest.DB) (letGo func()) {
	t.Helper()
	pool, err := sql.Open("pgx", db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	held, err := pool.Begin()
	if err == nil {
		_, err = held.Exec("LOCK TABLE lanes IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = held.Rollback() }
}

func TestANodeThatIsStoppedFinishesWhatIsOnTheWireAndGivesTheRestBack(t *testing.T) {
	onPostgres(t, func(t *testing.T, db modelstest.DB) {
		const n = 3000
		fcm := duePhones(t, db, n, time.Now().Add(-time.Second))
		slow := startLine(t, fcm, func() { time.Sleep(2 * time.Second) })
		node := startNode(t, db, slow.endpoint)
		waitFor(t, "some pushes on the wire", time.Minute, func() bool { return slow.sent.Load() > 200 })
		letGo := holdLanes(t, db)
		waitFor(t, "claims that are being checked", time.Minute, func() bool {
			return db.Count(t, "SELECT count(*) FROM pg_locks WHERE relation = 'lanes'::regclass AND NOT granted") > 0
		})
		node.stopWithin(20 * time.Second)
		letGo()
		sent := int(slow.sent.Load())
		if sent == n {
			t.Error("everything was on the wire before it was stopped")
		}
		if held := db.Count(t, "SELECT count(*) FROM pushes WHERE state = 'claimed' OR maybe_sent"); held != 0 {
			t.Errorf("it kept %d pushes in hand", held)
		}
		if done := db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'"); done != sent {
			t.Errorf("it recorded %d of the %d that it had sent", done, sent)
		}
		other := startNode(t, db, startLine(t, fcm, atOnce).endpoint)
		waitFor(t, "the rest, without waiting for a lease", 25*time.Second, func() bool { return unsettled(t, db) == 0 })
		other.stop()
		wantEachOnceOnItsPhone(t, db, fcm, n)
		wantCalls(t, fcm, n)
	})
}

func TestANodeEndsWithinItsBoundThoughNothingIsAnswered(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		const n = 50
		fcm := duePhones(t, db, n, time.Now().Add(-time.Second))
		answers := make(chan struct{})
		dead := startLine(t, fcm, func() { <-answers })
		defer close(answers)
		node := startNode(t, db, dead.endpoint)
		waitFor(t, "every push on the wire", time.Minute, func() bool { return dead.sent.Load() == n })
		node.stopWithin(25 * time.Second)
		if known := db.Count(t, "SELECT count(*) FROM pushes WHERE state = 'waiting' AND maybe_sent"); known != n {
			t.Errorf("of %d pushes that FCM may have taken the record knows %d", n, known)
		}
	})
}
