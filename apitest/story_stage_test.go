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
	"handrail/notify/fcmtest"
)

// story is a clinic in New York through six weeks of one client, and what each of its people has in hand.
type story struct {
	*apitest.World
	dana, lee    *apitest.Person // Dana is the counselor; Lee is a colleague who covers for her one week
	robin, casey *apitest.Person // Robin's six weeks they are; Casey is in the same group
	group        string          // their series: Tuesdays and Thursdays at 18:00
	sessions     []apitest.Object
	practice     string // homework to be practised
	record       string // homework to be written
	meeting      string // Robin's own
	phone        *replica
}

// beat is one scene of the story.
type beat struct {
	name string
	tell func(s *story, t *testing.T)
}

// play tells the scenes in order; what follows one that went wrong makes no sense.
func (s *story) play(t *testing.T, beats []beat) {
	for _, b := range beats {
		if !t.Run(b.name, func(t *testing.T) {
			s.T = t
			b.tell(s, t)
			s.synced()
		}) {
			return
		}
	}
}

// until lets time pass, sending what becomes due on the way. Staff sign in again: they are signed in for a week.
func (s *story) until(instant string) {
	s.T.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		s.T.Fatal(err)
	}
	(&engine{World: s.World}).Pass(at.Sub(s.Clock.Now()))
	for _, staff := range []*apitest.Person{s.Admin, s.dana, s.lee} {
		if staff != nil && staff.Email != "" {
			staff.SignIn()
		}
	}
}

// shows holds the lock screen of somebody's phone against these texts, and clears it.
func (s *story) shows(p *apitest.Person, texts ...string) {
	s.T.Helper()
	if diff := cmp.Diff(append([]string{}, texts...), p.Texts()); diff != "" {
		s.T.Errorf("at %s the phone shows:\n%s", s.Clock.Now().In(time.FixedZone("EST", -5*3600)).Format("Mon Jan 2 15:04"), diff)
	}
	s.swipes(p)
}

// swipes clears a lock screen.
func (s *story) swipes(people ...*apitest.Person) {
	for _, p := range people {
		s.FCM.ClearScreen(p.Registration)
	}
}

// says as somebody's app that a notification arrived, or that they opened it.
func (s *story) says(p *apitest.Person, shown fcmtest.Notification, event string) {
	s.T.Helper()
	ack := object{"push_id": shown.PushID, "ack_secret": shown.Data["ack_secret"], "event": event}
	s.Nobody().Post("/v1/acks", object{"acks": []object{ack}}).Want(http.StatusNoContent)
}

// evening is the group's session of a date, whenever it takes place now.
func (s *story) evening(date string) string {
	s.T.Helper()
	at := slices.IndexFunc(s.sessions, func(o apitest.Object) bool { return strings.HasPrefix(o.Text("original_local_start"), date) })
	if at < 0 {
		s.T.Fatalf("there is no group on %s", date)
	}
	return s.sessions[at].Text("id")
}

// reminded is what Dana sees of a client's reminders of one thing: lead, state, what is known of its arrival, and why not.
func (s *story) reminded(client *apitest.Person, about string) []string {
	s.T.Helper()
	list := []string{}
	from := "/v1/clients/" + client.ID + "/reminders?limit=200&from=2026-11-01T00:00:00Z&to=2027-03-01T00:00:00Z"
	for _, r := range s.dana.Get(from).Want(http.StatusOK).Items() {
		if subject := r["subject"].(map[string]any); subject["id"] == about {
			line := r.Text("lead") + " " + r.Text("state") + " " + r.Text("arrival") + " " + r.Text("cause")
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// wants compares lists of words.
func (s *story) wants(what string, got []string, want ...string) {
	s.T.Helper()
	if diff := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); diff != "" {
		s.T.Errorf("%s:\n%s", what, diff)
	}
}

// records attendance of an evening, Robin's and Casey's.
func (s *story) records(date string, robin, casey object) {
	s.T.Helper()
	robin["client_id"], casey["client_id"] = s.robin.ID, s.casey.ID
	s.dana.Put("/v1/sessions/"+s.evening(date)+"/attendance", object{"records": []object{robin, casey}}).Want(http.StatusOK)
}

// attendance is what a client reads of themselves at an evening.
func (s *story) attendance(p *apitest.Person, date string) string {
	s.T.Helper()
	a, _ := p.Get("/v1/me/sessions/" + s.evening(date)).Want(http.StatusOK).Object["attendance"].(map[string]any)
	return fmt.Sprint(a["status"], " ", a["minutes"])
}

// weeks is the hours of Dana's clients this week, as their list tells her.
func (s *story) weeks() (list []string) {
	s.T.Helper()
	for _, c := range s.dana.Get("/v1/clients").Want(http.StatusOK).Items() {
		list = append(list, c.Text("name")+" "+minutes(c["this_week"]))
	}
	return list
}

// homework is one piece as its client or a counselor reads it.
func (s *story) homework(p *apitest.Person, id string) apitest.Reply {
	s.T.Helper()
	path := "/v1/assignments/"
	if p == s.robin {
		path = "/v1/me/assignments/"
	}
	return p.Get(path + id).Want(http.StatusOK)
}

// waiting is the homework that waits for an answer of this counselor's.
func (s *story) waiting(p *apitest.Person) (ids []string) {
	s.T.Helper()
	for _, a := range p.Get("/v1/assignments?status=submitted").Want(http.StatusOK).Items() {
		ids = append(ids, a.Text("id"))
	}
	return ids
}

// synced brings Robin's phone up to date, as an app does when it is online again: it then holds what the lists show.
func (s *story) synced() {
	s.T.Helper()
	if s.phone == nil {
		s.phone = replicaOf(s.robin)
	}
	s.phone.sync().mustHoldWhatIsSeen("this scene")
}
