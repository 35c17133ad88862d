package apitest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

func starts(sessions []object) []string {
	list := []string{}
	for _, s := range sessions {
		list = append(list, strings.TrimSuffix(s.Text("starts_at"), ":00Z"))
	}
	return list
}

// group is a series as a counselor saves it, with some fields of its own.
func group(more object) object {
	in := object{"title": "Evening group", "kind": "group", "local_start": tuesday, "duration_minutes": 60}
	for field, value := range more {
		in[field] = value
	}
	return in
}

func TestT1toT9_SessionsKeepTheWallClockThroughEveryChangeOfClocks(t *testing.T) {
	cases := []struct {
		what string
		in   object
		want []string
	}{
		{"T1 a time that happens twice means the first", object{"local_start": "2026-11-01T01:30"}, []string{"2026-11-01T05:30"}},
		{"T2 a time that is skipped", object{"local_start": "2027-03-13T02:30", "rule": "FREQ=DAILY;COUNT=3"},
			[]string{"2027-03-13T07:30", "2027-03-14T07:30", "2027-03-15T06:30"}},
		{"T3 half an hour", object{"local_start": "2026-10-03T02:15", "time_zone": "Australia/Lord_Howe", "rule": "FREQ=DAILY;COUNT=3"},
			[]string{"2026-10-02T15:45", "2026-10-03T15:45", "2026-10-04T15:15"}},
		{"T4 the day is kept", object{"local_start": "2026-04-23T00:30", "time_zone": "Africa/Cairo", "rule": "FREQ=DAILY;COUNT=3"},
			[]string{"2026-04-22T22:30", "2026-04-23T22:30", "2026-04-24T21:30"}},
		{"T6 weekly", object{"local_start": "2026-10-20T18:00", "rule": "FREQ=WEEKLY;COUNT=6"},
			[]string{"2026-10-20T22:00", "2026-10-27T22:00", "2026-11-03T23:00", "2026-11-10T23:00", "2026-11-17T23:00", "2026-11-24T23:00"}},
		{"T7 until that instant", object{"local_start": "2026-10-20T18:00", "rule": "FREQ=WEEKLY;UNTIL=20261103T230000Z"},
			[]string{"2026-10-20T22:00", "2026-10-27T22:00", "2026-11-03T23:00"}},
		{"T7 until a second before", object{"local_start": "2026-10-20T18:00", "rule": "FREQ=WEEKLY;UNTIL=20261103T225959Z"},
			[]string{"2026-10-20T22:00", "2026-10-27T22:00"}},
		{"T8 left out by wall clock", object{"local_start": "2026-10-27T18:00", "rule": "FREQ=WEEKLY;COUNT=3", "exdates": []string{"2026-11-03T18:00"}},
			[]string{"2026-10-27T22:00", "2026-11-10T23:00"}},
		{"T8 left out by instant", object{"local_start": "2026-10-27T18:00", "rule": "FREQ=WEEKLY;COUNT=3", "exdates": []string{"20261103T230000Z"}},
			[]string{"2026-10-27T22:00", "2026-11-10T23:00"}},
		{"T8 another instant leaves nothing out", object{"local_start": "2026-10-27T18:00", "rule": "FREQ=WEEKLY;COUNT=3", "exdates": []string{"2026-11-03T22:00:00Z"}},
			[]string{"2026-10-27T22:00", "2026-11-03T23:00", "2026-11-10T23:00"}},
		{"T9 months without a 31st", object{"local_start": "2026-08-31T10:00", "rule": "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3"},
			[]string{"2026-08-31T14:00", "2026-10-31T14:00", "2026-12-31T15:00"}},
	}
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		w.Clock.Set(t, "2026-11-08T14:00:00Z") // so that T2's March is not yet laid out
		for _, c := range cases {
			series := counselor.NewSeries(group(c.in))
			if strings.HasPrefix(c.what, "T2") {
				w.Clock.Set(t, "2026-12-20T14:00:00Z")
				if n, err := w.Store.ExtendHorizon(context.Background()); err != nil || n == 0 {
					t.Fatalf("%d series extended, %v", n, err)
				}
				w.Clock.Set(t, "2026-11-08T14:00:00Z")
			}
			if diff := cmp.Diff(c.want, starts(counselor.SessionsOf(series))); diff != "" {
				t.Errorf("%s: %s", c.what, diff)
			}
		}
	})
}

func TestAClientSeesTheWallClockBesideTheInstant(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		counselor.NewSeries(group(object{"place": "Room 2", "link": "https://video.example.org/r/4f81", "tags": []string{"track-a"}, "kind": "aftercare"}), client)
		counselor.NewSeries(group(object{"local_start": "2026-11-10T09:00", "time_zone": "America/Los_Angeles"}), client)
		list := client.Get("/v1/me/sessions").Want(http.StatusOK).Items()
		var got []string
		for _, s := range list {
			got = append(got, fmt.Sprint(s["starts_at"], s["ends_at"], s["local_start"], s["time_zone"], s["kind"], s["place"], s["status"]))
		}
		want := []string{"2026-11-10T17:00:00Z 2026-11-10T18:00:00Z 2026-11-10T09:00:00 America/Los_Angeles group <nil> scheduled",
			"2026-11-10T23:00:00Z 2026-11-11T00:00:00Z 2026-11-10T18:00:00 America/New_York aftercare Room 2 scheduled"}
		for i := range want {
			want[i] = strings.ReplaceAll(want[i], " ", "")
			got[i] = strings.ReplaceAll(got[i], " ", "")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if one := client.Get("/v1/me/sessions/" + list[0].Text("id")).Want(http.StatusOK); cmp.Diff(list[0], one.Object) != "" {
			t.Errorf("alone it is %s", one.Raw())
		}
		of := counselor.Get("/v1/clients/" + client.ID + "/sessions").Want(http.StatusOK).Items()
		if diff := cmp.Diff(list, of); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMovedSessionIsTheSameOneAndTheOthersStay(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY;COUNT=3"}), client)
		first := counselor.SessionsOf(series)[0]
		path := "/v1/sessions/" + first.Text("id")
		moved := counselor.Patch(path, object{"local_start": "2026-11-12T17:30", "duration_minutes": 90}).Want(http.StatusOK)
		if moved.Text("starts_at") != "2026-11-12T22:30:00Z" || moved.Text("ends_at") != "2026-11-13T00:00:00Z" ||
			moved.Text("original_local_start") != "2026-11-10T18:00:00" || moved.Text("local_start") != "2026-11-12T17:30:00" {
			t.Errorf("moved: %s", moved.Raw())
		}
		want := []string{"2026-11-12T22:30", "2026-11-17T23:00", "2026-11-24T23:00"}
		if diff := cmp.Diff(want, starts(client.Get("/v1/me/sessions").Items())); diff != "" {
			t.Error(diff)
		}
		again := counselor.Patch(path, object{"local_start": "2026-11-12T18:00"}).Want(http.StatusOK)
		if again.Text("ends_at") != "2026-11-13T00:30:00Z" {
			t.Errorf("the length was not kept: %s", again.Raw())
		}
		counselor.Patch(path, object{"local_start": "2026-11-02T08:59"}).WantField("local_start")
		counselor.Patch(path, object{"local_start": "2040-11-02T08:59"}).WantField("local_start")
		w.Clock.Set(t, "2026-11-13T00:30:00Z")
		counselor.Token = logIn(counselor, counselor.Email, apitest.Password).Text("token")
		counselor.Patch(path, object{"local_start": "2026-11-30T18:00"}).WantProblem(http.StatusConflict, "session_over")
		counselor.Post(path+"/cancel", nil).WantProblem(http.StatusConflict, "session_over")
	})
}

func TestACancelledSessionIsShownAsOffAndCannotComeBack(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		session := counselor.NewSession("group", tuesday, client)
		if got := counselor.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusOK); got.Text("status") != "cancelled" {
			t.Error(got.Raw())
		}
		counselor.Post("/v1/sessions/"+session+"/cancel", nil).WantProblem(http.StatusConflict, "already_cancelled")
		counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-12T17:30"}).WantProblem(http.StatusConflict, "already_cancelled")
		if got := client.Get("/v1/me/sessions").Items(); len(got) != 1 || got[0].Text("status") != "cancelled" {
			t.Errorf("the client sees %v", got)
		}
	})
}

func TestManySessionsAreCancelledTogetherOrNotAtAll(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client := counselor.NewClient("Robin")
		var ids []string
		for _, s := range counselor.SessionsOf(counselor.NewSeries(group(object{"rule": "FREQ=DAILY;COUNT=5"}), client)) {
			ids = append(ids, s.Text("id"))
		}
		others := colleague.NewSession("group", tuesday)
		cancel := func(ids ...string) apitest.Reply {
			return counselor.Post("/v1/sessions/cancel", object{"session_ids": ids})
		}
		before := w.Stored()
		cancel(ids[0], others).Want(http.StatusNotFound)
		cancel(ids[0], uuid7()).Want(http.StatusNotFound)
		unchanged(t, before, w.Stored())
		if got := cancel(ids[0], ids[1], ids[0]).Want(http.StatusOK); got.Object["cancelled"] != 2.0 {
			t.Error(got.Raw())
		}
		before = w.Stored()
		cancel(ids[1], ids[2]).WantProblem(http.StatusConflict, "already_cancelled")
		unchanged(t, before, w.Stored())
		w.Clock.Set(t, "2026-11-13T00:00:00Z")
		counselor.Token = logIn(counselor, counselor.Email, apitest.Password).Text("token")
		cancel(ids[2], ids[3]).WantProblem(http.StatusConflict, "session_over")
		if got := cancel(ids[3], ids[4]).Want(http.StatusOK); got.Object["cancelled"] != 2.0 {
			t.Error(got.Raw())
		}
	})
}

func TestASeriesGoesOnAsTimePassesAndRemindsOfWhatCameNear(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}), client)
		extend := func(want int) {
			t.Helper()
			if n, err := w.Store.ExtendHorizon(context.Background()); err != nil || n != want {
				t.Errorf("%d series extended, want %d: %v", n, want, err)
			}
		}
		reminders := func() int { return w.Count("reminders", "user_id = $1", client.ID) }
		laidOut := w.Count("sessions", "series_id = $1", series)
		if laidOut != 12 || reminders() != 24 { // to 2027-01-31
			t.Errorf("%d sessions, %d reminders", laidOut, reminders())
		}
		extend(0)
		w.Clock.Set(t, "2026-11-09T14:00:00Z")
		extend(1)
		extend(0)
		w.Clock.Set(t, "2027-02-01T14:00:00Z")
		extend(1)
		dates := w.Rows("SELECT DISTINCT original_local_start FROM sessions WHERE series_id = $1", series)
		if all := w.Count("sessions", "series_id = $1", series); all != 25 || len(dates) != all { // to 2027-05-02
			t.Errorf("%d sessions, %d dates", all, len(dates))
		}
		ahead := w.Count("reminders", "user_id = $1 AND state = 'waiting' AND remind_at > $2", client.ID, w.Clock.Now().UnixMicro())
		if ahead != 26 { // 13 sessions to come, two each
			t.Errorf("%d reminders ahead", ahead)
		}
		if last := counselor.Get("/v1/clients/" + client.ID); last.Status != http.StatusUnauthorized {
			t.Errorf("a counselor is signed in after three months: %d", last.Status)
		}
	})
}

func TestASeriesThatCannotBeExtendedDoesNotKeepTheOthersFromIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		broken, whole := counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"})), counselor.NewSeries(group(object{"rule": "FREQ=WEEKLY"}))
		w.Rows("UPDATE series SET rule = 'FREQ=NEVER' WHERE id = $1 RETURNING id", broken)
		before := w.Count("sessions", "series_id = $1", whole)
		w.Clock.Set(t, "2026-12-20T14:00:00Z")
		if n, err := w.Store.ExtendHorizon(context.Background()); n != 1 || err == nil || !strings.Contains(err.Error(), broken) {
			t.Errorf("%d series extended; the fault names not the broken one: %v", n, err)
		}
		if after := w.Count("sessions", "series_id = $1", whole); after <= before {
			t.Errorf("%d sessions, %d before", after, before)
		}
	})
}
