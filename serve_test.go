package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory, so that a server's bounds are tried in virtual time.
type pipes struct{ calls chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p.calls; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error { close(p.calls); return nil }

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Callers who send a byte a second, or nothing, or do not read (OWASP API4:2023).
func TestWhoIsSlowOnPurposeIsCutOff(t *testing.T) {
	const get, post = "GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
	for name, c := range map[string]struct {
		sends, drips string // at once; and then each second
		reads        bool
		most         time.Duration
	}{
		"a header byte by byte":       {get + "X: ", "x", true, headerTimeout},
		"nothing at all":              {"", "", true, headerTimeout},
		"a body byte by byte":         {post, "x", true, readTimeout},
		"a body that stops":           {post + "x", "", true, readTimeout},
		"no second request":           {get + "\r\n", "", true, idleTimeout},
		"an answer that nobody takes": {get + "\r\n", "", false, writeTimeout},
		"a header too large":          {get + "X: " + strings.Repeat("x", mostHeader+8<<10), "x", true, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener, closed, served := pipes{make(chan net.Conn)}, make(chan struct{}), make(chan error)
				server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = w.Write(make([]byte, 1<<20))
				}), slog.New(slog.DiscardHandler))
				server.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateClosed {
						close(closed)
					}
				}
				go func() { served <- server.Serve(listener) }()
				caller, accepted := net.Pipe()
				listener.calls <- accepted
				if c.reads {
					go func() { _, _ = io.Copy(io.Discard, caller) }()
				}
				var dripping sync.WaitGroup
				dripping.Go(func() {
					_, err := io.WriteString(caller, c.sends)
					for ; err == nil; _, err = io.WriteString(caller, c.drips) {
						time.Sleep(time.Second)
						if c.drips == "" {
							return
						}
					}
				})
				select {
				case <-closed:
				case <-time.After(c.most + time.Second):
					t.Errorf("still there after %s", c.most)
				}
				_, _ = caller.Close(), server.Close()
				<-served
				dripping.Wait()
			})
		})
	}
}

func TestSomebodySlowMakesNoFaultOfAnOrdinaryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, served := pipes{make(chan net.Conn)}, make(chan error)
		server := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }), slog.New(slog.DiscardHandler))
		go func() { served <- server.Serve(listener) }()
		caller, accepted := net.Pipe()
		listener.calls <- accepted
		fmt.Fprint(caller, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nx")
		synctest.Wait() // until the server is at its body
		began := time.Now()
		if err := finish(t.Context(), server); err != nil || time.Since(began) < stopTimeout {
			t.Errorf("it ended after %s: %v", time.Since(began), err)
		}
		if _, err := caller.Read(make([]byte, 1)); err == nil {
			t.Error("the caller is not cut off")
		}
		<-served
	})
}

// certify writes a certificate for localhost and its key, and returns its serial number.
func certify(t *testing.T, chainFile, keyFile string) *big.Int {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	chain, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{chainFile: {Type: "CERTIFICATE", Bytes: chain}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return serial
}

func TestWithACertificateANodeSpeaksTLSAndNothingElse(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	chain, key := filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls.key")
	serial := certify(t, chain, key)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log output
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"serve"}, env(t, "HANDRAIL_ADDRESS", address, "HANDRAIL_TLS_CERT", chain, "HANDRAIL_TLS_KEY", key),
			strings.NewReader(""), &log, &log)
	}()
	trusted := x509.NewCertPool()
	pemText, err := os.ReadFile(chain)
	if err != nil || !trusted.AppendCertsFromPEM(pemText) {
		t.Fatal("the certificate does not read", err)
	}
	client := func(newest uint16) *http.Client {
		return &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "localhost", MaxVersion: newest}}}
	}
	var answer *http.Response
	waitFor(t, "an answer by TLS", time.Minute, func() bool {
		answer, err = client(tls.VersionTLS13).Get("https://" + address + "/healthz")
		return err == nil
	})
	if answer.ProtoMajor != 2 || answer.TLS.PeerCertificates[0].SerialNumber.Cmp(serial) != 0 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("HTTP/%d %v", answer.ProtoMajor, answer.Header)
	}
	if _, err := client(tls.VersionTLS11).Get("https://" + address + "/healthz"); err == nil {
		t.Error("TLS 1.1 is spoken, which RFC 8996 forbids")
	}
	if plain, err := http.Get("http://" + address + "/healthz"); err == nil && plain.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %d", plain.StatusCode)
	}
	stop()
	if err := <-done; err != nil || !strings.Contains(log.String(), "handshake error from a caller") {
		t.Errorf("%v: %s", err, log.String())
	}
}

func TestARenewedCertificateIsServedWithoutARestart(t *testing.T) {
	folder := t.TempDir()
	chain, key := filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls.key")
	certify(t, chain, key)
	c, err := loadCertificate(chain, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := func() *big.Int {
		t.Helper()
		c.lookedAt = time.Now().Add(-lookEvery) // a minute later
		pair, err := c.now(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber
	}
	first := served()
	oldKey, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	second := certify(t, chain, key)
	newKey, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	write := func(text []byte, at time.Time) {
		if err := errors.Join(os.WriteFile(key, text, 0o600), os.Chtimes(key, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	write(oldKey, later) // half of it is written
	if got := served(); got.Cmp(first) != 0 {
		t.Error("a key that does not fit is served")
	}
	write(newKey, later.Add(time.Second))
	if got := served(); got.Cmp(second) != 0 {
		t.Error("the new certificate is not served")
	}
	third := certify(t, chain, key) // as its clock says, before the one that is served
	if got := served(); got.Cmp(third) != 0 {
		t.Error("a certificate is not served because an older file was newer")
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if got := served(); got.Cmp(third) != 0 {
		t.Error("without its file a certificate that is in use is given up")
	}
}

func TestOneFileOfTwoIsNoCertificate(t *testing.T) {
	for _, files := range [][2]string{{"tls.pem", ""}, {"", "tls.key"}, {"missing.pem", "missing.key"}} {
		if _, err := loadCertificate(files[0], files[1], nil); err == nil || !strings.Contains(err.Error(), "HANDRAIL_TLS_KEY") {
			t.Errorf("%v: %v", files, err)
		}
	}
}

func TestTheLogDoesNotTellFromWhereACallCame(t *testing.T) {
	var log bytes.Buffer
	server := newServer(nil, slog.New(slog.NewTextHandler(&log, nil)))
	for _, address := range []string{"192.0.2.7:52314", "[2001:db8::7]:52314", "[fe80::7%eth0]:52314"} {
		server.ErrorLog.Printf("http: TLS handshake error from %s: EOF", address)
	}
	if text := log.String(); strings.Count(text, "TLS handshake error from a caller: EOF") != 3 || strings.Contains(text, "2001") || strings.Contains(text, "52314") {
		t.Error(text)
	}
}

func TestAMessageThatCouldBeReadAsTwoIsRefused(t *testing.T) {
	served := make(chan string, 10)
	server := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { served <- r.URL.Path }), slog.New(slog.DiscardHandler))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	for _, doubtful := range []string{"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5", "Transfer-Encoding: chunked, identity",
		"Transfer-Encoding: xchunked", "Transfer-Encoding : chunked"} {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /first HTTP/1.1\r\nHost: a\r\n%s\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n", doubtful)
		answer, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") && !strings.HasPrefix(string(answer), "HTTP/1.1 501 ") {
			t.Errorf("%q: %v %s", doubtful, err, answer)
		}
		_ = c.Close()
	}
	if len(served) > 0 {
		t.Errorf("%s was served", <-served)
	}
}
