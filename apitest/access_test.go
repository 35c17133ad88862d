package apitest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// cast are the people of a world in which every route is tried.
type cast struct {
	*apitest.World
	counselor, client *apitest.Person
	fellow            *apitest.Person // another client of the same counselor
	family            *apitest.Person
	colleague         *apitest.Person // a counselor of the same clinic who does not serve the client
	former            *apitest.Person // one who did
	cover             *apitest.Person // one who stands in for the counselor for an hour
	otherAdmin        *apitest.Person // of another clinic, as the next two
	otherCounselor    *apitest.Person
	otherClient       *apitest.Person
}

func newCast(w *apitest.World) *cast {
	c := &cast{World: w, counselor: w.Admin.NewCounselor("Dana Counselor")}
	c.client = c.counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
	c.fellow = c.counselor.NewClient("Casey Client")
	c.family = c.counselor.NewClient("Pat Family")
	c.Rows("UPDATE users SET role = 'family' WHERE id = $1 RETURNING id", c.family.ID)
	c.colleague, c.former, c.cover = w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Kim"), w.Admin.NewCounselor("Sam")
	served := w.Admin.Post("/v1/caseload", object{"counselor_id": c.former.ID, "client_id": c.client.ID}).Want(http.StatusCreated).Text("id")
	c.former.Get("/v1/clients/" + c.client.ID).Want(http.StatusOK)
	w.Clock.Advance(time.Minute)
	w.Admin.Delete("/v1/caseload/" + served).Want(http.StatusNoContent)
	until := w.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	w.Admin.Post("/v1/caseload", object{"counselor_id": c.cover.ID, "covers_id": c.counselor.ID, "until": until}).Want(http.StatusCreated)
	c.otherAdmin = w.NewClinic("Hillside", "Hillside", "America/Chicago")
	c.otherCounselor = c.otherAdmin.NewCounselor("Max")
	c.otherClient = c.otherCounselor.NewClient("Toni")
	for _, kind := range []string{"push", "aftercare"} {
		c.client.Put("/v1/me/consents/"+kind, object{"text_version": "of-robin", "granted": true}).Want(http.StatusOK)
	}
	c.session()
	return c
}

func (c *cast) now() string { return c.Clock.Now().UTC().Format(time.RFC3339) }

func (c *cast) newClientID() string {
	return c.counselor.Post("/v1/clients", object{"name": "Jordan"}).Want(http.StatusCreated).Text("id")
}

func (c *cast) newStaffID() string {
	return c.Admin.Post("/v1/staff", object{"role": "counselor", "name": "Sam", "email": uuid7() + "@clinic.example"}).Want(http.StatusCreated).Text("id")
}

func (c *cast) series(clients ...*apitest.Person) string {
	return c.counselor.NewSeries(object{"title": "Check-in", "kind": "individual", "local_start": tuesday, "duration_minutes": 60, "place": "Room 2"}, clients...)
}

func (c *cast) firstOf(series string) string {
	return c.Rows("SELECT id FROM sessions WHERE series_id = $1 ORDER BY starts_at", series)[0]
}

// begun is a session with the client that began a while ago and is still on.
func (c *cast) begun(kind string) string {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		c.T.Fatal(err)
	}
	return c.firstOf(c.counselor.NewSeries(object{"title": "Now", "kind": kind, "local_start": c.Clock.Now().In(newYork).Add(-time.Minute).Format("2006-01-02T15:04:05"),
		"duration_minutes": 240}, c.client))
}

func (c *cast) meeting() string {
	return c.client.Post("/v1/me/meetings", object{"title": "Home group", "local_start": tuesday, "duration_minutes": 60}).Want(http.StatusCreated).Text("id")
}

// session is one with the client.
func (c *cast) session() string {
	return c.Rows("SELECT id FROM sessions WHERE series_id = $1", c.series(c.client))[0]
}

func (c *cast) homework() string { return c.counselor.NewHomework(c.client, "2026-11-20T22:00:00Z") }

// practising is homework with fields and days to practise on.
func (c *cast) practising() string {
	return c.counselor.Post("/v1/clients/"+c.client.ID+"/assignments", object{"template": "trigger_log", "due": "2026-11-20T22:00:00Z",
		"practice": object{"rule": "FREQ=DAILY;COUNT=14"}}).Want(http.StatusCreated).Text("id")
}

func (c *cast) practised() string {
	id := c.practising()
	c.client.Post("/v1/me/assignments/"+id+"/practice", object{"note": "Before work."}).Want(http.StatusCreated)
	return id
}

func (c *cast) submitted() string {
	id := c.homework()
	c.client.Post("/v1/me/assignments/"+id+"/submit", object{"text": "Three triggers."}).Want(http.StatusOK)
	return id
}

func (c *cast) contact() string {
	return c.client.Post("/v1/me/contacts", object{"name": "Chris W.", "relation": "sober_peer", "phone": "+12015550142"}).Want(http.StatusCreated).Text("id")
}

// share shows a contact of the client's to their counselor.
func (c *cast) share(contact string) {
	c.client.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
	c.client.Patch("/v1/me/contacts/"+contact, object{"shared": true}).Want(http.StatusOK)
}

func (c *cast) reachOut() string {
	return c.client.Post("/v1/me/contacts/"+c.contact()+"/reach-outs", object{}).Want(http.StatusCreated).Text("id")
}

func (c *cast) goal() string {
	return c.client.Post("/v1/me/goals", object{"text": "Be at the wedding, sober."}).Want(http.StatusCreated).Text("id")
}

// right is who makes the request as it should be made.
func (c *cast) right(op operation, a ask) *apitest.Person {
	switch {
	case a.as != nil:
		return a.as
	case op.who == "anyone":
		return c.Nobody()
	case op.who == "counselor":
		return c.counselor
	case op.who == "admin":
		return c.Admin
	}
	return c.client
}

// wrongRoles are people whose role may not use the route at all.
func (c *cast) wrongRoles(op operation) []*apitest.Person {
	people := map[string]*apitest.Person{"client": c.client, "family": c.family, "counselor": c.counselor, "admin": c.Admin}
	var wrong []*apitest.Person
	for role, p := range people {
		if op.who != "anyone" && op.who != "signed-in" && op.who != role {
			wrong = append(wrong, p)
		}
	}
	return wrong
}

// strangers are people of the right role whose business it is not.
func (c *cast) strangers(op operation) map[string]*apitest.Person {
	switch op.who {
	case "client":
		return map[string]*apitest.Person{"another client": c.fellow, "another clinic's client": c.otherClient}
	case "counselor":
		return map[string]*apitest.Person{"a counselor outside the caseload": c.colleague, "a former counselor": c.former,
			"another clinic's counselor": c.otherCounselor}
	case "admin":
		return map[string]*apitest.Person{"another clinic's admin": c.otherAdmin}
	}
	return map[string]*apitest.Person{"another client": c.fellow, "the counselor": c.counselor, "a family member": c.family,
		"another clinic's client": c.otherClient}
}

func done(r apitest.Reply) bool { return r.Status >= 200 && r.Status < 300 }

// shares says whether what one person got is in what another got: an item of the list, or the thing itself.
func shares(theirs, rights apitest.Reply) bool {
	var items, others []string
	for _, item := range rights.Items() {
		text, _ := json.Marshal(item)
		items = append(items, string(text))
	}
	for _, item := range theirs.Items() {
		text, _ := json.Marshal(item)
		others = append(others, string(text))
	}
	id := rights.Text("id")
	return id != "" && id == theirs.Text("id") || slices.ContainsFunc(others, func(item string) bool { return slices.Contains(items, item) })
}

// refused fails the test unless a stranger got what they should for a request that is somebody else's.
func (op operation) refused(t *testing.T, who string, theirs, rights apitest.Reply) {
	t.Helper()
	switch {
	case op.stranger == theirOwn:
		if !done(theirs) || shares(theirs, rights) {
			t.Errorf("%s: %s gets %d %s", op.id, who, theirs.Status, theirs.Raw())
		}
	case op.stranger != alone && theirs.Status != op.stranger:
		t.Errorf("%s: %s gets %d, want %d: %s", op.id, who, theirs.Status, op.stranger, theirs.Raw())
	}
}

func TestEachRouteIsOnlyForWhomItIs(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			does, a := spec[op.id].does, op.ask(c)
			if op.who != "anyone" {
				does(w.Nobody(), a).WantProblem(http.StatusUnauthorized, "unauthenticated")
				does(w.Nobody(), a, "Authorization", "Bearer hr_"+uuid7()).WantProblem(http.StatusUnauthorized, "unauthenticated")
				does(w.Nobody(), a, "Authorization", "Basic "+c.right(op, a).Token).WantProblem(http.StatusUnauthorized, "unauthenticated")
			}
			for _, p := range c.wrongRoles(op) {
				does(p, a).WantProblem(http.StatusForbidden, "role_not_allowed")
			}
			theirs := map[string]apitest.Reply{}
			for who, p := range c.strangers(op) {
				if op.stranger != alone {
					theirs[who] = does(p, a)
				}
			}
			rights := does(c.right(op, a), a)
			if !done(rights) {
				t.Errorf("%s: the right person gets %d %s", op.id, rights.Status, rights.Raw())
			}
			if items, isList := rights.Object["items"]; isList && op.stranger == theirOwn && len(items.([]any)) == 0 {
				t.Errorf("%s: the list is empty, so it shows nothing", op.id)
			}
			for who, reply := range theirs {
				op.refused(t, who, reply, rights)
			}
		}
	})
}

func TestACoveringCounselorSeesTheRecordsUntilTheCoverageEnds(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		var theirs []operation
		for _, op := range operations() {
			if op.who == "counselor" {
				theirs = append(theirs, op)
			}
		}
		for _, op := range theirs {
			a := op.ask(c)
			delete(a.body, "facilitator_ids") // what they make alone stays theirs
			if got := spec[op.id].does(c.cover, a); !done(got) {
				t.Errorf("%s: the covering counselor gets %d %s", op.id, got.Status, got.Raw())
			} else if op.stranger == theirOwn && !shares(got, spec[op.id].does(c.counselor, a)) {
				t.Errorf("%s: the covering counselor does not see the colleague's: %s", op.id, got.Raw())
			}
		}
		w.Clock.Advance(time.Hour)
		for _, op := range theirs {
			a := op.ask(c)
			got := spec[op.id].does(c.cover, a)
			op.refused(t, "a counselor whose coverage ended", got, spec[op.id].does(c.counselor, a))
		}
	})
}

func TestCoverageBeginsWhenItBeginsAndNotBefore(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, cover := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Sam")
		client := counselor.NewClient("Robin")
		w.Admin.Post("/v1/caseload", object{"counselor_id": cover.ID, "covers_id": counselor.ID, "from": "2026-11-02T16:00:00Z",
			"until": "2026-11-02T17:00:00Z"}).Want(http.StatusCreated)
		for at, status := range map[string]int{"2026-11-02T15:59:59Z": 404, "2026-11-02T16:00:00Z": 200, "2026-11-02T16:59:59Z": 200, "2026-11-02T17:00:00Z": 404} {
			w.Clock.Set(t, at)
			cover.Get("/v1/clients/" + client.ID).Want(status)
		}
	})
}

func TestAFacilitatorSeesTheNamesOfTheRosterAndNothingElseOfOthersClients(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		series := c.counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": tuesday, "duration_minutes": 60,
			"facilitator_ids": []string{c.colleague.ID}}, c.client)
		homework := c.homework()
		if names := c.colleague.Get("/v1/series/" + series + "/roster").Want(http.StatusOK).Items(); len(names) != 1 || names[0].Text("name") != "Robin Client" {
			t.Errorf("the roster is %v", names)
		}
		for _, path := range []string{"", "/episodes", "/sessions", "/assignments", "/contacts", "/goals", "/reminders"} {
			c.colleague.Get("/v1/clients/" + c.client.ID + path).Want(http.StatusNotFound)
		}
		c.colleague.Get("/v1/assignments/" + homework).Want(http.StatusNotFound)
		c.colleague.Post("/v1/series/"+series+"/roster", object{"client_id": c.fellow.ID}).WantField("client_id")
		for _, session := range c.client.Get("/v1/me/sessions").Want(http.StatusOK).Items() {
			for field := range session {
				if slices.Contains([]string{"roster", "clients", "participants", "facilitators"}, field) {
					t.Errorf("a client's session tells who else comes: %s", field)
				}
			}
		}
	})
}
