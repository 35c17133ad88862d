package apitest_test

import (
	"context"
	"testing"
	"time"

	"handrail/models"
	"handrail/notify"
)

// runs lets a worker run in real time until the test ends.
func (e *engine) runs(t *testing.T, store *models.Store) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		(&notify.Worker{Store: store, Sender: e.Worker.Sender, Log: quiet()}).Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() { stop(); <-ended })
}

func (e *engine) waitForText(t *testing.T, want string, most time.Duration) {
	t.Helper()
	for began := time.Now(); time.Since(began) < most; time.Sleep(5 * time.Millisecond) {
		if texts := e.client.Texts(); len(texts) > 0 && texts[0] == want {
			return
		}
	}
	t.Fatalf("after %v the phone shows %q", most, e.client.Texts())
}

func TestNewWorkWakesTheWorkerOfItsNode(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.runs(t, e.Store)
		time.Sleep(100 * time.Millisecond) // it sleeps for half a minute now
		e.cancel(session)
		e.waitForText(t, "Tue 6:00 PM is off.", 10*time.Second)
	})
}

func TestAWorkerOfAnotherNodeLooksEachSecondWhereTheDatabaseIsShared(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		if !e.Store.Shared() {
			return // SQLite has one node
		}
		session := e.told(t)
		e.runs(t, e.DB.Open(t, e.Clock.Now))
		time.Sleep(100 * time.Millisecond)
		e.cancel(session)
		e.waitForText(t, "Tue 6:00 PM is off.", 10*time.Second)
	})
}
