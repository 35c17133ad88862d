package notify_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/models"
	"handrail/notify"
)

// answering is Google, or whoever stands before it.
type answering func(*http.Request) *http.Response

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }

// Whatever comes back, it is asked once; only a 200 is an acceptance, a registration is given up only for what FCM says of
// registrations, and nobody makes us rest longer than a month.
func FuzzAnswerOfFCM(f *testing.F) {
	gone := `{"error":{"code":404,"status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"UNREGISTERED"}]}}`
	for _, a := range []struct {
		status                  int
		kind, after, date, body string
	}{
		{200, "application/json", "", "", `{"name":"projects/demo/messages/1"}`}, {200, "text/html", "", "", "<html>Sign in to the guest network</html>"},
		{200, "application/json", "", "", `{"name":`}, {204, "", "", "", ""}, {404, "application/json", "", "", gone}, {404, "text/html", "", "", "not here"},
		{400, "application/json", "", "", `{"error":{"status":"INVALID_ARGUMENT","message":"message.token"}}`},
		{343, "application/json", "", "", `{"error":{"status":"INVALID_ARGUMENT","message":"message.token"}}`}, {302, "application/json", "", "", gone},
		{302, "application/json", "", "", `{"name":"projects/demo/messages/1"}`}, {202, "application/json", "", "", `{"name":"projects/demo/messages/1"}`},
		{429, "application/json", "120", "", `{"error":{"status":"RESOURCE_EXHAUSTED"}}`}, {429, "", "99999999999999999999", "", ""}, {503, "", "-5", "", ""},
		{503, "", "Mon, 02 Nov 2026 15:00:00 GMT", "Mon, 02 Nov 2026 14:59:00 GMT", ""}, {503, "", "Mon, 02 Nov 9999 15:00:00 GMT",
			"Mon, 02 Nov 0001 14:59:00 GMT", ""},
		{401, "application/json", "1e9", "yesterday", `{"error":{"status":"UNAUTHENTICATED","details":null}}`}, {302, "", "", "", ""}, {500,
			"application/json", "", "", strings.Repeat("[", 5000)},
	} {
		f.Add(a.status, a.kind, a.after, a.date, []byte(a.body))
	}
	known := []models.DeliveryState{models.DeliveryAccepted, models.DeliveryDead, models.DeliveryNotSent, models.DeliveryRejected, models.DeliveryUnknown}
	f.Fuzz(func(t *testing.T, status int, kind, after, date string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		asked := 0
		fcm, err := notify.NewFCM(t.Context(), notify.FCMOptions{Endpoint: "http://127.0.0.1:1/v1", Project: "demo",
			Transport: answering(func(r *http.Request) *http.Response {
				asked++
				header := http.Header{"Content-Type": {kind}, "Retry-After": {after}, "Date": {date}}
				return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
					Body: io.NopCloser(bytes.NewReader(body)), Request: r}
			})})
		if err != nil {
			t.Fatal(err)
		}
		got := fcm.Send(t.Context(), message(models.Android))
		const month = 30 * 24 * time.Hour
		switch {
		case asked != 1 || !slices.Contains(known, got.State):
			t.Fatalf("%d %q: asked %d times, %+v", status, body, asked, got)
		case got.State == models.DeliveryAccepted && status != 200:
			t.Fatalf("%d %q is taken for an acceptance", status, body)
		case got.State == models.DeliveryDead && (status < 400 || !strings.Contains(kind, "json") && !bytes.Contains(body, []byte("errorCode"))):
			t.Fatalf("%d %s %q ends a registration", status, kind, body)
		case got.RetryAfter < 0 || got.RetryAfter > month || got.Pause != nil && (got.Pause.For <= 0 || got.Pause.For > month || len(got.Pause.Lanes) == 0):
			t.Fatalf("%d, Retry-After %q, Date %q: %+v", status, after, date, got)
		case len(got.Code) > 64:
			t.Fatalf("%d: a code of %d bytes", status, len(got.Code))
		}
	})
}
