package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// reach is the word beside a client, in their record and in the list.
func reach(counselor, client *apitest.Person) string {
	counselor.T.Helper()
	word := counselor.Get("/v1/clients/" + client.ID).Want(http.StatusOK).Text("reach")
	for _, listed := range counselor.Get("/v1/clients").Want(http.StatusOK).Items() {
		if listed.Text("id") == client.ID && listed.Text("reach") != word {
			counselor.T.Errorf("the list says %s, the record %s", listed.Text("reach"), word)
		}
	}
	return word
}

// unreachable are those whom the counselor is told of, by id.
func unreachable(counselor *apitest.Person) map[string]object {
	counselor.T.Helper()
	found := map[string]object{}
	for _, item := range counselor.Get("/v1/unreachable").Want(http.StatusOK).Items() {
		found[item.Text("client_id")] = item
	}
	return found
}

func (e *engine) wantReach(t *testing.T, want string) {
	t.Helper()
	e.counselor.SignIn()
	if got := reach(e.counselor, e.client); got != want {
		t.Fatalf("their reach is %s, want %s", got, want)
	}
	item, listed := unreachable(e.counselor)[e.client.ID]
	advice := map[string]string{"doubtful": "open the app once", "permission_off": "the phone's settings", "registration_dead": "takes no more reminders",
		"proving": "being checked", "no_device": "not signed in on any phone", "no_consent": "theirs to choose"}[want]
	if listed != (want != "reachable") || listed && (item.Text("reach") != want || !strings.Contains(item.Text("advice"), advice)) {
		t.Fatalf("in the list of whom reminders may not reach: %v", item)
	}
}

func (e *engine) permission(word string) {
	e.T.Helper()
	e.client.Put("/v1/me/devices/"+e.client.Installation, object{"platform": "android", "registration": e.client.Registration,
		"registration_kind": "token", "permission": word}).Want(http.StatusOK)
}

func TestEachReasonForWhichRemindersDoNotReachSomebodyIsToldToStaff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.wantReach(t, "reachable")
		e.permission("denied")
		e.wantReach(t, "permission_off")
		e.permission("undetermined")
		e.wantReach(t, "permission_off")
		e.permission("granted")
		e.wantReach(t, "reachable")

		e.due(t)
		e.FCM.Unregister(e.client.Registration)
		e.Drain()
		e.wantReach(t, "registration_dead")
		e.FCM.Reregister(e.client.Registration)
		e.permission("granted") // it comes back
		e.wantReach(t, "reachable")
		e.counselor.NewClient("Sam Client").PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK)
		e.wantReach(t, "registration_dead")
		e.permission("granted")
		e.wantReach(t, "proving")
		e.permission("denied") // which is what they can do something about
		e.wantReach(t, "permission_off")
		e.permission("granted")
		e.Drain()
		proves(e.client, newestProof(e.client))
		e.wantReach(t, "reachable")

		e.consent(false)
		e.wantReach(t, "no_consent")
		e.permission("denied") // consent comes first
		e.wantReach(t, "no_consent")
		e.consent(true)
		e.wantReach(t, "permission_off")
		e.client.Post("/v1/auth/logout", nil).Want(http.StatusNoContent)
		e.wantReach(t, "no_device")
	})
}

func TestWhoNeverSignedInIsToldOfWithWhatToDo(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		id := newClientID(counselor)
		item := unreachable(counselor)[id]
		if item.Text("reach") != "no_consent" || item["since"] != nil || item["phone_confirmed_at"] != nil || !strings.Contains(item.Text("advice"), "code") {
			t.Errorf("before enrolment: %v", item)
		}
		if item["next"] != nil {
			t.Errorf("there is nothing ahead: %v", item["next"])
		}
		client := counselor.NewClient("Sam Client")
		if word := reach(counselor, client); word != "no_device" {
			t.Errorf("once enrolled: %s", word)
		}
		counselor.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		if advice := unreachable(counselor)[client.ID].Text("advice"); !strings.HasPrefix(advice, "No tiene la sesión abierta") {
			t.Errorf("in Spanish: %s", advice)
		}
	})
}

func TestAPhoneIsDoubtfulAfterThirtyDaysUnseenAndStillSentTo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		doubtful := func() bool { return e.client.Get("/v1/me/devices").Want(http.StatusOK).Items()[0]["doubtful"].(bool) }
		e.Clock.Set(t, "2026-12-02T13:59:59Z") // 30 days but for a second
		e.wantReach(t, "reachable")
		e.Clock.Set(t, "2026-12-02T14:00:00Z")
		e.wantReach(t, "doubtful")
		if !doubtful() {
			t.Error("the phone itself is not told")
		}
		item := unreachable(e.counselor)[e.client.ID]
		if item.Text("since") != "2026-12-02T14:00:00Z" || item.Text("phone_confirmed_at") != apitest.Start {
			t.Errorf("since when: %v", item)
		}
		e.session("2026-12-03T18:00")
		e.At("2026-12-02T23:00:00Z")
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.wantReach(t, "doubtful") // that FCM accepts proves nothing
		e.ack(t)
		e.wantReach(t, "reachable") // that it arrives does
		e.Clock.Advance(31 * 24 * time.Hour)
		e.wantReach(t, "doubtful")
		e.permission("granted")
		e.wantReach(t, "reachable")
		if doubtful() {
			t.Error("a phone that was just seen is doubtful")
		}
	})
}

func TestOneGoodPhoneOfSeveralIsEnough(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		e.permission("denied")
		e.wantReach(t, "reachable")
		e.Clock.Advance(31 * 24 * time.Hour)
		e.permission("denied") // just seen, and shows nothing: the other one counts, which may be gone
		e.wantReach(t, "doubtful")
		other.Delete("/v1/me/devices/" + other.Installation).Want(http.StatusNoContent)
		e.wantReach(t, "permission_off")
		other.PutDevice(fcmtest.IOS, other.Registration).Want(http.StatusOK)
		e.wantReach(t, "reachable")
	})
}

func TestWhoMissesSomethingSoonComesFirstAndOwnMeetingsAreNotTold(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		nothing, later, soon, phone := counselor.NewClient("A"), counselor.NewClient("B"), counselor.NewClient("C"), counselor.NewClient("D").NewPhone(fcmtest.Android)
		counselor.NewSession("group", "2026-11-05T18:00", later)
		counselor.NewSession("group", "2026-11-04T18:00", soon, later, phone)
		counselor.NewHomework(soon, "2026-11-04T17:00:00Z")
		nothing.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-03T12:00", "duration_minutes": 60}).Want(http.StatusCreated)
		later.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		counselor.NewClient("Idle")
		gone := counselor.NewClient("E")
		counselor.Post("/v1/clients/"+gone.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		w.Admin.NewCounselor("Lee").NewClient("F") // another's

		var got []string
		for path := "/v1/unreachable?limit=1"; path != ""; {
			page := counselor.Get(path).Want(http.StatusOK)
			for _, item := range page.Items() {
				about := "nothing"
				if next, ok := item["next"].(map[string]any); ok {
					about = fmt.Sprint(next["kind"], " ", next["about_at"])
				}
				got = append(got, item.Text("name")+" "+item.Text("reach")+" "+about)
			}
			path = ""
			if next := page.Text("next_cursor"); next != "" {
				path = "/v1/unreachable?limit=1&cursor=" + next
			}
		}
		want := []string{"C no_device homework 2026-11-04T17:00:00Z", "B no_consent session 2026-11-04T23:00:00Z", "A no_device nothing", "Idle no_device nothing"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhoCoversACounselorSeesWhomRemindersDoNotReach(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, cover := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Sam")
		client := counselor.NewClient("Robin")
		if n := len(unreachable(cover)); n != 0 {
			t.Errorf("%d clients of a colleague", n)
		}
		w.Admin.Post("/v1/caseload", object{"counselor_id": cover.ID, "covers_id": counselor.ID, "until": "2026-11-02T18:00:00Z"}).Want(http.StatusCreated)
		if _, listed := unreachable(cover)[client.ID]; !listed {
			t.Error("who covers does not see them")
		}
		w.Clock.Set(t, "2026-11-02T18:00:00Z")
		if n := len(unreachable(cover)); n != 0 {
			t.Errorf("%d clients once the coverage is over", n)
		}
	})
}

func TestWhatWasTurnedOffIsCancelledWithItsSession(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		off, moved := e.session("2026-11-05T18:00"), e.session("2026-11-06T18:00")
		e.consent(false)
		e.cancel(off)
		e.move(moved, "2026-11-09T18:00")
		wantReminders(t, e.client, "1d 2026-11-04T23:00:00Z cancelled", "2h 2026-11-05T21:00:00Z cancelled",
			"1d 2026-11-05T23:00:00Z cancelled", "2h 2026-11-06T21:00:00Z cancelled",
			"1d 2026-11-08T23:00:00Z turned_off", "2h 2026-11-09T21:00:00Z turned_off")
		next := unreachable(e.counselor.SignIn())[e.client.ID]["next"].(map[string]any)
		if next["about_at"] != "2026-11-09T23:00:00Z" {
			t.Errorf("staff are told of %v", next)
		}
	})
}

func TestWhoIsDischargedWithoutConsentIsNotOfThoseWhomRemindersDoNotReach(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.consent(false)
		e.discharge(false)
		if item, listed := unreachable(e.counselor.SignIn())[e.client.ID]; listed {
			t.Errorf("staff are told of %v", item)
		}
	})
}
