package apitest_test

import (
	"context"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

func TestWhoHasNoSecretKeepsNobodyFromWriting(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.At("2026-11-03T21:00:00Z")
		push := e.client.Screen()[0].PushID
		e.Nobody().Get("/readyz").Want(http.StatusOK) // it tried a write

		release := e.Busy()
		defer release()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, id := range []string{push, "0190f0c2-0000-7000-8000-000000000001"} {
				e.Nobody().Post("/v1/acks", object{"acks": []any{
					object{"push_id": id, "ack_secret": "c2VjcmV0LXNlY3JldC1zZQ", "event": "opened"}}}).Want(http.StatusNoContent)
			}
			e.Nobody().Get("/readyz").Want(http.StatusOK)
		}()
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			release()
			<-done
			t.Error("an acknowledgement with a wrong secret, or the question whether the server is ready, waited for the writer")
		}
	})
}

func TestADatabaseThatNeverAnswersKeepsNobodyWaitingForEver(t *testing.T) {
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	t.Parallel()
	db, freeze := modelstest.Postgres(t).BehindIce(t)
	w := apitest.New(t, db)
	freeze()
	began := time.Now()
	w.Nobody().Get("/healthz").Want(http.StatusOK)
	w.Admin.Get("/v1/me").WantProblem(http.StatusServiceUnavailable, "unavailable")
	w.Nobody().Get("/readyz").WantProblem(http.StatusServiceUnavailable, "unavailable")
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v to say so", took)
	}
}

// lockedOut is an engine on PostgreSQL with a second client, whose phone must be reminded whatever is locked of the first.
func lockedOut(t *testing.T, f func(t *testing.T, e *engine, second *apitest.Person)) {
	t.Helper()
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	t.Parallel()
	w := apitest.New(t, modelstest.Postgres(t))
	counselor := w.Admin.NewCounselor("Dana Counselor")
	e := &engine{w, counselor, counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)}
	f(t, e, counselor.NewClient("Sam Client").NewPhone(fcmtest.Android))
}

// running has the worker at work until the test ends.
func (e *engine) running(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		e.Worker.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() { stop(); <-ended })
}

// wantSoon waits until somebody's phone shows something.
func wantSoon(t *testing.T, p *apitest.Person, within time.Duration) {
	t.Helper()
	for began := time.Now(); len(p.Screen()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > within {
			t.Fatalf("the phone shows nothing after %v", within)
		}
	}
}

func TestARowThatSomebodyKeepsLockedDoesNotStopTheOthersPushes(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		e.session("2026-11-03T18:00")
		e.counselor.NewSession("group", "2026-11-03T18:15", second)
		release := func() {}
		e.Worker.InFlight = 1
		e.Worker.Sender = interrupted{Sender: e.Worker.Sender, once: &sync.Once{}, before: func() {
			release = e.Hold("SELECT 1 FROM pushes WHERE state = 'claimed' FOR UPDATE")
		}}
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		e.running(t)
		wantSoon(t, e.client, 10*time.Second)
		e.Clock.Set(t, "2026-11-02T23:15:00Z")
		wantSoon(t, second, 15*time.Second)
		release()
	})
}

func TestADuePushThatAWriteHoldsIsLeftForLaterAndTheOthersGoOut(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		e.session("2026-11-03T18:00")
		e.counselor.NewSession("group", "2026-11-03T18:00", second)
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		release := e.Hold("SELECT 1 FROM pushes WHERE user_id = $1 FOR UPDATE", e.client.ID)
		e.running(t)
		wantSoon(t, second, 3*time.Second)
		release()
		wantSoon(t, e.client, 10*time.Second)
	})
}

func TestWhoGuessesTheIDOfASessionWaitsForNobodyWhoRunsIt(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		session := e.counselor.NewSession("group", "2026-11-03T18:00", second)
		defer e.Hold("SELECT 1 FROM sequences WHERE user_id = $1 FOR UPDATE", e.counselor.ID)()
		e.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "coming"}).Want(http.StatusNotFound)
	})
}

func TestRequestsThatWaitForALockDoNotHoldUpThePushes(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		e.counselor.NewSession("group", "2026-11-03T18:00", second)
		defer e.Hold("SELECT 1 FROM sequences WHERE user_id = $1 FOR UPDATE", e.client.ID)()
		e.running(t)
		var waiting sync.WaitGroup
		for range 20 {
			waiting.Go(func() {
				e.client.Patch("/v1/me", object{"locale": "en"}).WantProblem(http.StatusServiceUnavailable, "locked")
			})
		}
		time.Sleep(time.Second) // they have every connection that requests have
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		wantSoon(t, second, 3*time.Second)
		waiting.Wait()
	})
}

func TestOfABatchWhoseLockedPushesKeepItWaitingTheOthersAreRecordedWithinTheirLease(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		clients := []*apitest.Person{e.client, second}
		for _, name := range []string{"Alex Client", "Jo Client", "Kim Client", "Lou Client"} {
			clients = append(clients, e.counselor.NewClient(name).NewPhone(fcmtest.Android))
		}
		e.counselor.NewSession("group", "2026-11-03T18:00", clients...)
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		release := func() {}
		e.Worker.Sender = interrupted{Sender: e.Worker.Sender, once: &sync.Once{}, before: func() {
			release = e.Hold("SELECT 1 FROM pushes WHERE id IN (SELECT id FROM pushes WHERE state = 'claimed' ORDER BY id LIMIT 3) FOR UPDATE")
		}}
		e.running(t)
		for began := time.Now(); e.DB.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'") < 3; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatal("those that nobody locked are not recorded")
			}
		}
		release()
	})
}

// As when a clinic changes its policy while its pushes are on the wire: everybody is planned anew in one transaction.
func TestWhatFCMAcceptedWhileItsPushWasLockedIsRecordedOnceItIsFree(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		e.counselor.NewSession("group", "2026-11-03T18:00", e.client, second)
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		release := func() {}
		e.Worker.Sender = interrupted{Sender: e.Worker.Sender, once: &sync.Once{}, before: func() {
			release = e.Hold("SELECT 1 FROM pushes WHERE state = 'claimed' FOR UPDATE")
		}}
		e.running(t)
		wantSoon(t, e.client, 10*time.Second)
		time.Sleep(4 * time.Second)
		release()
		wantAccepted(t, e.DB, 2, 10*time.Second)
	})
}

func TestABatchForWhichThereIsNoTimeIsRecordedInSmallerParts(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, second *apitest.Person) {
		const n = 90
		due := e.Clock.Now().Add(time.Minute)
		e.DB.Seed(t, n, due)
		for i := range n {
			e.FCM.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i)})
		}
		e.Rows("CREATE FUNCTION slow() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$ LANGUAGE plpgsql")
		e.Rows("CREATE TRIGGER slow BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION slow()")
		e.FCM.Fail(fcmtest.Fault{Delay: time.Second}) // they are answered together
		e.Clock.Advance(2 * time.Minute)
		e.running(t)
		wantAccepted(t, e.DB, n, 30*time.Second)
	})
}

func TestWhileADiskTakesClaimsButNoRecordNothingIsSentAgain(t *testing.T) {
	lockedOut(t, func(t *testing.T, e *engine, _ *apitest.Person) {
		e.Rows("CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql")
		e.Rows("CREATE TRIGGER full_disk BEFORE INSERT ON deliveries EXECUTE FUNCTION full_disk()")
		e.due(t)
		e.running(t)
		wantSoon(t, e.client, 10*time.Second)
		for range 3 {
			time.Sleep(1500 * time.Millisecond) // it tries each second
			e.Clock.Advance(31 * time.Second)   // the lease is over
		}
		e.Rows("DROP TRIGGER full_disk ON deliveries")
		wantAccepted(t, e.DB, 1, 10*time.Second)
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Errorf("it was sent %d times", asked)
		}
	})
}

func wantAccepted(t *testing.T, db modelstest.DB, want int, within time.Duration) {
	t.Helper()
	for began := time.Now(); db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'") < want; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > within {
			t.Fatalf("after %v not all of %d are recorded", within, want)
		}
	}
}
