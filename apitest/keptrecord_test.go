package apitest_test

import (
	"net/http"
	"testing"

	"handrail/apitest"
)

func TestARosterDateDoesNotHideAttendanceThatIsOnRecord(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"local_start": "2026-11-01T08:00", "rule": "FREQ=DAILY;COUNT=5"}), client)
		second := counselor.SessionsOf(series)[1].Text("id")
		sheet, path := "/v1/sessions/"+second+"/attendance", "/v1/series/"+series+"/roster/"+client.ID
		counselor.Put(sheet, object{"records": []object{{"client_id": client.ID, "status": "present"}}}).Want(http.StatusOK)
		before := w.Stored()
		counselor.Patch(path, object{"from": "2026-11-03T00:00:00Z"}).WantProblem(http.StatusConflict, "attendance_recorded")
		counselor.Patch(path, object{"until": "2026-11-02T12:00:00Z"}).WantProblem(http.StatusConflict, "attendance_recorded")
		unchanged(t, before, w.Stored())
		counselor.Put(sheet, object{"records": []object{}}).Want(http.StatusOK)
		counselor.Patch(path, object{"from": "2026-11-03T00:00:00Z"}).Want(http.StatusOK)
	})
}

func TestAnEndedSeriesTakesNobodyForAfterItsEnd(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}))
		counselor.Post("/v1/series/"+series+"/end", object{"from_session_id": counselor.SessionsOf(series)[1].Text("id")}).Want(http.StatusOK)
		counselor.Post("/v1/series/"+series+"/roster", object{"client_id": client.ID, "from": "2026-11-11T00:00:00Z"}).WantField("from")
		counselor.Post("/v1/series/"+series+"/roster", object{"client_id": client.ID, "from": "2026-11-10T00:00:00Z"}).Want(http.StatusCreated)
	})
}

func TestHomeworkOfACancelledSessionIsDueLaterAndNeverSooner(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2"}), client)
		homework := counselor.Post("/v1/clients/"+client.ID+"/assignments", object{"title": "Log", "instructions": "", "due": "next_session"}).Want(http.StatusCreated).Text("id")
		counselor.NewSession("individual", "2026-11-04T09:00", client)
		counselor.Post("/v1/sessions/"+counselor.SessionsOf(series)[0].Text("id")+"/cancel", nil).Want(http.StatusOK)
		if due := counselor.Get("/v1/assignments/" + homework).Text("due_at"); due != "2026-11-17T23:00:00Z" {
			t.Errorf("it is due %s", due)
		}
		counselor.Patch("/v1/series/"+series, object{"from_session_id": counselor.SessionsOf(series)[1].Text("id"), "local_start": "2026-12-01T18:00",
			"rule": "FREQ=MONTHLY;BYDAY=1TU;COUNT=2"}).Want(http.StatusOK)
		if due := counselor.Get("/v1/assignments/" + homework).Text("due_at"); due != "2026-12-01T23:00:00Z" {
			t.Errorf("with the new dates it is due %s", due)
		}
	})
}

func TestAPreviewLeavesNothingAndWakesNobody(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2"}), client)
		session := counselor.SessionsOf(series)[0].Text("id")
		other := counselor.NewClient("Casey").ID
		select {
		case <-w.Store.Woken():
		default:
		}
		before := w.Stored("audit_events") // that somebody looked
		key := []string{"Idempotency-Key", "a-key"}
		counselor.Call("POST", "/v1/series?preview=true", group(object{"client_ids": []string{client.ID}}), key...).Want(http.StatusOK)
		counselor.Patch("/v1/series/"+series+"?preview=true", object{"local_start": "2026-11-11T19:00"}).Want(http.StatusOK)
		counselor.Patch("/v1/sessions/"+session+"?preview=true", object{"local_start": "2026-11-11T19:00"}).Want(http.StatusOK)
		counselor.Call("POST", "/v1/series/"+series+"/sessions?preview=true", object{"local_start": "2026-11-14T10:00"}, key...).Want(http.StatusOK)
		counselor.Call("POST", "/v1/series/"+series+"/roster?preview=true", object{"client_id": other}, key...).Want(http.StatusOK)
		counselor.Patch("/v1/series/"+series+"/roster/"+client.ID+"?preview=true", object{"until": "2026-11-12T00:00:00Z"}).Want(http.StatusOK)
		select {
		case <-w.Store.Woken():
			t.Error("the worker was woken")
		default:
		}
		unchanged(t, before, w.Stored("audit_events"))
		for _, id := range []string{client.ID, other} {
			if w.Count("audit_events", "client_id = $1 AND action = 'preview_change'", id) == 0 {
				t.Errorf("it is not noted that somebody looked what would clash for %s", id)
			}
		}
	})
}

func TestASessionAtWhichAttendanceIsOnRecordIsNotMovedAwayFromIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"local_start": "2026-11-03T18:00", "duration_minutes": 180, "rule": "FREQ=WEEKLY;COUNT=2"}), client)
		session := "/v1/sessions/" + counselor.SessionsOf(series)[0].Text("id")
		w.Clock.Set(t, "2026-11-04T00:00:00Z") // an hour into it
		attended(t, counselor, counselor.SignIn().SessionsOf(series)[0].Text("id"), client.ID, "present", nil)
		before := w.Stored()
		counselor.Patch(session, object{"local_start": "2026-11-05T18:00"}).WantProblem(http.StatusConflict, "attendance_recorded")
		counselor.Patch(session, object{"duration_minutes": 90}).WantProblem(http.StatusConflict, "attendance_recorded")
		unchanged(t, before, w.Stored())
		counselor.Patch(session, object{"place": "Room 5"}).Want(http.StatusOK)
		if got := treatment(client.Get("/v1/me/progress"))[0]; got != "2026-W45 180/180/180 of 540" {
			t.Error(got)
		}
		counselor.Put(session+"/attendance", object{"records": []object{}}).Want(http.StatusOK)
		counselor.Patch(session, object{"duration_minutes": 90}).Want(http.StatusOK)
	})
}
