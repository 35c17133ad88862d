// Package apitest is the stage for tests through HTTP: the real router on a real database with a clock that the test
// moves, the real Firebase SDK talking to an FCM emulator, and people who sign in and have phones. Every request and
// reply is held against openapi.yaml.
package apitest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handrail/api"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// Start is where a world's clock begins: a Monday at 9:00 in New York.
const Start = "2026-11-02T14:00:00Z"

// World is a clinic at work.
type World struct {
	T          *testing.T
	DB         modelstest.DB
	Store      *models.Store
	Statements *modelstest.Statements // that the Store sends
	Clock      *modelstest.Clock
	FCM        *fcmtest.Server
	Worker     *notify.Worker
	URL        string
	Admin      *Person
	log        *Log
	told       *Log // the bodies of all requests
	wire       *Log // what FCM was sent
	people     atomic.Int32
	open       sync.Once
	sql        *sql.DB
}

// Spec is openapi.yaml.
func Spec(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(specFile())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func specFile() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "openapi.yaml")
}

// New sets up a clinic in New York with its admin signed in.
func New(t *testing.T, db modelstest.DB) *World {
	t.Helper()
	w := &World{T: t, DB: db, Clock: modelstest.NewClock(t, Start), log: &Log{}, told: &Log{}, wire: &Log{}}
	w.Store, w.Statements = db.OpenHeard(t, w.Clock.Now)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.Logged())
		}
	})
	server := httptest.NewServer(w.Handler(api.Options{}))
	t.Cleanup(server.Close)
	w.URL = server.URL
	w.FCM = fcmtest.New(fcmtest.Options{Project: "demo", Now: w.Clock.Now, Wire: w.wire})
	endpoint, err := w.FCM.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.FCM.Close)
	sender, err := notify.NewFCM(context.Background(), notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	w.Worker = &notify.Worker{Store: w.Store, Sender: sender, Log: w.logger()}
	w.Admin = w.NewClinic("Riverbend Recovery Center", "Riverbend", "America/New_York")
	return w
}

func (w *World) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Handler is the API on the world's store, faced to the outside in a way of its own.
func (w *World) Handler(o api.Options) http.Handler {
	w.T.Helper()
	o.Store, o.Spec, o.Version = w.Store, Spec(w.T), "test"
	o.Log = w.logger()
	handler, err := api.New(o)
	if err != nil {
		w.T.Fatal(err)
	}
	return handler
}

// Node is another node on the same database by the same clock, as its operator has it.
func (w *World) Node(as models.Options, o api.Options) *World {
	w.T.Helper()
	as.Now, as.PushRate = w.Clock.Now, modelstest.Unhurried
	n := &World{T: w.T, DB: w.DB, Store: w.DB.OpenAs(w.T, as), Clock: w.Clock, FCM: w.FCM, Worker: w.Worker, log: &Log{}, told: w.told, wire: w.wire}
	n.people.Store(w.people.Load() + 1000) // nobody of one node is somebody of the other
	server := httptest.NewServer(n.Handler(o))
	w.T.Cleanup(server.Close)
	n.URL = server.URL
	return n
}

// On is this person, asking a node.
func (p *Person) On(node *World) *Person {
	there := *p
	there.World = node
	return &there
}

// Served is a clinic in a time zone at work on a node that somebody else runs, at URL, by the real clock. It has no worker
// of its own.
func Served(t *testing.T, db modelstest.DB, fcm *fcmtest.Server, url, zone string) *World {
	t.Helper()
	w := &World{T: t, DB: db, Store: db.Open(t, nil), FCM: fcm, URL: url, log: &Log{}, told: &Log{}, wire: &Log{}}
	w.Admin = w.NewClinic("Riverbend Recovery Center", "Riverbend", zone)
	return w
}

// Each runs f in a world of its own for each kind of database, beside other tests' worlds: while one waits for its database,
// another is at work.
func Each(t *testing.T, f func(t *testing.T, w *World)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		f(t, New(t, db))
	})
}

// Password is everybody's who has one.
const Password = "correct horse battery"

// NewClinic makes a clinic; its admin is signed in.
func (w *World) NewClinic(name, displayName, zone string) *Person {
	w.T.Helper()
	p := w.person()
	p.Email = "admin-" + strings.ToLower(rand.Text()[:8]) + "@clinic.example" // two worlds may share a database, one after the other
	actor, err := w.Store.CreateClinic(context.Background(), models.NewClinic{Name: name, DisplayName: displayName, TimeZone: zone, Region: "US",
		AdminName: "Ada Quill", AdminEmail: p.Email, AdminPassword: Password})
	if err != nil {
		w.T.Fatal(err)
	}
	p.ID = actor.UserID
	return p.SignIn()
}

// Drain sends what is due at the clock's time and returns what the worker counted.
func (w *World) Drain() notify.Counts {
	w.T.Helper()
	counts, err := w.Worker.Drain(context.Background())
	if err != nil {
		w.T.Fatal(err)
	}
	return counts
}

// At moves the clock to an instant, RFC 3339, and sends what is due then.
func (w *World) At(instant string) {
	w.T.Helper()
	w.Clock.Set(w.T, instant)
	w.Drain()
}

// Pass lets time pass, five minutes at a time, sending what becomes due, as a worker that never sleeps would.
func (w *World) Pass(d time.Duration) {
	w.T.Helper()
	const step = 5 * time.Minute
	for ; d > 0; d -= step {
		w.Clock.Advance(min(step, d))
		w.Drain()
	}
}

// Logged is everything that was logged so far.
func (w *World) Logged() string { return w.log.String() }

// Told is what people said to Handrail so far: the bodies of all requests.
func (w *World) Told() string { return w.told.String() }

// Wire is every byte that FCM was sent so far.
func (w *World) Wire() string { return w.wire.String() }
