package models

import (
	"cmp"
	"context"

	"handrail/models/schedule"
)

// listedAssignment is an assignment with its client's zone.
type listedAssignment struct {
	ID               string
	ClientID         string
	Title            Sealed
	Instructions     Sealed
	DueAt            Instant
	FollowsSessionID *string
	Status           string
	Submission       Sealed
	SubmittedAt      *Instant
	Version          int64
	AssignedAt       Instant
	TimeZone         string
}

const selectAssignments = `SELECT a.id, a.client_id, a.title, a.instructions, a.due_at, a.follows_session_id, a.status,
	a.submission, a.submitted_at, a.version, a.assigned_at, u.time_zone FROM assignments a JOIN users u ON u.id = a.client_id`

func (o *opener) assignment(r listedAssignment) Assignment {
	zone, err := schedule.LoadZone(r.TimeZone)
	if err != nil && o.err == nil {
		o.err = faultOf("stored user "+r.ClientID, err)
		return Assignment{}
	}
	a := Assignment{ID: r.ID, ClientID: r.ClientID, Title: o.text(assignTitle, r.ID, r.Title),
		Instructions: o.text(assignInstruct, r.ID, r.Instructions), DueAt: r.DueAt, TimeZone: r.TimeZone,
		LocalDue: schedule.LocalOf(r.DueAt.Time(), zone).String(), FollowsSessionID: r.FollowsSessionID, Status: r.Status,
		AssignedAt: r.AssignedAt, Version: r.Version}
	if r.SubmittedAt != nil {
		a.Submission = &Submission{Text: o.text(assignSubmission, r.ID, r.Submission), SubmittedAt: *r.SubmittedAt}
	}
	return a
}

func (t *tx) assignment(where string, args ...any) (Assignment, error) {
	row, err := first[listedAssignment](t, selectAssignments+" WHERE "+where, args...)
	if err != nil {
		return Assignment{}, err
	}
	open := opener{keys: t.keys}
	return open.assignment(row), open.err
}

// assignments is one page of a client's homework, the one due first at the top.
func (t *tx) assignments(actor Actor, clientID, status string, page Page) (List[Assignment], error) {
	var c check
	if status != "" {
		oneOf(&c, "status", status, AssignmentAssigned, AssignmentSubmitted)
	}
	if err := c.err(); err != nil {
		return List[Assignment]{}, err
	}
	filter := "assignments of " + clientID + " " + status
	at, err := t.openCursor(actor, filter, page)
	if err != nil {
		return List[Assignment]{}, err
	}
	var rows []listedAssignment
	err = t.scan(&rows, selectAssignments+` WHERE a.client_id = ? AND (? = '' OR a.status = ?) AND (a.due_at > ? OR a.due_at = ? AND a.id > ?)
		ORDER BY a.due_at, a.id LIMIT ?`, clientID, status, status, at.At, at.At, at.ID, at.limit+1)
	if err != nil {
		return List[Assignment]{}, err
	}
	open := opener{keys: t.keys}
	list, err := listOf(at, rows, func(r listedAssignment) (Assignment, position) {
		return open.assignment(r), position{At: r.DueAt, ID: r.ID}
	})
	return list, cmp.Or(err, open.err)
}

// Assignment is homework of a client of the actor's caseload.
func (s *Store) Assignment(ctx context.Context, actor Actor, id string) (Assignment, error) {
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) (err error) {
		if assignment, err = tx.assignment("a.id = ? AND a.client_id IN (?)", id, tx.caseloadOf(actor)); err != nil {
			return err
		}
		return tx.audit(actor, "read_assignment", assignment.ClientID, id)
	})
	return assignment, err
}

// ClientAssignments lists the homework of a client of the actor's caseload.
func (s *Store) ClientAssignments(ctx context.Context, actor Actor, clientID, status string, page Page) (List[Assignment], error) {
	var list List[Assignment]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.assignments(actor, clientID, status, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_assignments", clientID, "")
	})
	return list, err
}

// MyAssignments lists the actor's own homework.
func (s *Store) MyAssignments(ctx context.Context, actor Actor, status string, page Page) (List[Assignment], error) {
	var list List[Assignment]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.assignments(actor, actor.UserID, status, page)
		return err
	})
	return list, err
}

// MyAssignment is one piece of the actor's own homework.
func (s *Store) MyAssignment(ctx context.Context, actor Actor, id string) (Assignment, error) {
	var assignment Assignment
	err := s.read(ctx, func(tx *tx) (err error) {
		assignment, err = tx.assignment("a.id = ? AND a.client_id = ?", id, actor.UserID)
		return err
	})
	return assignment, err
}
