package apitest_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// site is one record after another, each with the same clients, their phones and FCM: the reminders of n clients are due at
// 14:00, and their session begins two hours later.
type site struct {
	db    modelstest.DB
	clock *modelstest.Clock
	fcm   *fcmtest.Server
	n     int
	log   *apitest.Log
}

func onSite(t *testing.T, n int, f func(t *testing.T, s *site)) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		clock := modelstest.NewClock(t, apitest.Start)
		f(t, &site{db: db, clock: clock, fcm: duePhones(t, db, n, clock.Now()), n: n, log: &apitest.Log{}})
	})
}

// starts lets a node on a record work until nothing is due, and stops it.
func (s *site) starts(t *testing.T, db modelstest.DB) {
	t.Helper()
	store := db.Open(t, s.clock.Now)
	worker := &notify.Worker{Store: store, Sender: senderTo(t, s.fcm), Log: slog.New(slog.NewTextHandler(s.log, nil))}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { worker.Run(ctx); close(ended) }()
	for deadline := time.Now().Add(time.Minute); db.Count(t, "SELECT count(*) FROM pushes WHERE next_at IS NOT NULL") > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("something is left to do after a minute")
		}
	}
	stop()
	<-ended
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s *site) wantShown(t *testing.T, each int) {
	t.Helper()
	for i := range s.n {
		if shown := s.fcm.Screen(modelstest.Registration(i)); len(shown) != each {
			t.Fatalf("phone %d shows %d notifications, want %d", i, len(shown), each)
		}
	}
}

func wantStates(t *testing.T, db modelstest.DB, n int, condition string) {
	t.Helper()
	if got := db.Count(t, "SELECT count(*) FROM reminders WHERE "+condition); got != n {
		t.Errorf("%d reminders are %s, want %d", got, condition, n)
	}
}

func TestARestoredBackupSendsNothingAgainThatItKnowsToBeSent(t *testing.T) {
	onSite(t, 20, func(t *testing.T, s *site) {
		s.starts(t, s.db)
		restored := s.db.Backup(t)
		s.clock.Advance(30 * time.Minute)
		s.starts(t, restored)
		s.wantShown(t, 1)
		if sent := s.fcm.Accepted(); sent != s.n {
			t.Errorf("FCM was handed %d messages for %d reminders", sent, s.n)
		}
	})
}

func TestWhatABackupDoesNotKnowToBeSentReplacesItselfOnThePhone(t *testing.T) {
	onSite(t, 20, func(t *testing.T, s *site) {
		restored := s.db.Backup(t)
		s.starts(t, s.db)
		s.clock.Advance(30 * time.Minute)
		s.starts(t, restored)
		s.wantShown(t, 1)
		wantStates(t, restored, s.n, "state = 'accepted'")
	})
}

func TestARestoredBackupSendsNothingThatIsPastItsUseAndSaysHowMuchThatWas(t *testing.T) {
	onSite(t, 20, func(t *testing.T, s *site) {
		restored := s.db.Backup(t)
		s.starts(t, s.db)
		s.clock.Advance(2 * time.Hour) // the session begins
		s.starts(t, restored)
		if sent := s.fcm.Accepted(); sent != s.n {
			t.Errorf("%d stale messages were sent", sent-s.n)
		}
		wantStates(t, restored, s.n, "state = 'expired' AND cause IS NULL")
		if !strings.Contains(s.log.String(), `msg="reminders that were of no use any more were dropped" count=20`) {
			t.Error(s.log.String())
		}
	})
}

func TestWhatABackupHoldsAsClaimedGoesOutUnderTheSameTagOrMayHaveArrived(t *testing.T) {
	for late, want := range map[time.Duration]string{time.Hour: "state = 'accepted'", 3 * time.Hour: "state = 'expired' AND cause = 'may_have_arrived'"} {
		t.Run(late.String(), func(t *testing.T) {
			onSite(t, 20, func(t *testing.T, s *site) {
				store := s.db.Open(t, s.clock.Now)
				if claims, err := store.ClaimPushes(t.Context(), 100, time.Minute); err != nil || len(claims) != s.n {
					t.Fatalf("%d claimed, %v", len(claims), err)
				}
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				restored := s.db.Backup(t)
				s.clock.Advance(time.Minute)
				s.starts(t, s.db)
				s.clock.Advance(late)
				s.starts(t, restored)
				s.wantShown(t, 1)
				wantStates(t, restored, s.n, want)
			})
		})
	}
}

func TestAfterAStopOfWeeksOnlyWhatIsStillOfUseGoesOut(t *testing.T) {
	onSite(t, 6000, func(t *testing.T, s *site) {
		s.clock.Advance(3 * 7 * 24 * time.Hour)
		s.db.SeedMore(t, s.n, 30, s.clock.Now().Add(-time.Hour))
		for i := range 30 {
			s.fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(s.n + i), Platform: fcmtest.Android})
		}
		s.starts(t, s.db)
		if asked := len(s.fcm.Requests()); asked != 30 {
			t.Errorf("%d messages in a burst", asked)
		}
		wantStates(t, s.db, s.n, "state = 'expired'")
		if !strings.Contains(s.log.String(), "count=6000") {
			t.Error(s.log.String())
		}
	})
}

func TestWhoHadNoPhoneWasUnreachableWhenTheServerStartsAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.client.Delete("/v1/me/devices/" + e.client.Installation)
		sam := e.sam(t)
		e.Clock.Set(t, "2026-11-03T23:00:00Z")
		if dropped, err := e.Store.DropPast(t.Context()); err != nil || dropped != 4 {
			t.Fatalf("%d dropped, %v", dropped, err)
		}
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z unreachable", "2h 2026-11-03T21:00:00Z unreachable")
		wantReminders(t, sam, "1d 2026-11-02T23:00:00Z expired", "2h 2026-11-03T21:00:00Z expired")
		e.Drain()
		e.wantAsked(t, 0)
	})
}

func TestWhatAnotherNodeHasInHandsIsLeftToIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T22:59:50Z")
		due := e.check(t, e.claim(t))
		e.Clock.Advance(20 * time.Second) // it has begun; the other's lease lasts
		if dropped, err := e.DB.Open(t, e.Clock.Now).DropPast(context.Background()); err != nil || dropped > 1 {
			t.Fatalf("%d dropped, %v", dropped, err)
		}
		if fenced := e.complete(t, due, models.Result{State: models.DeliveryAccepted}); fenced != 0 {
			t.Errorf("%d were taken out of its hands", fenced)
		}
	})
}
