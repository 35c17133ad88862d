package apitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

func TestTheWholeRosterIsRecordedInOneCallAndEachSeesTheirOwn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, facilitator := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		var clients []*apitest.Person
		for _, name := range []string{"Robin", "Casey", "Jordan", "Alex", "Sam"} {
			clients = append(clients, counselor.NewClient(name))
		}
		series := counselor.NewSeries(group(object{"duration_minutes": 180, "facilitator_ids": []string{facilitator.ID}}), clients...)
		session := counselor.SessionsOf(series)[0].Text("id")
		path := "/v1/sessions/" + session + "/attendance"
		sheet := object{"records": []object{{"client_id": clients[0].ID, "status": "present"}, {"client_id": clients[1].ID, "status": "late", "minutes": 150},
			{"client_id": clients[2].ID, "status": "left_early", "minutes": 60}, {"client_id": clients[3].ID, "status": "excused"}, {"client_id": clients[4].ID, "status": "no_show"}}}
		facilitator.Put(path, sheet).WantProblem(http.StatusConflict, "not_begun")
		w.Clock.Set(t, "2026-11-10T23:00:00Z")
		got := facilitator.SignIn().Put(path, sheet).Want(http.StatusOK)
		var list []string
		for _, e := range got.Object["entries"].([]any) {
			entry := e.(map[string]any)
			a := entry["attendance"].(map[string]any)
			list = append(list, fmt.Sprint(entry["name"], " ", a["status"], " ", a["minutes"]))
		}
		if diff := cmp.Diff([]string{"Robin present 180", "Casey late 150", "Jordan left_early 60", "Alex excused 0", "Sam no_show 0"}, list); diff != "" {
			t.Error(diff)
		}
		if a, _ := clients[1].Get("/v1/me/sessions/" + session).Object["attendance"].(map[string]any); a["status"] != "late" || a["minutes"] != 150.0 {
			t.Errorf("Casey sees %v", a)
		}
		stale := facilitator.Call("PUT", path, sheet, "If-Match", `"1"`)
		stale.WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		facilitator.Put(path, object{"records": []object{{"client_id": clients[0].ID, "status": "excused"}}}).Want(http.StatusOK)
		if n := w.Count("attendance", "session_id = $1", session); n != 1 {
			t.Errorf("%d records after one was sent", n)
		}
	})
}

func TestAWrongSheetRecordsNobody(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, stranger := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		session := counselor.NewSession("group", "2026-11-02T09:00", client)
		path := "/v1/sessions/" + session + "/attendance"
		right := object{"client_id": client.ID, "status": "present"}
		before := w.Stored()
		for field, records := range map[string][]object{
			"records[1].client_id": {right, {"client_id": stranger.ID, "status": "present"}},
			"records[0].status":    {{"client_id": client.ID, "status": "here"}},
			"records[0].minutes":   {{"client_id": client.ID, "status": "late"}},
		} {
			counselor.Put(path, object{"records": records}).WantField(field)
		}
		counselor.Put(path, object{"records": []object{right, right}}).WantField("records[1].client_id")
		counselor.Put(path, object{"records": []object{{"client_id": client.ID, "status": "late", "minutes": 181}}}).WantField("records[0].minutes")
		counselor.Put(path, object{"records": []object{{"client_id": client.ID, "status": "no_show", "minutes": 5}}}).WantField("records[0].minutes")
		unchanged(t, before, w.Stored())
	})
}

func TestWhoLeftTheRosterKeepsTheirRecordOfTheSessionsBefore(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"local_start": "2026-11-02T08:00", "rule": "FREQ=DAILY;COUNT=3"}), client)
		first := counselor.SessionsOf(series)[0].Text("id")
		counselor.Delete("/v1/series/" + series + "/roster/" + client.ID).Want(http.StatusNoContent)
		counselor.Put("/v1/sessions/"+first+"/attendance", object{"records": []object{{"client_id": client.ID, "status": "present"}}}).Want(http.StatusOK)
		if mine := client.Get("/v1/me/sessions/" + first).Want(http.StatusOK); mine.Object["attendance"] == nil {
			t.Errorf("the client sees %s", mine.Raw())
		}
	})
}

func TestWhoStandsInForOneEveningRunsThatEveningAndNoOther(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, substitute := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"local_start": "2026-11-02T08:00", "rule": "FREQ=DAILY;COUNT=2"}), client)
		s := counselor.SessionsOf(series)
		counselor.Patch("/v1/sessions/"+s[1].Text("id"), object{"facilitator_ids": []string{substitute.ID}}).Want(http.StatusOK)
		if mine := substitute.Get("/v1/sessions?from=2026-11-01T00:00:00Z").Items(); len(mine) != 1 || mine[0].Text("id") != s[1].Text("id") {
			t.Errorf("the substitute sees %v", mine)
		}
		substitute.Get("/v1/sessions/" + s[1].Text("id") + "/attendance").Want(http.StatusOK)
		substitute.Get("/v1/sessions/" + s[0].Text("id") + "/attendance").Want(http.StatusNotFound)
		substitute.Get("/v1/series/" + series).Want(http.StatusNotFound)
		substitute.Get("/v1/clients/" + client.ID).Want(http.StatusNotFound)
		substitute.Patch("/v1/sessions/"+s[1].Text("id"), object{"materials": []object{{"title": "Urge surfing", "text": "Page 3"}}}).Want(http.StatusOK)
		materials, _ := client.Get("/v1/me/sessions/" + s[1].Text("id")).Object["materials"].([]any)
		if len(materials) != 1 || materials[0].(map[string]any)["title"] != "Urge surfing" {
			t.Errorf("the client reads %v", materials)
		}
	})
}
