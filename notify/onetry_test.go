package notify_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"handrail/models"
	"handrail/notify"
)

// FCM took the message and its answer broke off in the middle: the SDK would send it four times more within seconds.
func TestAnAnswerThatBreaksOffInTheMiddleIsNotAskedForAgain(t *testing.T) {
	for _, status := range []int{200, 404, 503} {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Length", "100")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"name": "projects/`))
		}))
		got := client(t, notify.FCMOptions{Endpoint: server.URL + "/v1", Project: "demo"}).Send(t.Context(), message(models.Android))
		server.Close()
		if n := asked.Load(); n != 1 || got.State != models.DeliveryUnknown {
			t.Errorf("%d: %d requests, %+v; want one, and that it may have arrived", status, n, got)
		}
	}
}

func TestWhatIsForGoogleIsNotSentWhereAnAnswerPoints(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		var led atomic.Int32
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/", status))
		got := client(t, notify.FCMOptions{Endpoint: server.URL + "/v1", Project: "demo"}).Send(t.Context(), message(models.Android))
		server.Close()
		elsewhere.Close()
		if led.Load() != 0 || got.State != models.DeliveryUnknown {
			t.Errorf("%d: %d calls elsewhere, %+v", status, led.Load(), got)
		}
	}
}
