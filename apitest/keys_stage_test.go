package apitest_test

import (
	"context"
	"encoding/binary"
	"net/http"
	"strconv"
	"testing"
	"time"

	"handrail/apitest"
	"handrail/models"
	"handrail/notify/fcmtest"
)

// vault is a clinic in whose record every sealed column holds something, and a second node that changes the keys.
type vault struct {
	*apitest.World
	other     *models.Store
	counselor *apitest.Person
	client    *apitest.Person
	homework  string
	contact   string
}

func onVault(t *testing.T, f func(t *testing.T, v *vault)) {
	t.Helper()
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		v := &vault{World: w, other: w.DB.Open(t, w.Clock.Now)}
		v.fill()
		f(t, v)
	})
}

func (v *vault) fill() {
	v.T.Helper()
	v.counselor = v.Admin.NewCounselor("Dana Counselor")
	v.client = v.counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
	colleague := v.Admin.NewCounselor("Lee Counselor")
	factor := colleague.SetUpSecondFactor()
	colleague.Post("/v1/me/second-factor", object{"password": apitest.Password, "one_time_code": factor.RecoveryCodes[0]}).Want(http.StatusCreated)
	onDuty(v.counselor)
	gone := v.counselor.NewClient("Gone Client")
	v.counselor.Post("/v1/clients/"+gone.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
	evening := []object{{"days": []string{"tu"}, "start": "18:00", "end": "21:00"}}
	v.client.Patch("/v1/me", object{"unavailable_hours": evening}).Want(http.StatusOK)
	series := v.counselor.NewSeries(object{"title": "Relapse prevention", "kind": "group", "local_start": "2026-11-03T18:00", "duration_minutes": 60,
		"rule": "FREQ=WEEKLY;COUNT=3", "tags": []string{"evening"}, "place": "Room 4", "link": "https://meet.example/room-4"}, v.client)
	session := v.counselor.SessionsOf(series)[0].Text("id")
	v.counselor.Patch("/v1/sessions/"+session, object{"place": "Room 5", "materials": []object{{"title": "Urge surfing", "text": "Page 3"}}}).Want(http.StatusOK)
	v.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come", "note": "The school called."}).Want(http.StatusOK)
	for range 2 {
		v.homework = v.counselor.Post("/v1/clients/"+v.client.ID+"/assignments", object{"title": "Trigger log", "instructions": "Note three.",
			"due": "2026-11-20T22:00:00Z", "practice": object{"rule": "FREQ=DAILY;COUNT=3"}}).Want(http.StatusCreated).Text("id")
		v.client.Post("/v1/me/assignments/"+v.homework+"/practice", object{"note": "On the porch."}).Want(http.StatusCreated)
		v.client.Put("/v1/me/assignments/"+v.homework+"/draft", object{"text": "Sunday was"}).Want(http.StatusOK)
	}
	done := v.counselor.NewHomework(v.client, "2026-11-20T22:00:00Z")
	v.client.Post("/v1/me/assignments/"+done+"/submit", object{"text": "Sunday was hard."}).Want(http.StatusOK)
	v.counselor.Post("/v1/assignments/"+done+"/review", object{"decision": "accepted", "comment": "That was brave."}).Want(http.StatusOK)
	v.contact = newContact(v.client, "Chris W.", object{"note": "Knows about Sunday."})
	v.client.Post("/v1/me/contacts/"+v.contact+"/reach-outs", object{"way": "call", "note": "We talked."}).Want(http.StatusCreated)
	v.client.Put("/v1/me/consents/family_sessions", signed()).Want(http.StatusOK)
	goal := v.client.Post("/v1/me/goals", object{"text": "My sister's wedding."}).Want(http.StatusCreated).Text("id")
	v.counselor.Post("/v1/goals/"+goal+"/comments", object{"text": "Who drives you home?"}).Want(http.StatusCreated)
}

// reads is what people read of what is sealed.
func (v *vault) reads() (all []string) {
	v.T.Helper()
	week := "?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z"
	for _, path := range []string{"/v1/me", "/v1/me/assignments", "/v1/me/contacts", "/v1/me/reach-outs", "/v1/me/goals", "/v1/me/sessions" + week,
		"/v1/me/assignments/" + v.homework + "/practice"} {
		all = append(all, v.client.Get(path).Want(http.StatusOK).Raw())
	}
	for _, path := range []string{"/v1/clients", "/v1/series", "/v1/sessions" + week, "/v1/clients/" + v.client.ID, "/v1/clients/" + v.client.ID + "/episodes"} {
		all = append(all, v.counselor.Get(path).Want(http.StatusOK).Raw())
	}
	return append(all, v.Admin.Get("/v1/staff").Want(http.StatusOK).Raw())
}

// begin begins a rotation on the other node.
func (v *vault) begin() models.Rotation {
	v.T.Helper()
	rotation, err := v.other.BeginRotation(context.Background())
	if err != nil {
		v.T.Fatal(err)
	}
	return rotation
}

// finish seals everything anew, as time passes.
func (v *vault) finish() (resealed int) {
	v.T.Helper()
	for range 100 {
		rotation, err := v.other.Reseal(context.Background())
		if err != nil {
			v.T.Fatal(err)
		}
		resealed += rotation.Resealed
		if rotation.Finished {
			return resealed
		}
		v.Clock.Advance(models.KeysLease)
	}
	v.T.Fatal("the rotation does not end")
	return 0
}

// rotate is a whole rotation, a day and more after the last.
func (v *vault) rotate() models.Rotation {
	v.T.Helper()
	v.Clock.Advance(25 * time.Hour)
	rotation := v.begin()
	v.finish()
	for _, p := range []*apitest.Person{v.Admin, v.counselor} {
		p.SignIn()
	}
	return rotation
}

func (v *vault) keyset() models.KeysetState {
	v.T.Helper()
	state, err := v.other.Keyset(context.Background())
	if err != nil {
		v.T.Fatal(err)
	}
	return state
}

// prefix is how what is sealed with a key begins: Tink's version and the key's id.
func prefix(t *testing.T, key models.KeyUse) []byte {
	t.Helper()
	id, err := strconv.ParseUint(key.ID, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.AppendUint32([]byte{1}, uint32(id))
}

// wantAllUnder fails unless all that is sealed is so with one key, and every sealed column holds something.
func (v *vault) wantAllUnder(key models.KeyUse) {
	v.T.Helper()
	for _, c := range sealedColumns() {
		is := c[1] + " IS NOT NULL AND substr(" + c[1] + ", 1, 5) "
		if n := v.Count(c[0], is+"<> $1", prefix(v.T, key)); n > 0 {
			v.T.Errorf("%d of %s.%s are under another key", n, c[0], c[1])
		}
		if v.Count(c[0], is+"= $1", prefix(v.T, key)) == 0 {
			v.T.Errorf("there is nothing in %s.%s: it is not tested", c[0], c[1])
		}
	}
}
