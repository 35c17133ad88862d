package api

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"handrail/models"
)

func ask(l *limits, caller string, now time.Time) (header string, wait time.Duration) {
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	var e *models.Error
	if errors.As(l.take(&call{Context: c}, caller, now), &e) {
		wait = e.RetryAfter
	}
	return w.Header().Get("RateLimit"), wait
}

func TestAMinutesRequestsMayBeMadeAtOnceAndComeBackOneByOne(t *testing.T) {
	l, now := &limits{name: "user", perMinute: 6}, time.Now()
	for i := range 6 {
		header, wait := ask(l, "robin", now)
		if want := fmt.Sprintf(`"user";r=%d;t=%d`, 5-i, 10*(i+1)); header != want || wait != 0 {
			t.Errorf("request %d: %s, want %s; wait %s", i+1, header, want, wait)
		}
	}
	if header, wait := ask(l, "robin", now); header != `"user";r=0;t=60` || wait.Round(time.Millisecond) != 10*time.Second {
		t.Errorf("one too many: %s, wait %s", header, wait)
	}
	if _, wait := ask(l, "casey", now); wait != 0 {
		t.Error("one user's requests are counted as another's")
	}
	if _, wait := ask(l, "robin", now.Add(9*time.Second)); wait.Round(time.Millisecond) != time.Second {
		t.Errorf("a second before the next: wait %s", wait)
	}
	if _, wait := ask(l, "robin", now.Add(10*time.Second)); wait != 0 {
		t.Errorf("after ten seconds: wait %s", wait)
	}
}

func TestNobodyIsForgottenWhileTheyHaveToWait(t *testing.T) {
	l, now := &limits{name: "user", perMinute: 2}, time.Now()
	ask(l, "casey", now)
	now = now.Add(59 * time.Second)
	for range 2 {
		ask(l, "robin", now)
	}
	for range 3 {
		now = now.Add(time.Second)
		if _, wait := ask(l, "robin", now); wait == 0 {
			t.Errorf("served %s too early", wait)
		}
	}
}

func TestHoweverManyCallersThereWereNoneIsRememberedForLong(t *testing.T) {
	l, now := &limits{name: "address", perMinute: 2}, time.Now()
	for i := range 10_000 {
		ask(l, fmt.Sprint(i), now)
	}
	for range 2 {
		now = now.Add(time.Minute)
		ask(l, "robin", now)
	}
	if n := len(l.callers) + len(l.earlier); n != 2 { // robin, now and a minute before
		t.Errorf("%d are remembered", n)
	}
}
