package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/notify/fcmtest"
)

// How long what changed shortly before rests, and for how long it is known that it was said.

func TestAChangeThatWasSaidIsNotSaidAgainOnceTheOldStartIsPast(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T10:00")
		e.Clock.Set(t, "2026-11-02T14:30:00Z")
		e.move(session, "2026-11-03T20:00")
		e.cancel(session)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 10:00 AM is off.")
		e.Clock.Set(t, "2026-11-03T15:30:00Z") // Tuesday 10:30
		e.client.Patch("/v1/me", object{"locale": "en"}).Want(http.StatusOK)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 10:00 AM is off.")
		e.wantSent(t, 1)
	})
}

func TestAChangeRestsThoughItWasMovedAwayAndBackBefore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-03T18:00")
		e.Pass(4 * time.Hour)
		e.wantSent(t, 0)
		e.move(session, "2026-11-03T20:00")
		e.Pass(2 * time.Minute)
		e.wantSent(t, 0)
		e.move(session, "2026-11-03T20:30")
		e.Pass(10 * time.Minute)
		e.wantTexts(t, "Tue 6:00 PM is now 8:30 PM.")
		e.wantSent(t, 1)
	})
}

func TestACorrectionThatWaitsForTheMorningWaitsForThatOfTheNewZone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
		e.Clock.Set(t, "2026-11-03T08:00:00Z") // 3:00 in New York
		e.move(session, "2026-11-03T19:00")
		e.client.Patch("/v1/me", object{"time_zone_mode": "fixed", "time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		e.At("2026-11-03T12:00:00Z") // 4:00 in Los Angeles
		e.wantSent(t, 1)
		e.At("2026-11-03T15:00:00Z")
		e.wantSent(t, 2)
		e.wantTexts(t, "Tue 6:00 PM EST is now 7:00 PM EST.")
	})
}

func TestASecondPhoneThatWaitsForTheMorningIsToldOnceQuietHoursAreNoMore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.twoPhones(fcmtest.IOS)
		sam := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
		his := e.counselor.NewSession("group", "2026-11-03T18:00", sam)
		session := e.told(t)
		wantTexts(t, other, reminded)
		e.Clock.Set(t, "2026-11-03T02:59:20Z") // 40 s before quiet hours in New York: iPhones rest until 22:09
		fault := fcmtest.ThirdPartyAuth()
		fault.RetryAfter = "600"
		e.FCM.Fail(fault)
		e.cancel(his)
		e.Drain()
		e.FCM.ClearFaults()
		e.Pass(10 * time.Second)
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.Pass(30 * time.Minute)
		wantTexts(t, other, reminded)
		e.client.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		e.Pass(time.Minute)
		wantTexts(t, other, "Tue 6:00 PM is off.")
	})
}
