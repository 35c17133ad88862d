package fcmtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"firebase.google.com/go/v4/messaging"

	"handrail/notify/fcmtest"
)

// discard is the cheapest ResponseWriter that still looks at the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// body is a reusable request body.
type body struct{ bytes.Reader }

func (*body) Close() error { return nil }

// BenchmarkHandler measures the bare handler, without a socket and without remembering.
func BenchmarkHandler(b *testing.B) {
	for name, message := range map[string]*messaging.Message{
		"android": data(pixel, "0190c2f4-5b1e-7a3c-9d2e-111122223333", "You have something Tue at 6:00 PM."),
		"ios":     alert(iphone, "0190c2f4-5b1e-7a3c-9d2e-111122223333", "You have something Tue at 6:00 PM.", zero),
	} {
		b.Run(name, func(b *testing.B) {
			server := fcmtest.New(fcmtest.Options{Forget: true})
			addPhones(server)
			raw, err := json.Marshal(map[string]any{"message": message})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				content := &body{}
				request, _ := http.NewRequest(http.MethodPost, "http://x/v1/projects/demo/messages:send", content)
				request.Header.Set("Authorization", "Bearer any")
				request.ContentLength = int64(len(raw))
				w := &discard{header: http.Header{}}
				for pb.Next() {
					content.Reset(raw)
					if server.ServeHTTP(w, request); w.status != http.StatusOK {
						b.Errorf("status %d", w.status)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			if server.Accepted() != b.N {
				b.Errorf("accepted %d of %d", server.Accepted(), b.N)
			}
		})
	}
}

// BenchmarkSendEach measures the SDK's own pace through a socket: what a sender of ours is compared with.
func BenchmarkSendEach(b *testing.B) {
	server, client := emulator(b, fcmtest.Options{Forget: true})
	batch := make([]*messaging.Message, 500)
	for i := range batch {
		batch[i] = data(pixel, fmt.Sprint("p", i), "You have something Tue at 6:00 PM.")
	}
	for b.Loop() {
		response, err := client.SendEach(b.Context(), batch)
		if err != nil || response.FailureCount > 0 {
			b.Fatal(err, response)
		}
	}
	b.ReportMetric(float64(server.Accepted())/b.Elapsed().Seconds(), "messages/s")
}
