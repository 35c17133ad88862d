package models

import (
	"context"

	"gorm.io/gorm"
)

// ReviewInput answers what a client returned.
type ReviewInput struct {
	Decision string  `json:"decision"`
	Comment  *string `json:"comment"`
	Due      *string `json:"due"` // of what is to be done again
}

// reviewRow is what a counselor answered to one round.
type reviewRow struct {
	ID           string
	ClinicID     string
	AssignmentID string
	Round        int
	Decision     string
	Comment      Sealed
	ReviewedBy   string
	ReviewedAt   Instant
}

func (reviewRow) TableName() string { return "reviews" }

// Review is the counselor's answer to a submission.
type Review struct {
	Round      int     `json:"round"`
	Decision   string  `json:"decision"`
	Comment    *string `json:"comment"`
	ReviewedBy Person  `json:"reviewed_by"`
	ReviewedAt Instant `json:"reviewed_at"`
}

// namedReview is a review with its author's name.
type namedReview struct {
	Row  reviewRow `gorm:"embedded"`
	Name Sealed
}

func (o *opener) review(r namedReview) *Review {
	row := r.Row
	return &Review{Round: row.Round, Decision: row.Decision, Comment: o.optional(reviewComment, row.ID, row.Comment),
		ReviewedBy: Person{ID: row.ReviewedBy, Name: o.text(userName, row.ReviewedBy, r.Name)}, ReviewedAt: row.ReviewedAt}
}

func (in ReviewInput) check() error {
	var c check
	oneOf(&c, "decision", in.Decision, AssignmentReturned, AssignmentAccepted)
	c.optionalText("comment", in.Comment, 1, 10000)
	if in.Decision == AssignmentReturned && in.Comment == nil {
		c.fail("comment", "required", "Expected a comment: what is to be done once more.")
	}
	if in.Decision != AssignmentReturned && in.Due != nil {
		c.fail("due", "only_when_returned", "Expected a due time only with the decision returned.")
	}
	return c.err()
}

// Review accepts what a client of the actor's caseload returned, or gives it back for more work; then its reminders begin
// anew.
func (s *Store) Review(ctx context.Context, actor Actor, once Once, id string, ifMatch *int64, in ReviewInput) (Assignment, error) {
	if err := in.check(); err != nil {
		return Assignment{}, err
	}
	name := stepAccept
	if in.Decision == AssignmentReturned {
		name = stepReturn
	}
	return s.takeStep(ctx, actor, once, ifMatch, id, name, func(tx *tx, row *assignmentRow) error {
		row.ReviewedRound = row.Round
		if in.Due != nil {
			due, follows, err := tx.due(row.ClientID, *in.Due)
			if err != nil {
				return err
			}
			row.DueAt, row.FollowsSessionID = due, follows
		}
		row.Generation++ // of what is returned, the reminders begin anew
		review := reviewRow{ID: newID(), ClinicID: row.ClinicID, AssignmentID: row.ID, Round: row.Round, Decision: in.Decision,
			ReviewedBy: actor.UserID, ReviewedAt: tx.now}
		seal := sealer{keys: tx.keys, id: review.ID}
		if review.Comment = seal.optional(reviewComment, in.Comment); seal.err != nil {
			return seal.err
		}
		return gorm.G[reviewRow](tx.db).Create(ctx, &review)
	})
}

// Withdraw takes homework of the actor's caseload back. A phone that was told its due time is told that it is off.
func (s *Store) Withdraw(ctx context.Context, actor Actor, once Once, id string, ifMatch *int64) (Assignment, error) {
	return s.takeStep(ctx, actor, once, ifMatch, id, stepWithdraw, func(*tx, *assignmentRow) error { return nil })
}
