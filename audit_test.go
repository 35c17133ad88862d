package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/models/modelstest"
)

// wantAuditWhole verifies the audit log by the command, as an operator does.
func wantAuditWhole(t *testing.T, db modelstest.DB) {
	t.Helper()
	printed, err := handrail(t.Context(), env(t, "HANDRAIL_DATABASE_URL", db.URL, "HANDRAIL_MASTER_KEY", db.MasterKeyPath), "", "audit", "verify")
	if err != nil || !strings.Contains(printed, "events hold, 0 are not sealed yet") || strings.HasPrefix(printed, "0 events") {
		t.Errorf("%s %v", printed, err)
	}
}

func TestTheOperatorProvesTheAuditLogAgainstHeadsThatWereKept(t *testing.T) {
	settings := env(t, "HANDRAIL_ADMIN_PASSWORD", passphrase, "HANDRAIL_LOG_LEVEL", "info")
	if printed, err := handrail(t.Context(), settings, "", adminCreateArgs...); err != nil {
		t.Fatal(printed, err)
	}
	if printed, err := handrail(t.Context(), settings, "", "admin", "restored"); err != nil {
		t.Fatal(printed, err)
	}
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	var logged output
	ended := make(chan error, 1)
	go func() { ended <- run(serving, []string{"serve"}, settings, strings.NewReader(""), &logged, &logged) }()
	heads := filepath.Join(t.TempDir(), "heads")
	waitFor(t, "both chains sealed", time.Minute, func() bool {
		printed, err := handrail(t.Context(), settings, "", "audit", "heads")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(heads, []byte(printed), 0o600); err != nil {
			t.Fatal(err)
		}
		return strings.Count(printed, "\n") == 2 && strings.Contains(printed, "\nserver 1 ")
	})
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	verify := func(args ...string) (string, error) {
		return handrail(t.Context(), settings, "", append([]string{"audit", "verify"}, args...)...)
	}
	if printed, err := verify("--heads", heads); err != nil || !strings.HasPrefix(printed, "2 events hold, 0 are not sealed yet") {
		t.Fatalf("%s %v", printed, err)
	}
	tamper(t, settings, "DELETE FROM audit_chains WHERE clinic_id = 'server'", "DELETE FROM audit_events WHERE clinic_id = 'server'")
	if printed, err := verify(); err != nil || !strings.Contains(printed, "shows only with --heads") {
		t.Errorf("without heads: %s %v", printed, err)
	}
	if printed, err := verify("--heads", heads); err == nil || !strings.Contains(printed, "BROKEN server 1 -: what comes after") {
		t.Errorf("with heads: %s %v", printed, err)
	}
	tamper(t, settings, "UPDATE audit_events SET at = at + 1")
	if printed, err := verify(); err == nil || !strings.Contains(printed, " 1 ") || !strings.Contains(printed, "this event was changed") {
		t.Errorf("an edit: %s %v", printed, err)
	}
	if _, err := verify("--heads", filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is no head")
	}
}

func tamper(t *testing.T, settings func(string) string, statements ...string) {
	t.Helper()
	driver, address := "pgx", settings("HANDRAIL_DATABASE_URL")
	if path, isFile := strings.CutPrefix(address, "sqlite:"); isFile {
		driver, address = "sqlite3", path
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANodeLogsEachHeadOfTheAuditLogAndSaysOnceWhatKeepsItFromSealing(t *testing.T) {
	settings := env(t, "HANDRAIL_ADMIN_PASSWORD", passphrase, "HANDRAIL_LOG_LEVEL", "info")
	if printed, err := handrail(t.Context(), settings, "", adminCreateArgs...); err != nil {
		t.Fatal(printed, err)
	}
	serve := func(until func(logged string) bool) string {
		serving, stop := context.WithCancel(t.Context())
		defer stop()
		var logged output
		ended := make(chan error, 1)
		go func() { ended <- run(serving, []string{"serve"}, settings, strings.NewReader(""), &logged, &logged) }()
		waitFor(t, "what a node logs", time.Minute, func() bool { return until(logged.String()) })
		time.Sleep(2500 * time.Millisecond) // it seals each second
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		return logged.String()
	}
	serve(func(string) bool { return true })
	serve(func(logged string) bool {
		return strings.Contains(logged, "head of the audit log") && strings.Contains(logged, "seq=1 mac=")
	})
	tamper(t, settings, "UPDATE audit_chains SET last_seq = 7", "UPDATE audit_events SET seq = NULL")
	if logged := serve(func(logged string) bool { return strings.Contains(logged, "was tampered with") }); strings.Count(logged, "cannot be sealed") != 1 {
		t.Errorf("logged: %s", logged)
	}
}
