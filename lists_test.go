package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/api"
	"handrail/models"
	"handrail/models/modelstest"
)

// reader asks a server for what is theirs.
type reader struct {
	t          testing.TB
	url, token string
}

type object map[string]any

func (r reader) send(method, path string, body object) object {
	r.t.Helper()
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, r.url+path, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		r.t.Fatalf("%s %s: %d %s %v", method, path, response.StatusCode, answer, err)
	}
	var read object
	if err := json.Unmarshal(answer, &read); err != nil {
		r.t.Fatal(err)
	}
	return read
}

func (r reader) post(path string, body object) string {
	r.t.Helper()
	id, _ := r.send("POST", path, body)["id"].(string)
	return id
}

// enrolled is somebody whose invite was redeemed.
func (r reader) enrolled(invites string, more object) reader {
	r.t.Helper()
	in := object{"code": r.send("POST", invites, nil)["code"], "installation_id": "the-only-installation"}
	for field, value := range more {
		in[field] = value
	}
	return reader{r.t, r.url, r.send("POST", "/v1/auth/enroll", in)["token"].(string)}
}

// caseload is a counselor with twelve clients in one group. The first of these, the client, has more than a page of most things.
type caseload struct {
	counselor, client reader
	clientID          string
}

const passphrase = "correct horse battery"

func newCaseload(t testing.TB, store *models.Store) caseload {
	t.Helper()
	handler, err := api.New(api.Options{Store: store, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	_, err = store.CreateClinic(context.Background(), models.NewClinic{Name: "Bench", DisplayName: "Bench", TimeZone: "America/New_York",
		Region: "US", AdminName: "Ada", AdminEmail: "ada@bench.example", AdminPassword: passphrase})
	if err != nil {
		t.Fatal(err)
	}
	admin := reader{t: t, url: server.URL}
	admin.token = admin.send("POST", "/v1/auth/login", object{"email": "ada@bench.example", "password": passphrase, "installation_id": "the-admins-phone"})["token"].(string)
	dana := admin.post("/v1/staff", object{"role": "counselor", "name": "Dana", "email": "dana@bench.example"})
	c := caseload{counselor: admin.enrolled("/v1/staff/"+dana+"/invites", object{"password": passphrase})}
	clients := []string{}
	var signedIn []reader
	for i := range 12 {
		id := c.counselor.post("/v1/clients", object{"name": fmt.Sprint("Client ", i)})
		clients = append(clients, id)
		signedIn = append(signedIn, c.counselor.enrolled("/v1/clients/"+id+"/invites",
			object{"consents": []object{{"kind": "push", "text_version": "2026-11", "granted": true}}}))
	}
	c.client, c.clientID = signedIn[0], clients[0]
	c.counselor.send("PATCH", "/v1/clients/"+clients[1], object{"unavailable_hours": []object{{"days": []string{"we"}, "start": "17:00", "end": "19:00"}}})
	monday := time.Now().AddDate(0, 0, -int(time.Now().Weekday()+6)%7).Format("2006-01-02")
	series := func(title, kind, start, rule string, clients ...string) {
		c.counselor.post("/v1/series", object{"title": title, "kind": kind, "local_start": monday + "T" + start, "duration_minutes": 180, "rule": rule,
			"place": "Room 4, 12 Mill Street", "client_ids": clients})
	}
	series("Relapse prevention", "group", "18:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=39", clients...)
	series("One to one", "individual", "18:30", "FREQ=WEEKLY;COUNT=13", clients[:2]...)
	for i, client := range signedIn { // one phone, which goes from hand to hand
		client.send("PUT", "/v1/me/devices/the-only-installation", object{"platform": "android", "registration": fmt.Sprint("registration ", i),
			"registration_kind": "token", "permission": "granted"})
		for range 4 {
			c.homework(client, clients[i])
		}
	}
	c.fill()
	return c
}

// homework is assigned, and returned.
func (c caseload) homework(client reader, clientID string) {
	id := c.counselor.post("/v1/clients/"+clientID+"/assignments", object{"title": "Trigger log", "instructions": "Note three triggers.",
		"due": time.Now().AddDate(0, 0, 7).UTC().Format(time.RFC3339), "practice": object{"rule": "FREQ=DAILY;COUNT=7"}})
	client.post("/v1/me/assignments/"+id+"/practice", object{})
	client.post("/v1/me/assignments/"+id+"/submit", object{"text": "Three."})
}

func (c caseload) fill() {
	for _, granted := range []bool{true, false, true} {
		c.client.send("PUT", "/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": granted})
	}
	for i := range 20 {
		c.homework(c.client, c.clientID)
		contact := c.client.post("/v1/me/contacts", object{"name": "Chris", "relation": "sponsor", "phone": fmt.Sprintf("+1212555%04d", 100+i)})
		for range 2 {
			c.client.post("/v1/me/contacts/"+contact+"/reach-outs", object{"way": "call", "helped": true})
		}
		goal := c.client.post("/v1/me/goals", object{"text": "Sundays without a drink."})
		c.counselor.post("/v1/goals/"+goal+"/comments", object{"text": "One at a time."})
		c.client.post("/v1/me/meetings", object{"title": "Home group", "duration_minutes": 60, "rule": "FREQ=WEEKLY",
			"local_start": time.Now().AddDate(0, 0, i).Format("2006-01-02") + "T12:00"})
	}
}

type list struct {
	path  string
	whose reader
}

// lists are those that a person meets.
func (c caseload) lists() []list {
	year, week := time.Now().AddDate(0, 0, 7).ISOWeek()
	all := []list{}
	for _, path := range []string{"sessions", "assignments", "contacts", "meetings", "goals", "reach-outs", "reminders", "consents", "consent-history",
		"audit-events"} {
		all = append(all, list{"/v1/me/" + path, c.client})
	}
	for _, path := range []string{"/v1/clients", fmt.Sprintf("/v1/sessions?week=%d-W%02d", year, week), "/v1/assignments?status=submitted",
		"/v1/conflicts", "/v1/bookings?place=Room+4,+12+Mill+Street", "/v1/series", "/v1/clients/{id}/sessions", "/v1/clients/{id}/assignments",
		"/v1/clients/{id}/reminders", "/v1/clients/{id}/goals", "/v1/clients/{id}/consents", "/v1/unreachable"} {
		all = append(all, list{strings.ReplaceAll(path, "{id}", c.clientID), c.counselor})
	}
	return all
}

func (l list) limit(n int) string {
	separator := "?"
	if strings.Contains(l.path, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%slimit=%d", l.path, separator, n)
}

func TestAListTakesAsManyStatementsHoweverLongItIs(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		store, sent := db.OpenHeard(t, nil)
		for _, l := range newCaseload(t, store).lists() {
			statements := func(limit int) (items []any, n int64) {
				before := sent.Sent()
				items, _ = l.whose.send("GET", l.limit(limit), nil)["items"].([]any)
				return items, sent.Sent() - before
			}
			_, short := statements(1)
			items, long := statements(200)
			if len(items) < 2 || short != long || long == 0 {
				t.Errorf("%s: %d statements for one item, %d for %d", l.path, short, long, len(items))
			}
		}
	})
}

func TestAnExportTakesAsManyStatementsHoweverMuchThereIs(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		store, sent := db.OpenHeard(t, nil)
		c := newCaseload(t, store)
		export := func(id string) (record object, n int64) {
			before := sent.Sent()
			record = c.counselor.send("GET", "/v1/clients/"+id+"/export", nil)
			return record, sent.Sent() - before
		}
		fellow := c.counselor.send("GET", "/v1/clients", nil)["items"].([]any)[1].(map[string]any)["id"].(string)
		small, few := export(fellow)
		large, many := export(c.clientID)
		less, more := len(small["assignments"].([]any)), len(large["assignments"].([]any))
		if more < 3*less || few != many || many > 40 {
			t.Errorf("%d statements for somebody with %d pieces of homework, %d for somebody with %d", few, less, many, more)
		}
	})
}

func TestAPageOfTheFeedTakesFewStatementsHoweverMuchItTells(t *testing.T) {
	const most = 24 // each kind takes those of its list
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		store, sent := db.OpenHeard(t, nil)
		client, told := newCaseload(t, store).client, 0
		for path, more := "/v1/me/sync?limit=200", true; more; {
			before := sent.Sent()
			page := client.send("GET", path, nil)
			if n := sent.Sent() - before; n > most {
				t.Errorf("a page takes %d statements", n)
			}
			told += len(page["sessions"].([]any)) + len(page["assignments"].([]any))
			more = page["more"].(bool)
			path = fmt.Sprint("/v1/me/sync?limit=200&cursor=", page["next_cursor"])
		}
		if told < 10*most {
			t.Errorf("only %d sessions and assignments were told", told)
		}
	})
}

// BenchmarkLists asks for each list where the clinic has as many other people as the reader knows, and where it has a
// hundred times as many, in turn; the list itself is the same. It reports the medians.
func BenchmarkLists(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		few := newCaseload(b, db.Open(b, nil))
		db.Copies(b, 1)
		large := db.Another(b)
		many := newCaseload(b, large.Open(b, nil))
		large.Copies(b, 100)
		inMany := append(many.lists(), list{"/v1/me/progress", many.client}, list{"/v1/me/sync", many.client})
		for i, inFew := range append(few.lists(), list{"/v1/me/progress", few.client}, list{"/v1/me/sync", few.client}) {
			name := strings.NewReplacer("/", " ", few.clientID, "ID").Replace(strings.TrimPrefix(inFew.path, "/v1/"))
			b.Run(name, func(b *testing.B) {
				var one, hundred []time.Duration
				for b.Loop() {
					one, hundred = append(one, inFew.took()), append(hundred, inMany[i].took())
				}
				x1, x100 := median(one), median(hundred)
				b.ReportMetric(x1, "x1-ms")
				b.ReportMetric(x100, "x100-ms")
				b.ReportMetric(x100/x1, "ratio")
			})
		}
	})
}

func (l list) took() time.Duration {
	began := time.Now()
	l.whose.send("GET", l.path, nil)
	return time.Since(began)
}

func median(took []time.Duration) (ms float64) {
	slices.Sort(took)
	return float64(took[len(took)/2].Microseconds()) / 1000
}
