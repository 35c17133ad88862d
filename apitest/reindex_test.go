package apitest_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// options are how a world's record is opened.
func options(w *apitest.World) models.Options {
	return models.Options{URL: w.DB.URL, Master: w.DB.Master, Now: w.Clock.Now, PublicURL: "https://handrail.example", HashKiB: 64}
}

func TestNothingIsReindexedWhileANodeServes(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		before := w.Rows("SELECT keyset FROM instance")
		if _, err := models.Reindex(t.Context(), options(w)); err == nil || !strings.Contains(err.Error(), "end every node") {
			t.Errorf("beside a node that serves: %v", err)
		}
		if after := w.Rows("SELECT keyset FROM instance"); after[0] != before[0] {
			t.Error("the keys were changed all the same")
		}
	})
}

func TestANodeOfAnotherRoleIsSeenAndOneThatStartsNowWaits(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		address, err := url.Parse(w.DB.URL)
		if err != nil || address.Scheme == "sqlite" {
			return // it has neither roles nor connections
		}
		role := "operator_of_" + strings.TrimPrefix(address.Path, "/")
		w.Rows("CREATE ROLE " + role + " LOGIN PASSWORD 'secret'")
		t.Cleanup(func() { w.Rows("DROP OWNED BY " + role); w.Rows("DROP ROLE " + role) })
		w.Rows("GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role)
		address.User = url.UserPassword(role, "secret")
		o, said := options(w), ""
		o.URL, o.Listen = address.String(), func(sql string) { said += sql + "\n" }
		if _, err := models.Reindex(t.Context(), o); err == nil || !strings.Contains(err.Error(), "end every node") {
			t.Errorf("beside a node of another role: %v", err)
		}
		if _, after, locked := strings.Cut(said, "LOCK TABLE instance, keysets IN ACCESS EXCLUSIVE MODE"); !locked || !strings.Contains(after, "pg_stat_activity") {
			t.Errorf("a node that starts once the others are counted reads the key that is about to go: %s", said)
		}
	})
}

func TestEverythingIsFoundByANewKeyAndWhatIsVoidIsSaid(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		goal := object{"id": uuid7(), "text": "My sister's wedding."}
		var admin, counselor, client *apitest.Person
		var invited, openCode, session string
		var before []string
		t.Run("before", func(t *testing.T) {
			w := apitest.New(t, db)
			admin, counselor = w.Admin, w.Admin.NewCounselor("Dana Counselor")
			client = counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
			client.Post("/v1/me/goals", goal).Want(http.StatusCreated)
			invited = counselor.Post("/v1/clients", object{"name": "Casey Client"}).Want(http.StatusCreated).Text("id")
			openCode = counselor.Code(invited)
			session = counselor.NewSession("group", "2026-11-03T18:00", client)
			w.Nobody().Post("/v1/auth/login", object{"email": admin.Email, "password": "wrong wrong wrong", "installation_id": "somebodys-phone"})
			before = indexes(w)
		})
		if t.Failed() {
			return
		}
		clock := modelstest.NewClock(t, apitest.Start)
		done, err := models.Reindex(context.Background(), models.Options{URL: db.URL, Master: db.Master, Now: clock.Now, HashKiB: 64})
		if err != nil || done.Codes != 1 || done.Indexes != 5 { // two emails, a registration, a series and its session
			t.Fatalf("%+v %v", done, err)
		}
		w := apitest.New(t, db)
		for _, old := range before {
			for _, now := range indexes(w) {
				if old == now {
					t.Error("an index is as it was")
				}
			}
		}
		for _, p := range []*apitest.Person{admin, counselor, client} {
			p.World = w
		}
		admin.SignIn()
		counselor.SignIn()
		w.Nobody().Post("/v1/auth/enroll", object{"code": openCode, "installation_id": "caseys-phone"}).WantProblem(http.StatusUnprocessableEntity, "invalid")
		w.Nobody().Post("/v1/auth/enroll", object{"code": counselor.Code(invited), "installation_id": "caseys-phone"}).Want(http.StatusCreated)
		if taken := counselor.Get("/v1/bookings?place=room%204,%2012%20mill%20street&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z").Want(http.StatusOK); len(taken.Items()) != 1 {
			t.Errorf("the place of %s is not found: %s", session, taken.Raw())
		}
		if again := client.Post("/v1/me/goals", goal).Want(http.StatusCreated); again.Text("id") != goal["id"] {
			t.Errorf("what was sent again made %s", again.Raw())
		}
		if goals := client.Get("/v1/me/goals").Want(http.StatusOK).Items(); len(goals) != 1 {
			t.Errorf("what was sent again was done again: %v", goals)
		}
		other := counselor.NewClient("Casey Other")
		other.PutDevice(fcmtest.Android, client.Registration).Want(http.StatusOK)
		if n := w.Count("devices", "user_id = $1 AND status = 'live'", client.ID); n != 0 {
			t.Error("a registration that somebody else has now is still the first one's")
		}
	})
}

// indexes are all keyed hashes by which sealed values are found.
func indexes(w *apitest.World) []string {
	return w.Rows(`SELECT email_index FROM users WHERE email_index IS NOT NULL UNION ALL SELECT registration_index FROM devices
		UNION ALL SELECT place_index FROM series WHERE place_index IS NOT NULL UNION ALL SELECT place_index FROM sessions WHERE place_index IS NOT NULL`)
}

func TestANodeThatServesNeedsTheMasterKeyOnlyWhenTheKeysChange(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		before := v.reads()
		under := modelstest.NewMasterKey(t, filepath.Join(t.TempDir(), "new.json"))
		if err := v.other.RewrapKeys(t.Context(), under); err != nil {
			t.Fatal(err)
		}
		v.Clock.Advance(models.KeysLease)
		v.client.Patch("/v1/me/contacts/"+v.contact, object{"name": "Chris W."}).Want(http.StatusOK)
		opened := options(v.World)
		if _, err := models.Open(t.Context(), opened); err == nil || !strings.Contains(err.Error(), "HANDRAIL_MASTER_KEY") ||
			!strings.Contains(err.Error(), under.Fingerprint) || !strings.Contains(err.Error(), v.DB.Master.Fingerprint) {
			t.Errorf("under another master key: %v", err)
		}
		if _, err := v.other.BeginRotation(t.Context()); err == nil {
			t.Error("keys were changed with the master key before")
		}
		v.DB.Master = under
		v.other = v.DB.Open(t, v.Clock.Now)
		v.begin()
		v.finish()
		v.wantAllUnder(v.keyset().Sealing[0])
		// The node that was not started anew cannot know the new key, and says so; it neither loses nor spoils anything.
		v.client.Patch("/v1/me/contacts/"+v.contact, object{"note": "Unheard."}).WantProblem(http.StatusServiceUnavailable, "unavailable")
		v.client.Get("/v1/me/contacts").WantProblem(http.StatusServiceUnavailable, "unavailable")
		me, err := v.other.Me(t.Context(), models.Actor{UserID: v.client.ID, Role: models.Client})
		if err != nil || me.Name != "Robin Client" || len(before) == 0 {
			t.Errorf("%+v %v", me, err)
		}
	})
}

func TestKeysOfAnotherBackupAreRefused(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		v.Rows("CREATE TABLE saved AS SELECT * FROM keysets")
		v.begin()
		v.finish()
		v.Rows(`UPDATE keysets SET version = 1, sealing = (SELECT sealing FROM saved), indexing = (SELECT indexing FROM saved),
			chaining = (SELECT chaining FROM saved)`)
		if _, err := models.Open(t.Context(), options(v.World)); err == nil || !strings.Contains(err.Error(), "same backup") {
			t.Errorf("with the keys of another backup: %v", err)
		}
		v.Rows("DELETE FROM keysets")
		if _, err := models.Open(t.Context(), options(v.World)); err == nil || !strings.Contains(err.Error(), "lost its keys") {
			t.Errorf("without keys: %v", err)
		}
	})
}
