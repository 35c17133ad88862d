package apitest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"handrail/notify/fcmtest"
)

// A session that changes within two days though its client was told nothing of it yet.

func TestWhatIsCancelledSoonIsSaidOnceThoughNothingWasAnnounced(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.cancel(e.session("2026-11-03T18:00"))
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.")
		if got := e.client.Get("/v1/me/reminders").Items(); got[0].Text("kind") != "correction" || got[0].Text("lead") != "cancelled" {
			t.Fatal(got[0])
		}
		e.Pass(48 * time.Hour)
		e.wantSent(t, 1)
		e.wantEnded(t)
	})
}

func TestAChangeRestsTenMinutesSoThatManyEditsAreSaidOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		for _, start := range []string{"2026-11-03T19:00", "2026-11-03T12:00", "2026-11-03T19:30"} {
			e.move(session, start)
			e.Pass(3 * time.Minute)
			e.wantSent(t, 0)
		}
		e.Pass(time.Minute)
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		e.Pass(48 * time.Hour)
		e.wantSent(t, 3) // and both reminders of the new time
		e.wantEnded(t)
	})
}

func TestWhatIsMovedTwiceAtNightIsSaidOnceInTheMorningWithTheLastTime(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-04T18:00")
		e.Clock.Set(t, "2026-11-03T08:00:00Z") // 3:00 in New York
		e.move(session, "2026-11-04T19:30")
		e.Pass(2 * time.Hour)
		e.move(session, "2026-11-04T20:00")
		e.Pass(2*time.Hour - time.Minute)
		e.wantSent(t, 0)
		e.Pass(time.Minute)
		e.wantTexts(t, "Wed 6:00 PM is now 8:00 PM.")
		e.wantSent(t, 1)
	})
}

func TestAChangeInTheEveningDoesNotRestIntoTheNight(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-04T18:00")
		e.Clock.Set(t, "2026-11-03T02:55:00Z") // 21:55
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Wed 6:00 PM is off.")
	})
}

func TestAChangeAtNightOfWhatIsEarlyInTheMorningDoesNotWait(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.Clock.Set(t, "2026-11-04T04:00:00Z") // Tuesday 23:00: too late for either reminder
		session := e.session("2026-11-04T08:30")
		e.Clock.Set(t, "2026-11-04T08:00:00Z")
		e.move(session, "2026-11-04T10:00")
		e.Pass(10 * time.Minute)
		e.wantTexts(t, "Wed 8:30 AM is now 10:00 AM.")
	})
}

func TestAChangeOfWhatIsNearIsSaidAtOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-02T10:30") // in an hour and a half: too late for any reminder
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Mon 10:30 AM is off.")
	})
}

func TestMovedAwayAndBackBeforeAnythingWasSaidSaysNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.Pass(time.Minute)
		e.move(session, "2026-11-03T18:00")
		e.Pass(8 * time.Hour)
		e.wantSent(t, 0)
		e.Pass(48 * time.Hour)
		e.wantTexts(t, "You have something Tue at 6:00 PM.", "You have something Tue at 6:00 PM.")
		e.wantEnded(t)
	})
}

func TestMovedAwayAndBackAfterItWasSaidLeavesTheTruthUnderOneTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		tag := e.client.Screen()[0].Tag
		e.move(session, "2026-11-03T18:00")
		e.Drain()
		e.wantTexts(t, "Tue 7:30 PM is now 6:00 PM.")
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		if e.client.Screen()[0].Tag != tag {
			t.Fatal("another tag")
		}
		e.Pass(48 * time.Hour)
		e.wantSent(t, 3)
		e.wantEnded(t)
	})
}

func TestP5_AClosureBeforeAnyReminderIsOneNoticeAPerson(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.IOS)
		var ids []string
		for _, series := range []object{{"local_start": "2026-11-03T18:00", "rule": "FREQ=DAILY;COUNT=80"}, {"local_start": "2026-11-03T12:00", "rule": "FREQ=DAILY;COUNT=21"}} {
			series["title"], series["kind"], series["duration_minutes"] = "Group", "group", 60
			for _, s := range e.counselor.SessionsOf(e.counselor.NewSeries(series, e.client, other)) {
				ids = append(ids, s.Text("id"))
			}
		}
		e.counselor.Post("/v1/sessions/cancel", object{"session_ids": ids}).Want(http.StatusOK)
		e.Pass(90 * 24 * time.Hour)
		e.wantTexts(t, "Tue 12:00 PM is off. Tue 6:00 PM is off.")
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestWhatIsNewsInAClosureGoesWithWhatIsCorrectedByIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.Clock.Set(t, "2026-11-02T18:00:00Z")
		told, untold := e.session("2026-11-03T10:30"), e.session("2026-11-04T12:00")
		e.At("2026-11-03T13:30:00Z") // the one reminder that there was time for
		e.wantTexts(t, "You have something Tue at 10:30 AM.")
		e.move(told, "2026-11-03T11:00")
		e.cancel(untold)
		e.move(told, "2026-11-03T10:30") // which the phone shows, and shows still
		e.Drain()
		e.wantTexts(t, "Wed 12:00 PM is off. You have something Tue at 10:30 AM.")
		e.wantSent(t, 2)
	})
}

func TestWhatChangesFurtherAheadIsSaidByItsReminders(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.move(e.session("2026-11-04T10:00"), "2026-11-04T10:30") // in 49 hours
		e.Pass(25 * time.Hour)
		e.wantSent(t, 0)
		e.Pass(time.Hour)
		e.wantTexts(t, "You have something Wed at 10:30 AM.")
		e.wantSent(t, 1)
	})
}

func TestWhatIsPutForwardIntoTheNextTwoDaysIsSaid(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-06T18:00")
		e.move(session, "2026-11-03T18:00")
		e.Pass(time.Hour)
		e.wantTexts(t, "Fri 6:00 PM is now Tue 6:00 PM.")
		e.Pass(7 * 24 * time.Hour) // once it has been, nothing is said of Friday
		e.wantSent(t, 3)
		e.wantEnded(t)
	})
}

func TestOnceASessionThatWasPutForwardIsOverNothingMoreIsSaidOfItsOldTime(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-04T18:00")
		e.At("2026-11-03T23:00:00Z")
		e.wantTexts(t, "You have something Wed at 6:00 PM.")
		e.move(session, "2026-11-04T09:00")
		e.Drain()
		e.At("2026-11-04T18:00:00Z")
		e.client.Patch("/v1/me", object{"locale": "en"}).Want(http.StatusOK) // plans once more
		e.Drain()
		e.wantTexts(t, "Wed 6:00 PM is now 9:00 AM.")
	})
}

func TestWhoeverJoinsAfterAChangeHearsOnlyOfTheNext(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		late := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.Android)
		series, session := e.evenings(1)
		e.move(session, "2026-11-03T19:30")
		e.Clock.Advance(time.Minute)
		e.join(series, late)
		e.Pass(time.Hour)
		wantTexts(t, late)
		e.move(session, "2026-11-03T20:00")
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 7:30 PM is now 8:00 PM.")
		wantTexts(t, late, "Tue 7:30 PM is now 8:00 PM.")
		e.wantSent(t, 3)
	})
}

func TestWhoeverJoinsBetweenTwoCancellationsHearsOfTheSecond(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		late := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.Android)
		series, session := e.evenings(2)
		e.cancel(session)
		e.Clock.Advance(time.Minute)
		e.takesPlaceAfterAll(series)
		e.join(series, late)
		e.Clock.Advance(time.Minute)
		e.cancel(session)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.")
		wantTexts(t, late, "Tue 6:00 PM is off.")
	})
}

func TestP11_WhoeverLeavesTheRosterHearsOfNoChange(t *testing.T) {
	for _, leaves := range []string{"before", "after"} {
		t.Run(leaves, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				series, session := e.evenings(1)
				if leaves == "before" {
					e.leave(series)
				}
				e.cancel(session)
				if leaves == "after" {
					e.leave(series)
				}
				e.Pass(48 * time.Hour)
				e.wantSent(t, 0)
				e.wantEnded(t)
			})
		})
	}
}

func TestWhoeverCannotComeIsToldThatItMovedButNotThatItIsOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		off, moved := e.session("2026-11-03T18:00"), e.session("2026-11-03T20:00")
		for _, session := range []string{off, moved} {
			e.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		}
		e.cancel(off)
		e.move(moved, "2026-11-04T09:00")
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 8:00 PM is now Wed 9:00 AM.")
		e.wantSent(t, 1)
	})
}

func TestTwoSessionsChangedWithinTenMinutesAreOnePush(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		first, second := e.session("2026-11-03T12:00"), e.session("2026-11-03T18:00")
		e.cancel(second)
		e.Pass(9 * time.Minute)
		e.move(first, "2026-11-03T12:30")
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 12:00 PM is now 12:30 PM. Tue 6:00 PM is off.")
		e.wantSent(t, 1)
	})
}

func TestAnAnnouncedMoveTakesThePlaceOfTheReminderDueWithIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-02T22:55:00Z")
		e.move(session, "2026-11-03T18:10") // whose day-before reminder is due at 18:10
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 6:10 PM.")
		e.wantSent(t, 1)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestS6_AnAnnouncementOvertakenBeforeItsSendGivesWayToTheRightOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.Clock.Advance(10 * time.Minute)
		claims := e.claim(t)
		e.move(session, "2026-11-03T20:00")
		due := e.check(t, claims)
		if len(due) != 1 || len(due[0].Things) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
		e.complete(t, due, accepted)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 8:00 PM.")
		e.wantSent(t, 1)
	})
}

func TestS6_ASessionThatTakesPlaceAfterAllBeforeTheSendIsNotCalledOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, session := e.evenings(2)
		e.cancel(session)
		e.Clock.Advance(10 * time.Minute)
		claims := e.claim(t)
		e.takesPlaceAfterAll(series)
		e.complete(t, e.check(t, claims), accepted)
		e.Pass(time.Hour)
		e.wantSent(t, 0)
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
	})
}

func TestS6_ASessionCancelledAgainWhileItsReturnIsOnTheWireIsOffOnTheScreen(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, session := e.evenings(2)
		e.cancel(session)
		e.Pass(time.Hour)
		e.takesPlaceAfterAll(series)
		e.inFlight(func() { e.cancel(session) })
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantSent(t, 3)
	})
}

func TestS6_AChangeWhileItsAnnouncementIsOnTheWireIsCorrectedUnderItsTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.Clock.Advance(10 * time.Minute)
		e.inFlight(func() { e.cancel(session) })
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 7:30 PM is off.")
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestAnAnnouncementWithoutAClearAnswerIsOvertakenUnderItsTag(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.Clock.Advance(10 * time.Minute)
		due := e.crashAfterAnswer(t)
		e.complete(t, due, unknown)
		e.move(session, "2026-11-03T20:00")
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 8:00 PM.")
	})
}

func TestAnAnnouncementHeldByARevokedConsentComesOnceItIsGivenAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.cancel(e.session("2026-11-03T18:00"))
		e.Clock.Advance(10 * time.Minute)
		claims := e.claim(t)
		e.consent(false)
		e.complete(t, e.check(t, claims), accepted)
		e.Pass(time.Hour)
		e.wantSent(t, 0)
		e.consent(true)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
	})
}

func TestP13_ChangesOfMeetingsAloneAreAnnouncedAfterDischarge(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		treatment, meeting := e.session("2026-11-03T12:00"), e.counselor.NewSession("aftercare", "2026-11-03T18:00", e.client)
		e.move(treatment, "2026-11-03T12:30")
		e.move(meeting, "2026-11-03T18:30")
		e.discharge(true)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 6:30 PM.")
		e.wantSent(t, 1)
	})
}

func TestClientsAreNotToldWhatTheyDoWithMeetingsOfTheirOwn(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		meeting := e.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-03T18:00", "duration_minutes": 60}).
			Want(http.StatusCreated).Text("id")
		e.client.Patch("/v1/me/meetings/"+meeting, object{"local_start": "2026-11-03T19:30"}).Want(http.StatusOK)
		e.Pass(8 * time.Hour)
		e.wantSent(t, 0)
	})
}

func TestAChangeOfASeriesIsAnnouncedForWhatIsNear(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, _ := e.evenings(10)
		change := object{"local_start": "2026-11-03T19:30"}
		e.counselor.Patch("/v1/series/"+series+"?preview=true", change).Want(http.StatusOK)
		e.Pass(time.Hour)
		e.wantSent(t, 0)
		e.counselor.Patch("/v1/series/"+series, change).Want(http.StatusOK)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		e.counselor.Post("/v1/series/"+series+"/end", object{}).Want(http.StatusOK)
		e.Pass(20 * 24 * time.Hour)
		e.wantTexts(t, "Tue 7:30 PM is off.")
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestASeriesThatEndsEarlySaysSoOfWhatIsNear(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series, _ := e.evenings(10)
		e.counselor.Post("/v1/series/"+series+"/end", object{}).Want(http.StatusOK)
		e.Pass(20 * 24 * time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantSent(t, 1)
		if _, found, err := e.Store.NextDue(context.Background()); found || err != nil {
			t.Fatal("something still waits", err)
		}
	})
}
