package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

func TestS1_ACrashAfterTheClaimDelaysAPushByTheLeaseAndLosesNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.claim(t)
		e.Clock.Advance(59 * time.Second)
		e.Drain()
		e.wantSent(t, 0)
		e.Clock.Advance(time.Second)
		e.Drain()
		e.wantTexts(t, reminded)
		e.wantSent(t, 1)
	})
}

func TestS1_ACrashAfterTheAnswerShowsOneNotification(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.crashAfterAnswer(t)
		e.Clock.Advance(time.Minute)
		e.Drain()
		e.wantTexts(t, reminded)
		e.wantSent(t, 2)
		e.ack(t) // the secret of the first is that of the second
		if got := reminders(e.client)[0]; !strings.HasSuffix(got, "acknowledged") {
			t.Fatal(got)
		}
	})
}

func TestS1_AnAcknowledgedPushIsNotSentAgainAfterACrash(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.crashAfterAnswer(t)
		e.ack(t)
		e.Clock.Advance(time.Minute)
		e.Drain()
		e.wantSent(t, 1)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z acknowledged", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestS1_ACancellationAfterACrashTakesBackWhatMayHaveArrived(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.crashAfterAnswer(t)
		e.cancel(session)
		e.Clock.Advance(time.Minute)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
	})
}

func TestS2_WhatIsStillUsefulAfterADowntimeGoesOutAndWhatIsNotExpires(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-02T18:00") // its last reminder is due at 16:00
		e.session("2026-11-02T21:00")
		e.At("2026-11-02T21:20:00Z")
		e.wantTexts(t, "You have something Mon at 6:00 PM.")
		e.At("2026-11-03T02:01:00Z") // the second started a minute ago
		e.wantSent(t, 1)
		wantReminders(t, e.client, "2h 2026-11-02T21:00:00Z accepted", "2h 2026-11-03T00:00:00Z expired")
	})
}

func TestS3_AfterThreeDaysDownThePastExpiresWithoutABurst(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		const n = 5000
		start := time.Date(2026, 11, 2, 14, 0, 0, 0, time.UTC)
		fcm := duePhones(t, db, n, start)
		store := db.Open(t, func() time.Time { return start.Add(3 * 24 * time.Hour) })
		drainAll(t, &notify.Worker{Store: store, Sender: senderTo(t, fcm), Log: quiet()})
		if sent := len(fcm.Requests()); sent != 0 {
			t.Errorf("%d requests reached FCM", sent)
		}
		if expired := db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'expired'"); expired != n {
			t.Errorf("%d expired, of %d", expired, n)
		}
	})
}

func TestS5_AWorkerThatWakesAfterItsLeaseIsFencedOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		stalled := e.check(t, e.claim(t))
		e.Clock.Advance(time.Minute)
		other := e.check(t, e.claim(t))
		if fenced := e.complete(t, stalled, accepted); fenced != 1 {
			t.Fatalf("%d fenced off", fenced)
		}
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting")
		if fenced := e.complete(t, other, accepted); fenced != 0 {
			t.Fatal("the worker that holds the claim was fenced off")
		}
		if again := e.check(t, e.claim(t)); len(again) != 0 {
			t.Fatal("claimed again")
		}
	})
}

func TestS7_After429NothingIsSentFor37SecondsAndNothingIsLost(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.ProjectQuotaExceeded("37"))
		e.Drain()
		e.FCM.ClearFaults()
		e.counselor.NewSession("group", "2026-11-03T18:01", e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS))
		for range 36 {
			e.Clock.Advance(time.Second)
			e.Drain()
		}
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Fatalf("%d requests within the silence", asked)
		}
		e.Clock.Advance(time.Second)
		e.Drain()
		e.wantTexts(t, reminded)
		e.Clock.Advance(time.Minute)
		e.Drain()
		e.wantSent(t, 2)
	})
}

func TestS8_A503IsTriedAgainAfterTheTimeItNamesEvenIfTheAppStartsMeanwhile(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.Unavailable("300"))
		e.Drain()
		e.FCM.ClearFaults()
		e.Clock.Advance(time.Minute)
		e.client.PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK)
		e.Drain()
		e.Clock.Advance(239 * time.Second)
		e.Drain()
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Fatalf("%d requests before its time", asked)
		}
		e.Clock.Advance(time.Second)
		e.Drain()
		e.wantTexts(t, reminded)
	})
}

func TestS8_ACorrectionWaitsAsLongAsFCMAskedForToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.FCM.Fail(fcmtest.Unavailable("300"))
		e.Drain()
		e.FCM.ClearFaults()
		e.Clock.Advance(time.Minute)
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		e.Clock.Advance(239 * time.Second)
		e.Drain()
		e.wantAsked(t, 1)
		e.Clock.Advance(time.Second)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
	})
}

func TestWhatTheNightHoldsBackIsCorrectedAtOnceThoughFCMAskedForAWhileBefore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T21:59")
		e.Clock.Set(t, "2026-11-03T02:59:00Z") // Monday 21:59
		e.FCM.Fail(fcmtest.Unavailable("300"))
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(10 * time.Minute)
		e.wantTexts(t) // it waits for the morning
		e.Clock.Set(t, "2026-11-03T08:00:00Z")
		e.move(session, "2026-11-03T06:00") // before the morning
		e.Drain()
		e.wantTexts(t, "Tue 9:59 PM is now 6:00 AM.")
	})
}

func TestACorrectionForWhichFCMAsksTooLongComesToAnEndInTime(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.FCM.Fail(fcmtest.Unavailable("36000"))
		e.Drain()
		e.FCM.ClearFaults()
		e.move(session, "2026-11-02T20:00")
		e.Clock.Set(t, "2026-11-03T01:00:00Z")
		e.Drain()
		e.wantEnded(t)
		e.wantAsked(t, 1)
	})
}

func TestS9_AcceptedThenCutOffIsVisibleOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.Fault{AcceptThenReset: true, Times: 1})
		e.Drain()
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Fatalf("%d requests at once", asked)
		}
		e.Pass(10 * time.Minute)
		e.wantTexts(t, reminded)
		e.wantSent(t, 2)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestS9_WhatIsNeverAnsweredIsTriedUntilItExpiresAndMayHaveArrived(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.FCM.Fail(fcmtest.Fault{HangUp: true})
		e.At("2026-11-03T21:00:00Z") // the day-before reminder has expired unsent
		e.Pass(3*time.Hour + time.Minute)
		if asked := len(e.FCM.Requests()); asked < 20 || asked > 100 {
			t.Errorf("%d requests in three hours", asked)
		}
		list := e.client.Get("/v1/me/reminders").Items()
		if last := list[1]; last.Text("state") != "expired" || last.Text("cause") != "may_have_arrived" || last.Text("arrival") != "unknown" {
			t.Fatalf("%v", last)
		}
		if first := list[0]; first.Text("state") != "expired" || first.Text("arrival") != "not_sent" {
			t.Fatalf("%v", first)
		}
	})
}

func TestS10_AProxysPageKeepsTheRegistration(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		fault := fcmtest.HTMLNotFound()
		fault.Times = 1
		e.FCM.Fail(fault)
		e.Drain()
		e.wantDevices(t, "live")
		e.Pass(5 * time.Minute)
		e.wantTexts(t, reminded)
	})
}

func TestS11_ADeadRegistrationIsATombstoneUntilTheAppRegistersAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Unregister(e.client.Registration)
		e.Drain()
		e.wantDevices(t, "disabled")
		e.Pass(time.Hour)
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Fatalf("%d requests to a dead registration", asked)
		}
		e.FCM.Reregister(e.client.Registration)
		e.client.PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, reminded)
		e.wantDevices(t, "live")
	})
}

func TestS11_ANewRegistrationOutlivesTheDeathOfTheOldOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Unregister(e.client.Registration)
		e.inFlight(func() { e.client.PutDevice(fcmtest.Android, "another-registration").Want(http.StatusOK) })
		e.wantDevices(t, "live")
	})
}

func TestS11_WhoseAppConfirmsItsRegistrationWhileItIsCalledDeadIsNotSilenced(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.Fault{Times: 1, Status: http.StatusNotFound, ErrorCode: "UNREGISTERED", Message: "Requested entity was not found."})
		e.inFlight(func() {
			e.Clock.Advance(time.Second)
			e.client.PutDevice(fcmtest.Android, e.client.Registration).Want(http.StatusOK) // the next time may be in days
		})
		e.wantDevices(t, "live")
		e.Pass(10 * time.Minute)
		e.wantTexts(t, reminded)
	})
}

func TestS12_AWrongPayloadIsRejectedAndKeepsTheRegistration(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.InvalidData())
		e.Drain()
		e.Pass(time.Hour)
		if asked := len(e.FCM.Requests()); asked != 1 {
			t.Fatalf("%d requests", asked)
		}
		e.wantDevices(t, "live")
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z rejected", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestS12_AMalformedRegistrationIsDisabled(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.FCM.Fail(fcmtest.InvalidToken())
		e.Drain()
		e.wantDevices(t, "disabled")
		e.Pass(24 * time.Hour)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z unreachable", "2h 2026-11-03T21:00:00Z unreachable")
	})
}

func TestS12_APayloadWrongForOnePhoneStillReachesTheOther(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		e.due(t)
		wrong, away := fcmtest.InvalidData(), fcmtest.ThirdPartyAuth()
		wrong.Match = func(m fcmtest.Message) bool { return m.Platform == fcmtest.Android }
		e.FCM.Fail(wrong)
		e.FCM.Fail(away)
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(5 * time.Minute)
		wantTexts(t, other, reminded)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting")
		e.wantTexts(t)
	})
}

func TestS13_AFaultOfAPNsPausesIOSWhileAndroidFlows(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		apple := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
		e.counselor.NewSession("group", "2026-11-03T18:00", apple)
		e.due(t)
		e.FCM.Fail(fcmtest.ThirdPartyAuth())
		e.Drain()
		e.wantTexts(t, reminded)
		e.Clock.Advance(59 * time.Second)
		e.Drain()
		if asked := len(e.FCM.Requests()); asked != 2 {
			t.Fatalf("%d requests", asked)
		}
		e.FCM.ClearFaults()
		e.Clock.Advance(time.Minute)
		e.Drain()
		wantTexts(t, apple, reminded)
	})
}

func TestS14_OneOfTwoPhonesIsDeadAndTheReminderCountsAsAccepted(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		e.due(t)
		e.FCM.Unregister(other.Registration)
		e.Drain()
		e.wantTexts(t, reminded)
		e.wantDevices(t, "live", "disabled")
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestS16_ADeliveryThatWaitsForItsLaneIsSentLaterAndTheOtherNotAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		e.due(t)
		e.FCM.Fail(fcmtest.ThirdPartyAuth())
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(10 * time.Minute)
		wantTexts(t, other, reminded)
		if got := e.FCM.Delivered(e.client.Registration); got != 1 {
			t.Fatalf("the first phone got it %d times", got)
		}
	})
}

func TestASecondPhoneThatWaitsForItsLaneIsRemindedThoughTheSessionWasMovedAwayAndBack(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		sam := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
		e.counselor.NewSession("group", "2026-11-03T17:55", sam)
		session := e.session("2026-11-03T18:00")
		fault := fcmtest.ThirdPartyAuth()
		fault.RetryAfter = "600"
		e.FCM.Fail(fault)
		e.At("2026-11-02T22:55:00Z") // iPhones rest for ten minutes
		e.FCM.ClearFaults()
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, reminded)
		wantTexts(t, other)
		e.move(session, "2026-11-03T19:00")
		e.move(session, "2026-11-03T18:00")
		e.Pass(20 * time.Minute)
		e.wantTexts(t, reminded)
		wantTexts(t, other, reminded)
	})
}

func TestAClockThatIsSetBackAfterTheClaimSendsNothingEarly(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		claims := e.claim(t)
		e.Clock.Set(t, "2026-11-02T22:30:00Z")
		e.complete(t, e.check(t, claims), accepted)
		e.wantSent(t, 0)
		e.Pass(29 * time.Minute)
		e.wantSent(t, 0)
		e.Pass(time.Minute)
		e.wantTexts(t, reminded)
	})
}
