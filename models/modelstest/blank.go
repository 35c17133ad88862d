package modelstest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Laying out the schema takes longer than many a test: it is done once, and every test gets a copy of what was laid out. In a
// blank database there are no keys; migrating the copy makes them.

var blank struct {
	sync.Mutex
	file     []byte // an SQLite database
	database string // the name of one on the test server
}

func blankFile(t testing.TB) []byte {
	t.Helper()
	blank.Lock()
	defer blank.Unlock()
	if blank.file == nil {
		path := filepath.Join(t.TempDir(), "blank.db")
		migrated(t, "sqlite:"+path).wipe(t)
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blank.file = file
	}
	return blank.file
}

// blankPostgres has the name of what the migrations say, and stays after the tests: those of all packages share it.
func blankPostgres(t testing.TB) string {
	t.Helper()
	blank.Lock()
	defer blank.Unlock()
	if blank.database == "" {
		name := "handrail_blank_" + schema(t)
		server := DB{URL: server()}
		isThere := func() bool { return server.Count(t, "SELECT count(*) FROM pg_database WHERE datname = ?", name) > 0 }
		if !isThere() {
			draft := migrated(t, EmptyPostgres(t))
			draft.wipe(t)
			err := onServer("CREATE DATABASE " + name + " TEMPLATE " + draft.name(t))
			if err != nil && !isThere() { // another package may have been faster
				t.Fatal(err)
			}
		}
		blank.database = name
	}
	return blank.database
}

// wipe takes out the keys.
func (db DB) wipe(t testing.TB) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	if err := errors.Join(g.Exec("DELETE FROM instance").Error, g.Exec("DELETE FROM keysets").Error); err != nil {
		t.Fatal(err)
	}
}

// schema is a short hash of the migrations.
func schema(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(here), "..", "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	hash := sha256.New()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(text)
	}
	return hex.EncodeToString(hash.Sum(nil)[:6])
}
