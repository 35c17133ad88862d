package api

import (
	"bytes"
	"log/slog"
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
	if reply.Code != http.StatusInternalServerError || reply.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(told, ".go") {
		t.Errorf("%d %s %s", reply.Code, reply.Header().Get("Content-Type"), told)
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
