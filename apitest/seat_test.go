package apitest_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"handrail/apitest"
)

func TestOfManyWhoAskForTheLastSeatOneGetsIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=3", "capacity": 2}), counselor.NewClient("Robin"))
		clients := make([]*apitest.Person, 6)
		for i := range clients {
			clients[i] = counselor.NewClient("Casey")
		}
		var seated, full atomic.Int32
		together(len(clients), func(i int) {
			switch got := counselor.Post("/v1/series/"+series+"/roster", object{"client_id": clients[i].ID}); {
			case got.Status == http.StatusCreated:
				seated.Add(1)
			case got.Text("code") == "group_full":
				full.Add(1)
			}
		})
		if seated.Load() != 1 || full.Load() != 5 || w.Count("roster", "series_id = $1", series) != 2 {
			t.Errorf("%d got the seat, %d were told it is full", seated.Load(), full.Load())
		}
	})
}

func TestASeatIsFreeBeforeAndAfterTheTimeOfTheOneWhoHasIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		robin, casey, jordan := counselor.NewClient("Robin"), counselor.NewClient("Casey"), counselor.NewClient("Jordan")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=8", "capacity": 1}))
		path := "/v1/series/" + series + "/roster"
		enter := func(p *apitest.Person, from, until string) apitest.Reply {
			in := object{"client_id": p.ID, "from": from}
			if until != "" {
				in["until"] = until
			}
			return counselor.Post(path, in)
		}
		enter(robin, "2026-11-16T00:00:00Z", "2026-11-30T00:00:00Z").Want(http.StatusCreated)
		enter(casey, "2026-11-03T00:00:00Z", "2026-11-16T00:00:01Z").WantProblem(http.StatusConflict, "group_full")
		enter(casey, "2026-11-03T00:00:00Z", "2026-11-16T00:00:00Z").Want(http.StatusCreated)
		enter(jordan, "2026-11-30T00:00:00Z", "").Want(http.StatusCreated)
		counselor.Patch(path+"/"+casey.ID, object{"until": "2026-11-17T00:00:00Z"}).WantProblem(http.StatusConflict, "group_full")
		counselor.Patch(path+"/"+robin.ID, object{"until": "2026-11-23T00:00:00Z"}).Want(http.StatusOK)
		if n := len(robin.Get("/v1/me/sessions").Items()); n != 1 {
			t.Errorf("Robin, who leaves earlier, sees %d sessions", n)
		}
		if n := w.Count("reminders", "user_id = $1 AND state = 'waiting'", robin.ID); n != 2 {
			t.Errorf("and is reminded %d times", n)
		}
		counselor.Patch("/v1/series/"+series, object{"capacity": nil}).Want(http.StatusOK)
		counselor.Patch(path+"/"+robin.ID, object{"until": nil}).Want(http.StatusOK)
		counselor.Patch("/v1/series/"+series, object{"capacity": 1}).WantProblem(http.StatusConflict, "seats_taken")
	})
}

func TestAGroupThatIsTooSmallForItsRosterIsNotSaved(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		robin, casey := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		before := w.Stored()
		counselor.Post("/v1/series", group(object{"capacity": 1, "client_ids": []string{robin.ID, casey.ID}})).WantProblem(http.StatusConflict, "group_full")
		unchanged(t, before, w.Stored())
	})
}

func TestARosterDateOutsideTheSeriesIsRefused(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=3"}))
		path := "/v1/series/" + series + "/roster"
		outside := func(r apitest.Reply, field string) {
			t.Helper()
			r.WantField(field)
			if fields, _ := r.Object["fields"].([]any); fields[0].(map[string]any)["code"] != "outside_series" {
				t.Error(r.Raw())
			}
		}
		before := w.Stored()
		outside(counselor.Post(path, object{"client_id": client.ID, "from": "2026-11-24T23:00:01Z"}), "from")
		outside(counselor.Post(path, object{"client_id": client.ID, "until": "2026-11-10T23:00:00Z"}), "until")
		unchanged(t, before, w.Stored())
		counselor.Post(path, object{"client_id": client.ID, "from": "2026-11-24T23:00:00Z"}).Want(http.StatusCreated)
		outside(counselor.Patch(path+"/"+client.ID, object{"from": "2026-12-24T23:00:00Z"}), "from")
		endless := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}))
		counselor.Post("/v1/series/"+endless+"/roster", object{"client_id": client.ID, "from": "2027-06-01T00:00:00Z"}).Want(http.StatusCreated)
	})
}

func TestASeatThatIsAskedForAgainDaysLaterIsTheOneThatWasGiven(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		path := "/v1/series/" + counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=1"})) + "/roster"
		in := object{"client_id": client.ID, "until": "2026-11-11T00:00:00Z"}
		first := counselor.Call("POST", path, in, "Idempotency-Key", "one-tap").Want(http.StatusCreated).Text("id")
		w.Clock.Set(t, "2026-11-20T14:00:00Z") // the series is over
		if again := counselor.SignIn().Call("POST", path, in, "Idempotency-Key", "one-tap").Want(http.StatusCreated).Text("id"); again != first {
			t.Errorf("the second time it is %s", again)
		}
		counselor.Post(path, in).WantField("until")
	})
}
