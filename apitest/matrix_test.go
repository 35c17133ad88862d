package apitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// column is a kind of people by what they are to the client, whom every request is about. All of a column get the same.
type column struct {
	name, role string // no role: without a token, or with one that is void
	of         func(c *cast) []*apitest.Person
}

var columns = []column{
	{"nobody", "", func(c *cast) []*apitest.Person {
		return []*apitest.Person{c.Nobody(), {World: c.World, Token: "hr_" + uuid7()}}
	}},
	{"deactivated user", "", func(c *cast) []*apitest.Person { return c.gone }},
	{"the client", "client", func(c *cast) []*apitest.Person { return []*apitest.Person{c.client} }},
	{"another client of the group", "client", func(c *cast) []*apitest.Person { return []*apitest.Person{c.fellow} }},
	{"another clinic's client", "client", func(c *cast) []*apitest.Person { return []*apitest.Person{c.otherClient} }},
	{"family", "family", func(c *cast) []*apitest.Person { return []*apitest.Person{c.family} }},
	{"their counselor", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.counselor} }},
	{"covering, in the dates", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.cover} }},
	{"covering, before and after", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.early, c.late} }},
	{"former counselor", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.former} }},
	{"facilitator of the group", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.facilitator} }},
	{"counselor outside the caseload", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.colleague} }},
	{"another clinic's counselor", "counselor", func(c *cast) []*apitest.Person { return []*apitest.Person{c.otherCounselor} }},
	{"admin", "admin", func(c *cast) []*apitest.Person { return []*apitest.Person{c.Admin} }},
	{"another clinic's admin", "admin", func(c *cast) []*apitest.Person { return []*apitest.Person{c.otherAdmin} }},
}

// What people get, as docs/access.md puts it, when it is not a status.
const (
	wholly  = "yes"   // what is asked for, of the client
	members = "names" // what a facilitator knows of a group
	ownOnly = "own"   // the same of themselves, and nothing of the client's
	alike   = "open"  // what everybody gets who may ask, and nothing of the client's
)

// runsTheGroup says whether the request is about a group that its facilitator runs, or lists such groups.
func (op operation) runsTheGroup(template string) bool {
	return op.stranger != alone && op.id != "createSeries" && op.id != "addToRoster" &&
		(strings.HasPrefix(template, "/v1/series") || strings.HasPrefix(template, "/v1/sessions") || op.id == "listConflicts")
}

// want is what a column has to get by the route's row: who may use it, and what a stranger gets.
func (r *tried) want(col column) string {
	isInsider := slices.Contains([]string{"the client", "their counselor", "covering, in the dates", "admin"}, col.name)
	switch {
	case r.who == "anyone":
		return alike
	case col.role == "":
		return "401"
	case r.who == "staff" && (col.role == "counselor" || col.role == "admin"):
		return alike
	case r.who != "signed-in" && r.who != col.role:
		return "403"
	case r.stranger == alone:
		return alike
	case isInsider && (r.who == col.role || col.role == "client"):
		return wholly
	case col.name == "facilitator of the group" && r.runsTheGroup(r.template):
		return members
	case r.id == "addToRoster" && col.name == "facilitator of the group":
		return "422" // who is no client of theirs
	case r.stranger == theirOwn:
		return ownOnly
	}
	return fmt.Sprint(r.stranger)
}

// tried is one route with a request that is about the client.
type tried struct {
	*cast
	operation
	described
	ask ask
}

// by makes the request as somebody. Whom it serves makes one of their own, for it may not be made twice.
func (r *tried) by(p *apitest.Person, want string) apitest.Reply {
	isServed := want == wholly || want == members || want == alike
	if isServed {
		r.ask = r.operation.ask(r.cast)
	}
	switch { // a request with a person of its own may be their last
	case r.ask.as != nil && want == wholly:
		p = r.ask.as
	case r.ask.as != nil && want == alike && p.ID != "":
		p = r.newOf(r.Rows("SELECT role FROM users WHERE id = $1", p.ID)[0])
		if r.ask.bodyOf != nil {
			r.ask.body = r.ask.bodyOf(r.cast, p)
		}
	}
	return r.does(p, r.ask)
}

var uuidPattern = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// hasOf finds of which tables' rows that name an id (a client's, a clinic's) a text has the id.
func (c *cast) hasOf(text, of string) []string {
	var found []string
	said := uuidPattern.FindAllString(text, -1)
	for table, rows := range c.Stored("caseload", "audit_events", "idempotency_keys", "rsvps", "attendance", "zones", "facilitators", "session_facilitators") {
		if slices.ContainsFunc(rows, func(row string) bool {
			id := uuidPattern.FindString(row)
			return strings.HasPrefix(row, id) && strings.Contains(row, of) && slices.Contains(said, id) && (id != of || table == "users" || table == "clinics")
		}) {
			found = append(found, table)
		}
	}
	return found
}

// got judges an answer by its status and by what is in it.
func (r *tried) got(p *apitest.Person, reply apitest.Reply, want string) string {
	if !done(reply) || r.who == "anyone" {
		if done(reply) {
			return alike
		}
		return fmt.Sprint(reply.Status)
	}
	mine := p.ID == r.client.ID || p.ID == r.counselor.ID || p.ID == r.cover.ID || p.ID == r.Admin.ID
	switch {
	case mine && want == wholly && r.stranger == theirOwn && len(reply.Items()) > 0 && !shares(reply, r.does(r.right(r.operation, r.ask), r.ask)):
		return ownOnly
	case mine:
		return want
	}
	clinic := r.Rows("SELECT clinic_id FROM users WHERE id = $1", r.client.ID)[0]
	holds := r.hasOf(reply.Raw(), r.client.ID)
	if strings.Contains(reply.Raw(), "Robin Client") {
		holds = append(holds, "users")
	}
	if r.Count("users", "id = $1 AND clinic_id = $2", p.ID, clinic) == 0 {
		holds = append(holds, r.hasOf(reply.Raw(), clinic)...)
	}
	isMembers := !slices.ContainsFunc(holds, func(table string) bool { return !slices.Contains([]string{"users", "roster", "reminders"}, table) })
	switch {
	case want == members && isMembers, want == alike && len(holds) == 0:
		return want
	case len(holds) == 0:
		return ownOnly
	}
	return fmt.Sprint("rows of ", holds)
}

// ofNothing is the request with ids that are nobody's: of its path, or where that has none or is theirs to name, of its body.
func (r *tried) ofNothing(status string) ask {
	none := func(text string) string {
		return uuidPattern.ReplaceAllStringFunc(text, func(id string) string {
			if id == r.counselor.ID {
				return id
			}
			return uuid7()
		})
	}
	if status == "404" && uuidPattern.MatchString(r.ask.path) {
		return ask{path: none(r.ask.path), body: r.ask.body}
	}
	text, _ := json.Marshal(r.ask.body)
	other := ask{path: r.ask.path}
	_ = json.Unmarshal([]byte(none(string(text))), &other.body)
	return other
}

// mustBeAlike fails the test unless what is somebody else's is answered like what does not exist: in the same words, after
// the same statements, so that neither the answer nor the time it takes tells of it.
func (r *tried) mustBeAlike(p *apitest.Person, nothing, anothers ask) {
	r.cast.T.Helper()
	type answer struct {
		Status     int
		Header     http.Header
		Body       string
		Statements []string
	}
	answerTo := func(a ask) (got answer) {
		var reply apitest.Reply
		got.Statements = r.Statements.Of(func() { reply = r.does(p, a) })
		got.Status, got.Header, got.Body = reply.Status, reply.Header, reply.Raw()
		got.Header.Del("Date")
		return got
	}
	if diff := cmp.Diff(answerTo(nothing), answerTo(anothers)); diff != "" {
		r.cast.T.Errorf("%s: what does not exist (-) and what is another's (+) are answered differently:\n%s", r.id, diff)
	}
}

func TestAThingIsFoundUnderWhatItBelongsToAndNotUnderSomethingElseOfTheSamePerson(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		others := map[string]func() string{"/v1/clients/": func() string { return c.fellow.ID }, "/v1/me/assignments/": c.practised, "/v1/series/": func() string { return c.series() }}
		for _, op := range operations() {
			r := &tried{cast: c, operation: op, described: spec[op.id]}
			if strings.Count(r.template, "{") < 2 || strings.Contains(r.template, "{kind}") { // a kind is nobody's
				continue
			}
			r.ask = op.ask(c)
			before := uuidPattern.FindStringIndex(r.ask.path)
			r.ask.path = r.ask.path[:before[0]] + others[r.ask.path[:before[0]]]() + r.ask.path[before[1]:]
			missing := r.ask
			last := uuidPattern.FindAllStringIndex(missing.path, -1)[1]
			missing.path = missing.path[:last[0]] + uuid7() + missing.path[last[1]:]
			r.mustBeAlike(c.right(op, r.ask), missing, r.ask)
			if got := r.does(c.right(op, r.ask), r.ask); got.Status != 404 {
				t.Errorf("%s: %d %s", op.id, got.Status, got.Raw())
			}
		}
	})
}

// try makes the request as everybody of a column and says what they get.
func (r *tried) try(col column) (gets string) {
	want := r.want(col)
	for _, p := range col.of(r.cast) {
		reply := r.by(p, want)
		gets = r.got(p, reply, want)
		if gets != want {
			r.cast.T.Errorf("%s: %s gets %s, want %s: %s", r.id, col.name, gets, want, reply.Raw())
		}
		if gets == "404" || gets == "422" {
			r.mustBeAlike(p, r.ofNothing(gets), r.ask)
		}
	}
	return gets
}

func TestEachRouteGivesEachPersonWhatTheAccessMatrixSays(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		lines := map[string][]string{}
		for _, op := range operations() {
			r := &tried{cast: c, operation: op, described: spec[op.id], ask: op.ask(c)}
			line, before := make([]string, len(columns)), c.Stored("tokens", "attempts")
			for _, isRefused := range []bool{true, false} { // first those whom it does not serve: it is done only once
				for i, col := range columns {
					if _, err := strconv.Atoi(r.want(col)); isRefused == (err == nil) {
						line[i] = r.try(col)
					}
				}
				if isRefused {
					unchanged(t, before, c.Stored("tokens", "attempts"))
				}
			}
			lines[op.id] = line
		}
		if text := accessTable(lines, spec); os.Getenv("HANDRAIL_TEST_WRITE_ACCESS") != "" {
			if err := os.WriteFile("../docs/access.md", text, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if written, err := os.ReadFile("../docs/access.md"); err != nil || !bytes.Equal(written, text) {
			t.Errorf("docs/access.md says otherwise (%v); make access writes it anew: %s", err, cmp.Diff(string(written), string(text)))
		}
	})
}

// accessTable is docs/access.md.
func accessTable(lines map[string][]string, spec map[string]described) []byte {
	var text strings.Builder
	text.WriteString(accessIntro)
	for _, section := range []struct{ who, title string }{{"anyone", "Without signing in"}, {"signed-in", "Everybody who is signed in"}, {"staff", "Counselors and admins"},
		{"client", "Clients"}, {"family", "Family"}, {"counselor", "Counselors"}, {"admin", "Admins"}} {
		head := "\n## " + section.title + "\n\n| request | what it does |"
		for _, col := range columns {
			head += " " + col.name + " |"
		}
		head += "\n" + strings.Repeat("| --- ", len(columns)+2) + "|\n"
		for _, op := range operations() {
			if op.who == section.who {
				fmt.Fprintf(&text, "%s| `%s %s` | %s | %s |\n", head, spec[op.id].method, spec[op.id].template, spec[op.id].Summary, strings.Join(lines[op.id], " | "))
				head = ""
			}
		}
	}
	return []byte(text.String())
}

const accessIntro = `# Who gets what

Every request that Handrail answers, tried as each of these people, on both databases. A test (apitest/matrix_test.go) makes
the requests whenever Handrail is changed and compares the answers with this page; it is written by make access.
Each request is about one client, Robin: their session, their homework, their contact. The people are what they are to Robin.

| answer | means |
| --- | --- |
| yes | It is done, or shown: Robin's own data, or the clinic's for its admin. |
| names | What a facilitator knows of a group that they run: its sessions, who is on the roster, attendance with what each answered beforehand, whether the reminders of its sessions arrived or why not, and, hour by hour, when Robin has something else at the clinic or cannot come. Nothing else of Robin's. |
| own | The same request shows or changes only what is their own (for counselors: of their own clients). Nothing of Robin's is in it. |
| open | Everybody who may ask gets the same, or makes something new of their own. Nothing of Robin's is in it. |
| 401 | Not signed in. |
| 403 | This role may not make such requests at all, whosever they are. |
| 404 | It is not theirs: the answer is that of something that does not exist, and the database was asked the same questions. |
| 422 | The request names somebody or something that is not theirs; as if it did not exist. |
`
