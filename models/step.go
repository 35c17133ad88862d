package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// What can stand of an assignment.
const (
	AssignmentAssigned  = "assigned"
	AssignmentStarted   = "started" // there is a draft
	AssignmentSubmitted = "submitted"
	AssignmentReturned  = "returned" // for more work
	AssignmentAccepted  = "accepted"
	AssignmentWithdrawn = "withdrawn"
)

// sqlOpen are the states in which it is still to be done.
const sqlOpen = "('assigned', 'started', 'returned')"

// sqlStanding are those and the one in which it may be returned and be to do again: its due time still matters.
const sqlStanding = "('assigned', 'started', 'returned', 'submitted')"

func openStatuses() []string {
	return []string{AssignmentAssigned, AssignmentStarted, AssignmentReturned}
}

// The steps that homework takes.
const (
	stepDraft    = "draft"
	stepSubmit   = "submit"
	stepPractice = "practice"
	stepUpdate   = "update"
	stepReceive  = "receive"
	stepReturn   = "return"
	stepAccept   = "accept"
	stepWithdraw = "withdraw"
)

// step is one of them: who takes it, from what to what, why it ends reminders, and how it is noted that staff took it.
type step struct {
	name   string
	right  Right
	from   []string
	to     string // empty: what stood before
	cause  string // empty: it changes no reminders
	noted  string
	toCare bool // it begins or ends that a counselor has to answer
}

func steps() []step {
	open, submitted := openStatuses(), []string{AssignmentSubmitted}
	ever := append(openStatuses(), AssignmentSubmitted, AssignmentAccepted)
	standing := append(openStatuses(), AssignmentSubmitted)
	return []step{
		{stepDraft, OwnCare, open, AssignmentStarted, "", "", false},
		{stepSubmit, OwnCare, open, AssignmentSubmitted, causeSubmitted, "", true},
		{stepPractice, OwnCare, ever, "", causePractised, "", false},
		{stepUpdate, GiveCare, open, "", causeDue, "update_assignment", false},
		{stepReceive, GiveCare, open, AssignmentSubmitted, causeSubmitted, "receive_assignment", true},
		{stepReturn, GiveCare, submitted, AssignmentReturned, causeReviewed, "review_assignment", true},
		{stepAccept, GiveCare, submitted, AssignmentAccepted, causeReviewed, "review_assignment", true},
		{stepWithdraw, GiveCare, standing, AssignmentWithdrawn, causeWithdrawn, "withdraw_assignment", true},
	}
}

func stepNamed(name string) step {
	return steps()[slices.IndexFunc(steps(), func(s step) bool { return s.name == name })]
}

// allows says whether a step leads on from where the homework stands.
func (r assignmentRow) allows(s step) bool {
	return slices.Contains(s.from, r.Status) && (s.name != stepPractice || r.PracticeRule != nil)
}

// refuse says which steps whoever tried this one could take instead.
func (r assignmentRow) refuse(tried step) error {
	allowed := []string{}
	for _, s := range steps() {
		if s.right == tried.right && r.allows(s) {
			allowed = append(allowed, s.name)
		}
	}
	from := "No step of yours leads on from there."
	if len(allowed) > 0 {
		from = "Yours from there: " + strings.Join(allowed, ", ") + "."
	}
	detail := fmt.Sprintf("This homework is %s. %s", r.Status, from)
	if tried.name == stepPractice && r.PracticeRule == nil {
		detail = "This homework has no days to practise on."
	}
	return &Error{Kind: Conflict, Code: "wrong_step", Detail: detail, AllowedSteps: allowed}
}

// takeStep takes homework of the actor's, or of their caseload, one step further. What the step adds, do does to the row.
func (s *Store) takeStep(ctx context.Context, actor Actor, once Once, ifMatch *int64, id, name string, do func(*tx, *assignmentRow) error) (Assignment, error) {
	var assignment Assignment
	err := s.write(ctx, func(tx *tx) error {
		step := stepNamed(name)
		row, people, err := tx.lockAssignment(actor, step, id)
		if err != nil {
			return err
		}
		assignment, err = writeOnce(tx, actor, once, func() (string, error) {
			if err := matches(ifMatch, row.Version); err != nil {
				return "", err
			}
			return id, tx.take(actor, step, row, people, do)
		}, func(id string) (Assignment, error) { return tx.assignment(actor, id) })
		return err
	})
	return assignment, err
}

// lockAssignment finds homework that a step is the actor's to take with, and keeps everybody whose reminders it changes.
func (t *tx) lockAssignment(actor Actor, s step, id string) (row assignmentRow, people []string, err error) {
	if row, err = t.assignmentOf(actor, s.right, id); err != nil {
		return row, nil, err
	}
	people = []string{row.ClientID}
	if s.toCare {
		people, err = t.lockCare(row.ClientID)
	} else {
		err = t.lockPeople(row.ClientID)
	}
	if err == nil && s.right == OwnCare {
		err = t.hasNotLeft(actor)
	}
	if err != nil {
		return row, nil, err
	}
	// Read again: it may have gone further while this transaction waited.
	row, err = gorm.G[assignmentRow](t.db).Where("id = ?", id).First(t.ctx)
	return row, people, err
}

func (t *tx) take(actor Actor, s step, row assignmentRow, people []string, do func(*tx, *assignmentRow) error) error {
	if !row.allows(s) {
		return row.refuse(s)
	}
	if s.to != "" {
		row.Status, row.WaitingSince = s.to, nil
	}
	if s.to == AssignmentSubmitted {
		row.WaitingSince = &t.now
	}
	if err := do(t, &row); err != nil {
		return err
	}
	if err := t.storeAssignment(row); err != nil {
		return err
	}
	if s.noted != "" {
		if err := t.audit(actor, s.noted, row.ClientID, row.ID); err != nil {
			return err
		}
	}
	if s.cause == "" {
		return nil
	}
	return t.replan(s.cause, people...)
}

// storeAssignment stores what may change of homework, as its next version.
func (t *tx) storeAssignment(row assignmentRow) error {
	row.Version++
	_, err := gorm.G[assignmentRow](t.db).Where("id = ?", row.ID).Select("Title", "Instructions", "DueAt", "FollowsSessionID", "Status",
		"Draft", "Round", "ReviewedRound", "WaitingSince", "Generation", "Version").Updates(t.ctx, row)
	if err != nil {
		return err
	}
	return t.publish(change{ClientID: row.ClientID, Kind: changeAssignment, SubjectID: row.ID})
}
