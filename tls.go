package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is read from its two files, and again when they change: it is renewed every few weeks, by night.
type certificate struct {
	chainFile, keyFile string
	log                *slog.Logger

	mu        sync.Mutex
	served    *tls.Certificate
	lookedAt  time.Time
	writtenAt [2]time.Time // the chain, the key
}

// lookEvery is how often the files are looked at, by whoever connects then.
const lookEvery = time.Minute

// loadCertificate reads a certificate; without files there is none.
func loadCertificate(chainFile, keyFile string, log *slog.Logger) (*certificate, error) {
	if chainFile == "" && keyFile == "" {
		return nil, nil
	}
	if chainFile == "" || keyFile == "" {
		return nil, errors.New("HANDRAIL_TLS_CERT and HANDRAIL_TLS_KEY go together: set both, or none and let a proxy speak TLS")
	}
	c := &certificate{chainFile: chainFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("HANDRAIL_TLS_CERT and HANDRAIL_TLS_KEY: %w", err)
	}
	return c, nil
}

func (c *certificate) load() error {
	written, err := c.written()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.chainFile, c.keyFile)
	if err != nil {
		return err
	}
	c.served, c.writtenAt = &pair, written
	return nil
}

func (c *certificate) written() (at [2]time.Time, err error) {
	for i, file := range []string{c.chainFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return at, err
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

// now is the certificate to serve. New files that do not fit together yet, because only one of them is written, leave the
// old one in use until the next look.
func (c *certificate) now(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.lookedAt) < lookEvery {
		return c.served, nil
	}
	c.lookedAt = time.Now()
	written, err := c.written()
	if err == nil && written != c.writtenAt {
		err = c.load()
	}
	if err != nil {
		c.log.Error("the TLS certificate cannot be read again: the one read before is served on", "error", err)
	}
	return c.served, nil
}

// config is TLS 1.2 or newer (RFC 9325 §3.1.1) with what Go chooses.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.now, NextProtos: []string{"h2", "http/1.1"}}
}
