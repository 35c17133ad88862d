package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/models"
)

func TestAPasswordThatIsTriedFirstIsRefusedWhereverItIsChosen(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		code := counselor.Code(newClientID(counselor))
		for _, common := range []string{"qwerty123456", "QwertyQwerty", "1Q2W3E4R5T6Y", "123456789012345"} {
			enroll(w.Nobody(), code, object{"email": "robin@home.example", "password": common}).WantField("password")
			refusal := counselor.Put("/v1/me/password", object{"current_password": apitest.Password, "new_password": common})
			refusal.WantField("new_password")
			if text := refusal.Raw(); !strings.Contains(text, "common_password") || !strings.Contains(text, "a few words") || strings.Contains(text, common) {
				t.Errorf("whoever chose it is told %s", text)
			}
			_, err := w.Store.CreateClinic(t.Context(), models.NewClinic{Name: "Lakeside", DisplayName: "Lakeside", TimeZone: "America/New_York", Region: "US",
				AdminName: "Ivo", AdminEmail: "ivo@clinic.example", AdminPassword: common})
			if refused, ok := err.(*models.Error); !ok || len(refused.Fields) != 1 || refused.Fields[0].Code != "common_password" {
				t.Errorf("an operator may choose %s: %v", common, err)
			}
		}
		logIn(counselor, counselor.Email, apitest.Password).Want(http.StatusOK)
		enroll(w.Nobody(), code, object{"email": "robin@home.example", "password": "qwerty123456 and a mule"}).Want(http.StatusCreated)
	})
}

func TestAPasswordOfLittleMoreThanKnownNamesIsRefused(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) { // of the clinic Riverbend Recovery Center
		counselor := w.Admin.NewCounselor("Dana")
		code := counselor.Code(counselor.NewClient("Robin Marlowe").ID)
		with := func(password string) apitest.Reply {
			return enroll(w.Nobody(), code, object{"email": "wren.okafor@home.example", "password": password})
		}
		for _, guessable := range []string{"Riverbend2026!", "RecoveryCenter1", "riverbend-RIVERBEND", "Handrail12345", "Marlowe-robin-7", "wren.okafor.1990",
			"okafor@riverbend"} {
			if refusal := with(guessable).WantField("password"); !strings.Contains(refusal.Raw(), "guessable_password") {
				t.Errorf("%s: %s", guessable, refusal.Raw())
			}
		}
		with("riverbend canoe lantern").Want(http.StatusCreated) // enough is left of it
	})
}

func TestAPasswordIsWhatItsOwnerChoseToTheLastCharacter(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, known := w.Admin.NewCounselor("Dana"), apitest.Password
		laptop := counselor.Another()
		for _, c := range []struct{ chosen, other string }{
			{"onlylowercase", "onlylowercasE"}, {"909090717171", "909090717170"}, {"  spaces at both ends  ", "spaces at both ends"},
			{"contraseña 密码 пароль", "contrasena 密码 пароль"}, {strings.Repeat("a long one ", 23)[:250] + "ending", strings.Repeat("a long one ", 23)[:250] + "endinG"},
		} {
			counselor.Put("/v1/me/password", object{"current_password": known, "new_password": c.chosen}).Want(http.StatusNoContent)
			logIn(laptop, counselor.Email, c.other).WantProblem(http.StatusUnauthorized, "wrong_credentials")
			logIn(laptop, counselor.Email, c.chosen).Want(http.StatusOK)
			known = c.chosen
		}
	})
}
