package apitest_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

func enroll(p *apitest.Person, code string, more object) apitest.Reply {
	in := object{"code": code, "installation_id": p.Installation}
	for field, value := range more {
		in[field] = value
	}
	return p.Post("/v1/auth/enroll", in)
}

func logIn(p *apitest.Person, email, password string) apitest.Reply {
	return p.Post("/v1/auth/login", object{"email": email, "password": password, "installation_id": p.Installation})
}

func newClientID(counselor *apitest.Person) string {
	return counselor.Post("/v1/clients", object{"name": "Jordan"}).Want(http.StatusCreated).Text("id")
}

func TestACodeWorksOnceAndForAWeek(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := newClientID(counselor)
		invite := counselor.Post("/v1/clients/"+client+"/invites", nil).Want(http.StatusCreated)
		code := invite.Text("code")
		if invite.Text("expires_at") != "2026-11-09T14:00:00Z" || !strings.HasSuffix(invite.Text("enroll_url"), "#"+code) {
			t.Errorf("the invite is %s", invite.Raw())
		}
		if enrolled := counselor.Get("/v1/clients/" + client).Object["enrolled"]; enrolled != false {
			t.Errorf("enrolled before the code was used: %v", enrolled)
		}
		phone := w.Nobody()
		me := enroll(phone, code, nil).Want(http.StatusCreated).Object["user"].(map[string]any)
		if me["id"] != client || me["role"] != "client" || me["email"] != nil {
			t.Errorf("signed in as %v", me)
		}
		if enrolled := counselor.Get("/v1/clients/" + client).Object["enrolled"]; enrolled != true {
			t.Errorf("enrolled: %v", enrolled)
		}
		enroll(w.Nobody(), code, nil).WantField("code")

		late := counselor.Code(client)
		w.Clock.Set(t, "2026-11-09T13:59:59Z")
		counselor.Token = logIn(counselor, counselor.Email, apitest.Password).Want(http.StatusOK).Text("token")
		inTime := counselor.Code(newClientID(counselor))
		enroll(w.Nobody(), inTime, nil).Want(http.StatusCreated)
		w.Clock.Set(t, "2026-11-09T14:00:00Z")
		enroll(w.Nobody(), late, nil).WantField("code")
	})
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		typed := func(change func(string) string) {
			t.Helper()
			code := change(counselor.Code(newClientID(counselor)))
			if got := enroll(w.Nobody(), code, nil); got.Status != http.StatusCreated {
				t.Errorf("%q: %s", code, got.Raw())
			}
		}
		typed(strings.ToLower)
		typed(func(c string) string { return c[:5] + "-" + c[5:] })
		typed(func(c string) string { return " " + strings.Join(strings.Split(c, ""), " ") + " " })
		for range 8 { // until some have had such digits
			typed(func(c string) string { return strings.NewReplacer("0", "O", "1", "I").Replace(c) })
			typed(func(c string) string { return strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(c)) })
		}
	})
}

func TestANewCodeReplacesTheFormer(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := newClientID(counselor)
		former, code := counselor.Code(client), counselor.Code(client)
		enroll(w.Nobody(), former, nil).WantField("code")
		enroll(w.Nobody(), code, nil).Want(http.StatusCreated)
	})
}

func TestALostPhoneIsShutOutByANewCodeAndTheRecordStays(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		contact := client.Post("/v1/me/contacts", object{"name": "Chris", "relation": "mentor", "phone": "+12015550142"}).Want(http.StatusCreated).Text("id")
		counselor.NewSession("group", "2026-11-03T18:00", client)
		again := client.Another()
		again.Token = enroll(again, counselor.Code(client.ID), nil).Want(http.StatusCreated).Text("token")
		client.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		again.Get("/v1/me/contacts/" + contact).Want(http.StatusOK)
		if devices := again.Get("/v1/me/devices").Items(); len(devices) != 1 || devices[0].Text("status") != "ended" {
			t.Errorf("devices: %v", devices)
		}
		if consents := again.Get("/v1/me/consents").Items(); len(consents) != 1 || consents[0]["granted"] != true {
			t.Errorf("consents: %v", consents)
		}
		w.At("2026-11-02T23:00:00Z")
		if len(client.Screen()) != 0 {
			t.Error("the lost phone was reminded")
		}
		again.NewPhone(fcmtest.IOS)
		w.Drain()
		if len(again.Screen()) != 1 {
			t.Errorf("the new phone shows %v", again.Texts())
		}
	})
}

func TestTriesAreLimitedAndTheWaitIsTold(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		code := counselor.Code(newClientID(counselor))
		for i := range 30 {
			w.Nobody().Call("POST", "/v1/auth/enroll", object{"code": fmt.Sprintf("K7QFM2X%03d", i), "installation_id": "installation-guess"},
				"X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)).WantField("code") // nobody says by themselves where they are
		}
		refused := enroll(w.Nobody(), code, nil).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		if wait, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || wait != 15*60 {
			t.Errorf("Retry-After: %q", refused.Header.Get("Retry-After"))
		}
		for range 10 {
			logIn(w.Nobody(), counselor.Email, "a wrong password").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		logIn(w.Nobody(), strings.ToUpper(counselor.Email), apitest.Password).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		logIn(w.Nobody(), w.Admin.Email, apitest.Password).Want(http.StatusOK)
		counselor.Get("/v1/me").Want(http.StatusOK) // who is signed in stays so
		w.Clock.Advance(15*time.Minute - time.Second)
		if wait := enroll(w.Nobody(), code, nil).Want(http.StatusTooManyRequests).Header.Get("Retry-After"); wait != "1" {
			t.Errorf("Retry-After: %q", wait)
		}
		w.Clock.Advance(time.Second)
		enroll(w.Nobody(), code, nil).Want(http.StatusCreated)
		logIn(w.Nobody(), counselor.Email, apitest.Password).Want(http.StatusOK)
	})
}

func TestAnUnknownAddressIsAnsweredLikeAWrongPassword(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		wrong := logIn(w.Nobody(), counselor.Email, "a wrong password").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		unknown := logIn(w.Nobody(), "nobody@clinic.example", apitest.Password).WantProblem(http.StatusUnauthorized, "wrong_credentials")
		if wrong.Raw() != unknown.Raw() {
			t.Errorf("%s\n%s", wrong.Raw(), unknown.Raw())
		}
		invited := w.Admin.Post("/v1/staff", object{"role": "admin", "name": "Sam", "email": "sam@clinic.example"}).Want(http.StatusCreated)
		if got := logIn(w.Nobody(), "sam@clinic.example", apitest.Password); got.Raw() != unknown.Raw() || invited.Object["enrolled"] != false {
			t.Errorf("someone who has no password yet: %s", got.Raw())
		}
		logIn(w.Nobody(), strings.ToUpper(counselor.Email), apitest.Password).Want(http.StatusOK)
	})
}

func TestSigningOutEndsTheTokenAndThePhoneAtOnce(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		counselor.NewSession("group", "2026-11-03T18:00", client)
		client.Post("/v1/auth/logout", nil).Want(http.StatusNoContent)
		client.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		client.Post("/v1/auth/logout", nil).WantProblem(http.StatusUnauthorized, "unauthenticated")
		w.At("2026-11-02T23:00:00Z")
		if len(client.Screen()) != 0 || w.FCM.Accepted() != 0 {
			t.Error("a signed-out phone was reminded")
		}
		if n := w.Count("devices", "status = 'ended'"); n != 1 {
			t.Errorf("%d ended devices", n)
		}
	})
}

func TestAPersonSeesAndEndsWhereTheyAreSignedIn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana").NewPhone(fcmtest.Android)
		w.Clock.Advance(time.Minute)
		laptop := counselor.Another()
		laptop.Token = logIn(laptop, counselor.Email, apitest.Password).Want(http.StatusOK).Text("token")
		tokens := laptop.Get("/v1/auth/tokens").Want(http.StatusOK).Items()
		if len(tokens) != 2 || tokens[0].Text("installation_id") != laptop.Installation || tokens[0]["current"] != true || tokens[1]["current"] != false {
			t.Fatalf("tokens: %v", tokens)
		}
		laptop.Delete("/v1/auth/tokens/" + tokens[1].Text("id")).Want(http.StatusNoContent)
		laptop.Delete("/v1/auth/tokens/" + tokens[1].Text("id")).Want(http.StatusNotFound)
		counselor.Get("/v1/me").Want(http.StatusUnauthorized)
		if devices := laptop.Get("/v1/me/devices").Items(); len(devices) != 1 || devices[0].Text("status") != "ended" {
			t.Errorf("devices: %v", devices)
		}
		// Signing in again on the same installation ends the former token there.
		former := *laptop
		laptop.Token = logIn(laptop, counselor.Email, apitest.Password).Want(http.StatusOK).Text("token")
		former.Get("/v1/me").Want(http.StatusUnauthorized)
		if n := len(laptop.Get("/v1/auth/tokens").Items()); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}

func TestStaffNeedAPasswordAndKeepTheAddressThatTheClinicEntered(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		staff := w.Admin.Post("/v1/staff", object{"role": "counselor", "name": "Sam", "email": "Sam@Clinic.example"}).Want(http.StatusCreated)
		w.Admin.Post("/v1/staff", object{"role": "counselor", "name": "Sam", "email": "sam@clinic.example"}).WantProblem(http.StatusConflict, "email_taken")
		code := w.Admin.Post("/v1/staff/"+staff.Text("id")+"/invites", nil).Want(http.StatusCreated).Text("code")
		phone := w.Nobody()
		enroll(phone, code, nil).WantField("password")
		enroll(phone, code, object{"password": "too short"}).WantField("password")
		enroll(phone, code, object{"password": apitest.Password, "email": "another@clinic.example"}).WantField("email")
		enroll(phone, code, object{"password": apitest.Password, "email": "sam@clinic.EXAMPLE"}).Want(http.StatusCreated)
		logIn(phone, "sam@clinic.example", apitest.Password).Want(http.StatusOK)
	})
}

func TestAClientMayTakeAPasswordWithAFreeAddress(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		code := counselor.Code(newClientID(counselor))
		phone := w.Nobody()
		enroll(phone, code, object{"password": apitest.Password}).WantField("email")
		enroll(phone, code, object{"password": apitest.Password, "email": counselor.Email}).WantProblem(http.StatusConflict, "email_taken")
		enroll(phone, code, object{"password": apitest.Password, "email": "Robin@home.example"}).Want(http.StatusCreated)
		logIn(phone, "robin@home.example", apitest.Password).Want(http.StatusOK)
		other := counselor.Code(newClientID(counselor))
		enroll(w.Nobody(), other, object{"email": "robin@HOME.example"}).WantProblem(http.StatusConflict, "email_taken")
	})
}

func TestADeactivatedMemberOfStaffIsShutOutAtOnce(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana").NewPhone(fcmtest.Android)
		code := w.Admin.Post("/v1/staff/"+counselor.ID+"/invites", nil).Want(http.StatusCreated).Text("code")
		w.Admin.Delete("/v1/staff/" + counselor.ID).Want(http.StatusNoContent)
		counselor.Get("/v1/clients").Want(http.StatusUnauthorized)
		logIn(counselor, counselor.Email, apitest.Password).WantProblem(http.StatusUnauthorized, "wrong_credentials")
		enroll(counselor, code, object{"password": apitest.Password}).WantField("code")
		w.Admin.Post("/v1/staff/"+counselor.ID+"/invites", nil).WantProblem(http.StatusConflict, "deactivated")
		w.Admin.Delete("/v1/staff/" + counselor.ID).Want(http.StatusNoContent)
		if n := w.Count("devices", "status = 'live'"); n != 0 {
			t.Error("their phone is still sent to")
		}
		listed := w.Admin.Get("/v1/staff").Items()
		if len(listed) != 2 || listed[1]["active"] != false {
			t.Errorf("staff: %v", listed)
		}
		w.Admin.Delete("/v1/staff/"+w.Admin.ID).WantProblem(http.StatusConflict, "oneself")
	})
}

func TestWhatAPhoneSentCannotBeGuessedFromTheKeyThatIsKept(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		body := []byte(`{"name":"Chris","relation":"mentor","phone":"+12015550142"}`)
		client.Call("POST", "/v1/me/contacts", body, "Idempotency-Key", "one-tap").Want(http.StatusCreated)
		guess := sha256.Sum256(append([]byte("POST /v1/me/contacts\n"), body...))
		if w.Count("idempotency_keys", "user_id = $1", client.ID) != 1 || w.Count("idempotency_keys", "body_hash = $1", guess[:]) != 0 {
			t.Error("a copy of the database tells whether a contact was made by hashing what it may be")
		}
	})
}

func TestNoSecretStandsInTheLogOrUnsealedInTheDatabase(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := newClientID(counselor)
		code := counselor.Code(client)
		phone := w.Nobody()
		phone.Token = enroll(phone, code, object{"password": apitest.Password, "email": "robin@home.example"}).Want(http.StatusCreated).Text("token")
		phone.NewPhone(fcmtest.Android)
		phone.Post("/v1/me/contacts", object{"name": "Chris Winter", "relation": "sober_peer", "phone": "+12015550142"}).Want(http.StatusCreated)
		counselor.Post("/v1/clients/"+client+"/assignments", object{"title": "Trigger log", "instructions": "Note three.", "due": "2026-11-20T22:00:00Z"}).
			Want(http.StatusCreated)
		stored := fmt.Sprint(w.Stored())
		for _, secret := range []string{code, phone.Token, apitest.Password, "robin@home.example", phone.Registration, "Chris Winter", "sober_peer",
			"+12015550142", "Trigger log", "Note three.", "Dana Counselor", "Jordan"} {
			if strings.Contains(stored, secret) || strings.Contains(w.Logged(), secret) {
				t.Errorf("%s stands in the log or unsealed in the database", secret)
			}
		}
	})
}
