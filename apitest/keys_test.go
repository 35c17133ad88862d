package apitest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/models"
	"handrail/models/modelstest"
)

func TestARotationSealsEverythingAnewAndChangesNothingThatAnybodyReads(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		before, first := v.reads(), v.keyset().Sealing[0]
		v.wantAllUnder(first)
		if rotation := v.begin(); rotation.Deleted != 0 {
			t.Errorf("%d keys were deleted", rotation.Deleted)
		}
		if n := v.finish(); n < len(sealedColumns()) {
			t.Errorf("only %d values were sealed anew", n)
		}
		keys := v.keyset()
		if len(keys.Sealing) != 2 || keys.Sealing[0].ID == first.ID || !keys.Sealing[0].Primary || keys.Sealing[1].Values != 0 || keys.Rotating {
			t.Errorf("the keys are %+v", keys)
		}
		v.wantAllUnder(keys.Sealing[0])
		if diff := cmp.Diff(before, v.reads()); diff != "" { // by the node that has not been told
			t.Errorf("people read something else:\n%s", diff)
		}
	})
}

func TestEverybodyReadsAndWritesWhileKeysAreRotated(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		stop, rounds := make(chan struct{}), 0
		var writers sync.WaitGroup
		writers.Go(func() {
			for ; ; rounds++ {
				note := fmt.Sprint("Round ", rounds)
				change := v.client.Patch("/v1/me/contacts/"+v.contact, object{"note": note})
				draft := v.client.Put("/v1/me/assignments/"+v.homework+"/draft", object{"text": note})
				list := v.client.Get("/v1/me/contacts")
				if change.Status != http.StatusOK || draft.Status != http.StatusOK || list.Status != http.StatusOK || !strings.Contains(list.Raw(), note) {
					t.Errorf("while keys are rotated: %d %d %s", change.Status, draft.Status, list.Raw())
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
		for range 3 {
			v.begin()
			v.finish()
		}
		close(stop)
		writers.Wait()
		if rounds < 3 {
			t.Errorf("there were only %d rounds", rounds)
		}
		v.Clock.Advance(models.KeysLease)
		v.finish()
		v.wantAllUnder(v.keyset().Sealing[0])
		v.reads()
	})
}

func TestWhatASlowNodeWritesWithTheKeyBeforeOpensAndIsSealedAnew(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		v.client.Patch("/v1/me/contacts/"+v.contact, object{"note": "Before."}).Want(http.StatusOK)
		v.begin()
		for range 2 {
			if rotation, err := v.other.Reseal(context.Background()); err != nil || rotation.Finished {
				t.Errorf("it ended while nodes may still write with the key before: %+v %v", rotation, err)
			}
		}
		// Nothing is opened for this: opening what is sealed with the new key would tell the node of it.
		goal := v.client.Post("/v1/me/goals", object{"text": "Too late to know."}).Want(http.StatusCreated).Text("id")
		keys := v.keyset()
		if n := v.Count("goals", "substr(text, 1, 5) = $1", prefix(t, keys.Sealing[1])); n != 1 || !keys.Rotating {
			t.Fatalf("%d were written with the key before: this tests nothing", n)
		}
		v.finish()
		v.wantAllUnder(v.keyset().Sealing[0])
		if read := v.client.Get("/v1/me/goals/" + goal).Want(http.StatusOK); read.Text("text") != "Too late to know." {
			t.Errorf("the write was lost: %s", read.Raw())
		}
	})
}

func TestANodeThatStoodStillForADayWritesWithNoKeyThatIsGone(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		first := v.keyset().Sealing[0]
		still := v.DB.Open(t, v.Clock.Now)
		actor := models.Actor{UserID: v.client.ID, ClinicID: v.Rows("SELECT id FROM clinics")[0], Role: models.Client}
		if _, err := still.CreateGoal(context.Background(), actor, models.Once{}, models.GoalInput{Text: "Be there."}); err != nil {
			t.Fatal(err)
		}
		before := v.reads() // from here on it does nothing
		v.rotate()
		if rotation := v.rotate(); rotation.Deleted != 1 {
			t.Fatalf("%d keys are gone: this tests nothing", rotation.Deleted)
		}
		if keys := v.keyset(); len(keys.Sealing) != 2 {
			t.Errorf("the keys are %+v", keys)
		}
		goal, err := still.CreateGoal(context.Background(), actor, models.Once{}, models.GoalInput{Text: "Still here."})
		if err != nil {
			t.Fatal(err)
		}
		if n := v.Count("goals", "substr(text, 1, 5) = $1", prefix(t, first)); n != 0 {
			t.Error("it wrote with a key that is gone")
		}
		if read := v.client.Get("/v1/me/goals/" + goal.ID).Want(http.StatusOK); read.Text("text") != "Still here." {
			t.Errorf("the others read %s", read.Raw())
		}
		v.client.Delete("/v1/me/goals/" + goal.ID)
		if diff := cmp.Diff(before, v.reads()); diff != "" {
			t.Errorf("people read something else:\n%s", diff)
		}
	})
}

func TestAKeyStaysForADayAndForAsLongAsAnythingIsUnderIt(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		v.begin()
		v.finish()
		v.Clock.Advance(23 * time.Hour)
		if rotation := v.begin(); rotation.Deleted != 0 {
			t.Error("a key was deleted that was in use a day ago")
		}
		v.finish()
		v.Clock.Advance(48 * time.Hour)
		// Somebody copied what is sealed for one row into another.
		copied := v.Rows("UPDATE assignments SET title = (SELECT title FROM assignments ORDER BY id LIMIT 1) WHERE id = $1 RETURNING id", v.homework)
		if len(copied) != 1 {
			t.Fatal("nothing was planted")
		}
		v.begin()
		v.Clock.Advance(48 * time.Hour)
		v.finish()
		if keys := v.keyset(); keys.Rotating || keys.Sealing[1].Values != 1 {
			t.Errorf("a value that does not open kept the rotation from its end: %+v", keys)
		}
		v.Clock.Advance(48 * time.Hour)
		if rotation := v.begin(); rotation.Deleted != 0 {
			t.Error("a key was deleted with something under it")
		}
	})
}

func TestARotationThatWasInterruptedGoesOn(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		v.begin()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := v.other.Reseal(ctx); err == nil {
			t.Error("it was not interrupted")
		}
		v.reads()
		keys := v.keyset()
		v.other = v.DB.Open(t, v.Clock.Now)
		v.begin()
		if again := v.keyset(); len(again.Sealing) != 2 || again.Fingerprint != keys.Fingerprint || !again.Rotating {
			t.Errorf("a rotation was begun within another: %+v", again)
		}
		v.finish()
		v.wantAllUnder(v.keyset().Sealing[0])
		v.reads()
	})
}

func TestTwoWhoRotateAtOnceMakeOneKeyEachAndLoseNothing(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		third := v.DB.Open(t, v.Clock.Now)
		var both sync.WaitGroup
		for _, store := range []*models.Store{v.other, third} {
			both.Go(func() {
				_, err := store.BeginRotation(context.Background())
				for range 3 {
					if err == nil {
						_, err = store.Reseal(context.Background())
					}
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		v.Clock.Advance(models.KeysLease)
		v.finish()
		if keys := v.keyset(); len(keys.Sealing) != 2 {
			t.Errorf("the keys are %+v", keys)
		}
		v.wantAllUnder(v.keyset().Sealing[0])
		v.reads()
	})
}

func TestABackupFromBeforeARotationOpensByItsOwnKeys(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		clock := modelstest.NewClock(t, "2026-11-02T14:00:00Z")
		seeded := db.Seed(t, 3, clock.Now())
		backup := db.Backup(t)
		store := db.Open(t, clock.Now)
		for range 3 {
			clock.Advance(48 * time.Hour)
			if _, err := store.BeginRotation(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := store.Reseal(t.Context()); err != nil {
					t.Fatal(err)
				}
				clock.Advance(models.KeysLease)
			}
		}
		if keys, err := store.Keyset(t.Context()); err != nil || len(keys.Sealing) != 2 {
			t.Fatalf("%+v %v: this tests nothing", keys, err)
		}
		staff := models.Actor{UserID: seeded.StaffID, ClinicID: seeded.ClinicID, Role: models.Counselor}
		for _, opened := range []*models.Store{store, backup.Open(t, clock.Now)} {
			if me, err := opened.Me(t.Context(), staff); err != nil || me.Name != "Seeded" {
				t.Errorf("%+v %v", me, err)
			}
		}
	})
}

func TestKeysThatAreAwayForAWhileAreNoPhoneThatIsGone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		claims := e.claim(t)
		node := e.DB
		if err := node.Open(t, e.Clock.Now).RewrapKeys(t.Context(), modelstest.NewMasterKey(t, node.MasterKeyPath+".next")); err != nil {
			t.Fatal(err)
		}
		var err error
		if node.Master, err = models.LoadMasterKey(node.MasterKeyPath + ".next"); err != nil {
			t.Fatal(err)
		}
		moved := node.Open(t, e.Clock.Now)
		_, err = moved.BeginRotation(t.Context())
		if _, otherErr := moved.Reseal(t.Context()); err != nil || otherErr != nil {
			t.Fatal(err, otherErr)
		}
		// The engine's own node has the master key before: another one is to send it, and soon.
		if due, err := e.Store.CheckPushes(t.Context(), claims); !errors.Is(err, models.ErrUnavailable) {
			t.Errorf("what cannot be read now is sent to nobody: %+v %v", due, err)
		}
	})
}

func TestANodeUnderWhichAnOlderDatabaseWasBroughtBackWritesByTheKeysThatAreThere(t *testing.T) {
	onVault(t, func(t *testing.T, v *vault) {
		v.Rows("CREATE TABLE backup AS SELECT k.version, k.sealing, k.chaining, i.keyset FROM keysets k JOIN instance i ON i.id = k.id")
		v.begin()
		v.Clock.Advance(models.KeysLease)
		v.client.Put("/v1/me/consents/push", object{"granted": false}).Want(http.StatusOK) // the node hears of it, and seals nothing
		v.Rows("UPDATE keysets SET version = b.version, sealing = b.sealing, chaining = b.chaining, resealed_at = 0 FROM backup b")
		v.Rows("UPDATE instance SET keyset = b.keyset FROM backup b")
		v.other = v.DB.Open(t, v.Clock.Now)
		v.begin() // a key of the same number as the one that is gone
		v.Clock.Advance(models.KeysLease)
		goal := v.client.Post("/v1/me/goals", object{"text": "Be there."}).Want(http.StatusCreated).Text("id")
		actor := models.Actor{UserID: v.client.ID, ClinicID: v.Rows("SELECT id FROM clinics")[0], Role: models.Client}
		if read, err := v.DB.Open(t, v.Clock.Now).MyGoal(t.Context(), actor, goal); err != nil || read.Text != "Be there." {
			t.Errorf("it wrote by a key that is not in the database: %+v %v", read, err)
		}
	})
}

func TestAPhoneIsRemindedThroughARotation(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.DB.Open(t, e.Clock.Now)
		e.counselor.NewSession("group", "2026-11-03T18:00", e.client)
		if _, err := other.BeginRotation(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Reseal(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.At("2026-11-02T23:00:00Z")
		wantTexts(t, e.client, "You have something Tue at 6:00 PM.")
	})
}
