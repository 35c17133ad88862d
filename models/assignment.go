package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// assignmentRow is homework given to one client.
type assignmentRow struct {
	ID               string
	ClinicID         string
	ClientID         string
	AssignedBy       string
	HandoutID        *string
	Template         *string
	TemplateVersion  *int
	Title            Sealed
	Instructions     Sealed
	DueAt            Instant
	FollowsSessionID *string
	PracticeRule     *string
	PracticeFrom     *string
	PracticeAt       *schedule.TimeOfDay
	Status           string
	Draft            Sealed
	Round            int
	ReviewedRound    int
	WaitingSince     *Instant
	Generation       int
	Version          int64
	AssignedAt       Instant
}

func (assignmentRow) TableName() string { return "assignments" }

// DueNextSession as a due time means the start of the client's next session, wherever it moves.
const DueNextSession = "next_session"

// AssignmentInput gives homework to a client.
type AssignmentInput struct {
	ID *string `json:"id"`
	Homework
}

// Homework is what is to be done. What a template says is taken from it unless given.
type Homework struct {
	Template     *string       `json:"template"`
	Title        *string       `json:"title"`
	Instructions *string       `json:"instructions"` // may be empty
	Due          string        `json:"due"`          // an instant, or next_session
	Practice     *PracticePlan `json:"practice"`
}

// AssignmentChange corrects homework that is still to be done.
type AssignmentChange struct {
	Title        *string `json:"title"`
	Instructions *string `json:"instructions"`
	Due          *string `json:"due"`
}

func (in Homework) check(c *check) {
	if in.Template != nil {
		oneOf(c, "template", *in.Template, templateKeys()...)
	} else {
		if in.Title == nil {
			c.fail("title", "required", "Expected a title, or a template that has one.")
		}
		if in.Instructions == nil {
			c.fail("instructions", "required", "Expected instructions, which may be empty, or a template that has them.")
		}
	}
	c.optionalText("title", in.Title, 1, 200)
	c.optionalText("instructions", in.Instructions, 0, 10000)
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

// assignmentOf is homework that a right is about: the actor's own, or that of their caseload.
func (t *tx) assignmentOf(actor Actor, right Right, id string) (assignmentRow, error) {
	whose := t.caseloadOf(actor)
	if right == OwnCare {
		whose = gorm.Expr("?", actor.UserID)
	}
	return gorm.G[assignmentRow](t.db).Where("id = ? AND client_id IN (?)", id, whose).First(t.ctx)
}

// CreateAssignment gives homework to a client of the actor's caseload and plans its reminders.
func (s *Store) CreateAssignment(ctx context.Context, actor Actor, once Once, clientID string, in AssignmentInput) (Assignment, error) {
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		client, err := tx.clientInCare(actor, clientID)
		if err != nil {
			return err
		}
		var c check
		c.optionalID("id", in.ID)
		if in.check(&c); c.err() != nil {
			return c.err()
		}
		assignment, err = writeOnce(tx, actor, once, func() (string, error) {
			due, follows, err := tx.due(clientID, in.Due)
			if err != nil {
				return "", err
			}
			row := assignmentRow{ID: chosen(in.ID), DueAt: due, FollowsSessionID: follows}
			if err := tx.assign(actor, client, in.Homework, row); err != nil {
				return "", err
			}
			return row.ID, tx.replan(causeDue, clientID)
		}, func(id string) (Assignment, error) { return tx.assignment(actor, id) })
		return err
	})
	return assignment, err
}

var errNoHomework = conflict("not_in_care", "This client is discharged: there is no homework after discharge.")

// assign stores homework for a client; row says when it is due.
func (t *tx) assign(actor Actor, client userRow, in Homework, row assignmentRow) error {
	if _, err := t.openEpisode(client.ID); isNoRows(err) {
		return errNoHomework
	} else if err != nil {
		return err
	}
	var title, instructions string
	if in.Template != nil {
		library := newest(templatesIn(client.Locale))
		template := library[slices.IndexFunc(library, func(t Template) bool { return t.Key == *in.Template })]
		row.Template, row.TemplateVersion = &template.Key, &template.Version
		title, instructions = template.Title, template.Instructions
	}
	assign(&title, in.Title)
	assign(&instructions, in.Instructions)
	if in.Practice != nil {
		if err := in.Practice.apply(&row, client, t.now); err != nil {
			return err
		}
	}
	seal := sealer{keys: t.keys, id: row.ID}
	row.Title, row.Instructions = seal.text(assignTitle, title), seal.text(assignInstruct, instructions)
	if seal.err != nil {
		return seal.err
	}
	row.ClinicID, row.ClientID, row.AssignedBy, row.AssignedAt = actor.ClinicID, client.ID, actor.UserID, t.now
	row.Status, row.Generation, row.Version = AssignmentAssigned, 1, 1
	if err := gorm.G[assignmentRow](t.db).Create(t.ctx, &row); err != nil {
		return err
	}
	if err := t.audit(actor, "create_assignment", client.ID, row.ID); err != nil {
		return err
	}
	return t.publish(change{ClientID: client.ID, Kind: changeAssignment, SubjectID: row.ID})
}

// UpdateAssignment corrects homework of the actor's caseload that is still to be done.
func (s *Store) UpdateAssignment(ctx context.Context, actor Actor, id string, ifMatch *int64, in AssignmentChange) (Assignment, error) {
	var c check
	c.optionalText("title", in.Title, 1, 200)
	c.optionalText("instructions", in.Instructions, 0, 10000)
	if err := c.err(); err != nil {
		return Assignment{}, err
	}
	return s.takeStep(ctx, actor, Once{}, ifMatch, id, stepUpdate, func(tx *tx, row *assignmentRow) error {
		if in.Due != nil {
			due, follows, err := tx.due(row.ClientID, *in.Due)
			if err != nil {
				return err
			}
			row.follow(due, follows)
		}
		seal := sealer{keys: tx.keys, id: row.ID}
		if in.Title != nil {
			row.Title = seal.text(assignTitle, *in.Title)
		}
		if in.Instructions != nil {
			row.Instructions = seal.text(assignInstruct, *in.Instructions)
		}
		return seal.err
	})
}

// follow makes homework due at another time; its reminders begin anew.
func (r *assignmentRow) follow(due Instant, session *string) {
	if due != r.DueAt {
		r.Generation++
	}
	r.DueAt, r.FollowsSessionID = due, session
}
