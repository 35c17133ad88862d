package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// elsewhere lists where the sockets of a process lead to outside this machine.
func elsewhere(t *testing.T, pid int) (peers []string) {
	t.Helper()
	own := map[string]bool{}
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		if target, err := os.Readlink(d); err == nil { // it may be closed by now
			if inode, isSocket := strings.CutPrefix(target, "socket:["); isSocket {
				own[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n")[1:] {
			fields := strings.Fields(line)
			if len(fields) < 10 || !own[fields[9]] {
				continue
			}
			address, _, _ := strings.Cut(fields[2], ":") // the bytes of each word of four in the machine's order
			isOurs := strings.Trim(address, "0") == "" || address == "0100007F" || address == "0000000000000000FFFF00000100007F" ||
				address == "00000000000000000000000001000000"
			if !isOurs {
				peers = append(peers, table+" "+fields[2])
			}
		}
	}
	return peers
}

// A node that has a Firebase project's credentials speaks to Google's sign-in and to FCM. All that it asks for goes through
// a proxy that writes down where to; what does not go through the proxy would be seen among its sockets.
func TestANodeConnectsToNothingButWhatItIsConfiguredFor(t *testing.T) {
	t.Parallel()
	seen, err := net.Dial("udp", "192.0.2.1:9") // which sends nothing
	if err != nil {
		t.Fatal(err)
	}
	if len(elsewhere(t, os.Getpid())) == 0 {
		t.Error("a socket that leads elsewhere is not seen")
	}
	_ = seen.Close()
	var mu sync.Mutex
	asked := map[string]int{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Method+" "+r.Host]++
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)
	db := modelstest.SQLite(t)
	db.Seed(t, 5, time.Now().Add(-time.Second))
	credentials, err := fcmtest.Credentials("https://oauth2.googleapis.com/token")
	file := filepath.Join(t.TempDir(), "firebase.json")
	if err != nil || os.WriteFile(file, credentials, 0o600) != nil {
		t.Fatal("there are no credentials", err)
	}
	node := startNode(t, db, "", "GOOGLE_APPLICATION_CREDENTIALS="+file, "HTTPS_PROXY="+proxy.URL, "HTTP_PROXY="+proxy.URL,
		"HANDRAIL_LOG_LEVEL=error").serving()
	count := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, times := range asked {
			n += times
		}
		return n
	}
	var peers []string
	for deadline := time.Now().Add(30 * time.Second); count() < 2 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		peers = append(peers, elsewhere(t, node.cmd.Process.Pid)...)
	}
	node.stop()
	slices.Sort(peers)
	if peers = slices.Compact(peers); len(peers) > 0 {
		t.Errorf("connections past the proxy: %v", peers)
	}
	mu.Lock()
	defer mu.Unlock()
	configured := []string{"CONNECT fcm.googleapis.com:443", "CONNECT oauth2.googleapis.com:443"}
	for to := range asked {
		if !slices.Contains(configured, to) {
			t.Errorf("it asked for %s", to)
		}
	}
	if asked[configured[1]] == 0 {
		t.Errorf("the proxy saw no sign-in with Google, so it saw nothing: %v", slices.Sorted(maps.Keys(asked)))
	}
}
