package apitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// tables are all that Handrail stores.
var tables = []string{"clinics", "users", "reminder_choices", "invites", "tokens", "recovery_codes", "attempts", "caseload", "episodes", "consents", "series", "facilitators",
	"roster", "sessions", "known_starts", "session_facilitators", "rsvps", "attendance", "assignments", "submissions", "reviews",
	"practices", "contacts", "reach_outs", "goals", "goal_links", "goal_comments", "devices", "pushes", "reminders", "deliveries", "zones", "lanes", "pace", "sequences", "changes", "idempotency_keys", "audit_events",
	"audit_chains"}

// Rows asks the database itself, past the API: each row as text. Parameters are written $1, $2.
func (w *World) Rows(query string, args ...any) []string {
	w.T.Helper()
	w.open.Do(func() {
		driver, address := "pgx", w.DB.URL
		if path, isFile := strings.CutPrefix(w.DB.URL, "sqlite:"); isFile {
			driver, address = "sqlite3", "file:"+path+"?_busy_timeout=5000"
		}
		var err error
		if w.sql, err = sql.Open(driver, address); err != nil {
			w.T.Fatal(err)
		}
		w.T.Cleanup(func() { _ = w.sql.Close() })
	})
	rows, err := w.sql.Query(query, args...)
	if err != nil {
		w.T.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		w.T.Fatal(err)
	}
	var found []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			w.T.Fatal(err)
		}
		words := make([]string, len(columns))
		for i, v := range values {
			if bytes, ok := v.([]byte); ok {
				v = string(bytes)
			}
			words[i] = fmt.Sprint(v)
		}
		found = append(found, strings.Join(words, " "))
	}
	if err := rows.Err(); err != nil {
		w.T.Fatal(err)
	}
	return found
}

// Busy keeps every other writer out of the database until release is called; readers go on.
func (w *World) Busy() (release func()) {
	w.T.Helper()
	if strings.HasPrefix(w.DB.URL, "sqlite:") {
		return w.hold("BEGIN IMMEDIATE", "SELECT 1")
	}
	return w.Hold("LOCK TABLE instance, keysets, " + strings.Join(tables, ", ") + " IN EXCLUSIVE MODE")
}

// Hold keeps what a statement locks until release is called: as a node does that was lost in the middle of a transaction.
func (w *World) Hold(statement string, args ...any) (release func()) {
	w.T.Helper()
	return w.hold("BEGIN", statement, args...)
}

func (w *World) hold(begin, statement string, args ...any) (release func()) {
	w.T.Helper()
	w.Rows("SELECT 1")
	ctx := context.Background()
	conn, err := w.sql.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, begin)
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, statement, args...)
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return sync.OnceFunc(func() {
		_, err := conn.ExecContext(ctx, "ROLLBACK")
		if err := errors.Join(err, conn.Close()); err != nil {
			w.T.Error(err)
		}
	})
}

// Count is how many rows of a table a condition selects.
func (w *World) Count(table, where string, args ...any) int {
	w.T.Helper()
	return len(w.Rows("SELECT 1 FROM "+table+" WHERE "+where, args...))
}

// Stored is everything in the database but the tables named, to compare before and after.
func (w *World) Stored(but ...string) map[string][]string {
	w.T.Helper()
	all := map[string][]string{}
	for _, table := range tables {
		if !slices.Contains(but, table) {
			all[table] = w.Rows("SELECT * FROM " + table)
			slices.Sort(all[table])
		}
	}
	return all
}
