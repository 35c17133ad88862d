package apitest_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"handrail/apitest"
)

func TestAnAnswerThatThePhoneHasIsNotSentAgain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			d := spec[op.id]
			if d.method != "GET" || op.who == "anyone" {
				continue
			}
			a := op.ask(c)
			person := c.right(op, a)
			first := d.does(person, a).Want(http.StatusOK)
			tag := first.Header.Get("ETag")
			if d.Responses.Value("200").Value.Headers["ETag"].Value.Required { // it can be changed by its version
				if version := first.Object["version"].(float64); !strings.HasPrefix(tag, `"`+strconv.FormatFloat(version, 'f', -1, 64)+"-") {
					t.Errorf("%s of version %v has the tag %s", op.id, version, tag)
				}
			}
			for _, known := range []string{tag, "W/" + tag, `"1-0000000000000000", ` + tag, "*"} {
				same := d.does(person, a, "If-None-Match", known)
				if same.Status != http.StatusNotModified || same.Raw() != "" || same.Header.Get("ETag") != tag {
					t.Errorf("%s: %d %s for %s, %s", op.id, same.Status, same.Header.Get("ETag"), known, same.Raw())
				}
			}
			for _, unknown := range []string{`"-0000000000000000"`, "", "no tag", strings.Repeat(`"1-0000000000000000", `, 100)} {
				d.does(person, a, "If-None-Match", unknown).Want(http.StatusOK)
			}
		}
	})
}

func TestAnAnswerThatReadsOtherwiseIsSentThoughTheVersionStands(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		path := "/v1/me/contacts/" + client.Post("/v1/me/contacts", object{"name": "Chris W.", "relation": "sober_peer", "phone": "+12015550142",
			"hours": []any{weekdays}}).Want(http.StatusCreated).Text("id")
		evening := client.Get(path).Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-03T03:00:00Z") // ten in the evening: not the time to call
		if night := client.Call("GET", path, nil, "If-None-Match", evening.Header.Get("ETag")).Want(http.StatusOK); night.Object["reachable_now"] != false {
			t.Errorf("%s", night.Raw())
		}
		// It is the same version all the same: what the phone changes from it is taken.
		client.Call("PATCH", path, object{"name": "Chris"}, "If-Match", evening.Header.Get("ETag")).Want(http.StatusOK)
		client.Call("PATCH", path, object{"name": "Chris"}, "If-Match", evening.Header.Get("ETag")).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
	})
}

func TestAWriteAnswersWithTheTagThatReadingItHas(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		made := client.Post("/v1/me/goals", object{"text": "Be at the wedding, sober."}).Want(http.StatusCreated)
		path := "/v1/me/goals/" + made.Text("id")
		client.Call("GET", path, nil, "If-None-Match", made.Header.Get("ETag")).Want(http.StatusNotModified)
		changed := client.Patch(path, object{"status": "reached"}).Want(http.StatusOK)
		client.Call("GET", path, nil, "If-None-Match", changed.Header.Get("ETag")).Want(http.StatusNotModified)
		client.Call("GET", path, nil, "If-None-Match", made.Header.Get("ETag")).Want(http.StatusOK)
	})
}
