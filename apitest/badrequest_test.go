package apitest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// unchanged fails the test if what is stored is not what was.
func unchanged(t *testing.T, before, after map[string][]string) {
	t.Helper()
	for table, rows := range after {
		if diff := cmp.Diff(before[table], rows); diff != "" {
			t.Errorf("something was written to %s", table)
		}
	}
}

func TestWhatIsNoJSONObjectIsRefusedByEveryRouteThatTakesOne(t *testing.T) {
	bodies := []struct {
		what, body string
		status     int
	}{
		{"nothing", "", 400},
		{"spaces", " \n", 400},
		{"cut off", `{"name": "` + marker, 400},
		{"single quotes", `{'name': '` + marker + `'}`, 400},
		{"something behind it", `{} ` + marker, 400},
		{"a second object", `{}{}`, 400},
		{"a comment", `{/* ` + marker + ` */}`, 400},
		{"a trailing comma", `{"name": 1,}`, 400},
		{"NaN", `{"name": NaN}`, 400},
		{"a byte order mark", "\ufeff{}", 400},
		{"a list", `[{"name": "` + marker + `"}]`, 400},
		{"a text", `"` + marker + `"`, 400},
		{"a number", `5`, 400},
		{"null", `null`, 400},
		{"a NUL", "{\"name\": \"a\x00b\"}", 400},
		{"a control character", "{\"name\": \"a\x1bb\"}", 400},
		{"broken UTF-8", "{\"name\": \"a\xff\xfe\"}", 400},
		{"UTF-8 of a surrogate", "{\"name\": \"a\xed\xa0\x80\"}", 400},
		{"UTF-16", "{\x00}\x00", 400},
		{"ten thousand brackets", strings.Repeat("[", 10000), 400},
		{"thirty thousand objects in each other", strings.Repeat(`{"a":`, 10900), 400},
		{"more than 64 KiB", `{"name": "` + strings.Repeat("x", 64<<10) + `"}`, 413},
		{"more than 64 KiB of spaces", `{}` + strings.Repeat(" ", 64<<10), 413},
	}
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			if spec[op.id].inputOf() == nil {
				continue
			}
			a := op.ask(c)
			person, before := c.right(op, a), c.Stored()
			for _, b := range bodies {
				got := person.Call(spec[op.id].method, a.path, []byte(b.body), "Content-Type", "application/json")
				if got.Status != b.status || got.Text("detail") == "" || strings.Contains(got.Raw(), marker) {
					t.Errorf("%s: %s: %d %s", op.id, b.what, got.Status, got.Raw())
				}
			}
			right, err := json.Marshal(a.body)
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range a.body { // first of a type that fits nowhere, or as it is, then as it should be
				same, _ := json.Marshal(value) // it was part of what was written above
				for _, first := range []string{`[[{"x": 1e400, "y": "` + marker + `"}]]`, string(same)} {
					twice := `{"` + field + `": ` + first + ", " + string(right[1:])
					got := person.Call(spec[op.id].method, a.path, []byte(twice), "Content-Type", "application/json")
					if got.Status != 400 || strings.Contains(got.Raw(), marker) {
						t.Errorf("%s: %s given twice: %d %s", op.id, field, got.Status, got.Raw())
					}
				}
			}
			for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonp", "json", "; charset=utf-8"} {
				got := person.Call(spec[op.id].method, a.path, []byte(`{"name": "`+marker+`"}`), "Content-Type", kind)
				got.WantProblem(http.StatusUnsupportedMediaType, "unsupported_media_type")
			}
			unchanged(t, before, c.Stored())
		}
		if strings.Contains(w.Logged(), marker) || strings.Contains(w.Logged(), "level=ERROR") {
			t.Error("what was refused stands in the log, or was taken for a fault of the server's")
		}
		right := []byte(`{"name": "Jordan"}` + strings.Repeat(" ", 64<<10-18))
		c.counselor.Call("POST", "/v1/clients", right, "Content-Type", "Application/JSON; charset=utf-8").Want(http.StatusCreated)
	})
}

var pathParameter = regexp.MustCompile(`\{[a-z_]+\}`)

// lastReplaced is a path with another name in the place of its last parameter: what stands before it exists.
func lastReplaced(template, path, name string) string {
	names, parts := strings.Split(template, "/"), strings.Split(path, "/")
	for i := len(names) - 1; i >= 0; i-- {
		if pathParameter.MatchString(names[i]) {
			parts[i] = name
			return strings.Join(parts, "/")
		}
	}
	return path
}

func TestANameThatIsNoIdIsNotFound(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		strange := []string{"%00", "..", "%2e%2e", "1", "-1", strings.Repeat("9", 3000), "%27%20OR%201=1%20--", "%F0%9F%92%8A", "%FF",
			strings.ToUpper(c.client.ID), c.client.ID + "%00", c.client.ID + "%20", "%7B" + c.client.ID + "%7D", uuid7(), "null"}
		real := map[string]string{}
		for _, op := range operations() {
			real[op.id] = op.ask(c).path
		}
		before := c.Stored("audit_events")
		for _, op := range operations() {
			template := spec[op.id].template
			if !strings.Contains(template, "{") {
				continue
			}
			person := map[string]*apitest.Person{"anyone": w.Nobody(), "client": c.client, "signed-in": c.client, "counselor": c.counselor,
				"admin": c.Admin}[op.who]
			for _, name := range strange {
				for _, path := range []string{pathParameter.ReplaceAllLiteralString(template, name), lastReplaced(template, real[op.id], name)} {
					got := person.Call(spec[op.id].method, path, object{})
					if got.Status != http.StatusNotFound && got.Status != http.StatusUnprocessableEntity && got.Status != http.StatusMethodNotAllowed {
						t.Errorf("%s: %q: %d %s", op.id, name, got.Status, got.Raw())
					}
				}
			}
		}
		unchanged(t, before, c.Stored("audit_events"))
		for _, path := range []string{"/", "/v1", "/v1/", "/v1/me/", "/v2/me", "/v1/me/../clinic", "//v1/me", "/V1/ME", "/v1/unknown", "/v1/clients/a%2Fb", "/.env"} {
			c.Admin.Get(path).WantProblem(http.StatusNotFound, "not_found")
		}
		for _, method := range []string{"PUT", "POST", "PROPFIND", "TRACE"} {
			c.Admin.Call(method, "/v1/me", nil).WantProblem(http.StatusMethodNotAllowed, "method_not_allowed")
		}
		if strings.Contains(strings.ReplaceAll(w.Logged(), "refused="+c.client.ID, ""), c.client.ID) || strings.Contains(w.Logged(), "OR 1=1") || strings.Contains(w.Logged(), "level=ERROR") {
			t.Error("a path stands in the log, or was taken for a fault of the server's")
		}
	})
}

func TestAQueryThatBreaksARuleSaysWhichPart(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		c.series()
		c.fellow.Post("/v1/me/contacts", object{"name": "A", "relation": "other", "phone": "+12015550142"}).Want(http.StatusCreated)
		wrong := map[string][]string{
			"limit":   {"0", "-1", "201", "1.5", "ten", "9999999999999999999999", " 5", "+5", "0x10", ""},
			"cursor":  {"x", "%00", strings.Repeat("A", 5000), "' OR 1=1 --", "AAAA", ""},
			"from":    instants,
			"to":      instants,
			"week":    {"", "2026-W00", "2026-W54", "2026-47", "W47", "2026-w47", "0001-W01", "9999-W01"},
			"preview": {"", "yes", "1", "TRUE"},
			"place":   {"", " ", strings.Repeat("x", 201), "\x00"},
			"push_id": append([]string{""}, ids...), "contact_id": append([]string{""}, ids...), "client_id": append([]string{""}, ids...),
			"status": {"", "done", "ASSIGNED", "assigned,submitted"},
			"locale": {"fr", "EN", "es-US", "en,es"},
			"kind":   {"", "Push", "marketing"}, "version": {"", "two words", "é", strings.Repeat("1", 33)},
		}
		for _, op := range operations() {
			for _, p := range spec[op.id].Parameters {
				if p.Value.In != "query" {
					continue
				}
				a := op.ask(c)
				for _, v := range wrong[p.Value.Name] {
					path := narrowed(a.path, p.Value.Name+"="+url.QueryEscape(v))
					if p.Value.Required {
						path = spec[op.id].template + "?" + p.Value.Name + "=" + url.QueryEscape(v)
					}
					got := spec[op.id].does(c.right(op, a), ask{path: path, body: a.body})
					if got.Status != http.StatusUnprocessableEntity || !names(got, p.Value.Name) {
						t.Errorf("%s?%s=%.40s: %d %s", op.id, p.Value.Name, v, got.Status, got.Raw())
					}
				}
				if p.Value.Name == "to" {
					got := c.right(op, a).Get(narrowed(a.path, "from=2026-12-01T00:00:00Z&to=2026-11-30T23:59:59Z"))
					if got.Status != http.StatusUnprocessableEntity || !names(got, "to") {
						t.Errorf("%s ends before it begins: %d %s", op.id, got.Status, got.Raw())
					}
					if got := c.right(op, a).Get(narrowed(a.path, "from=2030-01-01T00:00:00Z")); got.Status != http.StatusOK || len(got.Items()) > 0 {
						t.Errorf("%s from beyond the horizon: %d %s", op.id, got.Status, got.Raw())
					}
				}
			}
		}
		for path, name := range map[string]string{"/v1/me/sessions?limit=1&limit=200": "limit", "/v1/me/sync?cursor=&cursor=x": "cursor",
			"/v1/me/sessions?limit=1;week=2026-W45": "query", "/v1/me/sync?cursor=%zz": "query"} {
			c.client.Get(path).WantField(name)
		}
		c.client.Delete("/v1/me?preview=true;x=1").WantField("query")
		c.client.Delete("/v1/me?preview=true%").WantField("query")
		c.client.Get("/v1/me").Want(http.StatusOK) // nobody has left by that
		if strings.Contains(w.Logged(), "level=ERROR") {
			t.Error("it was taken for a fault of the server's")
		}
	})
}

func TestACursorOpensOnlyForItsPersonListAndFilter(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		for range 3 {
			c.session()
		}
		next := c.client.Get("/v1/me/sessions?limit=1").Want(http.StatusOK).Text("next_cursor")
		refused := func(p *apitest.Person, path, cursor string) {
			t.Helper()
			p.Get(path + "cursor=" + url.QueryEscape(cursor)).WantField("cursor")
		}
		c.client.Get("/v1/me/sessions?cursor=" + next).Want(http.StatusOK)
		refused(c.fellow, "/v1/me/sessions?", next)
		refused(c.client, "/v1/me/sessions?from=2026-11-02T00:00:00Z&", next)
		refused(c.client, "/v1/me/assignments?", next)
		refused(c.client, "/v1/me/reminders?", next)
		refused(c.counselor, "/v1/clients/"+c.client.ID+"/sessions?", next)
		for i := range next { // a character changed anywhere, a bit at least
			if i%7 == 0 {
				other := map[bool]string{true: "B", false: "A"}[next[i] == 'A']
				refused(c.client, "/v1/me/sessions?", next[:i]+other+next[i+1:])
			}
		}
		refused(c.client, "/v1/me/sessions?", next+"AAAA")
		refused(c.client, "/v1/me/sessions?", next[:len(next)-4])
	})
}

func TestT10T11_AZoneOrRuleThatDoesNotExistCostsNoWork(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		before, began := w.Stored(), time.Now()
		send := func(field, value, named string) {
			t.Helper()
			in := object{"title": "Group", "kind": "group", "local_start": tuesday, "duration_minutes": 60}
			in[field] = value
			if got := counselor.Post("/v1/series", in).Want(http.StatusUnprocessableEntity); !names(got, named) || strings.Contains(got.Raw(), "no such file") {
				t.Errorf("%s %q: %s", field, value, got.Raw())
			}
		}
		for _, zone := range slices.Concat(zones, []string{"posix/America/New_York", "right/UTC", "America//New_York", "america/new_york", strings.Repeat("A", 64)}) {
			send("time_zone", zone, "time_zone")
		}
		for _, rule := range []string{"FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=2", "FREQ=DAILY;COUNT=1000000000", "FREQ=DAILY;INTERVAL=1000000000",
			"FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYDAY=6TU", "FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=DAILY;COUNT=99999999999999999999"} {
			send("rule", rule, "rule")
		}
		send("rule", "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=5MO;INTERVAL=99", "local_start") // a Tuesday: it never matches
		send("rule", "FREQ=WEEKLY;BYDAY=WE", "local_start")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("refusing took %v", took)
		}
		unchanged(t, before, w.Stored())
		daily := counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": "2025-11-10T18:00", "duration_minutes": 60,
			"rule": "FREQ=DAILY;COUNT=1000"})
		if n := w.Count("sessions", "series_id = $1", daily); n != 447 { // a year back and 90 days ahead
			t.Errorf("%d sessions", n)
		}
		if bytes.Contains([]byte(w.Logged()), []byte("level=ERROR")) {
			t.Error("it was taken for a fault of the server's")
		}
	})
}

func TestAnEndBeforeItsStartIsRefused(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		before := c.Stored()
		for _, until := range []string{"2026-12-01T00:00:00Z", "2026-11-30T00:00:00Z"} {
			span := object{"from": "2026-12-01T00:00:00Z", "until": until}
			serves, covers, belongs := maps.Clone(span), maps.Clone(span), maps.Clone(span)
			serves["counselor_id"], serves["client_id"] = c.colleague.ID, c.client.ID
			covers["counselor_id"], covers["covers_id"] = c.colleague.ID, c.counselor.ID
			c.Admin.Post("/v1/caseload", serves).WantField("until")
			c.Admin.Post("/v1/caseload", covers).WantField("until")
			belongs["client_id"] = c.fellow.ID
			c.counselor.Post("/v1/series/"+c.Rows("SELECT id FROM series")[0]+"/roster", belongs).WantField("until")
		}
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.colleague.ID, "covers_id": c.counselor.ID}).WantField("until")
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.colleague.ID, "covers_id": c.colleague.ID, "until": "2026-12-01T00:00:00Z"}).WantField("covers_id")
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.colleague.ID}).WantField("client_id")
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.client.ID, "client_id": c.client.ID}).WantField("counselor_id")
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.otherCounselor.ID, "client_id": c.client.ID}).WantField("counselor_id")
		c.Admin.Post("/v1/caseload", object{"counselor_id": c.colleague.ID, "client_id": c.otherClient.ID}).WantField("client_id")
		unchanged(t, before, c.Stored())
	})
}
