package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// All of it is in standard time: New York is five hours behind Z. Monday, November 2 is the first day.
func TestSixWeeksOfOneClient(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		s := &story{World: w}
		s.play(t, []beat{
			{"Week 1, Monday: a code opens the app, once", aCodeOpensTheApp},
			{"Monday evening: the phones say that there is something, and no more", theEveningBefore},
			{"Tuesday: who was there, and for how long", theFirstEvening},
			{"Wednesday: Thursday's group moves, and what the phones said is put right", theGroupMoves},
			{"Week 2: Robin says no to one evening and misses another", theMissedEvenings},
			{"Week 3: three days without a net, and nothing of it is lost", practiceOffline},
			{"Wednesday: Robin reaches Chris, which is nobody else's business", aContactReached},
			{"A goal, and what Dana says to it", aGoal},
			{"Week 4: Dana is away; homework goes to Lee and comes back", homeworkIsReturned},
			{"Week 5: Dana is back, and the homework is accepted", homeworkIsAccepted},
			{"A meeting of Robin's own", aMeeting},
			{"Week 6: discharge; the group's evenings fall silent, the meetings go on", discharge},
			{"Nothing of it can be read by who has the database, a backup, the log or what FCM was sent", nothingIsLeft},
		})
	})
}

func aCodeOpensTheApp(s *story, t *testing.T) {
	s.dana, s.lee = s.Admin.NewCounselor("Dana Counselor"), s.Admin.NewCounselor("Lee Colleague")
	onDuty(s.dana)
	s.robin = s.Nobody()
	s.robin.ID = s.dana.Post("/v1/clients", object{"name": "Robin Client"}).Want(http.StatusCreated).Text("id")
	code := s.dana.Code(s.robin.ID)
	s.robin.Enroll(code, object{"consents": []object{{"kind": "push", "text_version": "2026-11", "granted": true}}})
	s.robin.NewPhone(fcmtest.Android)
	if again := s.Nobody().Post("/v1/auth/enroll", object{"code": code, "installation_id": "somebody-elses-phone"}); again.Status < 400 {
		t.Errorf("the code works twice: %s", again.Raw())
	}
	s.casey = s.dana.NewClient("Casey Client").NewPhone(fcmtest.Android)
	s.group = s.dana.NewSeries(object{"title": "Relapse prevention", "kind": "group", "local_start": "2026-11-03T18:00", "duration_minutes": 180,
		"rule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=12", "place": "Room 4, 12 Mill Street"}, s.robin, s.casey)
	s.sessions = s.dana.SessionsOf(s.group)

	mine := s.robin.Get("/v1/me/sessions?week=2026-W45").Want(http.StatusOK)
	if len(mine.Items()) != 2 || mine.Items()[0].Text("title") != "Relapse prevention" || strings.Contains(mine.Raw(), "Casey") {
		t.Errorf("Robin reads %s", mine.Raw())
	}
	s.wants("Dana's clients", s.weeks(), "Robin Client 0/0/360 of 540", "Casey Client 0/0/360 of 540")
	s.lee.Get("/v1/clients/" + s.robin.ID).Want(http.StatusNotFound)
	s.Admin.Get("/v1/clients/"+s.robin.ID).WantProblem(http.StatusForbidden, "role_not_allowed")
	s.casey.Get("/v1/clients/"+s.robin.ID).WantProblem(http.StatusForbidden, "role_not_allowed")
}

func theEveningBefore(s *story, t *testing.T) {
	s.until("2026-11-02T22:59:00Z")
	s.shows(s.robin)
	s.until("2026-11-02T23:00:00Z")
	first := s.evening("2026-11-03")
	s.wants("FCM took it", s.reminded(s.robin, first), "1d accepted unknown", "2h waiting not_sent")
	shown := s.robin.Screen()[0]
	s.says(s.robin, shown, "arrived")
	s.wants("the app had it", s.reminded(s.robin, first), "1d acknowledged reached_phone", "2h waiting not_sent")
	s.says(s.robin, shown, "opened")
	s.wants("Robin opened it", s.reminded(s.robin, first), "1d acknowledged opened", "2h waiting not_sent")
	s.wants("Casey's phone said nothing", s.reminded(s.casey, first), "1d accepted unknown", "2h waiting not_sent")
	s.shows(s.robin, "You have something Tue at 6:00 PM.")
	s.shows(s.casey, "You have something Tue at 6:00 PM.")
	s.shows(s.dana)
	s.lee.Get("/v1/clients/" + s.robin.ID + "/reminders").Want(http.StatusNotFound)
}

func theFirstEvening(s *story, t *testing.T) {
	s.until("2026-11-03T22:00:00Z")
	s.shows(s.robin, "You have something Tue at 6:00 PM.")
	s.until("2026-11-04T02:10:00Z") // ten past nine
	s.records("2026-11-03", object{"status": "present"}, object{"status": "late", "minutes": 150})
	s.wants("each reads their own", []string{s.attendance(s.robin, "2026-11-03"), s.attendance(s.casey, "2026-11-03")}, "present 180", "late 150")
	s.wants("Robin's progress", treatment(s.robin.Get("/v1/me/progress")), "2026-W45 180/180/360 of 540", "all 180/180/360 of 540")
	s.wants("Dana's clients", s.weeks(), "Robin Client 180/180/360 of 540", "Casey Client 150/180/360 of 540")
	s.lee.Get("/v1/sessions/" + s.evening("2026-11-03") + "/attendance").Want(http.StatusNotFound)
}

func theGroupMoves(s *story, t *testing.T) {
	s.swipes(s.robin, s.casey)
	s.until("2026-11-05T00:00:00Z") // Wednesday at seven; the phones were told at six
	before := s.robin.Screen()[0]
	thursday := s.evening("2026-11-05")
	s.dana.Patch("/v1/sessions/"+thursday, object{"local_start": "2026-11-05T19:30"}).Want(http.StatusOK)
	s.Drain()
	if after := s.robin.Screen()[0]; after.Tag != before.Tag {
		t.Error("the correction stands beside what it corrects")
	}
	s.shows(s.robin, "Thu 6:00 PM is now 7:30 PM.")
	s.shows(s.casey, "Thu 6:00 PM is now 7:30 PM.")
	if mine := s.robin.Get("/v1/me/sessions/" + thursday).Want(http.StatusOK); mine.Text("local_start") != "2026-11-05T19:30:00" ||
		mine.Text("original_local_start") != "2026-11-05T18:00:00" {
		t.Errorf("Robin reads %s", mine.Raw())
	}
	s.robin.Put("/v1/me/sessions/"+thursday+"/rsvp", object{"answer": "late", "minutes_late": 15}).Want(http.StatusOK)
	sheet := s.dana.Get("/v1/sessions/" + thursday + "/attendance").Want(http.StatusOK)
	said, _ := sheet.Object["entries"].([]any)[0].(map[string]any)["rsvp"].(map[string]any)
	if said["answer"] != "late" || said["minutes_late"] != 15.0 || said["stands"] != true {
		t.Errorf("Dana reads %s", sheet.Raw())
	}
	s.until("2026-11-05T22:30:00Z")
	s.shows(s.robin, "You have something Thu at 7:30 PM.", "You have something Thu at 7:30 PM.") // a day and two hours before the new start
	s.until("2026-11-06T03:35:00Z")
	s.records("2026-11-05", object{"status": "late", "minutes": 165}, object{"status": "present"})
	s.wants("Dana's clients", s.weeks(), "Robin Client 345/360/360 of 540", "Casey Client 330/360/360 of 540")
}

func theMissedEvenings(s *story, t *testing.T) {
	s.swipes(s.robin, s.casey)
	tuesday, thursday := s.evening("2026-11-10"), s.evening("2026-11-12")
	s.until("2026-11-09T17:00:00Z") // Monday noon
	s.robin.Put("/v1/me/sessions/"+tuesday+"/rsvp", object{"answer": "cannot_come", "note": "The school called."}).Want(http.StatusOK)
	s.wants("nobody reminds Robin", s.reminded(s.robin, tuesday), "1d cancelled not_sent cannot_come", "2h cancelled not_sent cannot_come")
	s.until("2026-11-09T17:01:00Z")
	s.shows(s.dana, "Someone sent word about Tue 6:00 PM.")
	s.until("2026-11-11T02:10:00Z")
	s.shows(s.robin)
	s.shows(s.casey, "You have something Tue at 6:00 PM.", "You have something Tue at 6:00 PM.")
	s.records("2026-11-10", object{"status": "excused"}, object{"status": "present"})
	s.until("2026-11-13T02:10:00Z")
	s.shows(s.robin, "You have something Thu at 6:00 PM.", "You have something Thu at 6:00 PM.")
	s.records("2026-11-12", object{"status": "no_show"}, object{"status": "present"})
	s.wants("Robin was sent word, and more is not known", s.reminded(s.robin, thursday), "1d accepted unknown", "2h accepted unknown")
	s.wants("each reads their own", []string{s.attendance(s.robin, "2026-11-12"), s.attendance(s.casey, "2026-11-12")}, "no_show 0", "present 180")
	s.wants("Dana sees who is short of hours", s.weeks(), "Robin Client 0/360/360 of 540", "Casey Client 360/360/360 of 540")
}

func practiceOffline(s *story, t *testing.T) {
	s.until("2026-11-13T14:00:00Z") // Friday at nine
	s.practice = s.dana.Post("/v1/clients/"+s.robin.ID+"/assignments", object{"title": "Urge surfing", "instructions": "Ten minutes, once a day.",
		"due": "2026-12-04T22:00:00Z", "practice": object{"rule": "FREQ=DAILY;COUNT=14"}}).Want(http.StatusCreated).Text("id")
	s.swipes(s.robin)
	s.FCM.SetOnline(s.robin.Registration, false)
	path := "/v1/me/assignments/" + s.practice + "/practice"
	var kept []object // in the phone
	for _, at := range []string{"2026-11-14T01:00:00Z", "2026-11-15T01:00:00Z", "2026-11-16T01:00:00Z"} {
		kept = append(kept, object{"id": uuid7(), "occurred_at": at, "note": "On the porch."})
	}
	s.until("2026-11-17T01:00:00Z") // Monday at eight
	s.shows(s.robin)
	if p := s.homework(s.dana, s.practice).Object["practice"].(map[string]any); p["practised_days"] != 0.0 {
		t.Errorf("Dana sees %v", p)
	}
	s.FCM.SetOnline(s.robin.Registration, true)
	s.shows(s.robin, "You have something Tue at 6:00 PM.") // sent at six, kept by FCM
	var first []string
	for _, p := range kept {
		first = append(first, s.robin.Post(path, p).Want(http.StatusCreated).Raw())
	}
	for i, p := range kept { // the net was bad, and the phone is not sure that it was heard
		s.wants("sent twice, kept once", []string{s.robin.Post(path, p).Want(http.StatusCreated).Raw()}, first[i])
	}
	s.synced()
	for _, reader := range []*apitest.Person{s.robin, s.dana} {
		p := s.homework(reader, s.practice).Object["practice"].(map[string]any)
		if p["practised_days"] != 3.0 || p["expected_days"] != 14.0 || p["last_practised_at"] != "2026-11-16T01:00:00Z" {
			t.Errorf("of the practice is read %v", p)
		}
	}
	var days []string
	for _, p := range s.dana.Get("/v1/assignments/" + s.practice + "/practice").Want(http.StatusOK).Items() {
		days = append(days, p.Text("day")+" "+p.Text("note"))
	}
	s.wants("on the days when it was", days, "2026-11-13 On the porch.", "2026-11-14 On the porch.", "2026-11-15 On the porch.")
	s.casey.Get("/v1/me/assignments/" + s.practice).Want(http.StatusNotFound)
	s.lee.Get("/v1/assignments/" + s.practice).Want(http.StatusNotFound)
}

func aContactReached(s *story, t *testing.T) {
	s.until("2026-11-18T17:30:00Z") // Wednesday, half past twelve
	hours := []object{{"days": []string{"mo", "tu", "we", "th", "fr"}, "start": "12:00", "end": "22:00"}}
	chris := newContact(s.robin, "Chris W.", object{"hours": hours, "shared": true, "note": "Knows about Sunday."})
	s.robin.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
	if list := s.robin.Get("/v1/me/contacts").Want(http.StatusOK); list.Items()[0]["reachable_now"] != true || len(list.Object["crisis_lines"].([]any)) == 0 {
		t.Errorf("Robin reads %s", list.Raw())
	}
	s.robin.Post("/v1/me/contacts/"+chris+"/reach-outs", object{"way": "call", "helped": true, "note": "We talked until it passed."}).Want(http.StatusCreated)
	mine := s.robin.Get("/v1/me/reach-outs").Want(http.StatusOK)
	if len(mine.Items()) != 1 || mine.Items()[0].Text("note") != "We talked until it passed." {
		t.Errorf("Robin keeps %s", mine.Raw())
	}
	seen := s.dana.Get("/v1/clients/" + s.robin.ID + "/contacts").Want(http.StatusOK)
	if len(seen.Items()) != 1 || seen.Items()[0].Text("name") != "Chris W." || strings.Contains(seen.Raw(), "Sunday") || strings.Contains(seen.Raw(), "passed") {
		t.Errorf("Dana sees %s", seen.Raw())
	}
	s.lee.Get("/v1/clients/" + s.robin.ID + "/contacts").Want(http.StatusNotFound)
	s.casey.Get("/v1/me/contacts/" + chris).Want(http.StatusNotFound)
}

func aGoal(s *story, t *testing.T) {
	goal := s.robin.Post("/v1/me/goals", object{"text": "My sister's wedding, sober.", "target_on": "2026-12-05",
		"links": []object{{"kind": "assignment", "id": s.practice}}}).Want(http.StatusCreated).Text("id")
	s.dana.Post("/v1/goals/"+goal+"/comments", object{"text": "Who drives you home?"}).Want(http.StatusCreated)
	s.lee.Post("/v1/goals/"+goal+"/comments", object{"text": "Good luck."}).Want(http.StatusNotFound)
	comments := s.robin.Get("/v1/me/goals/" + goal).Want(http.StatusOK).Object["comments"].([]any)
	said := comments[0].(map[string]any)
	s.wants("Robin reads", []string{fmt.Sprint(said["author_name"], ": ", said["text"])}, "Dana Counselor: Who drives you home?")
	s.robin.Patch("/v1/me/goals/"+goal, object{"status": "reached"}).Want(http.StatusOK)
	if seen := s.dana.Get("/v1/clients/" + s.robin.ID + "/goals").Want(http.StatusOK).Items(); len(seen) != 1 || seen[0].Text("status") != "reached" {
		t.Errorf("Dana sees %v", seen)
	}
	s.casey.Get("/v1/me/goals/" + goal).Want(http.StatusNotFound)
}

func homeworkIsReturned(s *story, t *testing.T) {
	s.until("2026-11-23T14:00:00Z")
	s.record = s.dana.NewHomework(s.robin, "2026-11-30T22:00:00Z") // due in a week, Monday at five
	s.Admin.Post("/v1/caseload", object{"counselor_id": s.lee.ID, "covers_id": s.dana.ID, "until": "2026-11-30T14:00:00Z"}).Want(http.StatusCreated)
	draft := "/v1/me/assignments/" + s.record + "/draft"
	s.until("2026-11-25T14:00:00Z")
	s.robin.Put(draft, object{"text": "Sunday was"}).Want(http.StatusOK)
	if seen := s.homework(s.lee, s.record); seen.Text("status") != "started" || strings.Contains(seen.Raw(), "Sunday was") {
		t.Errorf("Lee sees %s", seen.Raw())
	}
	s.wants("nothing waits", s.waiting(s.lee))
	s.until("2026-11-27T14:00:00Z")
	s.robin.Post("/v1/me/assignments/"+s.record+"/submit", object{"text": "Sunday was hard."}).Want(http.StatusOK)
	s.wants("early: no reminder is left", s.reminded(s.robin, s.record), "1d@18:00 cancelled not_sent submitted", "3h cancelled not_sent submitted")
	s.wants("it waits for Lee, who covers", s.waiting(s.lee), s.record)
	s.lee.Post("/v1/assignments/"+s.record+"/review", object{"decision": "returned", "comment": "Tell me more about Sunday.", "due": "2026-12-02T22:00:00Z"}).
		Want(http.StatusOK)
	s.wants("and no longer", s.waiting(s.dana))
	mine := s.homework(s.robin, s.record)
	review := mine.Object["reviews"].([]any)[0].(map[string]any)
	if mine.Text("status") != "returned" || review["comment"] != "Tell me more about Sunday." || review["reviewed_by"].(map[string]any)["name"] != "Lee Colleague" {
		t.Errorf("Robin reads %s", mine.Raw())
	}
}

func homeworkIsAccepted(s *story, t *testing.T) {
	s.until("2026-11-30T14:00:00Z")
	s.lee.Get("/v1/assignments/" + s.record).Want(http.StatusNotFound) // Dana is back
	s.swipes(s.robin, s.casey)
	s.until("2026-12-02T02:10:00Z")
	s.shows(s.robin, "You have something Tue at 6:00 PM.", "You have something Tue at 6:00 PM.", "Something to finish by Wed 5:00 PM.")
	s.until("2026-12-02T17:00:00Z")
	s.robin.Post("/v1/me/assignments/"+s.record+"/submit", object{"text": "Sunday was hard. I called Chris."}).Want(http.StatusOK)
	s.wants("Dana sees both rounds of reminders", s.reminded(s.robin, s.record), "1d@18:00 cancelled not_sent submitted",
		"3h cancelled not_sent submitted", "1d@18:00 accepted unknown", "3h cancelled not_sent submitted")
	s.wants("it waits for Dana", s.waiting(s.dana), s.record)
	s.dana.Post("/v1/assignments/"+s.record+"/review", object{"decision": "accepted", "comment": "That was brave."}).Want(http.StatusOK)
	mine := s.homework(s.robin, s.record)
	if mine.Text("status") != "accepted" || len(mine.Object["submissions"].([]any)) != 2 || len(mine.Object["reviews"].([]any)) != 2 {
		t.Errorf("Robin reads %s", mine.Raw())
	}
	s.robin.Post("/v1/me/assignments/"+s.record+"/submit", object{"text": "And more."}).WantProblem(http.StatusConflict, "wrong_step")
	s.until("2026-12-02T20:00:00Z")
	s.shows(s.robin)
	s.swipes(s.dana)
}

func aMeeting(s *story, t *testing.T) {
	s.meeting = s.robin.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-12-05T12:00", "duration_minutes": 60,
		"rule": "FREQ=WEEKLY", "place": "St. Mark's"}).Want(http.StatusCreated).Text("id")
	s.until("2026-12-04T16:00:00Z")
	s.swipes(s.robin)
	s.until("2026-12-05T18:30:00Z")
	s.shows(s.robin, "You have something Sat at 12:00 PM.", "Something to finish by Fri 5:00 PM.", "You have something Sat at 12:00 PM.")
	var saturday string
	for _, m := range s.robin.Get("/v1/me/sessions?week=2026-W49").Want(http.StatusOK).Items() {
		if m["own"] == true {
			saturday = m.Text("id")
		}
	}
	if went := s.robin.Put("/v1/me/sessions/"+saturday+"/went", object{"went": true}).Want(http.StatusOK); went.Object["went"] != true {
		t.Errorf("Robin keeps %s", went.Raw())
	}
	if seen := s.dana.Get("/v1/clients/" + s.robin.ID + "/sessions?week=2026-W49").Want(http.StatusOK); len(seen.Items()) != 2 || strings.Contains(seen.Raw(), "Home group") {
		t.Errorf("Dana sees %s", seen.Raw())
	}
	s.casey.Get("/v1/me/sessions/" + saturday).Want(http.StatusNotFound)
}

func discharge(s *story, t *testing.T) {
	s.until("2026-12-09T15:00:00Z") // Wednesday at ten
	last := s.evening("2026-12-10")
	s.dana.Post("/v1/clients/"+s.robin.ID+"/discharge", object{"reason": "completed", "aftercare_consent": true, "text_version": "2026-11"}).Want(http.StatusOK)
	s.wants("the last evening is the others'", s.reminded(s.robin, last), "1d cancelled not_sent discharged", "2h cancelled not_sent discharged")
	s.swipes(s.robin, s.casey)
	s.until("2026-12-11T02:10:00Z")
	s.shows(s.robin)
	s.shows(s.casey, "You have something Thu at 6:00 PM.", "You have something Thu at 6:00 PM.")
	s.until("2026-12-13T17:00:00Z")
	s.shows(s.robin, "You have something Sat at 12:00 PM.", "You have something Sat at 12:00 PM.")
	clients := s.dana.Get("/v1/clients").Want(http.StatusOK).Items()
	if clients[0]["discharged"] != true || clients[0]["this_week"] != nil || clients[1]["discharged"] != false {
		t.Errorf("Dana sees %v", clients)
	}
	progress := s.robin.Get("/v1/me/progress")
	if episode := progress.Object["episode"].(map[string]any); episode["ended_at"] != "2026-12-09T15:00:00Z" {
		t.Errorf("Robin reads %v", episode)
	}
	// What nobody recorded is not missed. The last week is Robin's until Wednesday.
	s.wants("six weeks in hours", treatment(progress), "2026-W45 345/360/360 of 540", "2026-W46 0/360/360 of 540", "2026-W47 0/0/360 of 540",
		"2026-W48 0/0/360 of 540", "2026-W49 0/0/360 of 540", "2026-W50 0/0/180 of 231", "all 345/720/1980 of 2931")
	s.until("2026-12-19T17:30:00Z")
	s.shows(s.robin, "You have something Sat at 12:00 PM.", "You have something Sat at 12:00 PM.")
}
