package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrEmpty says that the database has no schema yet.
var ErrEmpty = errors.New("the database is empty: run handrail migrate")

// Purpose keeps a clinic's record and the demo's invented one apart.
type Purpose string

// What a database can be for.
const (
	ForClinic Purpose = "clinic"
	ForDemo   Purpose = "demo"
)

// Migrate brings the database to this program's schema and, on a new one, writes what it is for and makes its keys, under a
// master key. Nodes that start together wait for each other.
func Migrate(ctx context.Context, url string, master MasterKey, purpose Purpose) error {
	if _, err := Inspect(ctx, url); err != nil {
		return err
	}
	pools, isPostgres, err := openPools(url)
	if err != nil {
		return err
	}
	defer func() {
		for _, pool := range pools {
			_ = pool.Close()
		}
	}()
	provider, err := migrator(pools[0], isPostgres)
	if err != nil {
		return err
	}
	up := func() error {
		done, err := provider.Up(ctx)
		if isPostgres && err == nil && len(done) > 0 {
			err = leaveRoom(ctx, pools[0])
		}
		return err
	}
	if path, isFile := strings.CutPrefix(url, sqlitePrefix); isFile {
		err = alone(ctx, path, up)
	} else {
		err = up() // under a lock of PostgreSQL's
	}
	if err != nil {
		return err
	}
	if err := writeFirst(ctx, pools[0], master, purpose); err != nil {
		return err
	}
	_, err = belongs(ctx, pools[0], master, purpose)
	return err
}

// leaveRoom has PostgreSQL fill the pages of reminders by half: each reminder is written once when it is planned and once when
// it is sent, and the second time goes to the same page then, without a new entry in each of its indexes. SQLite changes rows
// where they are.
func leaveRoom(ctx context.Context, pool *sql.DB) error {
	_, err := pool.ExecContext(ctx, "ALTER TABLE reminders SET (fillfactor = 50)")
	return err
}

// alone runs f while no other program runs its own on the same SQLite file. The lock is SQLite's own, which every system
// has, on an empty file beside the database, which stays; the lock ends with the program.
func alone(ctx context.Context, path string, f func() error) error {
	lock, err := sql.Open("sqlite3", sqliteFile(path+".lock", "_busy_timeout=60000&_txlock=exclusive"))
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	held, err := lock.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = held.Rollback() }()
	return f()
}

// belongs refuses a database made for something else, and a master key that does not open the keys in it.
func belongs(ctx context.Context, pool *sql.DB, master MasterKey, purpose Purpose) (*keyring, error) {
	var made Purpose
	if err := pool.QueryRowContext(ctx, "SELECT purpose FROM instance WHERE id = 1").Scan(&made); err != nil {
		return nil, err
	}
	if made != purpose {
		return nil, fmt.Errorf("this database was made for a %s, not for a %s", made, purpose)
	}
	return readKeyring(ctx, pool, master)
}

// Inspect says whether the database is still empty, without changing it. One that holds another program's tables is an
// error: nothing of Handrail's may be mixed with them.
func Inspect(ctx context.Context, url string) (empty bool, err error) {
	path, isFile := strings.CutPrefix(url, sqlitePrefix)
	if !isFile {
		return inspect(ctx, "pgx", url)
	}
	file, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && file.Size() == 0 {
		return true, nil
	}
	return inspect(ctx, "sqlite3", sqliteFile(path, "mode=ro&_busy_timeout=5000"))
}

func inspect(ctx context.Context, driver, address string) (bool, error) {
	pool, err := sql.Open(driver, address)
	if err != nil {
		return false, err
	}
	defer func() { _ = pool.Close() }()
	return isEmpty(ctx, pool, driver == "pgx")
}

func isEmpty(ctx context.Context, pool *sql.DB, isPostgres bool) (bool, error) {
	tables, err := tableNames(ctx, pool, isPostgres)
	if err != nil {
		return false, err
	}
	if !slices.Contains(tables, "instance") {
		for _, name := range tables {
			if !strings.HasPrefix(name, "goose_") && !strings.HasPrefix(name, "sqlite_") {
				return false, fmt.Errorf("it holds another program's tables, such as %q: give Handrail a database of its own", name)
			}
		}
		return true, nil
	}
	// The row is written last: without it, whoever made the tables was interrupted.
	var rows int
	err = pool.QueryRowContext(ctx, "SELECT count(*) FROM instance").Scan(&rows)
	return rows == 0, err
}

func tableNames(ctx context.Context, pool *sql.DB, isPostgres bool) (names []string, err error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if isPostgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"
	}
	rows, err := pool.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func migrator(pool *sql.DB, isPostgres bool) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if !isPostgres {
		return goose.NewProvider(goose.DialectSQLite3, pool, files)
	}
	// The default asks again only every 5 s.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 5))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
}

// checkInstance refuses a schema of another version and a master key that does not open this database, whose keys it reads.
func (s *Store) checkInstance(ctx context.Context) error {
	empty, err := isEmpty(ctx, s.pools[0], s.postgres)
	if err != nil {
		return err
	}
	if empty {
		return ErrEmpty
	}
	provider, err := migrator(s.pools[0], s.postgres)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current != target {
		return fmt.Errorf("the database has schema %d and this program needs %d: run handrail migrate", current, target)
	}
	ring, err := belongs(ctx, s.pools[0], s.keys.master, s.purpose)
	s.keys.ring.Store(ring)
	return err
}
