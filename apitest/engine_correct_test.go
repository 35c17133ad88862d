package apitest_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

func TestS6_WhatIsCancelledBetweenTheClaimAndTheCheckIsNotSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		claims := e.claim(t)
		e.cancel(session)
		due := e.check(t, claims)
		if len(due) != 1 || len(due[0].Things) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
		e.complete(t, due, accepted)
		e.Drain()
		e.wantSent(t, 0)
		e.Pass(2 * time.Hour) // whoever was told nothing is told that it is off
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantSent(t, 1)
		e.wantEnded(t)
	})
}

func TestS6_WhatIsCancelledOnTheWireIsTakenBackUnderTheSameTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.inFlight(func() { e.cancel(session) })
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestS6_WhatIsMovedOnTheWireIsCorrectedUnderTheSameTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.inFlight(func() { e.move(session, "2026-11-03T19:30") })
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		e.wantSent(t, 2)
	})
}

func TestS6_AnAcknowledgementBeforeTheRecordLosesNoCorrection(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.answered(func() {
			e.ack(t)
			e.cancel(session)
		})
		e.wantTexts(t, "Tue 6:00 PM is off.")
		if got := e.client.Get("/v1/me/reminders").Items()[0]; got.Text("state") != "acknowledged" || got.Text("arrival") != "reached_phone" {
			t.Fatalf("%v", got)
		}
	})
}

func TestS6_ACorrectionOvertakenOnTheWireIsCorrectedItself(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		e.inFlight(func() { e.cancel(session) })
		e.wantTexts(t, "Tue 7:30 PM is off.")
		e.wantEnded(t)
	})
}

func TestS6_ACorrectionOvertakenBeforeItsSendGivesWayToTheRightOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		claims := e.claim(t)
		e.cancel(session)
		due := e.check(t, claims)
		if len(due[0].Targets) != 0 {
			t.Fatal("the overtaken correction would be sent")
		}
		e.complete(t, due, accepted)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestS6_ACancellationDuringTheRetryForASecondPhoneIsNotLost(t *testing.T) {
	for _, cancelled := range []string{"before the check", "after the check"} {
		t.Run(cancelled, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				other := e.twoPhones(fcmtest.IOS)
				session := e.session("2026-11-03T18:00")
				e.FCM.Fail(fcmtest.ThirdPartyAuth())
				e.At("2026-11-02T23:00:00Z")
				e.wantTexts(t, "You have something Tue at 6:00 PM.")
				e.FCM.ClearFaults()
				e.Clock.Advance(2 * time.Minute)
				claims := e.claim(t)
				if cancelled == "before the check" {
					e.cancel(session)
				}
				due := e.check(t, claims)
				if cancelled == "after the check" {
					e.cancel(session)
				}
				e.complete(t, due, accepted)
				e.Drain()
				e.wantTexts(t, "Tue 6:00 PM is off.")
				wantTexts(t, other, "Tue 6:00 PM is off.")
			})
		})
	}
}

func TestS6_ACancellationWithoutAClearAnswerIsSaidAgainWhenItIsCancelledAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, session := e.evenings(2)
		e.At("2026-11-02T23:00:00Z")
		e.FCM.Fail(fcmtest.Unavailable("120"))
		e.cancel(session)
		e.Drain()
		e.FCM.ClearFaults()
		e.takesPlaceAfterAll(series)
		e.cancel(session)
		e.Pass(10 * time.Minute)
		e.wantTexts(t, "Tue 6:00 PM is off.")
	})
}

func TestMovedAwayAndBackBeforeTheCorrectionWentOutSaysNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-03T18:00")
		e.Drain()
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
		e.At("2026-11-03T21:00:00Z")
		e.wantSent(t, 2) // and its last reminder, once
		e.Pass(4 * time.Hour)
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestMovedAwayAndBackAfterTheCorrectionWentOutIsSaid(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		e.move(session, "2026-11-03T18:00")
		e.Drain()
		e.wantTexts(t, "Tue 7:30 PM is now 6:00 PM.")
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		e.wantSent(t, 4)
	})
}

func TestMovedTwiceBeforeTheCorrectionWentOutIsSaidOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-04T09:00")
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now Wed 9:00 AM.")
		e.wantSent(t, 2)
	})
}

func TestMovedAndMovedBackAfterAnUnclearAnswerCorrectsOnlyWhatMayHaveArrived(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.complete(t, e.check(t, e.claim(t)), unknown)
		e.Clock.Advance(10 * time.Second)
		e.Drain()
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-03T18:00")
		e.client.Patch("/v1/me", object{"locale": "en"}).Want(http.StatusOK) // plans once more
		e.Drain()
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
	})
}

func TestTwoSessionsOfOnePushCancelledOneAfterTheOtherAreBothOffOnTheScreen(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		first, second := e.session("2026-11-03T18:00"), e.session("2026-11-03T18:05")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "2 things, first Tue 6:00 PM.")
		e.cancel(first)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.cancel(second)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off. Tue 6:05 PM is off.")
		e.wantSent(t, 3)
		e.wantEnded(t)
	})
}

func TestACorrectionOfWhatWentOutAheadOfItsTimeIsSaidOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		gathered := e.session("2026-11-03T18:05")
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		e.complete(t, e.check(t, e.claim(t)), unknown)
		e.cancel(gathered)
		e.Pass(10 * time.Minute)
		e.wantTexts(t, "Tue 6:05 PM is off. You have something Tue at 6:00 PM.")
		e.wantSent(t, 1)
	})
}

func TestTwoSessionsOfOnePushCancelledTogetherAreOneCorrection(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		first, second := e.session("2026-11-03T18:00"), e.session("2026-11-03T18:05")
		e.At("2026-11-02T23:00:00Z")
		e.cancel(first)
		e.cancel(second)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off. Tue 6:05 PM is off.")
		e.wantSent(t, 2)
	})
}

func TestAnUrgentCorrectionAtNightDoesNotWaitForOneThatCan(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		early, later := e.session("2026-11-04T08:30"), e.session("2026-11-04T08:35")
		e.At("2026-11-03T13:35:00Z")
		e.wantTexts(t, "2 things, first Wed 8:30 AM.")
		e.Clock.Set(t, "2026-11-04T08:00:00Z") // 3:00 in New York
		e.move(later, "2026-11-05T12:00")
		e.cancel(early) // within two hours of the end of quiet hours
		e.Drain()
		e.wantTexts(t, "Wed 8:30 AM is off. Wed 8:35 AM is now Thu 12:00 PM.")
	})
}

func TestWhoLeavesTheRosterComesBackAndLeavesAgainIsToldEachTime(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, _ := e.evenings(1)
		e.At("2026-11-02T23:00:00Z")
		e.leave(series)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.Clock.Advance(time.Minute)
		e.join(series, e.client)
		e.At("2026-11-03T21:00:00Z")
		e.wantTexts(t, "You have something Tue at 6:00 PM.", "You have something Tue at 6:00 PM.") // nothing says any longer that it is off
		e.leave(series)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.", "Tue 6:00 PM is off.")
		e.wantEnded(t)
	})
}

func TestACorrectionHeldByARevokedConsentComesOnceItIsGivenAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.move(session, "2026-11-03T19:30")
		claims := e.claim(t)
		e.consent(false)
		e.complete(t, e.check(t, claims), accepted)
		e.Drain()
		e.wantSent(t, 1)
		e.consent(true)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
	})
}

// A worker records while a counselor cancels, in whatever order the database lets them: what the phone shows is true.
func TestS6_ACancellationRacingTheRecordNeverLeavesAFalseScreen(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		const n = 25
		var sessions []string
		for i := range n {
			sessions = append(sessions, e.session(fmt.Sprintf("2026-11-%02dT10:00", 4+i))) // each on a day of its own: none is capped
		}
		e.Clock.Set(t, "2026-11-02T15:00:00Z")
		for i := range n {
			e.Clock.Advance(24 * time.Hour)
			if i%3 == 0 {
				e.counselor.SignIn()
			}
			var both sync.WaitGroup
			both.Go(func() {
				if _, err := e.Worker.Drain(context.Background()); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() {
				time.Sleep(time.Duration(i%10) * time.Millisecond / 2)
				e.counselor.Post("/v1/sessions/"+sessions[i]+"/cancel", nil).Want(http.StatusOK)
			})
			both.Wait()
			e.Drain()
			if screen := e.client.Screen(); len(screen) > 0 {
				if text := screen[len(screen)-1].Text; text[:3] == "You" {
					t.Fatalf("cancelled, and the phone says %q", text)
				}
			}
			e.FCM.ClearScreen(e.client.Registration)
		}
		e.Pass(time.Hour) // where the cancellation came first, it rests before it is said
		e.wantEnded(t)
	})
}

func TestEveryNotificationOfACancelledOrMovedSessionIsCorrected(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.told(t)
		e.At("2026-11-03T21:00:00Z") // both leads stand on the phone
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.", "Tue 6:00 PM is now 7:30 PM.")
		e.move(session, "2026-11-03T18:00")
		e.Drain()
		e.wantTexts(t, "Tue 7:30 PM is now 6:00 PM.", "Tue 7:30 PM is now 6:00 PM.")
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.", "Tue 6:00 PM is off.")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.", "Tue 6:00 PM is off.")
		e.wantEnded(t)
	})
}

func TestACorrectionSaysAgainWhatStillStandsAndWillNotBeSaidAnyMore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		first := e.session("2026-11-03T18:00")
		e.session("2026-11-03T18:05")
		e.At("2026-11-02T23:00:00Z")
		e.At("2026-11-03T21:00:00Z") // the last lead of both
		e.wantTexts(t, "2 things, first Tue 6:00 PM.", "2 things, first Tue 6:00 PM.")
		e.cancel(first)
		e.Drain()
		both := "Tue 6:00 PM is off. You have something Tue at 6:05 PM."
		e.wantTexts(t, both, both)
		e.Pass(24 * time.Hour)
		e.wantEnded(t)
	})
}

func TestASessionMovedAwayAndBackBeforeAnythingWentOutTakesNothingFromThePhone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		first := e.session("2026-11-03T18:00")
		e.session("2026-11-03T18:05")
		e.At("2026-11-02T23:00:00Z")
		e.At("2026-11-03T21:00:00Z")
		e.move(first, "2026-11-03T19:30")
		e.move(first, "2026-11-03T18:00")
		e.Drain()
		e.wantTexts(t, "2 things, first Tue 6:00 PM.", "2 things, first Tue 6:00 PM.")
		e.wantSent(t, 2)
		e.cancel(first)
		e.Drain()
		both := "Tue 6:00 PM is off. You have something Tue at 6:05 PM."
		e.wantTexts(t, both, both)
	})
}

func TestAPhoneThatFCMAsksToLeaveAloneDoesNotKeepACorrectionFromTheOther(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.twoPhones(fcmtest.IOS)
		session := e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T21:00:00Z")
		e.drainBy(iosLater{e.Worker.Sender, 2 * time.Hour})
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
		e.Clock.Advance(10 * time.Minute)
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
	})
}

func TestAPhoneThatHasYetToBeToldIsToldThoughTheSessionMovedAwayAndBack(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		iphone := e.twoPhones(fcmtest.IOS)
		session := e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-03T21:00:00Z")
		e.drainBy(iosLater{e.Worker.Sender, 10 * time.Minute})
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-03T18:00")
		e.Clock.Advance(11 * time.Minute)
		e.Drain()
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
		wantTexts(t, iphone, "You have something Tue at 6:00 PM.")
	})
}

// iosLater is FCM answering every iPhone that it be left alone for a while.
type iosLater struct {
	notify.Sender
	after time.Duration
}

func (s iosLater) Send(ctx context.Context, m notify.Message) notify.Answer {
	if m.Target.Platform == models.IOS {
		return notify.Answer{State: models.DeliveryUnknown, RetryAfter: s.after}
	}
	return s.Sender.Send(ctx, m)
}
