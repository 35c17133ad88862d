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
	colleague         *apitest.Person   // a counselor of the same clinic who does not serve the client
	former            *apitest.Person   // one who did
	cover             *apitest.Person   // one who stands in for the counselor for an hour
	early, late       *apitest.Person   // who will, and who did
	facilitator       *apitest.Person   // who runs their groups with the counselor
	gone              []*apitest.Person // users of each role who are deactivated, with the tokens that they had
	otherAdmin        *apitest.Person   // of another clinic, as the next two
	otherCounselor    *apitest.Person
	otherClient       *apitest.Person
}

func newCast(w *apitest.World) *cast {
	c := &cast{World: w, counselor: w.Admin.NewCounselor("Dana Counselor")}
	c.client = c.counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
	c.fellow = c.counselor.NewClient("Casey Client")
	c.family = c.newOf("family")
	c.colleague, c.former, c.cover = w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Kim"), w.Admin.NewCounselor("Sam")
	c.early, c.late, c.facilitator = w.Admin.NewCounselor("Eve"), w.Admin.NewCounselor("Lou"), w.Admin.NewCounselor("Fay")
	served := w.Admin.Post("/v1/caseload", object{"counselor_id": c.former.ID, "client_id": c.client.ID}).Want(http.StatusCreated).Text("id")
	c.former.Get("/v1/clients/" + c.client.ID).Want(http.StatusOK)
	c.covers(c.late, 0, time.Minute)
	w.Clock.Advance(time.Minute)
	w.Admin.Delete("/v1/caseload/" + served).Want(http.StatusNoContent)
	c.covers(c.cover, 0, time.Hour)
	c.covers(c.early, time.Hour, 2*time.Hour)
	c.otherAdmin = w.NewClinic("Hillside", "Hillside", "America/Chicago")
	c.otherCounselor = c.otherAdmin.NewCounselor("Max")
	c.otherClient = c.otherCounselor.NewClient("Toni")
	for _, kind := range []string{"push", "aftercare"} {
		c.client.Put("/v1/me/consents/"+kind, object{"text_version": "2026-11", "granted": true, "expires_at": "2027-05-05T05:05:05Z"}).Want(http.StatusOK)
	}
	for _, role := range []string{"client", "family", "counselor", "admin"} {
		p := c.newOf(role)
		c.Rows("UPDATE users SET deactivated_at = 1 WHERE id = $1 RETURNING id", p.ID)
		c.gone = append(c.gone, p)
	}
	c.session()
	c.series(c.client, c.fellow)
	return c
}

// covers has somebody stand in for the counselor for a while.
func (c *cast) covers(p *apitest.Person, from, until time.Duration) {
	at := func(d time.Duration) string { return c.Clock.Now().Add(d).UTC().Format(time.RFC3339) }
	c.Admin.Post("/v1/caseload", object{"counselor_id": p.ID, "covers_id": c.counselor.ID, "from": at(from), "until": at(until)}).Want(http.StatusCreated)
}

// newOf is somebody new of a role, signed in.
func (c *cast) newOf(role string) *apitest.Person {
	switch role {
	case "counselor":
		return c.Admin.NewCounselor("Jo")
	case "admin":
		return c.NewClinic("Lakeside", "Lakeside", "America/Chicago")
	}
	p := c.counselor.NewClient("Jo")
	c.Rows("UPDATE users SET role = $1 WHERE id = $2 RETURNING id", role, p.ID)
	return p
}

func (c *cast) now() string { return c.Clock.Now().UTC().Format(time.RFC3339) }

func (c *cast) newClientID() string {
	return c.counselor.Post("/v1/clients", object{"name": "Jordan"}).Want(http.StatusCreated).Text("id")
}

func (c *cast) newStaffID() string {
	return c.Admin.Post("/v1/staff", object{"role": "counselor", "name": "Sam", "email": uuid7() + "@clinic.example"}).Want(http.StatusCreated).Text("id")
}

func (c *cast) series(clients ...*apitest.Person) string {
	return c.counselor.NewSeries(object{"title": "Check-in", "kind": "individual", "local_start": tuesday, "duration_minutes": 60, "place": "Room 2",
		"facilitator_ids": []string{c.counselor.ID, c.facilitator.ID}}, clients...)
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
		"duration_minutes": 240, "facilitator_ids": []string{c.counselor.ID, c.facilitator.ID}}, c.client))
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
	case op.who == "counselor", op.who == "staff":
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
		may := op.who == "anyone" || op.who == "signed-in" || op.who == role || op.who == "staff" && (p == c.counselor || p == c.Admin)
		if !may {
			wrong = append(wrong, p)
		}
	}
	return wrong
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
