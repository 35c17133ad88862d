package apitest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// laidOut tells of each session of a series when it is, where it differs from its own date, and whether it is off.
func laidOut(sessions []object) []string {
	list := []string{}
	for _, s := range sessions {
		line := s.Text("local_start")[5:16]
		if s.Text("original_local_start") != s.Text("local_start") {
			line += " was " + s.Text("original_local_start")[5:16]
		}
		if s.Text("status") == "cancelled" {
			line += " off"
		}
		list = append(list, line)
	}
	return list
}

func wantLaidOut(t *testing.T, counselor *apitest.Person, series string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, laidOut(counselor.SessionsOf(series))); diff != "" {
		t.Error(diff)
	}
}

func TestThisAndAllLaterSessionsMoveAndKeepTheirIdentity(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=4", "exdates": []string{"2026-11-24T18:00"}}), client)
		before := counselor.SessionsOf(series)
		homework := counselor.Post("/v1/clients/"+client.ID+"/assignments", object{"title": "Log", "instructions": "", "due": "next_session"}).Want(http.StatusCreated)
		w.At("2026-11-09T23:00:00Z")
		w.At("2026-11-16T23:00:00Z") // the day before the second
		counselor.SignIn()
		changed := counselor.Patch("/v1/series/"+series, object{"from_session_id": before[1].Text("id"), "local_start": "2026-11-18T19:30",
			"rule": "FREQ=WEEKLY;COUNT=3"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-18T19:30", "11-25T19:30", "12-02T19:30")
		after := counselor.SessionsOf(series)
		if after[1].Text("id") != before[1].Text("id") || after[3].Text("id") != before[2].Text("id") {
			t.Error("a session that moved is another one")
		}
		if changed.Text("local_start") != "2026-11-18T19:30:00" || changed.Text("rule") != "FREQ=WEEKLY;COUNT=3" {
			t.Errorf("the series says %s", changed.Raw())
		}
		if due := counselor.Get("/v1/assignments/" + homework.Text("id")).Text("due_at"); due != before[0].Text("starts_at") {
			t.Errorf("homework of a session before is due %s", due)
		}
		w.Drain()
		if texts := strings.Join(client.Texts(), " "); !strings.Contains(texts, "Tue 6:00 PM is now Wed 7:30 PM.") {
			t.Errorf("the phone says %s", texts)
		}
	})
}

func TestWhatWasDecidedForOneSessionStaysWhenItsSeriesChanges(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=5", "place": "Room 2"}))
		s := counselor.SessionsOf(series)
		counselor.Patch("/v1/sessions/"+s[1].Text("id"), object{"local_start": "2026-11-19T17:00"}).Want(http.StatusOK)
		counselor.Post("/v1/sessions/"+s[2].Text("id")+"/cancel", nil).Want(http.StatusOK)
		counselor.Patch("/v1/sessions/"+s[3].Text("id"), object{"place": nil, "link": "https://video.example.org/r/1", "facilitator_ids": []string{colleague.ID},
			"duration_minutes": 90}).Want(http.StatusOK)
		counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-14T10:00"}).Want(http.StatusCreated)

		counselor.Patch("/v1/series/"+series, object{"local_start": "2026-11-10T18:30", "place": "Room 5", "duration_minutes": 75,
			"facilitator_ids": []string{counselor.ID, colleague.ID}}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:30", "11-14T10:00", "11-19T17:00 was 11-17T18:30", "11-24T18:00 was 11-24T18:30 off", "12-01T18:30", "12-08T18:30")
		var got []string
		for _, s := range counselor.SessionsOf(series) {
			place, _ := s["place"].(string)
			people, _ := s["facilitators"].([]any)
			got = append(got, place+strings.Repeat(" +", len(people))+" until "+s.Text("ends_at")[11:16])
		}
		want := []string{"Room 5 + + until 00:45", "Room 5 + + until 16:15", "Room 5 + + until 23:15", "Room 5 + + until 00:15", " + until 01:00", "Room 5 + + until 00:45"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestASeriesWithFewerOrMoreEveningsCancelsAndAddsTheDifference(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6"}))
		third := counselor.SessionsOf(series)[2].Text("id")
		counselor.Patch("/v1/series/"+series, object{"from_session_id": third, "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=2"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-12T18:00", "11-17T18:00", "11-19T18:00 off", "11-24T18:00", "11-26T18:00 off")
		counselor.Patch("/v1/series/"+series, object{"from_session_id": third, "rule": "FREQ=WEEKLY;BYDAY=TU,SA;COUNT=4"}).Want(http.StatusOK)
		wantLaidOut(t, counselor, series, "11-10T18:00", "11-12T18:00", "11-17T18:00", "11-19T18:00 off", "11-21T18:00", "11-24T18:00", "11-26T18:00 off",
			"11-28T18:00")
	})
}

func TestAChangedSeriesGoesOnByItsNewRuleBeyondTheHorizon(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}))
		first := counselor.SessionsOf(series)[0].Text("id")
		counselor.Patch("/v1/series/"+series, object{"from_session_id": first, "local_start": "2026-11-10T19:00"}).Want(http.StatusOK)
		before := len(counselor.SessionsOf(series))
		w.Clock.Set(t, "2026-12-01T14:00:00Z")
		if _, err := w.Store.ExtendHorizon(context.Background()); err != nil {
			t.Fatal(err)
		}
		after := counselor.SignIn().SessionsOf(series)
		if len(after) != before+4 {
			t.Errorf("%d sessions, then %d", before, len(after))
		}
		for _, s := range after {
			if !strings.HasSuffix(s.Text("local_start"), "T19:00:00") {
				t.Errorf("a session at %s", s.Text("local_start"))
			}
		}
	})
}

func TestASeriesEndsEarlyAndAnnouncesNothingMore(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}), client)
		third := counselor.SessionsOf(series)[2].Text("id")
		ended := counselor.Post("/v1/series/"+series+"/end", object{"from_session_id": third}).Want(http.StatusOK)
		if ended.Text("rule") != "FREQ=WEEKLY;UNTIL=20261124T225959Z" {
			t.Errorf("the rule is %s", ended.Text("rule"))
		}
		for i, s := range counselor.SessionsOf(series) {
			if (s.Text("status") == "cancelled") != (i >= 2) {
				t.Errorf("session %d is %s", i, s.Text("status"))
			}
		}
		if n := w.Count("reminders", "user_id = $1 AND state = 'waiting'", client.ID); n != 4 {
			t.Errorf("%d reminders wait, want those of two sessions", n)
		}
		w.Clock.Set(t, "2027-02-01T14:00:00Z")
		if n, err := w.Store.ExtendHorizon(context.Background()); n != 0 || err != nil {
			t.Errorf("it was extended: %d, %v", n, err)
		}
		counselor.SignIn().Post("/v1/series/"+series+"/end", object{}).WantProblem(http.StatusConflict, "series_over")
		counselor.Patch("/v1/series/"+series, object{"place": "Room 9"}).WantProblem(http.StatusConflict, "series_over")
	})
}

func TestAnAddedDateIsOnTheListsAndACancelledOneComesBack(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=2", "place": "Room 2"}), client)
		added := counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-14T10:00", "duration_minutes": 45}).Want(http.StatusCreated)
		if added.Text("starts_at") != "2026-11-14T15:00:00Z" || added.Text("ends_at") != "2026-11-14T15:45:00Z" || added.Text("place") != "Room 2" {
			t.Errorf("added %s", added.Raw())
		}
		if mine := client.Get("/v1/me/sessions").Items(); len(mine) != 3 {
			t.Errorf("the client sees %d sessions", len(mine))
		}
		counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-17T18:00"}).WantProblem(http.StatusConflict, "date_taken")
		counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-01T10:00"}).WantField("local_start")
		second := counselor.SessionsOf(series)[2].Text("id")
		counselor.Post("/v1/sessions/"+second+"/cancel", nil).Want(http.StatusOK)
		back := counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-17T18:00"}).Want(http.StatusCreated)
		if back.Text("id") != second || back.Text("status") != "scheduled" {
			t.Errorf("it came back as %s", back.Raw())
		}
		if n := w.Count("reminders", "subject_id = $1 AND state = 'waiting'", second); n != 2 {
			t.Errorf("%d reminders wait for it", n)
		}
	})
}

func TestADateThatWasAddedBeforeItsRuleCameToItIsLaidOutOnce(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}))
		counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2027-02-09T18:00"}).Want(http.StatusCreated) // a Tuesday beyond the horizon
		counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-11T19:00"}).Want(http.StatusCreated)
		counselor.Patch("/v1/series/"+series, object{"local_start": "2026-11-10T19:00", "rule": "FREQ=WEEKLY;BYDAY=TU,WE"}).Want(http.StatusOK)
		w.Clock.Set(t, "2026-12-20T14:00:00Z")
		if _, err := w.Store.ExtendHorizon(context.Background()); err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, s := range counselor.SignIn().SessionsOf(series) {
			seen[s.Text("local_start")]++
		}
		if seen["2026-11-11T19:00:00"] != 1 || seen["2027-02-09T18:00:00"] != 1 || seen["2027-02-09T19:00:00"] != 1 {
			t.Errorf("laid out: %v", seen)
		}
	})
}

func TestAChangeBeginsAheadAndSaysWhyNot(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=4"}))
		other := counselor.SessionsOf(counselor.NewSeries(group(nil)))[0].Text("id")
		first := counselor.SessionsOf(series)[0].Text("id")
		path := "/v1/series/" + series
		counselor.Patch(path, object{"from_session_id": other, "place": "Room 3"}).WantField("from_session_id")
		counselor.Patch(path, object{"local_start": "2026-11-11T18:00", "rule": "FREQ=WEEKLY;BYDAY=TU"}).WantField("local_start")
		counselor.Patch(path, object{"local_start": "2026-11-02T08:00", "rule": "FREQ=WEEKLY"}).WantField("local_start")
		counselor.Patch(path, object{"rule": "FREQ=HOURLY"}).WantField("rule")
		counselor.Call("PATCH", path, object{"place": "Room 3"}, "If-Match", `"7"`).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		w.Clock.Set(t, "2026-11-10T23:00:00Z") // it begins
		counselor.SignIn().Patch(path, object{"from_session_id": first, "place": "Room 3"}).WantProblem(http.StatusConflict, "session_over")
		before := w.Stored("tokens", "audit_events")
		shown := counselor.Patch(path+"?preview=true", object{"local_start": "2026-11-17T19:00"}).Want(http.StatusOK)
		if shown.Text("local_start") != "2026-11-17T19:00:00" {
			t.Errorf("the preview shows %s", shown.Raw())
		}
		unchanged(t, before, w.Stored("tokens", "audit_events"))
	})
}
