package apitest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// toldTo is the client telling a counselor that they take a consent back, and the counselor noting it.
func toldTo(counselor, client *apitest.Person, kind string, headers ...string) apitest.Reply {
	counselor.T.Helper()
	return counselor.SignIn().Call("POST", "/v1/clients/"+client.ID+"/consents/"+kind+"/withdraw", nil, headers...)
}

func TestWhatAClientTakesBackByWordOfMouthStopsPushesAtOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		phone := &replica{Person: e.client, limit: 50}
		phone.sync()
		e.due(t)
		claims := e.claim(t) // a worker has it in hands already
		got := toldTo(e.counselor, e.client, "push").Want(http.StatusOK)
		if got.Object["granted"] != false || got.Text("answered_at") != "2026-11-02T23:00:00Z" {
			t.Errorf("the answer is %s", got.Raw())
		}
		due := e.check(t, claims)
		if len(due) != 1 || len(due[0].Targets) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
		e.complete(t, due, accepted)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off")

		phone.sync()
		if phone.held["consent push"]["granted"] != false {
			t.Errorf("the phone holds %v", phone.held["consent push"])
		}
		want := []string{"push false <nil> <nil> by Dana Counselor", "push true 2026-11 en by Robin Client"}
		if diff := cmp.Diff(want, ledger(e.client, "/v1/me/consent-history")); diff != "" {
			t.Error(diff)
		}
		e.client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		if !slices.ContainsFunc(e.client.Get("/v1/me/audit-events").Want(http.StatusOK).Items(), func(event apitest.Object) bool {
			who, _ := event["who"].(map[string]any)
			return who["id"] == e.counselor.ID && event["what"] == "Anotó que retiraste un consentimiento."
		}) {
			t.Error("the client does not read who noted it")
		}
	})
}

func TestWhoIsDischargedTakesBackByWordOfMouthThatMeetingsAreAnnounced(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewSession("aftercare", "2026-11-03T18:00", e.client)
		e.discharge(true)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting")
		toldTo(e.counselor, e.client, "aftercare").Want(http.StatusOK)
		if status := e.client.Get("/v1/me/devices").Want(http.StatusOK).Items()[0].Text("status"); status != "ended" {
			t.Errorf("their phone is still %s", status)
		}
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
		e.wantEnded(t)
	})
}

func TestWhatIsTakenBackByWordOfMouthIsNotedOnceAndUndoesNoLaterYes(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana := w.Admin.NewCounselor("Dana")
		client := dana.NewClient("Robin").NewPhone(fcmtest.Android)
		client.Put("/v1/me/consents/peer_reachable", signed()).Want(http.StatusOK)
		kinds := []string{"push", "aftercare", "share_contacts", "peer_reachable", "family_sessions", "sober_living"}
		for _, kind := range kinds { // of which most were never answered
			w.Clock.Advance(time.Minute)
			first := toldTo(dana, client, kind, "Idempotency-Key", "note-of-"+kind).Want(http.StatusOK)
			stored := w.Stored("tokens", "audit_events", "credentials")
			w.Clock.Advance(time.Minute)
			for _, headers := range [][]string{nil, {"Idempotency-Key", "note-of-" + kind}} {
				if again := toldTo(dana, client, kind, headers...).Want(http.StatusOK); again.Raw() != first.Raw() || again.Object["granted"] != false {
					t.Errorf("first %s, again %s", first.Raw(), again.Raw())
				}
			}
			unchanged(t, stored, w.Stored("tokens", "audit_events", "credentials"))
			if n := w.Count("consents", "user_id = $1 AND kind = $2 AND NOT granted AND recorded_by = $3", client.ID, kind, dana.ID); n != 1 {
				t.Errorf("%s is noted %d times", kind, n)
			}
		}
		yes := object{"text_version": "2026-11", "granted": true, "answered_at": "2026-11-02T14:00:30Z"} // of the phone that is lost
		client.Put("/v1/me/consents/push", yes).WantProblem(http.StatusConflict, "answered_since")
		delete(yes, "answered_at")
		client.Put("/v1/me/consents/push", yes).Want(http.StatusOK)
		if late := toldTo(dana, client, "push", "Idempotency-Key", "note-of-push").Want(http.StatusOK); late.Object["granted"] != true {
			t.Errorf("what the clinic sent again undoes a yes given since: %s", late.Raw())
		}
	})
}

func TestStaffCanTakeBackForAClientAndNeverGive(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana, lee := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee")
		client := dana.NewClient("Robin")
		client.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		path, yes := "/v1/clients/"+client.ID+"/consents/share_contacts", object{"text_version": "2026-11", "granted": true}
		before := w.Stored("tokens", "audit_events", "credentials")
		toldTo(lee, client, "share_contacts").WantProblem(http.StatusNotFound, "not_found")
		toldTo(dana, client, "everything").WantProblem(http.StatusNotFound, "not_found")
		toldTo(dana, lee, "push").WantProblem(http.StatusNotFound, "not_found")
		for _, p := range []*apitest.Person{w.Admin, client} {
			p.Post(path+"/withdraw", nil).Want(http.StatusForbidden)
		}
		unchanged(t, before, w.Stored("tokens", "audit_events", "credentials"))
		toldTo(dana, client, "share_contacts").Want(http.StatusOK)
		if dana.Get("/v1/clients/" + client.ID + "/contacts").Want(http.StatusOK).Object["consented"] != false {
			t.Error("the counselor still sees contacts")
		}
		dana.Put(path, yes).Want(http.StatusNotFound)
		dana.Post(path, yes).Want(http.StatusNotFound)
		dana.Post(path+"/give", yes).Want(http.StatusNotFound)
		if got := dana.Post(path+"/withdraw", yes).Want(http.StatusOK); got.Object["granted"] != false {
			t.Errorf("a counselor gave it: %s", got.Raw())
		}
		if n := w.Count("consents", "recorded_by = $1 AND granted", dana.ID); n != 0 {
			t.Errorf("%d consents are given by a counselor", n)
		}
	})
}
