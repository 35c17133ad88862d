package main

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
)

// onNewDatabases runs f with the environment of a database that does not exist yet, of each kind.
func onNewDatabases(t *testing.T, f func(t *testing.T, e func(string) string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, env(t)) })
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") != "" {
		t.Run("postgres", func(t *testing.T) { f(t, env(t, "HANDRAIL_DATABASE_URL", modelstest.EmptyPostgres(t))) })
	}
}

// with is an environment with some variables otherwise.
func with(e func(string) string, more ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		return e(name)
	}
}

// killed runs a command as a process of its own and kills it, as kill -9 does, within a while.
func killed(t *testing.T, e func(string) string, within time.Duration, args ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "HANDRAIL_TEST_CHILD=1")
	for _, name := range []string{"HANDRAIL_DATABASE_URL", "HANDRAIL_MASTER_KEY"} {
		cmd.Env = append(cmd.Env, name+"="+e(name))
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(rand.N(within))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func TestKilledAtAnyMomentOfItsFirstStartANodeStartsTheNextTime(t *testing.T) {
	for range kills(5) {
		onNewDatabases(t, func(t *testing.T, e func(string) string) {
			killed(t, e, 150*time.Millisecond, "migrate")
			if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
				t.Fatal(err)
			}
			if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKilledAtAnyMomentOfARotationOrARewrapNothingIsUnreadable(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		db.Seed(t, 1500, time.Now().Add(time.Hour))
		e := env(t, "HANDRAIL_DATABASE_URL", db.URL, "HANDRAIL_MASTER_KEY", db.MasterKeyPath)
		next := filepath.Join(t.TempDir(), "next.json")
		for k := range kills(5) {
			if k%3 == 2 {
				killed(t, e, 100*time.Millisecond, "keys", "rewrap", "--to", next)
			} else {
				killed(t, e, 300*time.Millisecond, "keys", "rotate")
			}
			if _, err := handrail(t.Context(), e, "", "keys", "show"); err != nil { // it was under the next master key already
				e = with(e, "HANDRAIL_MASTER_KEY", next)
				next = filepath.Join(t.TempDir(), "next.json")
			}
			if printed, err := handrail(t.Context(), e, "", "keys", "show"); err != nil {
				t.Fatal(printed, err)
			}
		}
		printed, err := handrail(t.Context(), e, "", "keys", "rotate")
		if err != nil || strings.Contains(printed, "do not open") || !strings.Contains(printed, "is finished") {
			t.Fatal(printed, err)
		}
		shown, err := handrail(t.Context(), e, "", "keys", "show")
		for line := range strings.Lines(shown) {
			if strings.Contains(line, "older") && !strings.Contains(line, " 0 values") {
				t.Error(line)
			}
		}
		if err != nil || !strings.Contains(shown, " 3003 values") { // two of each client's, and what they share
			t.Error(shown, err)
		}
	})
}

func TestKilledAtAnyMomentOfAReindexEverythingIsFoundByOneKey(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		db.Seed(t, 1500, time.Now().Add(time.Hour))
		e := env(t, "HANDRAIL_DATABASE_URL", db.URL, "HANDRAIL_MASTER_KEY", db.MasterKeyPath)
		if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
			t.Fatal(err)
		}
		tamper(t, e, "CREATE TABLE former AS SELECT d.id, d.registration_index, i.keyset FROM devices d, instance i")
		const halves = `SELECT count(*) FROM devices d JOIN former f ON f.id = d.id JOIN instance i ON i.id = 1
			WHERE (f.registration_index = d.registration_index) <> (f.keyset = i.keyset)`
		for range kills(5) {
			killed(t, e, 400*time.Millisecond, "keys", "reindex")
			if n := db.Count(t, halves); n != 0 {
				t.Errorf("%d registrations are looked up by another key than the others", n)
			}
			if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err == nil || !strings.Contains(err.Error(), "email") {
				t.Fatalf("the admin's email is not found any more: %v", err)
			}
		}
		waitFor(t, "a reindex that nobody disturbs", time.Minute, func() bool { // PostgreSQL takes a moment to see who is gone
			_, err := handrail(t.Context(), e, "", "keys", "reindex")
			return err == nil
		})
		if n := db.Count(t, "SELECT count(*) FROM devices d JOIN former f ON f.registration_index = d.registration_index"); n > 0 || db.Count(t, halves) > 0 {
			t.Errorf("%d registrations are looked up by the key before", n)
		}
	})
}

func TestOfNodesWithDifferentMasterKeysOneMakesTheRecordAndTheOthersAreToldWhose(t *testing.T) {
	onNewDatabases(t, func(t *testing.T, e func(string) string) {
		var nodes sync.WaitGroup
		var mu sync.Mutex
		var refusals []string
		var prints []string
		for range 4 {
			own := with(e, "HANDRAIL_MASTER_KEY", filepath.Join(t.TempDir(), "master-key.json"))
			prints = append(prints, modelstest.NewMasterKey(t, own("HANDRAIL_MASTER_KEY")).Fingerprint)
			nodes.Go(func() {
				if _, err := handrail(t.Context(), own, "", "migrate"); err != nil {
					mu.Lock()
					defer mu.Unlock()
					refusals = append(refusals, err.Error())
				}
			})
		}
		nodes.Wait()
		if len(refusals) != 3 {
			t.Fatalf("%d of four nodes were refused: %v", len(refusals), refusals)
		}
		db := modelstest.DB{URL: e("HANDRAIL_DATABASE_URL")}
		if n := db.Count(t, "SELECT count(*) FROM keysets"); n != 1 {
			t.Errorf("there are %d keysets", n)
		}
		for _, refusal := range refusals {
			named := 0
			for _, print := range prints {
				if strings.Contains(refusal, print) {
					named++
				}
			}
			if named != 2 || !strings.Contains(refusal, "HANDRAIL_MASTER_KEY") {
				t.Errorf("it is not said which master key is here and which it should be: %s", refusal)
			}
		}
	})
}

func TestAMasterKeyThatOthersMayReadIsRefused(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	for rights, fine := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o440: true, 0o644: false, 0o660: false, 0o604: false} {
		if err := os.Chmod(e("HANDRAIL_MASTER_KEY"), rights); err != nil {
			t.Fatal(err)
		}
		_, err := handrail(t.Context(), e, "", "keys", "show")
		if fine && err != nil || !fine && (err == nil || !strings.Contains(err.Error(), "chmod 600")) {
			t.Errorf("with the rights %#o: %v", rights, err)
		}
	}
}

func TestNoErrorAboutKeysSaysAnythingOfThem(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	path := e("HANDRAIL_MASTER_KEY")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Key []struct {
			KeyData struct{ Value string }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Key) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	value := file.Key[0].KeyData.Value
	material, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(material) < 32 {
		t.Fatalf("%v: %d bytes", err, len(material))
	}
	cut := strings.Replace(string(text), value, value[:20], 1)
	other := strings.Replace(string(text), value, value[:20]+"AAAA"+value[24:], 1)
	for what, damaged := range map[string]string{"cut off": cut, "changed": other, "not JSON": string(text[1:]), "empty": ""} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		printed, err := handrail(t.Context(), e, "", "keys", "show")
		if err == nil {
			t.Errorf("a master key that is %s was taken", what)
			continue
		}
		for _, part := range []string{value[:12], value[len(value)-12:], string(material[len(material)-8:])} {
			if strings.Contains(printed+err.Error(), part) {
				t.Errorf("%s: the key is in: %v", what, err)
			}
		}
	}
}

func TestTheKeysAreShownAndChangedByCommands(t *testing.T) {
	onNewDatabases(t, func(t *testing.T, e func(string) string) {
		t.Parallel()
		if _, err := handrail(t.Context(), e, "", "keys", "reindex"); err == nil {
			t.Error("an empty database was reindexed")
		}
		if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
			t.Fatal(err)
		}
		if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
			t.Fatal(err)
		}
		says := func(e func(string) string, words string, args ...string) {
			t.Helper()
			printed, err := handrail(t.Context(), e, "", args...)
			if err != nil || !strings.Contains(printed, words) {
				t.Errorf("%v: %q, %v", args, printed, err)
			}
		}
		says(e, "in use  2 values", "keys", "show")
		says(e, "Sealed anew: 2 values.", "keys", "rotate")
		says(e, "older   0 values", "keys", "show")
		says(e, "are found by a new key: 1.", "keys", "reindex")
		to := filepath.Join(t.TempDir(), "new.json")
		says(e, "Keep the master key before", "keys", "rewrap", "--to", to)
		if _, err := handrail(t.Context(), e, "", "serve"); err == nil || !strings.Contains(err.Error(), "HANDRAIL_MASTER_KEY") {
			t.Errorf("with the master key before: %v", err)
		}
		moved := with(e, "HANDRAIL_MASTER_KEY", to)
		under, err := models.LoadMasterKey(to)
		if err != nil {
			t.Fatal(err)
		}
		says(moved, under.Fingerprint, "keys", "show")
		says(moved, under.Fingerprint, "keys", "rewrap", "--to", to) // again, as after a power cut
	})
}
