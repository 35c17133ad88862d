package models

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"gorm.io/driver/postgres"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Options say which database to open, with which master key and by which clock.
type Options struct {
	URL       string // sqlite:PATH or postgres://…
	Master    MasterKey
	Now       func() time.Time // nil: PostgreSQL's own clock, or the machine's for SQLite
	PublicURL string           // where phones reach this server; begins enroll_url
	Purpose   Purpose          // what the database has to be for; empty: a clinic
	PushRate  int              // how many messages a minute all nodes together may hand to FCM; 0: DefaultPushRate
	Retention time.Duration    // how long the audit log, and the record of who left, are kept; 0: DefaultRetention
	HashKiB   uint32           // memory that hashing a new password takes; 0: as much as OWASP says. Less is for tests alone
	Listen    func(sql string) // is told each statement, for tests alone

	ClientTokens, StaffTokens TokenLife // family's are as clients'; zero: ClientTokenLife and StaffTokenLife
}

// Store is the record. Its exported methods are one transaction each; those that begin (ctx, actor) see what is the
// actor's and nothing else.
type Store struct {
	keys      *Keys
	clock     func() time.Time // nil: ask the database
	publicURL string
	purpose   Purpose
	requests  conns // for those who ask through the API
	worker    conns // for the worker, so that requests which wait for each other do not hold up the pushes
	pools     []*sql.DB
	woken     chan struct{}
	postgres  bool
	refusedAt atomic.Int64  // when the database last refused a write, Unix nanoseconds
	exports   chan struct{} // holds one for each record that is being read out
	proof     chan struct{} // holds one while somebody tries whether the database can be written
	provedAt  Instant       // when it last could
	pushRate  int
	retention time.Duration
	passwords *passwords
	tokens    tokenLives
	owed      atomic.Int64 // messages that claimed pushes turned out to be, beyond the one each that was charged
}

// conns are connections to the database.
type conns struct{ writer, reader *gorm.DB }

// Open connects to the database and checks that its schema is current and that the master key opens it. It changes nothing:
// Migrate does.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{keys: &Keys{master: o.Master, url: o.URL}, clock: o.Now, publicURL: o.PublicURL, purpose: cmp.Or(o.Purpose, ForClinic), woken: make(chan struct{}, 1),
		exports: make(chan struct{}, mostExports), proof: make(chan struct{}, 1), pushRate: max(cmp.Or(o.PushRate, DefaultPushRate), LeastPushRate),
		retention: cmp.Or(o.Retention, DefaultRetention), passwords: newPasswords(o.HashKiB), tokens: newTokenLives(o)}
	if err := s.connect(o.URL, o.Listen); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.checkInstance(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) connect(url string, listen func(string)) error {
	pools, isPostgres, err := openPools(url)
	if err != nil {
		return err
	}
	s.pools, s.postgres = pools, isPostgres
	config := &gorm.Config{SkipDefaultTransaction: true, Logger: statementLog{logger.Discard, listen}}
	dialect := func(pool *sql.DB) gorm.Dialector { return &gormsqlite.Dialector{Conn: pool} }
	if s.postgres {
		dialect = func(pool *sql.DB) gorm.Dialector { return postgres.New(postgres.Config{Conn: pool}) }
	} else if s.clock == nil {
		s.clock = time.Now
	}
	first, err := gorm.Open(dialect(pools[0]), config)
	if err != nil {
		return err
	}
	second, err := gorm.Open(dialect(pools[1]), config)
	if s.postgres {
		s.requests, s.worker = conns{first, first}, conns{second, second}
	} else { // there is one writer, whose transactions are short
		s.requests = conns{writer: first, reader: second}
		s.worker = s.requests
	}
	return err
}

// Close ends every connection.
func (s *Store) Close() error {
	var err error
	for _, pool := range s.pools {
		err = errors.Join(err, pool.Close())
	}
	return err
}

// Shared says whether other nodes may work on the same database.
func (s *Store) Shared() bool { return s.postgres }

// tx is one transaction with the one instant that it takes for now.
type tx struct {
	*Store
	ctx   context.Context
	db    *gorm.DB
	now   Instant
	wake  bool       // the worker has something new to look at once this is committed
	noted []auditRow // what went into the audit log
}

// write runs f in a transaction that may write. On PostgreSQL a deadlock or a serialization failure runs it again:
// f must not have effects outside the transaction.
func (s *Store) write(ctx context.Context, f func(*tx) error) error {
	return s.writeIn(ctx, s.requests, f)
}

// workerWrite is write on the worker's own connections.
func (s *Store) workerWrite(ctx context.Context, f func(*tx) error) error {
	return s.writeIn(ctx, s.worker, f)
}

// mostTries is how often a write is begun that came into another's way. Of sixteen that meet in one group, one may lose
// three times in a row.
const mostTries = 5

func (s *Store) writeIn(ctx context.Context, c conns, f func(*tx) error) error {
	for try := 1; ; try++ {
		t := &tx{Store: s, ctx: ctx}
		err := c.writer.WithContext(ctx).Transaction(func(db *gorm.DB) (err error) {
			t.db = db
			if t.now, err = s.now(ctx, db); err != nil {
				return err
			}
			if err = s.keys.confirm(ctx, db.Statement.ConnPool, t.now); err != nil {
				return err
			}
			return f(t)
		})
		if err == nil && t.wake {
			s.wake()
		}
		if err == nil || try == mostTries || !worthAnotherTry(err) {
			return s.noteRefusal(readable(err))
		}
	}
}

// read runs f for queries that only read. Each statement sees one state of the database; f that needs two of them to
// agree takes snapshot.
func (s *Store) read(ctx context.Context, f func(*tx) error) error {
	return s.readIn(ctx, s.requests, f)
}

// workerRead is read on the worker's own connections.
func (s *Store) workerRead(ctx context.Context, f func(*tx) error) error {
	return s.readIn(ctx, s.worker, f)
}

func (s *Store) readIn(ctx context.Context, c conns, f func(*tx) error) error {
	db := c.reader.WithContext(ctx)
	now, err := s.now(ctx, db)
	if err != nil {
		return readable(err)
	}
	return readable(f(&tx{Store: s, ctx: ctx, db: db, now: now}))
}

// snapshot runs f for queries that must see one and the same state.
func (s *Store) snapshot(ctx context.Context, f func(*tx) error) error {
	isolation := &sql.TxOptions{ReadOnly: true}
	if s.postgres {
		isolation.Isolation = sql.LevelRepeatableRead
	}
	return readable(s.requests.reader.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		now, err := s.now(ctx, db)
		if err != nil {
			return err
		}
		return f(&tx{Store: s, ctx: ctx, db: db, now: now})
	}, isolation))
}

// now is the database's clock where several nodes share one, so that a node whose clock is wrong does no harm.
func (s *Store) now(ctx context.Context, db *gorm.DB) (Instant, error) {
	if s.clock != nil {
		return InstantOf(s.clock()), nil
	}
	var now Instant
	err := db.WithContext(ctx).Raw("SELECT ?", s.nowExpr()).Row().Scan(&now)
	return now, err
}

// nowExpr is now, for a query that has something else to ask.
func (s *Store) nowExpr() clause.Expr {
	if s.clock != nil {
		return gorm.Expr("CAST(? AS BIGINT)", InstantOf(s.clock()))
	}
	return gorm.Expr("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
}

// Now is the instant by which the record decides what is due, for the worker.
func (s *Store) Now(ctx context.Context) (Instant, error) { return s.now(ctx, s.worker.reader) }
