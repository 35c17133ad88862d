package apitest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// crowded is a Tuesday of six reminders, two of them the last of their session. Cap 4: of the others the first two come.
func (e *engine) crowded() (wednesdays [4]string, late string) {
	e.T.Helper()
	for i, local := range []string{"10:00", "12:00", "14:00", "16:00"} {
		wednesdays[i] = e.hour("2026-11-04T" + local)
	}
	e.hour("2026-11-03T19:00")
	return wednesdays, e.hour("2026-11-03T21:30")
}

// onTuesday are the client's reminders of that day, each as "local time lead state", as staff see them.
func (e *engine) onTuesday() []string {
	e.T.Helper()
	list := []string{}
	for _, r := range e.counselor.SignIn().Get("/v1/clients/" + e.client.ID + "/reminders?limit=200&from=2026-11-03T05:00:00Z&to=2026-11-04T05:00:00Z").
		Want(http.StatusOK).Items() {
		at, err := time.Parse(time.RFC3339, r.Text("remind_at"))
		if err != nil {
			e.T.Fatal(err)
		}
		list = append(list, at.Add(-5*time.Hour).Format("15:04 ")+r.Text("lead")+" "+r.Text("state"))
	}
	return list
}

func (e *engine) wantTuesday(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, e.onTuesday()); diff != "" {
		t.Fatalf("at %s:\n%s", e.Clock.Now().Format(time.RFC3339), diff)
	}
}

func TestP14_OfSixRemindersOnOneDayTheLastOfEachSessionAndTheFirstOfTheRestCome(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		wednesdays, _ := e.crowded()
		e.wantTuesday(t, "10:00 1d waiting", "12:00 1d waiting", "14:00 1d capped", "16:00 1d capped", "17:00 2h waiting", "19:30 2h waiting")
		e.Pass(15 * time.Hour)
		before := e.FCM.Accepted() // of Monday
		e.Pass(13 * time.Hour)     // until 13:00
		e.cancel(wednesdays[3])    // of which nothing was told: the change is announced, though the day is full
		e.Pass(11 * time.Hour)
		e.wantTuesday(t, "10:00 1d accepted", "12:00 1d accepted", "13:10 cancelled accepted", "14:00 1d capped", "16:00 1d cancelled",
			"17:00 2h accepted", "19:30 2h accepted")
		e.wantSent(t, before+5)
		e.Pass(24 * time.Hour)
		e.wantSent(t, before+8) // Wednesday's, each the last of its session
		e.wantEnded(t)
		for _, r := range e.counselor.SignIn().Get("/v1/clients/" + e.client.ID + "/reminders?limit=200&from=2026-11-03T05:00:00Z").Want(http.StatusOK).Items() {
			if r.Text("state") == "capped" && (r.Text("arrival") != "not_sent" || r.Text("meaning") != "It would have been too many on one day." || r["push_id"] != nil) {
				t.Errorf("staff see %v", r)
			}
		}
	})
}

func TestP14_ACorrectionCountsAndComesUnderItsTagThoughTheDayIsFull(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		wednesdays, _ := e.crowded()
		e.At("2026-11-03T15:00:00Z")
		e.At("2026-11-03T17:00:00Z")
		before := e.FCM.Accepted()
		e.move(wednesdays[0], "2026-11-04T09:00")
		e.Drain()
		e.wantSent(t, before+1)
		e.wantTuesday(t, "10:00 1d accepted", "12:00 1d accepted", "12:00 moved accepted", "14:00 1d capped", "16:00 1d capped",
			"17:00 2h waiting", "19:30 2h waiting")
	})
}

func TestP14_ACorrectionOfWhatWasToldYesterdayTakesNothingFromToday(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		for _, local := range []string{"10:00", "12:00", "14:00"} {
			e.hour("2026-11-04T" + local)
		}
		late := e.hour("2026-11-03T21:00")
		e.At("2026-11-03T02:00:00Z") // Monday at 21:00
		e.At("2026-11-03T13:00:00Z")
		before := e.FCM.Accepted()
		e.move(late, "2026-11-03T21:30")
		e.wantTuesday(t, "08:00 moved waiting", "10:00 1d waiting", "12:00 1d waiting", "14:00 1d waiting", "19:00 2h cancelled", "19:30 2h waiting")
		e.Drain()
		e.wantSent(t, before+1)
		e.wantTuesday(t, "08:00 moved accepted", "10:00 1d waiting", "12:00 1d waiting", "14:00 1d waiting", "19:00 2h cancelled", "19:30 2h waiting")
		e.hour("2026-11-04T16:00")
		e.wantTuesday(t, "08:00 moved accepted", "10:00 1d waiting", "12:00 1d waiting", "14:00 1d waiting", "16:00 1d capped", "19:00 2h cancelled", "19:30 2h waiting")
	})
}

func TestP14_TheDayIsThatOfThePersonsClock(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		for _, local := range []string{"12:00", "14:00", "16:00", "20:00", "21:00"} { // the last two are on Wednesday in UTC
			e.hour("2026-11-04T" + local)
		}
		e.wantTuesday(t, "12:00 1d waiting", "14:00 1d waiting", "16:00 1d waiting", "20:00 1d waiting", "21:00 1d capped")
		// In Honolulu all five are of Tuesday too, and so is the last reminder of Wednesday noon, at 22:00. In Dubai three of them
		// are of Wednesday, on which three last ones come.
		e.client.Patch("/v1/me", object{"time_zone_mode": "fixed", "time_zone": "Pacific/Honolulu"}).Want(http.StatusOK)
		e.wantTuesday(t, "12:00 1d waiting", "14:00 1d waiting", "16:00 1d waiting", "20:00 1d capped", "21:00 1d capped")
		e.client.Patch("/v1/me", object{"time_zone": "Asia/Dubai", "quiet_hours": nil}).Want(http.StatusOK)
		e.wantTuesday(t, "12:00 1d waiting", "14:00 1d waiting", "16:00 1d waiting", "20:00 1d capped", "21:00 1d capped")
		e.Clock.Set(t, "2026-11-03T12:00:00Z")
		e.Pass(15 * time.Hour)
		e.wantSent(t, 3)
	})
}

func TestP14_WhatWasSentOfThingsThatArePastCountsToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		for _, local := range []string{"11:00", "12:00", "13:00", "14:00"} { // their last reminders come from 9:00 on
			e.hour("2026-11-03T" + local)
		}
		e.hour("2026-11-04T16:00")
		e.Clock.Set(t, "2026-11-03T13:00:00Z")
		e.Pass(7 * time.Hour) // until 15:00: all of them are past
		e.wantTuesday(t, "09:00 2h accepted", "10:00 2h accepted", "11:00 2h accepted", "12:00 2h accepted", "16:00 1d capped")
		e.hour("2026-11-04T18:00")
		e.wantTuesday(t, "09:00 2h accepted", "10:00 2h accepted", "11:00 2h accepted", "12:00 2h accepted", "16:00 1d capped", "18:00 1d capped")
	})
}

func TestP14_WhereSomethingIsCancelledWhatWasOverTheDoseComes(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		wednesdays, late := e.crowded()
		e.cancel(wednesdays[0])
		e.wantTuesday(t, "10:00 1d cancelled", "12:00 1d waiting", "14:00 1d waiting", "16:00 1d capped", "17:00 2h waiting", "19:30 2h waiting")
		e.cancel(wednesdays[3])
		e.wantTuesday(t, "10:00 1d cancelled", "12:00 1d waiting", "14:00 1d waiting", "16:00 1d cancelled", "17:00 2h waiting", "19:30 2h waiting")
		e.hour("2026-11-04T17:05") // gathered with the last reminder of another session, it comes
		e.hour("2026-11-04T18:00")
		e.wantTuesday(t, "10:00 1d cancelled", "12:00 1d waiting", "14:00 1d waiting", "16:00 1d cancelled", "17:00 2h waiting", "17:05 1d waiting",
			"18:00 1d capped", "19:30 2h waiting")
		e.client.Put("/v1/me/sessions/"+late+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		e.consent(false)
		e.wantTuesday(t, "10:00 1d cancelled", "12:00 1d turned_off", "14:00 1d turned_off", "16:00 1d cancelled", "17:00 2h turned_off", "17:05 1d turned_off",
			"18:00 1d turned_off", "19:30 2h cancelled")
		e.consent(true)
		e.wantTuesday(t, "10:00 1d cancelled", "12:00 1d waiting", "14:00 1d waiting", "16:00 1d cancelled", "17:00 2h waiting", "17:05 1d waiting",
			"18:00 1d waiting", "19:30 2h cancelled")
	})
}

func TestP14_WhoseMomentIsPastDoesNotComeThoughThereIsRoom(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		_, late := e.crowded()
		e.Clock.Set(t, "2026-11-03T10:00:00Z")
		e.Pass(9*time.Hour + 30*time.Minute) // until 14:30
		before := e.FCM.Accepted()
		e.client.Put("/v1/me/sessions/"+late+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		e.wantTuesday(t, "10:00 1d accepted", "12:00 1d accepted", "14:00 1d capped", "16:00 1d waiting", "17:00 2h waiting", "19:30 2h cancelled")
		e.Pass(9 * time.Hour)
		e.wantTuesday(t, "10:00 1d accepted", "12:00 1d accepted", "14:00 1d capped", "16:00 1d accepted", "17:00 2h accepted", "19:30 2h cancelled")
		e.wantSent(t, before+2)
	})
}

func TestP14_PlannedAgainNothingChanges(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.crowded()
		planned := func() []string {
			return append(e.Rows("SELECT id, state, cause, push_id, revision, remind_at FROM reminders ORDER BY id"),
				e.Rows("SELECT id, due_at, next_at, state, revision FROM pushes ORDER BY id")...)
		}
		before := planned()
		for range 2 {
			e.client.Patch("/v1/me", object{"quiet_hours": object{"start": "22:30", "end": "07:00"}}).Want(http.StatusOK)
			if diff := cmp.Diff(before, planned()); diff != "" {
				t.Fatal(diff)
			}
			e.client.Patch("/v1/me", object{"quiet_hours": object{"start": "22:00", "end": "07:00"}}).Want(http.StatusOK)
		}
	})
}

func TestPushesDueAtOneInstantAreSpreadOverTheMinuteBeforeByTheirPerson(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		var clients []*apitest.Person
		for i := range 40 {
			clients = append(clients, counselor.NewClient(fmt.Sprint("Client ", i)).NewPhone(fcmtest.Android))
		}
		e := &engine{w, counselor, clients[0]}
		counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": "2026-11-04T18:00", "duration_minutes": 60,
			"rule": "FREQ=DAILY;COUNT=3"}, clients...)
		seconds, early := map[string]int{}, map[string]string{}
		for _, row := range w.Rows("SELECT user_id, due_at - next_at FROM pushes ORDER BY due_at") {
			var user string
			var by int64
			if _, err := fmt.Sscan(row, &user, &by); err != nil {
				t.Fatalf("%q: %v", row, err)
			}
			if by < 0 || by >= time.Minute.Microseconds() {
				t.Errorf("%d µs early", by)
			}
			if before, known := early[user]; known && before != fmt.Sprint(by) {
				t.Errorf("%s has no second of their own: %s, then %d", user, before, by)
			} else if !known {
				seconds[fmt.Sprint(by/1e6)]++
			}
			early[user] = fmt.Sprint(by)
		}
		for second, n := range seconds {
			if n > 8 {
				t.Errorf("%d go in second %s", n, second)
			}
		}
		if len(seconds) < 15 {
			t.Errorf("40 people go in %d different seconds", len(seconds))
		}
		e.Clock.Set(t, "2026-11-03T22:59:00Z")
		e.Drain()
		e.wantSent(t, 0)
		e.Pass(time.Minute)
		e.wantSent(t, 40)
		wantReminders(t, e.client, "1d 2026-11-03T23:00:00Z accepted", "2h 2026-11-04T21:00:00Z waiting",
			"1d 2026-11-04T23:00:00Z waiting", "2h 2026-11-05T21:00:00Z waiting", "1d 2026-11-05T23:00:00Z waiting", "2h 2026-11-06T21:00:00Z waiting")
	})
}

func TestNothingIsSpreadIntoQuietHoursNorAreCorrectionsAndTests(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		early := e.hour("2026-11-05T06:30") // P9: the day before at 7:00, and at 22:00 when quiet hours begin
		e.testPush().Want(http.StatusCreated)
		byDue := "SELECT CASE WHEN next_at = due_at THEN 'exact' WHEN next_at > due_at - 60000000 AND next_at < due_at THEN 'early' ELSE 'wrong' END FROM pushes ORDER BY due_at"
		if diff := cmp.Diff([]string{"exact", "exact", "early"}, e.Rows(byDue)); diff != "" {
			t.Fatal(diff)
		}
		e.Drain()
		e.At("2026-11-04T11:59:59Z")
		e.wantTexts(t, aTest)
		e.At("2026-11-04T12:00:00Z")
		e.move(early, "2026-11-06T06:30")
		if diff := cmp.Diff([]string{"exact"}, e.Rows("SELECT CASE WHEN next_at = due_at THEN 'exact' ELSE 'wrong' END FROM pushes WHERE revision > 0")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheLastWordBeforeASessionIsNotGatheredIntoAnEarlierOneOfIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.policy(object{"gather_minutes": 30})
		e.choose(object{"session": object{"leads": []any{"1h", "30m"}}})
		e.hour("2026-11-03T18:00")
		e.At("2026-11-03T22:00:00Z")
		e.wantSent(t, 1)
		e.At("2026-11-03T22:30:00Z")
		e.wantSent(t, 2)
	})
}
