package apitest_test

import (
	"net/http"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// life is a client about whom there is something in every field that holds anything of a client's.
type life struct {
	*apitest.Person
	counselor       *apitest.Person
	word            string // how each of their own words begins
	group, homework string
	session         string // the first of the group, which has begun
}

// Which of a life's words a counselor may read, which are the client's alone, and which are the clinic's.
var (
	readByBoth = []string{"name", "instructions", "title", "submission", "answer", "comment", "practice", "rsvp", "goal", "remark", "shared", "room", "tag",
		"material", "hint", "formergroup", "farewell"}
	readByThemselves = []string{"draft", "contact", "contactnote", "sharednote", "reachout", "meeting", "meetingplace", "meetingtag", "givenup", "app",
		"installation"}
)

// live makes such a client; each of their words begins with one of their own. It begins on Monday at 9:00 and takes until the
// next day, when the first evening of their group is on.
func live(w *apitest.World, counselor *apitest.Person, word string, fellows ...*apitest.Person) *life {
	w.T.Helper()
	l := &life{Person: w.Nobody(), counselor: counselor, word: word}
	l.Installation = word + "installation"
	l.ID = counselor.Post("/v1/clients", object{"name": word + "name"}).Want(http.StatusCreated).Text("id")
	l.Email = word + "@clients.example"
	l.Enroll(counselor.Code(l.ID), object{"email": l.Email, "password": apitest.Password, "consents": []any{
		object{"kind": "push", "text_version": "2026-11", "granted": true}, object{"kind": "aftercare", "text_version": "2026-11", "granted": true}}})
	l.NewPhone(fcmtest.Android)
	l.Put("/v1/me/devices/"+l.Installation, object{"platform": "android", "registration": l.Registration, "registration_kind": "token",
		"permission": "granted", "app_version": word + "app"}).Want(http.StatusOK)
	l.Patch("/v1/me", object{"quiet_hours": object{"start": "21:15", "end": "07:45"}, "unavailable_hours": []any{object{"days": []any{"sa"}, "start": "06:05", "end": "06:35"}},
		"reminders": object{"meeting": object{"leads": []any{"35m"}}}}).Want(http.StatusOK)
	l.group = counselor.NewSeries(object{"title": word + "title", "kind": "group", "tags": []any{word + "tag"}, "local_start": "2026-11-03T18:00", "duration_minutes": 180,
		"rule": "FREQ=WEEKLY;COUNT=6", "place": word + "room"}, append(fellows, l.Person)...)
	sessions := counselor.SessionsOf(l.group)
	l.session = sessions[0].Text("id")
	counselor.Patch("/v1/sessions/"+l.session, object{"materials": []any{object{"title": word + "material", "text": word + "hint"}}}).Want(http.StatusOK)
	l.Put("/v1/me/sessions/"+l.session+"/rsvp", object{"answer": "late", "minutes_late": 17, "note": word + "rsvp"}).Want(http.StatusOK)
	l.leaveAGroup()
	l.doHomework()
	l.keepToThemselves()
	w.Clock.Advance(33*time.Hour + time.Minute) // Tuesday, 18:01
	attended(w.T, counselor, l.session, l.ID, "late", 171)
	l.Put("/v1/me/sessions/"+w.Rows("SELECT s.id FROM sessions s JOIN series e ON e.id = s.series_id WHERE e.owner_id = $1 ORDER BY s.starts_at", l.ID)[0]+"/went",
		object{"went": true}).Want(http.StatusOK)
	return l
}

// leaveAGroup is what stays on record of a group whose roster they are no longer on.
func (l *life) leaveAGroup() {
	former := l.counselor.NewSeries(object{"title": l.word + "formergroup", "kind": "skills", "local_start": "2026-11-05T10:00", "duration_minutes": 60}, l.Person)
	l.Put("/v1/me/sessions/"+l.counselor.SessionsOf(former)[0].Text("id")+"/rsvp", object{"answer": "cannot_come", "note": l.word + "farewell"}).Want(http.StatusOK)
	l.counselor.Delete("/v1/series/" + former + "/roster/" + l.ID).Want(http.StatusNoContent)
}

func (l *life) doHomework() {
	assign := func(title string) string {
		return l.counselor.Post("/v1/clients/"+l.ID+"/assignments", object{"template": "trigger_log", "title": title, "instructions": l.word + "instructions",
			"due": "2026-11-20T22:00:00Z", "practice": object{"rule": "FREQ=DAILY;COUNT=14"}}).Want(http.StatusCreated).Text("id")
	}
	l.homework = assign(l.word + "title")
	path := "/v1/me/assignments/" + l.homework
	l.Post(path+"/practice", object{"note": l.word + "practice"}).Want(http.StatusCreated)
	l.Post(path+"/submit", object{"text": l.word + "submission", "answers": object{"noticed": l.word + "answer", "entries": []any{object{"situation": "Payday", "urge": 7}}}}).
		Want(http.StatusOK)
	l.counselor.Post("/v1/assignments/"+l.homework+"/review", object{"decision": "returned", "comment": l.word + "comment"}).Want(http.StatusOK)
	l.Put(path+"/draft", object{"text": l.word + "draft"}).Want(http.StatusOK)
	l.Put("/v1/me/assignments/"+assign("Another log")+"/draft", object{"text": l.word + "draft"}).Want(http.StatusOK)
	goal := l.Post("/v1/me/goals", object{"text": l.word + "goal", "target_on": "2026-12-05", "links": []any{object{"kind": "assignment", "id": l.homework}}}).
		Want(http.StatusCreated).Text("id")
	l.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": l.word + "remark"}).Want(http.StatusCreated)
}

func (l *life) keepToThemselves() {
	l.Put("/v1/me/consents/share_contacts", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
	contact := l.Post("/v1/me/contacts", object{"name": l.word + "contact", "relation": "sponsor", "phone": "+12015550142", "note": l.word + "contactnote"}).
		Want(http.StatusCreated).Text("id")
	l.Post("/v1/me/contacts", object{"name": l.word + "shared", "relation": "family", "phone": "+12015550143", "note": l.word + "sharednote", "shared": true}).
		Want(http.StatusCreated)
	l.Post("/v1/me/contacts/"+contact+"/reach-outs", object{"way": "call", "helped": true, "note": l.word + "reachout"}).Want(http.StatusCreated)
	meeting := object{"title": l.word + "meeting", "tags": []any{l.word + "meetingtag"}, "local_start": "2026-11-03T12:00", "duration_minutes": 60,
		"rule": "FREQ=WEEKLY;COUNT=4", "place": l.word + "meetingplace"}
	l.Post("/v1/me/meetings", meeting).Want(http.StatusCreated)
	given := l.Post("/v1/me/meetings", object{"title": l.word + "givenup", "local_start": "2026-11-12T12:00", "duration_minutes": 60}).Want(http.StatusCreated).Text("id")
	l.Delete("/v1/me/meetings/" + given).Want(http.StatusNoContent)
}
