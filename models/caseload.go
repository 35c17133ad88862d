package models

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// caseloadRow says from when to when a counselor serves a client (ClientID), or covers an absent counselor (CoversID).
type caseloadRow struct {
	ID          string
	ClinicID    string
	CounselorID string
	ClientID    *string
	CoversID    *string
	StartsAt    Instant
	EndsAt      *Instant
}

func (caseloadRow) TableName() string { return "caseload" }

// standsFor selects the counselors for whom the actor acts now: themselves and those they cover.
func (t *tx) standsFor(actor Actor) clause.Expr {
	return gorm.Expr(`SELECT u.id FROM users u WHERE u.id = ? UNION
		SELECT v.covers_id FROM caseload v WHERE v.counselor_id = ? AND v.covers_id IS NOT NULL AND v.starts_at <= ? AND v.ends_at > ?`,
		actor.UserID, actor.UserID, t.now, t.now)
}

// caseloadOf selects the clients whose records are the actor's to see now.
func (t *tx) caseloadOf(actor Actor) clause.Expr {
	return gorm.Expr(`SELECT k.client_id FROM caseload k WHERE k.clinic_id = ? AND k.client_id IS NOT NULL
		AND k.starts_at <= ? AND (k.ends_at IS NULL OR k.ends_at > ?) AND k.counselor_id IN (?)`,
		actor.ClinicID, t.now, t.now, t.standsFor(actor))
}

// clientInCare is a client of the actor's caseload; anybody else's is not found.
func (t *tx) clientInCare(actor Actor, clientID string) (userRow, error) {
	return gorm.G[userRow](t.db).Where("id = ? AND id IN (?)", clientID, t.caseloadOf(actor)).First(t.ctx)
}

// CaseloadEntry is one dated row of who serves or covers whom.
type CaseloadEntry struct {
	ID          string   `json:"id"`
	CounselorID string   `json:"counselor_id"`
	ClientID    *string  `json:"client_id"`
	CoversID    *string  `json:"covers_id"`
	From        Instant  `json:"from"`
	Until       *Instant `json:"until"`
}

func (r caseloadRow) view() CaseloadEntry {
	return CaseloadEntry{ID: r.ID, CounselorID: r.CounselorID, ClientID: r.ClientID, CoversID: r.CoversID, From: r.StartsAt, Until: r.EndsAt}
}

// CaseloadInput puts a client on a counselor's caseload, or has a counselor cover an absent one until a given time.
type CaseloadInput struct {
	ID          *string `json:"id"`
	CounselorID string  `json:"counselor_id"`
	ClientID    *string `json:"client_id"`
	CoversID    *string `json:"covers_id"`
	From        *string `json:"from"`
	Until       *string `json:"until"`
}

func (in CaseloadInput) row(actor Actor, now Instant) (caseloadRow, error) {
	var c check
	c.optionalID("id", in.ID)
	c.id("counselor_id", in.CounselorID)
	c.optionalID("client_id", in.ClientID)
	c.optionalID("covers_id", in.CoversID)
	row := caseloadRow{ID: chosen(in.ID), ClinicID: actor.ClinicID, CounselorID: in.CounselorID, ClientID: in.ClientID,
		CoversID: in.CoversID, StartsAt: c.instantOr("from", in.From, now, now)}
	if in.Until != nil {
		until := c.instant("until", *in.Until, now)
		row.EndsAt = &until
		c.span("until", row.StartsAt, row.EndsAt)
	}
	switch {
	case (in.ClientID == nil) == (in.CoversID == nil):
		c.fail("client_id", "one_of", "Expected either client_id (to serve a client) or covers_id (to cover a counselor).")
	case in.CoversID != nil && in.Until == nil:
		c.fail("until", "required", "Coverage needs an end.")
	case in.CoversID != nil && *in.CoversID == in.CounselorID:
		c.fail("covers_id", "oneself", "Expected another counselor.")
	}
	return row, c.err()
}

// CreateCaseloadEntry adds a dated row to the clinic's caseload.
func (s *Store) CreateCaseloadEntry(ctx context.Context, actor Actor, once Once, in CaseloadInput) (CaseloadEntry, error) {
	var entry CaseloadEntry
	err := s.write(ctx, func(tx *tx) error {
		row, err := in.row(actor, tx.now)
		if err != nil {
			return err
		}
		counselors, err := tx.lockCaseload(row)
		if err != nil {
			return err
		}
		entry, err = writeOnce(tx, actor, once, func() (string, error) {
			if err := tx.mustBe(actor, "counselor_id", row.CounselorID, GiveCare); err != nil {
				return "", err
			}
			if row.ClientID != nil {
				err = tx.mustBe(actor, "client_id", *row.ClientID, OwnCare)
			} else {
				err = tx.mustHaveBeen(actor, "covers_id", *row.CoversID, GiveCare) // what somebody ran who is gone is to be handed on
			}
			if err != nil {
				return "", err
			}
			client := ""
			assign(&client, row.ClientID)
			if err := tx.audit(actor, "create_caseload_entry", client, row.ID); err != nil {
				return "", err
			}
			if err := gorm.G[caseloadRow](tx.db).Create(ctx, &row); err != nil {
				return "", err
			}
			return row.ID, tx.replan(causeCaseload, counselors...)
		}, func(id string) (CaseloadEntry, error) {
			row, err := gorm.G[caseloadRow](tx.db).Where("id = ? AND clinic_id = ?", id, actor.ClinicID).First(ctx)
			return row.view(), err
		})
		return err
	})
	return entry, err
}

// mustBe refuses an id that is nobody of the actor's clinic with that right, or somebody who is deactivated.
func (t *tx) mustBe(actor Actor, field, userID string, right Right) error {
	return t.mustBeAmong("users WHERE deactivated_at IS NULL", actor, field, userID, right)
}

// mustHaveBeen is mustBe that takes somebody who is deactivated, too.
func (t *tx) mustHaveBeen(actor Actor, field, userID string, right Right) error {
	return t.mustBeAmong("users WHERE TRUE", actor, field, userID, right)
}

func (t *tx) mustBeAmong(users string, actor Actor, field, userID string, right Right) error {
	var role Role
	err := t.scan(&role, "SELECT role FROM "+users+" AND id = ? AND clinic_id = ?", userID, actor.ClinicID)
	if err == nil && !role.May(right) {
		return invalidField(field, "unknown_person", "Expected the id of such a person of this clinic.")
	}
	return err
}

// Caseload lists the clinic's caseload, rows that ended too.
func (s *Store) Caseload(ctx context.Context, actor Actor, page Page) (List[CaseloadEntry], error) {
	var list List[CaseloadEntry]
	err := s.write(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "caseload", page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[caseloadRow](tx.db).Where("clinic_id = ? AND id > ?", actor.ClinicID, at.ID).
			Order("id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r caseloadRow) (CaseloadEntry, position) {
			return r.view(), position{ID: r.ID}
		})
		if err != nil {
			return err
		}
		clients := views(list.Items, func(e CaseloadEntry) (id string) { assign(&id, e.ClientID); return id })
		return tx.auditEach(actor, "list_caseload", clients, "")
	})
	return list, err
}

// EndCaseloadEntry ends a row now. It stays as the record of who served whom.
func (s *Store) EndCaseloadEntry(ctx context.Context, actor Actor, id string) error {
	return s.write(ctx, func(tx *tx) error {
		row, err := gorm.G[caseloadRow](tx.db).Where("id = ? AND clinic_id = ?", id, actor.ClinicID).First(ctx)
		if err != nil {
			return err
		}
		if row.EndsAt != nil && *row.EndsAt <= tx.now {
			return nil
		}
		counselors, err := tx.lockCaseload(row)
		if err != nil {
			return err
		}
		end := max(tx.now, row.StartsAt)
		if err := tx.exec("UPDATE caseload SET ends_at = ? WHERE id = ?", end, id); err != nil {
			return err
		}
		client := ""
		assign(&client, row.ClientID)
		if err := tx.audit(actor, "end_caseload_entry", client, id); err != nil {
			return err
		}
		return tx.replan(causeCaseload, counselors...)
	})
}
