package apitest_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"handrail/api"
	"handrail/apitest"
	"handrail/models"
)

// guess tries a password that is wrong, and says from which address.
func guess(w *apitest.World, email, address string) apitest.Reply {
	return w.Nobody().Call("POST", "/v1/auth/login", object{"email": email, "password": "a wrong password", "installation_id": "installation-guess"},
		"X-Forwarded-For", address)
}

func TestTriesAreCountedForAllNodesTogetherAndARestartForgivesNothing(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor, other := w.Admin.NewCounselor("Dana"), usual(w)
		for i := range 10 { // of one account
			guess([]*apitest.World{w, other}[i%2], counselor.Email, "").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		restarted := usual(w)
		for _, node := range []*apitest.World{w, other, restarted} {
			logIn(node.Nobody(), counselor.Email, apitest.Password).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		}
		for i := range 20 { // of one address
			guess([]*apitest.World{w, other}[i%2], fmt.Sprintf("nobody%d@clinic.example", i), "").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		logIn(restarted.Nobody(), w.Admin.Email, apitest.Password).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
	})
}

func TestNobodySaysByThemselvesFromWhereTheyTry(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		forged := func(node *apitest.World, before string) {
			t.Helper()
			for i := range 30 {
				guess(node, fmt.Sprintf("nobody%d@clinic.example", i), fmt.Sprintf("203.0.113.%d%s", i, before)).
					WantProblem(http.StatusUnauthorized, "wrong_credentials")
			}
			guess(node, "nobody@clinic.example", "203.0.113.99"+before).WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		}
		forged(w, "") // no proxy is believed
		behind := w.Node(models.Options{}, api.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		w.Clock.Set(t, "2026-11-02T14:15:00Z")
		forged(behind, ", 198.51.100.7")                                                                                 // the proxy is, and what stood there before it is not
		guess(behind, "nobody@clinic.example", "198.51.100.8").WantProblem(http.StatusUnauthorized, "wrong_credentials") // another address behind it
	})
}

func TestWhoHasAWholeNetworkOfAddressesIsOneAddress(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		behind := w.Node(models.Options{}, api.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		for i := range 30 {
			guess(behind, fmt.Sprintf("nobody%d@clinic.example", i), fmt.Sprintf("2001:db8:0:1:%x::1", i)).WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		guess(behind, "nobody@clinic.example", "2001:db8:0:1:ffff::1").WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		guess(behind, "nobody@clinic.example", "2001:db8:0:2::1").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		for i := range 29 {
			guess(behind, fmt.Sprintf("someone%d@clinic.example", i), "198.51.100.7").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		guess(behind, "nobody@clinic.example", "::ffff:198.51.100.7").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		guess(behind, "nobody@clinic.example", "198.51.100.7").WantProblem(http.StatusTooManyRequests, "too_many_attempts")
	})
}

func TestAnAddressThatIsRefusedUsesUpNobodysTries(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		behind := w.Node(models.Options{}, api.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		for i := range 30 {
			guess(behind, fmt.Sprintf("nobody%d@clinic.example", i), "198.51.100.7").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		for range 20 {
			guess(behind, counselor.Email, "198.51.100.7").WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		}
		logIn(w.Nobody(), counselor.Email, apitest.Password).Want(http.StatusOK)
	})
}

func TestWhoIsAttackedKeepsTheirTokensAndCanChangeTheirPassword(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		for range 10 {
			guess(w, counselor.Email, "").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		guess(w, counselor.Email, "").WantProblem(http.StatusTooManyRequests, "too_many_attempts")
		counselor.Get("/v1/clients").Want(http.StatusOK)
		counselor.Put("/v1/me/password", object{"current_password": apitest.Password, "new_password": "another horse battery"}).Want(http.StatusNoContent)
		counselor.Get("/v1/clients").Want(http.StatusOK)
	})
}

func TestThatSomebodySignedInIsToldToNobodyWhoTriesAfterThem(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		behind := w.Node(models.Options{}, api.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		behind.Nobody().Call("POST", "/v1/auth/login", object{"email": counselor.Email, "password": apitest.Password, "installation_id": counselor.Installation},
			"X-Forwarded-For", "198.51.100.7").Want(http.StatusOK)
		w.Clock.Advance(5 * time.Minute)
		for who, try := range map[string]func(i int) (email, address string){
			"the same address of email": func(int) (string, string) { return counselor.Email, "198.51.100.8" },
			"the same house":            func(i int) (string, string) { return fmt.Sprintf("nobody%d@clinic.example", i), "198.51.100.7" },
		} {
			for i := range 31 {
				email, address := try(i)
				if got := guess(behind, email, address); got.Status == http.StatusTooManyRequests {
					if wait := got.Header.Get("Retry-After"); wait != "900" {
						t.Errorf("%s: the wait of %s s tells when somebody signed in", who, wait)
					}
					break
				}
			}
		}
	})
}

func TestWhoAddsStaffDoesNotLearnWhichAddressesAreKnown(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Enroll(counselor.Code(client.ID), object{"email": "robin@home.example", "password": apitest.Password})
		elsewhere := w.NewClinic("Hillside", "Hillside", "America/Chicago")
		answered := 0
		for range 20 {
			if elsewhere.Post("/v1/staff", object{"role": "counselor", "name": "Max", "email": "robin@home.example"}).Text("code") == "email_taken" {
				answered++
			}
		}
		if answered > 10 {
			t.Errorf("an admin of another clinic was told of %d addresses", answered)
		}
		for range 15 { // who are new are no question
			w.Admin.NewCounselor("Lee")
		}
	})
}
