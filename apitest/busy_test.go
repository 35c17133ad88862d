package apitest_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models/modelstest"
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
