package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// desk is a counselor with a client, and the ways in which homework goes between them.
type desk struct {
	*apitest.World
	counselor, client *apitest.Person
}

func onDesk(t *testing.T, f func(t *testing.T, d *desk)) {
	t.Helper()
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		f(t, &desk{w, counselor, counselor.NewClient("Robin Client")})
	})
}

func (d *desk) give(in object) apitest.Reply {
	for field, value := range (object{"due": "2026-11-10T22:00:00Z", "title": "Trigger log", "instructions": ""}) {
		if _, given := in[field]; !given && (field == "due" || in["template"] == nil) {
			in[field] = value
		}
	}
	return d.counselor.Post("/v1/clients/"+d.client.ID+"/assignments", in)
}

func (d *desk) given(in object) string {
	d.T.Helper()
	return d.give(in).Want(http.StatusCreated).Text("id")
}

func (d *desk) draft(id string, in object) apitest.Reply {
	return d.client.Put("/v1/me/assignments/"+id+"/draft", in)
}

func (d *desk) submit(id string, in object) apitest.Reply {
	return d.client.Post("/v1/me/assignments/"+id+"/submit", in)
}

func (d *desk) review(id, decision string) apitest.Reply {
	return d.counselor.Post("/v1/assignments/"+id+"/review", object{"decision": decision, "comment": "Tell me more about Sunday."})
}

func (d *desk) step(id, name string) apitest.Reply {
	switch name {
	case "draft":
		return d.draft(id, object{"text": "Half of it."})
	case "submit":
		return d.submit(id, object{"text": "All of it."})
	case "practice":
		return d.client.Post("/v1/me/assignments/"+id+"/practice", object{})
	case "update":
		return d.counselor.Patch("/v1/assignments/"+id, object{"title": "Another title"})
	case "return":
		return d.review(id, "returned")
	case "accept":
		return d.review(id, "accepted")
	}
	return d.counselor.Post("/v1/assignments/"+id+"/"+name, nil)
}

func TestHomeworkTakesItsStepsInOrderAndARefusalSaysWhichAreLeft(t *testing.T) {
	clients, counselors := []string{"draft", "submit", "practice"}, []string{"update", "receive", "return", "accept", "withdraw"}
	after := map[string]string{"draft": "started", "submit": "submitted", "receive": "submitted", "return": "returned", "accept": "accepted", "withdraw": "withdrawn"}
	ways := map[string][]string{"assigned": {}, "started": {"draft"}, "submitted": {"submit"}, "returned": {"submit", "return"},
		"accepted": {"receive", "accept"}, "withdrawn": {"withdraw"}}
	open := []string{"draft", "submit", "practice", "update", "receive", "withdraw"}
	allowed := map[string][]string{"assigned": open, "started": open, "returned": open, "submitted": {"practice", "return", "accept", "withdraw"},
		"accepted": {"practice"}, "withdrawn": {}}
	onDesk(t, func(t *testing.T, d *desk) {
		for status, way := range ways {
			for _, name := range slices.Concat(clients, counselors) {
				id := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=3"}})
				for _, step := range way {
					d.step(id, step).Want(http.StatusOK)
				}
				got := d.step(id, name)
				if slices.Contains(allowed[status], name) {
					if !done(got) {
						t.Errorf("%s, %s: %s", status, name, got.Raw())
					}
					if now := d.client.Get("/v1/me/assignments/" + id).Text("status"); after[name] != "" && now != after[name] || after[name] == "" && now != status {
						t.Errorf("%s, %s: then it is %s", status, name, now)
					}
					continue
				}
				got.WantProblem(http.StatusConflict, "wrong_step")
				theirs := clients
				if slices.Contains(counselors, name) {
					theirs = counselors
				}
				left := []any{}
				for _, step := range theirs {
					if slices.Contains(allowed[status], step) {
						left = append(left, step)
					}
				}
				if diff := cmp.Diff(any(left), got.Object["allowed_steps"]); diff != "" {
					t.Errorf("%s, %s: allowed steps: %s", status, name, diff)
				}
			}
		}
	})
}

func TestWhatWasReturnedAndAnsweredIsKeptRoundByRound(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{})
		d.submit(id, object{"text": "First try."}).Want(http.StatusOK)
		d.counselor.Post("/v1/assignments/"+id+"/review", object{"decision": "returned"}).WantField("comment")
		d.counselor.Post("/v1/assignments/"+id+"/review", object{"decision": "accepted", "due": "next_session"}).WantField("due")
		d.review(id, "returned").Want(http.StatusOK)
		d.Clock.Advance(time.Minute)
		d.counselor.Post("/v1/assignments/"+id+"/receive", nil).Want(http.StatusOK)
		done := d.counselor.Post("/v1/assignments/"+id+"/review", object{"decision": "accepted"}).Want(http.StatusOK)
		if seen := d.client.Get("/v1/me/assignments/" + id).Want(http.StatusOK); cmp.Diff(seen.Object, done.Object) != "" {
			t.Errorf("the client sees\n%s\nthe counselor\n%s", seen.Raw(), done.Raw())
		}
		var history []string
		for _, list := range []string{"submissions", "reviews"} {
			for _, item := range done.Object[list].([]any) {
				item := apitest.Object(item.(map[string]any))
				by, _ := item["reviewed_by"].(map[string]any)
				history = append(history, strings.TrimSpace(fmt.Sprintln(item["round"], item["on_paper"], item["text"], item["decision"], item["comment"], by["name"])))
			}
		}
		want := []string{"1 false First try. <nil> <nil> <nil>", "2 true <nil> <nil> <nil> <nil>",
			"1 <nil> <nil> returned Tell me more about Sunday. Dana Counselor", "2 <nil> <nil> accepted <nil> Dana Counselor"}
		if diff := cmp.Diff(want, history); diff != "" {
			t.Error(diff)
		}
		item := d.client.Get("/v1/me/assignments?status=accepted").Want(http.StatusOK).Items()[0]
		if s, v := item["submission"].(map[string]any), item["review"].(map[string]any); s["round"] != 2.0 || v["decision"] != "accepted" {
			t.Errorf("the list has %v", item)
		}
	})
}

func TestADraftIsTheClientsAloneUntilItIsSubmitted(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{})
		first := d.draft(id, object{"text": "Not for anybody yet."}).Want(http.StatusOK)
		stale := d.client.Call("PUT", "/v1/me/assignments/"+id+"/draft", object{"text": "From another phone."}, "If-Match", `"1"`)
		stale.WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		if kept := d.client.Get("/v1/me/assignments/" + id); kept.Object["draft"].(map[string]any)["text"] != "Not for anybody yet." ||
			kept.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("the client has %s", kept.Raw())
		}
		for _, path := range []string{"/v1/assignments/" + id, "/v1/assignments", "/v1/clients/" + d.client.ID + "/assignments"} {
			if seen := d.counselor.Get(path).Want(http.StatusOK); strings.Contains(seen.Raw(), "Not for anybody") {
				t.Errorf("the counselor sees the draft: %s", seen.Raw())
			}
		}
		if renamed := d.step(id, "update").Want(http.StatusOK); renamed.Object["draft"] != nil {
			t.Error("the counselor sees the draft in the answer to a change")
		}
		if sent := d.step(id, "submit").Want(http.StatusOK); sent.Object["draft"] != nil {
			t.Errorf("the draft is still there: %s", sent.Raw())
		}
		onPaper := d.given(object{})
		d.draft(onPaper, object{"text": "More than the paper holds."}).Want(http.StatusOK)
		d.step(onPaper, "receive").Want(http.StatusOK)
		if kept := d.client.Get("/v1/me/assignments/" + onPaper).Object["draft"]; kept == nil {
			t.Error("what the client wrote is lost because the counselor has it on paper")
		}
	})
}

func TestAnAnswerToWhatWasReadIsNotOneToWhatCameSince(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{})
		d.step(id, "submit").Want(http.StatusOK)
		read := d.counselor.Get("/v1/assignments/" + id).Want(http.StatusOK).Header.Get("ETag")
		d.step(id, "return").Want(http.StatusOK) // by a colleague, or on another screen
		d.submit(id, object{"text": "It was worse on Sunday than I said."}).Want(http.StatusOK)
		accept := object{"decision": "accepted"}
		d.counselor.Call("POST", "/v1/assignments/"+id+"/review", accept, "If-Match", read).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		seen := d.counselor.Get("/v1/assignments/" + id).Want(http.StatusOK)
		if seen.Text("status") != "submitted" {
			t.Errorf("what nobody has read is %s", seen.Raw())
		}
		again := func() apitest.Reply {
			return d.counselor.Call("POST", "/v1/assignments/"+id+"/review", accept, "If-Match", seen.Header.Get("ETag"), "Idempotency-Key", "k")
		}
		again().Want(http.StatusOK)
		again().Want(http.StatusOK) // the answer was lost: it is no change made from an old version
	})
}

func TestALongerDraftOfAnotherPhoneIsNotLostToAnOldScreen(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{})
		old := d.draft(id, object{"text": "Half."}).Want(http.StatusOK).Header.Get("ETag")
		d.draft(id, object{"text": "Half, and what matters."}).Want(http.StatusOK)
		d.client.Call("POST", "/v1/me/assignments/"+id+"/submit", object{"text": "Half."}, "If-Match", old).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		if kept := d.client.Get("/v1/me/assignments/" + id); kept.Object["draft"].(map[string]any)["text"] != "Half, and what matters." {
			t.Errorf("what is left: %s", kept.Raw())
		}
	})
}

func TestWorkFinishedOfflineSaysWhenItWas(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{})
		d.Clock.Set(t, "2026-11-05T14:00:00Z")
		for _, at := range []string{"2026-11-05T14:05:01Z", "2026-11-02T13:54:59Z"} {
			d.submit(id, object{"text": "Done.", "occurred_at": at}).WantField("occurred_at")
		}
		d.submit(id, object{"text": "Done.", "occurred_at": "2026-11-04T09:00:00Z"}).Want(http.StatusOK)
		fast := d.given(object{})
		got := d.submit(fast, object{"text": "Done.", "occurred_at": "2026-11-05T14:04:00Z"}).Want(http.StatusOK).Object["submission"].(map[string]any)
		if got["occurred_at"] != "2026-11-05T14:00:00Z" || got["submitted_at"] != "2026-11-05T14:00:00Z" {
			t.Errorf("a clock that is four minutes fast: %v", got)
		}
	})
}

func TestTheFeedTellsOfEveryStep(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=3"}})
		for _, step := range []string{"practice", "draft", "submit", "return", "update", "receive", "accept"} {
			version, seq := d.newest(id)
			if got := d.step(id, step); !done(got) {
				t.Fatal(got.Raw())
			}
			if nextVersion, nextSeq := d.newest(id); nextSeq <= seq || nextVersion <= version {
				t.Errorf("%s: version %d after %d, number %d after %d", step, nextVersion, version, nextSeq, seq)
			}
		}
		tap := d.client.Get("/v1/me/assignments/" + id + "/practice").Items()[0].Text("id")
		version, seq := d.newest(id)
		d.client.Delete("/v1/me/assignments/" + id + "/practice/" + tap).Want(http.StatusNoContent)
		if nextVersion, nextSeq := d.newest(id); nextSeq <= seq || nextVersion <= version {
			t.Error("a tap that was taken back is not told of")
		}
	})
}

func (d *desk) newest(id string) (version, seq int) {
	row := d.Rows("SELECT a.version, c.seq FROM assignments a JOIN changes c ON c.subject_id = a.id AND c.client_id = a.client_id WHERE a.id = $1", id)[0]
	_, _ = fmt.Sscan(row, &version, &seq)
	return version, seq
}
