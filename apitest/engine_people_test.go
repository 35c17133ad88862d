package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

func TestP11_WhoLeavesTheRosterIsNotReminded(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, _ := e.evenings(1)
		e.leave(series)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z cancelled", "2h 2026-11-03T21:00:00Z cancelled")
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
	})
}

func TestP11_AnotherCounselorChangesNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		other := e.Admin.NewCounselor("Lee Counselor")
		e.Admin.Post("/v1/caseload", object{"counselor_id": other.ID, "client_id": e.client.ID}).Want(http.StatusCreated)
		for _, entry := range e.Admin.Get("/v1/caseload").Want(http.StatusOK).Items() {
			if strings.Contains(entry.Text("counselor_id"), e.counselor.ID) {
				e.Admin.Delete("/v1/caseload/" + entry.Text("id")).Want(http.StatusNoContent)
			}
		}
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestP12_HomeworkIsNotAnnouncedDuringTheGroupButHalfAnHourBefore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-04T18:00")
		e.session("2026-11-05T18:00")
		e.counselor.NewHomework(e.client, "2026-11-06T02:00:00Z") // Thursday 21:00
		var homework []string
		for _, r := range e.client.Get("/v1/me/reminders").Items() {
			if r.Text("kind") == "homework" {
				homework = append(homework, r.Text("remind_at"))
			}
		}
		if len(homework) != 2 || homework[0] != "2026-11-04T22:30:00Z" || homework[1] != "2026-11-05T22:30:00Z" {
			t.Fatal(homework)
		}
	})
}

func TestP13_AfterDischargeMeetingsAreAnnouncedOnlyToWhoWantsIt(t *testing.T) {
	for name, wants := range map[string]bool{"who agreed": true, "who did not": false} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				e.session("2026-11-03T18:00")
				e.counselor.NewHomework(e.client, "2026-11-04T02:00:00Z")
				e.counselor.NewSession("aftercare", "2026-11-03T12:00", e.client)
				e.discharge(wants)
				e.Pass(48 * time.Hour)
				if wants {
					e.wantTexts(t, "You have something Tue at 12:00 PM.", "You have something Tue at 12:00 PM.")
				} else {
					e.wantTexts(t)
				}
				e.wantEnded(t)
			})
		})
	}
}

func TestP15_WithoutConsentAReminderIsTurnedOffAndNeverUnreachable(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		never := counselor.NewClient("Robin Client")
		never.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		later := counselor.NewClient("Sam Client")
		counselor.NewSession("group", "2026-11-03T18:00", never, later)
		later.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		w.Pass(48 * time.Hour)
		for _, p := range []*apitest.Person{never, later} {
			wantReminders(t, p, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off")
		}
	})
}

func TestS18_WhoSignsOutGetsNothingMoreOnThatPhone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.client.Post("/v1/auth/logout", nil).Want(http.StatusNoContent)
		e.Drain()
		e.Pass(24 * time.Hour)
		e.wantSent(t, 0)
		list := e.counselor.Get("/v1/clients/" + e.client.ID + "/reminders").Want(http.StatusOK).Items()
		if list[0].Text("state") != "unreachable" || list[1].Text("state") != "unreachable" {
			t.Fatal(list)
		}
	})
}

func TestS18_WhoForgetsToSignOutIsSilencedAtOnceByTheNextOwnerOfThePhone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		e.session("2026-11-03T18:00")
		e.counselor.NewSession("group", "2026-11-03T18:05", next)
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		claims := e.claim(t) // the first owner's is claimed already
		next.PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK)
		for _, push := range e.check(t, claims) {
			if len(push.Targets) != 0 {
				t.Fatal("the first owner's reminder would go to the next owner's phone")
			}
			e.complete(t, e.check(t, claims), accepted)
		}
		e.At("2026-11-02T23:05:00Z")
		e.wantTexts(t, checking)
		e.wantSent(t, 1)
	})
}

func TestAPushWithoutAPhoneWaitsForOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		without := e.counselor.NewClient("Sam Client")
		e.counselor.NewSession("group", "2026-11-03T18:00", without)
		e.At("2026-11-02T23:00:00Z")
		e.Clock.Advance(time.Hour)
		without.NewPhone(fcmtest.Android)
		e.Drain()
		wantTexts(t, without, reminded)
	})
}

func TestAPhoneThatComesIsRemindedAtOnceOfWhatWaitedForIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		without := e.counselor.NewClient("Sam Client")
		e.counselor.NewSession("group", "2026-11-03T18:00", without)
		e.At("2026-11-02T23:00:00Z")
		e.Clock.Advance(time.Second)
		without.NewPhone(fcmtest.Android)
		e.Drain()
		wantTexts(t, without, reminded)
	})
}

func TestAPhoneThatComesIsRemindedAtOnceThoughFCMWasAwayBeforeTheLastOneWasGone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.choose(object{"session": object{"leads": []any{"5m"}}})
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T22:55:00Z")
		e.FCM.Fail(fcmtest.Unavailable(""))
		e.Drain()
		e.FCM.ClearFaults()
		e.FCM.Unregister(e.client.Registration)
		e.Pass(time.Minute)
		e.wantDevices(t, "disabled")
		e.client.Registration = "registration-of-the-same-phone-renewed"
		e.FCM.AddPhone(fcmtest.Phone{Registration: e.client.Registration, Kind: fcmtest.Token, Platform: fcmtest.Android})
		e.client.PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, reminded)
	})
}

func TestALatePushWaitsForTheEndOfQuietHoursUnlessItsSessionIsNear(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.session("2026-11-03T08:00") // its last reminder moves to Monday 22:00
		e.At("2026-11-03T05:00:00Z")  // midnight; down since before 18:00
		e.wantTexts(t, "You have something Tue at 8:00 AM.")
		e.At("2026-11-03T11:59:00Z")
		e.wantSent(t, 1)
		e.At("2026-11-03T12:00:00Z")
		e.wantTexts(t, "You have something Tue at 8:00 AM.", reminded)
	})
}

func TestAClientWhoTravelsIsRemindedOfHomeworkOnceByTheNewClock(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.Clock.Set(t, "2026-11-02T22:59:59Z")
		e.client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		e.At("2026-11-02T23:00:00Z")
		e.wantSent(t, 0)
		e.At("2026-11-03T02:00:00Z") // 18:00 in Los Angeles
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
		e.client.Patch("/v1/me", object{"time_zone": "America/New_York"}).Want(http.StatusOK)
		e.Pass(2 * time.Hour)
		e.wantSent(t, 1)
	})
}

func TestAClientWhoTravelsEastGetsAtOnceWhatIsDueByTheNewClock(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.At("2026-11-03T00:00:00Z")
		e.wantSent(t, 0)
		e.client.Patch("/v1/me", object{"time_zone": "America/New_York"}).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, "Something to finish by Tue 11:00 PM.")
	})
}

func TestARowThatDoesNotOpenSilencesNobodyElse(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		broken := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.Android)
		e.counselor.NewSession("group", "2026-11-03T18:00", broken)
		e.Rows("UPDATE devices SET registration = registration_index WHERE user_id = $1 RETURNING id", broken.ID)
		e.due(t)
		e.Drain()
		e.wantTexts(t, reminded)
	})
}

func TestAPersonWhoCannotBePlannedKeepsNobodyElsesPushFromBeingRecorded(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		broken := e.sam(t)
		others := []*apitest.Person{e.sam(t), e.sam(t), e.sam(t)}
		e.due(t)
		e.inFlight(func() { // what went out is to be corrected for who has no zone that is known
			e.cancel(broken.Get("/v1/me/sessions").Want(http.StatusOK).Items()[0].Text("id"))
			e.Rows("UPDATE users SET time_zone = 'Mars/X' WHERE id = $1 RETURNING id", broken.ID)
		})
		for _, other := range append(others, e.client) {
			if sent := e.Count("reminders", "user_id = $1 AND state = 'accepted'", other.ID); sent != 1 {
				t.Errorf("%d reminders are recorded as sent", sent)
			}
		}
	})
}

func TestARecordThatStandsInTheWayOfOnePushStandsInNobodyElses(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.sam(t)
		e.due(t)
		e.inFlight(func() { e.Rows("CREATE UNIQUE INDEX one_of_each ON deliveries (state)") }) // of two, one is refused
		if sent := e.Count("reminders", "state = 'accepted'"); sent != 1 {
			t.Errorf("%d reminders are recorded as sent", sent)
		}
	})
}

func TestEveryReminderComesToAnEnd(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		moved, cancelled := e.session("2026-11-03T18:00"), e.session("2026-11-03T18:05")
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.counselor.NewSession("aftercare", "2026-11-04T12:00", e.client)
		e.FCM.Fail(fcmtest.Fault{HangUp: true, Times: 2})
		e.At("2026-11-02T23:00:00Z")
		e.move(moved, "2026-11-04T09:00")
		e.FCM.Fail(fcmtest.Unavailable("90"))
		e.Drain()
		e.FCM.ClearFaults()
		e.cancel(cancelled)
		e.Pass(20 * time.Hour)
		e.FCM.Unregister(e.client.Registration)
		e.Pass(48 * time.Hour)
		e.wantEnded(t)
		if left := e.Rows("SELECT id FROM pushes WHERE next_at IS NOT NULL"); len(left) != 0 {
			t.Fatalf("pushes are still looked at: %v", left)
		}
	})
}
