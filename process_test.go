package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// TestMain lets this test binary be the real program: a child with HANDRAIL_TEST_CHILD set runs its arguments as handrail.
func TestMain(m *testing.M) {
	if os.Getenv("HANDRAIL_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "handrail:", err)
		os.Exit(1)
	}
}

// process is a real one that serves and sends.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	url string
}

func startNode(t testing.TB, db modelstest.DB, endpoint string, more ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startProgram(t, self, db, endpoint, more...)
}

// startProgram is startNode for another program than this one.
func startProgram(t testing.TB, program string, db modelstest.DB, endpoint string, more ...string) *process {
	t.Helper()
	address := freeAddress(t)
	for _, variable := range more {
		if another, ok := strings.CutPrefix(variable, "HANDRAIL_ADDRESS="); ok {
			address = another
		}
	}
	cmd := exec.Command(program, "serve")
	cmd.Env = append(os.Environ(), "HANDRAIL_TEST_CHILD=1", "HANDRAIL_DATABASE_URL="+db.URL, "HANDRAIL_MASTER_KEY="+db.MasterKeyPath,
		"HANDRAIL_ADDRESS="+address, "HANDRAIL_FCM_ENDPOINT="+endpoint, "HANDRAIL_LOG_LEVEL=error", "HANDRAIL_PUSH_RATE=60000000",
		"HANDRAIL_USER_RATE=10000000", "HANDRAIL_ADDRESS_RATE=10000000")
	cmd.Env = append(cmd.Env, more...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, cmd, "http://" + address}
	t.Cleanup(p.kill)
	return p
}

// serving waits until the node answers.
func (p *process) serving() *process {
	p.t.Helper()
	waitFor(p.t, "an answer after a start", time.Minute, func() bool {
		answer, err := http.Get(p.url + "/healthz")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) signal(signal os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
}

// stop asks the node to end, as a deployment does.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the node did not end cleanly: %v", err)
	}
}

func (p *process) stopWithin(bound time.Duration) {
	p.t.Helper()
	began := time.Now()
	p.stop()
	if took := time.Since(began); took > bound {
		p.t.Errorf("it took %s to stop", took)
	}
}

// newPhones is an FCM emulator, to be reached by lines.
func newPhones(t *testing.T) *fcmtest.Server {
	t.Helper()
	fcm := fcmtest.New(fcmtest.Options{Project: "demo"})
	t.Cleanup(fcm.Close)
	return fcm
}

// addPhones gives the emulator the phones of n seeded clients.
func addPhones(fcm *fcmtest.Server, first, n int) {
	for i := first; i < first+n; i++ {
		fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i), Platform: fcmtest.Android})
	}
}

// duePhones is an FCM emulator, to be reached by lines, with the phones of n clients to each of whom a push is due.
func duePhones(t *testing.T, db modelstest.DB, n int, due time.Time) *fcmtest.Server {
	t.Helper()
	fcm := newPhones(t)
	addPhones(fcm, 0, n)
	db.Seed(t, n, due)
	return fcm
}

// startPhones is an FCM emulator with n phones that the seeded clients hold.
func startPhones(t *testing.T, n int) (*fcmtest.Server, string) {
	t.Helper()
	fcm := newPhones(t)
	addPhones(fcm, 0, n)
	endpoint, err := fcm.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return fcm, endpoint
}

// line is one node's own way to the emulator, so that it is seen who sent what.
type line struct {
	endpoint string
	sent     atomic.Int64
}

// startLine makes a line. FCM takes a message at once; what wait does passes before the node hears of it.
func startLine(t *testing.T, fcm *fcmtest.Server, wait func()) *line {
	t.Helper()
	l := &line{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.sent.Add(1)
		answer := httptest.NewRecorder()
		fcm.ServeHTTP(answer, r)
		wait()
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	l.endpoint = server.URL + "/v1"
	return l
}

func waitFor(t testing.TB, what string, bound time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(bound); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, bound)
		}
	}
}
