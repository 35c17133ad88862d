package apitest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/notify/fcmtest"
)

// deleted are the kinds of an answer to leaving, with how many there were.
func deletedOf(leaving apitest.Reply) map[string]int {
	counts := map[string]int{}
	for _, thing := range leaving.Object["deleted"].([]any) {
		thing := thing.(map[string]any)
		counts[thing["kind"].(string)] = int(thing["count"].(float64))
	}
	return counts
}

func TestWhoLeavesIsToldWhatIsGoneWhatIsKeptWhyAndUntilWhen(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		before := w.Stored()
		preview := robin.Delete("/v1/me?preview=true").Want(http.StatusOK)
		unchanged(t, before, w.Stored())
		leaving := robin.Delete("/v1/me").Want(http.StatusOK)
		if preview.Raw() != leaving.Raw() {
			t.Errorf("the preview says %s, and it is %s", preview.Raw(), leaving.Raw())
		}
		for kind, n := range map[string]int{"consents": 3, "own_meetings": 2, "contacts": 2, "reach_outs": 1, "drafts": 2, "own_word": 1, "devices": 1,
			"sign_ins": 1, "invites": 0, "preferences": 2, "credentials": 1} {
			if got, told := deletedOf(leaving)[kind]; got != n || !told {
				t.Errorf("%d %s are gone, want %d: %s", got, kind, n, leaving.Raw())
			}
		}
		if n := deletedOf(leaving)["waiting_reminders"]; n == 0 {
			t.Error("no reminder waited")
		}
		kept, until := leaving.Object["kept"].([]any), leaving.Text("until")
		if len(kept) != 2 || leaving.Object["kept_until"] != nil || !strings.Contains(until, "still in care") {
			t.Errorf("what is kept: %s", leaving.Raw())
		}
		for _, thing := range kept {
			if thing := thing.(map[string]any); !strings.Contains(thing["why"].(string), "CFR") || thing["text"] == "" {
				t.Errorf("no law is named: %v", thing)
			}
		}
		if lines := leaving.Object["crisis_lines"].([]any); len(lines) < 3 || !strings.Contains(leaving.Text("return"), "code") {
			t.Errorf("no numbers to call, or no way back: %s", leaving.Raw())
		}
	})
}

func TestWhatIsTheClientsAloneIsGoneAtOnceAndTheRecordStays(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, casey := twoLives(w)
		casey.Get("/v1/me").Want(http.StatusOK)
		kept := []string{"episodes", "attendance", "submissions", "reviews", "practices", "goals", "goal_comments", "goal_links", "caseload", "clinics"}
		before := w.Stored()
		robin.Delete("/v1/me").Want(http.StatusOK)
		after := w.Stored()
		for _, table := range kept {
			if fmt.Sprint(before[table]) != fmt.Sprint(after[table]) {
				t.Errorf("%s has changed", table)
			}
		}
		for table, where := range map[string]string{"tokens": "user_id = $1", "devices": "user_id = $1", "contacts": "client_id = $1", "reach_outs": "client_id = $1",
			"idempotency_keys": "user_id = $1", "reminder_choices": "user_id = $1", "invites": "user_id = $1 AND redeemed_at IS NULL",
			"series": "owner_id = $1", "assignments": "client_id = $1 AND (draft IS NOT NULL OR status = 'started')",
			"rsvps": "client_id = $1 AND went IS NOT NULL", "reminders": "user_id = $1 AND state IN ('waiting', 'capped')",
			"pushes":   "user_id = $1 AND next_at IS NOT NULL",
			"consents": "user_id = $1 AND granted AND superseded_at IS NULL",
			"users":    "id = $1 AND (email IS NOT NULL OR email_index IS NOT NULL OR password_hash IS NOT NULL OR quiet_start IS NOT NULL OR unavailable IS NOT NULL)",
		} {
			if n := w.Count(table, where, robin.ID); n != 0 {
				t.Errorf("%d rows of %s are still there where %s", n, table, where)
			}
		}
		for table, n := range map[string]int{"assignments": 2, "rsvps": 2, "roster": 3} {
			if got := w.Count(table, "client_id = $1", robin.ID); got != n {
				t.Errorf("%d rows of %s, want %d", got, table, n)
			}
		}
		robin.Get("/v1/me").Want(http.StatusUnauthorized)
		robin.Delete("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		w.Nobody().Post("/v1/auth/login", object{"email": robin.Email, "password": apitest.Password, "installation_id": "another-phone"}).
			WantProblem(http.StatusUnauthorized, "wrong_credentials")
		gone := w.Stored("attempts")
		robin.Post("/v1/me/assignments/"+robin.homework+"/practice", object{"note": "Offline since Monday."}).Want(http.StatusUnauthorized)
		robin.PutDevice(fcmtest.Android, robin.Registration).Want(http.StatusUnauthorized)
		robin.Get("/v1/me/sync").Want(http.StatusUnauthorized)
		unchanged(t, gone, w.Stored("attempts"))
		mustSay(t, "the counselor's export", robin.counselor.Get("/v1/clients/"+robin.ID+"/export").Want(http.StatusOK).Raw(), robins,
			[]string{"name", "submission", "goal", "rsvp", "farewell", "practice"}, append([]string{"shared"}, readByThemselves...))
	})
}

func TestStaffSeeThatSomebodyLeftAndTheirCareGoesOn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		dana := robin.counselor
		robin.Delete("/v1/me").Want(http.StatusOK)
		for what, c := range map[string]object{"alone": object(dana.Get("/v1/clients/" + robin.ID).Want(http.StatusOK).Object), "listed": object(dana.Get("/v1/clients").Items()[0])} {
			if c["left_at"] != "2026-11-03T23:01:00Z" || c["reach"] != "left" || c["level"] != "iop" {
				t.Errorf("%s: %v", what, c)
			}
		}
		unreachable := dana.Get("/v1/unreachable").Want(http.StatusOK).Items()
		if len(unreachable) != 1 || unreachable[0].Text("client_id") != robin.ID || unreachable[0].Text("since") != "2026-11-03T23:01:00Z" ||
			!strings.Contains(unreachable[0].Text("advice"), "new code") {
			t.Errorf("unreachable: %v", unreachable)
		}
		attended(t, dana, robin.session, robin.ID, "present", nil)
		dana.NewHomework(robin.Person, "2026-11-20T22:00:00Z")
		dana.Patch("/v1/sessions/"+dana.SessionsOf(robin.group)[1].Text("id"), object{"local_start": "2026-11-10T19:00"}).Want(http.StatusOK)
		dana.Post("/v1/clients/"+robin.ID+"/test-push", nil).Want(http.StatusCreated)
		if n := w.Count("pushes", "user_id = $1 AND next_at IS NOT NULL", robin.ID); n != 0 {
			t.Errorf("%d pushes wait for somebody who left", n)
		}
		if got := treatment(dana.Get("/v1/clients/" + robin.ID + "/progress"))[0]; !strings.HasPrefix(got, "2026-W45 ") {
			t.Error(got)
		}
	})
}

func TestANewCodeBringsSomebodyBackToTheirRecord(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		phone := replicaOf(robin.Person).sync()
		robin.Delete("/v1/me").Want(http.StatusOK)
		robin.Enroll(robin.counselor.SignIn().Code(robin.ID), object{"email": robin.Email, "password": apitest.Password})
		phone.Token = robin.Token
		phone.sync().mustHoldWhatIsSeen("coming back with the phone that held it all")
		for path, n := range map[string]int{"contacts": 0, "reach-outs": 0, "meetings": 0, "assignments": 2, "goals": 1} {
			if got := len(robin.Get("/v1/me/" + path).Want(http.StatusOK).Items()); got != n {
				t.Errorf("%d %s, want %d", got, path, n)
			}
		}
		for _, c := range robin.Get("/v1/me/consents").Want(http.StatusOK).Items() {
			if c["granted"] != false {
				t.Errorf("a consent came back by itself: %v", c)
			}
		}
		if c := robin.counselor.Get("/v1/clients/" + robin.ID).Want(http.StatusOK); c.Object["left_at"] != nil || c.Text("reach") != "no_consent" {
			t.Errorf("staff see %s", c.Raw())
		}
		if work := robin.Get("/v1/me/assignments/" + robin.homework).Want(http.StatusOK); work.Text("status") != "returned" || work.Object["draft"] != nil {
			t.Errorf("the homework is %s", work.Raw())
		}
	})
}

func TestNothingIsSentToWhoHasLeftThoughAWorkerHoldsTheirPush(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		claims := e.claim(t)
		if len(claims) != 1 {
			t.Fatalf("%d claims", len(claims))
		}
		e.client.Delete("/v1/me").Want(http.StatusOK)
		for _, push := range e.check(t, claims) {
			if len(push.Targets) > 0 {
				t.Error("a check that began after they left found a phone to send to")
			}
			if fenced, err := e.Store.CompletePushes(context.Background(), []models.SentPush{{DuePush: push}}); err != nil || fenced != 1 {
				t.Errorf("the record: %d fenced, %v", fenced, err)
			}
		}
		e.Pass(72 * time.Hour)
		e.wantSent(t, 0)
	})
}

func TestAPushOnTheWireWhileSomebodyLeavesHoldsNobodysRecordUp(t *testing.T) {
	for name, during := range map[string]func(*engine, func()){"before FCM has answered": (*engine).inFlight, "before the answer is recorded": (*engine).answered} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				casey := e.counselor.NewClient("Casey").NewPhone(fcmtest.Android)
				series, _ := e.evenings(1)
				e.join(series, casey)
				e.Clock.Set(t, "2026-11-02T23:00:00Z")
				during(e, func() { e.client.Delete("/v1/me").Want(http.StatusOK) })
				e.Pass(72 * time.Hour)
				if n := len(casey.Texts()); n != 2 || e.FCM.Accepted() > 3 { // two leads, and at most one of Robin's
					t.Errorf("Casey's phone shows %v; %d messages were sent", casey.Texts(), e.FCM.Accepted())
				}
				if n := e.Count("deliveries", "device_id IN (SELECT id FROM devices WHERE user_id = $1)", casey.ID); n == 0 {
					t.Error("what Casey was sent is not on record")
				}
				if n := e.Count("pushes", "next_at IS NOT NULL"); n != 0 {
					t.Errorf("%d pushes have no end", n)
				}
			})
		})
	}
}

func TestSomebodyLeavesWhollyOrNotAtAllAndNotUnnoted(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		actor, err := w.Store.Authenticate(t.Context(), robin.Token)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"audit_events", "idempotency_keys"} { // the first thing that leaving writes, and one of the last
			before := w.Stored(table)
			w.Rows("ALTER TABLE " + table + " RENAME TO away")
			if _, err := w.Store.Leave(t.Context(), actor, false); err == nil {
				t.Errorf("somebody left without %s", table)
			}
			if _, err := w.Store.ExportMine(t.Context(), actor); (err == nil) != (table != "audit_events") {
				t.Errorf("an export without %s: %v", table, err)
			}
			unchanged(t, before, w.Stored(table, "audit_events"))
			w.Rows("ALTER TABLE away RENAME TO " + table)
		}
		robin.Delete("/v1/me").Want(http.StatusOK)
	})
}

func TestWhatAPhoneSendsWhileItsOwnerLeavesLeavesNothingBehind(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		robin, _ := twoLives(w)
		together(12, func(i int) {
			switch i % 6 {
			case 0:
				robin.Post("/v1/me/contacts", object{"name": "Chris", "relation": "sponsor", "phone": fmt.Sprintf("+1201555%04d", 150+i)})
			case 1:
				robin.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true})
			case 2:
				robin.Put("/v1/me/assignments/"+robin.homework+"/draft", object{"text": "One more."})
			case 3:
				robin.Post("/v1/me/meetings", object{"title": "Home group", "local_start": "2026-11-12T12:00", "duration_minutes": 60})
			case 4:
				robin.PutDevice(fcmtest.Android, robin.Registration)
			case 5:
				robin.Delete("/v1/me")
			}
		})
		for table, where := range map[string]string{"contacts": "client_id = $1", "consents": "user_id = $1 AND granted AND superseded_at IS NULL",
			"assignments": "client_id = $1 AND draft IS NOT NULL", "series": "owner_id = $1", "devices": "user_id = $1", "tokens": "user_id = $1"} {
			if n := w.Count(table, where, robin.ID); n != 0 {
				t.Errorf("%d rows of %s were left behind", n, table)
			}
		}
	})
}
