package fcmtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// Transport carries requests to the Server inside the process, without a socket: tests in virtual time
// (testing/synctest) need it, because a bubble cannot wait for the network. Give it to option.WithHTTPClient beneath
// a transport that adds the bearer token, together with option.WithEndpoint("http://fcm.invalid/v1"). Close the
// Server inside the bubble if NeverAnswer holds requests without a deadline, or the bubble never ends.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip serves r in its own goroutine, so that a sender whose context ends is freed at once while the message may
// still be accepted, as over a network.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *memoryWriter, 1)
	go func() {
		w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
		t.server.ServeHTTP(w, r)
		if r.Body != nil {
			_ = r.Body.Close()
		}
		done <- w
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case w := <-done:
		if w.err != nil {
			return nil, w.err
		}
		return &http.Response{
			Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Request: r,
			Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
		}, nil
	}
}

// memoryWriter is a ResponseWriter whose connection can be cut.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

// cut leaves the error that a TCP client would see.
func (w *memoryWriter) cut(reset bool) {
	w.err = io.EOF
	if reset {
		w.err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
}
