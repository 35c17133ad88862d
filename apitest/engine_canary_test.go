package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/models/words"
	"handrail/notify/fcmtest"
)

const canary = "Xylophone"

// canaries are words that are told to Handrail in every field that takes a person's words.
func canaries() (all []string) {
	for _, field := range []string{"clinic", "display", "counselor", "client", "title", "tag", "place", "link",
		"homework", "instructions", "submission", "answer", "draft", "comment", "note", "contact", "goal"} {
		all = append(all, canary+field)
	}
	return all
}

func TestNothingThatAnybodyWroteReachesFCMOrTheLog(t *testing.T) {
	for locale, says := range map[string]string{"en": "You have something", "es": "Tienes algo"} {
		t.Run(locale, func(t *testing.T) { nothingWrittenIsPassedOn(t, locale, says) })
	}
}

func nothingWrittenIsPassedOn(t *testing.T, locale, says string) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.Admin.Patch("/v1/clinic", object{"name": canary + "clinic", "display_name": canary + "display", "locale": locale}).Want(http.StatusOK)
		counselor := e.Admin.NewCounselor(canary + "counselor")
		client := counselor.NewClient(canary + "client").NewPhone(fcmtest.Android)
		apple := counselor.NewClient(canary + "client two").NewPhone(fcmtest.IOS)
		group := object{"title": canary + "title", "kind": "group", "local_start": "2026-11-03T18:00", "duration_minutes": 60,
			"tags": []string{canary + "tag"}, "place": canary + "place", "link": "https://meet.example/" + canary + "link"}
		series := counselor.NewSeries(group, client, apple)
		homework := counselor.Post("/v1/clients/"+client.ID+"/assignments", object{"title": canary + "homework", "instructions": canary + "instructions",
			"template": "reading", "due": "2026-11-04T04:00:00Z", "practice": object{"rule": "FREQ=DAILY;COUNT=3", "remind_at": "19:00"}}).
			Want(http.StatusCreated).Text("id")
		path := "/v1/me/assignments/" + homework
		onDuty(counselor)
		client.Post("/v1/me/contacts", object{"name": canary + "contact", "relation": "sponsor", "phone": "+12015550143",
			"note": canary + "note"}).Want(http.StatusCreated)
		client.Post("/v1/me/goals", object{"text": canary + "goal"}).Want(http.StatusCreated)
		e.FCM.Fail(fcmtest.Fault{Status: 400, Message: "refused", Times: 1})
		e.FCM.Fail(fcmtest.Unavailable("1"))
		e.At("2026-11-02T23:00:00Z")
		e.FCM.ClearFaults()
		e.Pass(time.Hour)
		client.Put(path+"/draft", object{"text": canary + "draft"}).Want(http.StatusOK)
		client.Post(path+"/practice", object{"note": canary + "note"}).Want(http.StatusCreated)
		client.Post(path+"/submit", object{"text": canary + "submission", "answers": object{"idea": canary + "answer"}}).Want(http.StatusOK)
		counselor.Post("/v1/assignments/"+homework+"/review", object{"decision": "returned", "comment": canary + "comment"}).Want(http.StatusOK)
		client.Post(path+"/submit", object{"text": canary + "submission"}).Want(http.StatusOK)
		session := counselor.SessionsOf(series)[0].Text("id")
		counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-03T19:30"}).Want(http.StatusOK)
		e.Pass(2 * time.Hour)
		counselor.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusOK)
		e.Pass(72 * time.Hour)
		wantTexts(t, counselor, words.In(locale).Push.Waiting(1))

		requests := e.FCM.Requests()
		if len(requests) < 6 {
			t.Fatalf("only %d requests: the day was too quiet to prove anything", len(requests))
		}
		spoken := false
		for _, request := range requests {
			spoken = spoken || strings.Contains(string(request.Message.Raw), says)
			if found := strings.Contains(strings.ToLower(string(request.Message.Raw)), strings.ToLower(canary)); found {
				t.Errorf("reached FCM: %s", request.Message.Raw)
			}
		}
		if !spoken {
			t.Errorf("nothing was said in %q", locale)
		}
		stored := fmt.Sprint(e.Stored())
		for _, word := range canaries()[2:] { // the clinic's own names are not sealed
			if strings.Contains(stored, word) {
				t.Errorf("%q stands unsealed in the database", word)
			}
		}
		for _, word := range append(canaries(), says, client.Registration) {
			if strings.Contains(e.Logged(), word) {
				t.Errorf("%q is in the log", word)
			}
		}
	})
}
