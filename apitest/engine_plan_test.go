package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/notify/fcmtest"
)

func TestP1_WhatIsBookedTooLateForALeadIsNotPlannedForIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-02T09:30") // in half an hour
		wantReminders(t, e.client)
		e.session("2026-11-02T13:00") // in four hours: the day before is past
		wantReminders(t, e.client, "2h 2026-11-02T16:00:00Z waiting")
		e.Pass(5 * time.Hour)
		e.wantTexts(t, "You have something Mon at 1:00 PM.")
		e.wantSent(t, 1)
	})
}

func TestP2_WhoWasToldTheOldTimeIsToldTheNewOneAndRemindedOfItOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.At("2026-11-04T23:00:00Z")
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.move(session, "2026-11-12T18:00")
		e.Drain()
		e.wantTexts(t, "Thu 6:00 PM is now Thu, Nov 12 6:00 PM.")
		e.Clock.Set(t, "2026-11-10T23:00:00Z")
		e.Pass(25 * time.Hour)
		e.wantTexts(t, "Thu 6:00 PM is now Thu, Nov 12 6:00 PM.", "You have something Thu at 6:00 PM.")
		e.wantSent(t, 3)
	})
}

func TestP2_ACorrectionMadeAtNightWaitsForTheEndOfQuietHours(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.At("2026-11-04T23:00:00Z")
		e.Clock.Set(t, "2026-11-05T08:00:00Z") // 3:00 in New York
		e.move(session, "2026-11-12T18:00")
		e.Drain()
		e.At("2026-11-05T11:58:00Z")
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.At("2026-11-05T12:00:00Z")
		e.wantTexts(t, "Thu 6:00 PM is now Thu, Nov 12 6:00 PM.")
		e.wantSent(t, 2)
	})
}

func TestP3_AnEditedTitleSendsNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		homework := e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
		e.counselor.Patch("/v1/assignments/"+homework, object{"title": "Another title"}).Want(http.StatusOK)
		e.Drain()
		e.wantSent(t, 1)
		wantReminders(t, e.client, "1d@18:00 2026-11-02T23:00:00Z accepted", "3h 2026-11-03T22:00:00Z waiting")
	})
}

func TestP4_OnlyTheCancelledSessionOfASeriesIsSilent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": "2026-11-04T18:00", "duration_minutes": 60,
			"rule": "FREQ=DAILY;COUNT=3"}, e.client)
		e.cancel(e.counselor.SessionsOf(series)[1].Text("id"))
		wantReminders(t, e.client,
			"1d 2026-11-03T23:00:00Z waiting", "2h 2026-11-04T21:00:00Z waiting",
			"1d 2026-11-04T23:00:00Z cancelled", "2h 2026-11-05T21:00:00Z cancelled",
			"1d 2026-11-05T23:00:00Z waiting", "2h 2026-11-06T21:00:00Z waiting")
		e.Clock.Set(t, "2026-11-03T22:00:00Z")
		e.Pass(4 * 24 * time.Hour)
		e.wantSent(t, 4)
	})
}

func TestP5_AClosureOf101SessionsLeavesNoReminderAndTellsEachPersonOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
		var ids []string
		for _, rule := range []string{"FREQ=DAILY;COUNT=80", "FREQ=DAILY;COUNT=21"} {
			start := map[bool]string{true: "2026-11-03T18:00", false: "2026-11-05T12:00"}[len(ids) == 0]
			series := e.counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": start, "duration_minutes": 60, "rule": rule}, e.client, other)
			for _, s := range e.counselor.SessionsOf(series) {
				ids = append(ids, s.Text("id"))
			}
		}
		e.At("2026-11-02T23:00:00Z")
		e.wantSent(t, 2)
		if len(ids) != 101 {
			t.Fatalf("%d sessions", len(ids))
		}
		e.counselor.Post("/v1/sessions/cancel", object{"session_ids": ids}).Want(http.StatusOK)
		e.Pass(3 * 24 * time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off. Wed 6:00 PM is off.")
		e.wantSent(t, 4)
		e.wantEnded(t)
	})
}

func TestP6_NothingIsSentOnceConsentIsRevoked(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-02T22:59:59Z")
		e.consent(false)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off")
	})
}

func TestP6_NothingIsSentOnceTheClientIsDischarged(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
		e.Clock.Set(t, "2026-11-02T22:59:59Z")
		e.discharge(true)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
		e.wantEnded(t)
	})
}

func TestP6_RevokingBetweenTheClaimAndTheSendStopsTheSend(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		claims := e.claim(t)
		e.consent(false)
		due := e.check(t, claims)
		if len(due) != 1 || len(due[0].Targets) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
		e.complete(t, due, accepted)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 0)
		e.wantEnded(t)
	})
}

func TestP6_RevokingBeforeTheSecondPhoneWasReachedKeepsItSilent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		e.due(t)
		e.FCM.Fail(fcmtest.ThirdPartyAuth())
		e.Drain()
		e.FCM.ClearFaults()
		e.wantTexts(t, reminded)
		e.consent(false)
		e.Pass(10 * time.Minute)
		wantTexts(t, other)
	})
}

func TestP7_ATaskIsAnnouncedAtEachOfItsLeads(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z") // Tuesday 20:00
		e.At("2026-11-02T23:00:00Z")
		e.At("2026-11-03T22:00:00Z")
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.", "Something to finish by Tue 8:00 PM.")
	})
}

func TestP8_HomeworkHandedInEarlyIsNotAnnouncedAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		homework := e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
		e.At("2026-11-02T23:00:00Z")
		e.client.Post("/v1/me/assignments/"+homework+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		e.Pass(30 * time.Hour)
		e.wantSent(t, 1)
		wantReminders(t, e.client, "1d@18:00 2026-11-02T23:00:00Z accepted", "3h 2026-11-03T22:00:00Z cancelled")
	})
}

func TestP9_AnEarlySessionIsAnnouncedOutsideQuietHoursAndInTime(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T06:30")
		wantReminders(t, e.client, "1d 2026-11-04T12:00:00Z waiting", "2h 2026-11-05T03:00:00Z waiting")
		e.Clock.Set(t, "2026-11-04T10:00:00Z")
		e.Pass(26 * time.Hour)
		e.wantSent(t, 2)
	})
}

func TestP9_WhatComesAtTheVeryStartOfQuietHoursIsNotHeldUntilTheirEnd(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T23:00")
		e.At("2026-11-05T03:00:00Z") // Wednesday 22:00
		e.wantTexts(t, "You have something Thu at 11:00 PM.")
	})
}

func TestP10_WhatIsDueWithinTenMinutesIsOnePushThatCountsBoth(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:05")
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z") // Tuesday 23:00: the evening before at 18:00
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "2 things, first Tue 6:05 PM.")
		e.Pass(time.Hour)
		e.wantSent(t, 1)
		wantReminders(t, e.client,
			"1d@18:00 2026-11-02T23:00:00Z accepted", "1d 2026-11-02T23:05:00Z accepted",
			"2h 2026-11-03T21:05:00Z waiting", "3h 2026-11-03T22:35:00Z waiting")
	})
}

func TestP10_WhatIsCancelledBeforeASharedPushIsNotCounted(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:05")
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.cancel(session)
		e.At("2026-11-02T14:10:00Z")
		e.wantTexts(t, "Tue 6:05 PM is off.")
		e.At("2026-11-02T23:10:00Z")
		e.wantTexts(t, "Tue 6:05 PM is off.", "Something to finish by Tue 11:00 PM.")
		e.wantSent(t, 2)
	})
}

func TestP10_WhatIsCancelledAfterASharedPushIsTakenBackUnderItsTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:05")
		e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.At("2026-11-02T23:00:00Z")
		tag := e.client.Screen()[0].Tag
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:05 PM is off.")
		if e.client.Screen()[0].Tag != tag {
			t.Fatal("another tag")
		}
		e.Pass(27 * time.Hour)
		e.wantTexts(t, "Tue 6:05 PM is off.", "Something to finish by Tue 11:00 PM.")
	})
}
