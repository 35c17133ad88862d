package apitest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

func TestAClientSeesTheSessionsThatBeginWhileTheyAreOnTheRoster(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		roster := "/v1/series/" + counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=5"})) + "/roster"
		sees := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(append([]string{}, want...), starts(client.Get("/v1/me/sessions").Want(http.StatusOK).Items())); diff != "" {
				t.Error(diff)
			}
		}
		sees()
		entry := counselor.Post(roster, object{"client_id": client.ID, "from": "2026-11-17T23:00:00Z", "until": "2026-12-01T23:00:00Z"}).Want(http.StatusCreated)
		if entry.Text("name") != "Robin" || entry.Text("from") != "2026-11-17T23:00:00Z" || entry.Text("until") != "2026-12-01T23:00:00Z" {
			t.Errorf("the entry is %s", entry.Raw())
		}
		sees("2026-11-17T23:00", "2026-11-24T23:00")
		counselor.Post(roster, object{"client_id": client.ID, "from": "2026-12-01T22:59:59Z"}).WantProblem(http.StatusConflict, "already_on_roster")
		counselor.Post(roster, object{"client_id": client.ID}).WantProblem(http.StatusConflict, "already_on_roster")
		counselor.Post(roster, object{"client_id": client.ID, "from": "2026-12-08T00:00:00Z", "until": "2026-12-08T00:00:00Z"}).WantField("until")
		counselor.Post(roster, object{"client_id": client.ID, "from": "2026-12-08T00:00:00Z"}).Want(http.StatusCreated)
		sees("2026-11-17T23:00", "2026-11-24T23:00", "2026-12-08T23:00")
		if n := w.Count("reminders", "user_id = $1 AND state = 'waiting'", client.ID); n != 6 {
			t.Errorf("%d reminders", n)
		}
		gone := client.Get("/v1/me/sessions").Items()[0].Text("id")
		counselor.Delete(roster + "/" + client.ID).Want(http.StatusNoContent)
		sees()
		client.Get("/v1/me/sessions/" + gone).Want(http.StatusNotFound)
		if n := w.Count("changes", "client_id = $1 AND subject_id = $2 AND deleted", client.ID, gone); n != 1 {
			t.Error("the client's feed has no tombstone")
		}
		if n := w.Count("reminders", "user_id = $1 AND state = 'waiting'", client.ID); n != 0 {
			t.Errorf("%d reminders of someone who left", n)
		}
		counselor.Delete(roster + "/" + client.ID).Want(http.StatusNotFound)
		counselor.Post(roster, object{"client_id": client.ID}).Want(http.StatusCreated)
		if n := len(counselor.Get(roster).Items()); n != 3 {
			t.Errorf("the past entries are gone: %d", n)
		}
	})
}

func TestNobodyIsTwiceOnARoster(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		before := w.Stored()
		counselor.Post("/v1/series", group(object{"client_ids": []string{client.ID, client.ID}})).WantProblem(http.StatusConflict, "already_on_roster")
		unchanged(t, before, w.Stored())
		series := counselor.NewSeries(group(object{"facilitator_ids": []string{counselor.ID, counselor.ID}}), client)
		if people := counselor.Get("/v1/series/" + series).Object["facilitators"].([]any); len(people) != 1 {
			t.Errorf("facilitators: %v", people)
		}
		if n := len(client.Get("/v1/me/sessions").Items()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestClientsAndSeriesAreListedInTheOrderInWhichTheyCame(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		for n, path := range []string{"/v1/clients", "/v1/series"} {
			var ids, got []string
			for i := range 3 { // a phone may choose an id that sorts anywhere
				in := group(nil)
				if path == "/v1/clients" {
					in = object{"name": "Jordan"}
				}
				in["id"] = fmt.Sprintf("%d%da15d31-3c00-4e44-8f53-8c9d0e1f2a30", 9-i, n)
				ids = append(ids, counselor.Post(path, in).Want(http.StatusCreated).Text("id"))
				w.Clock.Advance(time.Second)
			}
			first := counselor.Get(path + "?limit=2").Want(http.StatusOK)
			for _, item := range append(first.Items(), counselor.Get(path+"?limit=2&cursor="+first.Text("next_cursor")).Want(http.StatusOK).Items()...) {
				got = append(got, item.Text("id"))
			}
			if diff := cmp.Diff(ids, got); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
	})
}

func TestDischargeEndsTreatmentAndLeavesTheMeetingsThatTheClientWants(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		counselor.NewSession("group", tuesday, client)
		meeting := counselor.NewSession("aftercare", "2026-11-11T12:00", client)
		discharge := "/v1/clients/" + client.ID + "/discharge"
		counselor.Post(discharge, object{"reason": "completed", "aftercare_consent": true}).WantField("text_version")
		ended := counselor.Post(discharge, object{"reason": "completed", "aftercare_consent": true, "text_version": "2026-11"}).Want(http.StatusOK)
		if ended.Text("end_reason") != "completed" || ended.Text("ended_at") != "2026-11-02T14:00:00Z" {
			t.Errorf("the episode is %s", ended.Raw())
		}
		if left := client.Get("/v1/me/sessions").Want(http.StatusOK).Items(); len(left) != 1 || left[0].Text("id") != meeting {
			t.Errorf("the client sees %v", left)
		}
		record := counselor.Get("/v1/clients/" + client.ID).Want(http.StatusOK)
		if record.Object["discharged"] != true || record.Object["level"] != nil {
			t.Errorf("the record is %s", record.Raw())
		}
		counselor.Post(discharge, object{"reason": "other", "aftercare_consent": false}).WantProblem(http.StatusConflict, "not_in_care")
		counselor.Post("/v1/series", group(object{"client_ids": []string{client.ID}})).WantProblem(http.StatusConflict, "not_in_care")
		group := counselor.NewSeries(group(nil))
		counselor.Post("/v1/series/"+group+"/roster", object{"client_id": client.ID}).WantProblem(http.StatusConflict, "not_in_care")
		counselor.NewSession("aftercare", "2026-11-18T12:00", client)

		w.Clock.Advance(time.Hour)
		back := counselor.Post("/v1/clients/"+client.ID+"/episodes", object{"level": "outpatient"}).Want(http.StatusCreated)
		counselor.Post("/v1/series/"+group+"/roster", object{"client_id": client.ID}).Want(http.StatusCreated)
		step := counselor.Post("/v1/clients/"+client.ID+"/episodes", object{"level": "aftercare", "starts_at": "2026-11-02T15:00:00Z"}).Want(http.StatusCreated)
		list := counselor.Get("/v1/clients/" + client.ID + "/episodes").Want(http.StatusOK).Items()
		if len(list) != 3 || list[1].Text("id") != back.Text("id") || list[1].Text("end_reason") != "step" || list[2].Text("id") != step.Text("id") {
			t.Errorf("episodes: %v", list)
		}
		counselor.Post("/v1/clients/"+client.ID+"/episodes", object{"level": "iop", "starts_at": "2026-11-02T14:59:59Z"}).WantField("starts_at")
		counselor.Post("/v1/clients/"+client.ID+"/episodes", object{"level": "iop", "starts_at": "2026-11-02T15:00:01Z"}).WantField("starts_at")
	})
}
