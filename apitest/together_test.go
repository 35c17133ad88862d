package apitest_test

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
)

// together does something n times at once and waits for all.
func together(n int, something func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { something(i) })
	}
	all.Wait()
}

func TestManyTriesAtOnceDoNotSlipPastTheLimit(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		var tried atomic.Int32
		together(40, func(int) {
			_, err := w.Store.SignIn(t.Context(), "192.0.2.1", models.LoginInput{Email: w.Admin.Email, Password: "a wrong password", InstallationID: "somebody-else"})
			if e, ok := err.(*models.Error); ok && e.Kind == models.Unauthenticated {
				tried.Add(1)
			}
		})
		if tried.Load() > 10 {
			t.Errorf("%d passwords were tried, 10 at most", tried.Load())
		}
	})
}

func TestTwoCopiesOfOneRequestAtOnceMakeOneThing(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		body := object{"title": "Skills", "kind": "skills", "local_start": "2026-11-04T18:00", "duration_minutes": 60}
		ids := make([]string, 8)
		together(len(ids), func(i int) {
			ids[i] = counselor.Call("POST", "/v1/series", body, "Idempotency-Key", "one-tap").Want(http.StatusCreated).Text("id")
		})
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one tap made %v", ids)
			}
		}
		if n := len(counselor.Get("/v1/series").Want(http.StatusOK).Items()); n != 1 {
			t.Errorf("%d series", n)
		}
	})
}

func TestOfTwoCodesGivenAtOnceOneWorks(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := newClientID(counselor)
		together(8, func(int) { counselor.Code(client) })
		if codes := w.Count("invites", "user_id = $1 AND voided_at IS NULL", client); codes != 1 {
			t.Errorf("%d codes work", codes)
		}
	})
}

func TestOfTwoChangesMadeFromOneVersionOneIsRefused(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		etag := counselor.Get("/v1/me").Header.Get("ETag")
		var changed atomic.Int32
		together(8, func(int) {
			if counselor.Call("PATCH", "/v1/me", object{"time_zone": "America/Chicago"}, "If-Match", etag).Status == http.StatusOK {
				changed.Add(1)
			}
		})
		if changed.Load() != 1 {
			t.Errorf("%d changes were made from one version", changed.Load())
		}
	})
}

func TestWhoeverSignsInWithTheOldPasswordWhileItIsReplacedIsShutOut(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Enroll(counselor.Code(client.ID), object{"email": "robin@clients.example", "password": apitest.Password})
		code := counselor.Code(client.ID)
		again := client.Another()
		thieves := make([]*apitest.Person, 8)
		together(len(thieves)+1, func(i int) {
			if i == len(thieves) {
				again.Enroll(code, object{"password": "another horse battery"})
				return
			}
			thieves[i] = w.Nobody()
			thieves[i].Token = logIn(thieves[i], "robin@clients.example", apitest.Password).Text("token")
		})
		for _, thief := range thieves {
			thief.Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		}
		again.Get("/v1/me").Want(http.StatusOK)
	})
}

func TestOfTwoWhoClaimOnePhoneAtOnceOneHasItAndIsSentNothingUntilItIsProved(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		for round := range 5 {
			people := []*apitest.Person{counselor.NewClient("Robin"), counselor.NewClient("Sam")}
			registration := "shared-registration-" + strconv.Itoa(round)
			together(len(people), func(i int) { people[i].PutDevice("android", registration).Want(http.StatusOK) })
		}
		if proving, suspended := w.Count("devices", "status = 'proving'"), w.Count("devices", "status = 'suspended'"); proving != 5 || suspended != 5 {
			t.Errorf("of 5 phones %d have an owner to be, %d one who lost them", proving, suspended)
		}
	})
}

func TestOfManyWhoAskWhetherTheNodeIsReadyOneTriesAWrite(t *testing.T) {
	w := apitest.New(t, modelstest.SQLite(t))
	w.Rows("CREATE TABLE tries (n INTEGER)")
	w.Rows("CREATE TRIGGER tried AFTER UPDATE ON instance BEGIN INSERT INTO tries VALUES (1); END")
	together(50, func(int) {
		if err := w.Store.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if tries := w.Count("tries", "n = 1"); tries != 1 {
		t.Errorf("%d writes were tried", tries)
	}
}
