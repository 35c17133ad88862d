package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// sam is a second client, with an iPhone, who is reminded at the same instant as the first.
func (e *engine) sam(t *testing.T) *apitest.Person {
	t.Helper()
	sam := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
	e.counselor.NewSession("group", "2026-11-03T18:00", sam)
	return sam
}

// wantAsked compares how many requests have reached FCM.
func (e *engine) wantAsked(t *testing.T, want int) {
	t.Helper()
	if got := len(e.FCM.Requests()); got != want {
		t.Fatalf("at %s FCM has been asked %d times, want %d", e.Clock.Now().Format(time.RFC3339), got, want)
	}
}

func TestA429WithoutRetryAfterSilencesBothPlatformsForAMinuteAndLosesNothing(t *testing.T) {
	for name, fault := range map[string]fcmtest.Fault{"target": fcmtest.QuotaExceeded(""), "project": fcmtest.ProjectQuotaExceeded("")} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				sam := e.sam(t)
				e.due(t)
				e.FCM.Fail(fault)
				e.Drain()
				e.FCM.ClearFaults()
				asked := len(e.FCM.Requests()) // both may have been on the wire
				for range 59 {
					e.Clock.Advance(time.Second)
					e.Drain()
				}
				e.wantAsked(t, asked)
				e.Clock.Advance(time.Second)
				e.Drain()
				e.wantTexts(t, reminded)
				wantTexts(t, sam, reminded)
				e.wantDevices(t, "live")
			})
		})
	}
}

func TestARetryAfterOfHoursIsKeptAndWhatIsUselessByThenExpiresUnsent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.ProjectQuotaExceeded("86400")) // until the session begins
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(24*time.Hour + time.Minute)
		e.wantAsked(t, 1)
		for _, r := range e.client.Get("/v1/me/reminders").Items() {
			if r.Text("state") != "expired" || r.Text("arrival") != "not_sent" {
				t.Errorf("%v", r)
			}
		}
	})
}

func TestA503WithRetryAfterOfHoursIsTriedThenIfItIsStillOfUse(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.Unavailable("54000")) // 15 hours: Tuesday 9:00, in good time for the evening
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(15*time.Hour - time.Second)
		e.wantAsked(t, 1)
		e.Pass(2 * time.Second)
		e.wantTexts(t, reminded)
		e.wantAsked(t, 2)
	})
}

func TestARefusedCredentialStopsBothPlatformsKeepsEverythingAndHealsByItself(t *testing.T) {
	for name, fault := range map[string]fcmtest.Fault{"401": fcmtest.Unauthenticated(), "403": {Status: http.StatusForbidden}} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				sam := e.sam(t)
				e.due(t)
				e.Nobody().Get("/readyz").Want(http.StatusOK)
				e.FCM.Fail(fault)
				e.Drain()
				if slower := e.Count("pace", "eased_from > 0"); slower != 0 {
					t.Error("FCM said nothing of the quota, and the sending is slower")
				}
				asked := len(e.FCM.Requests())
				e.Clock.Advance(59 * time.Second)
				e.Drain()
				e.wantAsked(t, asked)
				e.Nobody().Get("/readyz").WantProblem(http.StatusServiceUnavailable, "push_credential_refused")
				e.wantDevices(t, "live")
				wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting")
				e.FCM.ClearFaults()
				e.Clock.Advance(time.Second)
				e.Drain()
				e.wantTexts(t, reminded)
				wantTexts(t, sam, reminded)
				e.Nobody().Get("/readyz").Want(http.StatusOK)
			})
		})
	}
}

func TestA500IsTriedAgainByAndByAndKeepsTheRegistration(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		fault := fcmtest.Internal()
		fault.Times = 3
		e.FCM.Fail(fault)
		e.Drain()
		e.wantAsked(t, 1)
		e.Pass(2 * time.Minute)
		e.wantAsked(t, 4)
		e.wantTexts(t, reminded)
		e.wantDevices(t, "live")
	})
}

func TestARegistrationOfAnotherProjectIsDisabled(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		sam := e.sam(t)
		e.due(t)
		fault := fcmtest.SenderIDMismatch()
		fault.Match = func(m fcmtest.Message) bool { return m.Platform == fcmtest.Android }
		e.FCM.Fail(fault)
		e.Drain()
		e.Pass(time.Hour)
		e.wantAsked(t, 2)
		e.wantDevices(t, "disabled")
		wantTexts(t, sam, reminded)
	})
}

func TestOfThreePhonesTheOneThatDiesIsDisabled(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.sam(t)
		e.counselor.NewSession("group", "2026-11-03T18:00", e.counselor.NewClient("Alex Client").NewPhone(fcmtest.IOS))
		e.due(t)
		e.FCM.Unregister(e.client.Registration)
		e.Drain()
		e.wantDevices(t, "disabled")
		e.wantSent(t, 2)
	})
}

// anotherNode is a worker of another node on the same database.
func (e *engine) anotherNode(t *testing.T, rate int) *notify.Worker {
	t.Helper()
	return &notify.Worker{Store: e.DB.OpenPaced(t, e.Clock.Now, rate), Sender: e.Worker.Sender, Log: quiet()}
}

func TestAPauseSeenByOneNodeIsKeptByTheOther(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		sam := e.sam(t)
		other := e.anotherNode(t, modelstest.Unhurried)
		e.due(t)
		e.FCM.Fail(fcmtest.ThirdPartyAuth())
		e.Drain()
		e.FCM.ClearFaults()
		asked := len(e.FCM.Requests())
		e.wantTexts(t, reminded) // Android flows
		for range 59 {
			e.Clock.Advance(time.Second)
			drainAll(t, other)
		}
		e.wantAsked(t, asked)
		e.Clock.Advance(time.Second)
		drainAll(t, other)
		wantTexts(t, sam, reminded)
	})
}

func TestOfTwoPausesTheLongerStands(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		for _, pause := range []time.Duration{time.Minute, 40 * time.Minute, 2 * time.Minute} {
			if err := e.Store.PauseLanes(t.Context(), []models.Platform{models.Android}, pause, models.LaneQuota); err != nil {
				t.Fatal(err)
			}
		}
		e.Pass(40*time.Minute - time.Second)
		e.wantAsked(t, 0)
		e.Pass(time.Second)
		e.wantTexts(t, reminded)
	})
}

func TestWhoMovesAMeetingAgainAndAgainIsStoppedBeforeFCMHasEnough(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		path := "/v1/me/meetings/" + e.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-03T18:00", "duration_minutes": 60}).
			Want(http.StatusCreated).Text("id")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, reminded)
		for i := range 120 {
			e.client.Patch(path, object{"local_start": fmt.Sprintf("2026-11-03T19:%02d", i%60)})
			e.Drain()
		}
		if sent := e.FCM.Accepted(); sent > 61 { // FCM takes 240 a minute for one phone; then both platforms rest, for everybody
			t.Errorf("one phone was sent %d messages within a moment", sent)
		}
		e.Clock.Advance(15 * time.Minute)
		e.client.Patch(path, object{"local_start": "2026-11-03T20:00"}).Want(http.StatusOK)
		e.Drain()
		if texts := e.client.Texts(); !strings.HasSuffix(texts[len(texts)-1], "is now 8:00 PM.") {
			t.Errorf("the phone shows %v", texts)
		}
	})
}

func TestAnAndroidThatIsNoneKeepsNoIPhoneWaiting(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		sam := e.sam(t)
		e.session("2026-11-03T17:55")
		fault := fcmtest.ThirdPartyAuth() // what FCM answers for a browser's registration, too
		fault.Match = func(m fcmtest.Message) bool { return m.Token == e.client.Registration }
		e.FCM.Fail(fault)
		e.At("2026-11-02T22:55:00Z")
		e.wantDevices(t, "live")
		e.counselor.Post("/v1/clients/"+sam.ID+"/test-push", nil).Want(http.StatusCreated)
		e.Drain()
		if len(sam.Texts()) == 0 {
			t.Error("one client's registration silences everybody's iPhone")
		}
	})
}
