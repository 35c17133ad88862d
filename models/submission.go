package models

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"
)

// Work is what a client writes: a text, answers to the fields of the template, or both.
type Work struct {
	Text    *string `json:"text"`
	Answers Answers `json:"answers"`
}

// SubmissionInput is what a client returns; OccurredAt is when they finished it, if the phone could not send it then.
type SubmissionInput struct {
	Work
	OccurredAt *string `json:"occurred_at"`
}

// submissionRow is what a client returned in one round.
type submissionRow struct {
	ID           string
	ClinicID     string
	AssignmentID string
	Round        int
	Content      Sealed
	OccurredAt   Instant
	SubmittedAt  Instant
}

func (submissionRow) TableName() string { return "submissions" }

// Submission is what the client returned. On paper, the counselor has it.
type Submission struct {
	Round       int     `json:"round"`
	OnPaper     bool    `json:"on_paper"`
	Text        *string `json:"text"`
	Answers     Answers `json:"answers"`
	OccurredAt  Instant `json:"occurred_at"`
	SubmittedAt Instant `json:"submitted_at"`
}

func (o *opener) submission(r submissionRow) *Submission {
	work := o.work(submissionContent, r.ID, r.Content)
	if work == nil {
		work = &Work{}
	}
	return &Submission{Round: r.Round, OnPaper: r.Content == nil, Text: work.Text, Answers: work.Answers,
		OccurredAt: r.OccurredAt, SubmittedAt: r.SubmittedAt}
}

func (o *opener) work(c Column, id string, sealed Sealed) *Work {
	text := o.optional(c, id, sealed)
	if text == nil || o.err != nil {
		return nil
	}
	var work Work
	o.err = json.Unmarshal([]byte(*text), &work)
	return &work
}

func (s *sealer) work(c Column, work Work) Sealed {
	text, _ := json.Marshal(work) // it was read from JSON
	return s.text(c, string(text))
}

// check holds work against the homework that it is for.
func (w Work) check(c *check, row assignmentRow, isDraft bool) {
	c.optionalText("text", w.Text, 1, 10000)
	if w.Text == nil && w.Answers == nil && !isDraft {
		c.fail("text", "required", "Expected a text, answers, or both.")
	}
	if w.Answers == nil {
		return
	}
	if row.Template == nil {
		c.fail("answers", "no_fields", "This homework has no fields: expected a text.")
		return
	}
	template, err := templateOf("", *row.Template, *row.TemplateVersion)
	if err != nil {
		c.fail("answers", "unknown_template", "This server does not know the template in that version: expected a text.")
		return
	}
	c.answers("answers", w.Answers, template.Fields, isDraft)
}

// occurred is when something was done for this homework; a phone's clock may be a little behind.
func (r assignmentRow) occurred(c *check, value *string, now Instant) Instant {
	at := c.happened("occurred_at", value, now)
	if c.err() == nil && at < r.AssignedAt.Add(-clockSkew) {
		c.fail("occurred_at", "range", "Expected an instant since it was assigned.")
	}
	return max(at, r.AssignedAt)
}

// PutDraft keeps what the actor has written so far. Nobody else sees it.
func (s *Store) PutDraft(ctx context.Context, actor Actor, id string, ifMatch *int64, work Work) (Assignment, error) {
	return s.takeStep(ctx, actor, Once{}, ifMatch, id, stepDraft, func(tx *tx, row *assignmentRow) error {
		var c check
		if work.check(&c, *row, true); c.err() != nil {
			return c.err()
		}
		seal := sealer{keys: tx.keys, id: row.ID}
		row.Draft = seal.work(assignDraft, work)
		return seal.err
	})
}

// Submit returns the actor's homework. Its reminders end in the same transaction.
func (s *Store) Submit(ctx context.Context, actor Actor, once Once, id string, ifMatch *int64, in SubmissionInput) (Assignment, error) {
	return s.takeStep(ctx, actor, once, ifMatch, id, stepSubmit, func(tx *tx, row *assignmentRow) error {
		var c check
		occurred := row.occurred(&c, in.OccurredAt, tx.now)
		if in.check(&c, *row, false); c.err() != nil {
			return c.err()
		}
		return tx.submit(row, &in.Work, occurred)
	})
}

// ReceiveOnPaper notes that the client handed homework of the actor's caseload over on paper.
func (s *Store) ReceiveOnPaper(ctx context.Context, actor Actor, once Once, id string, ifMatch *int64) (Assignment, error) {
	return s.takeStep(ctx, actor, once, ifMatch, id, stepReceive, func(tx *tx, row *assignmentRow) error {
		return tx.submit(row, nil, tx.now)
	})
}

// submit begins the next round with what was returned; without any it came on paper.
func (t *tx) submit(row *assignmentRow, work *Work, occurred Instant) error {
	row.Round++
	submission := submissionRow{ID: newID(), ClinicID: row.ClinicID, AssignmentID: row.ID, Round: row.Round, OccurredAt: occurred, SubmittedAt: t.now}
	if work != nil {
		seal := sealer{keys: t.keys, id: submission.ID}
		submission.Content = seal.work(submissionContent, *work)
		if seal.err != nil {
			return seal.err
		}
		row.Draft = nil // of what came on paper, it may hold more
	}
	return gorm.G[submissionRow](t.db).Create(t.ctx, &submission)
}
