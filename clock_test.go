package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go/token"

	"handrail/models/modelstest"
)

// A node's clock may be wrong: what is due, and what is over, the record's clock says.
func TestS15_ANodesOwnClockDecidesNothingAboutWhenToSend(t *testing.T) {
	harmless := map[string]string{
		"api/api.go":       "how long a request took, for the log",
		"api/call.go":      "until when a large answer may be taken off the wire",
		"models/store.go":  "the one clock where SQLite is the record; PostgreSQL has its own",
		"models/fault.go":  "how long ago this node was refused a write",
		"models/reseal.go": "how long a batch took, to leave the database to others for as long",
		"notify/worker.go": "how long ago this node began to claim what it is about to send, by a clock that nobody sets",
		"notify/fcm.go":    "a Retry-After that names a date, in an answer that has none; whether it is too late to begin a call",
	}
	for _, s := range sources(t) {
		if s.test || !slices.Contains([]string{"api", "models", "models/schedule", "notify"}, s.dir) {
			continue
		}
		s.uses(func(at token.Position, qualifier, name string) {
			if qualifier == "time" && name == "Now" && harmless[s.name] == "" {
				t.Errorf("%s: time.Now: take tx.now, which is the record's clock, or say here why this node's does no harm", at)
			}
		})
	}
}

func TestS15_ANodeWhoseClockIsAnHourFastSendsNothingEarly(t *testing.T) {
	onPostgres(t, func(t *testing.T, db modelstest.DB) {
		if os.Getenv("HANDRAIL_TEST_KILLS") == "" {
			t.Log("make crash runs this: the standard library has to be compiled anew, with another time.Now")
			return
		}
		const n, early = 200, time.Minute
		program := withFastClock(t)
		due := time.Now().Add(75 * time.Second)
		fcm := duePhones(t, db, n, due)
		node := startProgram(t, program, db, startLine(t, fcm, atOnce).endpoint).serving()
		answer, err := http.Get(node.url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if at, err := http.ParseTime(answer.Header.Get("Date")); err != nil || time.Until(at) < 59*time.Minute {
			t.Fatalf("the node's clock is right: %s (%v)", at, err)
		}
		waitFor(t, "every push settled", 4*time.Minute, func() bool { return unsettled(t, db) == 0 })
		node.stop()
		wantEachOnceOnItsPhone(t, db, fcm, n)
		for _, request := range fcm.Requests() {
			if request.At.Before(due.Add(-early)) {
				t.Fatalf("sent %s before it was due", due.Sub(request.At))
			}
			if left := request.Message.Android.TTL; (left - due.Add(2*time.Hour).Sub(request.At)).Abs() > 5*time.Second {
				t.Fatalf("%s after %s a phone gets it no more", left, request.At)
			}
		}
	})
}

// withFastClock builds this program with a standard library whose time.Now is an hour fast.
func withFastClock(t *testing.T) string {
	t.Helper()
	goRoot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(goRoot)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	const reading = "\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(source), reading) != 1 {
		t.Fatal("this Go reads the clock in another way")
	}
	folder := t.TempDir()
	fast, overlay, program := filepath.Join(folder, "time.go"), filepath.Join(folder, "overlay.json"), filepath.Join(folder, "handrail")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: fast}})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{fast: strings.Replace(string(source), reading, reading+"\tsec += 3600\n", 1), overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-buildvcs=false", "-tags", "nomsgpack,disable_grpc_modules", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
