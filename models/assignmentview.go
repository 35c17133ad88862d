package models

import (
	"cmp"
	"context"
)

// Assignment is one piece of homework with its fields in the reader's language and all that was returned and answered.
type Assignment struct {
	AssignmentItem
	Fields      []Field       `json:"fields"`
	Draft       *Work         `json:"draft"` // the client's own alone
	Submissions []*Submission `json:"submissions"`
	Reviews     []*Review     `json:"reviews"`
}

// assignments are pieces of homework as their reader sees them, by id: three queries, however many they are.
func (t *tx) assignments(reader Actor, where string, args ...any) ([]Assignment, error) {
	var rows []listedAssignment
	if err := t.scan(&rows, selectAssignments+" WHERE "+where+" ORDER BY a.id", args...); err != nil {
		return nil, err
	}
	ids, place := make([]string, len(rows)), make(map[string]int, len(rows))
	list := make([]Assignment, len(rows))
	open := opener{keys: t.keys}
	for i, listed := range rows {
		row := listed.Row
		ids[i], place[row.ID] = row.ID, i
		list[i] = Assignment{AssignmentItem: open.assignmentItem(listed), Fields: row.fields(reader.Locale), Submissions: []*Submission{}, Reviews: []*Review{}}
		if row.ClientID == reader.UserID {
			list[i].Draft = open.work(assignDraft, row.ID, row.Draft)
		}
	}
	var submissions []submissionRow
	if err := t.scan(&submissions, "SELECT * FROM submissions WHERE ? ORDER BY assignment_id, round", t.among("assignment_id", ids)); err != nil {
		return nil, err
	}
	for _, row := range submissions {
		a := &list[place[row.AssignmentID]]
		a.Submissions = append(a.Submissions, open.submission(row))
	}
	var reviews []namedReview
	err := t.scan(&reviews, "SELECT v.*, w.name FROM reviews v JOIN users w ON w.id = v.reviewed_by WHERE ? ORDER BY v.assignment_id, v.round",
		t.among("v.assignment_id", ids))
	for _, row := range reviews {
		a := &list[place[row.Row.AssignmentID]]
		a.Reviews = append(a.Reviews, open.review(row))
	}
	return list, cmp.Or(err, open.err)
}

// fields are what the template asked for in the version that was given out. Of one that is not known here, the answers
// still stand for themselves.
func (r assignmentRow) fields(locale string) []Field {
	if r.Template != nil {
		if template, err := templateOf(locale, *r.Template, *r.TemplateVersion); err == nil {
			return template.Fields
		}
	}
	return []Field{}
}

func (t *tx) assignment(reader Actor, id string) (Assignment, error) {
	list, err := t.assignments(reader, "a.id = ?", id)
	if err != nil || len(list) == 0 {
		return Assignment{}, orNotFound(err)
	}
	return list[0], nil
}

// MyAssignment is one piece of the actor's own homework.
func (s *Store) MyAssignment(ctx context.Context, actor Actor, id string) (Assignment, error) {
	var assignment Assignment
	err := s.snapshot(ctx, func(tx *tx) error {
		if _, err := tx.assignmentOf(actor, OwnCare, id); err != nil {
			return err
		}
		var err error
		assignment, err = tx.assignment(actor, id)
		return err
	})
	return assignment, err
}

// Assignment is homework of a client of the actor's caseload.
func (s *Store) Assignment(ctx context.Context, actor Actor, id string) (Assignment, error) {
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		row, err := tx.assignmentOf(actor, GiveCare, id)
		if err != nil {
			return err
		}
		if assignment, err = tx.assignment(actor, id); err != nil {
			return err
		}
		return tx.audit(actor, "read_assignment", row.ClientID, id)
	})
	return assignment, err
}
