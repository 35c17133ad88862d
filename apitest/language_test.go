package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models/words"
	"handrail/notify/fcmtest"
)

// labels are the labels of the crisis lines in a reply.
func labels(r apitest.Reply) string {
	var all []string
	for _, line := range r.Object["crisis_lines"].([]any) {
		all = append(all, line.(map[string]any)["label"].(string))
	}
	return strings.Join(all, "\n")
}

// meanings are what is said of each of the client's reminders, by when they are due.
func meanings(p *apitest.Person, path string) (all []string) {
	p.T.Helper()
	for _, r := range p.Get(path).Want(http.StatusOK).Items() {
		all = append(all, r.Text("meaning"))
	}
	return all
}

func (e *engine) reads(p *apitest.Person, locale string) {
	e.T.Helper()
	if got := p.Patch("/v1/me", object{"locale": locale}).Want(http.StatusOK).Text("locale"); got != locale {
		e.T.Fatalf("the profile says %s", got)
	}
}

func TestWhoReadsSpanishIsTextedInSpanishAndTheirNeighbourInEnglish(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		luz := e.counselor.NewClient("Luz Client").NewPhone(fcmtest.IOS)
		e.reads(luz, "es")
		shown := func(spanish, english string) {
			t.Helper()
			e.wantTexts(t, english)
			wantTexts(t, luz, spanish)
		}
		session := e.counselor.NewSession("group", "2026-11-03T13:00", e.client, luz)
		e.At("2026-11-02T18:00:00Z")
		shown("Tienes algo el martes a la 1:00 p.m.", "You have something Tue at 1:00 PM.")
		e.move(session, "2026-11-03T15:30")
		e.Drain()
		shown("Lo del martes a la 1:00 p.m. ahora es a las 3:30 p.m.", "Tue 1:00 PM is now 3:30 PM.")
		e.move(session, "2026-11-12T18:00")
		e.Drain()
		shown("Lo del martes a las 3:30 p.m. ahora es el jueves 12 de noviembre a las 6:00 p.m.", "Tue 3:30 PM is now Thu, Nov 12 6:00 PM.")
		e.cancel(session)
		e.Drain()
		shown("Se canceló lo del jueves a las 6:00 p.m.", "Thu 6:00 PM is off.")
	})
}

func TestALanguageChosenHoldsAtOnceAndForWhatWasPlannedBefore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		claims := e.claim(t)
		e.reads(e.client, "es") // between the claim and the check
		if due := e.check(t, claims); due[0].Locale != "es" {
			t.Errorf("it would be sent in %q", due[0].Locale)
		}
		e.At("2026-11-02T23:01:00Z")
		e.wantTexts(t, "Tienes algo el martes a las 6:00 p.m.")
		e.counselor.Patch("/v1/clients/"+e.client.ID, object{"locale": "en"}).Want(http.StatusOK)
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.") // under the same tag
	})
}

func TestAChangeOfLanguageAloneSendsNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.told(t)
		e.reads(e.client, "es")
		e.Drain()
		e.wantSent(t, 1)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting")
	})
}

func TestWhatIsKnownOfAReminderIsToldToEachInTheirOwnLanguage(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.told(t)
		spanish := []string{"Se envió; no se sabe si llegó.", "Programado."}
		english := []string{"Sent; whether it arrived is not known.", "Planned."}
		ofClient := "/v1/clients/" + e.client.ID + "/reminders"
		told := func(p *apitest.Person, path string, want []string) {
			t.Helper()
			if diff := cmp.Diff(want, meanings(p, path)); diff != "" {
				t.Error(diff)
			}
		}
		e.reads(e.client, "es")
		told(e.client, "/v1/me/reminders", spanish)
		told(e.counselor, ofClient, english)
		id := e.client.Get("/v1/me/reminders").Items()[0].Text("id")
		if got := e.client.Get("/v1/me/reminders/" + id).Want(http.StatusOK).Text("meaning"); got != spanish[0] {
			t.Errorf("by itself it means %q", got)
		}
		e.reads(e.counselor, "es")
		e.reads(e.client, "en")
		told(e.client, "/v1/me/reminders", english)
		told(e.counselor, ofClient, spanish)
	})
}

func TestNumbersToCallSaySpanishToWhoReadsIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		w.Admin.Patch("/v1/clinic", object{"front_desk_phone": "(201) 555-0100", "after_hours_phone": "(201) 555-0101"}).Want(http.StatusOK)
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		const (
			english = "Emergency\n988 Suicide & Crisis Lifeline (call or text)\nSAMHSA National Helpline"
			spanish = "Emergencias\nLínea 988 de Prevención del Suicidio y Crisis (en español: llama y oprime 2, o envía AYUDA por mensaje de texto)\n" +
				"Línea Nacional de Ayuda de SAMHSA (también en español)"
		)
		told := func(r apitest.Reply, want string) {
			t.Helper()
			if diff := cmp.Diff(want, labels(r)); diff != "" {
				t.Error(diff)
			}
		}
		contact := client.Post("/v1/me/contacts", object{"name": "Chris", "relation": "sober_peer", "phone": "(201) 555-0142"}).Want(http.StatusCreated)
		told(contact, english+"\nRiverbend\nRiverbend (after hours)")
		inSpanish := spanish + "\nRiverbend\nRiverbend (fuera de horario)"
		told(client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK), inSpanish)
		path := "/v1/me/contacts/" + contact.Text("id")
		told(client.Get("/v1/me").Want(http.StatusOK), inSpanish)
		told(client.Get("/v1/me/contacts").Want(http.StatusOK), inSpanish)
		told(client.Get(path).Want(http.StatusOK), inSpanish)
		told(client.Patch(path, object{"position": 2}).Want(http.StatusOK), inSpanish)
		told(client.Delete(path).Want(http.StatusOK), inSpanish)
		told(w.Nobody().Get("/v1/meta").Want(http.StatusOK), english)
		told(w.Nobody().Get("/v1/meta?locale=es").Want(http.StatusOK), spanish)
	})
}

func TestWhoJoinsAClinicReadsItsLanguageUntilAnotherIsChosen(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		before := w.Admin.NewCounselor("Dana").NewClient("Robin")
		w.Admin.Patch("/v1/clinic", object{"locale": "es"}).Want(http.StatusOK)
		reads := func(p *apitest.Person, want string) {
			t.Helper()
			if me := p.Get("/v1/me").Want(http.StatusOK); me.Text("locale") != want || !strings.HasPrefix(labels(me), words.In(want).Crisis.Emergency()) {
				t.Errorf("want %s: %s", want, me.Raw())
			}
		}
		counselor := w.Admin.NewCounselor("Lee")
		client := counselor.NewClient("Luz")
		reads(before, "en")
		reads(counselor, "es")
		reads(client, "es")

		chosen := w.Nobody()
		chosen.ID = counselor.Post("/v1/clients", object{"name": "Casey", "locale": "en"}).Want(http.StatusCreated).Text("id")
		chosen.Enroll(counselor.Code(chosen.ID), nil)
		reads(chosen, "en")
		enrolled := enroll(chosen, counselor.Code(chosen.ID), object{"locale": "es"}).Want(http.StatusCreated)
		chosen.Token = enrolled.Text("token")
		reads(chosen, "es")
		if user, _ := enrolled.Object["user"].(map[string]any); user["locale"] != "es" {
			t.Errorf("the answer to enrolling says %v", user["locale"])
		}
	})
}

func TestEachLanguageIsOfferedAndNoOtherIsTaken(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		var offered, described []any
		for _, locale := range words.Locales() {
			offered = append(offered, locale)
		}
		described = apitest.Document(t).Components.Schemas["Locale"].Value.Enum
		if diff := cmp.Diff(offered, described); diff != "" {
			t.Errorf("openapi.yaml offers others: %s", diff)
		}
		if diff := cmp.Diff(offered, w.Nobody().Get("/v1/meta").Want(http.StatusOK).Object["locales"]); diff != "" {
			t.Errorf("/v1/meta offers others: %s", diff)
		}
		before := w.Stored()
		for _, unknown := range []string{"fr", "ES", "es-US", "en,es", ""} {
			client.Patch("/v1/me", object{"locale": unknown}).WantField("locale")
			counselor.Patch("/v1/clients/"+client.ID, object{"locale": unknown}).WantField("locale")
			counselor.Post("/v1/clients", object{"name": "Casey", "locale": unknown}).WantField("locale")
			w.Admin.Patch("/v1/clinic", object{"locale": unknown}).WantField("locale")
		}
		unchanged(t, before, w.Stored())
		enroll(w.Nobody(), counselor.Code(client.ID), object{"locale": "fr"}).WantField("locale")
	})
}

func TestALanguageThatIsAskedForIsOneOfThoseOffered(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		for _, locale := range []string{"", "EN", "xx", "en,es"} {
			w.Nobody().Get("/v1/meta?locale=" + locale).WantField("locale")
		}
	})
}
