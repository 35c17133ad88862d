package apitest_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

func (d described) takes(header string) bool {
	for _, p := range d.Parameters {
		if p.Value.In == "header" && p.Value.Name == header {
			return true
		}
	}
	return false
}

func TestVersionsAndKeysAreReadWhereTheContractSaysSoAndNowhereElse(t *testing.T) {
	wrong := map[string][]string{
		"If-Match":        {"3", "", `W/"3"`, `"3", "4"`, "*", `"-1"`, `"x"`, `""`, `"99999999999999999999"`},
		"Idempotency-Key": {"two words", "", "a\tb", "é", string(slices.Repeat([]byte("x"), 65))},
	}
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			for header, values := range wrong {
				if !spec[op.id].takes(header) {
					values = values[:1]
				}
				for _, value := range values {
					a := op.ask(c)
					got := spec[op.id].does(c.right(op, a), a, header, value)
					if refused := got.Status == http.StatusUnprocessableEntity && names(got, header); refused != spec[op.id].takes(header) || !refused && !done(got) {
						t.Errorf("%s with %s: %s: %d %s", op.id, header, value, got.Status, got.Raw())
					}
				}
			}
		}
	})
}

func TestAChangeOfAnOldVersionIsRefusedAndTellsWhichStands(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			if !spec[op.id].takes("If-Match") {
				continue
			}
			a := op.ask(c)
			person, before := c.right(op, a), c.Stored()
			old := spec[op.id].does(person, a, "If-Match", `"9999"`)
			if old.Status != http.StatusPreconditionFailed || old.Text("code") != "version_mismatch" || old.Header.Get("ETag") == "" || old.Object["current_version"] == nil {
				t.Errorf("%s: %d %s", op.id, old.Status, old.Raw())
				continue
			}
			unchanged(t, before, c.Stored())
			current := old.Header.Get("ETag")
			fresh := spec[op.id].does(person, a, "If-Match", current)
			if !done(fresh) {
				t.Errorf("%s of the version that stands: %d %s", op.id, fresh.Status, fresh.Raw())
			}
			if fresh.Object["version"] != nil && fresh.Header.Get("ETag") == current {
				t.Errorf("%s: the version stays %s", op.id, current)
			}
		}
	})
}

func TestACallThatIsSentTwiceIsDoneOnce(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			if !spec[op.id].takes("Idempotency-Key") {
				continue
			}
			twice(t, c, op, spec[op.id], "Idempotency-Key", "key-of-"+op.id)
			if _, choosesID := op.ask(c).body["id"]; choosesID {
				twice(t, c, op, spec[op.id])
			}
		}
	})
}

func twice(t *testing.T, c *cast, op operation, d described, headers ...string) {
	t.Helper()
	a := op.ask(c)
	person := c.right(op, a)
	first := d.does(person, a, headers...)
	stored := c.Stored()
	again := d.does(person, a, headers...)
	if !done(first) || again.Status != first.Status || again.Header.Get("ETag") != first.Header.Get("ETag") || cmp.Diff(first.Object, again.Object) != "" {
		t.Errorf("%s: first %d %s\nagain %d %s", op.id, first.Status, first.Raw(), again.Status, again.Raw())
	}
	unchanged(t, stored, c.Stored("audit_events"))
	if a.body == nil {
		return
	}
	other := maps.Clone(a.body)
	for field, value := range map[string]any{"name": "Another", "title": "Another", "text": "Another", "comment": "Another", "reason": "other", "level": "aftercare",
		"until": "2026-12-24T00:00:00Z", "from_session_id": uuid7(), "duration_minutes": 45, "session_ids": []any{c.session()}, "note": "Another",
		"contacts": []any{object{"name": "Another", "relation": "other", "phone": "+12015550188"}}} {
		if _, has := other[field]; has {
			other[field] = value
		}
	}
	d.does(person, ask{path: a.path, body: other}, headers...).WantProblem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	unchanged(t, stored, c.Stored("series", "sessions", "roster", "facilitators", "session_facilitators", "reminders", "pushes", "changes", "sequences", "audit_events"))
}

func TestAKeyIsForgottenAfterThirtyDaysAndIsThePersonsOwn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		one, other := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		contact := object{"name": "Chris W.", "relation": "sober_peer", "phone": "+12015550142"}
		add := func(p *apitest.Person, body object) apitest.Reply {
			return p.Call("POST", "/v1/me/contacts", body, "Idempotency-Key", "k")
		}
		first := add(one, contact).Want(http.StatusCreated)
		if add(other, contact).Want(http.StatusCreated).Text("id") == first.Text("id") {
			t.Error("one client's key answered another")
		}
		w.Clock.Set(t, "2026-12-02T13:59:59Z")
		if add(one, contact).Want(http.StatusCreated).Text("id") != first.Text("id") {
			t.Error("forgotten before its time")
		}
		w.Clock.Set(t, "2026-12-02T14:00:00Z")
		if add(one, contact).Want(http.StatusCreated).Text("id") == first.Text("id") {
			t.Error("remembered for more than 30 days")
		}
	})
}

func TestAnIdThatIsTakenOrWhoseThingIsGoneSaysSo(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		one, other := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		contact := object{"id": uuid7(), "name": "Chris W.", "relation": "sober_peer", "phone": "+12015550142"}
		one.Post("/v1/me/contacts", contact).Want(http.StatusCreated)
		other.Post("/v1/me/contacts", contact).WantProblem(http.StatusConflict, "id_taken")
		counselor.Post("/v1/clients", object{"id": one.ID, "name": "Jordan"}).WantProblem(http.StatusConflict, "id_taken")
		one.Delete("/v1/me/contacts/" + contact["id"].(string)).Want(http.StatusOK)
		one.Post("/v1/me/contacts", contact).WantProblem(http.StatusConflict, "already_gone")
		if n := w.Count("contacts", "1 = 1"); n != 0 {
			t.Errorf("%d contacts", n)
		}
	})
}
