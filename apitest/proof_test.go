package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

const checking = "Checking this phone."

// takes has somebody sign in on the phone of another, who did not sign out, and returns the status of their device.
func takes(p, from *apitest.Person) string {
	p.T.Helper()
	p.Registration = from.Registration
	return p.PutDevice(fcmtest.Android, p.Registration).Want(http.StatusOK).Text("status")
}

func status(p *apitest.Person) string {
	p.T.Helper()
	return p.Get("/v1/me/devices").Want(http.StatusOK).Items()[0].Text("status")
}

func wantStatus(t *testing.T, p *apitest.Person, want string) {
	t.Helper()
	if got := status(p); got != want {
		t.Fatalf("the device is %s, want %s", got, want)
	}
}

// newestAck is what the app of whoever holds the phone says of the newest push on it.
func newestAck(p *apitest.Person) object {
	screen := p.Screen()
	shown := screen[len(screen)-1]
	return object{"push_id": shown.PushID, "ack_secret": shown.Data["ack_secret"], "event": "arrived"}
}

func says(p *apitest.Person, ack object) {
	p.T.Helper()
	p.Nobody().Post("/v1/acks", object{"acks": []object{ack}}).Want(http.StatusNoContent)
}

func TestS18_ANewOwnersRemindersBeginOnceThePhoneHasProvedItself(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		e.session("2026-11-03T18:00")
		e.counselor.NewSession("group", "2026-11-03T18:05", next)
		if got := takes(next, e.client); got != "proving" || status(e.client) != "suspended" {
			t.Fatalf("the next owner's device is %s, the first's %s", got, status(e.client))
		}
		e.Drain()
		e.At("2026-11-02T23:05:00Z")
		e.wantTexts(t, checking)
		acknowledge(next, "arrived")
		wantStatus(t, next, "live")
		wantStatus(t, e.client, "ended")
		e.Drain() // what waited for the phone comes at once
		e.wantTexts(t, checking, "You have something Tue at 6:05 PM.")
		if got := takes(next, e.client); got != "live" {
			t.Errorf("at the next start of the app it is %s", got)
		}
		e.Drain()
		e.wantSent(t, 2)
	})
}

func TestOfAPhoneThatIsTakenBackAndTakenAgainOnlyTheLastProofCounts(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		takes(next, e.client)
		e.Drain()
		early := newestAck(next)
		if got := takes(e.client, next); got != "proving" || status(next) != "suspended" {
			t.Fatalf("the first owner is %s, the other %s", got, status(next))
		}
		says(next, early) // too late
		wantStatus(t, next, "suspended")
		wantStatus(t, e.client, "proving")
		e.Drain()
		late := newestAck(e.client)
		says(e.client, late)
		says(e.client, late) // twice does no more than once
		wantStatus(t, e.client, "live")
		wantStatus(t, next, "ended")

		takes(next, e.client)
		e.Drain()
		last := newestAck(next)
		says(next, early) // as somebody might who had the phone once and has it no more
		says(next, late)
		wantStatus(t, next, "proving")
		next.Delete("/v1/me/devices/" + next.Installation).Want(http.StatusNoContent)
		says(next, last)
		wantStatus(t, next, "ended")
		if got := takes(e.client, next); got != "live" {
			t.Errorf("of a phone that nobody else has the device is %s", got)
		}
	})
}

func TestAProofIsOfTheRegistrationThatItWasSentTo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client").NewPhone(fcmtest.Android)
		own := next.Registration
		takes(next, e.client)
		e.Drain()
		proof := newestAck(next)
		third := e.counselor.NewClient("Toni Client").NewPhone(fcmtest.Android)
		takes(next, third) // and now that of somebody whose phone they never held
		says(next, proof)
		wantStatus(t, next, "proving")
		next.Registration = own
		if got := next.PutDevice(fcmtest.Android, own).Text("status"); got != "live" {
			t.Errorf("under a registration that nobody else had it is %s", got)
		}
	})
}

func TestAProofIsAskedForAnewAtTheNextStartOfTheAppOnceTheLastCameToNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		e.FCM.SetOnline(e.client.Registration, false)
		takes(next, e.client)
		e.Drain()
		takes(next, e.client) // one is under way
		e.Drain()
		e.wantSent(t, 1)
		e.Pass(time.Hour)
		e.FCM.SetOnline(e.client.Registration, true)
		e.wantTexts(t)
		takes(next, e.client)
		wantStatus(t, next, "proving")
		e.Drain()
		e.wantSent(t, 2)
		acknowledge(next, "arrived")
		wantStatus(t, next, "live")
	})
}

func TestAProofGoesToThePhoneInQuestionAloneWhateverTheHourAndWithoutConsent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		next.Email = "sam@clients.example"
		next.Enroll(e.counselor.Code(next.ID), object{"email": next.Email, "password": apitest.Password})
		next.NewPhone(fcmtest.Android)
		second := e.signIn(next)
		e.Clock.Set(t, "2026-11-03T06:00:00Z") // one at night
		next.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		takes(second, e.client)
		claims := e.claim(t)
		e.Clock.Advance(10 * time.Minute) // and late
		for _, push := range e.check(t, claims) {
			if len(push.Targets) != 1 || push.Targets[0].Registration != e.client.Registration {
				t.Fatalf("the proof goes to %v", push.Targets)
			}
		}
		if err := e.Store.ReleasePushes(t.Context(), claims); err != nil {
			t.Fatal(err)
		}
		e.Drain()
		e.wantTexts(t, checking)
		next.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		e.counselor.SignIn()
		e.counselor.NewSession("group", "2026-11-03T12:00", next)
		e.At("2026-11-03T15:00:00Z")
		wantTexts(t, next, "You have something Tue at 12:00 PM.") // on the phone that they had all along
		e.wantTexts(t, checking)
	})
}

func TestAPhoneThatIsTakenWhileItsProofIsOnTheWayIsSentNone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		takes(next, e.client)
		claims := e.claim(t)
		takes(e.client, next)
		for _, push := range e.check(t, claims) {
			if len(push.Targets) != 0 {
				t.Errorf("the proof of a claim that is over goes to %v", push.Targets)
			}
		}
	})
}

func TestAProofThatComesBackWhileAThirdClaimsThePhoneLeavesItWithTheThird(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		for range 5 {
			next, third := e.counselor.NewClient("Sam Client"), e.counselor.NewClient("Toni Client")
			takes(next, e.client)
			e.Drain()
			proof := newestAck(next)
			third.Registration = next.Registration
			together(2, func(i int) {
				if i == 0 {
					says(next, proof)
				} else {
					takes(third, next)
				}
			})
			wantStatus(t, next, "suspended")
			wantStatus(t, third, "proving")
		}
	})
}

func TestAProofIsNoReminderAndTakesNoRoomOnItsDay(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.Admin.Patch("/v1/clinic", object{"reminders": object{"daily_cap": 1}}).Want(http.StatusOK)
		next := e.counselor.NewClient("Sam Client")
		takes(next, e.client)
		e.Drain()
		if got := reach(e.counselor, next); got != "proving" {
			t.Errorf("their reach is %s", got)
		}
		if item := unreachable(e.counselor)[next.ID]; item["next"] != nil || item.Text("advice") == "" {
			t.Errorf("in the list of whom reminders may not reach: %v", item)
		}
		acknowledge(next, "arrived")
		if got := reach(e.counselor, next); got != "reachable" {
			t.Errorf("once proved, their reach is %s", got)
		}
		wantReminders(t, next)
		if list := e.counselor.Get("/v1/clients/" + next.ID + "/reminders").Want(http.StatusOK).Items(); len(list) != 0 {
			t.Errorf("staff see %v", list)
		}
		e.counselor.NewHomework(next, "2026-11-03T22:00:00Z")
		wantReminders(t, next, "1d@18:00 2026-11-02T23:00:00Z waiting", "3h 2026-11-03T19:00:00Z waiting")
	})
}

func TestWhoseCareEndsIsLetGoOfUnlessTheyWantToHearOfMeetings(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.discharge(true)
		wantStatus(t, e.client, "live")
		e.client.Put("/v1/me/consents/aftercare", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		wantStatus(t, e.client, "ended")
	})
}

func TestWhoWantsToHearOfNoMeetingsKeepsTheirPhoneUntilTheirCareEnds(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.client.Put("/v1/me/consents/aftercare", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		wantStatus(t, e.client, "live") // they are in care
		e.discharge(false)
		wantStatus(t, e.client, "ended")
	})
}
