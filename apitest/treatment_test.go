package apitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// minutes are those of treatment in one week, or in all: attended/recorded/scheduled of the target.
func minutes(treatment any) string {
	m, _ := treatment.(map[string]any)
	return fmt.Sprintf("%v/%v/%v of %v", m["attended_minutes"], m["recorded_minutes"], m["scheduled_minutes"], m["target_minutes"])
}

// treatment is the minutes of each week of a progress, and of all.
func treatment(r apitest.Reply) []string {
	list := []string{}
	for _, w := range r.Want(http.StatusOK).Object["weeks"].([]any) {
		w := w.(map[string]any)
		list = append(list, fmt.Sprint(w["week"], " ", minutes(w["treatment"])))
	}
	return append(list, "all "+minutes(r.Object["totals"].(map[string]any)["treatment"]))
}

// attended records one client at a session.
func attended(t *testing.T, counselor *apitest.Person, session, client, status string, minutes any) {
	t.Helper()
	record := object{"client_id": client, "status": status}
	if minutes != nil {
		record["minutes"] = minutes
	}
	counselor.SignIn().Put("/v1/sessions/"+session+"/attendance", object{"records": []object{record}}).Want(http.StatusOK)
}

func TestHoursOfTreatmentAWeekStandBesideTheTarget(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		series := counselor.NewSeries(group(object{"local_start": "2026-11-03T18:00", "rule": "FREQ=WEEKLY;BYDAY=TU,WE,TH;COUNT=9", "duration_minutes": 180}), client)
		counselor.NewSession("aftercare", "2026-11-05T12:00", client) // a meeting is no treatment
		s := counselor.SessionsOf(series)
		w.Clock.Set(t, "2026-11-13T15:00:00Z") // Friday of the second week
		for i, said := range []struct {
			status  string
			minutes any
		}{{"present", nil}, {"late", 150}, {"no_show", nil}, {"excused", nil}, {"left_early", 60}} {
			attended(t, counselor, s[i].Text("id"), client.ID, said.status, said.minutes)
		}
		counselor.Post("/v1/sessions/"+s[7].Text("id")+"/cancel", nil).Want(http.StatusOK)
		counselor.Patch("/v1/sessions/"+s[8].Text("id"), object{"local_start": "2026-11-14T09:00"}).Want(http.StatusOK) // into this week
		want := []string{"2026-W45 330/540/540 of 540", "2026-W46 60/360/720 of 540", "all 390/900/1260 of 1080"}
		mine := client.Get("/v1/me/progress")
		if diff := cmp.Diff(want, treatment(mine)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(mine.Object, counselor.Get("/v1/clients/"+client.ID+"/progress").Object); diff != "" {
			t.Error(diff)
		}
	})
}

func TestASessionCountsInTheWeekInWhichItStartsOnTheClientsClockWhenTheClocksChange(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		w.Clock.Set(t, "2026-10-26T13:00:00Z") // Monday; the clocks go back on Sunday
		counselor := w.Admin.SignIn().NewCounselor("Dana")
		newYork, honolulu := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		counselor.Patch("/v1/clients/"+honolulu.ID, object{"time_zone": "Pacific/Honolulu"}).Want(http.StatusOK)
		counselor.NewSession("group", "2026-11-01T23:30", newYork, honolulu) // 04:30Z: an hour earlier it would have been Monday
		counselor.NewSession("group", "2026-11-02T00:15", newYork, honolulu) // Monday in New York, Sunday in Honolulu
		night := counselor.NewSession("group", "2026-11-01T00:30", newYork)  // three hours, through the hour that comes twice
		w.Clock.Set(t, "2026-11-02T14:00:00Z")
		attended(t, counselor, night, newYork.ID, "present", nil)
		if diff := cmp.Diff([]string{"2026-W44 180/180/360 of 540", "2026-W45 0/0/180 of 540", "all 180/180/540 of 1080"}, treatment(newYork.Get("/v1/me/progress"))); diff != "" {
			t.Error("New York", diff)
		}
		if diff := cmp.Diff([]string{"2026-W44 0/0/360 of 540", "2026-W45 0/0/0 of 540", "all 0/0/360 of 1080"}, treatment(honolulu.Get("/v1/me/progress"))); diff != "" {
			t.Error("Honolulu", diff)
		}
	})
}

func TestAdolescentsAimAtSixHoursAndAWeekThatAnEpisodeCutsAtItsShare(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		w.Clock.Set(t, "2026-11-05T15:00:00Z") // Thursday
		episodes := "/v1/clients/" + client.ID + "/episodes"
		counselor.SignIn().Post(episodes, object{"level": "iop", "age_group": "adolescent"}).Want(http.StatusCreated)
		counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00", "rule": "FREQ=WEEKLY;COUNT=4"}), client)
		w.Clock.Set(t, "2026-11-17T15:00:00Z") // Tuesday
		progress := client.Get("/v1/me/progress").Want(http.StatusOK)
		if hours := progress.Object["episode"].(map[string]any)["weekly_hours"]; hours != 6.0 {
			t.Errorf("the target is %v hours", hours)
		}
		want := []string{"2026-W45 0/0/60 of 205", "2026-W46 0/0/60 of 360", "2026-W47 0/0/60 of 360", "all 0/0/180 of 925"}
		if diff := cmp.Diff(want, treatment(progress)); diff != "" {
			t.Error(diff)
		}
		counselor.SignIn().Post(episodes, object{"level": "outpatient"}).Want(http.StatusCreated)
		if diff := cmp.Diff([]string{"2026-W47 0/0/60 of <nil>", "all 0/0/60 of <nil>"}, treatment(client.Get("/v1/me/progress"))); diff != "" {
			t.Error("a level without a target", diff)
		}
		counselor.Post(episodes, object{"level": "outpatient", "weekly_hours": 3}).Want(http.StatusCreated)
		w.Clock.Set(t, "2026-11-25T15:00:00Z") // Wednesday of the week after
		counselor.SignIn().Post("/v1/clients/"+client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		w.Clock.Set(t, "2026-12-09T15:00:00Z")
		if diff := cmp.Diff([]string{"2026-W47 0/0/60 of 154", "2026-W48 0/0/0 of 77", "all 0/0/60 of 231"}, treatment(client.Get("/v1/me/progress"))); diff != "" {
			t.Error("after discharge", diff)
		}
	})
}

func TestACounselorSeesWhoIsShortOfHoursThisWeek(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		robin, casey, discharged := counselor.NewClient("Robin"), counselor.NewClient("Casey"), counselor.NewClient("Jordan")
		counselor.Patch("/v1/clients/"+casey.ID, object{"time_zone": "Pacific/Auckland"}).Want(http.StatusOK)
		series := counselor.NewSeries(group(object{"local_start": "2026-11-03T18:00", "rule": "FREQ=WEEKLY;BYDAY=TU,WE,TH,SU;COUNT=8", "duration_minutes": 120}), robin, casey)
		s := counselor.SessionsOf(series)
		w.Clock.Set(t, "2026-11-05T15:00:00Z")
		counselor.SignIn().Post("/v1/clients/"+discharged.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		attended(t, counselor, s[0].Text("id"), robin.ID, "late", 90)
		thisWeek := func() (list []string) {
			for _, c := range counselor.Get("/v1/clients").Want(http.StatusOK).Items() {
				list = append(list, fmt.Sprint(c["name"], " ", minutes(c["this_week"])))
			}
			return list
		}
		// Casey was admitted on a Tuesday in Auckland, and their week begins on Sunday morning in New York.
		if diff := cmp.Diff([]string{"Robin 90/120/480 of 540", "Casey 0/0/360 of 462", "Jordan <nil>/<nil>/<nil> of <nil>"}, thisWeek()); diff != "" {
			t.Error(diff)
		}
		w.Clock.Set(t, "2026-11-08T15:00:00Z")
		counselor.SignIn()
		if diff := cmp.Diff([]string{"Robin 90/120/480 of 540", "Casey 0/0/480 of 540", "Jordan <nil>/<nil>/<nil> of <nil>"}, thisWeek()); diff != "" {
			t.Error("on Sunday", diff)
		}
	})
}
