package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// practises is the practice of homework as its client sees it.
func practises(t *testing.T, client *apitest.Person, id string) apitest.Object {
	t.Helper()
	return client.Get("/v1/me/assignments/" + id).Want(http.StatusOK).Object["practice"].(map[string]any)
}

func TestPracticeIsExpectedOnTheDaysOfItsRuleOnTheClientsCalendar(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		tests := []struct {
			plan       object
			first, end string
			days       float64
		}{
			{object{"rule": "FREQ=DAILY;COUNT=14"}, "2026-11-02", "2026-11-15", 14},
			{object{"rule": "FREQ=DAILY;UNTIL=20261104"}, "2026-11-02", "2026-11-04", 3},
			{object{"rule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4"}, "2026-11-03", "2026-11-12", 4}, // today is a Monday
			{object{"rule": "FREQ=DAILY;COUNT=90", "starts_on": "2026-12-02"}, "2026-12-02", "2027-03-01", 90},
			{object{"rule": "FREQ=DAILY;INTERVAL=2;COUNT=3", "starts_on": "2026-11-01"}, "2026-11-01", "2026-11-05", 3},
		}
		for _, test := range tests {
			got := practises(t, d.client, d.given(object{"practice": test.plan}))
			if got["starts_on"] != test.first || got["ends_on"] != test.end || got["expected_days"] != test.days || got["practised_days"] != 0.0 || got["last_practised_at"] != nil {
				t.Errorf("%v: %v", test.plan, got)
			}
		}
		for _, wrong := range []struct {
			plan  object
			field string
		}{
			{object{"rule": "FREQ=DAILY"}, "practice.rule"}, // without an end
			{object{"rule": "FREQ=DAILY;COUNT=91"}, "practice.rule"},
			{object{"rule": "FREQ=WEEKLY;COUNT=14"}, "practice.rule"},
			{object{"rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=2", "starts_on": "2026-11-04"}, "practice.starts_on"},
			{object{"rule": "FREQ=DAILY;COUNT=2", "starts_on": "2026-10-31"}, "practice.starts_on"},
			{object{"rule": "FREQ=DAILY;COUNT=2", "starts_on": "2026-12-03"}, "practice.starts_on"},
		} {
			d.give(object{"practice": wrong.plan}).WantField(wrong.field)
		}
	})
}

func TestADayOfPracticeCountsOnceAndAMistakenTapDoesNot(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=14"}})
		path := "/v1/me/assignments/" + id + "/practice"
		w := d.World
		w.Clock.Set(t, "2026-11-05T14:00:00Z")
		tap := func(at string) apitest.Reply {
			return d.client.Post(path, object{"occurred_at": at, "note": "Before work."})
		}
		tap("2026-11-03T04:59:00Z").Want(http.StatusCreated) // Monday, a minute before midnight in New York
		tap("2026-11-03T05:00:00Z").Want(http.StatusCreated)
		tap("2026-11-04T01:00:00Z").Want(http.StatusCreated) // Tuesday evening
		tap("2026-11-05T14:06:00Z").WantField("occurred_at")
		tap("2026-11-02T13:00:00Z").WantField("occurred_at")
		last := d.client.Post(path, object{}).Want(http.StatusCreated)
		if last.Text("day") != "2026-11-05" || last.Text("occurred_at") != "2026-11-05T14:00:00Z" {
			t.Errorf("now is %s", last.Raw())
		}
		if got := practises(t, d.client, id); got["practised_days"] != 3.0 || got["last_practised_at"] != "2026-11-05T14:00:00Z" {
			t.Errorf("after four taps on three days: %v", got)
		}
		d.client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		var days []string
		for _, item := range d.counselor.Get("/v1/assignments/" + id + "/practice?limit=3").Want(http.StatusOK).Items() {
			days = append(days, item.Text("day")+" "+item.Text("note"))
		}
		if diff := cmp.Diff([]string{"2026-11-02 Before work.", "2026-11-03 Before work.", "2026-11-03 Before work."}, days); diff != "" {
			t.Error("the days that were do not move when the client travels, and the counselor sees them:", diff)
		}
		d.client.Delete(path + "/" + last.Text("id")).Want(http.StatusNoContent)
		d.client.Delete(path + "/" + last.Text("id")).Want(http.StatusNotFound)
		if got := practises(t, d.client, id); got["practised_days"] != 2.0 || got["last_practised_at"] != "2026-11-04T01:00:00Z" {
			t.Errorf("after the last was taken back: %v", got)
		}
		other := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=2"}})
		theirs := d.client.Post("/v1/me/assignments/"+other+"/practice", object{}).Want(http.StatusCreated).Text("id")
		d.client.Delete(path + "/" + theirs).Want(http.StatusNotFound)
		d.client.Post("/v1/me/assignments/"+d.given(object{})+"/practice", object{}).WantProblem(http.StatusConflict, "wrong_step")
	})
}

func TestAnEveningsPracticeSentAfterAFlightEastIsOfThatEvening(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		d.client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		id := d.given(object{"practice": object{"rule": "FREQ=DAILY;COUNT=14"}})
		d.Clock.Set(t, "2026-11-03T20:00:00Z")
		d.client.Patch("/v1/me", object{"time_zone": "America/New_York"}).Want(http.StatusOK)
		path, evening := "/v1/me/assignments/"+id+"/practice", "2026-11-03T06:00:00Z" // Monday 22:00 in Los Angeles
		if got := d.client.Post(path, object{"occurred_at": evening, "time_zone": "America/Los_Angeles"}).Want(http.StatusCreated); got.Text("day") != "2026-11-02" {
			t.Errorf("Monday's is of %s", got.Text("day"))
		}
		if got := d.client.Post(path, object{}).Want(http.StatusCreated); got.Text("day") != "2026-11-03" {
			t.Errorf("Tuesday's is of %s", got.Text("day"))
		}
		d.client.Post(path, object{"time_zone": "Mars/Phobos"}).WantField("time_zone")
		if got := practises(t, d.client, id); got["practised_days"] != 2.0 {
			t.Errorf("two days are %v", got)
		}
	})
}

func TestADayOfPracticeIsRemindedOfUnlessItIsDone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.counselor.Post("/v1/clients/"+e.client.ID+"/assignments", object{"template": "coping_practice", "due": "2026-11-20T22:00:00Z",
			"practice": object{"rule": "FREQ=DAILY;COUNT=4", "remind_at": "18:00"}}).Want(http.StatusCreated).Text("id")
		path := "/v1/me/assignments/" + id + "/practice"
		e.session("2026-11-05T17:00") // until 20:00: that day it comes before
		wantPractice := func(want ...string) {
			t.Helper()
			got := []string{}
			for _, r := range e.client.Get("/v1/me/reminders?limit=200").Items() {
				if s, _ := r["subject"].(map[string]any); s["kind"] == "practice" {
					got = append(got, r.Text("lead")+" "+r.Text("remind_at")+" "+r.Text("state"))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatal(diff)
			}
		}
		wantPractice("2026-11-02 2026-11-02T23:00:00Z waiting", "2026-11-03 2026-11-03T23:00:00Z waiting",
			"2026-11-04 2026-11-04T23:00:00Z waiting", "2026-11-05 2026-11-05T21:30:00Z waiting")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "Something to finish by Mon 11:59 PM.")
		e.Clock.Set(t, "2026-11-03T15:00:00Z")
		tap := e.client.Post(path, object{}).Want(http.StatusCreated).Text("id")
		e.client.Post(path, object{"occurred_at": "2026-11-03T01:00:00Z"}).Want(http.StatusCreated) // of Monday, sent late
		wantPractice("2026-11-02 2026-11-02T23:00:00Z accepted", "2026-11-03 2026-11-03T23:00:00Z cancelled",
			"2026-11-04 2026-11-04T23:00:00Z waiting", "2026-11-05 2026-11-05T21:30:00Z waiting")
		e.client.Delete(path + "/" + tap).Want(http.StatusNoContent)
		e.At("2026-11-03T23:00:00Z")
		e.wantTexts(t, "Something to finish by Mon 11:59 PM.", "Something to finish by Tue 11:59 PM.")
		e.wantSent(t, 2)
		e.counselor.Post("/v1/assignments/"+id+"/withdraw", nil).Want(http.StatusOK)
		e.Pass(72 * time.Hour)
		wantPractice("2026-11-02 2026-11-02T23:00:00Z accepted", "2026-11-03 2026-11-03T23:00:00Z accepted",
			"2026-11-04 2026-11-04T23:00:00Z cancelled", "2026-11-05 2026-11-05T21:30:00Z cancelled")
	})
}

func TestADayOfPracticeIsAnnouncedBesideTheDueTimeOfItsHomework(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.counselor.Post("/v1/clients/"+e.client.ID+"/assignments", object{"template": "coping_practice", "due": "2026-11-04T01:00:00Z",
			"practice": object{"rule": "FREQ=DAILY;COUNT=1", "remind_at": "18:00"}}).Want(http.StatusCreated).Text("id")
		e.At("2026-11-02T23:00:00Z") // Monday 18:00: of the day, and the evening before it is due
		e.wantTexts(t, "2 things, first Mon 11:59 PM.")
		for _, r := range reminders(e.client)[:2] {
			if !strings.HasSuffix(r, "accepted") {
				t.Errorf("went out: %s", r)
			}
		}
		e.counselor.Post("/v1/assignments/"+id+"/withdraw", nil).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, "Tue 8:00 PM is off.")
	})
}

func TestPractisedBetweenTheClaimAndTheSendIsNotRemindedOf(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.counselor.Post("/v1/clients/"+e.client.ID+"/assignments", object{"template": "coping_practice", "due": "2026-11-20T22:00:00Z",
			"practice": object{"rule": "FREQ=DAILY;COUNT=1", "remind_at": "18:00"}}).Want(http.StatusCreated).Text("id")
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		claims := e.claim(t)
		e.client.Post("/v1/me/assignments/"+id+"/practice", object{}).Want(http.StatusCreated)
		if due := e.check(t, claims); len(due) != 1 || len(due[0].Targets) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
	})
}

func TestWhoTravelsIsRemindedOfADayOfPracticeOnceByTheNewClock(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.Post("/v1/clients/"+e.client.ID+"/assignments", object{"template": "coping_practice", "due": "2026-11-20T22:00:00Z",
			"practice": object{"rule": "FREQ=DAILY;COUNT=2", "remind_at": "21:30"}}).Want(http.StatusCreated)
		zone := func(name string) { e.client.Patch("/v1/me", object{"time_zone": name}).Want(http.StatusOK) }
		e.Clock.Set(t, "2026-11-03T02:00:00Z") // Monday 21:00 in New York
		zone("America/Los_Angeles")
		e.At("2026-11-03T02:30:00Z")
		e.wantSent(t, 0)
		zone("America/New_York")
		e.Drain()
		e.wantTexts(t, "Something to finish by Mon 11:59 PM.")
		e.Clock.Set(t, "2026-11-03T05:10:00Z") // Monday is over in New York and not in Los Angeles
		zone("America/Los_Angeles")
		zone("Pacific/Honolulu")
		e.At("2026-11-03T08:00:00Z")
		e.wantSent(t, 1)
		e.At("2026-11-04T07:30:00Z") // Tuesday 21:30 in Honolulu
		e.wantSent(t, 2)
		e.Pass(48 * time.Hour)
		e.wantSent(t, 2)
	})
}
