package modelstest

import (
	"path/filepath"
	"strings"
	"testing"
)

// Backup is another database with what is in this one now, as a restored backup is. On PostgreSQL nobody may be connected.
func (db DB) Backup(t testing.TB) DB {
	t.Helper()
	restored := db
	if db.isFile() {
		restored.URL = "sqlite:" + filepath.Join(t.TempDir(), "restored.db")
		g, done := db.gorm(t)
		defer done()
		if err := g.Exec("VACUUM INTO ?", strings.TrimPrefix(restored.URL, "sqlite:")).Error; err != nil {
			t.Fatal(err)
		}
		return restored
	}
	restored.URL = createPostgres(t, " TEMPLATE "+db.name(t))
	return restored
}
