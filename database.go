package main

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
)

// privately refuses a PostgreSQL on another machine that might be spoken to in the clear, or by TLS with whoever answers:
// what the driver does where nothing is said is to try TLS, check no certificate, and go on without (OWASP ASVS 5.0, 12.3.1,
// 12.3.2). Without TLS it is only if the operator says so.
func privately(databaseURL string) error {
	c, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return errors.New("expected postgres://USER@HOST/NAME, and files that can be read where it names some") // pgx would repeat it
	}
	inTheClear, checked := isThisMachine(c.Host) || c.TLSConfig == nil, isThisMachine(c.Host) || isChecked(c.TLSConfig)
	for _, f := range c.Fallbacks {
		inTheClear = inTheClear && (isThisMachine(f.Host) || f.TLSConfig == nil)
		checked = checked && (isThisMachine(f.Host) || isChecked(f.TLSConfig))
	}
	if !inTheClear && !checked {
		return errors.New("PostgreSQL on another machine is spoken to by TLS with a certificate that is checked: add ?sslmode=verify-full, " +
			"and &sslrootcert=FILE for an authority of your own; sslmode=disable is for a network that nobody else is on")
	}
	return nil
}

func isThisMachine(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "/") || net.ParseIP(host).IsLoopback()
}

func isChecked(c *tls.Config) bool {
	return c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil)
}
