package apitest_test

import (
	"net/http"
	"testing"
	"time"

	"handrail/apitest"
)

// requires has a clinic require a second factor of all staff; the admin, who has one, is signed in.
func requires(w *apitest.World) {
	w.T.Helper()
	w.Admin.SetUpSecondFactor()
	w.Admin.Patch("/v1/clinic", object{"second_factor_required": true}).Want(http.StatusOK)
}

func TestOnlyAnAdminWhoHasASecondFactorRequiresIt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		w.Admin.Patch("/v1/clinic", object{"second_factor_required": false}).Want(http.StatusOK)
		w.Admin.Patch("/v1/clinic", object{"second_factor_required": true}).WantProblem(http.StatusConflict, "own_second_factor_first")
		if w.Admin.Get("/v1/clinic").Object["second_factor_required"] != false {
			t.Error("it is required")
		}
		requires(w)
		if w.Admin.Get("/v1/clinic").Object["second_factor_required"] != true {
			t.Error("it is not required")
		}
		w.Admin.Get("/v1/staff").Want(http.StatusOK)
	})
}

func TestWhereAClinicRequiresASecondFactorStaffSetItUpBeforeAnythingElse(t *testing.T) {
	open := map[string]bool{"logOut": true, "listTokens": true, "endToken": true, "getMe": true, "beginSecondFactor": true, "confirmSecondFactor": true,
		"renewRecoveryCodes": true, "endSecondFactor": true}
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		asks := map[string]ask{}
		for _, op := range operations() {
			asks[op.id] = op.ask(c)
		}
		otherAdmin := w.Admin.Post("/v1/staff", object{"role": "admin", "name": "Noor", "email": "noor@clinic.example"}).Want(http.StatusCreated).Text("id")
		late := w.Nobody()
		late.Enroll(w.Admin.Post("/v1/staff/"+otherAdmin+"/invites", nil).Want(http.StatusCreated).Text("code"), object{"password": apitest.Password})
		c.counselor.Get("/v1/clients").Want(http.StatusOK)
		requires(w) // while they are signed in
		for _, op := range operations() {
			if op.who == "anyone" || op.id == "logOut" || op.id == "endToken" {
				continue
			}
			before := c.Stored("attempts")
			for role, p := range map[string]*apitest.Person{"counselor": c.counselor, "admin": late} {
				got := spec[op.id].does(p, asks[op.id])
				mine := op.who == role || op.who == "staff" || op.who == "signed-in"
				switch {
				case mine && open[op.id] && got.Status == http.StatusForbidden:
					t.Errorf("%s is closed to a %s who has to set up a second factor: %s", op.id, role, got.Raw())
				case mine && !open[op.id] && got.Text("code") != "second_factor_required", !mine && got.Text("code") != "role_not_allowed":
					t.Errorf("%s: a %s gets %d %s", op.id, role, got.Status, got.Raw())
				}
			}
			if !open[op.id] {
				unchanged(t, before, c.Stored("attempts"))
			}
		}
		c.client.Get("/v1/me/sessions").Want(http.StatusOK)
		c.otherCounselor.Get("/v1/clients").Want(http.StatusOK)
		if state := c.client.Get("/v1/me").Text("second_factor"); state != "off" {
			t.Errorf("of a client it is %s", state)
		}
	})
}

func TestWhoSetsUpARequiredSecondFactorGoesOnAndCannotEndItAgain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		stolen := counselor.Another().SignIn()
		requires(w)
		counselor.Get("/v1/clients").WantProblem(http.StatusForbidden, "second_factor_required")
		counselor.SignIn() // the password alone goes no further than this
		if state := counselor.Get("/v1/me").Text("second_factor"); state != "due" {
			t.Errorf("it is %s", state)
		}
		counselor.Get("/v1/clients").WantProblem(http.StatusForbidden, "second_factor_required")
		app := counselor.SetUpSecondFactor()
		counselor.Get("/v1/clients").Want(http.StatusOK)
		stolen.Get("/v1/clients").WantProblem(http.StatusUnauthorized, "unauthenticated") // no code was asked for there
		end := object{"password": apitest.Password, "one_time_code": app.Code()}
		for range 11 { // more than there are tries: what was right was no try
			counselor.Post("/v1/me/second-factor/end", end).WantProblem(http.StatusConflict, "required_by_clinic")
		}
		w.Admin.Patch("/v1/clinic", object{"second_factor_required": false}).Want(http.StatusOK)
		counselor.Post("/v1/me/second-factor/end", end).Want(http.StatusNoContent) // the code was not used up
	})
}

func TestANewcomerToAClinicThatRequiresASecondFactorSetsItUpFirst(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		requires(w)
		counselor := w.Admin.NewCounselor("Dana")
		counselor.Get("/v1/clients").WantProblem(http.StatusForbidden, "second_factor_required")
		counselor.SetUpSecondFactor()
		counselor.NewClient("Robin").Get("/v1/me/sessions").Want(http.StatusOK)
		w.Admin.Delete("/v1/staff/" + counselor.ID + "/second-factor").Want(http.StatusNoContent)
		w.Clock.Advance(time.Minute)
		counselor.SignIn().Get("/v1/clients").WantProblem(http.StatusForbidden, "second_factor_required")
	})
}
