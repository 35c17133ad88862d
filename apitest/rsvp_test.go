package apitest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"handrail/notify/fcmtest"
)

func (e *engine) answers(session, answer string) {
	e.T.Helper()
	in := object{"answer": answer}
	if answer == "late" {
		in["minutes_late"] = 20
	}
	e.client.Put("/v1/me/sessions/"+session+"/rsvp", in).Want(http.StatusOK)
}

func TestP16_WhoCannotComeIsNotRemindedAndWhoComesAfterAllIsRemindedOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.answers(session, "cannot_come")
		for _, r := range e.client.Get("/v1/me/reminders").Items() {
			if r.Text("state") != "cancelled" || r.Text("cause") != "cannot_come" {
				t.Errorf("a reminder is %v", r)
			}
		}
		e.At("2026-11-05T00:00:00Z") // an hour after the first would have come
		e.answers(session, "coming")
		e.answers(session, "coming")
		wantReminders(t, e.client, "1d 2026-11-04T23:00:00Z cancelled", "2h 2026-11-05T21:00:00Z waiting")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.wantSent(t, 1)
	})
}

func TestWhoComesLateIsRemindedAllTheSame(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.answers(session, "late")
		e.Pass(4 * 24 * time.Hour)
		e.wantSent(t, 2)
	})
}

func TestAnAnswerTakesNothingFromThePhoneThatIsStillTrue(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.At("2026-11-04T23:00:00Z")
		e.answers(session, "cannot_come")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "You have something Thu at 6:00 PM.") // it is on, though they do not come
		e.wantSent(t, 1)
	})
}

func TestASessionThatMovesAsksAgainAndRemindsAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.answers(session, "cannot_come")
		e.move(session, "2026-11-06T18:00")
		mine := e.client.Get("/v1/me/sessions/" + session).Want(http.StatusOK)
		if rsvp, _ := mine.Object["rsvp"].(map[string]any); rsvp["stands"] != false || rsvp["answer"] != "cannot_come" {
			t.Errorf("the answer is %v", rsvp)
		}
		e.Pass(5 * 24 * time.Hour)
		e.wantTexts(t, "You have something Fri at 6:00 PM.", "You have something Fri at 6:00 PM.")
		e.wantSent(t, 2)
	})
}

func TestAnAnswerThatCameWhileThePushWasInHandStopsIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.Clock.Set(t, "2026-11-04T23:00:00Z")
		claims, err := e.Store.ClaimPushes(t.Context(), 10, time.Minute)
		if err != nil || len(claims) != 1 {
			t.Fatal(claims, err)
		}
		e.answers(session, "cannot_come")
		due, err := e.Store.CheckPushes(t.Context(), claims)
		if err != nil || len(due) != 1 || len(due[0].Things) != 0 {
			t.Errorf("it would still go out: %v, %v", due, err)
		}
	})
}

func TestAnAnswerIsForASessionAheadAndItsFacilitatorsReadIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		path := "/v1/me/sessions/" + session + "/rsvp"
		e.client.Put(path, object{"answer": "late", "minutes_late": 15, "note": "The bus is late."}).Want(http.StatusOK)
		sheet := e.counselor.Get("/v1/sessions/" + session + "/attendance").Want(http.StatusOK)
		entry := sheet.Object["entries"].([]any)[0].(map[string]any)
		if rsvp, _ := entry["rsvp"].(map[string]any); rsvp["answer"] != "late" || rsvp["minutes_late"] != 15.0 || rsvp["note"] != "The bus is late." {
			t.Errorf("the facilitator reads %v", rsvp)
		}
		e.Clock.Set(t, "2026-11-06T02:00:00Z") // it is over
		e.client.Put(path, object{"answer": "coming"}).WantProblem(http.StatusConflict, "session_over")
		cancelled := e.counselor.SignIn().NewSession("group", "2026-11-09T18:00", e.client)
		e.cancel(cancelled)
		e.client.Put("/v1/me/sessions/"+cancelled+"/rsvp", object{"answer": "coming"}).WantProblem(http.StatusConflict, "already_cancelled")
	})
}

func TestAClientsOwnMeetingIsRemindedOfThroughDischargeAndSeenByNobodyElse(t *testing.T) {
	for _, consent := range []bool{true, false} {
		t.Run(fmt.Sprint("consent ", consent), func(t *testing.T) { keepsAMeetingThroughDischarge(t, consent) })
	}
}

func keepsAMeetingThroughDischarge(t *testing.T, consent bool) {
	t.Helper()
	onEngine(t, func(t *testing.T, e *engine) {
		own := e.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-05T19:00", "duration_minutes": 60,
			"rule": "FREQ=WEEKLY", "place": "Library"}).Want(http.StatusCreated)
		for _, path := range []string{"/v1/series", "/v1/sessions", "/v1/clients/" + e.client.ID + "/sessions", "/v1/bookings?place=Library"} {
			if n := len(e.counselor.Get(path).Want(http.StatusOK).Items()); n != 0 {
				t.Errorf("the counselor sees it at %s", path)
			}
		}
		session := e.client.Get("/v1/me/sessions").Items()[0]
		if session["own"] != true {
			t.Errorf("it is listed as %v", session)
		}
		e.counselor.Get("/v1/sessions/" + session.Text("id")).Want(http.StatusNotFound)
		e.counselor.Get("/v1/series/" + own.Text("id")).Want(http.StatusNotFound)
		e.counselor.Get("/v1/sessions/" + session.Text("id") + "/attendance").Want(http.StatusNotFound)
		e.counselor.Post("/v1/clients/"+e.client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": consent, "text_version": "2026-11"}).Want(http.StatusOK)
		e.Pass(4 * 24 * time.Hour)
		if consent {
			e.wantTexts(t, "You have something Thu at 7:00 PM.", "You have something Thu at 7:00 PM.")
		} else {
			e.wantTexts(t)
		}
	})
}

func TestAMeetingThatIsGivenUpIsGoneAndWhatWasToldIsTakenBack(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		own := e.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-02T08:00", "duration_minutes": 60,
			"rule": "FREQ=DAILY;COUNT=5"}).Want(http.StatusCreated).Text("id")
		e.At("2026-11-02T14:00:00Z")
		first := e.client.Get("/v1/me/sessions").Items()[0].Text("id")
		e.client.Put("/v1/me/sessions/"+first+"/went", object{"went": true}).Want(http.StatusOK)
		e.At("2026-11-03T11:00:00Z") // quiet hours: the 2 h reminder of 8:00 came at their start
		if len(e.client.Texts()) == 0 {
			t.Fatal("nothing was announced")
		}
		e.Clock.Set(t, "2026-11-03T12:30:00Z")
		e.client.Delete("/v1/me/meetings/" + own).Want(http.StatusNoContent)
		e.client.Get("/v1/me/meetings/" + own).Want(http.StatusNotFound)
		e.client.Delete("/v1/me/meetings/" + own).Want(http.StatusNotFound)
		list := e.client.Get("/v1/me/sessions?from=2026-11-01T00:00:00Z").Want(http.StatusOK).Items()
		if len(list) != 1 || list[0]["went"] != true {
			t.Errorf("what is left is %v", list)
		}
		e.Pass(4 * 24 * time.Hour)
		for _, text := range e.client.Texts() {
			if text == "You have something Tue at 8:00 AM." {
				t.Errorf("the phone still says %q", text)
			}
		}
		e.wantEnded(t)
	})
}

func TestAMeetingOfOnesOwnMovesFromItsNextDateOn(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		own := e.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-02T08:00", "duration_minutes": 60,
			"rule": "FREQ=DAILY;COUNT=3"}).Want(http.StatusCreated)
		path := "/v1/me/meetings/" + own.Text("id")
		e.client.Call("PATCH", path, object{"local_start": "2026-11-03T19:00"}, "If-Match", own.Header.Get("ETag")).Want(http.StatusOK)
		var got []string
		for _, s := range e.client.Get("/v1/me/sessions?from=2026-11-01T00:00:00Z").Items() {
			got = append(got, s.Text("local_start")[5:16])
		}
		if len(got) != 3 || got[0] != "11-02T08:00" || got[1] != "11-03T19:00" || got[2] != "11-04T19:00" {
			t.Errorf("the dates are %v", got)
		}
		clinics := e.counselor.NewSeries(object{"title": "Alumni", "kind": "aftercare", "local_start": tuesday, "duration_minutes": 60}, e.client)
		if list := e.client.Get("/v1/me/meetings").Items(); len(list) != 2 {
			t.Errorf("%d meetings", len(list))
		}
		e.client.Patch("/v1/me/meetings/"+clinics, object{"title": "Mine"}).Want(http.StatusNotFound)
		e.client.Delete("/v1/me/meetings/" + clinics).Want(http.StatusNotFound)
		e.Clock.Set(t, "2026-11-02T15:00:00Z")
		e.counselor.Delete("/v1/series/" + clinics + "/roster/" + e.client.ID).Want(http.StatusNoContent)
		if until := e.client.Get("/v1/me/meetings/" + clinics).Want(http.StatusOK).Text("until"); until != "2026-11-02T15:00:00Z" {
			t.Errorf("after leaving, until is %q", until)
		}
	})
}

func TestOnlyAMeetingTakesTheClientsOwnWord(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		treatment := e.counselor.NewSession("group", "2026-11-02T08:00", e.client)
		e.client.Put("/v1/me/sessions/"+treatment+"/went", object{"went": true}).WantProblem(http.StatusConflict, "not_a_meeting")
		later := e.counselor.NewSession("aftercare", "2026-11-02T19:00", e.client)
		e.client.Put("/v1/me/sessions/"+later+"/went", object{"went": true}).WantProblem(http.StatusConflict, "not_begun")
		e.Clock.Set(t, "2026-11-03T14:00:00Z")
		e.client.Put("/v1/me/sessions/"+later+"/went", object{"went": false}).Want(http.StatusOK)
		other := e.counselor.SignIn().NewClient("Casey").NewPhone(fcmtest.IOS)
		other.Put("/v1/me/sessions/"+later+"/went", object{"went": true}).Want(http.StatusNotFound)
		for _, s := range e.counselor.Get("/v1/clients/" + e.client.ID + "/sessions?from=2026-11-01T00:00:00Z").Items() {
			if s["went"] != nil {
				t.Errorf("the counselor reads the client's own word: %v", s)
			}
		}
	})
}
