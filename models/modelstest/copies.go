package modelstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"
)

// copied are the tables that hold what people have, those first that others refer to.
var copied = []string{"users", "reminder_choices", "invites", "tokens", "caseload", "episodes", "consents", "series", "facilitators", "roster", "sessions",
	"known_starts", "session_facilitators", "rsvps", "attendance", "assignments", "submissions", "reviews", "practices", "contacts", "reach_outs", "goals",
	"goal_links", "goal_comments", "devices", "pushes", "reminders", "deliveries", "sequences", "changes", "idempotency_keys", "audit_events"}

// unlike are the columns, beside ids, that two people cannot share; and a place, so that copies do not meet in one room.
var unlike = []string{"email_index", "code_index", "token_hash", "registration_index", "place_index"}

// Copies adds as many more of everybody in the database, with all that they have, to their clinic: as strangers, who share
// nothing with those who were there, but at the same hours. What of them is sealed does not open.
func (db DB) Copies(t testing.TB, n int) {
	t.Helper()
	g, done := db.gorm(t)
	defer done()
	err := g.Transaction(func(tx *gorm.DB) error {
		for _, table := range copied {
			columns, first, err := columnsOf(tx, table)
			if err != nil {
				return err
			}
			for i := range n {
				mark := fmt.Sprintf("x%05d", i)
				values := make([]string, len(columns))
				for j, c := range columns {
					values[j] = db.strange(c, mark)
				}
				err := tx.Exec("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM " +
					table + " WHERE " + first + " NOT LIKE '%x_____'").Error
				if err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !db.isFile() { // which PostgreSQL does by itself, after a while; SQLite never does
		if err := g.Exec("ANALYZE").Error; err != nil {
			t.Fatal(err)
		}
	}
}

// Another is a database of the same kind.
func (db DB) Another(t testing.TB) DB {
	t.Helper()
	if db.isFile() {
		return SQLite(t)
	}
	return Postgres(t)
}

// columnsOf are the columns of a table, and the first of them that is an id of what is copied.
func columnsOf(tx *gorm.DB, table string) (columns []string, first string, err error) {
	rows, err := tx.Raw("SELECT * FROM " + table + " LIMIT 0").Rows()
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = rows.Close() }()
	columns, err = rows.Columns()
	if at := slices.IndexFunc(columns, isID); err == nil && at >= 0 {
		first = columns[at]
	}
	return columns, first, err
}

func isID(column string) bool {
	by := []string{"id", "created_by", "assigned_by", "reviewed_by", "recorded_by"}
	return slices.Contains(by, column) || strings.HasSuffix(column, "_id") && column != "clinic_id"
}

// strange is what a column of a copy has in it.
func (db DB) strange(column, mark string) string {
	switch {
	case isID(column):
		return "substr(" + column + ", 1, 30) || '" + mark + "'"
	case slices.Contains(unlike, column) && db.isFile():
		return "CAST(" + column + " || '" + mark + "' AS BLOB)"
	case slices.Contains(unlike, column):
		return column + " || '" + mark + "'::bytea"
	}
	return column
}
