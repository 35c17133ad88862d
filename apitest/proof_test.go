package apitest_test

import (
	"net/http"
	"strings"
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

func proofPath(p *apitest.Person) string { return "/v1/me/devices/" + p.Installation + "/proof" }

// newestProof is what the app of whoever holds the phone has of the newest push on it, which it knows for a proof by its key.
func newestProof(p *apitest.Person) object {
	p.T.Helper()
	screen := p.Screen()
	shown := screen[len(screen)-1]
	if shown.Data["proof"] != "1" {
		p.T.Fatalf("the app takes %v for no proof", shown.Data)
	}
	return object{"push_id": shown.PushID, "ack_secret": shown.Data["ack_secret"]}
}

// proves has somebody's app show a proof, and it is theirs.
func proves(p *apitest.Person, proof object) {
	p.T.Helper()
	if got := p.Put(proofPath(p), proof).Want(http.StatusOK).Text("status"); got != "live" {
		p.T.Fatalf("what has proved itself is %s", got)
	}
}

// provesNothing has somebody's app show what is no proof of their device, which stays what it was.
func provesNothing(p *apitest.Person, proof object) {
	p.T.Helper()
	before := p.Get("/v1/me/devices").Want(http.StatusOK).Raw()
	if reply := p.Put(proofPath(p), proof).WantField("ack_secret"); !strings.Contains(reply.Raw(), "wrong_proof") {
		p.T.Errorf("what proves nothing is refused with %s", reply.Raw())
	}
	if after := p.Get("/v1/me/devices").Want(http.StatusOK).Raw(); after != before {
		p.T.Errorf("what proves nothing made of %s\n%s", before, after)
	}
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
		proves(next, newestProof(next))
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

func TestThatAProofArrivedProvesNothingWhoeverSaysSo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		thief := e.counselor.NewClient("Sam Client") // who noted the number of the client's phone, and does not have it
		e.session("2026-11-03T18:00")
		e.counselor.NewSession("group", "2026-11-03T18:05", thief)
		takes(thief, e.client)
		e.Drain()
		e.wantTexts(t, checking)
		proof := newestProof(e.client)
		for _, event := range []string{"arrived", "opened"} { // the client's app does that by itself
			acknowledge(e.client, event)
			wantStatus(t, thief, "proving")
		}
		provesNothing(e.client, proof) // and their token is not that of the claim
		for range 3 {
			if got := takes(thief, e.client); got != "proving" {
				t.Fatalf("at the next start of the thief's app it is %s", got)
			}
			e.Drain()
		}
		e.wantSent(t, 1) // the phone is not rung by claims alone
		e.At("2026-11-02T23:05:00Z")
		e.wantTexts(t, checking)

		if got := takes(e.client, e.client); got != "proving" {
			t.Fatalf("at the next start of the client's app their device is %s", got)
		}
		e.Drain()
		wantStatus(t, thief, "suspended")
		acknowledge(e.client, "arrived")
		proves(e.client, newestProof(e.client))
		wantStatus(t, thief, "ended")
		e.Drain()
		e.wantTexts(t, checking, checking, "You have something Tue at 6:00 PM.")
		provesNothing(thief, proof) // even had they learned of it
	})
}

func TestAProofIsOfOneDeviceAndComesWithItsToken(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		next.Email = "sam@clients.example"
		next.Enroll(e.counselor.Code(next.ID), object{"email": next.Email, "password": apitest.Password})
		second := e.signIn(next)
		provesNothing(next, object{"push_id": uuid7(), "ack_secret": "c2VjcmV0LXNlY3JldC1zZQ"}) // who has no device at all
		takes(next, e.client)
		e.Drain()
		proof := newestProof(next)
		for secret, of := range map[string]string{"c2VjcmV0LXNlY3JldC1zZQ": "none", proof.Text("ack_secret")[1:]: "nearly it"} {
			t.Log(of)
			provesNothing(next, object{"push_id": proof["push_id"], "ack_secret": secret})
		}
		provesNothing(next, object{"push_id": uuid7(), "ack_secret": proof["ack_secret"]})
		second.Put(proofPath(next), proof).WantField("installation_id")
		e.client.Put(proofPath(next), proof).WantField("installation_id")
		provesNothing(second, proof)
		provesNothing(e.client, proof)
		e.Nobody().Put(proofPath(next), proof).Want(http.StatusUnauthorized)
		wantStatus(t, next, "proving")
		if n := e.Count("deliveries", "acknowledged_at IS NOT NULL"); n != 0 {
			t.Errorf("%d arrivals are recorded of what was refused", n)
		}

		proves(next, proof)
		if n := e.Count("deliveries", "acknowledged_at IS NOT NULL AND push_id = $1", proof["push_id"]); n != 1 {
			t.Errorf("a proof is the arrival of %d pushes", n)
		}
		provesNothing(second, proof) // live by nothing of the kind
	})
}

func TestAPhoneThatHeardNoAnswerMayShowItsProofAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		takes(next, e.client)
		e.Drain()
		proof := newestProof(next)
		answers := make([]apitest.Reply, 3)
		together(2, func(i int) { answers[i] = next.Put(proofPath(next), proof) })
		takes(next, e.client) // a start of the app, which changes nothing of it
		answers[2] = next.Put(proofPath(next), proof)
		for _, answer := range answers {
			if got := answer.Want(http.StatusOK).Text("status"); got != "live" {
				t.Errorf("it is %s", got)
			}
		}
		if answers[0].Raw() != answers[1].Raw() {
			t.Errorf("%s\n%s", answers[0].Raw(), answers[1].Raw())
		}
		provesNothing(next, object{"push_id": proof["push_id"], "ack_secret": "c2VjcmV0LXNlY3JldC1zZQ"})
		next.Delete("/v1/me/devices/" + next.Installation).Want(http.StatusNoContent)
		provesNothing(next, proof)
		if got := takes(next, next); got != "live" { // nobody else has it
			t.Errorf("it is %s", got)
		}
		provesNothing(next, proof) // which is not why
	})
}

func TestOfAPhoneThatIsTakenBackAndTakenAgainOnlyTheLastProofCounts(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := e.counselor.NewClient("Sam Client")
		takes(next, e.client)
		e.Drain()
		early := newestProof(next)
		if got := takes(e.client, next); got != "proving" || status(next) != "suspended" {
			t.Fatalf("the first owner is %s, the other %s", got, status(next))
		}
		provesNothing(next, early) // too late
		provesNothing(e.client, early)
		e.Drain()
		late := newestProof(e.client)
		provesNothing(next, late)
		proves(e.client, late)
		wantStatus(t, next, "ended")

		takes(next, e.client)
		e.Drain()
		last := newestProof(next)
		provesNothing(next, early) // as somebody might who had the phone once and has it no more
		provesNothing(next, late)
		proves(next, last)
		provesNothing(next, early) // nor is it live by that

		takes(e.client, next)
		takes(next, e.client)
		e.Drain()
		last = newestProof(next)
		next.Delete("/v1/me/devices/" + next.Installation).Want(http.StatusNoContent)
		provesNothing(next, last)
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
		proof := newestProof(next)
		third := e.counselor.NewClient("Toni Client").NewPhone(fcmtest.Android)
		takes(next, third) // and now that of somebody whose phone they never held
		provesNothing(next, proof)
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
		proves(next, newestProof(next))
	})
}

func TestWhoClaimsAPhoneAgainAndAgainRingsItAFewTimesAnHourAndThenSilencesNobody(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		thief := e.counselor.NewClient("Sam Client")
		device := object{"platform": "android", "registration": e.client.Registration, "registration_kind": "token", "permission": "granted"}
		path := "/v1/me/devices/" + thief.Installation
		for range 5 {
			thief.Put(path, device).Want(http.StatusOK)
			wantStatus(t, e.client, "suspended")
			e.Drain()
			thief.Delete(path).Want(http.StatusNoContent)
			e.Clock.Advance(time.Minute)
		}
		if got := takes(e.client, e.client); got != "live" {
			t.Fatalf("the owner's device is %s", got)
		}
		refused := thief.Put(path, device).WantProblem(http.StatusTooManyRequests, "too_many_claims")
		if wait := refused.Header.Get("Retry-After"); wait != "3300" { // an hour after the first
			t.Errorf("Retry-After: %s", wait)
		}
		wantStatus(t, e.client, "live")
		wantStatus(t, thief, "ended")
		e.Drain()
		e.wantSent(t, 5)
		e.Clock.Advance(55 * time.Minute)
		thief.Put(path, device).Want(http.StatusOK)
		thief.Delete(path).Want(http.StatusNoContent)
		thief.Put(path, device).WantProblem(http.StatusTooManyRequests, "too_many_claims")
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
			proof := newestProof(next)
			third.Registration = next.Registration
			together(2, func(i int) {
				if i == 0 {
					next.Put(proofPath(next), proof) // in time or not
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
		proves(next, newestProof(next))
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
