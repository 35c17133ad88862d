package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/api"
	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// usual is a node whose operator has left all as it is.
func usual(w *apitest.World) *apitest.World { return w.Node(models.Options{}, api.Options{}) }

func installations(p *apitest.Person) (ids []string) {
	for _, token := range p.Get("/v1/auth/tokens").Want(http.StatusOK).Items() {
		ids = append(ids, token.Text("installation_id"))
	}
	return ids
}

func TestStaffWhoDoNotUseTheAppForHalfADaySignInAgain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, colleague := w.Admin.NewCounselor("Dana").On(usual(w)), w.Admin.NewCounselor("Lee").On(usual(w))
		w.Clock.Set(t, "2026-11-03T01:59:59Z")
		counselor.Get("/v1/me").Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-03T02:00:00Z")
		colleague.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		w.Clock.Set(t, "2026-11-03T13:59:58Z") // half a day after it was used
		counselor.Get("/v1/me").Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-04T01:59:58Z")
		counselor.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		counselor.SignIn().Get("/v1/me").Want(http.StatusOK)
	})
}

func TestStaffWhoUseTheAppAllTheTimeSignInAgainAfterAWeek(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana").On(usual(w))
		for range 15 {
			w.Clock.Advance(11 * time.Hour)
			counselor.Get("/v1/me").Want(http.StatusOK)
		}
		w.Clock.Set(t, "2026-11-09T13:59:59Z")
		counselor.Get("/v1/me").Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-09T14:00:00Z")
		counselor.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
	})
}

func TestClientsStaySignedInForAYearIfTheyUseTheAppEachNinetyDays(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, quiet := counselor.NewClient("Robin").On(usual(w)), counselor.NewClient("Casey").On(usual(w))
		for _, at := range []string{"2027-01-31T13:59:59Z", "2027-05-01T13:59:58Z", "2027-07-30T13:59:57Z", "2027-10-28T13:59:56Z", "2027-11-02T13:59:59Z"} {
			w.Clock.Set(t, at)
			client.Get("/v1/me").Want(http.StatusOK)
			if at == "2027-01-31T13:59:59Z" {
				w.Clock.Set(t, "2027-01-31T14:00:00Z")
				quiet.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
			}
		}
		w.Clock.Set(t, "2027-11-02T14:00:00Z")
		client.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
	})
}

func TestATokenNeverOutlivesItsIdleTimeAndFallsShortOfItByAMinuteAtMost(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana").On(usual(w))
		seen := func() string {
			return w.Rows("SELECT last_seen_at FROM tokens WHERE user_id = $1 AND ended_at IS NULL", counselor.ID)[0]
		}
		fresh := seen()
		w.Clock.Advance(time.Minute)
		counselor.Get("/v1/me").Want(http.StatusOK)
		if seen() != fresh {
			t.Error("a use within the minute was written down: a write at every request")
		}
		w.Clock.Advance(time.Second)
		counselor.Get("/v1/me").Want(http.StatusOK)
		if seen() == fresh {
			t.Error("a use after more than a minute was not written down")
		}
		token := counselor.Get("/v1/auth/tokens").Items()[0]
		if token.Text("idle_expires_at") != "2026-11-03T02:01:01Z" || token.Text("expires_at") != "2026-11-09T14:00:00Z" || token["expired"] != false {
			t.Errorf("the token is %v", token)
		}
	})
}

func TestOfManyRequestsAtOnceOneWritesDownThatTheTokenWasUsed(t *testing.T) {
	w := apitest.New(t, modelstest.SQLite(t))
	counselor := w.Admin.NewCounselor("Dana")
	w.Rows("CREATE TABLE writes (n INTEGER)")
	w.Rows("CREATE TRIGGER seen AFTER UPDATE OF last_seen_at ON tokens BEGIN INSERT INTO writes VALUES (1); END")
	w.Clock.Advance(2 * time.Hour)
	release, done := w.Busy(), make(chan struct{})
	go func() {
		together(10, func(int) { counselor.Get("/v1/me").Want(http.StatusOK) })
		close(done)
	}()
	time.Sleep(200 * time.Millisecond) // all of them have read when it was used before
	release()
	for waiting := true; waiting; w.Clock.Advance(time.Microsecond) {
		select {
		case <-done:
			waiting = false
		default:
		}
	}
	if n := w.Count("writes", "n = 1"); n != 1 {
		t.Errorf("%d did", n)
	}
}

func TestTheOperatorSaysHowLongTokensLast(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		withPassword(client)
		strict := w.Node(models.Options{StaffTokens: models.TokenLife{Idle: time.Hour, Absolute: 2 * time.Hour},
			ClientTokens: models.TokenLife{Idle: 24 * time.Hour, Absolute: 48 * time.Hour}}, api.Options{})
		counselor, client = counselor.On(strict).SignIn(), client.On(strict).SignIn()
		for _, at := range []struct {
			instant           string
			counselor, client int
		}{
			{"2026-11-02T14:59:59Z", 200, 200}, {"2026-11-02T15:59:58Z", 200, 200}, {"2026-11-02T16:00:00Z", 401, 200},
			{"2026-11-03T15:59:57Z", 401, 200}, {"2026-11-04T13:59:59Z", 401, 200}, {"2026-11-04T14:00:00Z", 401, 401},
		} {
			w.Clock.Set(t, at.instant)
			counselor.Get("/v1/me").Want(at.counselor)
			client.Get("/v1/me").Want(at.client)
		}
	})
}

func TestAClientWhoseTokenHasEndedByItselfGoesOnBeingReminded(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		client = client.On(usual(w))
		w.Clock.Set(t, "2027-01-31T14:00:00Z")
		client.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		counselor.SignIn().NewSession("group", "2027-02-02T18:00", client)
		w.At("2027-02-01T23:00:00Z")
		wantTexts(t, client, "You have something Tue at 6:00 PM.")
	})
}

func TestAPhoneThatIsOnlyRemindedAnyMoreIsEndedFromAnother(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		lost := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		withPassword(lost)
		silent := lost.Another().SignIn() // with no device
		w.Clock.Set(t, "2027-01-31T14:00:00Z")
		phone := lost.Another().On(usual(w)).SignIn()
		tokens := phone.Get("/v1/auth/tokens").Want(http.StatusOK).Items()
		if len(tokens) != 2 || tokens[0]["expired"] != false || tokens[1]["expired"] != true || tokens[1].Text("installation_id") != lost.Installation {
			t.Fatalf("tokens: %v; the one of %s has ended, and no phone is sent to there", tokens, silent.Installation)
		}
		phone.Delete("/v1/auth/tokens/" + tokens[1].Text("id")).Want(http.StatusNoContent)
		counselor.SignIn().NewSession("group", "2027-02-02T18:00", lost)
		w.At("2027-02-01T23:00:00Z")
		wantTexts(t, lost)
		if left := installations(phone); len(left) != 1 {
			t.Errorf("tokens of %v", left)
		}
	})
}
