package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models"
	"handrail/notify/fcmtest"
)

func TestAnAcknowledgementSaysNothingOfWhatWasNeverSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T17:00")                             // 2 h before: 15:00
		e.counselor.NewHomework(e.client, "2026-11-03T23:05:00Z") // 18:05, 3 h before: 15:05
		e.Clock.Set(t, "2026-11-03T22:30:00Z")                    // down until the session is on
		e.Drain()
		e.wantTexts(t, "Something to finish by Tue 6:05 PM.")
		e.ack(t)
		e.wantLast(t, "expired not_sent", "acknowledged reached_phone")
	})
}

// wantLast compares what stands of the last reminder of a session and of that of homework.
func (e *engine) wantLast(t *testing.T, session, homework string) {
	t.Helper()
	for _, r := range e.client.Get("/v1/me/reminders").Want(http.StatusOK).Items() {
		got := r.Text("state") + " " + r.Text("arrival")
		if want, ok := map[string]string{"session 2h": session, "homework 3h": homework}[r.Text("kind")+" "+r.Text("lead")]; ok && got != want {
			t.Errorf("the reminder of the %s is %s, want %s", r.Text("kind"), got, want)
		}
	}
}

func TestAnAcknowledgementFasterThanTheRecordSaysNothingOfWhatWasNotSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T17:00")
		e.counselor.NewHomework(e.client, "2026-11-03T23:05:00Z")
		e.Clock.Set(t, "2026-11-03T22:30:00Z") // down until the session is on
		e.answered(func() { e.ack(t) })
		e.wantTexts(t, "Something to finish by Tue 6:05 PM.")
		e.wantLast(t, "expired not_sent", "acknowledged reached_phone")
	})
}

func TestAnAcknowledgementSaysNothingOfWhatHadExpiredWhenTheRestWasSentAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T17:00")
		e.counselor.NewHomework(e.client, "2026-11-03T23:05:00Z")
		e.Clock.Set(t, "2026-11-03T21:59:50Z")
		e.claim(t) // and a crash: whether it was sent, nobody knows
		e.Clock.Advance(time.Minute)
		e.Drain() // the session is on
		e.wantTexts(t, "Something to finish by Tue 6:05 PM.")
		e.ack(t)
		e.wantLast(t, "expired unknown", "acknowledged reached_phone")
	})
}

func TestAnAcknowledgementOfWhatHasExpiredSaysThatItArrived(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T21:00:00Z")
		e.crashAfterAnswer(t)
		e.Clock.Set(t, "2026-11-03T23:00:00Z") // it is on, and the phone is on the network again
		e.ack(t)
		e.wantLast(t, "acknowledged reached_phone", "")
		e.Drain()
		e.wantLast(t, "acknowledged reached_phone", "")
	})
}

func TestWhatExpiredBeforePushesWereTurnedOffIsExpired(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T23:05:00Z") // down until the session is on
		e.consent(false)
		e.Drain()
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z expired", "2h 2026-11-03T21:00:00Z expired")
	})
}

func TestTheNewsOfAMoveIsNotTakenForSaidBecauseItStoodForAReminderToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-04T17:00")
		e.Clock.Set(t, "2026-11-03T06:00:00Z") // 1:00 in New York
		e.move(session, "2026-11-04T06:00")    // news for 7:00, as the day-before reminder now is
		e.FCM.Fail(fcmtest.Fault{HangUp: true, Times: 1})
		e.At("2026-11-03T12:00:00Z")
		e.client.Patch("/v1/me", object{"quiet_hours": object{"start": "23:00", "end": "07:00"}}).Want(http.StatusOK)
		e.Pass(time.Minute)
		e.wantTexts(t, "Wed 5:00 PM is now 6:00 AM.")
	})
}

func TestAReminderThatTheNewsOfAMoveStandsForComesIfNoPhoneHeardTheNews(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin Client")
		session := counselor.NewSession("group", "2026-11-03T10:00", client)
		w.Clock.Set(t, "2026-11-03T08:00:00Z") // Tuesday 3:00 in New York
		counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-04T06:50"}).Want(http.StatusOK)
		w.Pass(7 * time.Hour) // at 7:00 there was news, until 10:00, and the day-before reminder
		client.NewPhone("android")
		w.Pass(10 * time.Minute)
		wantTexts(t, client, "You have something Wed at 6:50 AM.")
	})
}

func TestWhoWasToldTwiceThatASessionIsOffCanBePlannedForOnceItsTimeIsPast(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.At("2026-11-03T21:00:00Z")
		e.move(session, "2026-11-04T17:00")
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.", "Tue 6:00 PM is off.")
		e.At("2026-11-03T23:30:00Z")
		e.client.Patch("/v1/me", object{"quiet_hours": object{"start": "23:00", "end": "07:00"}}).Want(http.StatusOK)
	})
}

func TestTwoLeadsOfOneThingInOnePushAreOneThingAndLastUntilItIsDue(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:40")
		e.counselor.NewHomework(e.client, "2026-11-04T05:30:00Z") // Wednesday 00:30: 18:00 the evening before, 3 h before moves to 18:10
		e.Pass(33*time.Hour + 5*time.Minute)                      // to Tuesday 18:05
		texts := e.client.Texts()
		if diff := cmp.Diff("Something to finish by Wed 12:30 AM.", texts[len(texts)-1]); diff != "" {
			t.Fatal(diff)
		}
		received := e.FCM.Received(e.client.Registration)
		if ttl := received[len(received)-1].Android.TTL; ttl < 6*time.Hour {
			t.Errorf("a phone that is off for %s loses both", ttl)
		}
	})
}

func TestAPhoneThatComesWhileNoneWasThereIsRemindedThoughSomebodyHadThePushInHands(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin Client")
		counselor.NewSession("group", "2026-11-03T18:00", client)
		w.Clock.Set(t, "2026-11-02T23:00:00Z")
		claims, err := w.Store.ClaimPushes(t.Context(), 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		due, err := w.Store.CheckPushes(t.Context(), claims)
		if err != nil {
			t.Fatal(err)
		}
		client.NewPhone("android") // after the check, before its record
		if _, err := w.Store.CompletePushes(t.Context(), []models.SentPush{{DuePush: due[0]}}); err != nil {
			t.Fatal(err)
		}
		w.Pass(10 * time.Minute)
		wantTexts(t, client, "You have something Tue at 6:00 PM.")
	})
}

func TestACodeInHandDoesNotTellWhichAddressesAreKnown(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		code := counselor.Code(newClientID(counselor))
		answered := 0
		for range 20 {
			if enroll(w.Nobody(), code, object{"email": w.Admin.Email, "password": "correct horse battery"}).Text("code") == "email_taken" {
				answered++
			}
		}
		if answered > 10 {
			t.Errorf("one code asked of %d addresses", answered)
		}
	})
}

func TestOfTwoAttemptsRecordedTogetherOnlyTheLaterCounts(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		stalled := e.check(t, e.claim(t))[0]
		e.Clock.Advance(2 * time.Minute) // past its lease
		later := e.check(t, e.claim(t))[0]
		device := stalled.Targets[0].DeviceID
		fenced, err := e.Store.CompletePushes(t.Context(), []models.SentPush{
			{DuePush: stalled, Results: []models.Result{{DeviceID: device, State: models.DeliveryDead}}},
			{DuePush: later, Results: []models.Result{{DeviceID: device, State: models.DeliveryAccepted}}}})
		if err != nil || fenced != 1 {
			t.Errorf("%d fenced off, %v", fenced, err)
		}
		e.wantDevices(t, "live")
	})
}

func TestWhatAPhoneSaysBeforeFCMsAnswerIsRecordedStays(t *testing.T) {
	for said, want := range map[string]string{"arrived": "acknowledged reached_phone: android acknowledged", "opened": "acknowledged opened: android opened"} {
		t.Run(said, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				e.due(t)
				e.answered(func() { acknowledge(e.client, said) })
				id := e.client.Get("/v1/me/reminders").Want(http.StatusOK).Items()[0].Text("id")
				e.wantFares(t, id, want)
				acknowledge(e.client, "arrived") // again, as a phone does that heard no answer
				e.wantFares(t, id, want)
			})
		})
	}
}

func TestAnAcknowledgementOfWhatWasReplacedSaysNothingOfItsCorrection(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		old := e.client.Screen()[0]
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		e.Nobody().Post("/v1/acks", object{"acks": []object{{"push_id": old.PushID, "ack_secret": old.Data["ack_secret"], "event": "opened"}}}).
			Want(http.StatusNoContent)
		wantArrivals(t, e.counselor, session, 1, "Robin Client false: 1d acknowledged opened, moved accepted unknown, 1d waiting not_sent, 2h cancelled not_sent, 2h waiting not_sent")
	})
}
