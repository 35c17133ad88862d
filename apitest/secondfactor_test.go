package apitest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/notify/fcmtest"
)

// logInWith signs in with the password and a code.
func logInWith(p *apitest.Person, code string) apitest.Reply {
	return p.Post("/v1/auth/login", object{"email": p.Email, "password": apitest.Password, "installation_id": p.Installation, "one_time_code": code})
}

func TestOnceASecondFactorIsSetUpNobodySignsInWithThePasswordAlone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		laptop, phone := counselor.Another().SignIn(), counselor.NewPhone(fcmtest.Android)
		begun := laptop.Post("/v1/me/second-factor", object{"password": apitest.Password}).Want(http.StatusCreated)
		app := &apitest.Authenticator{World: w, Secret: begun.Text("secret")}
		otpauth, err := url.Parse(begun.Text("otpauth_url"))
		if err != nil || otpauth.Scheme != "otpauth" || otpauth.Host != "totp" || otpauth.Path != "/Riverbend:"+counselor.Email ||
			otpauth.Query().Get("secret") != app.Secret || otpauth.Query().Get("issuer") != "Riverbend" || len(app.Secret) != 32 {
			t.Errorf("the app is given %s", begun.Raw())
		}
		phone.SignIn() // as before: it counts once it is confirmed
		laptop.Post("/v1/me/second-factor/confirm", object{"one_time_code": app.CodeIn(time.Hour)}).WantField("one_time_code")
		codes := laptop.Post("/v1/me/second-factor/confirm", object{"one_time_code": app.Code()}).Want(http.StatusCreated)
		if len(codes.Object["recovery_codes"].([]any)) != 10 || laptop.Get("/v1/me").Text("second_factor") != "on" {
			t.Errorf("%s", codes.Raw())
		}
		// The phone was signed in without a code.
		phone.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		if n := w.Count("devices", "user_id = $1 AND status = 'live'", counselor.ID); n != 0 {
			t.Error("the phone is still sent to")
		}
		w.Clock.Advance(time.Minute)
		logIn(phone, counselor.Email, apitest.Password).WantProblem(http.StatusUnauthorized, "one_time_code_required")
		logIn(phone, counselor.Email, "a wrong password").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		logInWith(phone, app.CodeIn(time.Hour)).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		code := app.Code()
		logInWith(phone, code[:3]+" "+code[3:]).Want(http.StatusOK)
		if staff := w.Admin.Get("/v1/staff").Items(); staff[0]["second_factor"] != false || staff[1]["second_factor"] != true {
			t.Errorf("an admin sees %v", staff)
		}
	})
}

func TestACodeIsTakenOnceAndSoAreThoseBeforeIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.BeginSecondFactor()
		code := app.Code()
		counselor.Post("/v1/me/second-factor/confirm", object{"one_time_code": code}).Want(http.StatusCreated)
		refused := func(code string) {
			t.Helper()
			logInWith(counselor, code).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		}
		refused(code) // it proved the app
		w.Clock.Set(t, "2026-11-02T14:10:29Z")
		refused(app.CodeIn(-time.Minute)) // two steps back
		refused(app.CodeIn(31 * time.Second))
		logInWith(counselor, app.CodeIn(-30*time.Second)).Want(http.StatusOK)
		logInWith(counselor, app.Code()).Want(http.StatusOK)
		refused(app.Code())
		logInWith(counselor, app.CodeIn(30*time.Second)).Want(http.StatusOK)
		refused(app.Code())
		w.Clock.Set(t, "2026-11-02T14:10:59Z")
		refused(app.Code()) // the next one, which a clock ahead showed before
		w.Clock.Set(t, "2026-11-02T14:11:00Z")
		counselor.Token = logInWith(counselor, app.Code()).Want(http.StatusOK).Text("token")
		counselor.Post("/v1/me/second-factor/end", object{"password": apitest.Password, "one_time_code": app.Code()}).WantField("one_time_code")
	})
}

func TestOfManyWhoSignInWithOneCodeAtOnceOneDoes(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app, nodes := counselor.SetUpSecondFactor(), []*models.Store{w.Store, usual(w).Store}
		for _, code := range []string{app.Code(), app.RecoveryCodes[0]} {
			var signedIn, refused atomic.Int32
			together(8, func(i int) {
				_, err := nodes[i%2].SignIn(t.Context(), "192.0.2.1", models.LoginInput{Email: counselor.Email, Password: apitest.Password,
					InstallationID: "somebody-" + string(rune('a'+i)), OneTimeCode: &code})
				if err == nil {
					signedIn.Add(1)
				} else if e, ok := err.(*models.Error); ok && e.Code == "wrong_one_time_code" {
					refused.Add(1)
				} else {
					t.Error(err)
				}
			})
			if signedIn.Load() != 1 || refused.Load() != 7 {
				t.Errorf("%d signed in with one code, %d were refused", signedIn.Load(), refused.Load())
			}
			w.Clock.Advance(15 * time.Minute)
		}
	})
}

func TestARecoveryCodeWorksOnceAndNewOnesTakeThePlaceOfAll(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.SetUpSecondFactor()
		counselor.Token = logInWith(counselor, strings.ToLower(app.RecoveryCodes[3])).Want(http.StatusOK).Text("token")
		logInWith(counselor, app.RecoveryCodes[3]).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		if n := w.Count("audit_events", "actor_id = $1 AND action = 'use_recovery_code'", counselor.ID); n != 1 {
			t.Errorf("noted %d times", n)
		}
		colleague := w.Admin.NewCounselor("Lee")
		colleague.SetUpSecondFactor()
		logInWith(colleague, app.RecoveryCodes[5]).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")

		renew := func(code string) apitest.Reply {
			return counselor.Post("/v1/me/second-factor/recovery-codes", object{"password": apitest.Password, "one_time_code": code})
		}
		renew(app.RecoveryCodes[3]).WantField("one_time_code")
		fresh := renew(app.RecoveryCodes[4]).Want(http.StatusCreated).Object["recovery_codes"].([]any)
		logInWith(counselor, app.RecoveryCodes[6]).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		if len(fresh) != 10 || slices.Contains(fresh, any(app.RecoveryCodes[6])) {
			t.Errorf("new ones: %v", fresh)
		}
		logInWith(counselor, fresh[9].(string)).Want(http.StatusOK)
	})
}

func TestWhoKnowsAPasswordTriesTenCodesADayAndTheOwnerStillGetsIn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.SetUpSecondFactor()
		wrong := app.CodeIn(time.Hour)
		for range 5 {
			logInWith(counselor, wrong).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		}
		code := w.Admin.Post("/v1/staff/"+counselor.ID+"/invites", nil).Want(http.StatusCreated).Text("code")
		for range 5 {
			enroll(w.Nobody(), code, object{"password": apitest.Password, "one_time_code": wrong}).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		}
		w.Clock.Advance(15 * time.Minute)
		logInWith(counselor, app.Code()).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		enroll(w.Nobody(), code, object{"password": apitest.Password, "one_time_code": app.Code()}).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		counselor.Post("/v1/me/second-factor/end", object{"password": apitest.Password, "one_time_code": app.Code()}).
			WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		counselor.Get("/v1/clients").Want(http.StatusOK)
		logInWith(counselor, app.RecoveryCodes[0]).Want(http.StatusOK)
		w.Clock.Set(t, "2026-11-03T14:00:59Z")
		logInWith(counselor, app.Code()).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		w.Clock.Set(t, "2026-11-03T14:01:00Z")
		logInWith(counselor, app.Code()).Want(http.StatusOK)
	})
}

func TestAWholeShiftSignsInFromOneAddress(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.SetUpSecondFactor()
		for range 40 { // the app asks without a code first
			logIn(counselor, counselor.Email, apitest.Password).WantProblem(http.StatusUnauthorized, "one_time_code_required")
		}
		logInWith(counselor, app.Code()).Want(http.StatusOK)
	})
}

func TestAStolenTokenAloneTouchesNoSecondFactor(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		routes := []string{"/v1/me/second-factor", "/v1/me/second-factor/recovery-codes", "/v1/me/second-factor/end"}
		counselor.Post("/v1/me/second-factor/confirm", object{"one_time_code": "123456"}).WantProblem(http.StatusConflict, "second_factor_not_begun")
		for _, path := range routes[1:] {
			counselor.Post(path, object{"password": apitest.Password}).WantProblem(http.StatusConflict, "no_second_factor")
		}
		app := counselor.SetUpSecondFactor()
		before := w.Stored("attempts")
		for _, path := range routes {
			counselor.Post(path, object{"password": "a wrong password", "one_time_code": app.Code()}).WantField("password")
			counselor.Post(path, object{"password": apitest.Password}).WantField("one_time_code")
			counselor.Post(path, object{"password": apitest.Password, "one_time_code": app.CodeIn(time.Hour)}).WantField("one_time_code")
		}
		unchanged(t, before, w.Stored("attempts"))
		counselor.Post("/v1/me/second-factor/end", object{"password": apitest.Password, "one_time_code": app.Code()}).Want(http.StatusNoContent)
		logIn(counselor, counselor.Email, apitest.Password).Want(http.StatusOK)
		if n := w.Count("recovery_codes", "user_id = $1", counselor.ID); n != 0 {
			t.Errorf("%d recovery codes are left of what ended", n)
		}
	})
}

func TestASecondFactorMovesToAnotherPhone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		former := counselor.SetUpSecondFactor()
		begun := counselor.Post("/v1/me/second-factor", object{"password": apitest.Password, "one_time_code": former.RecoveryCodes[0]}).Want(http.StatusCreated)
		app := &apitest.Authenticator{World: w, Secret: begun.Text("secret")}
		logInWith(counselor, app.Code()).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		counselor.Token = logInWith(counselor, former.Code()).Want(http.StatusOK).Text("token")
		counselor.Post("/v1/me/second-factor/confirm", object{"one_time_code": former.CodeIn(30 * time.Second)}).WantField("one_time_code")
		counselor.Post("/v1/me/second-factor/confirm", object{"one_time_code": app.Code()}).Want(http.StatusCreated)
		w.Clock.Advance(time.Minute)
		logInWith(counselor, former.Code()).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		logInWith(counselor, former.RecoveryCodes[1]).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		logInWith(counselor, app.Code()).Want(http.StatusOK)
	})
}

func TestACodeFromAnAdminIsNoWayAroundASecondFactor(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.SetUpSecondFactor()
		code := w.Admin.Post("/v1/staff/"+counselor.ID+"/invites", nil).Want(http.StatusCreated).Text("code")
		phone := counselor.Another()
		enroll(phone, code, object{"password": another}).WantProblem(http.StatusUnauthorized, "one_time_code_required")
		enroll(phone, code, object{"password": another, "one_time_code": app.CodeIn(time.Hour)}).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		counselor.Get("/v1/me").Want(http.StatusOK)
		enroll(phone, code, object{"password": another, "one_time_code": app.Code()}).Want(http.StatusCreated)
		if got := logIn(phone, counselor.Email, another); got.Text("code") != "one_time_code_required" {
			t.Errorf("the second factor went with the new code: %s", got.Raw())
		}
	})
}

func TestAnAdminResetsTheSecondFactorOfAColleagueWhoLostIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana").NewPhone(fcmtest.Android)
		app := counselor.SetUpSecondFactor()
		for range 10 {
			logInWith(counselor, app.CodeIn(time.Hour)).WantProblem(http.StatusUnauthorized, "wrong_one_time_code")
		}
		reset := "/v1/staff/" + counselor.ID + "/second-factor"
		counselor.Delete(reset).WantProblem(http.StatusForbidden, "role_not_allowed")
		w.Admin.Delete("/v1/staff/"+w.Admin.ID+"/second-factor").WantProblem(http.StatusConflict, "oneself")
		w.NewClinic("Hillside", "Hillside", "America/Chicago").Delete(reset).Want(http.StatusNotFound)
		counselor.Get("/v1/me").Want(http.StatusOK)
		w.Admin.Delete(reset).Want(http.StatusNoContent)
		w.Admin.Delete(reset).Want(http.StatusNoContent)
		counselor.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		if n := w.Count("devices", "user_id = $1 AND status = 'live'", counselor.ID); n != 0 {
			t.Error("their phone is still sent to")
		}
		if n := w.Count("audit_events", "action = 'reset_second_factor' AND actor_id = $1 AND subject_id = $2", w.Admin.ID, counselor.ID); n != 1 {
			t.Errorf("noted %d times", n)
		}
		w.Clock.Advance(15 * time.Minute)
		counselor.SignIn()
		app = counselor.SetUpSecondFactor()
		logInWith(counselor, app.Code()).Want(http.StatusOK) // the tries of before are of no account
	})
}

func TestNoSecretOfASecondFactorStandsInTheLogOrUnsealedInTheDatabase(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		app := counselor.SetUpSecondFactor()
		begun := counselor.Post("/v1/me/second-factor", object{"password": apitest.Password, "one_time_code": app.Code()}).Want(http.StatusCreated)
		for _, code := range append([]string{app.Secret, begun.Text("secret")}, app.RecoveryCodes...) {
			for _, written := range []string{code, strings.ReplaceAll(code, "-", "")} {
				for table, rows := range w.Stored() {
					if strings.Contains(strings.Join(rows, "\n"), written) {
						t.Errorf("a secret stands in %s", table)
					}
				}
				if strings.Contains(w.Logged(), written) {
					t.Error("a secret stands in the log")
				}
			}
		}
	})
}
