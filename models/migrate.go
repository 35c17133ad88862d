package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

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

// Migrate brings the database to this program's schema and, on a new one, writes what it is for and which keys open
// it. Nodes that start together wait for each other.
func Migrate(ctx context.Context, url string, keys *Keys, purpose Purpose) error {
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
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	check, err := keys.Seal(instanceKeyCheck, "1", keyCheckWord)
	if err != nil {
		return err
	}
	// GORM numbers placeholders per database; here there is no GORM yet.
	insert := "INSERT INTO instance (id, purpose, key_check) VALUES (1, ?, ?) ON CONFLICT DO NOTHING"
	if isPostgres {
		insert = "INSERT INTO instance (id, purpose, key_check) VALUES (1, $1, $2) ON CONFLICT DO NOTHING"
	}
	if _, err := pools[0].ExecContext(ctx, insert, string(purpose), []byte(check)); err != nil {
		return err
	}
	return belongs(ctx, pools[0], keys, purpose)
}

// belongs refuses keys that do not open this database, and a database made for something else.
func belongs(ctx context.Context, pool *sql.DB, keys *Keys, purpose Purpose) error {
	var made Purpose
	var sealed Sealed
	if err := pool.QueryRowContext(ctx, "SELECT purpose, key_check FROM instance WHERE id = 1").Scan(&made, &sealed); err != nil {
		return err
	}
	open := opener{keys: keys}
	if open.text(instanceKeyCheck, "1", sealed) != keyCheckWord {
		return errors.New("this keyset does not open this database: point HANDRAIL_KEYSET at the one that was made with it")
	}
	if made != purpose {
		return fmt.Errorf("this database was made for a %s, not for a %s", made, purpose)
	}
	return nil
}

// Inspect says whether the database holds a schema at all, without changing it.
func Inspect(ctx context.Context, url string) (empty bool, err error) {
	pools, isPostgres, err := openPools(url)
	if err != nil {
		return false, err
	}
	defer func() {
		for _, pool := range pools {
			_ = pool.Close()
		}
	}()
	return isEmpty(ctx, pools[0], isPostgres)
}

func isEmpty(ctx context.Context, pool *sql.DB, isPostgres bool) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE name = 'instance'"
	if isPostgres {
		query = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('instance')"
	}
	var tables, rows int
	if err := pool.QueryRowContext(ctx, query).Scan(&tables); err != nil || tables == 0 {
		return true, err
	}
	// The row is written last: without it, whoever made the tables was interrupted.
	err := pool.QueryRowContext(ctx, "SELECT count(*) FROM instance").Scan(&rows)
	return rows == 0, err
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

// checkInstance refuses a schema of another version and keys that do not belong to this database.
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
	return belongs(ctx, s.pools[0], s.keys, s.purpose)
}
