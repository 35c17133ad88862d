package models

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// statementLog keeps statements out of the log: GORM's own logger prints them, with the values. A test may listen.
type statementLog struct {
	logger.Interface
	listen func(sql string)
}

func (l statementLog) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	if l.listen != nil {
		sql, _ := statement()
		l.listen(sql)
	}
}

// ParamsFilter leaves the values out of what Trace is given (Scan puts them in all the same).
func (statementLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// exec runs one statement.
func (t *tx) exec(query string, args ...any) error {
	return t.db.WithContext(t.ctx).Exec(query, args...).Error
}

// affected runs one statement and counts the rows it changed.
func (t *tx) affected(query string, args ...any) (int64, error) {
	done := t.db.WithContext(t.ctx).Exec(query, args...)
	return done.RowsAffected, done.Error
}

// scan reads rows (a slice) or the one row (anything else) of a query written out; a missing row is left zero.
func (t *tx) scan(into any, query string, args ...any) error {
	return t.db.WithContext(t.ctx).Raw(query, args...).Scan(into).Error
}

// first reads the one row of a query written out; none is not found.
func first[T any](t *tx, query string, args ...any) (T, error) {
	var rows []T
	err := t.scan(&rows, query, args...)
	if err != nil || len(rows) == 0 {
		var none T
		return none, orNotFound(err)
	}
	return rows[0], nil
}

// insertAll writes rows a few hundred at a time.
func insertAll[T any](t *tx, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	return gorm.G[T](t.db).CreateInBatches(t.ctx, &rows, 400)
}

// lockClause makes a SELECT keep its rows until the transaction ends. SQLite's one writer needs none. Rows that others
// refer to are kept FOR NO KEY UPDATE: each INSERT that refers to one would wait for a plain FOR UPDATE, against the order
// in which locks are taken.
func (t *tx) lockClause(clause string) string {
	if t.postgres {
		return " " + clause
	}
	return ""
}

// orNull is NULL for an empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// each is a table of one column, value, with the items of a list. They are one parameter, so that a statement is the same
// for any number of them and is prepared once.
func (t *tx) each(list any) clause.Expr {
	if t.postgres {
		return gorm.Expr("jsonb_array_elements(?::jsonb) AS list (value)", asJSON(list))
	}
	return gorm.Expr("json_each(?)", asJSON(list))
}

// among is the condition that a column is one of these ids, which are one parameter too.
func (t *tx) among(column string, ids []string) clause.Expr {
	if ids == nil {
		ids = []string{} // null is no list
	}
	if t.postgres {
		return t.amongThose(column, "SELECT json_array_elements_text(?::json)", asJSON(ids))
	}
	return t.amongThose(column, "SELECT value FROM json_each(?)", asJSON(ids))
}

func asJSON(list any) string {
	text, _ := json.Marshal(list) // lists of plain values cannot fail
	return string(text)
}

// amongThose is the condition that a column is one of what a query lists, which is run once. Put like this PostgreSQL takes
// the list for short and reaches each row by its index, on tables that are small yet or whose statistics are old, too.
func (t *tx) amongThose(column, query string, args ...any) clause.Expr {
	if t.postgres {
		return gorm.Expr(column+" = ANY (ARRAY("+query+"))", args...)
	}
	return gorm.Expr(column+" IN ("+query+")", args...)
}
