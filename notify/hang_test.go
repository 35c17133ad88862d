package notify_test

import (
	"context"
	"os"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

func TestAStoppedWorkerDoesNotWaitForADatabaseThatNeverAnswers(t *testing.T) {
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	t.Parallel()
	db := modelstest.Postgres(t)
	fcm := withPhones()
	seeded(t, db, fcm, 1, time.Now().Add(-time.Second))
	fcm.Fail(fcmtest.Fault{Delay: time.Second})
	db, freeze := db.BehindIce(t)
	worker := &notify.Worker{Store: db.Open(t, nil), Sender: inMemory(t, fcm), Log: discard()}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		worker.Run(ctx)
		close(ended)
	}()
	for len(fcm.Requests()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	freeze() // the push is on the wire
	stop()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("it waits for the database")
	}
}

func TestWhatANodeDoesWhenItStartsDoesNotWaitForADatabaseThatNeverAnswers(t *testing.T) {
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	t.Parallel()
	db, freeze := modelstest.Postgres(t).BehindIce(t)
	store := db.Open(t, nil)
	freeze()
	for name, do := range map[string]func(context.Context) (int, error){"follow zone data": store.FollowZoneData, "drop what is past": store.DropPast} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			go func() {
				_, err := do(context.Background())
				ended <- err
			}()
			select {
			case err := <-ended:
				if !models.IsAway(err) {
					t.Errorf("it failed with %v", err)
				}
			case <-time.After(30 * time.Second):
				t.Error("it waits for the database")
			}
		})
	}
}
