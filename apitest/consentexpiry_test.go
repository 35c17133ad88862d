package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
)

// until is a yes that ends by itself.
func until(instant string) object {
	return object{"text_version": "2026-11", "granted": true, "expires_at": instant}
}

func TestAReminderIsPlannedUpToTheInstantAtWhichConsentRunsOutAndNotFromThenOn(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		put := func(instant string) { e.client.Put("/v1/me/consents/push", until(instant)).Want(http.StatusOK) }
		put("2026-11-03T21:00:00.000001Z")
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting")
		put("2026-11-03T21:00:00Z")
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z turned_off")
		e.session("2026-11-05T18:00") // planned while the yes has an end
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z turned_off",
			"1d 2026-11-04T23:00:00Z turned_off", "2h 2026-11-05T21:00:00Z turned_off")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, reminded)
		e.consent(true) // without an end
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting",
			"1d 2026-11-04T23:00:00Z waiting", "2h 2026-11-05T21:00:00Z waiting")
	})
}

func TestNoCallIsMadeWhoseCheckBeginsWhenConsentHasRunOut(t *testing.T) {
	for name, c := range map[string]struct {
		checked string
		goes    int
	}{"a microsecond before": {"2026-11-02T23:00:29.999999Z", 1}, "at that instant": {"2026-11-02T23:00:30Z", 0}} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				e.client.Put("/v1/me/consents/push", until("2026-11-02T23:00:30Z")).Want(http.StatusOK)
				e.due(t)
				claims := e.claim(t)
				e.Clock.Set(t, c.checked)
				due := e.check(t, claims)
				if len(due) != 1 || len(due[0].Things) != c.goes || len(due[0].Targets) != c.goes {
					t.Fatalf("the check says %+v", due)
				}
				e.call(due)
				e.complete(t, due, accepted)
				e.wantSent(t, c.goes)
				if state := reminders(e.client)[0]; strings.HasSuffix(state, "turned_off") == (c.goes == 1) {
					t.Errorf("it ends as %s", state)
				}
			})
		})
	}
}

func TestMeetingsAreAnnouncedAfterDischargeUntilConsentToThatRunsOut(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewSession("aftercare", "2026-11-03T18:00", e.client)
		e.counselor.NewSession("aftercare", "2026-11-05T18:00", e.client)
		e.discharge(true)
		e.client.Put("/v1/me/consents/aftercare", until("2026-11-04T23:00:00Z")).Want(http.StatusOK)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z waiting", "2h 2026-11-03T21:00:00Z waiting",
			"1d 2026-11-04T23:00:00Z cancelled", "2h 2026-11-05T21:00:00Z cancelled")
		e.Pass(96 * time.Hour)
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestAMoveIsNotAnnouncedToWhoseConsentHasRunOut(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.client.Put("/v1/me/consents/push", until("2026-11-02T23:00:01Z")).Want(http.StatusOK)
		session := e.told(t)
		e.Clock.Set(t, "2026-11-02T23:00:01Z")
		e.move(session, "2026-11-03T19:00")
		e.Pass(48 * time.Hour)
		e.wantTexts(t, reminded)
		e.wantEnded(t)
	})
}

func TestATestPushIsTurnedOffOnceConsentHasRunOut(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.client.Put("/v1/me/consents/push", until("2026-11-02T14:00:30Z")).Want(http.StatusOK)
		e.Clock.Set(t, "2026-11-02T14:00:30Z")
		if got := e.testPush(); got.Text("state") != "turned_off" {
			t.Errorf("a test push is %s", got.Raw())
		}
		e.wantReach(t, "no_consent")
		item := e.counselor.Get("/v1/unreachable").Want(http.StatusOK).Items()[0]
		if item.Text("reach") != "no_consent" || item.Text("since") != "2026-11-02T14:00:30Z" {
			t.Errorf("the counselor reads %v", item)
		}
	})
}

func TestWhatAClientSharesIsShownUpToTheInstantAtWhichConsentRunsOutAndNotFromThenOn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		newContact(client, "Chris", object{"shared": true})
		client.Put("/v1/me/consents/share_contacts", until("2026-11-02T20:00:00Z")).Want(http.StatusOK)
		before := w.Stored("audit_events", "tokens")
		for i, instant := range []string{"2026-11-02T19:59:59.999999Z", "2026-11-02T20:00:00Z"} {
			want := i == 0
			w.Clock.Set(t, instant)
			shown := counselor.Get("/v1/clients/" + client.ID + "/contacts").Want(http.StatusOK)
			if shown.Object["consented"] != want || (len(shown.Items()) == 1) != want {
				t.Errorf("at %s: %s", instant, shown.Raw())
			}
		}
		unchanged(t, before, w.Stored("audit_events", "tokens")) // nobody had to write for it
	})
}

func TestAPhoneIsToldWhenAConsentRunsOutThoughNobodyWrites(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		client.Put("/v1/me/consents/share_contacts", until("2026-11-02T20:00:00Z")).Want(http.StatusOK)
		client.Put("/v1/me/consents/aftercare", until("2026-11-02T20:00:00Z")).Want(http.StatusOK)
		client.Put("/v1/me/consents/push", until("2026-11-02T21:00:00Z")).Want(http.StatusOK)
		phone := &replica{Person: client, limit: 1}
		phone.sync()
		before := w.Stored("tokens")
		at := func(instant string, told ...string) {
			t.Helper()
			w.Clock.Set(t, instant)
			cursor := phone.cursor
			page := phone.page()
			if got := page.Object["consents"].([]any); len(got) != len(told) || page.Object["reset"] == true {
				t.Errorf("at %s the feed tells %s", instant, page.Raw())
			}
			if (cursor == phone.cursor) != (len(told) == 0) {
				t.Errorf("at %s the cursor changes: %v", instant, cursor != phone.cursor)
			}
			for _, kind := range told {
				if phone.held["consent "+kind]["granted"] != false {
					t.Errorf("at %s the phone holds %v", instant, phone.held["consent "+kind])
				}
			}
			phone.mustHoldWhatIsSeen(instant)
		}
		at("2026-11-02T19:59:59.999999Z")
		at("2026-11-02T20:00:00Z", "share_contacts", "aftercare")
		at("2026-11-02T20:00:01Z")
		at("2026-11-02T21:00:00Z", "push")
		at("2026-11-02T21:00:00.000001Z")
		unchanged(t, before, w.Stored("tokens"))
		anew := &replica{Person: client, limit: 1} // a phone that begins now reads it once
		anew.sync().mustHoldWhatIsSeen("a new phone's first pages")
		if page := anew.page(); len(page.Object["consents"].([]any)) > 0 {
			t.Errorf("a new phone is told twice: %s", page.Raw())
		}
		client.Put("/v1/me/consents/push", until("2026-11-03T21:00:00Z")).Want(http.StatusOK) // given anew after it ran out
		phone.sync().mustHoldWhatIsSeen("a new yes")
		if phone.held["consent push"]["granted"] != true {
			t.Errorf("the phone holds %v", phone.held["consent push"])
		}
	})
}
