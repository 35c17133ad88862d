package main

import (
	"strings"
	"testing"
)

func TestADatabaseOnAnotherMachineIsSpokenToByTLSThatIsCheckedUnlessTheOperatorSaysOtherwise(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	for url, want := range map[string]bool{
		"postgres://handrail@db.internal/handrail?sslmode=verify-full": true,
		"postgres://handrail@db.internal/handrail?sslmode=verify-ca":   true,
		"postgres://handrail@db.internal/handrail?sslmode=disable":     true, // the operator's word
		"postgres://handrail@localhost/handrail":                       true,
		"postgres://handrail@127.0.0.1:5433/handrail":                  true,
		"postgres:///handrail?host=/var/run/postgresql&user=handrail":  true,
		"postgres://handrail@db.internal/handrail":                     false,
		"postgres://handrail:secret@192.0.2.7/handrail":                false,
		"postgres://handrail@db.internal/handrail?sslmode=prefer":      false, // goes on without
		"postgres://handrail@db.internal/handrail?sslmode=allow":       false,
		"postgres://handrail:secret@db.internal/x?sslmode=require":     false, // whoever answers
		"postgres://handrail@localhost,db.internal/handrail":           false,
		"postgres:///handrail?host=db.internal&user=handrail":          false,
		"postgres://handrail:secret@db.internal/x?sslmode=perhaps":     false,
	} {
		_, err := readConfig(env(t, "HANDRAIL_DATABASE_URL", url))
		if (err == nil) != want {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "sslmode=verify-full") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: the operator is told %v", url, err)
		}
	}
}
