package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/apitest"
)

func TestWhoHandsOnWhatTheyRunIsAnsweredWithItAndRunsItNoMore(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		maker, facilitator, next := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Kim")
		series := maker.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2", "facilitator_ids": []string{facilitator.ID}}))
		session := maker.SessionsOf(series)[0].Text("id")
		maker.Patch("/v1/sessions/"+session, object{"facilitator_ids": []string{next.ID}}).Want(http.StatusOK)
		for path, on := range map[string]*apitest.Person{"/v1/sessions/" + session: next, "/v1/series/" + series: facilitator} {
			handed := on.Patch(path, object{"facilitator_ids": []string{maker.ID}}).Want(http.StatusOK)
			if people := handed.Object["facilitators"].([]any); len(people) != 1 || people[0].(map[string]any)["name"] != "Dana" {
				t.Errorf("it is run by %v", people)
			}
			on.Get(path).Want(http.StatusNotFound)
		}
	})
}

func TestWhoMadeASeriesRunsItUntilItIsHandedOnAndNoLonger(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		former, counselor := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client := former.NewClient("Robin")
		series := former.NewSeries(group(object{"kind": "individual", "rule": "FREQ=WEEKLY;COUNT=2"}), client)
		session := former.SessionsOf(series)[0].Text("id")
		former.Patch("/v1/series/"+series, object{"facilitator_ids": []string{counselor.ID}}).Want(http.StatusOK)
		client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "late", "minutes_late": 15, "note": "Court first."}).Want(http.StatusOK)
		for _, path := range []string{"/v1/series/" + series, "/v1/series/" + series + "/roster", "/v1/sessions/" + session, "/v1/sessions/" + session + "/attendance",
			"/v1/sessions/" + session + "/reminders"} {
			former.Get(path).Want(http.StatusNotFound)
			counselor.Get(path).Want(http.StatusOK)
		}
		former.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusNotFound)
		former.Patch("/v1/series/"+series, object{"title": "Mine"}).Want(http.StatusNotFound)
	})
}

func TestWhoSendsBackTheFacilitatorsThatTheyReadHandsNothingOn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		maker, facilitator := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		path := "/v1/series/" + maker.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2", "facilitator_ids": []string{facilitator.ID}}))
		form := object{"title": "Evening group", "facilitator_ids": []string{facilitator.ID}}
		maker.Patch(path, form).Want(http.StatusOK)
		maker.Get(path).Want(http.StatusOK)
		facilitator.Patch(path, form).Want(http.StatusOK) // who says so themselves has it alone
		maker.Get(path).Want(http.StatusNotFound)
	})
}

func TestWhatSomebodyRanWhoIsGoneIsHandedOnByWhoCoversThem(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		maker, gone, next := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Kim")
		path := "/v1/series/" + maker.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2"}), maker.NewClient("Robin"))
		maker.Patch(path, object{"facilitator_ids": []string{gone.ID}}).Want(http.StatusOK)
		w.Admin.Delete("/v1/staff/" + gone.ID).Want(http.StatusNoContent)
		cover := object{"counselor_id": next.ID, "covers_id": gone.ID, "until": "2026-11-03T14:00:00Z"}
		w.Admin.Post("/v1/caseload", cover).Want(http.StatusCreated)
		next.Patch(path, object{"facilitator_ids": []string{next.ID}}).Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-03T14:00:00Z")
		next.SignIn().Get(path).Want(http.StatusOK)
		cover["counselor_id"], cover["covers_id"], cover["until"] = gone.ID, next.ID, "2026-11-04T14:00:00Z"
		w.Admin.SignIn().Post("/v1/caseload", cover).WantField("counselor_id") // who is gone covers nobody
	})
}

func TestWhoStandsInAfterAnAnswerIsToldOfIt(t *testing.T) {
	for what, hand := range map[string]func(e *engine, session string, to *apitest.Person){
		"one session": func(e *engine, session string, to *apitest.Person) {
			e.counselor.Patch("/v1/sessions/"+session, object{"facilitator_ids": []string{to.ID}}).Want(http.StatusOK)
		},
		"the series": func(e *engine, session string, to *apitest.Person) {
			series := e.counselor.Get("/v1/sessions/" + session).Text("series_id")
			e.counselor.Patch("/v1/series/"+series, object{"facilitator_ids": []string{to.ID}}).Want(http.StatusOK)
		},
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				substitute := onDuty(e.Admin.NewCounselor("Lee"))
				onDuty(e.counselor)
				session := e.session("2026-11-03T18:00")
				e.Clock.Set(t, "2026-11-03T04:00:00Z") // 23:00 in New York
				e.answers(session, "cannot_come")
				hand(e, session, substitute)
				e.Pass(9 * time.Hour)
				wantTexts(t, e.counselor)
				wantTexts(t, substitute, "Someone sent word about Tue 6:00 PM.")
			})
		})
	}
}

func TestAnAnswerOfWhoIsNoLongerInTheGroupIsNotTold(t *testing.T) {
	for what, leave := range map[string]func(e *engine, series string){
		"off the roster": (*engine).leave,
		"discharged":     func(e *engine, _ string) { e.discharge(false) },
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				onDuty(e.counselor)
				session := e.session("2026-11-03T18:00")
				e.Clock.Set(t, "2026-11-03T04:00:00Z") // 23:00 in New York
				e.answers(session, "cannot_come")
				leave(e, e.counselor.Get("/v1/sessions/"+session).Text("series_id"))
				e.Pass(9 * time.Hour)
				wantTexts(t, e.counselor)
			})
		})
	}
}

func TestWhoStandsInForOneEveningMayCallItOffWithOthersOfTheirs(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, substitute := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		s := counselor.SessionsOf(counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2"}), counselor.NewClient("Robin")))
		theirs, others := s[0].Text("id"), s[1].Text("id")
		own := substitute.NewSession("group", "2026-11-10T09:00")
		counselor.Patch("/v1/sessions/"+theirs, object{"facilitator_ids": []string{substitute.ID}}).Want(http.StatusOK)
		before := w.Stored()
		substitute.Post("/v1/sessions/cancel", object{"session_ids": []string{own, theirs, others}}).Want(http.StatusNotFound)
		unchanged(t, before, w.Stored())
		if n := substitute.Post("/v1/sessions/cancel", object{"session_ids": []string{own, theirs}}).Want(http.StatusOK).Object["cancelled"]; n != 2.0 {
			t.Errorf("%v were cancelled", n)
		}
	})
}

func TestAnAnswerGivenOfflineIsNotTakenForAnotherStart(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		path := "/v1/me/sessions/" + session + "/rsvp"
		answer := object{"answer": "cannot_come", "starts_at": "2026-11-05T23:00:00Z"}
		e.client.Put(path, object{"answer": "coming", "starts_at": "Thursday"}).WantField("starts_at")
		e.move(session, "2026-11-06T18:00")
		e.client.Put(path, answer).WantProblem(http.StatusConflict, "session_moved")
		wantReminders(t, e.client, "1d 2026-11-04T23:00:00Z cancelled", "2h 2026-11-05T21:00:00Z cancelled", "1d 2026-11-05T23:00:00Z waiting", "2h 2026-11-06T21:00:00Z waiting")
		e.move(session, "2026-11-05T18:00")
		e.client.Put(path, answer).Want(http.StatusOK)
	})
}
