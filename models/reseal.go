package models

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
)

// sealedColumn is a column of the database that holds what is sealed.
type sealedColumn struct {
	table, name string
	boundTo     string // the column with the id that it is sealed for
	as          Column
}

// sealed is the column that it is named for, and that row's own.
func sealed(as Column) sealedColumn {
	table, name, _ := strings.Cut(string(as), "|")
	return sealedColumn{table, name, "id", as}
}

// sealedColumns are all of them. A test holds them against the schema.
var sealedColumns = []sealedColumn{
	sealed(userName), sealed(userEmail), sealed(userUnavailable), sealed(userFactor), sealed(userNextFactor), sealed(episodeReason),
	sealed(seriesTitle), sealed(seriesTags), sealed(seriesPlace), sealed(seriesLink),
	{"sessions", "place", "series_id", seriesPlace}, {"sessions", "link", "series_id", seriesLink}, sealed(sessionMaterials), sealed(rsvpNote),
	sealed(assignTitle), sealed(assignInstruct), sealed(assignDraft), sealed(submissionContent), sealed(reviewComment), sealed(practiceNote),
	sealed(contactName), sealed(contactRelation), sealed(contactPhone), sealed(contactDetails), sealed(reachOutDetails),
	sealed(goalText), sealed(goalCommentText), sealed(consentDisclosure), sealed(deviceAddress),
}

// resealBatch is how many values are sealed anew in one transaction: requests wait for it on SQLite, and for its rows on
// PostgreSQL.
const resealBatch = 100

// resealColumn seals anew what a column holds under older keys. It looks for it without locks, and between two batches it
// leaves the database to the others for as long as it took.
func (s *Store) resealColumn(ctx context.Context, c sealedColumn, r *Rotation) error {
	for after := ""; ; {
		var ids []string
		err := s.read(ctx, func(tx *tx) error {
			return tx.scan(&ids, "SELECT id FROM "+c.table+" WHERE id > ? AND "+c.isOlder()+" ORDER BY id LIMIT ?", after, s.keys.ring.Load().primary, resealBatch)
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		began, done, unreadable := time.Now(), 0, 0
		err = s.write(ctx, func(tx *tx) (err error) { done, unreadable, err = tx.resealRows(c, ids); return err })
		if err != nil {
			return err
		}
		r.Found, r.Resealed, r.Unreadable = r.Found+len(ids), r.Resealed+done, r.Unreadable+unreadable
		after = ids[len(ids)-1]
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}

// isOlder is the condition that the column is sealed with another key than the one in use.
func (c sealedColumn) isOlder() string {
	return c.name + " IS NOT NULL AND substr(" + c.name + ", 1, 5) <> ?"
}

type resealedRow struct {
	ID      string
	BoundTo string
	Sealed  Sealed
}

// resealRows seals anew what still needs it of some rows. It waits for no lock while it holds others, so that it stands in
// nobody's order; what is locked has a writer, who seals it anew or leaves it for the next time. A row's version stays: it
// says what it said.
func (t *tx) resealRows(c sealedColumn, ids []string) (done, unreadable int, err error) {
	var rows []resealedRow
	err = t.scan(&rows, "SELECT id, "+c.boundTo+" AS bound_to, "+c.name+" AS sealed FROM "+c.table+" WHERE ? AND "+c.isOlder()+
		t.lockClause("FOR NO KEY UPDATE SKIP LOCKED"), t.among("id", ids), t.keys.ring.Load().primary)
	for _, row := range rows {
		open := opener{keys: t.keys}
		text := open.text(c.as, row.BoundTo, row.Sealed)
		if errors.Is(open.err, ErrUnavailable) {
			return 0, 0, open.err
		}
		if open.err != nil { // somebody changed it; it stays as it is, for whoever looks into that
			slog.Error("a sealed value does not open", "column", c.table+"."+c.name, "id", row.ID)
			unreadable++
			continue
		}
		again, err := t.keys.Seal(c.as, row.BoundTo, text)
		if err := errors.Join(err, t.exec("UPDATE "+c.table+" SET "+c.name+" = ? WHERE id = ?", again, row.ID)); err != nil {
			return 0, 0, err
		}
		done++
	}
	return done, unreadable, err
}

// countByKey counts the sealed values by the beginning that names their key.
func (t *tx) countByKey() (map[string]int, error) {
	counted := map[string]int{}
	for _, c := range sealedColumns {
		var rows []struct {
			Prefix []byte
			Total  int
		}
		err := t.scan(&rows, "SELECT substr("+c.name+", 1, 5) AS prefix, count(*) AS total FROM "+c.table+" WHERE "+c.name+" IS NOT NULL GROUP BY 1")
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			counted[string(row.Prefix)] += row.Total
		}
	}
	return counted, nil
}
