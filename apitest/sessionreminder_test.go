package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// arrivals are the entries of a session's reminders: "name arrived lead state arrival, …", and how many did not arrive.
func arrivals(counselor *apitest.Person, session string) (entries []string, notArrived any) {
	counselor.T.Helper()
	sheet := counselor.Get("/v1/sessions/" + session + "/reminders").Want(http.StatusOK)
	for _, e := range sheet.Object["entries"].([]any) {
		entry := e.(map[string]any)
		var said []string
		for _, r := range entry["reminders"].([]any) {
			reminder := object(r.(map[string]any))
			said = append(said, strings.Join([]string{reminder.Text("lead"), reminder.Text("state"), reminder.Text("arrival")}, " "))
		}
		entries = append(entries, fmt.Sprintf("%v %v: %s", entry["name"], entry["arrived"], strings.Join(said, ", ")))
	}
	return entries, sheet.Object["not_arrived"]
}

func wantArrivals(t *testing.T, counselor *apitest.Person, session string, notArrived int, want ...string) {
	t.Helper()
	got, n := arrivals(counselor.SignIn(), session)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if n != float64(notArrived) {
		t.Fatalf("not arrived: %v, want %d", n, notArrived)
	}
}

func TestBesideASessionStandsWhoseRemindersDidNotArrive(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		people := make([]*apitest.Person, 6)
		for i, name := range []string{"Sent", "Reached", "Opened", "Phoneless", "Unwilling", "Absent"} {
			people[i] = counselor.NewClient(name)
			if name != "Phoneless" {
				people[i].NewPhone(fcmtest.Android)
			}
		}
		people[4].Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		session := counselor.NewSession("group", "2026-11-03T18:00", people...)
		people[5].Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		people[1].Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-03T18:05", "duration_minutes": 60}).Want(http.StatusCreated)
		const planned = "1d waiting not_sent, 2h waiting not_sent"
		wantArrivals(t, counselor, session, 0, "Sent <nil>: "+planned, "Reached <nil>: "+planned, "Opened <nil>: "+planned, "Phoneless <nil>: "+planned,
			"Unwilling <nil>: 1d turned_off not_sent, 2h turned_off not_sent", "Absent <nil>: 1d cancelled not_sent, 2h cancelled not_sent")
		w.Pass(9 * time.Hour) // to Monday 18:00
		acknowledge(people[1], "arrived")
		acknowledge(people[2], "opened")
		wantArrivals(t, counselor, session, 3, "Sent false: 1d accepted unknown, 2h waiting not_sent",
			"Reached true: 1d acknowledged reached_phone, 2h waiting not_sent", "Opened true: 1d acknowledged opened, 2h waiting not_sent",
			"Phoneless false: "+planned, "Unwilling false: 1d turned_off not_sent, 2h turned_off not_sent", "Absent <nil>: 1d cancelled not_sent, 2h cancelled not_sent")
		w.Pass(24 * time.Hour)
		wantArrivals(t, counselor, session, 3, "Sent false: 1d accepted unknown, 2h accepted unknown",
			"Reached true: 1d acknowledged reached_phone, 2h accepted unknown", "Opened true: 1d acknowledged opened, 2h accepted unknown",
			"Phoneless false: 1d unreachable not_sent, 2h unreachable not_sent", "Unwilling false: 1d turned_off not_sent, 2h turned_off not_sent",
			"Absent <nil>: 1d cancelled not_sent, 2h cancelled not_sent")
		meeting := w.Rows("SELECT s.id FROM sessions s JOIN series e ON e.id = s.series_id WHERE e.owner_id IS NOT NULL")[0]
		counselor.Get("/v1/sessions/" + meeting + "/reminders").Want(http.StatusNotFound)
	})
}

func TestWhatArrivedOfAFormerStartOrOfACancelledSessionDoesNotCount(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.due(t)
		e.Drain()
		e.ack(t)
		wantArrivals(t, e.counselor, session, 0, "Robin Client true: 1d acknowledged reached_phone, 2h waiting not_sent")
		e.move(session, "2026-11-03T19:30")
		e.Drain()
		wantArrivals(t, e.counselor, session, 1, "Robin Client false: 1d acknowledged reached_phone, moved accepted unknown, 1d waiting not_sent, 2h cancelled not_sent, 2h waiting not_sent")
		e.ack(t)
		wantArrivals(t, e.counselor, session, 0, "Robin Client true: 1d acknowledged reached_phone, moved acknowledged reached_phone, 1d waiting not_sent, 2h cancelled not_sent, 2h waiting not_sent")
		e.Clock.Advance(time.Minute)
		e.cancel(session)
		e.Drain()
		wantArrivals(t, e.counselor, session, 1, "Robin Client false: 1d acknowledged reached_phone, moved acknowledged reached_phone, cancelled accepted unknown, "+
			"1d cancelled not_sent, 2h cancelled not_sent, 2h cancelled not_sent")
	})
}
