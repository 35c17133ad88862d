package apitest_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models"
)

// policy changes how the clinic reminds.
func (e *engine) policy(in object) apitest.Reply {
	e.T.Helper()
	return e.Admin.Patch("/v1/clinic", object{"reminders": in}).Want(http.StatusOK)
}

// choose changes the client's own choices.
func (e *engine) choose(in object) apitest.Reply {
	e.T.Helper()
	return e.client.Patch("/v1/me", object{"reminders": in}).Want(http.StatusOK)
}

// wantDecided compares the client's waiting reminders, each with who decided on its lead.
func (e *engine) wantDecided(t *testing.T, want ...string) {
	t.Helper()
	got := e.Rows("SELECT lead, leads_of FROM reminders WHERE user_id = $1 AND state = 'waiting' ORDER BY remind_at", e.client.ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestANewPolicyOfTheClinicMovesWhatWaitsAndLeavesWhatWasSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z") // the day before is sent
		e.policy(object{"leads": object{"session": []any{"2d", "1h"}}})
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z cancelled", "1h 2026-11-03T22:00:00Z waiting")
		e.policy(object{"leads": object{"session": []any{}}})
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z cancelled", "1h 2026-11-03T22:00:00Z cancelled")
		e.policy(object{"leads": object{"session": []any{"1d", "2h"}}})
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z accepted", "2h 2026-11-03T21:00:00Z waiting", "1h 2026-11-03T22:00:00Z cancelled")
		e.At("2026-11-03T21:00:00Z")
		e.wantSent(t, 2)
	})
}

func TestEachKindOfReminderHasItsOwnLeads(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.counselor.NewSession("aftercare", "2026-11-05T20:00", e.client)
		e.counselor.NewHomework(e.client, "2026-11-06T17:00:00Z")
		e.policy(object{"leads": object{"meeting": []any{"45m"}, "homework": []any{"2h"}}})
		e.wantDecided(t, "1d clinic", "2h clinic", "45m clinic", "2h clinic")
		e.choose(object{"homework": object{"leads": []any{"30m"}}})
		e.wantDecided(t, "1d clinic", "2h clinic", "45m clinic", "30m own")
	})
}

func TestStaffsRemindersFollowTheClinicsPolicyToo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		id := e.counselor.NewHomework(e.client, "2026-11-06T17:00:00Z")
		e.client.Post("/v1/me/assignments/"+id+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		wantReminders(t, e.counselor, "2d@09:00 2026-11-04T14:00:00Z waiting", "5d@09:00 2026-11-07T14:00:00Z waiting")
		e.policy(object{"leads": object{"review": []any{"1d@10:00"}}})
		wantReminders(t, e.counselor, "1d@10:00 2026-11-03T15:00:00Z waiting", "2d@09:00 2026-11-04T14:00:00Z cancelled", "5d@09:00 2026-11-07T14:00:00Z cancelled")
		e.counselor.Patch("/v1/me", object{"reminders": object{"review": object{"on": false}}}).Want(http.StatusOK)
		wantReminders(t, e.counselor, "1d@10:00 2026-11-03T15:00:00Z turned_off", "2d@09:00 2026-11-04T14:00:00Z cancelled", "5d@09:00 2026-11-07T14:00:00Z cancelled")
	})
}

func TestASeriesMayRemindOtherwiseThanItsClinic(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00", "leads": []any{"3d", "4h"}}), e.client)
		leads := func(want any) {
			t.Helper()
			if diff := cmp.Diff(want, e.counselor.Get("/v1/series/" + series).Want(http.StatusOK).Object["leads"]); diff != "" {
				t.Error(diff)
			}
		}
		leads([]any{"3d", "4h"})
		e.wantDecided(t, "3d series", "4h series")
		e.policy(object{"leads": object{"session": []any{"1h"}}})
		e.wantDecided(t, "3d series", "4h series")
		e.counselor.Patch("/v1/series/"+series, object{"leads": []any{}}).Want(http.StatusOK)
		leads([]any{})
		e.wantDecided(t) // nothing
		e.counselor.Patch("/v1/series/"+series, object{"leads": nil}).Want(http.StatusOK)
		leads(nil)
		e.wantDecided(t, "1h clinic")
		e.counselor.Patch("/v1/series/"+series, object{"leads": []any{"2h"}}).Want(http.StatusOK)
		e.wantDecided(t, "2h series")
		e.choose(object{"session": object{"leads": []any{"1d", "2h"}}})
		e.wantDecided(t, "1d own", "2h own")
		e.choose(object{"session": object{"leads": nil}})
		e.wantDecided(t, "2h series")
		e.counselor.Patch("/v1/series/"+series, object{"leads": []any{"2h", "120m"}}).WantField("leads[1]")
	})
}

func TestWhatAClientTurnsOffEndsAtOnceAndIsPlannedAgainIfStillAhead(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		e.choose(object{"session": object{"on": false}})
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off")
		if got := e.Rows("SELECT DISTINCT cause FROM reminders WHERE user_id = $1", e.client.ID); cmp.Diff([]string{"choice"}, got) != "" {
			t.Errorf("the cause is %v", got)
		}
		e.session("2026-11-04T18:00") // what is made meanwhile stays silent as well
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off", "1d 2026-11-03T23:00:00Z turned_off",
			"2h 2026-11-04T21:00:00Z turned_off")
		e.At("2026-11-03T00:00:00Z")
		e.wantSent(t, 0)
		e.choose(object{"session": object{"on": true}})
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z waiting", "1d 2026-11-03T23:00:00Z waiting",
			"2h 2026-11-04T21:00:00Z waiting")
		e.At("2026-11-03T21:00:00Z")
		e.wantSent(t, 1)
	})
}

func TestWhyAReminderIsSilentIsWhatHoldsNow(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		causes := func(want string) {
			t.Helper()
			if got := e.Rows("SELECT DISTINCT cause FROM reminders WHERE user_id = $1", e.client.ID); cmp.Diff([]string{want}, got) != "" {
				t.Errorf("the cause is %v, want %s", got, want)
			}
		}
		e.consent(false)
		causes("consent")
		e.choose(object{"session": object{"on": false}})
		causes("consent")
		e.consent(true)
		causes("choice")
		e.choose(object{"session": object{"on": true}})
		e.wantDecided(t, "1d clinic", "2h clinic")
	})
}

func TestWhatIsTurnedOffWhileAWorkerHasItIsNotSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		claims := e.claim(t)
		e.choose(object{"session": object{"on": false}})
		for _, push := range e.check(t, claims) {
			if len(push.Things) > 0 || len(push.Targets) > 0 {
				t.Errorf("it is sent: %v", push.Things)
			}
			e.complete(t, []models.DuePush{push}, accepted)
		}
		e.Pass(26 * time.Hour)
		e.wantSent(t, 0)
		wantReminders(t, e.client, "1d 2026-11-02T23:00:00Z turned_off", "2h 2026-11-03T21:00:00Z turned_off")
	})
}

func TestPracticeRemindersAreTurnedOffWithHomework(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.Post("/v1/clients/"+e.client.ID+"/assignments", object{"title": "Breathe", "instructions": "Twice.", "due": "2026-11-06T17:00:00Z",
			"practice": object{"rule": "FREQ=DAILY;COUNT=2", "remind_at": "18:00"}}).Want(http.StatusCreated)
		e.choose(object{"homework": object{"leads": []any{"2h"}}})
		if diff := cmp.Diff([]string{"2h own", "plan", "plan"}, e.Rows(`SELECT CASE WHEN subject_kind = 'practice' THEN leads_of ELSE lead || ' ' || leads_of END AS x
			FROM reminders WHERE user_id = $1 AND state = 'waiting' ORDER BY x`, e.client.ID)); diff != "" {
			t.Error(diff)
		}
		e.choose(object{"homework": object{"on": false}})
		e.wantDecided(t)
	})
}

func TestACorrectionComesThoughItsKindIsTurnedOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		told, untold := e.session("2026-11-03T18:00"), e.session("2026-11-04T09:00")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "You have something Tue at 6:00 PM.")
		e.choose(object{"session": object{"on": false}})
		e.cancel(told)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.cancel(untold)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.", "Wed 9:00 AM is off.")
	})
}

func TestQuietHoursAreTheClinicsUnlessAPersonHasTheirOwn(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T06:30")
		hours := func(mode string, want any) {
			t.Helper()
			me := e.client.Get("/v1/me").Want(http.StatusOK)
			if diff := cmp.Diff(want, me.Object["quiet_hours"]); diff != "" || me.Text("quiet_hours_mode") != mode {
				t.Errorf("%s: %s", me.Text("quiet_hours_mode"), diff)
			}
		}
		hours("clinic", map[string]any{"start": "22:00", "end": "07:00"})
		wantReminders(t, e.client, "1d 2026-11-04T12:00:00Z waiting", "2h 2026-11-05T03:00:00Z waiting")
		e.policy(object{"quiet_hours": object{"start": "21:00", "end": "06:00"}})
		hours("clinic", map[string]any{"start": "21:00", "end": "06:00"})
		wantReminders(t, e.client, "1d 2026-11-04T11:30:00Z waiting", "2h 2026-11-05T02:00:00Z waiting")
		e.client.Patch("/v1/me", object{"quiet_hours_mode": "own"}).Want(http.StatusOK)
		e.policy(object{"quiet_hours": nil})
		hours("own", map[string]any{"start": "21:00", "end": "06:00"})
		wantReminders(t, e.client, "1d 2026-11-04T11:30:00Z waiting", "2h 2026-11-05T02:00:00Z waiting")
		e.client.Patch("/v1/me", object{"quiet_hours_mode": "clinic"}).Want(http.StatusOK)
		hours("clinic", nil)
		wantReminders(t, e.client, "1d 2026-11-04T11:30:00Z waiting", "2h 2026-11-05T09:30:00Z waiting")
		e.client.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		e.policy(object{"quiet_hours": object{"start": "20:00", "end": "08:00"}})
		hours("own", nil)
		wantReminders(t, e.client, "1d 2026-11-04T11:30:00Z waiting", "2h 2026-11-05T09:30:00Z waiting")
		e.client.Patch("/v1/me", object{"quiet_hours_mode": "clinic", "quiet_hours": nil}).WantField("quiet_hours_mode")
	})
}

func TestWhatRestsForTheClinicsQuietHoursGoesOutWhenItHasNoneAnyMore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-04T18:00")
		e.Clock.Set(t, "2026-11-04T03:30:00Z") // the day before was missed by hours: it is half past ten at night
		e.Drain()
		e.wantSent(t, 0)
		e.policy(object{"quiet_hours": nil})
		e.Drain()
		e.wantSent(t, 1)
	})
}

func TestTheClinicSaysHowCloseRemindersAreOnePush(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.session("2026-11-05T18:05")
		pushes := func(want int) {
			t.Helper()
			if n := e.Count("pushes", "user_id = $1 AND state = 'waiting'", e.client.ID); n != want {
				t.Errorf("%d pushes, want %d", n, want)
			}
		}
		pushes(2)
		e.policy(object{"gather_minutes": 0})
		pushes(4)
		e.At("2026-11-04T23:00:00Z")
		e.wantSent(t, 1)
		e.At("2026-11-04T23:05:00Z")
		e.wantSent(t, 2)
		e.policy(object{"gather_minutes": 5})
		pushes(1)
	})
}

func TestAWrongPolicyIsRefusedFieldByField(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		before := w.Admin.Get("/v1/clinic").Want(http.StatusOK)
		leads := func(kind string, list ...any) object { return object{"leads": object{kind: list}} }
		for _, wrong := range []struct {
			in    object
			field string
		}{
			{leads("session", "1d", "soon"), "reminders.leads.session[1]"},
			{leads("meeting", "2h", "1d", "120m"), "reminders.leads.meeting[2]"},
			{leads("homework", "4m"), "reminders.leads.homework[0]"},
			{leads("session", "1h", "2h", "3h", "4h", "5h", "6h"), "reminders.leads.session"},
			{leads("review", "2d"), "reminders.leads.review[0]"},
			{leads("review", "5d@09:00", "2d@09:00"), "reminders.leads.review[1]"},
			{leads("review", "7d@00:00"), "reminders.leads.review[0]"},
			{leads("rsvp", "2h"), "reminders.leads.rsvp"},
			{object{"gather_minutes": 31}, "reminders.gather_minutes"},
			{object{"daily_cap": 0}, "reminders.daily_cap"},
			{object{"quiet_hours": object{"start": "22:00", "end": "7"}}, "reminders.quiet_hours.end"},
		} {
			w.Admin.Patch("/v1/clinic", object{"reminders": wrong.in}).WantField(wrong.field)
		}
		w.Admin.Patch("/v1/me", object{"reminders": object{"rsvp": object{"leads": []any{"2h"}}}}).WantField("reminders.rsvp.leads")
		w.Admin.Patch("/v1/me", object{"reminders": object{"review": object{"leads": []any{"2h"}}}}).WantField("reminders.review.leads[0]")
		if diff := cmp.Diff(before.Object, w.Admin.Get("/v1/clinic").Want(http.StatusOK).Object); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAPolicyIsChangedFieldByFieldFromTheVersionThatStands(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		first := w.Admin.Get("/v1/clinic").Want(http.StatusOK).Header.Get("ETag")
		w.Admin.Call("PATCH", "/v1/clinic", object{"reminders": object{"daily_cap": 6}}, "If-Match", first).Want(http.StatusOK)
		w.Admin.Call("PATCH", "/v1/clinic", object{"reminders": object{"daily_cap": 7}}, "If-Match", first).WantProblem(http.StatusPreconditionFailed, "version_mismatch")
		w.Admin.Patch("/v1/clinic", object{"reminders": object{"leads": object{"meeting": []any{"120m"}}}}).Want(http.StatusOK)
		want := map[string]any{"leads": map[string]any{"session": []any{"1d", "2h"}, "meeting": []any{"2h"}, "homework": []any{"1d@18:00", "3h"},
			"review": []any{"2d@09:00", "5d@09:00"}}, "quiet_hours": map[string]any{"start": "22:00", "end": "07:00"}, "gather_minutes": 10.0, "daily_cap": 6.0}
		mine := client.Get("/v1/me").Want(http.StatusOK).Object["clinic"].(map[string]any)["reminders"]
		for _, got := range []any{w.Admin.Get("/v1/clinic").Object["reminders"], mine} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestAPolicyIsOneClinicsAloneAndItsClientsAppsAreTold(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		elsewhere := e.NewClinic("Lakeside Center", "Lakeside", "America/New_York")
		counselor := elsewhere.NewCounselor("Lee")
		other := counselor.NewClient("Casey")
		counselor.NewSession("group", "2026-11-05T18:00", other)
		e.session("2026-11-05T18:00")
		planned := reminders(other)
		told := func(p *apitest.Person) int {
			return e.Count("changes", "client_id = $1 AND kind = 'profile' AND seq = (SELECT last FROM sequences WHERE user_id = $1)", p.ID)
		}
		e.policy(object{"leads": object{"session": []any{"1h"}}})
		e.wantDecided(t, "1h clinic")
		if diff := cmp.Diff(planned, reminders(other)); diff != "" {
			t.Errorf("another clinic's reminders changed: %s", diff)
		}
		if told(e.client) != 1 || told(other) != 0 {
			t.Errorf("told are %d here, %d elsewhere", told(e.client), told(other))
		}
		e.session("2026-11-06T18:00")
		e.choose(object{"session": object{"on": false}})
		if told(e.client) != 1 {
			t.Error("their other phone is not told of their choice")
		}
	})
}

func TestWhoJoinsTheClinicWhileItsPolicyChangesComesUnderTheNewOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		if !e.Store.Shared() {
			return // there is one writer
		}
		release := e.Hold("SELECT 1 FROM sequences WHERE user_id = $1 FOR UPDATE", e.client.ID)
		defer release()
		waiting := func() int {
			return len(e.Rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
		}
		until := func(met func() bool) {
			for end := time.Now().Add(3 * time.Second); !met() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			}
		}
		var both sync.WaitGroup
		both.Go(func() { e.policy(object{"leads": object{"homework": []any{"2d"}}}) })
		until(func() bool { return waiting() == 1 }) // it has found everybody and waits for one of them
		var joined atomic.Pointer[apitest.Person]
		both.Go(func() {
			second := e.counselor.NewClient("Casey Client")
			e.counselor.NewHomework(second, "2026-11-06T17:00:00Z")
			joined.Store(second)
		})
		until(func() bool { return waiting() == 2 || joined.Load() != nil })
		release()
		both.Wait()
		wantReminders(t, joined.Load(), "2d 2026-11-04T17:00:00Z waiting")
	})
}
