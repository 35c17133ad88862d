package apitest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
)

func assign(counselor, client *apitest.Person, due string) apitest.Reply {
	return counselor.Post("/v1/clients/"+client.ID+"/assignments", object{"title": "Trigger log", "instructions": "", "due": due})
}

func TestHomeworkDueAtTheNextSessionFollowsIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		assign(counselor, client, "next_session").WantField("due")
		counselor.NewSession("aftercare", "2026-11-04T12:00", client) // a meeting is no session to do homework for
		assign(counselor, client, "next_session").WantField("due")
		first, second := counselor.NewSession("group", "2026-11-05T18:00", client), counselor.NewSession("group", "2026-11-10T18:00", client)
		homework := assign(counselor, client, "next_session").Want(http.StatusCreated)
		due := func(instant, local string, follows any) {
			t.Helper()
			got := client.Get("/v1/me/assignments/" + homework.Text("id")).Want(http.StatusOK)
			if got.Text("due_at") != instant || got.Text("local_due") != local || got.Object["follows_session_id"] != follows {
				t.Errorf("due %s", got.Raw())
			}
		}
		due("2026-11-05T23:00:00Z", "2026-11-05T18:00:00", first)
		counselor.Patch("/v1/sessions/"+first, object{"local_start": "2026-11-06T10:00"}).Want(http.StatusOK)
		due("2026-11-06T15:00:00Z", "2026-11-06T10:00:00", first)
		counselor.Post("/v1/sessions/"+first+"/cancel", nil).Want(http.StatusOK)
		due("2026-11-10T23:00:00Z", "2026-11-10T18:00:00", second)
		counselor.Post("/v1/sessions/cancel", object{"session_ids": []string{second}}).Want(http.StatusOK)
		due("2026-11-10T23:00:00Z", "2026-11-10T18:00:00", second) // there is no other to follow
		counselor.Patch("/v1/assignments/"+homework.Text("id"), object{"due": "2026-11-20T22:00:00Z"}).Want(http.StatusOK)
		due("2026-11-20T22:00:00Z", "2026-11-20T17:00:00", nil)
		counselor.Patch("/v1/assignments/"+homework.Text("id"), object{"due": "next_session"}).WantField("due")
	})
}

func TestHomeworkIsSubmittedOnceAndMayBeLate(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		id := assign(counselor, client, "2026-11-04T22:00:00Z").Want(http.StatusCreated).Text("id")
		w.Clock.Set(t, "2026-11-05T14:00:00Z")
		if open := client.Get("/v1/me/assignments?status=assigned").Want(http.StatusOK).Items(); len(open) != 1 {
			t.Errorf("overdue homework is not listed: %v", open)
		}
		submit := "/v1/me/assignments/" + id + "/submit"
		done := client.Call("POST", submit, object{"text": "One, two, three."}, "Idempotency-Key", "k1").Want(http.StatusOK)
		client.Call("POST", submit, object{"text": "One, two, three."}, "Idempotency-Key", "k1").Want(http.StatusOK)
		client.Call("POST", submit, object{"text": "One, two, three."}, "Idempotency-Key", "k2").WantProblem(http.StatusConflict, "wrong_step")
		client.Post(submit, object{"text": "One, two, three."}).WantProblem(http.StatusConflict, "wrong_step")
		counselor.Patch("/v1/assignments/"+id, object{"title": "Another"}).WantProblem(http.StatusConflict, "wrong_step")
		seen := counselor.Get("/v1/assignments/" + id).Want(http.StatusOK)
		submission, _ := seen.Object["submission"].(map[string]any)
		if seen.Text("status") != "submitted" || submission["text"] != "One, two, three." || submission["submitted_at"] != "2026-11-05T14:00:00Z" {
			t.Errorf("the counselor sees %s", seen.Raw())
		}
		if seen.Header.Get("ETag") != done.Header.Get("ETag") {
			t.Error("the version changed since")
		}
		of := "/v1/clients/" + client.ID + "/assignments?status="
		if len(counselor.Get(of+"submitted").Items()) != 1 || len(counselor.Get(of+"assigned").Items()) != 0 {
			t.Error("the counselor's list does not heed the status")
		}
	})
}

func TestSupportListAlwaysCarriesTheNumbersToCall(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		w.Admin.Patch("/v1/clinic", object{"front_desk_phone": "(201) 555-0100", "after_hours_phone": "+1 201 555 0101"}).Want(http.StatusOK)
		lines := func(r apitest.Reply) {
			t.Helper()
			var tel []string
			for _, line := range r.Object["crisis_lines"].([]any) {
				tel = append(tel, line.(map[string]any)["tel"].(string))
			}
			if got := strings.Join(tel, " "); got != "tel:911 tel:988 tel:+18006624357 tel:+12015550100 tel:+12015550101" {
				t.Errorf("%s: %s", got, r.Raw())
			}
		}
		lines(client.Get("/v1/me").Want(http.StatusOK))
		lines(client.Get("/v1/me/contacts").Want(http.StatusOK))
		added := client.Post("/v1/me/contacts", object{"name": "Chris", "relation": "sober_peer", "phone": "(201) 555-0142"}).Want(http.StatusCreated)
		lines(added)
		path := "/v1/me/contacts/" + added.Text("id")
		lines(client.Get(path).Want(http.StatusOK))
		lines(client.Patch(path, object{"position": 3}).Want(http.StatusOK))
		lines(client.Delete(path).Want(http.StatusOK))
		lines(client.Get("/v1/me/contacts").Want(http.StatusOK))
		w.Admin.Patch("/v1/clinic", object{"front_desk_phone": nil, "after_hours_phone": nil}).Want(http.StatusOK)
		if n := len(client.Get("/v1/me").Object["crisis_lines"].([]any)); n != 3 {
			t.Errorf("%d lines", n)
		}
		if n := len(w.Nobody().Get("/v1/meta").Object["crisis_lines"].([]any)); n != 3 {
			t.Errorf("%d lines for somebody who is not signed in", n)
		}
	})
}

func TestAPhoneNumberIsReadyToDialHoweverItWasTyped(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		for typed, dial := range map[string]string{"(201) 555-0142": "+12015550142", "201.555.0142": "+12015550142", "1 201 555 0142": "+12015550142",
			"+1-201-555-0142": "+12015550142", "+44 20 7946 0018": "+442079460018", "00 44 20 7946 0018": "", "(201) 555-0142 ext. 7": "", "+12015550142;ext=7": "", "201-555-0142,,7#": "", "555-0142": "", "911": "", "+1 201 555": ""} {
			got := client.Post("/v1/me/contacts", object{"name": "Chris", "relation": "sober_peer", "phone": typed})
			if dial == "" {
				got.WantField("phone")
			} else if got.Want(http.StatusCreated).Text("phone") != dial {
				t.Errorf("%s is %s, want %s", typed, got.Text("phone"), dial)
			}
		}
	})
}

func TestTheSupportListKeepsItsOrder(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		ids := map[string]string{}
		for i, name := range []string{"second", "third", "first"} { // a phone may choose an id that sorts anywhere
			id := fmt.Sprintf("%da15d31e-3c00-4e44-8f53-8c9d0e1f2a30", 9-i)
			in := object{"id": id, "name": name, "relation": "other", "phone": "+12015550142", "position": 1}
			if name == "first" {
				in["position"] = 0
			}
			ids[name] = client.Post("/v1/me/contacts", in).Want(http.StatusCreated).Text("id")
			w.Clock.Advance(time.Second)
		}
		order := func(want string) {
			t.Helper()
			var names []string
			for _, c := range client.Get("/v1/me/contacts").Items() {
				names = append(names, c.Text("name"))
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		order("first second third")
		client.Patch("/v1/me/contacts/"+ids["first"], object{"position": 5}).Want(http.StatusOK)
		order("second third first")
		changed := client.Patch("/v1/me/contacts/"+ids["first"], object{"name": "last"}).Want(http.StatusOK)
		if changed.Text("relation") != "other" || changed.Text("phone") != "+12015550142" || changed.Object["position"] != 5.0 {
			t.Errorf("what was left out changed: %s", changed.Raw())
		}
	})
}

func TestEveryWriteThatAClientCanSeeTakesTheirNextNumber(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		numbers := func() (last, others int) {
			n, _ := strconv.Atoi(w.Rows("SELECT last FROM sequences WHERE user_id = $1", c.client.ID)[0])
			m, _ := strconv.Atoi(w.Rows("SELECT last FROM sequences WHERE user_id = $1", c.fellow.ID)[0])
			return n, m
		}
		newest := func() string {
			return w.Rows("SELECT kind, subject_id, seq, deleted FROM changes WHERE client_id = $1 ORDER BY seq DESC LIMIT 1", c.client.ID)[0]
		}
		tells := func(what string, kind, subject, deleted string) {
			t.Helper()
			if last, _ := numbers(); newest() != kind+" "+subject+" "+strconv.Itoa(last)+" "+deleted {
				t.Errorf("%s: the feed ends with %s, number %d", what, newest(), last)
			}
		}
		no, yes := "false", "true"
		if w.DB.URL[:6] == "sqlite" {
			no, yes = w.Rows("SELECT deleted FROM changes WHERE NOT deleted LIMIT 1")[0], "true"
		}
		_, fellows := numbers()
		contact := c.contact()
		tells("a new contact", "contact", contact, no)
		before, _ := numbers()
		c.client.Patch("/v1/me/contacts/"+contact, object{"position": 1}).Want(http.StatusOK)
		if after, _ := numbers(); after != before+1 {
			t.Errorf("one change took %d numbers", after-before)
		}
		tells("a changed contact", "contact", contact, no)
		c.client.Delete("/v1/me/contacts/" + contact).Want(http.StatusOK)
		tells("a contact that is gone", "contact", contact, yes)
		homework := c.homework()
		tells("homework", "assignment", homework, no)
		c.client.Post("/v1/me/assignments/"+homework+"/submit", object{"text": "x"}).Want(http.StatusOK)
		tells("submitted homework", "assignment", homework, no)
		session := c.session()
		tells("a session", "session", session, no)
		c.counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-12T18:00"}).Want(http.StatusOK)
		tells("a moved session", "session", session, no)
		c.counselor.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusOK)
		tells("a cancelled session", "session", session, no)
		c.client.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		tells("a consent", "consent", "push", no)
		c.client.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		tells("a profile", "profile", c.client.ID, no)
		if _, others := numbers(); others != fellows {
			t.Error("another client's feed moved")
		}
		last, _ := numbers()
		c.client.Get("/v1/me/contacts").Want(http.StatusOK)
		c.contactRefused()
		if after, _ := numbers(); after != last {
			t.Error("a reading or a refused write took a number")
		}
	})
}

func (c *cast) contactRefused() {
	c.client.Post("/v1/me/contacts", object{"name": "", "relation": "other", "phone": "1"}).Want(http.StatusUnprocessableEntity)
}

func TestHomeworkDueAtASessionOfAGroupThatTheClientLeftIsStillRemindedOf(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin Client")
		series := counselor.NewSeries(object{"title": "Skills", "kind": "skills", "local_start": "2026-11-04T18:00", "duration_minutes": 60}, client)
		session := counselor.SessionsOf(series)[0].Text("id")
		counselor.NewHomework(client, "next_session")
		counselor.Delete("/v1/series/" + series + "/roster/" + client.ID).Want(http.StatusNoContent)
		counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-05T18:00"}).Want(http.StatusOK)
		waiting := 0
		for _, r := range client.Get("/v1/me/reminders").Want(http.StatusOK).Items() {
			if r.Text("kind") == "homework" && r.Text("state") == "waiting" && r.Text("about_at") == "2026-11-05T23:00:00Z" {
				waiting++
			}
		}
		if waiting != 2 {
			t.Errorf("%d reminders of the new due time are planned, want 2", waiting)
		}
	})
}
