package apitest_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// signed is a yes to telling somebody outside the clinic.
func signed() object {
	return object{"text_version": "2026-11", "granted": true, "expires_at": "2027-05-02T00:00:00Z", "disclosure": object{
		"recipient": "My mother, " + secretly, "information": "When sessions take place in " + secretly, "purpose": "To come along to " + secretly,
		"signature": "Robin " + secretly}}
}

// ledger is those of a person's ledger, the newest first: kind, answer, text, language, who recorded it.
func ledger(p *apitest.Person, path string) (all []string) {
	p.T.Helper()
	for _, e := range p.Get(path).Want(http.StatusOK).Items() {
		all = append(all, fmt.Sprint(e["kind"], " ", e["granted"], " ", e["text_version"], " ", e["locale"], " by ", e["recorded_by"].(map[string]any)["name"]))
	}
	return all
}

func TestTheLedgerSaysWhoRecordedWhatWhenAndInWhichWords(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		const mine = "/v1/me/consent-history"
		w.Clock.Advance(time.Hour)
		client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		client.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		client.Put("/v1/me/consents/share_contacts", object{"granted": false}).Want(http.StatusOK)
		client.Put("/v1/me/consents/aftercare", object{"text_version": "2026-11", "locale": "en", "granted": false}).Want(http.StatusOK)
		counselor.Post("/v1/clients/"+client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": true, "text_version": "2026-11"}).Want(http.StatusOK)
		want := []string{"aftercare true 2026-11 es by Dana", "aftercare false 2026-11 en by Robin", "share_contacts false <nil> <nil> by Robin",
			"share_contacts true 2026-11 es by Robin", "push true 2026-11 en by Robin"}
		if diff := cmp.Diff(want, ledger(client, mine)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, ledger(counselor, "/v1/clients/"+client.ID+"/consents")); diff != "" {
			t.Errorf("the counselor reads otherwise: %s", diff)
		}
		items := client.Get(mine).Want(http.StatusOK).Items()
		if items[0]["superseded_at"] != nil || items[3].Text("superseded_at") != "2026-11-02T15:00:00Z" || items[4].Text("recorded_at") != "2026-11-02T14:00:00Z" {
			t.Errorf("when is %v", items)
		}
		var paged []string
		for path := mine + "?limit=2"; path != ""; {
			page := client.Get(path).Want(http.StatusOK)
			for _, e := range page.Items() {
				paged = append(paged, e.Text("id"))
			}
			path = ""
			if next, more := page.Object["next_cursor"].(string); more {
				path = mine + "?limit=2&cursor=" + next
			}
		}
		if len(paged) != 5 || paged[0] != items[0].Text("id") || paged[4] != items[4].Text("id") {
			t.Errorf("page after page: %v", paged)
		}
	})
}

func TestWhatIsInTheLedgerNeverChanges(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		kept := map[string]string{}
		look := func() {
			for _, e := range client.Get("/v1/me/consent-history?limit=200").Want(http.StatusOK).Items() {
				entry := maps.Clone(e)
				delete(entry, "superseded_at")
				entry["recorded_by"] = entry["recorded_by"].(map[string]any)["id"] // whose name may change
				if was := kept[e.Text("id")]; was != "" && was != fmt.Sprint(entry) {
					t.Errorf("an entry was %s and is %v", was, entry)
				}
				kept[e.Text("id")] = fmt.Sprint(entry)
			}
		}
		for _, answer := range []object{signed(), {"granted": false}, signed(), until("2026-11-03T00:00:00Z")} {
			kind := "push"
			if answer["disclosure"] != nil || answer["granted"] == false {
				kind = "family_sessions"
			}
			look()
			client.Put("/v1/me/consents/"+kind, answer).Want(http.StatusOK)
			w.Clock.Advance(time.Minute)
		}
		w.Clock.Advance(48 * time.Hour)
		counselor.SignIn().Patch("/v1/clients/"+client.ID, object{"name": "Alex"}).Want(http.StatusOK)
		if look(); len(kept) != 5 {
			t.Errorf("%d entries, want 5", len(kept))
		}
	})
}

func TestAYesNamesWordsThatWerePublishedAndANoNeedsNone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		put := func(answer object) apitest.Reply { return client.Put("/v1/me/consents/share_contacts", answer) }
		before := w.Stored()
		for _, version := range []string{"2026-10", "2027-01", "push-2026-11", "2026-11.en"} {
			if got := put(object{"text_version": version, "granted": true}).WantField("text_version"); !hasCode(got, "text_version", "unknown_version") {
				t.Errorf("%s: %s", version, got.Raw())
			}
			counselor.Post("/v1/clients/"+client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": true, "text_version": version}).WantField("text_version")
		}
		put(object{"granted": true}).WantField("text_version")
		put(object{"text_version": "2026-11", "granted": true, "locale": "fr"}).WantField("locale")
		put(object{"text_version": "2026-11", "granted": true, "expires_at": "2026-11-02T14:00:00Z"}).WantField("expires_at")
		unchanged(t, before, w.Stored())
		put(object{"granted": false}).Want(http.StatusOK)
		client.Put("/v1/me/consents/aftercare", object{"granted": false, "text_version": "of-another-app", "expires_at": "2020-01-01T00:00:00Z"}).Want(http.StatusOK)

		id := counselor.Post("/v1/clients", object{"name": "Casey"}).Want(http.StatusCreated).Text("id")
		in := object{"code": counselor.Code(id), "installation_id": "installation-of-casey", "consents": []object{{"kind": "push", "text_version": "2027-01", "granted": true}}}
		w.Nobody().Post("/v1/auth/enroll", in).WantField("consents[0].text_version")
		in["consents"] = []object{{"kind": "push", "granted": false}}
		w.Nobody().Post("/v1/auth/enroll", in).Want(http.StatusCreated) // the code was not spent
	})
}

func TestTheSameAnswerTwiceIsOneAndANoToWhatWasNeverAskedIsKept(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		for _, answer := range []object{{"granted": false}, signed(), {"granted": false, "text_version": "2026-11"}} {
			put := func() string {
				w.Clock.Advance(time.Minute)
				return client.Put("/v1/me/consents/family_sessions", answer).Want(http.StatusOK).Raw()
			}
			first, stored := put(), w.Stored("tokens")
			if again := put(); again != first {
				t.Errorf("first %s, again %s", first, again)
			}
			unchanged(t, stored, w.Stored("tokens"))
		}
		if n := w.Count("consents", "user_id = $1 AND kind = 'family_sessions'", client.ID); n != 3 {
			t.Errorf("%d answers", n)
		}
		other := signed()
		other["disclosure"].(object)["recipient"] = "My sister"
		for _, answer := range []object{signed(), other, signed()} {
			client.Put("/v1/me/consents/family_sessions", answer).Want(http.StatusOK)
		}
		if n := w.Count("consents", "user_id = $1 AND kind = 'family_sessions'", client.ID); n != 6 {
			t.Errorf("%d answers: each of these says something else than the one before", n)
		}
	})
}

func TestAYesThatWasLongOnItsWayUndoesNoNo(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		put := func(granted bool, answered string) apitest.Reply {
			return client.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": granted, "answered_at": answered})
		}
		w.Clock.Set(t, "2026-11-02T20:00:00Z")
		put(true, "2026-11-02T15:00:00Z").Want(http.StatusOK)
		put(false, "2026-11-02T16:00:00Z").Want(http.StatusOK)
		put(true, "2026-11-02T15:00:00Z").WantProblem(http.StatusConflict, "answered_since") // the same yes, sent again
		put(true, "2026-11-02T15:59:59Z").WantProblem(http.StatusConflict, "answered_since") // from a phone that was offline
		put(true, "2026-11-02T17:00:00Z").Want(http.StatusOK)
		put(false, "2026-11-02T14:30:00Z").Want(http.StatusOK)                               // a no is never too late
		put(true, "2026-11-02T17:00:00Z").WantProblem(http.StatusConflict, "answered_since") // and stays
		put(true, "2026-11-02T20:00:00Z").Want(http.StatusOK)
		put(true, "2026-11-02T20:06:00Z").WantField("answered_at")
		put(false, "2026-11-02T23:00:00Z").Want(http.StatusOK) // nor too early: a clock that is wrong keeps nobody from it
		w.Clock.Advance(time.Minute)
		client.Put("/v1/me/consents/share_contacts", object{"granted": false}).Want(http.StatusOK)
		client.Put("/v1/me/consents/share_contacts", object{"granted": true, "text_version": "2026-11"}).Want(http.StatusOK) // now
	})
}

func TestWhoOutsideTheClinicMayBeToldIsSignedForInFull(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		for _, kind := range []string{"peer_reachable", "family_sessions", "sober_living"} {
			path, before := "/v1/me/consents/"+kind, w.Stored()
			for _, field := range []string{"text_version", "expires_at", "disclosure"} {
				answer := signed()
				delete(answer, field)
				client.Put(path, answer).WantField(field)
			}
			for field, most := range map[string]int{"recipient": 500, "information": 1000, "purpose": 1000, "signature": 200} {
				for _, wrong := range []any{"", " \t", strings.Repeat("é", most+1), "a\x00b", nil, 7} {
					answer := signed()
					answer["disclosure"].(object)[field] = wrong
					client.Put(path, answer).WantField("disclosure." + field)
				}
				answer := signed()
				delete(answer["disclosure"].(object), field)
				client.Put(path, answer).WantField("disclosure." + field)
			}
			unchanged(t, before, w.Stored())
			longest := signed()
			longest["disclosure"] = object{"recipient": strings.Repeat("é", 500), "information": strings.Repeat("é", 1000),
				"purpose": strings.Repeat("é", 1000), "signature": strings.Repeat("é", 200)}
			client.Put(path, longest).Want(http.StatusOK)
			got := client.Put(path, signed()).Want(http.StatusOK)
			want := map[string]any(maps.Clone(signed()["disclosure"].(object)))
			want["patient"], want["from"] = "Robin", w.Rows("SELECT name FROM clinics")[0]
			if diff := cmp.Diff(want, got.Object["disclosure"]); diff != "" || got.Text("expires_at") != "2027-05-02T00:00:00Z" {
				t.Errorf("%s: %s", diff, got.Raw())
			}
		}
		for _, kind := range []string{"push", "aftercare", "share_contacts"} {
			client.Put("/v1/me/consents/"+kind, signed()).WantField("disclosure")
		}
		read := counselor.Get("/v1/clients/" + client.ID + "/consents").Want(http.StatusOK)
		if strings.Count(read.Raw(), "My mother, "+secretly) != 3 {
			t.Errorf("the counselor reads %s", read.Raw())
		}
		for table, rows := range w.Stored() {
			if strings.Contains(strings.Join(rows, "\n"), secretly) {
				t.Errorf("a disclosure stands unsealed in %s", table)
			}
		}
		if strings.Contains(w.Logged(), secretly) {
			t.Error("a disclosure stands in the log")
		}
	})
}

func TestWhoIsNotAClientIsAskedForPushesAlone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		for _, p := range []*apitest.Person{c.counselor, c.family, w.Admin} {
			for _, kind := range []string{"aftercare", "share_contacts"} {
				p.Put("/v1/me/consents/"+kind, object{"text_version": "2026-11", "granted": true}).Want(http.StatusNotFound)
				p.Put("/v1/me/consents/"+kind, object{"granted": false}).Want(http.StatusNotFound)
			}
			p.Put("/v1/me/consents/sober_living", signed()).Want(http.StatusNotFound)
			p.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		}
		code := w.Admin.Post("/v1/staff/"+c.newStaffID()+"/invites", nil).Want(http.StatusCreated).Text("code")
		in := object{"code": code, "installation_id": "installation-of-sam", "password": apitest.Password, "consents": []object{
			{"kind": "push", "text_version": "2026-11", "granted": true}, {"kind": "aftercare", "text_version": "2026-11", "granted": true}}}
		w.Nobody().Post("/v1/auth/enroll", in).WantField("consents[1].kind")
		in["consents"] = in["consents"].([]object)[:1]
		w.Nobody().Post("/v1/auth/enroll", in).Want(http.StatusCreated)
	})
}

func TestAnybodyCanReadTheWordsInWhichConsentsAreAskedFor(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		texts := func(query string) (all []string) {
			for _, text := range w.Nobody().Get("/v1/consent-texts" + query).Want(http.StatusOK).Items() {
				all = append(all, text.Text("kind")+" "+text.Text("version")+" "+text.Text("locale"))
				if len(text.Text("title")) < 5 || len(text.Text("text")) < 300 {
					t.Errorf("it says only %v", text)
				}
				outside := slices.Contains([]string{"peer_reachable", "family_sessions", "sober_living"}, text.Text("kind"))
				if text["disclosure"] != outside {
					t.Errorf("whether somebody outside is told: %v", text)
				}
			}
			return all
		}
		if n := len(texts("")); n != 12 {
			t.Errorf("%d texts, want six in two languages", n)
		}
		if got := texts("?kind=push&locale=es"); !slices.Equal(got, []string{"push 2026-11 es"}) {
			t.Errorf("got %v", got)
		}
		if n := len(texts("?version=2026-11&locale=en")); n != 6 {
			t.Errorf("%d texts of that version", n)
		}
		if n := len(texts("?version=2019-01")); n != 0 {
			t.Errorf("%d texts of a version that never was", n)
		}
	})
}
