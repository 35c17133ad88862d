package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"handrail/apitest"
)

func TestAGoalIsTheClientsAndTheCounselorsWordsReachThem(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin")
		goal := client.Post("/v1/me/goals", object{"text": "The wedding, sober.", "target_on": "2026-12-05"}).Want(http.StatusCreated)
		path := "/v1/me/goals/" + goal.Text("id")
		said := object{"id": uuid7(), "text": "Who could you call from there?"}
		comment := counselor.Post("/v1/goals/"+goal.Text("id")+"/comments", said).Want(http.StatusCreated)
		w.Clock.Advance(time.Minute)
		if again := counselor.Post("/v1/goals/"+goal.Text("id")+"/comments", said).Want(http.StatusCreated); again.Raw() != comment.Raw() {
			t.Errorf("sent twice: %s", again.Raw())
		}
		counselor.Post("/v1/goals/"+goal.Text("id")+"/comments", object{"text": "And on the way home?"}).Want(http.StatusCreated)
		client.Call("PATCH", path, object{"status": "reached"}, "If-Match", goal.Header.Get("ETag")).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		read := client.Get(path).Want(http.StatusOK)
		var words []string
		for _, c := range read.Object["comments"].([]any) {
			c := object(c.(map[string]any))
			words = append(words, c.Text("author_name")+": "+c.Text("text")+" "+c.Text("created_at"))
		}
		want := "Dana Counselor: Who could you call from there? 2026-11-02T14:00:00Z|Dana Counselor: And on the way home? 2026-11-02T14:01:00Z"
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("the client reads %s", got)
		}
		changed := client.Call("PATCH", path, object{"status": "reached", "target_on": nil}, "If-Match", read.Header.Get("ETag")).Want(http.StatusOK)
		seen := counselor.Get("/v1/clients/" + client.ID + "/goals").Want(http.StatusOK).Items()
		if len(seen) != 1 || seen[0].Text("status") != "reached" || seen[0]["target_on"] != nil || seen[0].Text("text") != "The wedding, sober." {
			t.Errorf("the counselor sees %v, the client %s", seen, changed.Raw())
		}
	})
}

func TestWhatACounselorSaidToAGoalIsNotDeletedWithIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		goal := c.goal()
		c.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": "Well begun."}).Want(http.StatusCreated)
		c.client.Delete("/v1/me/goals/"+goal).WantProblem(http.StatusConflict, "commented_on")
		c.client.Patch("/v1/me/goals/"+goal, object{"status": "set_aside"}).Want(http.StatusOK)
		gone := c.goal()
		c.client.Delete("/v1/me/goals/" + gone).Want(http.StatusNoContent)
		c.counselor.Post("/v1/goals/"+gone+"/comments", object{"text": "Well begun."}).Want(http.StatusNotFound)
		for range 5 { // whoever comes first: never words without their goal
			goal := c.goal()
			var deleted, said atomic.Bool
			together(2, func(i int) {
				if i == 0 {
					deleted.Store(c.client.Delete("/v1/me/goals/"+goal).Status == http.StatusNoContent)
				} else {
					said.Store(c.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": "Well begun."}).Status == http.StatusCreated)
				}
			})
			if deleted.Load() == said.Load() {
				t.Errorf("deleted %v, commented on %v", deleted.Load(), said.Load())
			}
		}
	})
}

func TestAGoalLeadsToTheClientsOwnHomeworkAndSessions(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, fellow := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		series := counselor.NewSeries(object{"title": "Skills", "kind": "skills", "local_start": tuesday, "duration_minutes": 60}, client)
		session, homework := counselor.SessionsOf(series)[0].Text("id"), counselor.NewHomework(client, "2026-11-20T22:00:00Z")
		link := func(kind, id string) object { return object{"kind": kind, "id": id} }
		goal := client.Post("/v1/me/goals", object{"text": "Skills.", "links": []object{link("session", session), link("assignment", homework), link("session", session)}}).
			Want(http.StatusCreated)
		leads := func(want string) {
			t.Helper()
			for _, g := range []any{client.Get("/v1/me/goals/" + goal.Text("id")).Object["links"], counselor.Get("/v1/clients/" + client.ID + "/goals").Items()[0]["links"]} {
				if got := fmt.Sprint(g); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			}
		}
		both := fmt.Sprintf("[map[id:%s kind:session] map[id:%s kind:assignment]]", session, homework)
		leads(both)
		for _, theirs := range []object{link("session", counselor.NewSession("group", "2026-11-11T18:00", fellow)), link("assignment", uuid7()),
			link("assignment", counselor.NewHomework(fellow, "2026-11-20T22:00:00Z")), link("assignment", session)} {
			client.Post("/v1/me/goals", object{"text": "Theirs.", "links": []object{link("assignment", homework), theirs}}).WantField("links[1].id")
			client.Patch("/v1/me/goals/"+goal.Text("id"), object{"links": []object{theirs}}).WantField("links[0].id")
		}
		leads(both)
		counselor.Delete("/v1/series/" + series + "/roster/" + client.ID).Want(http.StatusNoContent)
		client.Post("/v1/me/goals", object{"text": "Left.", "links": []object{link("session", session)}}).WantField("links[0].id")
		client.Patch("/v1/me/goals/"+goal.Text("id"), object{"text": "Skills, still.", "links": []object{link("session", session)}}).Want(http.StatusOK)
		leads(fmt.Sprintf("[map[id:%s kind:session]]", session))
		client.Patch("/v1/me/goals/"+goal.Text("id"), object{"links": []object{}}).Want(http.StatusOK)
		leads("[]")
		if n := w.Count("goals", "client_id = $1", client.ID); n != 1 {
			t.Errorf("%d goals: what was refused was written", n)
		}
	})
}

func TestThatAGoalLeadsToAMeetingOfTheirOwnTheClientAloneSees(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": tuesday, "duration_minutes": 60}).Want(http.StatusCreated)
		meeting := w.Rows("SELECT id FROM sessions")[0]
		client.Post("/v1/me/goals", object{"text": "Ninety in ninety.", "links": []object{{"kind": "session", "id": meeting},
			{"kind": "assignment", "id": counselor.NewHomework(client, "2026-11-20T22:00:00Z")}}}).Want(http.StatusCreated)
		for _, path := range []string{"/goals", "/export"} {
			mine, theirs := client.Get("/v1/me"+path).Want(http.StatusOK).Raw(), counselor.Get("/v1/clients/"+client.ID+path).Want(http.StatusOK).Raw()
			if !strings.Contains(mine, meeting) || strings.Contains(theirs, meeting) || !strings.Contains(theirs, `"kind":"assignment"`) {
				t.Errorf("the client reads %s, and the counselor %s", mine, theirs)
			}
		}
	})
}

func TestTheFeedTellsOfThePeopleAndPlansOfAClient(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		numbers := func(p *apitest.Person) string {
			return w.Rows("SELECT last FROM sequences WHERE user_id = $1", p.ID)[0]
		}
		fellows, last := numbers(c.fellow), 0
		tells := func(what, kind, id string, deleted bool) {
			t.Helper()
			condition := map[bool]string{true: "deleted", false: "NOT deleted"}[deleted]
			if w.Count("changes", "client_id = $1 AND kind = $2 AND subject_id = $3 AND seq = $4 AND "+condition, c.client.ID, kind, id, number(t, numbers(c.client))) != 1 {
				t.Errorf("%s is not the newest in the feed", what)
			}
			if now := number(t, numbers(c.client)); now <= last {
				t.Errorf("%s took no number", what)
			} else {
				last = now
			}
		}
		contact := c.contact()
		reachOut := c.client.Post("/v1/me/contacts/"+contact+"/reach-outs", object{}).Want(http.StatusCreated).Text("id")
		tells("a reach-out", "reach_out", reachOut, false)
		c.client.Delete("/v1/me/reach-outs/" + reachOut).Want(http.StatusOK)
		tells("a reach-out that is forgotten", "reach_out", reachOut, true)
		imported := c.client.Post("/v1/me/contacts/import", object{"contacts": []object{{"name": "P", "relation": "other", "phone": "+12015550143"}}}).Want(http.StatusCreated)
		tells("an import", "contact", imported.Object["imported"].([]any)[0].(map[string]any)["id"].(string), false)
		goal := c.goal()
		tells("a goal", "goal", goal, false)
		c.client.Patch("/v1/me/goals/"+goal, object{"position": 1}).Want(http.StatusOK)
		tells("a changed goal", "goal", goal, false)
		c.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": "Well begun."}).Want(http.StatusCreated)
		tells("a comment", "goal", goal, false)
		other := c.goal()
		c.client.Delete("/v1/me/goals/" + other).Want(http.StatusNoContent)
		tells("a goal that is deleted", "goal", other, true)
		c.client.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		tells("a consent", "consent", "share_contacts", false)
		c.counselor.Get("/v1/clients/" + c.client.ID + "/contacts").Want(http.StatusOK)
		c.counselor.Get("/v1/clients/" + c.client.ID + "/goals").Want(http.StatusOK)
		if number(t, numbers(c.client)) != last || numbers(c.fellow) != fellows {
			t.Error("a reading took a number, or another client's feed moved")
		}
	})
}
