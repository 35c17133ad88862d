package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
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
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "serve")
	cmd.Env = append(os.Environ(), "HANDRAIL_TEST_CHILD=1", "HANDRAIL_DATABASE_URL="+db.URL, "HANDRAIL_KEYSET="+db.KeysetPath,
		"HANDRAIL_ADDRESS="+address, "HANDRAIL_FCM_ENDPOINT="+endpoint, "HANDRAIL_LOG_LEVEL=error")
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

// stop asks the node to end, as a deployment does.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the node did not end cleanly: %v", err)
	}
}

// startPhones is an FCM emulator with n phones that the seeded clients hold.
func startPhones(t *testing.T, n int) (*fcmtest.Server, string) {
	t.Helper()
	fcm := fcmtest.New(fcmtest.Options{Project: "demo"})
	endpoint, err := fcm.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fcm.Close)
	for i := range n {
		fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i), Platform: fcmtest.Android})
	}
	return fcm, endpoint
}

func waitFor(t testing.TB, what string, bound time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(bound); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, bound)
		}
	}
}

func unsettled(t testing.TB, db modelstest.DB) int {
	return db.Count(t, "SELECT count(*) FROM pushes WHERE next_at IS NOT NULL")
}

// kills is how many times a test kills the program; make crash asks for many.
func kills(otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv("HANDRAIL_TEST_KILLS")); err == nil {
		return n
	}
	return otherwise
}

func TestKilledInTheMiddleOf2000PushesNothingIsLostAndNothingIsVisibleTwice(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		const n = 2000
		db.Seed(t, n, time.Now().Add(-time.Second))
		fcm, endpoint := startPhones(t, n)
		for k := range kills(3) {
			before := fcm.Accepted()
			node := startNode(t, db, endpoint)
			waitFor(t, "some pushes after a start", 2*time.Minute, func() bool {
				return fcm.Accepted() > before+n/8 || unsettled(t, db) == 0
			})
			node.kill()
			if unsettled(t, db) == 0 {
				t.Logf("all were sent after %d kills", k+1)
				break
			}
		}
		node := startNode(t, db, endpoint)
		waitFor(t, "every push settled", 3*time.Minute, func() bool { return unsettled(t, db) == 0 })
		node.stop()
		wantEachOnceOnItsPhone(t, db, fcm, n)
	})
}

// wantEachOnceOnItsPhone checks that each seeded client's phone shows exactly one notification and that the record knows it.
func wantEachOnceOnItsPhone(t *testing.T, db modelstest.DB, fcm *fcmtest.Server, n int) {
	t.Helper()
	for i := range n {
		if shown := fcm.Screen(modelstest.Registration(i)); len(shown) != 1 {
			t.Fatalf("phone %d shows %d notifications", i, len(shown))
		}
	}
	if accepted := db.Count(t, "SELECT count(*) FROM reminders WHERE state = 'accepted'"); accepted != n {
		t.Fatalf("%d reminders are accepted, of %d", accepted, n)
	}
	t.Logf("%d pushes, %d calls accepted by FCM", n, fcm.Accepted())
}

func TestTwoNodesOnOnePostgreSQLShareTheWorkAndClaimNothingTwice(t *testing.T) {
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	const n = 10000
	db := modelstest.Postgres(t)
	db.Seed(t, n, time.Now().Add(-time.Second))
	fcm, endpoint := startPhones(t, n)
	nodes := []*process{startNode(t, db, endpoint), startNode(t, db, endpoint)}
	waitFor(t, "every push settled", 3*time.Minute, func() bool { return unsettled(t, db) == 0 })
	for _, node := range nodes {
		node.stop()
	}
	wantEachOnceOnItsPhone(t, db, fcm, n)
	if fcm.Accepted() != n {
		t.Errorf("FCM took %d calls for %d pushes", fcm.Accepted(), n)
	}
	if twice := db.Count(t, "SELECT count(*) FROM pushes WHERE attempt <> 1"); twice != 0 {
		t.Errorf("%d pushes were claimed more than once", twice)
	}
}
