package models

import (
	"context"

	"gorm.io/gorm"
)

// What can stand of an assignment.
const (
	AssignmentAssigned  = "assigned"
	AssignmentSubmitted = "submitted"
)

// assignmentRow is homework given to one client.
type assignmentRow struct {
	ID               string
	ClinicID         string
	ClientID         string
	AssignedBy       string
	Title            Sealed
	Instructions     Sealed
	DueAt            Instant
	FollowsSessionID *string
	Status           string
	Submission       Sealed
	SubmittedAt      *Instant
	Generation       int
	Version          int64
	AssignedAt       Instant
}

func (assignmentRow) TableName() string { return "assignments" }

// Assignment is homework as its client and their counselor see it. LocalDue is the due time on the client's clock.
type Assignment struct {
	ID               string      `json:"id"`
	ClientID         string      `json:"client_id"`
	Title            string      `json:"title"`
	Instructions     string      `json:"instructions"`
	DueAt            Instant     `json:"due_at"`
	TimeZone         string      `json:"time_zone"`
	LocalDue         string      `json:"local_due"`
	FollowsSessionID *string     `json:"follows_session_id"`
	Status           string      `json:"status"`
	Submission       *Submission `json:"submission"`
	AssignedAt       Instant     `json:"assigned_at"`
	Version          int64       `json:"version"`
}

// Submission is what the client returned.
type Submission struct {
	Text        string  `json:"text"`
	SubmittedAt Instant `json:"submitted_at"`
}

// DueNextSession as a due time means the start of the client's next session, wherever it moves.
const DueNextSession = "next_session"

// AssignmentInput gives homework to a client.
type AssignmentInput struct {
	ID           *string `json:"id"`
	Title        string  `json:"title"`
	Instructions string  `json:"instructions" required:"yes"` // though it may be empty
	Due          string  `json:"due"`                         // an instant, or next_session
}

// AssignmentChange corrects homework that is not submitted yet.
type AssignmentChange struct {
	Title        *string `json:"title"`
	Instructions *string `json:"instructions"`
	Due          *string `json:"due"`
}

// due reads a due time: an instant in the future, or the start of the client's next session.
func (t *tx) due(clientID, text string) (at Instant, follows *string, err error) {
	if text == DueNextSession {
		next, err := t.nextSession(clientID, t.now)
		if isNoRows(err) {
			return 0, nil, invalidField("due", "no_next_session", "This client has no session ahead: expected an instant such as 2026-12-01T23:00:00Z.")
		}
		return next.StartsAt, &next.ID, err
	}
	var c check
	at = c.instant("due", text, t.now)
	if c.err() == nil && at <= t.now {
		c.fail("due", "range", "Expected an instant in the future.")
	}
	return at, nil, c.err()
}

// CreateAssignment gives homework to a client of the actor's caseload and plans its reminders.
func (s *Store) CreateAssignment(ctx context.Context, actor Actor, once Once, clientID string, in AssignmentInput) (Assignment, error) {
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var c check
		c.optionalID("id", in.ID)
		c.text("title", in.Title, 1, 200)
		c.text("instructions", in.Instructions, 0, 10000)
		if err := c.err(); err != nil {
			return err
		}
		var err error
		assignment, err = writeOnce(tx, actor, once, func() (string, error) { return tx.assign(actor, clientID, in) },
			func(id string) (Assignment, error) { return tx.assignment("a.id = ?", id) })
		return err
	})
	return assignment, err
}

func (t *tx) assign(actor Actor, clientID string, in AssignmentInput) (string, error) {
	if _, err := t.openEpisode(clientID); isNoRows(err) {
		return "", conflict("not_in_care", "This client is discharged: there is no homework after discharge.")
	} else if err != nil {
		return "", err
	}
	due, follows, err := t.due(clientID, in.Due)
	if err != nil {
		return "", err
	}
	id := chosen(in.ID)
	seal := sealer{keys: t.keys, id: id}
	row := assignmentRow{ID: id, ClinicID: actor.ClinicID, ClientID: clientID, AssignedBy: actor.UserID, Title: seal.text(assignTitle, in.Title),
		Instructions: seal.text(assignInstruct, in.Instructions), DueAt: due, FollowsSessionID: follows, Status: AssignmentAssigned,
		Generation: 1, Version: 1, AssignedAt: t.now}
	if seal.err != nil {
		return "", seal.err
	}
	if err := gorm.G[assignmentRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	if err := t.audit(actor, "create_assignment", clientID, id); err != nil {
		return "", err
	}
	if err := t.publish(change{ClientID: clientID, Kind: changeAssignment, SubjectID: id}); err != nil {
		return "", err
	}
	return id, t.replan(causeDue, clientID)
}

// storeDue stores a new due time; its reminders begin anew.
func (t *tx) storeDue(before, row assignmentRow) error {
	if row.DueAt != before.DueAt {
		row.Generation++
	}
	row.Version++
	_, err := gorm.G[assignmentRow](t.db).Where("id = ?", row.ID).
		Select("DueAt", "FollowsSessionID", "Generation", "Version").Updates(t.ctx, row)
	if err != nil {
		return err
	}
	return t.publish(change{ClientID: row.ClientID, Kind: changeAssignment, SubjectID: row.ID})
}

// UpdateAssignment corrects homework of the actor's caseload that is not submitted yet.
func (s *Store) UpdateAssignment(ctx context.Context, actor Actor, id string, ifMatch *int64, in AssignmentChange) (Assignment, error) {
	var c check
	c.optionalText("title", in.Title, 1, 200)
	c.optionalText("instructions", in.Instructions, 0, 10000)
	if err := c.err(); err != nil {
		return Assignment{}, err
	}
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		row, err := tx.assignmentInCare(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if row.Status != AssignmentAssigned {
			return errSubmitted
		}
		if err := tx.change(row, in); err != nil {
			return err
		}
		if err := tx.audit(actor, "update_assignment", row.ClientID, id); err != nil {
			return err
		}
		if err := tx.replan(causeDue, row.ClientID); err != nil {
			return err
		}
		assignment, err = tx.assignment("a.id = ?", id)
		return err
	})
	return assignment, err
}

var errSubmitted = conflict("already_submitted", "This homework has been submitted.")

// assignmentInCare is homework of a client of the actor's caseload, with the client's record kept.
func (t *tx) assignmentInCare(actor Actor, id string) (assignmentRow, error) {
	row, err := gorm.G[assignmentRow](t.db).Where("id = ? AND client_id IN (?)", id, t.caseloadOf(actor)).First(t.ctx)
	if err != nil {
		return row, err
	}
	if err := t.lockPeople(row.ClientID); err != nil {
		return row, err
	}
	// Read again: it may have been submitted while this transaction waited.
	return gorm.G[assignmentRow](t.db).Where("id = ?", id).First(t.ctx)
}

func (t *tx) change(row assignmentRow, in AssignmentChange) error {
	changed := row
	if in.Due != nil {
		var err error
		if changed.DueAt, changed.FollowsSessionID, err = t.due(row.ClientID, *in.Due); err != nil {
			return err
		}
	}
	seal := sealer{keys: t.keys, id: row.ID}
	if in.Title != nil {
		changed.Title = seal.text(assignTitle, *in.Title)
	}
	if in.Instructions != nil {
		changed.Instructions = seal.text(assignInstruct, *in.Instructions)
	}
	if seal.err != nil {
		return seal.err
	}
	_, err := gorm.G[assignmentRow](t.db).Where("id = ?", row.ID).Select("Title", "Instructions").Updates(t.ctx, changed)
	if err != nil {
		return err
	}
	return t.storeDue(row, changed)
}
