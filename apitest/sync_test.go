package apitest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// replica is a phone that reads the feed and nothing else.
type replica struct {
	*apitest.Person
	limit  int
	cursor string
	held   map[string]object // by kind and id
}

func (p *replica) ask() apitest.Reply {
	path := fmt.Sprintf("/v1/me/sync?limit=%d", p.limit)
	if p.cursor != "" {
		path += "&cursor=" + url.QueryEscape(p.cursor)
	}
	return p.Get(path).Want(http.StatusOK)
}

// page takes one page as openapi.yaml says and returns it.
func (p *replica) page() apitest.Reply {
	reply := p.ask()
	if reply.Object["reset"].(bool) {
		p.held = map[string]object{}
	}
	if profile, changed := reply.Object["profile"].(map[string]any); changed {
		p.held["profile"] = profile
	}
	for kind, list := range map[string]string{"session": "sessions", "assignment": "assignments", "practice": "practice", "contact": "contacts",
		"reach_out": "reach_outs", "goal": "goals", "meeting": "meetings"} {
		for _, item := range reply.Object[list].([]any) {
			p.held[kind+" "+item.(map[string]any)["id"].(string)] = item.(map[string]any)
		}
	}
	for _, consent := range reply.Object["consents"].([]any) {
		p.held["consent "+consent.(map[string]any)["kind"].(string)] = consent.(map[string]any)
	}
	for _, gone := range reply.Object["gone"].([]any) {
		gone := gone.(map[string]any)
		delete(p.held, gone["kind"].(string)+" "+gone["id"].(string))
	}
	p.cursor = reply.Text("next_cursor")
	return reply
}

// sync takes page after page until there is no more.
func (p *replica) sync() *replica {
	p.T.Helper()
	for p.page().Object["more"].(bool) {
	}
	return p
}

// seen is all that the lists show this person, as a replica holds it. Homework is read whole where its list item is not
// what the replica holds.
func (p *replica) seen() map[string]object {
	all := map[string]object{"profile": p.Get("/v1/me").Want(http.StatusOK).Object}
	add := func(kind, path, id string) []object {
		var items []object
		for cursor := ""; ; {
			reply := p.Get(path + "limit=200" + cursor).Want(http.StatusOK)
			items = append(items, reply.Items()...)
			if reply.Object["next_cursor"] == nil {
				break
			}
			cursor = "&cursor=" + url.QueryEscape(reply.Text("next_cursor"))
		}
		for _, item := range items {
			all[kind+" "+item.Text(id)] = item
		}
		return items
	}
	add("session", "/v1/me/sessions?from=2025-01-01T00:00:00Z&to=2029-01-01T00:00:00Z&", "id")
	for _, item := range add("assignment", "/v1/me/assignments?", "id") {
		held, known := p.held["assignment "+item.Text("id")]
		if whole := maps.Clone(held); known {
			for _, more := range []string{"fields", "draft", "submissions", "reviews"} {
				delete(whole, more)
			}
			known = cmp.Equal(whole, item)
		}
		if item = held; !known {
			item = p.Get("/v1/me/assignments/" + item.Text("id")).Want(http.StatusOK).Object
		}
		all["assignment "+item.Text("id")] = item
		if item["practice"] != nil {
			add("practice", "/v1/me/assignments/"+item.Text("id")+"/practice?", "id")
		}
	}
	add("contact", "/v1/me/contacts?", "id")
	add("reach_out", "/v1/me/reach-outs?", "id")
	add("goal", "/v1/me/goals?", "id")
	add("meeting", "/v1/me/meetings?", "id")
	add("consent", "/v1/me/consents?", "kind")
	return all
}

// mustHoldWhatIsSeen compares the replica with the lists. Whether a contact is reachable is of the moment.
func (p *replica) mustHoldWhatIsSeen(after string) {
	p.T.Helper()
	seen := p.seen()
	for _, all := range []map[string]object{p.held, seen} {
		for key, thing := range all {
			if strings.HasPrefix(key, "contact ") {
				thing = maps.Clone(thing)
				delete(thing, "reachable_now")
				delete(thing, "reachable_from")
				all[key] = thing
			}
		}
	}
	if diff := cmp.Diff(seen, p.held); diff != "" {
		p.T.Errorf("after %s the lists (-) and what the feed told (+) differ:\n%s", after, diff)
	}
}

func replicaOf(p *apitest.Person) *replica { return &replica{Person: p, limit: 200} }

func TestEveryWriteThatAClientCanSeeIsToldByTheFeed(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		phones := []*replica{replicaOf(c.client).sync(), replicaOf(c.fellow).sync()}
		for _, op := range operations() {
			if spec[op.id].method == "GET" || op.who == "anyone" || op.id == "logOut" {
				continue
			}
			a := op.ask(c)
			for _, phone := range phones {
				phone.sync() // what made the request ready
			}
			spec[op.id].does(c.right(op, a), a)
			for _, phone := range phones {
				phone.sync().mustHoldWhatIsSeen(op.id)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	})
}

func TestAPhoneCanBeginAnewAtAnyTimeAndHoldsTheSame(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			if op.who != "anyone" && op.id != "logOut" && spec[op.id].method != "GET" {
				a := op.ask(c)
				spec[op.id].does(c.right(op, a), a)
			}
		}
		for _, limit := range []int{200, 7, 1} {
			phone := &replica{Person: c.client, limit: limit}
			if first := phone.page(); first.Object["reset"] != true || len(first.Object["gone"].([]any)) > 0 {
				t.Errorf("a new phone is told %s", first.Raw())
			}
			phone.sync().mustHoldWhatIsSeen(fmt.Sprint("pages of ", limit))
			if idle := phone.page(); idle.Object["reset"] != false || idle.Object["profile"] != nil || idle.Object["more"] != false {
				t.Errorf("though nothing changed: %s", idle.Raw())
			}
		}
	})
}

func TestWhatGoesWhileAPhoneReadsPageAfterPageIsTold(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		contact := func(name string) string {
			return client.Post("/v1/me/contacts", object{"name": name, "relation": "sober_peer", "phone": "+12015550142"}).Want(http.StatusCreated).Text("id")
		}
		remove := func(id string) { client.Delete("/v1/me/contacts/" + id).Want(http.StatusOK) }
		early, late, never := contact("Early"), contact("Late"), contact("Never")
		remove(never)
		phone := &replica{Person: client, limit: 1}
		for phone.held["contact "+early] == nil {
			phone.page()
		}
		remove(early)
		remove(late)
		last := contact("Last")
		gone := map[string]bool{}
		for more := true; more; {
			reply := phone.page()
			for _, g := range reply.Object["gone"].([]any) {
				gone[g.(map[string]any)["id"].(string)] = true
			}
			more = reply.Object["more"].(bool)
		}
		phone.mustHoldWhatIsSeen("all pages")
		if !gone[early] || gone[never] || phone.held["contact "+last] == nil {
			t.Errorf("gone %v of early %s, never %s", gone, early, never)
		}
	})
}

func TestAThingThatChangesOftenIsToldOnceAsItIs(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		phone := replicaOf(client).sync()
		id := client.Post("/v1/me/goals", object{"text": "One"}).Want(http.StatusCreated).Text("id")
		for _, text := range []string{"Two", "Three", "Four"} {
			client.Patch("/v1/me/goals/"+id, object{"text": text}).Want(http.StatusOK)
		}
		goals := phone.page().Object["goals"].([]any)
		if len(goals) != 1 || goals[0].(map[string]any)["text"] != "Four" {
			t.Errorf("told %v", goals)
		}
	})
}

func TestAfterARestoredBackupAPhoneBeginsAnew(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		phone := replicaOf(client).sync()
		client.Post("/v1/me/goals", object{"text": "Be at the wedding, sober."}).Want(http.StatusCreated)
		phone.sync()
		w.Rows("DELETE FROM changes WHERE client_id = $1 AND kind = 'goal'", client.ID)
		w.Rows("DELETE FROM goals WHERE client_id = $1", client.ID)
		w.Rows("UPDATE sequences SET last = last - 1 WHERE user_id = $1", client.ID)
		if phone.ask().Object["reset"] != true {
			t.Error("the phone goes on from a state that the record does not know")
		}
		phone.sync().mustHoldWhatIsSeen("the backup")
	})
}

func TestOnceTheOperatorSaysThatABackupWasRestoredAPhoneBeginsAnewHoweverMuchWasWrittenSince(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		phone := replicaOf(client).sync()
		lost := client.Post("/v1/me/goals", object{"text": "Be at the wedding, sober."}).Want(http.StatusCreated).Text("id")
		phone.sync()
		w.Rows("DELETE FROM changes WHERE subject_id = $1", lost)
		w.Rows("DELETE FROM goals WHERE id = $1", lost)
		w.Rows("UPDATE sequences SET last = last - 1 WHERE user_id = $1", client.ID)
		for _, text := range []string{"One", "Two"} {
			client.Post("/v1/me/goals", object{"text": text}).Want(http.StatusCreated)
		}
		if err := w.Store.Restored(t.Context()); err != nil {
			t.Fatal(err)
		}
		if phone.ask().Object["reset"] != true {
			t.Error("the phone goes on from a state that the record does not know")
		}
		phone.sync().mustHoldWhatIsSeen("the backup")
		if phone.ask().Object["reset"] != false {
			t.Error("it begins anew each time")
		}
	})
}

func TestAFeedsCursorIsOnePersonsAndCannotBeAltered(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		one, other := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		cursor := replicaOf(one).sync().cursor
		one.Get("/v1/me/sync?cursor=" + cursor).Want(http.StatusOK)
		other.Get("/v1/me/sync?cursor=" + cursor).WantField("cursor")
		one.Get("/v1/me/goals?cursor=" + cursor).WantField("cursor")
		flipped := []byte(cursor)
		flipped[len(flipped)/2] ^= 1
		one.Get("/v1/me/sync?cursor=" + url.QueryEscape(string(flipped))).WantField("cursor")
		one.Get("/v1/me/sync?limit=0").WantField("limit")
	})
}
