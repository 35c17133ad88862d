// Package modelstest gives tests real databases: each test its own, on SQLite and, where a server is to be had, on
// PostgreSQL.
package modelstest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/models"
)

// DB is one test's own migrated database.
type DB struct {
	URL           string
	Master        models.MasterKey
	MasterKeyPath string
}

// Each runs f once for each kind of database, as subtests. Without HANDRAIL_TEST_POSTGRES_URL that is SQLite alone, and
// the test command says so in its last lines.
func Each(t *testing.T, f func(t *testing.T, db DB)) {
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	if server() != "" {
		t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
	}
}

// SQLite makes a database file that is gone after the test.
func SQLite(t testing.TB) DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "handrail.db")
	if err := os.WriteFile(path, blankFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return migrated(t, "sqlite:"+path)
}

func migrated(t testing.TB, url string) DB {
	t.Helper()
	db := DB{URL: url, MasterKeyPath: filepath.Join(t.TempDir(), "master-key.json")}
	db.Master = NewMasterKey(t, db.MasterKeyPath)
	if err := models.Migrate(context.Background(), url, db.Master, models.ForClinic); err != nil {
		t.Fatal(err)
	}
	return db
}

// NewMasterKey makes a master key in a file.
func NewMasterKey(t testing.TB, path string) models.MasterKey {
	t.Helper()
	if err := models.CreateMasterKey(path); err != nil {
		t.Fatal(err)
	}
	master, err := models.LoadMasterKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

// keys are those of the record, for what goes past the Store.
func (db DB) keys(t testing.TB) *models.Keys {
	t.Helper()
	keys, err := models.LoadKeys(context.Background(), db.URL, db.Master)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Postgres makes a database on the test server that is gone after the test.
func Postgres(t testing.TB) DB {
	t.Helper()
	return migrated(t, createPostgres(t, " TEMPLATE "+blankPostgres(t)))
}

// EmptyPostgres is the URL of a database without a schema that is gone after the test.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	return createPostgres(t, "")
}

func createPostgres(t testing.TB, from string) string {
	t.Helper()
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	name := "handrail_" + hex.EncodeToString(random)
	exec(t, "CREATE DATABASE "+name+from)
	t.Cleanup(func() { exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// server is the URL of the test server, empty where there is none.
func server() string { return os.Getenv("HANDRAIL_TEST_POSTGRES_URL") }

// name is what the test server calls the database.
func (db DB) name(t testing.TB) string {
	t.Helper()
	address, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(address.Path, "/")
}

func exec(t testing.TB, statement string) {
	t.Helper()
	if err := onServer(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func onServer(statement string) error {
	admin, err := sql.Open("pgx", server())
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	_, err = admin.Exec(statement)
	return err
}

// Unhurried is a push rate that holds nothing up: who tests something else does not wait for the pace.
const Unhurried = 60_000_000

// Open opens the record by a clock of the test's; a nil clock is the real one. It is closed after the test.
func (db DB) Open(t testing.TB, now func() time.Time) *models.Store {
	t.Helper()
	return db.OpenPaced(t, now, Unhurried)
}

// OpenPaced is Open with a push rate, in messages a minute.
func (db DB) OpenPaced(t testing.TB, now func() time.Time, rate int) *models.Store {
	t.Helper()
	return db.open(t, models.Options{Now: now, PushRate: rate})
}

// open is OpenAs for who tests something else than signing in, and does not sign in again each morning: a token lasts as long
// without use as with it.
func (db DB) open(t testing.TB, o models.Options) *models.Store {
	t.Helper()
	staff, clients := models.StaffTokenLife().Absolute, models.ClientTokenLife().Absolute
	o.StaffTokens, o.ClientTokens = models.TokenLife{Idle: staff, Absolute: staff}, models.TokenLife{Idle: clients, Absolute: clients}
	return db.OpenAs(t, o)
}

// OpenAs is Open as an operator would have it.
func (db DB) OpenAs(t testing.TB, o models.Options) *models.Store {
	t.Helper()
	o.URL, o.Master, o.PublicURL = db.URL, db.Master, "https://handrail.example"
	o.HashKiB = 64 // a world of tests hashes some passwords each, which would be half of what it does
	store, err := models.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// Clock is a clock that stands until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock that stands at an instant, RFC 3339.
func NewClock(t testing.TB, at string) *Clock {
	c := &Clock{}
	c.Set(t, at)
	return c
}

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to an instant, RFC 3339.
func (c *Clock) Set(t testing.TB, at string) {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = instant
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
