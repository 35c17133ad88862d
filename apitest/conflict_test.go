package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// clashes are what a reply says that was saved clashes with: kind, whom, and when the other session begins.
func clashes(conflicts any) []string {
	list := []string{}
	all, _ := conflicts.([]any)
	for _, item := range all {
		c := object(item.(map[string]any))
		line := c.Text("kind")
		if person, ok := c["person"].(map[string]any); ok {
			line += fmt.Sprint(" ", person["name"])
		}
		if with, ok := c["with"].(map[string]any); ok {
			line += fmt.Sprint(" ", with["starts_at"].(string)[5:16], " mine:", with["session_id"] != nil)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

func TestWhatClashesIsToldBeforeAndAfterSavingAndKeepsNobodyFromIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client, other := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		client.Patch("/v1/me", object{"unavailable_hours": []object{{"days": []string{"tu"}, "start": "18:30", "end": "20:00"}}}).Want(http.StatusOK)
		counselor.NewSeries(group(object{"place": "Room 2"}), client, other)
		colleague.NewSeries(group(object{"local_start": "2026-11-10T18:45", "place": "room  2", "facilitator_ids": []string{colleague.ID, counselor.ID}}))

		in := group(object{"local_start": "2026-11-10T18:30", "place": "ROOM 2", "client_ids": []string{client.ID}})
		want := []string{
			"client_booked_twice Robin 11-10T23:00 mine:true",
			"client_unavailable Robin",
			"facilitator_booked_twice Dana 11-10T23:00 mine:true",
			"facilitator_booked_twice Dana 11-10T23:45 mine:true",
			"place_booked_twice 11-10T23:00 mine:true",
			"place_booked_twice 11-10T23:45 mine:true",
		}
		before := w.Stored("audit_events")
		preview := counselor.Post("/v1/series?preview=true", in).Want(http.StatusOK)
		if diff := cmp.Diff(want, clashes(preview.Object["conflicts"])); diff != "" {
			t.Errorf("before saving: %s", diff)
		}
		unchanged(t, before, w.Stored("audit_events"))
		saved := counselor.Post("/v1/series", in).Want(http.StatusCreated)
		if diff := cmp.Diff(want, clashes(saved.Object["conflicts"])); diff != "" {
			t.Errorf("after saving: %s", diff)
		}
		list := counselor.Get("/v1/conflicts").Want(http.StatusOK)
		if got := clashes(list.Object["items"]); len(got) < 12 { // each pair from both sides
			t.Errorf("the list has %v", got)
		}
		session := counselor.SessionsOf(saved.Text("id"))[0].Text("id")
		moved := counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-11T09:00"}).Want(http.StatusOK)
		if got := clashes(moved.Object["conflicts"]); len(got) != 0 {
			t.Errorf("away from all it clashes with %v", got)
		}
		if _, told := counselor.Get("/v1/sessions/" + session).Want(http.StatusOK).Object["conflicts"]; told {
			t.Error("a read tells of conflicts, which nobody computed")
		}
	})
}

func TestOfAnothersSessionOnlyTheTimeIsTold(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client := counselor.NewClient("Robin")
		w.Admin.Post("/v1/caseload", object{"counselor_id": colleague.ID, "client_id": client.ID}).Want(http.StatusCreated)
		colleague.NewSeries(group(object{"title": "Lee's secret group", "place": "Room 7"}), client)
		client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": tuesday, "duration_minutes": 60, "place": "Room 7"}).Want(http.StatusCreated)
		saved := counselor.Post("/v1/series", group(object{"client_ids": []string{client.ID}, "place": "Room 7"})).Want(http.StatusCreated)
		want := []string{"client_booked_twice Robin 11-10T23:00 mine:false", "place_booked_twice 11-10T23:00 mine:false"}
		if diff := cmp.Diff(want, clashes(saved.Object["conflicts"])); diff != "" {
			t.Error(diff)
		}
		booked := counselor.Get("/v1/bookings?place=room+7&week=2026-W46").Want(http.StatusOK)
		if len(booked.Items()) != 2 {
			t.Errorf("the room is taken %s", booked.Raw())
		}
		own := 0
		for _, b := range booked.Items() {
			if session, ok := b["session"].(map[string]any); ok {
				own++
				if session["title"] != "Evening group" {
					t.Errorf("another's session is told: %v", session)
				}
			}
		}
		if own != 1 {
			t.Errorf("%d of them are the counselor's", own)
		}
		elsewhere := w.NewClinic("Hillside", "Hillside", "America/New_York").NewCounselor("Max")
		if n := len(elsewhere.Get("/v1/bookings?place=Room+7").Want(http.StatusOK).Items()); n != 0 {
			t.Errorf("another clinic's room of that name is taken %d times", n)
		}
	})
}

func TestUnavailableHoursAreTheClientsOwnClock(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		counselor.Patch("/v1/clients/"+client.ID, object{"time_zone": "America/Los_Angeles",
			"unavailable_hours": []object{{"days": []string{"tu"}, "start": "15:00", "end": "16:00"}}}).Want(http.StatusOK)
		if hours, _ := client.Get("/v1/me").Object["unavailable_hours"].([]any); len(hours) != 1 {
			t.Error("the client does not see the hours that the counselor noted")
		}
		saved := counselor.Post("/v1/series", group(object{"client_ids": []string{client.ID}})).Want(http.StatusCreated) // 18:00 in New York
		if diff := cmp.Diff([]string{"client_unavailable Robin"}, clashes(saved.Object["conflicts"])); diff != "" {
			t.Error(diff)
		}
		client.Patch("/v1/me", object{"unavailable_hours": []object{}}).Want(http.StatusOK)
		if got := clashes(counselor.Get("/v1/conflicts").Object["items"]); len(got) != 0 {
			t.Errorf("taken back, it clashes with %v", got)
		}
	})
}

func TestAWeekIsMondayToSundayOnTheReadersCalendar(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		for _, at := range []string{"2026-11-08T23:30", "2026-11-09T00:00", "2026-11-15T23:30", "2026-11-16T00:00"} {
			counselor.NewSeries(group(object{"local_start": at}), client)
		}
		want := []string{"2026-11-09T00:00:00", "2026-11-15T23:30:00"}
		for _, got := range [][]object{counselor.Get("/v1/sessions?week=2026-W46").Want(http.StatusOK).Items(),
			client.Get("/v1/me/sessions?week=2026-W46").Want(http.StatusOK).Items(),
			counselor.Get("/v1/clients/" + client.ID + "/sessions?week=2026-W46").Want(http.StatusOK).Items()} {
			var starts []string
			for _, s := range got {
				starts = append(starts, s.Text("local_start"))
			}
			if diff := cmp.Diff(want, starts); diff != "" {
				t.Error(diff)
			}
		}
		client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles", "time_zone_mode": "fixed"}).Want(http.StatusOK)
		if n := len(client.Get("/v1/me/sessions?week=2026-W46").Items()); n != 2 {
			t.Errorf("in Los Angeles %d sessions are in that week", n)
		}
		client.Get("/v1/me/sessions?week=2026-W46&from=2026-11-09T00:00:00Z").WantField("week")
	})
}

func TestAMeetingOfOnesOwnSaysWhatItClashesWithBeforeAndAfterItIsSavedAndToNobodyElse(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		counselor.NewSession("group", "2026-11-10T18:00", client)
		client.Patch("/v1/me", object{"unavailable_hours": []any{weekdays}}).Want(http.StatusOK)
		evening := object{"title": "Home group", "local_start": "2026-11-10T20:00", "duration_minutes": 90, "place": "Room 4, 12 Mill Street"}
		want := []string{"client_booked_twice Robin 11-10T23:00 mine:true"}
		if diff := cmp.Diff(want, clashes(client.Post("/v1/me/meetings?preview=true", evening).Want(http.StatusOK).Object["conflicts"])); diff != "" {
			t.Errorf("beforehand: %s", diff)
		}
		if n := len(client.Get("/v1/me/meetings").Items()); n != 0 {
			t.Errorf("a preview kept %d meetings", n)
		}
		saved := client.Post("/v1/me/meetings", evening).Want(http.StatusCreated)
		if diff := cmp.Diff(want, clashes(saved.Object["conflicts"])); diff != "" {
			t.Errorf("afterwards: %s", diff)
		}
		path := "/v1/me/meetings/" + saved.Text("id")
		noon := client.Patch(path+"?preview=true", object{"local_start": "2026-11-10T12:00"}).Want(http.StatusOK)
		if diff := cmp.Diff([]string{"client_unavailable Robin"}, clashes(noon.Object["conflicts"])); diff != "" {
			t.Errorf("at noon, when they are at work: %s", diff)
		}
		if still := client.Get(path).Want(http.StatusOK); still.Text("local_start") != "2026-11-10T20:00:00" || still.Object["conflicts"] != nil {
			t.Errorf("%s", still.Raw())
		}
		// A second one of theirs is no stranger's either.
		other := client.Post("/v1/me/meetings", object{"title": "Walk", "local_start": "2026-11-10T21:15", "duration_minutes": 30}).Want(http.StatusCreated)
		if diff := cmp.Diff([]string{"client_booked_twice Robin 11-11T01:00 mine:true"}, clashes(other.Object["conflicts"])); diff != "" {
			t.Errorf("beside another of their own: %s", diff)
		}
		if seen := counselor.Get("/v1/conflicts?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z").Want(http.StatusOK); len(seen.Items()) != 0 {
			t.Errorf("the counselor learns of the client's own meeting: %s", seen.Raw())
		}
	})
}
