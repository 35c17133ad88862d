package apitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// weeks are those of a progress: name, Monday, and due/submitted/accepted, expected/practised.
func weeks(r apitest.Reply) []string {
	counts := func(o map[string]any) string {
		h, p := o["homework"].(map[string]any), o["practice"].(map[string]any)
		return fmt.Sprintf("%v/%v/%v %v/%v", h["due"], h["submitted"], h["accepted"], p["expected_days"], p["practised_days"])
	}
	list := []string{}
	for _, w := range r.Object["weeks"].([]any) {
		w := w.(map[string]any)
		list = append(list, fmt.Sprint(w["week"], " ", w["starts_on"], " ", counts(w)))
	}
	return append(list, "all "+counts(r.Object["totals"].(map[string]any)))
}

// later is another day: the counselor signs in again, for staff are signed in for a week.
func (d *desk) later(t *testing.T, instant string) {
	d.Clock.Set(t, instant)
	d.counselor.Token = logIn(d.counselor, d.counselor.Email, apitest.Password).Text("token")
}

func TestProgressCountsEachWeekOnTheClientsCalendar(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		daily := d.given(object{"due": "2026-11-09T04:59:00Z", "practice": object{"rule": "FREQ=DAILY;COUNT=9"}}) // Sunday 23:59 in New York
		practise := func(at string) {
			d.client.Post("/v1/me/assignments/"+daily+"/practice", object{"occurred_at": at}).Want(http.StatusCreated)
		}
		accepted := d.given(object{"due": "2026-11-09T05:00:00Z"}) // Monday 0:00
		d.given(object{"due": "2026-11-24T22:00:00Z"})             // not before the week that is shown last is over
		withdrawn := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=9"}})
		d.client.Post("/v1/me/assignments/"+withdrawn+"/practice", object{}).Want(http.StatusCreated)
		d.step(withdrawn, "withdraw").Want(http.StatusOK)
		d.later(t, "2026-11-19T14:00:00Z")
		for _, at := range []string{"2026-11-03T14:00:00Z", "2026-11-03T20:00:00Z", "2026-11-09T04:59:00Z", "2026-11-09T05:00:00Z"} {
			practise(at)
		}
		d.step(accepted, "submit").Want(http.StatusOK) // late: it counts where it was due
		d.step(accepted, "accept").Want(http.StatusOK)
		mine := d.client.Get("/v1/me/progress").Want(http.StatusOK)
		want := []string{"2026-W45 2026-11-02 1/0/0 7/2", "2026-W46 2026-11-09 1/1/1 2/1", "2026-W47 2026-11-16 0/0/0 0/0", "all 2/1/1 9/3"}
		if diff := cmp.Diff(want, weeks(mine)); diff != "" {
			t.Error(diff)
		}
		if theirs := d.counselor.Get("/v1/clients/" + d.client.ID + "/progress").Want(http.StatusOK); cmp.Diff(mine.Object, theirs.Object) != "" {
			t.Errorf("the counselor sees %s", theirs.Raw())
		}
	})
}

func TestProgressIsOfTheCurrentEpisodeOrTheLast(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		episode := func() (level, ended any) {
			e := d.client.Get("/v1/me/progress").Want(http.StatusOK).Object["episode"].(map[string]any)
			return e["level"], e["ended_at"]
		}
		d.given(object{"due": "2026-11-04T22:00:00Z"})
		d.later(t, "2026-11-12T14:00:00Z")
		d.counselor.Post("/v1/clients/"+d.client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		d.later(t, "2026-12-24T14:00:00Z")
		if level, ended := episode(); level != "iop" || ended != "2026-11-12T14:00:00Z" {
			t.Errorf("after discharge: %v %v", level, ended)
		}
		want := []string{"2026-W45 2026-11-02 1/0/0 0/0", "2026-W46 2026-11-09 0/0/0 0/0", "all 1/0/0 0/0"}
		if diff := cmp.Diff(want, weeks(d.client.Get("/v1/me/progress"))); diff != "" {
			t.Error(diff)
		}
		d.counselor.Post("/v1/clients/"+d.client.ID+"/episodes", object{"level": "outpatient"}).Want(http.StatusCreated)
		if level, ended := episode(); level != "outpatient" || ended != nil {
			t.Errorf("back in care: %v %v", level, ended)
		}
		if diff := cmp.Diff([]string{"2026-W52 2026-12-21 0/0/0 0/0", "all 0/0/0 0/0"}, weeks(d.client.Get("/v1/me/progress"))); diff != "" {
			t.Error(diff)
		}
	})
}
