package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// why explains a reminder of a person's, each step as "because local_at", the spread and the instant of sending aside.
func why(t *testing.T, p *apitest.Person, id string) (steps []string, text string) {
	t.Helper()
	reply := p.Get("/v1/me/reminders/" + id + "/why").Want(http.StatusOK)
	for _, s := range reply.Object["steps"].([]any) {
		step := object(s.(map[string]any))
		at, err := time.Parse(time.RFC3339, step.Text("at"))
		zone, failed := time.LoadLocation(step.Text("time_zone"))
		if err != nil || failed != nil || at.In(zone).Format("2006-01-02T15:04:05") != step.Text("local_at") || step.Text("text") == "" {
			t.Errorf("a step is %v", step)
		}
		switch because := step.Text("because"); because {
		case "spread", "sent":
		default:
			steps = append(steps, because+" "+step.Text("local_at"))
		}
	}
	return steps, reply.Text("text")
}

// wantWhy explains the person's reminder of a lead, the newest of them.
func wantWhy(t *testing.T, p *apitest.Person, lead, text string, want ...string) {
	t.Helper()
	var id string
	for _, r := range p.Get("/v1/me/reminders?limit=200&from=2026-10-01T00:00:00Z&to=2027-09-01T00:00:00Z").Want(http.StatusOK).Items() {
		if r.Text("lead") == lead && r.Text("state") != "cancelled" {
			id = r.Text("id")
		}
	}
	steps, said := why(t, p, id)
	if of, byLead := p.Get("/v1/me/reminders/"+id+"/why").Text("leads_of"), strings.HasPrefix(steps[0], "lead "); byLead && of != "clinic" || !byLead && of != "" {
		t.Errorf("the lead %s is of %q", lead, of)
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("%s:\n%s", lead, diff)
	}
	if said != text {
		t.Errorf("%s says %q, want %q", lead, said, text)
	}
}

func TestWhyP9_AnEarlySessionsReminderSaysThatQuietHoursMovedIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.hour("2026-11-05T06:30")
		wantWhy(t, e.client, "1d", "Wed, Nov 4 7:00 AM: Moved to the end of your quiet hours.", "lead 2026-11-04T06:30:00", "quiet_hours_end 2026-11-04T07:00:00")
		wantWhy(t, e.client, "2h", "Wed, Nov 4 10:00 PM: Moved to the start of your quiet hours.", "lead 2026-11-05T04:30:00", "quiet_hours_start 2026-11-04T22:00:00")
		e.move(session, "2026-11-06T18:00")
		wantWhy(t, e.client, "1d", "Thu, Nov 5 6:00 PM: 1 day before, at the same time of day.", "lead 2026-11-05T18:00:00")
		wantWhy(t, e.client, "2h", "Fri, Nov 6 4:00 PM: 2 hours before.", "lead 2026-11-06T16:00:00")
		e.client.Patch("/v1/me", object{"locale": "es", "quiet_hours": object{"start": "15:00", "end": "17:30"}}).Want(http.StatusOK)
		wantWhy(t, e.client, "2h", "Para el viernes 6 de noviembre a las 3:00 p.m.: Se pasó al inicio de tus horas de silencio.",
			"lead 2026-11-06T16:00:00", "quiet_hours_start 2026-11-06T15:00:00")
	})
}

func TestWhyP12_HomeworkSaysThatItComesBeforeTheGroup(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewSeries(object{"title": "Group", "kind": "group", "local_start": "2026-11-04T18:00", "duration_minutes": 180,
			"rule": "FREQ=DAILY;COUNT=2"}, e.client)
		e.counselor.NewHomework(e.client, "2026-11-06T02:00:00Z") // Thursday 21:00
		early := "Half an hour before a session of yours, not during it."
		wantWhy(t, e.client, "1d@18:00", "Wed, Nov 4 5:30 PM: "+early, "lead 2026-11-04T18:00:00", "own_session 2026-11-04T17:30:00")
		wantWhy(t, e.client, "3h", "Thu, Nov 5 5:30 PM: "+early, "lead 2026-11-05T18:00:00", "own_session 2026-11-05T17:30:00")
	})
}

func TestWhyWhatIsGatheredSaysSoAndTheSpreadAndTheSendingAreShown(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.hour("2026-11-04T18:05")
		e.counselor.NewHomework(e.client, "2026-11-05T04:00:00Z") // Wednesday 23:00: the evening before at 18:00
		wantWhy(t, e.client, "1d", "Tue, Nov 3 6:00 PM: Sent together with something else, as one.", "lead 2026-11-03T18:05:00", "gathered 2026-11-03T18:00:00")
		wantWhy(t, e.client, "1d@18:00", "Tue, Nov 3 6:00 PM: 1 day before, at 6:00 PM.", "lead 2026-11-03T18:00:00")
		e.client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		wantWhy(t, e.client, "1d@18:00", "Para el martes 3 de noviembre a las 6:00 p.m.: 1 día antes, a las 6:00 p.m.", "lead 2026-11-03T18:00:00")
		id := e.client.Get("/v1/me/reminders?limit=1").Want(http.StatusOK).Items()[0].Text("id")
		last := func() string {
			steps := e.client.Get("/v1/me/reminders/" + id + "/why").Want(http.StatusOK).Object["steps"].([]any)
			step := object(steps[len(steps)-1].(map[string]any))
			return step.Text("because") + " " + step.Text("at")
		}
		planned := last()
		e.Clock.Set(t, "2026-11-03T22:58:00Z")
		e.Pass(5 * time.Minute)
		e.wantSent(t, 1)
		if !strings.HasPrefix(planned, "spread 2026-11-03T22:59:") || last() != strings.Replace(planned, "spread", "sent", 1) {
			t.Errorf("planned %s, then %s", planned, last())
		}
	})
}

func TestWhyTheLeadCountsOnTheSessionsClockAndTheRestOnTheReaders(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.hour("2026-11-05T09:00")
		e.client.Patch("/v1/me", object{"time_zone_mode": "fixed", "time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		wantWhy(t, e.client, "2h", "Wed, Nov 4 10:00 PM: Moved to the start of your quiet hours.", "lead 2026-11-05T07:00:00", "quiet_hours_start 2026-11-04T22:00:00")
	})
}

func TestWhyWhatNoLeadTimesIsExplainedToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.hour("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.Clock.Set(t, "2026-11-03T05:00:00Z") // midnight
		e.move(session, "2026-11-03T19:00")
		wantWhy(t, e.client, "moved", "Tue, Nov 3 7:00 AM: Moved to the end of your quiet hours.", "event 2026-11-03T00:00:00", "quiet_hours_end 2026-11-03T07:00:00")
		e.testPush().Want(http.StatusCreated)
		wantWhy(t, e.client, "now", "Tue, Nov 3 12:00 AM: Your clinic tried then whether a push arrives.", "event 2026-11-03T00:00:00")
		e.At("2026-11-03T13:00:00Z")
		e.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		rsvp := e.counselor.SignIn().Get("/v1/me/reminders").Want(http.StatusOK).Items()[0].Text("lead")
		wantWhy(t, e.counselor, rsvp, "Reminders on the phone are not allowed by this person.", "event 2026-11-03T08:00:00", "rested 2026-11-03T08:01:00")
		homework := e.counselor.NewHomework(e.client, "2026-11-06T02:00:00Z")
		e.client.Post("/v1/me/assignments/"+homework+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		e.counselor.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		wantWhy(t, e.counselor, "2d@09:00", "Thu, Nov 5 9:00 AM: 2 days after it was handed in, at 9:00 AM.", "lead 2026-11-05T09:00:00")
		e.policy(object{"leads": object{"review": []any{"0d@18:00"}}})
		wantWhy(t, e.counselor, "0d@18:00", "Tue, Nov 3 6:00 PM: On the day it was handed in, at 6:00 PM.", "lead 2026-11-03T18:00:00")
	})
}

func TestWhyAnAnnouncementThatWaitedForConsentDoesNotBlameQuietHours(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.consent(false)
		e.cancel(e.hour("2026-11-03T18:00"))
		e.Clock.Set(t, "2026-11-02T16:00:00Z")
		e.consent(true)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		wantWhy(t, e.client, "cancelled", "Mon, Nov 2 11:00 AM: It waited a little, in case more changed.", "event 2026-11-02T09:00:00", "rested 2026-11-02T11:00:00")
	})
}

func TestWhyWhatMayHaveArrivedSaysSo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		e.complete(t, e.check(t, e.claim(t)), unknown)
		e.At("2026-11-03T21:00:00Z") // the next takes its place
		first := e.client.Get("/v1/me/reminders").Want(http.StatusOK).Items()[0]
		_, said := why(t, e.client, first.Text("id"))
		if want := "There was never a clear answer before it stopped being useful; it may have arrived."; said != want || first.Text("meaning") != want {
			t.Errorf("%s: why says %q, the list %q", first.Text("state"), said, first.Text("meaning"))
		}
	})
}

func TestWhyWhatIsTurnedOffSaysWhetherItIsAllOrOneKind(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.hour("2026-11-05T18:00")
		e.choose(object{"session": object{"on": false}})
		wantWhy(t, e.client, "2h", "This person has turned off reminders of this kind.", "lead 2026-11-05T16:00:00")
		e.client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		wantWhy(t, e.client, "2h", "La persona desactivó los recordatorios de este tipo.", "lead 2026-11-05T16:00:00")
		e.consent(false)
		wantWhy(t, e.client, "2h", "Esta persona no permite recordatorios en el teléfono.", "lead 2026-11-05T16:00:00")
	})
}

func TestWhyIsAnsweredOfOnesOwnRemindersOnly(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.hour("2026-11-05T18:00")
		id := e.client.Get("/v1/me/reminders").Want(http.StatusOK).Items()[0].Text("id")
		e.counselor.SignIn().Get("/v1/me/reminders/" + id + "/why").Want(http.StatusNotFound)
		e.counselor.NewClient("Sam Client").Get("/v1/me/reminders/" + id + "/why").Want(http.StatusNotFound)
		e.client.Get("/v1/me/reminders/01932b1e-8c5a-7c3e-9a55-1f2d3c4b5a69/why").Want(http.StatusNotFound)
	})
}
