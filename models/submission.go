package models

import (
	"context"

	"gorm.io/gorm"
)

// SubmissionInput is what a client returns.
type SubmissionInput struct {
	Text string `json:"text"`
}

// Submit returns the actor's homework. Its reminders end in the same transaction.
func (s *Store) Submit(ctx context.Context, actor Actor, once Once, id string, in SubmissionInput) (Assignment, error) {
	var c check
	c.text("text", in.Text, 1, 10000)
	if err := c.err(); err != nil {
		return Assignment{}, err
	}
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		row, err := gorm.G[assignmentRow](tx.db).Where("id = ? AND client_id = ?", id, actor.UserID).First(ctx)
		if err != nil {
			return err
		}
		assignment, err = writeOnce(tx, actor, once, func() (string, error) { return id, tx.submit(row, in) },
			func(id string) (Assignment, error) { return tx.assignment("a.id = ?", id) })
		return err
	})
	return assignment, err
}

func (t *tx) submit(row assignmentRow, in SubmissionInput) error {
	if row.Status != AssignmentAssigned {
		return errSubmitted
	}
	sealed, err := t.keys.Seal(assignSubmission, row.ID, in.Text)
	if err != nil {
		return err
	}
	err = t.exec("UPDATE assignments SET status = ?, submission = ?, submitted_at = ?, version = version + 1 WHERE id = ?",
		AssignmentSubmitted, sealed, t.now, row.ID)
	if err != nil {
		return err
	}
	if err := t.publish(change{ClientID: row.ClientID, Kind: changeAssignment, SubjectID: row.ID}); err != nil {
		return err
	}
	return t.replan(causeSubmitted, row.ClientID)
}
