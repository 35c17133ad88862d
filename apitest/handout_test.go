package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// skipped are those who got none, each with the reason.
func skipped(r apitest.Reply) map[string]string {
	found := map[string]string{}
	for _, s := range r.Object["skipped"].([]any) {
		s := apitest.Object(s.(map[string]any))
		found[s.Text("name")] = s.Text("reason")
	}
	return found
}

func TestAGroupGetsHomeworkDueAtItsNextSession(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana, lee := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		robin, casey, gone, sam := dana.NewClient("Robin"), dana.NewClient("Casey"), dana.NewClient("Gone"), lee.NewClient("Sam")
		casey.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		dana.NewSession("individual", "2026-11-03T09:00", robin) // sooner, and another series'
		series := dana.NewSeries(object{"title": "Meeting", "kind": "aftercare", "local_start": "2026-11-04T18:00", "duration_minutes": 60,
			"rule": "FREQ=WEEKLY;COUNT=3", "facilitator_ids": []string{dana.ID, lee.ID}}, robin, casey, gone)
		lee.Post("/v1/series/"+series+"/roster", object{"client_id": sam.ID}).Want(http.StatusCreated)
		later := dana.NewClient("Later")
		dana.Post("/v1/series/"+series+"/roster", object{"client_id": later.ID, "from": "2026-11-10T00:00:00Z"}).Want(http.StatusCreated)
		w.Clock.Set(t, "2026-11-04T23:30:00Z") // the first is under way
		dana.Post("/v1/clients/"+gone.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)

		give := func() apitest.Reply {
			return dana.Call("POST", "/v1/series/"+series+"/assignments", object{"template": "reading", "due": "next_session"}, "Idempotency-Key", "k").Want(http.StatusCreated)
		}
		reply := give()
		if diff := cmp.Diff(map[string]string{"Sam": "not_on_caseload", "Gone": "not_in_care"}, skipped(reply)); diff != "" {
			t.Error(diff)
		}
		titles := map[string]string{}
		for _, a := range reply.Object["assignments"].([]any) {
			a := apitest.Object(a.(map[string]any))
			titles[a.Text("client_id")] = a.Text("title") + " " + a.Text("due_at")
		}
		if diff := cmp.Diff(map[string]string{robin.ID: "Reading 2026-11-11T23:00:00Z", casey.ID: "Lectura 2026-11-11T23:00:00Z"}, titles); diff != "" {
			t.Error(diff)
		}
		if n := w.Count("assignments", "1 = 1"); n != 2 {
			t.Errorf("%d were given", n)
		}
		if n := w.Count("reminders", "kind = 'homework' AND state = 'waiting'"); n != 4 {
			t.Errorf("%d reminders", n)
		}
		w.Clock.Advance(time.Minute)
		dana.Post("/v1/series/"+series+"/roster", object{"client_id": dana.NewClient("New").ID}).Want(http.StatusCreated)
		if again := give(); cmp.Diff(reply.Object, again.Object) != "" {
			t.Errorf("sent again it answers %s", again.Raw())
		}
		next := dana.SessionsOf(series)[1].Text("id")
		dana.Patch("/v1/sessions/"+next, object{"local_start": "2026-11-12T18:00"}).Want(http.StatusOK)
		if n := w.Count("assignments", "due_at = $1", time.Date(2026, 11, 12, 23, 0, 0, 0, time.UTC).UnixMicro()); n != 2 {
			t.Errorf("%d follow the session", n)
		}
	})
}

func TestAGroupWithoutASessionAheadGetsHomeworkAtAnInstantOnly(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana := w.Admin.NewCounselor("Dana")
		series := dana.NewSeries(group(object{"local_start": "2026-11-03T18:00"}), dana.NewClient("Robin"))
		w.Clock.Set(t, "2026-11-04T14:00:00Z")
		path := "/v1/series/" + series + "/assignments"
		before := w.Stored()
		dana.Post(path, object{"template": "reading", "due": "next_session"}).WantField("due")
		dana.Post(path, object{"template": "reading", "due": "2026-11-04T14:00:00Z"}).WantField("due")
		dana.Post(path, object{"due": "2026-11-05T14:00:00Z"}).WantField("title")
		unchanged(t, before, w.Stored("tokens"))
		dana.Post(path, object{"template": "reading", "due": "2026-11-05T14:00:00Z"}).Want(http.StatusCreated)
	})
}

func TestHomeworkForAGroupTellsNothingOfAColleaguesClients(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana, lee := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		robin := dana.NewClient("Robin")
		series := dana.NewSeries(object{"title": "Meeting", "kind": "aftercare", "local_start": tuesday, "duration_minutes": 60, "facilitator_ids": []string{lee.ID}}, robin)
		dana.Post("/v1/clients/"+robin.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		reply := lee.Post("/v1/series/"+series+"/assignments", object{"template": "reading", "due": "next_session"}).Want(http.StatusCreated)
		if got := skipped(reply); got["Robin"] != "not_on_caseload" { // that a colleague's client is discharged is not told
			t.Errorf("%v", got)
		}
		if strings.Contains(reply.Raw(), "not_in_care") || w.Count("assignments", "1 = 1") != 0 {
			t.Error(reply.Raw())
		}
	})
}
