package notify

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a connection that stops passing on what we say, and is not closed: as when a firewall has forgotten it.
type wire struct {
	net.Conn
	dead atomic.Bool
}

func (w *wire) Write(p []byte) (int, error) {
	if w.dead.Load() {
		return len(p), nil
	}
	return w.Conn.Write(p)
}

// pipes is a listener whose connections are made in the process, for virtual time.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func TestAConnectionThatDiedInSilenceIsLeftForAnotherOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := httptest.NewTLSServer(nil) // for its certificate
		own.Close()
		listener := make(pipes)
		server := &http.Server{TLSConfig: &tls.Config{Certificates: own.TLS.Certificates, NextProtos: []string{"h2"}},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })}
		ended := make(chan struct{})
		go func() { _ = server.ServeTLS(listener, "", ""); close(ended) }()
		defer func() { close(listener); _ = server.Close(); <-ended }()

		var last *wire
		transport := pool().(*http.Transport)
		transport.TLSClientConfig = own.Client().Transport.(*http.Transport).TLSClientConfig
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			last = &wire{Conn: ours}
			listener <- theirs
			return last, nil
		}
		defer transport.CloseIdleConnections()
		call := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), callBound)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://example.com/", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := transport.RoundTrip(r)
			if err == nil {
				if response.ProtoMajor != 2 {
					t.Fatalf("%s: Google speaks HTTP/2", response.Proto)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
			return err
		}
		if err := call(); err != nil {
			t.Fatal(err)
		}
		last.dead.Store(true)
		began := time.Now()
		for call() != nil {
			if took := time.Since(began); took > time.Minute {
				t.Fatalf("after %v it still talks to the dead connection", took)
			}
			time.Sleep(time.Second)
		}
	})
}
