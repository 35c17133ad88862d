package apitest_test

import (
	"net/http"
	"testing"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

func TestASeriesChangedFromALaterDateAndThenFromAnEarlierOneLosesNoSession(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=5"}))
		path, s := "/v1/series/"+series, counselor.SessionsOf(series)
		counselor.Patch(path, object{"from_session_id": s[2].Text("id"), "local_start": "2026-11-24T19:00"}).Want(http.StatusOK)
		counselor.Patch(path, object{"exdates": []string{"2026-12-01T19:00"}}).WantField("local_start")
		counselor.Patch(path, object{"place": "Room 3"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-17T18:00", "11-24T19:00", "12-01T19:00", "12-08T19:00")
		counselor.Patch(path, object{"local_start": "2026-11-10T18:30"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:30", "11-17T18:30", "11-24T18:30", "12-01T18:30", "12-08T18:30")
		for i, now := range counselor.SessionsOf(series) {
			if now.Text("id") != s[i].Text("id") {
				t.Errorf("session %d is another one", i)
			}
		}
	})
}

func TestWhatAChangeFromALaterDateSaidIsNotTakenForADecisionOnTheSessionsBefore(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague, third := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Kim")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=3", "place": "Room 2"}))
		path, s := "/v1/series/"+series, counselor.SessionsOf(series)
		counselor.Patch(path, object{"from_session_id": s[1].Text("id"), "place": "Room 5", "duration_minutes": 75,
			"facilitator_ids": []string{colleague.ID}}).Want(http.StatusOK)
		colleague.Patch(path, object{"place": "Room 7", "duration_minutes": 90, "facilitator_ids": []string{third.ID}}).Want(http.StatusOK)
		sessions := third.SessionsOf(series)
		if len(sessions) != 3 {
			t.Fatalf("who runs it now has %d sessions of it", len(sessions))
		}
		for i, now := range sessions {
			people := now["facilitators"].([]any)
			if now.Text("place") != "Room 7" || now.Text("ends_at")[11:16] != "00:30" || len(people) != 1 || people[0].(map[string]any)["name"] != "Kim" {
				t.Errorf("session %d is in %s until %s with %v", i, now.Text("place"), now.Text("ends_at"), people)
			}
		}
	})
}

func TestAnEveningThatTheRuleTakesBackIsOnAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6"}), e.client)
		path, s := "/v1/series/"+series, e.counselor.SessionsOf(series)
		e.cancel(s[5].Text("id"))
		e.counselor.Patch(path, object{"rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=3"}).Want(http.StatusOK)
		wantLaidOut(t, e.counselor, series, "11-10T18:00", "11-12T18:00 off", "11-17T18:00", "11-19T18:00 off", "11-24T18:00", "11-26T18:00 off")
		e.counselor.Patch(path, object{"rule": "FREQ=WEEKLY;BYDAY=TU,TH,SA;COUNT=9"}).Want(http.StatusOK)
		wantLaidOut(t, e.counselor, series, "11-10T18:00", "11-12T18:00", "11-14T18:00", "11-17T18:00", "11-19T18:00", "11-21T18:00",
			"11-24T18:00", "11-26T18:00 off", "11-28T18:00")
		if back := e.counselor.SessionsOf(series)[1]; back.Text("id") != s[1].Text("id") {
			t.Error("the evening that is on again is another one")
		}
		if n := e.Count("reminders", "user_id = $1 AND state = 'waiting'", e.client.ID); n != 16 {
			t.Errorf("%d reminders wait, want those of eight sessions", n)
		}
	})
}

func TestASeriesThatWasEndedGoesOnWithANewRule(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=4"}))
		path, s := "/v1/series/"+series, counselor.SessionsOf(series)
		counselor.Post(path+"/end", object{"from_session_id": s[2].Text("id")}).Want(http.StatusOK)
		counselor.Patch(path, object{"local_start": "2026-11-10T17:00"}).Want(http.StatusOK) // earlier on the clock than where it ends
		wantLaidOut(t, counselor, series, "11-10T17:00", "11-17T17:00", "11-24T18:00 off", "12-01T18:00 off")
		counselor.Post(path+"/sessions", object{"local_start": "2026-12-01T18:00"}).Want(http.StatusCreated)
		counselor.Patch(path, object{"local_start": "2026-11-10T16:00"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T16:00", "11-17T16:00", "11-24T18:00 off", "12-01T18:00")
		counselor.Patch(path, object{"local_start": "2026-11-10T18:00", "rule": "FREQ=WEEKLY;COUNT=3"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-17T18:00", "11-24T18:00", "12-01T18:00")
		w.Clock.Set(t, "2026-11-25T14:00:00Z")
		counselor.SignIn().Patch(path, object{"local_start": "2026-12-01T19:00"}).WantProblem(http.StatusConflict, "series_over")
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-17T18:00", "11-24T18:00", "12-01T18:00")
	})
}

func TestALaterTimeOfDayLosesNotTheLastSession(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		for _, until := range []string{"20261124T230000Z", "20261124"} {
			series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;UNTIL=" + until}))
			counselor.Patch("/v1/series/"+series, object{"local_start": "2026-11-10T19:30"}).Want(http.StatusOK)
			wantLaidOut(t, counselor, series, "11-10T19:30", "11-17T19:30", "11-24T19:30")
		}
	})
}

func TestAGroupThatMovesOverTheEdgeOfItsWeekMovesWithItsHomework(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		for _, c := range []struct{ from, to string }{
			{"2026-11-08T23:30", "2026-11-09T00:30"}, // Sunday to Monday
			{"2026-11-09T18:00", "2026-11-08T18:00"}, // and back
		} {
			series := counselor.NewSeries(group(object{"local_start": c.from, "rule": "FREQ=WEEKLY;COUNT=3"}), client)
			before := counselor.SessionsOf(series)
			counselor.Post("/v1/series/"+series+"/assignments", object{"title": "Log", "instructions": "", "due": "next_session"}).Want(http.StatusCreated)
			counselor.Patch("/v1/series/"+series, object{"local_start": c.to}).Want(http.StatusOK)
			after := counselor.SessionsOf(series)
			if len(after) != 3 {
				t.Fatalf("laid out: %v", laidOut(after))
			}
			for i := range after {
				if after[i].Text("id") != before[i].Text("id") || after[i].Text("status") != "scheduled" {
					t.Errorf("from %s to %s session %d is another one", c.from, c.to, i)
				}
			}
			if n := w.Count("assignments", "follows_session_id = $1", before[0].Text("id")); n != 1 {
				t.Errorf("%d pieces of homework follow the first session", n)
			}
			counselor.Post("/v1/series/"+series+"/end", object{}).Want(http.StatusOK)
		}
	})
}

func TestFromTheNextDateOnMeansEverySessionAhead(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=4"}))
		path, s := "/v1/series/"+series, counselor.SessionsOf(series)
		counselor.Patch("/v1/sessions/"+s[2].Text("id"), object{"local_start": "2026-11-09T18:00"}).Want(http.StatusOK) // before the first
		counselor.Patch(path, object{"place": "Room 3"}).Want(http.StatusOK)
		for _, now := range counselor.SessionsOf(series) {
			if now.Text("place") != "Room 3" {
				t.Errorf("on %s it is in %s", now.Text("local_start"), now.Text("place"))
			}
		}
		counselor.Patch("/v1/sessions/"+s[0].Text("id"), object{"local_start": "2026-12-20T18:00"}).Want(http.StatusOK) // behind the last
		counselor.Post(path+"/end", object{"from_session_id": s[1].Text("id")}).Want(http.StatusOK)
		for _, now := range counselor.SessionsOf(series) {
			if now.Text("status") != "cancelled" {
				t.Errorf("after the end there is a session on %s", now.Text("local_start"))
			}
		}
	})
}

func TestASeriesThatBeginsBeyondTheHorizonCanBeChangedAndEnded(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"local_start": "2027-03-02T18:00", "rule": "FREQ=WEEKLY"}))
		path := "/v1/series/" + series
		wantLaidOut(t, counselor, series, "03-02T18:00")
		first := counselor.SessionsOf(series)[0].Text("id")
		counselor.Patch(path, object{"local_start": "2027-03-16T19:00"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "03-16T19:00")
		if now := counselor.SessionsOf(series)[0].Text("id"); now != first {
			t.Error("the first session is another one")
		}
		counselor.Post(path+"/end", object{}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "03-16T19:00 off")
	})
}
