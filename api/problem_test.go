package api

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAFaultOfTheServersIsNotedWithoutItsValueAndToldWithoutItsPlace(t *testing.T) {
	var log bytes.Buffer
	a, err := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	a.engine.POST("/broken/:id", a.adapt(route{handler: func(*call) error { panic("what somebody wrote") }}))
	reply := httptest.NewRecorder()
	a.ServeHTTP(reply, httptest.NewRequest("POST", "/broken/of-robin?name=Robin", strings.NewReader("what somebody wrote")))
	told := reply.Body.String()
	if reply.Code != http.StatusInternalServerError || reply.Header().Get("Content-Type") != "application/problem+json" ||
		reply.Header().Get("Cache-Control") != "no-store" || strings.Contains(told, ".go") {
		t.Errorf("%d %v %s", reply.Code, reply.Header(), told)
	}
	noted := log.String()
	if !strings.Contains(noted, "problem_test.go") || !strings.Contains(noted, "/broken/:id") {
		t.Errorf("the log does not say where: %s", noted)
	}
	for _, secret := range []string{"what somebody wrote", "Robin", "robin"} {
		if strings.Contains(noted, secret) || strings.Contains(told, secret) {
			t.Errorf("%s was noted or told: %s", secret, noted)
		}
	}
}

// Who has said all that they have to say may close their half of the connection and listen. Go takes that for their going away.
func TestWhoListensForTheAnswerToWhatCameToNothingIsNotToldThatItIsDone(t *testing.T) {
	a, err := New(Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a.engine.POST("/slow", a.adapt(route{handler: func(c *call) error {
		<-c.ctx().Done()
		return c.done(c.ctx().Err())
	}}))
	server := httptest.NewServer(a)
	defer server.Close()
	caller, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close() }()
	fmt.Fprint(caller, "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	if err := caller.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(caller), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the answer is %s", answer.Status)
	}
}
