package apitest_test

import (
	"net/http"
	"testing"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

const another = "another horse battery"

func TestANewPasswordEndsTheOtherTokensAndTheirPhones(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		here := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		withPassword(here)
		there := here.Another().SignIn().NewPhone(fcmtest.IOS)
		here.Put("/v1/me/password", object{"current_password": apitest.Password, "new_password": another}).Want(http.StatusNoContent)
		there.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		here.Get("/v1/me").Want(http.StatusOK)
		logIn(there, here.Email, apitest.Password).WantProblem(http.StatusUnauthorized, "wrong_credentials")
		counselor.NewSession("group", "2026-11-03T18:00", here)
		w.At("2026-11-02T23:00:00Z")
		wantTexts(t, here, "You have something Tue at 6:00 PM.")
		wantTexts(t, there)
		logIn(there, here.Email, another).Want(http.StatusOK)
		if n := w.Count("audit_events", "actor_id = $1 AND action = 'change_password'", here.ID); n != 2 {
			t.Errorf("noted %d times", n)
		}
	})
}

func TestAStolenTokenDoesNotChangeThePasswordAndItsTriesAreCounted(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		laptop := counselor.Another().SignIn()
		counselor.Put("/v1/me/password", object{"new_password": another}).WantField("current_password")
		for i := range 9 {
			[]*apitest.Person{counselor, laptop}[i%2].Put("/v1/me/password", object{"current_password": "a wrong password", "new_password": another}).
				WantField("current_password")
		}
		change := object{"current_password": apitest.Password, "new_password": another}
		counselor.Put("/v1/me/password", change).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		laptop.Post("/v1/me/second-factor", object{"password": apitest.Password}).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		laptop.Get("/v1/me").Want(http.StatusOK)
		logIn(laptop, counselor.Email, apitest.Password).Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-02T14:15:00Z")
		for range 20 { // what is right is not counted
			counselor.Put("/v1/me/password", change).Want(http.StatusNoContent)
			change["current_password"], change["new_password"] = change["new_password"], change["current_password"]
		}
	})
}

func TestAClientSetsAFirstPasswordAndMayChangeTheEmailWithIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Put("/v1/me/password", object{"new_password": another}).WantField("email")
		client.Put("/v1/me/password", object{"current_password": another, "new_password": another, "email": "robin@home.example"}).WantField("current_password")
		client.Put("/v1/me/password", object{"new_password": another, "email": counselor.Email}).WantProblem(http.StatusConflict, "email_taken")
		cursor := client.Get("/v1/me/sync").Want(http.StatusOK).Text("next_cursor")
		client.Put("/v1/me/password", object{"new_password": another, "email": "Robin@home.example"}).Want(http.StatusNoContent)
		profile, _ := client.Get("/v1/me/sync?cursor=" + cursor).Want(http.StatusOK).Object["profile"].(map[string]any)
		if profile["email"] != "robin@home.example" {
			t.Errorf("the feed tells of %v", profile["email"])
		}
		logIn(client, "robin@home.example", another).Want(http.StatusOK)
	})
}

func TestAnEmailThatIsAskedForAgainAndAgainIsNotToldOf(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		for range 10 {
			client.Put("/v1/me/password", object{"new_password": another, "email": counselor.Email}).WantProblem(http.StatusConflict, "email_taken")
		}
		client.Put("/v1/me/password", object{"new_password": another, "email": counselor.Email}).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
	})
}

func TestStaffKeepTheEmailThatTheClinicEntered(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		change := object{"current_password": apitest.Password, "new_password": another, "email": "dana@home.example"}
		counselor.Put("/v1/me/password", change).WantField("email")
		change["email"] = counselor.Email
		counselor.Put("/v1/me/password", change).Want(http.StatusNoContent)
	})
}

func TestAPasswordThatWasSetWithAStolenPhoneEndsWithANewCode(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		stolen := counselor.NewClient("Robin")
		withPassword(stolen)
		client := stolen.Another()
		client.Enroll(counselor.Code(stolen.ID), nil)
		stolen.Get("/v1/me").Want(http.StatusUnauthorized)
		logIn(stolen, stolen.Email, apitest.Password).WantProblem(http.StatusUnauthorized, "wrong_credentials")
		client.Put("/v1/me/password", object{"new_password": another, "email": "robin@home.example"}).Want(http.StatusNoContent)
		logIn(client, "robin@home.example", another).Want(http.StatusOK)
		code := w.Admin.Post("/v1/staff/"+counselor.ID+"/invites", nil).Want(http.StatusCreated).Text("code")
		enroll(counselor, code, nil).WantField("password")
	})
}
