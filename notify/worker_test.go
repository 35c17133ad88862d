package notify_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// running is a worker at work in virtual time on n reminders that are due in ten minutes. The bubble does not end while
// a goroutine of the worker's is left.
type running struct {
	db    modelstest.DB
	store *models.Store
	fcm   *fcmtest.Server
	due   time.Time
	stop  context.CancelFunc
	ended chan struct{}
}

func run(t *testing.T, n int, faults ...fcmtest.Fault) *running {
	t.Helper()
	return runThrough(t, n, func(s notify.Sender) notify.Sender { return s }, faults...)
}

func runThrough(t *testing.T, n int, through func(notify.Sender) notify.Sender, faults ...fcmtest.Fault) *running {
	t.Helper()
	r := &running{db: modelstest.SQLite(t), fcm: fcmtest.New(fcmtest.Options{}), due: time.Now().Add(10 * time.Minute), ended: make(chan struct{})}
	seeded(t, r.db, r.fcm, n, r.due)
	for _, fault := range faults {
		r.fcm.Fail(fault)
	}
	r.store = r.db.Open(t, nil)
	t.Cleanup(r.fcm.Close)
	worker := &notify.Worker{Store: r.store, Sender: through(inMemory(t, r.fcm)), Log: discard()}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	t.Cleanup(func() { r.stop(); <-r.ended })
	go func() {
		worker.Run(ctx)
		close(r.ended)
	}()
	return r
}

func TestAReminderIsSentAtTheInstantItIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 1)
		time.Sleep(10*time.Minute - time.Millisecond)
		synctest.Wait()
		if asked := len(r.fcm.Requests()); asked != 0 {
			t.Fatal("it was sent early")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		requests := r.fcm.Requests()
		if len(requests) != 1 || requests[0].At.Sub(r.due) > time.Millisecond {
			t.Fatalf("%d requests, late by %v", len(requests), requests[0].At.Sub(r.due))
		}
	})
}

func TestAStoppedWorkerFinishesWhatIsOnTheWireAndRecordsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 3, fcmtest.Fault{Delay: 3 * time.Second})
		time.Sleep(10*time.Minute + time.Second)
		r.stop()
		<-r.ended
		if took := time.Since(r.due); took > 4*time.Second {
			t.Errorf("it took %v to stop", took)
		}
		if accepted := r.db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'"); accepted != 3 {
			t.Errorf("%d of 3 are recorded", accepted)
		}
	})
}

func TestAStoppedWorkerDoesNotWaitForAnAnswerThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 1, fcmtest.Fault{NeverAnswer: true})
		time.Sleep(10*time.Minute + time.Second)
		r.stop()
		<-r.ended
		if took := time.Since(r.due); took > 20*time.Second {
			t.Errorf("it took %v to stop", took)
		}
		if unclear := r.db.Count(t, "SELECT count(*) FROM pushes WHERE state = 'waiting' AND maybe_sent"); unclear != 1 {
			t.Error("that it may have arrived is not recorded")
		}
	})
}

// standsStill is a process that stands still between the check of a push and its call, once.
type standsStill struct {
	notify.Sender
	stood atomic.Bool
}

func (s *standsStill) Send(ctx context.Context, m notify.Message) notify.Answer {
	if !s.stood.Swap(true) {
		time.Sleep(31 * time.Second)
	}
	return s.Sender.Send(ctx, m)
}

func TestS5_AWorkerThatStoodStillAfterItsCheckMakesNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := runThrough(t, 1, func(s notify.Sender) notify.Sender { return &standsStill{Sender: s} })
		time.Sleep(10*time.Minute + 2*time.Minute)
		synctest.Wait()
		if requests := r.fcm.Requests(); len(requests) != 1 || requests[0].At.Sub(r.due) < 30*time.Second {
			t.Errorf("%d requests; want one, of a new claim", len(requests))
		}
		if accepted := r.db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'"); accepted != 1 {
			t.Error("it is not sent")
		}
	})
}

func TestSlowAnswersDoNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := 0
		r := run(t, 600, fcmtest.Fault{NeverAnswer: true, Match: func(fcmtest.Message) bool { slow++; return slow <= 450 }})
		time.Sleep(10*time.Minute + 2*time.Second)
		synctest.Wait()
		if accepted := r.fcm.Accepted(); accepted != 150 {
			t.Errorf("%d of the 150 that FCM answers were sent while 450 hang", accepted)
		}
	})
}

func TestWhatIsNotAnsweredIsTriedAgainEverMoreSeldomAndNeverAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 1, fcmtest.Fault{HangUp: true})
		time.Sleep(4 * time.Hour)
		synctest.Wait()
		requests := r.fcm.Requests()
		if n := len(requests); n < 20 || n > 70 {
			t.Errorf("%d requests in two hours", n)
		}
		for i := 1; i < len(requests); i++ {
			if gap := requests[i].At.Sub(requests[i-1].At); gap < time.Second<<min(i-1, 7) || gap > 5*time.Minute+time.Second {
				t.Errorf("%v between tries", gap)
			}
		}
		if last := requests[len(requests)-1].At; last.After(r.due.Add(2 * time.Hour)) {
			t.Error("it was sent after its time")
		}
		if expired := r.db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'expired' AND cause = 'may_have_arrived'"); expired != 1 {
			t.Error("it has not expired")
		}
	})
}

func TestManyDeathsAtOnceAreNotBelievedAndAreSaidOnce(t *testing.T) {
	for name, fault := range map[string]fcmtest.Fault{"UNREGISTERED": fcmtest.Unregistered(), "SENDER_ID_MISMATCH": fcmtest.SenderIDMismatch()} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			defer slog.SetDefault(slog.Default())
			slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
			synctest.Test(t, func(t *testing.T) {
				r := run(t, 300, fault)
				time.Sleep(30 * time.Minute) // each is tried three times
				synctest.Wait()
				if disabled := r.db.Count(t, "SELECT count(*) FROM devices WHERE status = 'disabled'"); disabled > 15 {
					t.Errorf("%d of 300 devices were disabled", disabled)
				}
				r.fcm.ClearFaults()
				time.Sleep(30 * time.Minute)
				synctest.Wait()
				if accepted := r.fcm.Accepted(); accepted < 285 {
					t.Errorf("%d of 300 were reached once FCM had recovered", accepted)
				}
			})
			if said := strings.Count(logged.String(), "too many registrations are called dead"); said != 1 || !strings.Contains(logged.String(), name) {
				t.Errorf("it is said %d times:\n%s", said, logged.String())
			}
		})
	}
}

func TestTheWorkerSleepsUntilThePaceLetsItSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 1000)
		r.stop()
		<-r.ended
		worker := &notify.Worker{Store: r.db.OpenPaced(t, nil, models.LeastPushRate), Sender: inMemory(t, r.fcm), Log: discard()}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			worker.Run(ctx)
			close(ended)
		}()
		time.Sleep(time.Until(r.due.Add(5 * time.Second)))
		synctest.Wait()
		if sent := r.fcm.Accepted(); sent < 560 || sent > 600 {
			t.Errorf("%d were sent within five seconds, at a hundred a second", sent)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		stop()
		<-ended
		if sent := r.fcm.Accepted(); sent != 1000 {
			t.Errorf("%d of 1000", sent)
		}
		requests := r.fcm.Requests()
		batches := 1
		for i := 1; i < len(requests); i++ {
			if requests[i].At.Sub(requests[i-1].At) > 10*time.Millisecond {
				batches++
			}
		}
		if batches > 110 {
			t.Errorf("it looked %d times in ten seconds", batches)
		}
	})
}

// A platform's pause is for both phones of a person one by one, and for every node: it is on record.
func TestAPauseIsKeptAcrossARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, 1, fcmtest.ProjectQuotaExceeded("300"))
		time.Sleep(10*time.Minute + time.Second)
		r.stop()
		<-r.ended
		r.fcm.ClearFaults()
		worker := &notify.Worker{Store: r.store, Sender: inMemory(t, r.fcm), Log: discard()}
		for range 298 {
			time.Sleep(time.Second)
			if _, err := worker.Drain(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if asked := len(r.fcm.Requests()); asked != 1 {
			t.Fatalf("%d requests", asked)
		}
		time.Sleep(2 * time.Second)
		if _, err := worker.Drain(context.Background()); err != nil || r.fcm.Accepted() != 1 {
			t.Fatalf("accepted %d, %v", r.fcm.Accepted(), err)
		}
	})
}
