package modelstest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"handrail/models"
)

// Seeded is what Seed put into a database.
type Seeded struct {
	ClinicID  string
	StaffID   string
	ClientIDs []string
	SeriesID  string
}

// Registration is the FCM registration of the seeded client number i.
func Registration(i int) string { return fmt.Sprintf("seeded-registration-%06d", i) }

// Seed fills a database with n clients, each with an Android phone, on the roster of one session two hours after due,
// whose reminder is due then: n pushes due at one instant. It goes past the Store, for which so many would take minutes.
func (db DB) Seed(t testing.TB, n int, due time.Time) Seeded { return db.SeedMore(t, 0, n, due) }

// SeedMore is Seed for a database that has been seeded already: its clients are numbered from first.
func (db DB) SeedMore(t testing.TB, first, n int, due time.Time) Seeded {
	t.Helper()
	pool, done := db.gorm(t)
	defer done()
	g := pool.Begin() // a node may be at work: it sees all of it or nothing
	defer g.Rollback()
	now := due.Add(-time.Hour).UnixMicro()
	s := Seeded{ClinicID: newID(), StaffID: newID(), SeriesID: newID()}
	staff, session := s.StaffID, newID()
	starts := due.Add(2 * time.Hour).Truncate(time.Second) // its local start says no more
	local := starts.UTC().Format("2006-01-02T15:04:05")
	keys := db.keys(t)
	title := seal(t, keys, "series|title", s.SeriesID)
	insert(t, g, "clinics", "id, name, display_name, time_zone, locale, region, session_leads, meeting_leads, homework_leads, review_leads, quiet_start, quiet_end, gather_minutes, daily_cap, second_factor_required, version, created_at",
		[]any{s.ClinicID, "Seeded", "Seeded", "UTC", "en", "US", "1d 2h", "1d 2h", "1d@18:00 3h", "2d@09:00 5d@09:00", 0, 0, 10, 4, false, 1, now})
	insert(t, g, "users", "id, clinic_id, role, name, time_zone, time_zone_mode, locale, quiet_start, quiet_end, version, created_at",
		[]any{staff, s.ClinicID, "counselor", seal(t, keys, "users|name", staff), "UTC", "fixed", "en", 0, 0, 1, now})
	insert(t, g, "sequences", "user_id, last", []any{staff, 0})
	insert(t, g, "series", "id, clinic_id, kind, title, place, time_zone, local_start, duration_minutes, exdates, expanded_until, finished, created_by, version, created_at",
		[]any{s.SeriesID, s.ClinicID, "group", title, seal(t, keys, "series|place", s.SeriesID), "UTC", local, 60, "", starts.UnixMicro() + 1, true, staff, 1, now})
	insert(t, g, "facilitators", "series_id, user_id", []any{s.SeriesID, staff})
	insert(t, g, "sessions", "id, clinic_id, series_id, original_local_start, local_start, time_zone, starts_at, ends_at, telehealth, added, own_place, own_length, own_staff, status, dropped, generation, attendance_version, version",
		[]any{session, s.ClinicID, s.SeriesID, local, local, "UTC", starts.UnixMicro(), starts.Add(time.Hour).UnixMicro(), false, false, false, false, false, "scheduled", false, 1, 1, 1})
	const atATime = 500
	for from := 0; from < n; from += atATime {
		var users, sequences, episodes, consents, devices, roster, pushes, reminders []any
		for i := from; i < min(from+atATime, n); i++ {
			client, device, push := newID(), newID(), newID()
			s.ClientIDs = append(s.ClientIDs, client)
			sealed, index, err := keys.SealRegistration(device, Registration(first+i))
			if err != nil {
				t.Fatal(err)
			}
			users = append(users, client, s.ClinicID, "client", seal(t, keys, "users|name", client), "UTC", "fixed", "en", 0, 0, 1, now)
			sequences = append(sequences, client, 0)
			episodes = append(episodes, newID(), s.ClinicID, client, "iop", now, "adult", 1)
			consents = append(consents, newID(), s.ClinicID, client, "push", true, "2026-11", "en", now, client, now)
			devices = append(devices, device, s.ClinicID, client, "seeded-installation-"+client, "android", []byte(sealed), index, "token", "app", "granted", "live", now, 1)
			roster = append(roster, newID(), s.ClinicID, s.SeriesID, client, now, now)
			pushes = append(pushes, push, s.ClinicID, client, due.UnixMicro(), due.UnixMicro(), "waiting", 0, 0, 0, false)
			reminders = append(reminders, newID(), s.ClinicID, client, push, "session", "session", session, "2h", 1, due.UnixMicro(), starts.UnixMicro(), starts.UnixMicro(), "waiting", 0)
		}
		insert(t, g, "users", "id, clinic_id, role, name, time_zone, time_zone_mode, locale, quiet_start, quiet_end, version, created_at", users)
		insert(t, g, "sequences", "user_id, last", sequences)
		insert(t, g, "episodes", "id, clinic_id, client_id, level, starts_at, age_group, version", episodes)
		insert(t, g, "consents", "id, clinic_id, user_id, kind, granted, text_version, locale, answered_at, recorded_by, recorded_at", consents)
		insert(t, g, "devices", "id, clinic_id, user_id, installation_id, platform, registration, registration_index, registration_kind, presentation, permission, status, confirmed_at, version", devices)
		insert(t, g, "roster", "id, clinic_id, series_id, client_id, added_at, starts_at", roster)
		insert(t, g, "pushes", "id, clinic_id, user_id, due_at, next_at, state, attempt, revision, retries, maybe_sent", pushes)
		insert(t, g, "reminders", "id, clinic_id, user_id, push_id, kind, subject_kind, subject_id, lead, generation, remind_at, expires_at, about_at, state, revision", reminders)
	}
	// A database that has grown to this by itself has statistics; without them PostgreSQL guesses its plans.
	if err := errors.Join(g.Exec("ANALYZE").Error, g.Commit().Error); err != nil {
		t.Fatal(err)
	}
	return s
}

// Spread has what was seeded come due one after the other, so far apart, and expire two hours later.
func (db DB) Spread(t testing.TB, from time.Time, gap time.Duration) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	err := errors.Join(
		g.Exec("UPDATE pushes SET due_at = ? + ? * (SELECT count(*) FROM pushes o WHERE o.id < pushes.id)", from.UnixMicro(), gap.Microseconds()).Error,
		g.Exec("UPDATE pushes SET next_at = due_at").Error,
		g.Exec("UPDATE reminders SET remind_at = (SELECT due_at FROM pushes WHERE id = push_id)").Error,
		g.Exec("UPDATE reminders SET expires_at = remind_at + ?", (2*time.Hour).Microseconds()).Error)
	if err != nil {
		t.Fatal(err)
	}
}

// MoreSessions gives a seeded series so many sessions more, a day after the other, without their reminders.
func (db DB) MoreSessions(t testing.TB, s Seeded, n int) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	var first int64
	if err := g.Raw("SELECT max(starts_at) FROM sessions WHERE series_id = ?", s.SeriesID).Scan(&first).Error; err != nil {
		t.Fatal(err)
	}
	for i := range n {
		starts := time.UnixMicro(first).UTC().AddDate(0, 0, i+1)
		local := starts.Format("2006-01-02T15:04:05")
		insert(t, g, "sessions", "id, clinic_id, series_id, original_local_start, local_start, time_zone, starts_at, ends_at, telehealth, added, own_place, own_length, own_staff, status, dropped, generation, attendance_version, version",
			[]any{newID(), s.ClinicID, s.SeriesID, local, local, "UTC", starts.UnixMicro(), starts.Add(time.Hour).UnixMicro(), false, false, false, false, false, "scheduled", false, 1, 1, 1})
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func seal(t testing.TB, keys *models.Keys, column models.Column, id string) []byte {
	t.Helper()
	sealed, err := keys.Seal(column, id, "Seeded")
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// insert adds rows, given as one flat list of values.
func insert(t testing.TB, g *gorm.DB, table, columns string, values []any) {
	t.Helper()
	width := strings.Count(columns, ",") + 1
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
	rows := strings.TrimSuffix(strings.Repeat(row+", ", len(values)/width), ", ")
	if err := g.Exec("INSERT INTO "+table+" ("+columns+") VALUES "+rows, values...).Error; err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}

func (db DB) isFile() bool { return strings.HasPrefix(db.URL, "sqlite:") }

func (db DB) gorm(t testing.TB) (g *gorm.DB, done func()) {
	t.Helper()
	dialect := postgres.Open(db.URL)
	if db.isFile() {
		dialect = sqlite.Open("file:" + strings.TrimPrefix(db.URL, "sqlite:") + "?_foreign_keys=on&_txlock=immediate&_busy_timeout=5000")
	}
	g, err := gorm.Open(dialect, &gorm.Config{SkipDefaultTransaction: true, Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return g, func() {
		if pool, err := g.DB(); err == nil {
			_ = pool.Close()
		}
	}
}

// Analyze has the database gather the statistics that one which has grown by itself has had gathered long since.
func (db DB) Analyze(t testing.TB) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	if err := g.Exec("ANALYZE").Error; err != nil {
		t.Fatal(err)
	}
}

// Count asks the database for one number, past the Store.
func (db DB) Count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	if err := g.Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
