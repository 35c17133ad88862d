package models

import (
	"database/sql"
	"errors"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// openPools opens two pools. On PostgreSQL: for requests and for the worker. On SQLite: a writer of one connection whose
// transactions take the write lock at once (a deferred one that writes after reading fails under load), and readers that
// cannot write.
func openPools(url string) (pools []*sql.DB, isPostgres bool, err error) {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		pools, err := openPostgres(url)
		return pools, true, err
	}
	path, ok := strings.CutPrefix(url, sqlitePrefix)
	if !ok || path == "" {
		return nil, false, errors.New("a database URL begins sqlite: or postgres://")
	}
	// SQLite would make the file readable by everybody; its WAL takes the same rights.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := file.Close(); err != nil {
		return nil, false, err
	}
	const common = "_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=5000&_stmt_cache_size=64"
	writer, err := sql.Open("sqlite3", sqliteFile(path, common+"&_txlock=immediate"))
	if err != nil {
		return nil, false, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite3", sqliteFile(path, common+"&_txlock=deferred&_query_only=true"))
	if err != nil {
		return []*sql.DB{writer}, false, err
	}
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	return []*sql.DB{writer, reader}, false, nil
}

// openPostgres opens the pools for requests and for the worker. Nobody waits for a lock for long, the worker least: its
// leases are running. A node that vanished in the middle of a transaction does not keep its locks, a worker's least: all
// claims wait for the pace.
func openPostgres(url string) (pools []*sql.DB, err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database's URL cannot be read") // pgx would repeat it, password and all
	}
	for _, pool := range []struct {
		size           int
		waits, stalled string
	}{{16, "5s", "30s"}, {4, "1s", "5s"}} {
		config.RuntimeParams["lock_timeout"] = pool.waits
		config.RuntimeParams["idle_in_transaction_session_timeout"] = pool.stalled
		opened := stdlib.OpenDB(*config.Copy())
		opened.SetMaxOpenConns(pool.size)
		opened.SetMaxIdleConns(pool.size)
		pools = append(pools, opened)
	}
	return pools, nil
}

const sqlitePrefix = "sqlite:"

// sqliteFile is a file and how to open it, as the URI that SQLite reads.
func sqliteFile(path, options string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?" + options
}
