package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// onDuty gives somebody of staff a phone that they let remind them.
func onDuty(p *apitest.Person) *apitest.Person {
	p.T.Helper()
	p.NewPhone(fcmtest.Android)
	p.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
	return p
}

func TestWhoRunsASessionIsToldThatSomebodyCannotCome(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		other := e.counselor.NewClient("Casey")
		session := e.counselor.NewSession("group", "2026-11-02T18:00", e.client, other)
		colleague := onDuty(e.Admin.NewCounselor("Lee"))
		e.answers(session, "cannot_come")
		other.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		e.Drain()
		wantTexts(t, e.counselor)
		e.Pass(2 * time.Minute)
		wantTexts(t, e.counselor, "Someone sent word about Mon 6:00 PM.")
		for _, r := range e.counselor.Get("/v1/me/reminders").Want(http.StatusOK).Items() {
			if r.Text("kind") != "rsvp" || r.Text("state") != "accepted" || r["subject"].(map[string]any)["href"] != "/v1/sessions/"+session {
				t.Errorf("the facilitator's reminder is %v", r)
			}
		}
		wantTexts(t, colleague)
		wantTexts(t, e.client)
	})
}

func TestAnAnswerTakenBackWithinAMinuteIsNobodysNews(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		session := e.session("2026-11-02T18:00")
		e.answers(session, "cannot_come")
		e.Clock.Advance(30 * time.Second)
		e.answers(session, "coming")
		e.Pass(time.Hour)
		wantTexts(t, e.counselor)
		e.answers(session, "cannot_come")
		e.Pass(time.Hour)
		wantTexts(t, e.counselor, "Someone sent word about Mon 6:00 PM.")
	})
}

func TestAtNightAnAnswerWaitsForTheMorningAndWhoCoversHearsIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		cover := onDuty(e.Admin.NewCounselor("Lee"))
		e.Admin.Post("/v1/caseload", object{"counselor_id": cover.ID, "covers_id": e.counselor.ID, "until": "2026-11-04T00:00:00Z"}).Want(http.StatusCreated)
		session := e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T04:00:00Z") // 23:00 in New York
		e.answers(session, "cannot_come")
		e.At("2026-11-03T11:59:00Z")
		wantTexts(t, cover)
		e.At("2026-11-03T12:00:00Z")
		wantTexts(t, cover, "Someone sent word about Tue 6:00 PM.")
	})
}

func TestAnAnswerThatNoLongerMattersIsNotTold(t *testing.T) {
	for what, change := range map[string]func(e *engine, session string){
		"the session is cancelled": func(e *engine, session string) { e.cancel(session) },
		"it has moved":             func(e *engine, session string) { e.move(session, "2026-11-04T18:00") },
		"somebody else runs it": func(e *engine, session string) {
			e.counselor.Patch("/v1/sessions/"+session, object{"facilitator_ids": []string{e.Admin.NewCounselor("Lee").ID}}).Want(http.StatusOK)
		},
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				onDuty(e.counselor)
				session := e.session("2026-11-03T18:00")
				e.answers(session, "cannot_come")
				change(e, session)
				e.Pass(time.Hour)
				wantTexts(t, e.counselor)
			})
		})
	}
}
