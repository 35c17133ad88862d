package apitest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
)

// mentions are the tables in which anything names one of these ids.
func mentions(w *apitest.World, ids ...string) []string {
	var found []string
	for table, rows := range w.Stored() {
		text := fmt.Sprint(rows)
		if slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(text, id) }) {
			found = append(found, table)
		}
	}
	slices.Sort(found)
	return found
}

func purge(t *testing.T, w *apitest.World, want int) {
	t.Helper()
	if n, err := w.Store.Purge(context.Background()); n != want || err != nil {
		t.Fatalf("at %s %d were purged, want %d: %v", w.Clock.Now(), n, want, err)
	}
}

func TestOnceTheTimeIsUpNothingIsLeftOfWhoLeftButTheAuditLog(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, casey := twoLives(w)
		dana := robin.counselor
		onDuty(dana)
		robin.Post("/v1/me/assignments/"+robin.homework+"/submit", object{"text": "Three."}).Want(http.StatusOK) // Dana is to be reminded of it
		individual := dana.NewSeries(object{"title": "With Robin", "kind": "individual", "local_start": "2026-11-12T10:00", "duration_minutes": 60}, robin.Person)
		robin.Put("/v1/me/sessions/"+dana.SessionsOf(individual)[0].Text("id")+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		w.Pass(72 * time.Hour)
		theirs := append(w.Rows("SELECT id FROM assignments WHERE client_id = $1 UNION SELECT id FROM rsvps WHERE client_id = $1 UNION SELECT id FROM goals WHERE client_id = $1", robin.ID),
			robin.ID, individual)
		robin.Delete("/v1/me").Want(http.StatusOK)
		w.Clock.Advance(20 * models.Year)
		purge(t, w, 0) // still in care
		dana.SignIn().Post("/v1/clients/"+robin.ID+"/discharge", object{"reason": "other", "aftercare_consent": false}).Want(http.StatusOK)
		w.Clock.Advance(models.DefaultRetention - time.Microsecond)
		purge(t, w, 0)
		others := w.Count("reminders", "user_id = $1", dana.ID)
		w.Clock.Advance(time.Microsecond)
		purge(t, w, 1)
		purge(t, w, 0)
		if got := mentions(w, theirs...); fmt.Sprint(got) != "[audit_events]" {
			t.Errorf("they are still named in %v", got)
		}
		if n := w.Count("audit_events", "client_id = $1 AND action = 'purge' AND actor_id IS NULL", robin.ID); n != 1 {
			t.Errorf("that they were deleted is noted %d times", n)
		}
		if w.Count("reminders", "user_id = $1", dana.ID) >= others {
			t.Error("Dana's reminders of their homework are still there")
		}
		dana.SignIn().Get("/v1/clients/" + robin.ID).Want(http.StatusNotFound)
		mustSay(t, "Casey's record", dana.Get("/v1/clients/"+casey.ID+"/export").Want(http.StatusOK).Raw(), caseys, readByBoth, nil)
		if n := w.Count("sessions", "series_id = $1", robin.group); n != 6 {
			t.Errorf("the group that they were in has %d sessions", n)
		}
	})
}

func TestTheTimeForWhichARecordIsKeptBeginsWhenCareEnds(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		robin, casey := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		discharge := func(p *apitest.Person) {
			counselor.SignIn().Post("/v1/clients/"+p.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		}
		discharge(robin)
		w.Clock.Advance(100 * 24 * time.Hour)
		leaving := robin.Delete("/v1/me").Want(http.StatusOK)
		if leaving.Text("kept_until") != "2033-11-07T14:00:00Z" || leaving.Text("until") != "Your record is deleted for good on November 7, 2033." {
			t.Errorf("from the end of care: %s", leaving.Raw())
		}
		// Somebody whose care ended long ago is kept no longer than the next look.
		discharge(casey)
		w.Clock.Advance(300 * 24 * time.Hour)
		casey.Enroll(counselor.SignIn().Code(casey.ID), nil)
		w.Clock.Set(t, "2033-11-08T14:00:00Z")
		purge(t, w, 1)
		counselor.SignIn().Get("/v1/clients/" + casey.ID).Want(http.StatusOK)
		casey.Enroll(counselor.Code(casey.ID), nil)
		w.Clock.Advance(models.Year)
		casey.Enroll(counselor.SignIn().Code(casey.ID), nil)
		leaving = casey.Delete("/v1/me").Want(http.StatusOK)
		if leaving.Text("kept_until") != leaving.Text("left_at") {
			t.Errorf("long after the end of care: %s", leaving.Raw())
		}
		purge(t, w, 1)
	})
}

func TestWhoComesBackIsNotDeletedUnderTheirHands(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		robin := counselor.NewClient("Robin")
		counselor.Post("/v1/clients/"+robin.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		robin.Delete("/v1/me").Want(http.StatusOK)
		w.Clock.Advance(models.DefaultRetention)
		code := counselor.SignIn().Code(robin.ID)
		together(2, func(i int) {
			if i == 0 {
				_, _ = w.Store.Purge(context.Background())
				return
			}
			in := models.EnrollInput{Code: code, InstallationID: "their-new-phone"}
			_, _ = w.Store.Enroll(context.Background(), "192.0.2.1", in)
		})
		rows := w.Rows("SELECT left_at IS NULL FROM users WHERE id = $1", robin.ID)
		if len(rows) == 1 && (w.Count("sequences", "user_id = $1", robin.ID) != 1 || w.Count("episodes", "client_id = $1", robin.ID) != 1) ||
			len(rows) == 0 && len(mentions(w, robin.ID)) != 1 {
			t.Errorf("they are half there: %v in %v", rows, mentions(w, robin.ID))
		}
	})
}
