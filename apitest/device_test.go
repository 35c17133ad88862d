package apitest_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"handrail/apitest"
	"handrail/models"
	"handrail/notify/fcmtest"
)

func TestAPersonIsRemindedOnTheTenPhonesThatWereSeenLast(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.client.Email = "robin@clients.example"
		e.client.Enroll(e.counselor.Code(e.client.ID), object{"email": e.client.Email, "password": apitest.Password})
		phones := make([]*apitest.Person, 11)
		for i := range phones {
			phones[i] = e.signIn(e.client).NewPhone(fcmtest.Android)
			e.Clock.Advance(1)
		}
		live := func() int { return e.Count("devices", "user_id = $1 AND status = 'live'", e.client.ID) }
		if live() != 10 {
			t.Fatalf("%d phones are live", live())
		}
		phones[0].PutDevice(fcmtest.Android, phones[0].Registration).Want(http.StatusOK) // suspended, and seen again
		if live() != 10 {
			t.Errorf("%d phones are live once the first was seen again", live())
		}
		e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.wantSent(t, 10)
		if shown := fmt.Sprint(len(phones[0].Screen()), len(phones[1].Screen()), len(phones[10].Screen())); shown != "1 0 1" {
			t.Errorf("the first, the second and the last show %s", shown)
		}
	})
}

func TestAPhoneThatWasSignedOutWhileItRegisteredIsNotBoundAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		actor, err := e.Store.Authenticate(t.Context(), e.client.Token) // the registration is on its way
		if err != nil {
			t.Fatal(err)
		}
		e.client.Post("/v1/auth/logout", nil).Want(http.StatusNoContent)
		_, err = e.Store.PutDevice(t.Context(), actor, e.client.Installation, nil, models.DeviceInput{Platform: "android",
			Registration: e.client.Registration, RegistrationKind: "token", Permission: "granted"})
		if !errors.Is(err, models.ErrUnauthenticated) {
			t.Errorf("it was taken: %v", err)
		}
		e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.wantSent(t, 0)
	})
}
