package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
)

func TestACounselorSeesAContactOnlyWhileTheClientConsentsAndSharesIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, fellow := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		shared := newContact(client, "Chris", object{"shared": true, "note": "We used together once."})
		private := newContact(client, "Pat", nil)
		newContact(fellow, "Kim", object{"shared": true})
		consent := func(p *apitest.Person, kind string, granted bool) {
			p.Put("/v1/me/consents/"+kind, object{"text_version": "2026-11", "granted": granted}).Want(http.StatusOK)
		}
		sees := func(consented bool, ids ...string) {
			t.Helper()
			got := counselor.Get("/v1/clients/" + client.ID + "/contacts").Want(http.StatusOK)
			var seen []string
			for _, c := range got.Items() {
				seen = append(seen, c.Text("id"))
			}
			if got.Object["consented"] != consented || strings.Join(seen, " ") != strings.Join(ids, " ") {
				t.Errorf("the counselor sees %s, want %v and %v", got.Raw(), consented, ids)
			}
			if strings.Contains(got.Raw(), "We used together") || strings.Contains(got.Raw(), "note") {
				t.Errorf("the note is shown: %s", got.Raw())
			}
		}
		sees(false)
		consent(client, "aftercare", true)
		consent(fellow, "share_contacts", true)
		sees(false) // neither another consent nor another client's
		consent(client, "share_contacts", true)
		sees(true, shared)
		client.Patch("/v1/me/contacts/"+private, object{"shared": true}).Want(http.StatusOK)
		sees(true, shared, private)
		client.Patch("/v1/me/contacts/"+private, object{"shared": false}).Want(http.StatusOK)
		sees(true, shared)
		consent(client, "share_contacts", false)
		sees(false)
		consent(client, "share_contacts", true)
		sees(true, shared)
		if n := w.Count("audit_events", "actor_id = $1 AND client_id = $2 AND action = 'list_contacts'", counselor.ID, client.ID); n != 7 {
			t.Errorf("7 readings are noted %d times", n)
		}
		page := counselor.Get("/v1/clients/" + fellow.ID + "/contacts?limit=1").Want(http.StatusOK)
		if len(page.Items()) != 1 || page.Items()[0].Text("name") != "Kim" {
			t.Errorf("the other client's list is %s", page.Raw())
		}
	})
}

func TestWhoNoLongerServesAClientSeesNothingThatTheyShare(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		c.share(c.contact())
		for _, path := range []string{"/contacts", "/goals"} {
			c.counselor.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusOK)
			c.cover.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusOK)
			c.former.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusNotFound)
			c.colleague.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusNotFound)
			c.Admin.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusForbidden)
		}
		w.Clock.Advance(time.Hour)
		c.cover.Get("/v1/clients/" + c.client.ID + "/contacts").Want(http.StatusNotFound)
		c.cover.Post("/v1/goals/"+c.goal()+"/comments", object{"text": "Well done."}).Want(http.StatusNotFound)
	})
}

func TestOfAMeetingOfOnesOwnNoCounselorSeesAReminder(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-04T19:00", "duration_minutes": 60}).Want(http.StatusCreated)
		clinics := counselor.NewSession("aftercare", "2026-11-05T19:00", client)
		for _, r := range counselor.Get("/v1/clients/" + client.ID + "/reminders").Want(http.StatusOK).Items() {
			if r["subject"].(map[string]any)["id"] != clinics {
				t.Errorf("the counselor learns of %v", r)
			}
		}
		for who, want := range map[*apitest.Person]int{counselor: 2, client: 4} {
			path := map[*apitest.Person]string{counselor: "/v1/clients/" + client.ID, client: "/v1/me"}[who]
			if n := len(who.Get(path + "/reminders").Want(http.StatusOK).Items()); n != want {
				t.Errorf("%s: %d reminders, want %d", path, n, want)
			}
		}
	})
}

// secretly are words that nobody but their reader may find: not in the log, not in the database.
const secretly = "Xanadu"

func TestWhatAClientWritesOfTheirPeopleAndPlansIsSealed(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		contact := newContact(c.client, secretly+" name", object{"note": secretly + " note", "prefers": "text", "time_zone": "Pacific/Chatham",
			"hours": []object{{"days": []string{"mo"}, "start": "03:17", "end": "04:18"}}})
		c.client.Post("/v1/me/contacts/"+contact+"/reach-outs", object{"way": "in_person", "helped": false, "note": secretly + " talk"}).Want(http.StatusCreated)
		goal := c.client.Post("/v1/me/goals", object{"text": secretly + " goal"}).Want(http.StatusCreated).Text("id")
		c.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": secretly + " comment"}).Want(http.StatusCreated)
		for table, rows := range w.Stored() {
			for _, word := range []string{secretly, "Chatham", "03:17", "in_person", "helped", "sober_peer"} {
				if strings.Contains(strings.Join(rows, "\n"), word) {
					t.Errorf("%s stands unsealed in %s", word, table)
				}
			}
		}
		if strings.Contains(w.Logged(), secretly) {
			t.Error("it stands in the log")
		}
	})
}
