package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// practiceRow is one time that a client did it.
type practiceRow struct {
	ID           string
	ClinicID     string
	AssignmentID string
	Day          string
	OccurredAt   Instant
	Note         Sealed
	RecordedAt   Instant
}

func (practiceRow) TableName() string { return "practices" }

// Practice is one time that a client did it. Several on a day count as one.
type Practice struct {
	ID           string  `json:"id"`
	AssignmentID string  `json:"assignment_id"`
	Day          string  `json:"day"`
	OccurredAt   Instant `json:"occurred_at"`
	Note         *string `json:"note"`
	RecordedAt   Instant `json:"recorded_at"`
}

func (o *opener) practice(r practiceRow) Practice {
	return Practice{ID: r.ID, AssignmentID: r.AssignmentID, Day: r.Day, OccurredAt: r.OccurredAt,
		Note: o.optional(practiceNote, r.ID, r.Note), RecordedAt: r.RecordedAt}
}

// PracticeInput is one tap, which may be sent days later.
type PracticeInput struct {
	ID         *string `json:"id"`
	OccurredAt *string `json:"occurred_at"`
	TimeZone   *string `json:"time_zone"` // of the phone then, whose calendar tells the day; the client's own unless given
	Note       *string `json:"note"`
}

// Practise notes that the actor did what they were to practise.
func (s *Store) Practise(ctx context.Context, actor Actor, once Once, assignmentID string, in PracticeInput) (Practice, error) {
	var c check
	c.optionalID("id", in.ID)
	c.optionalZone("time_zone", in.TimeZone)
	c.optionalText("note", in.Note, 1, 2000)
	if err := c.err(); err != nil {
		return Practice{}, err
	}
	var practice Practice
	err := s.write(ctx, func(tx *tx) error {
		row, _, err := tx.lockAssignment(actor, stepNamed(stepPractice), assignmentID)
		if err != nil {
			return err
		}
		practice, err = writeOnce(tx, actor, once, func() (string, error) { return tx.practise(row, in) },
			func(id string) (Practice, error) {
				row, err := gorm.G[practiceRow](tx.db).Where("id = ? AND assignment_id = ?", id, assignmentID).First(ctx)
				if err != nil {
					return Practice{}, err
				}
				open := opener{keys: tx.keys}
				return open.practice(row), open.err
			})
		return err
	})
	return practice, err
}

func (t *tx) practise(row assignmentRow, in PracticeInput) (string, error) {
	if step := stepNamed(stepPractice); !row.allows(step) {
		return "", row.refuse(step)
	}
	client, err := t.user(row.ClientID)
	if err != nil {
		return "", err
	}
	name := client.TimeZone
	assign(&name, in.TimeZone)
	zone, err := schedule.LoadZone(name)
	if err != nil {
		return "", faultOf("stored user "+client.ID, err)
	}
	var c check
	occurred := row.occurred(&c, in.OccurredAt, t.now)
	if err := c.err(); err != nil {
		return "", err
	}
	practice := practiceRow{ID: chosen(in.ID), ClinicID: row.ClinicID, AssignmentID: row.ID, OccurredAt: occurred,
		Day: schedule.LocalOf(occurred.Time(), zone).Date(), RecordedAt: t.now}
	seal := sealer{keys: t.keys, id: practice.ID}
	if practice.Note = seal.optional(practiceNote, in.Note); seal.err != nil {
		return "", seal.err
	}
	if err := gorm.G[practiceRow](t.db).Create(t.ctx, &practice); err != nil {
		return "", err
	}
	return practice.ID, t.practiceChanged(row, change{SubjectID: practice.ID})
}

// practiceChanged makes the next version of homework whose days have changed with a time of practising.
func (t *tx) practiceChanged(row assignmentRow, practice change) error {
	practice.ClientID, practice.Kind = row.ClientID, changePractice
	if err := t.publish(practice); err != nil {
		return err
	}
	if err := t.storeAssignment(row); err != nil {
		return err
	}
	return t.replan(causePractised, row.ClientID)
}

// DeletePractice takes a mistaken tap of the actor's back.
func (s *Store) DeletePractice(ctx context.Context, actor Actor, assignmentID, id string) error {
	return s.write(ctx, func(tx *tx) error {
		row, _, err := tx.lockAssignment(actor, stepNamed(stepPractice), assignmentID)
		if err != nil {
			return err
		}
		gone, err := tx.affected("DELETE FROM practices WHERE id = ? AND assignment_id = ?", id, assignmentID)
		if err != nil || gone == 0 {
			return orNotFound(err)
		}
		return tx.practiceChanged(row, change{SubjectID: id, Deleted: true})
	})
}

func (t *tx) practices(actor Actor, assignmentID string, page Page) (List[Practice], error) {
	at, err := t.openCursor(actor, "practice of "+assignmentID, page)
	if err != nil {
		return List[Practice]{}, err
	}
	rows, err := gorm.G[practiceRow](t.db).Where("assignment_id = ? AND (occurred_at, id) > (?, ?)", assignmentID, at.At, at.ID).
		Order("occurred_at, id").Limit(at.limit + 1).Find(t.ctx)
	if err != nil {
		return List[Practice]{}, err
	}
	open := opener{keys: t.keys}
	list, err := listOf(at, rows, func(r practiceRow) (Practice, position) {
		return open.practice(r), position{At: r.OccurredAt, ID: r.ID}
	})
	return list, cmp.Or(err, open.err)
}

// MyPractice lists when the actor practised a piece of their homework, the oldest first.
func (s *Store) MyPractice(ctx context.Context, actor Actor, assignmentID string, page Page) (List[Practice], error) {
	var list List[Practice]
	err := s.read(ctx, func(tx *tx) error {
		if _, err := tx.assignmentOf(actor, OwnCare, assignmentID); err != nil {
			return err
		}
		var err error
		list, err = tx.practices(actor, assignmentID, page)
		return err
	})
	return list, err
}

// ClientPractice lists when a client of the actor's caseload practised a piece of homework.
func (s *Store) ClientPractice(ctx context.Context, actor Actor, assignmentID string, page Page) (List[Practice], error) {
	var list List[Practice]
	err := s.write(ctx, func(tx *tx) error {
		row, err := tx.assignmentOf(actor, GiveCare, assignmentID)
		if err != nil {
			return err
		}
		if list, err = tx.practices(actor, assignmentID, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_practice", row.ClientID, assignmentID)
	})
	return list, err
}
