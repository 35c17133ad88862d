package main

import (
	"net/http"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"handrail/apitest"
	"handrail/models/modelstest"
)

// fill lets a process write no byte to any file from now on, as on a full disk; empty takes that back.
func (p *process) fill()  { p.mayWrite(0) }
func (p *process) empty() { p.mayWrite(unix.RLIM_INFINITY) }

func (p *process) mayWrite(bytes uint64) {
	p.t.Helper()
	limit := unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		p.t.Fatal(err)
	}
}

func TestS17_OnAFullDiskNothingIsSentWithoutAClaimOnDiskAndItHealsByItself(t *testing.T) {
	t.Parallel()
	const n = 50
	db := modelstest.SQLite(t)
	fcm, endpoint := startPhones(t, n)
	due := time.Now().Add(5 * time.Second)
	db.Seed(t, n, due)
	node := startNode(t, db, endpoint).serving()
	admin := apitest.Served(t, db, fcm, node.url, "America/New_York").Admin
	node.fill()
	admin.Post("/v1/staff", map[string]any{"name": "Dana Counselor", "role": "counselor", "email": "dana@clinic.example"}).
		WantProblem(http.StatusServiceUnavailable, "unavailable")
	if answer := node.get("/readyz"); answer != http.StatusServiceUnavailable {
		t.Errorf("the node calls itself ready, with %d", answer)
	}
	time.Sleep(time.Until(due.Add(2 * time.Second))) // the worker tries to claim them each second
	if sent := fcm.Accepted(); sent != 0 {
		t.Fatalf("%d were sent without a claim on disk", sent)
	}
	node.empty()
	waitFor(t, "every push settled once there is room", time.Minute, func() bool { return unsettled(t, db) == 0 })
	waitFor(t, "the node ready again", time.Minute, func() bool { return node.get("/readyz") == http.StatusOK })
	node.stop()
	wantEachOnceOnItsPhone(t, db, fcm, n)
	wantCalls(t, fcm, n)
}

// get asks the node and returns the status that it answered.
func (p *process) get(path string) int {
	p.t.Helper()
	answer, err := http.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode
}
