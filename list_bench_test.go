package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"handrail/api"
	"handrail/models"
	"handrail/models/modelstest"
)

// record is a clinic made through the Store, for benchmarks.
type record struct {
	b         *testing.B
	store     *models.Store
	counselor models.Actor
}

func newRecord(b *testing.B, store *models.Store) record {
	b.Helper()
	ctx := context.Background()
	admin, err := store.CreateClinic(ctx, models.NewClinic{Name: "Bench", DisplayName: "Bench", TimeZone: "America/New_York", Region: "US",
		AdminName: "Ada", AdminEmail: "ada@bench.example", AdminPassword: "invented passphrase"})
	if err != nil {
		b.Fatal(err)
	}
	staff, err := store.CreateStaff(ctx, admin, models.Once{}, models.StaffInput{Role: models.Counselor, Name: "Dana", Email: "dana@bench.example"})
	if err != nil {
		b.Fatal(err)
	}
	return record{b, store, models.Actor{UserID: staff.ID, ClinicID: admin.ClinicID, Role: models.Counselor}}
}

// client is a client with consent to pushes; the token signs them in.
func (r record) client() (id, token string) {
	r.b.Helper()
	ctx, granted, version := context.Background(), true, "2026-11"
	client, err := r.store.CreateClient(ctx, r.counselor, models.Once{}, models.ClientInput{Name: "Robin"})
	if err != nil {
		r.b.Fatal(err)
	}
	invite, err := r.store.InviteClient(ctx, r.counselor, client.ID)
	if err != nil {
		r.b.Fatal(err)
	}
	user, err := r.store.Enroll(ctx, "127.0.0.1", models.EnrollInput{Code: invite.Code, InstallationID: "bench-installation",
		Consents: []models.ConsentGiven{{Kind: models.ConsentPush, ConsentTerms: models.ConsentTerms{TextVersion: &version, Granted: &granted}}}})
	if err != nil {
		r.b.Fatal(err)
	}
	return client.ID, user.Token
}

// group is a 12-week group, three evenings a week.
func (r record) group(clients ...string) {
	r.b.Helper()
	rule, place := "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=36", "Room 4, 12 Mill Street"
	start := time.Now().AddDate(0, 0, 1)
	for start.Weekday() != time.Monday {
		start = start.AddDate(0, 0, 1)
	}
	_, err := r.store.CreateSeries(context.Background(), r.counselor, models.Once{}, false, models.SeriesInput{Title: "Relapse prevention", Kind: models.KindGroup,
		Tags: []string{"evening"}, LocalStart: start.Format("2006-01-02") + "T18:00", DurationMinutes: 180, Rule: &rule, Place: &place, ClientIDs: clients})
	if err != nil {
		r.b.Fatal(err)
	}
}

// BenchmarkCreateGroup saves a 12-week group of three evenings a week with twelve clients and its reminders.
func BenchmarkCreateGroup(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		r := newRecord(b, db.Open(b, nil))
		var clients []string
		for range 12 {
			id, _ := r.client()
			clients = append(clients, id)
		}
		for b.Loop() {
			r.group(clients...)
			b.StopTimer() // the next round's clients have nothing planned yet either
			for i := range clients {
				clients[i], _ = r.client()
			}
			b.StartTimer()
		}
	})
}

// sameQuery is what GET /v1/me/sessions asks the database, for a handler that does nothing else.
const sameQuery = `SELECT s.id, s.series_id, e.kind, s.status, s.starts_at, s.ends_at, s.time_zone, s.local_start,
	s.original_local_start, s.version, s.place, s.link, s.materials, e.title, e.tags, e.owner_id IS NOT NULL,
	v.id, v.answer, v.minutes_late, v.note, v.answered_for, v.answered_at, v.went, y.status, y.minutes
	FROM sessions s JOIN series e ON e.id = s.series_id
	JOIN roster r ON r.series_id = s.series_id AND r.starts_at <= s.starts_at AND (r.ends_at IS NULL OR r.ends_at > s.starts_at)
	LEFT JOIN rsvps v ON v.session_id = s.id AND v.client_id = r.client_id
	LEFT JOIN attendance y ON y.session_id = s.id AND y.client_id = r.client_id
	WHERE r.client_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 ORDER BY s.starts_at, s.id LIMIT 51`

func bareHandler(pool *sql.DB, clientID string) http.Handler {
	type row struct {
		ID, SeriesID, Kind, Status, TimeZone, LocalStart, Original string
		StartsAt, EndsAt, Version                                  int64
		Title, Tags, Place, Link, Materials, Note                  []byte
		Own                                                        bool
		RSVP, Answer, Attended                                     *string
		MinutesLate, AnsweredFor, AnsweredAt, Minutes              *int64
		Went                                                       *bool
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		rows, err := pool.QueryContext(r.Context(), sameQuery, clientID, now.Add(-24*time.Hour).UnixMicro(), now.AddDate(0, 0, 90).UnixMicro())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer func() { _ = rows.Close() }()
		var items []row
		for rows.Next() {
			var x row
			if err := rows.Scan(&x.ID, &x.SeriesID, &x.Kind, &x.Status, &x.StartsAt, &x.EndsAt, &x.TimeZone, &x.LocalStart, &x.Original,
				&x.Version, &x.Place, &x.Link, &x.Materials, &x.Title, &x.Tags, &x.Own, &x.RSVP, &x.Answer, &x.MinutesLate, &x.Note,
				&x.AnsweredFor, &x.AnsweredAt, &x.Went, &x.Attended, &x.Minutes); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			items = append(items, x)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
	})
}

// BenchmarkMySessions is GET /v1/me/sessions with sign-in beside a bare handler with the same query and no sign-in, both
// over loopback, in turn. x1 and x100 are how many rows of other people there are.
func BenchmarkMySessions(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db modelstest.DB) {
		store := db.Open(b, nil)
		r := newRecord(b, store)
		id, token := r.client()
		r.group(id)
		handler, err := api.New(api.Options{Store: store, Version: "bench", UserRate: mostRequestRate, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		pool := openBare(b, db)
		ours, bare := httptest.NewServer(handler), httptest.NewServer(bareHandler(pool, id))
		defer ours.Close()
		defer bare.Close()
		for _, times := range []int{1, 100} {
			if times > 1 {
				for range times - 1 {
					other, _ := r.client()
					r.group(other)
				}
			}
			db.Analyze(b) // or the bare handler's plan is a matter of luck
			b.Run(fmt.Sprintf("x%d", times), func(b *testing.B) { beside(b, ours.URL+"/v1/me/sessions", bare.URL, token) })
		}
	})
}

func openBare(b *testing.B, db modelstest.DB) *sql.DB {
	b.Helper()
	driver, source := "pgx", db.URL
	if path, ok := strings.CutPrefix(db.URL, "sqlite:"); ok {
		driver, source = "sqlite3", "file:"+path+"?_journal_mode=WAL&_query_only=true"
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxIdleConns(4)
	b.Cleanup(func() { _ = pool.Close() })
	return pool
}

// beside measures two URLs in turn, one request each time, and reports how fast the first is against the second.
func beside(b *testing.B, ours, bare, token string) {
	var oursTook, bareTook time.Duration
	get := func(url string) time.Duration {
		request, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		began := time.Now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		size, err := io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || size < 1000 {
			b.Fatalf("%s: %d, %d bytes, %v", url, response.StatusCode, size, err)
		}
		return time.Since(began)
	}
	for b.Loop() {
		bareTook += get(bare)
		oursTook += get(ours)
	}
	b.ReportMetric(float64(bareTook.Microseconds())/float64(b.N), "bare-µs")
	b.ReportMetric(float64(oursTook.Microseconds())/float64(b.N), "ours-µs")
	b.ReportMetric(bareTook.Seconds()/oursTook.Seconds(), "ratio")
}
