package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

const aTest = "This is a test."

func (e *engine) testPush() apitest.Reply {
	e.T.Helper()
	return e.counselor.SignIn().Post("/v1/clients/"+e.client.ID+"/test-push", nil)
}

// fares is how a reminder of the client's fares: "state arrival: platform state code, …".
func (e *engine) fares(id string) string {
	e.T.Helper()
	reminder := e.counselor.SignIn().Get("/v1/clients/" + e.client.ID + "/reminders/" + id).Want(http.StatusOK)
	var phones []string
	for _, d := range reminder.Object["deliveries"].([]any) {
		delivery := object(d.(map[string]any))
		phones = append(phones, strings.TrimSpace(delivery.Text("platform")+" "+delivery.Text("state")+" "+delivery.Text("code")))
	}
	return reminder.Text("state") + " " + reminder.Text("arrival") + ": " + strings.Join(phones, ", ")
}

func (e *engine) wantFares(t *testing.T, id, want string) {
	t.Helper()
	if got := e.fares(id); got != want {
		t.Fatalf("at %s the test is %q, want %q", e.Clock.Now().Format(time.RFC3339), got, want)
	}
}

func TestATestPushIsAcknowledgedAtTheFrontDeskInTheNightToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.Clock.Set(t, "2026-11-03T05:00:00Z") // midnight
		made := e.testPush().Want(http.StatusCreated)
		id := made.Text("id")
		if made.Text("kind") != "test" || made.Text("state") != "waiting" || made.Text("expires_at") != "2026-11-03T05:10:00Z" {
			t.Errorf("the answer is %s", made.Raw())
		}
		e.testPush().WantProblem(http.StatusConflict, "test_under_way")
		e.Drain()
		e.wantTexts(t, aTest)
		e.wantFares(t, id, "accepted unknown: android accepted")
		e.ack(t)
		e.wantFares(t, id, "acknowledged reached_phone: android acknowledged")
		e.Clock.Advance(time.Minute)
		again := e.testPush().Want(http.StatusCreated).Text("id")
		e.Drain()
		e.wantTexts(t, aTest, aTest)
		e.wantFares(t, again, "accepted unknown: android accepted")

		detail := e.client.Get("/v1/me/reminders/" + id).Want(http.StatusOK)
		thing := detail.Object["things"].([]any)[0].(map[string]any)
		if thing["kind"] != "test" || thing["href"] != "/v1/me/reminders/"+id {
			t.Errorf("its thing is %v", thing)
		}
		e.client.Get(thing["href"].(string)).Want(http.StatusOK)
		if n := e.Count("audit_events", "client_id = $1 AND action = 'test_push'", e.client.ID); n != 2 {
			t.Errorf("noted %d times", n)
		}
		other := e.Admin.NewCounselor("Lee")
		other.Post("/v1/clients/"+e.client.ID+"/test-push", nil).Want(http.StatusNotFound)
		other.Get("/v1/clients/" + e.client.ID + "/reminders/" + id).Want(http.StatusNotFound)
	})
}

func TestATestPushIsTriedOnEachPhoneAndSpeaksTheirLanguage(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		phone := e.twoPhones(fcmtest.IOS)
		e.client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		e.FCM.Unregister(phone.Registration)
		id := e.testPush().Want(http.StatusCreated).Text("id")
		e.Drain()
		e.wantTexts(t, "Esto es una prueba.")
		if got := e.fares(id); got != "accepted unknown: android accepted, ios failed UNREGISTERED" && got != "accepted unknown: ios failed UNREGISTERED, android accepted" {
			t.Error(got)
		}
	})
}

func TestATestPushStandsAloneAndNoPlanningEndsIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-02T22:58:00Z") // the session's reminder comes in two minutes
		id := e.testPush().Want(http.StatusCreated).Text("id")
		e.counselor.NewHomework(e.client, "2026-11-10T02:00:00Z")
		e.client.Patch("/v1/me", object{"quiet_hours": object{"start": "12:00", "end": "23:00"}}).Want(http.StatusOK)
		e.move(session, "2026-11-03T18:30")
		e.wantFares(t, id, "waiting not_sent: ")
		e.Drain()
		e.wantTexts(t, aTest)
		e.ack(t)
		e.move(session, "2026-11-04T18:30")
		e.discharge(true)
		e.Pass(48 * time.Hour)
		e.wantFares(t, id, "acknowledged reached_phone: android acknowledged")
		e.wantTexts(t, aTest)
		after := e.testPush().Want(http.StatusCreated).Text("id") // to who is discharged
		e.Drain()
		e.wantFares(t, after, "accepted unknown: android accepted")
	})
}

func TestATestPushDoesNotWaitForWhatIsDueSoonNorTakeItAlong(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-02T22:58:00Z")
		e.testPush().Want(http.StatusCreated)
		e.counselor.NewHomework(e.client, "2026-11-10T02:00:00Z") // plans anew
		e.Drain()
		e.wantTexts(t, aTest)
		e.Pass(2 * time.Minute)
		e.wantTexts(t, aTest, reminded)
	})
}

func TestATestPushWithoutAPhoneWaitsTenMinutesForOne(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		e := &engine{w, counselor, counselor.NewClient("Robin Client")}
		w.Clock.Set(t, "2026-11-03T05:00:00Z") // midnight
		id := e.testPush().Want(http.StatusCreated).Text("id")
		e.Drain()
		e.testPush().WantProblem(http.StatusConflict, "test_under_way")
		e.Pass(10 * time.Minute)
		e.wantFares(t, id, "unreachable not_sent: ")
		next := e.testPush().Want(http.StatusCreated).Text("id")
		e.Pass(8 * time.Minute)
		e.client.NewPhone(fcmtest.Android)
		e.Drain()
		e.wantTexts(t, aTest)
		e.wantFares(t, next, "accepted unknown: android accepted")
	})
}

func TestATestPushThatWaitsForAPhoneEndsWithTheClientsDischarge(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		e := &engine{w, counselor, counselor.NewClient("Robin Client")}
		id := e.testPush().Want(http.StatusCreated).Text("id")
		e.Drain() // there is no phone: the push is parked
		e.discharge(false)
		e.wantFares(t, id, "cancelled not_sent: ")
		after := e.testPush().Want(http.StatusCreated).Text("id")
		e.client.NewPhone(fcmtest.Android)
		e.Drain()
		e.wantTexts(t, aTest)
		e.wantFares(t, id, "cancelled not_sent: ")
		e.wantFares(t, after, "accepted unknown: android accepted")
	})
}

func TestATestPushAsksForConsentLikeEveryOther(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.testPush().Want(http.StatusCreated).Text("id")
		e.consent(false)
		e.wantFares(t, id, "turned_off not_sent: ")
		e.Drain()
		refused := e.testPush().Want(http.StatusCreated)
		if refused.Text("state") != "turned_off" || refused.Text("cause") != "consent" || refused.Object["push_id"] != nil {
			t.Errorf("without consent: %s", refused.Raw())
		}
		e.Pass(time.Hour)
		e.wantSent(t, 0)
		e.consent(true)
		e.Pass(time.Hour)
		e.wantSent(t, 0)
		if left := e.Rows("SELECT id FROM pushes WHERE next_at IS NOT NULL"); len(left) != 0 {
			t.Errorf("pushes are still looked at: %v", left)
		}
	})
}

func TestATestPushThatFCMDoesNotTakeEndsLikeEveryOther(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.FCM.Fail(fcmtest.InvalidData())
		rejected := e.testPush().Want(http.StatusCreated).Text("id")
		e.Drain()
		e.wantFares(t, rejected, "rejected not_sent: android rejected INVALID_ARGUMENT")
		e.FCM.ClearFaults()
		e.FCM.Fail(fcmtest.Fault{HangUp: true, Times: 1000})
		expired := e.testPush().Want(http.StatusCreated).Text("id")
		e.Pass(10 * time.Minute)
		e.wantFares(t, expired, "expired unknown: android unknown NO_CLEAR_ANSWER")
		want := []string{"now 2026-11-02T14:00:00Z rejected", "now 2026-11-02T14:00:00Z expired"}
		if diff := cmp.Diff(want, reminders(e.client)); diff != "" {
			t.Error(diff)
		}
	})
}
