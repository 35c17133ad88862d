package api

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"
)

// bounded is a connection that notes how long its answer may take.
type bounded struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (b *bounded) SetWriteDeadline(until time.Time) error { b.until = until; return nil }

func TestARecordOfYearsReachesAPhoneOnABadLine(t *testing.T) {
	for size, atLeast := range map[int]time.Duration{2 << 20: 8 * time.Minute, 256 << 10: time.Minute, 64 << 10: 0} {
		a, err := New(Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		a.engine.GET("/record", a.adapt(route{handler: func(c *call) error { c.send(200, "text/html", make([]byte, size)); return nil }}))
		began, connection := time.Now(), &bounded{ResponseRecorder: httptest.NewRecorder()}
		a.ServeHTTP(connection, httptest.NewRequest("GET", "/record", nil))
		if connection.until.IsZero() != (atLeast == 0) || atLeast > 0 && connection.until.Before(began.Add(atLeast)) || connection.Body.Len() != size {
			t.Errorf("%d bytes, of which %d came, have until %s after %s", size, connection.Body.Len(), connection.until, began)
		}
	}
}
