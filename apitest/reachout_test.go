package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"handrail/apitest"
)

func TestAReachOutIsKeptThoughItIsSentDaysLater(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		chris, pat := newContact(client, "Chris", nil), newContact(client, "Pat", nil)
		note := func(contact string, in object) apitest.Reply {
			return client.Post("/v1/me/contacts/"+contact+"/reach-outs", in)
		}
		now := note(chris, object{}).Want(http.StatusCreated)
		if now.Text("occurred_at") != apitest.Start || now.Object["way"] != nil || now.Object["helped"] != nil || now.Object["note"] != nil {
			t.Errorf("one tap keeps %s", now.Raw())
		}
		offline := object{"id": uuid7(), "occurred_at": "2026-10-29T02:00:00Z", "way": "in_person", "helped": false, "note": "Coffee."}
		late := note(pat, offline).Want(http.StatusCreated)
		w.Clock.Set(t, "2026-11-05T14:00:00Z")
		if again := note(pat, offline).Want(http.StatusCreated); again.Raw() != late.Raw() {
			t.Errorf("sent again: %s", again.Raw())
		}
		if ahead := note(chris, object{"occurred_at": "2026-11-05T14:05:00Z"}).Want(http.StatusCreated); ahead.Text("occurred_at") != "2026-11-05T14:00:00Z" {
			t.Errorf("a phone whose clock is ahead keeps %s", ahead.Raw())
		}
		note(chris, object{"occurred_at": "2026-11-05T14:05:01Z"}).WantField("occurred_at")
		listed := func(query, want string) {
			t.Helper()
			var got []string
			for _, r := range client.Get("/v1/me/reach-outs" + query).Want(http.StatusOK).Items() {
				got = append(got, r.Text("occurred_at"))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, want %s", query, got, want)
			}
		}
		listed("", "2026-11-05T14:00:00Z 2026-11-02T14:00:00Z 2026-10-29T02:00:00Z")
		listed("?contact_id="+chris, "2026-11-05T14:00:00Z 2026-11-02T14:00:00Z")
		listed("?contact_id="+uuid7(), "")
		if gone := client.Delete("/v1/me/reach-outs/" + now.Text("id")).Want(http.StatusOK); len(gone.Object["crisis_lines"].([]any)) == 0 {
			t.Errorf("whoever forgets is told %s", gone.Raw())
		}
		client.Delete("/v1/me/reach-outs/" + now.Text("id")).Want(http.StatusNotFound)
		listed("", "2026-11-05T14:00:00Z 2026-10-29T02:00:00Z")
		note(uuid7(), object{}).Want(http.StatusNotFound)
	})
}

func TestReachOutsGoWithTheirContact(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		chris, pat := newContact(client, "Chris", nil), newContact(client, "Pat", nil)
		in := object{"id": uuid7()}
		client.Post("/v1/me/contacts/"+chris+"/reach-outs", in).Want(http.StatusCreated)
		stays := client.Post("/v1/me/contacts/"+pat+"/reach-outs", object{}).Want(http.StatusCreated).Text("id")
		client.Delete("/v1/me/contacts/" + chris).Want(http.StatusOK)
		if left := client.Get("/v1/me/reach-outs").Want(http.StatusOK).Items(); len(left) != 1 || left[0].Text("id") != stays {
			t.Errorf("left are %v", left)
		}
		for kind, id := range map[string]any{"contact": chris, "reach_out": in["id"]} {
			if w.Count("changes", "client_id = $1 AND kind = $2 AND subject_id = $3 AND deleted", client.ID, kind, id) != 1 {
				t.Errorf("the feed does not say that the %s is gone", kind)
			}
		}
		client.Post("/v1/me/contacts/"+chris+"/reach-outs", in).WantProblem(http.StatusConflict, "already_gone")
	})
}
