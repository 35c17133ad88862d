package apitest_test

import (
	"net/http"
	"testing"
	"time"
)

func TestHomeworkHandedInFollowsItsSessionForWhenItIsReturned(t *testing.T) {
	for what, test := range map[string]struct {
		change         func(e *engine, session string)
		due, corrected string
	}{
		"moved":     {func(e *engine, session string) { e.move(session, "2026-11-04T20:00") }, "2026-11-05T01:00:00Z", "Tue 8:00 PM is now Wed 8:00 PM."},
		"cancelled": {func(e *engine, session string) { e.cancel(session) }, "2026-11-05T23:00:00Z", "Tue 8:00 PM is now Thu 6:00 PM."},
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				session := e.session("2026-11-03T20:00")
				e.session("2026-11-05T18:00")
				id := e.counselor.NewHomework(e.client, "next_session")
				e.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK) // its own reminders keep quiet
				e.At("2026-11-02T23:00:00Z")
				e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
				e.submit(id)
				test.change(e, session)
				e.Pass(time.Minute)
				e.review(id, object{"decision": "returned", "comment": "Tell me more."})
				if got := e.client.Get("/v1/me/assignments/" + id).Want(http.StatusOK); got.Text("due_at") != test.due {
					t.Errorf("to be done again until %s", got.Raw())
				}
				e.Drain()
				if got := e.client.Texts(); got[0] != test.corrected {
					t.Errorf("the phone shows %v", got)
				}
			})
		})
	}
}

func TestHomeworkOfAGroupIsNotDueSoonerWhenItsSessionIsCancelled(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		d.counselor.NewSession("individual", "2026-11-03T09:00", d.client)
		series := d.counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00", "rule": "FREQ=WEEKLY;COUNT=2"}), d.client)
		d.counselor.Post("/v1/series/"+series+"/assignments", object{"template": "reading", "due": "next_session"}).Want(http.StatusCreated)
		d.counselor.Post("/v1/sessions/"+d.counselor.SessionsOf(series)[0].Text("id")+"/cancel", nil).Want(http.StatusOK)
		if got := d.client.Get("/v1/me/assignments").Want(http.StatusOK); got.Items()[0].Text("due_at") != "2026-11-12T23:00:00Z" {
			t.Errorf("due now: %s", got.Raw())
		}
	})
}
