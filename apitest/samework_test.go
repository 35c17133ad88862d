package apitest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models"
)

func TestWhoseEmailItIsShowsNeitherInTheAnswerNorInTheWork(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, gone, careful := w.Admin.NewCounselor("Dana"), w.Admin.NewCounselor("Lee"), w.Admin.NewCounselor("Careful")
		careful.SetUpSecondFactor()
		w.Admin.Delete("/v1/staff/" + gone.ID).Want(http.StatusNoContent)
		w.Admin.Post("/v1/staff", object{"role": "admin", "name": "Sam", "email": "sam@clinic.example"}).Want(http.StatusCreated)
		client := counselor.NewClient("Robin")
		client.Enroll(counselor.Code(client.ID), object{"email": "robin@home.example"})
		asks := func(email, password string, code *string) (statements []string, answer string) {
			in := models.LoginInput{Email: email, Password: password, InstallationID: "installation-guess", OneTimeCode: code}
			var err error
			statements = w.Statements.Of(func() { _, err = w.Store.SignIn(t.Context(), "192.0.2.1", in) })
			if err == nil {
				t.Fatalf("%s signed in", email)
			}
			return statements, err.Error()
		}
		code := "123456"
		want, answer := asks("nobody@clinic.example", apitest.Password, nil)
		if len(want) < 3 {
			t.Fatalf("only %q were heard", want)
		}
		for _, try := range []struct {
			what, email, password string
			code                  *string
		}{
			{"a wrong password", counselor.Email, "a wrong password", nil},
			{"a wrong password of who has a second factor", careful.Email, "a wrong password", nil},
			{"that, with a code", careful.Email, "a wrong password", &code},
			{"the right password of somebody deactivated", gone.Email, apitest.Password, nil},
			{"somebody invited, without a password yet", "sam@clinic.example", apitest.Password, nil},
			{"a client without a password", "robin@home.example", apitest.Password, nil},
		} {
			got, said := asks(try.email, try.password, try.code)
			if diff := cmp.Diff(want, got); diff != "" || said != answer {
				t.Errorf("%s: %s; %s", try.what, said, diff)
			}
		}
	})
}
