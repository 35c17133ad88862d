package models

import (
	"context"

	"gorm.io/gorm"
)

// How a goal stands. The client says so, whenever they like.
const (
	GoalOpen     = "open"
	GoalReached  = "reached"
	GoalSetAside = "set_aside"
)

type goalRow struct {
	ID        string
	ClinicID  string
	ClientID  string
	Text      Sealed
	TargetOn  *string
	Status    string
	Position  int
	Version   int64
	CreatedAt Instant
}

func (goalRow) TableName() string { return "goals" }

// Goal is something that a client wants to reach, as they and their counselor see it.
type Goal struct {
	ID        string        `json:"id"`
	ClientID  string        `json:"client_id"`
	Text      string        `json:"text"`
	TargetOn  *string       `json:"target_on"`
	Status    string        `json:"status"`
	Position  int           `json:"position"`
	Links     []GoalLink    `json:"links"`
	Comments  []GoalComment `json:"comments"`
	CreatedAt Instant       `json:"created_at"`
	Version   int64         `json:"version"`
}

// GoalInput adds a goal.
type GoalInput struct {
	ID       *string    `json:"id"`
	Text     string     `json:"text"`
	TargetOn *string    `json:"target_on" null:"yes"`
	Status   *string    `json:"status"` // open, unless given
	Position int        `json:"position"`
	Links    []GoalLink `json:"links"`
}

// GoalChange changes a goal; what is left out stays.
type GoalChange struct {
	Text     *string          `json:"text"`
	TargetOn Optional[string] `json:"target_on" null:"yes"`
	Status   *string          `json:"status"`
	Position *int             `json:"position"`
	Links    *[]GoalLink      `json:"links"`
}

func (in GoalInput) check(now Instant) error {
	var c check
	c.optionalID("id", in.ID)
	c.text("text", in.Text, 1, 1000)
	c.optionalDate("target_on", in.TargetOn, now)
	if in.Status != nil {
		oneOf(&c, "status", *in.Status, GoalOpen, GoalReached, GoalSetAside)
	}
	c.number("position", in.Position, 0, 1000)
	c.number("links", len(in.Links), 0, 20)
	for i, link := range in.Links {
		oneOf(&c, index("links", i)+".kind", link.Kind, linkAssignment, linkSession)
		c.id(index("links", i)+".id", link.ID)
	}
	return c.err()
}

// apply is a goal as it is to be once it is changed.
func (in GoalChange) apply(to Goal) GoalInput {
	changed := GoalInput{ID: &to.ID, Text: to.Text, TargetOn: to.TargetOn, Status: &to.Status, Position: to.Position, Links: to.Links}
	assign(&changed.Text, in.Text)
	if in.TargetOn.Given {
		changed.TargetOn = in.TargetOn.Value
	}
	assign(changed.Status, in.Status)
	assign(&changed.Position, in.Position)
	assign(&changed.Links, in.Links)
	return changed
}

func (k *Keys) goal(id string, in GoalInput) (goalRow, error) {
	seal := sealer{keys: k, id: id}
	row := goalRow{ID: id, Text: seal.text(goalText, in.Text), TargetOn: in.TargetOn, Status: GoalOpen, Position: in.Position}
	assign(&row.Status, in.Status)
	return row, seal.err
}

// mostGoals is more than a plan can hold and be one.
const mostGoals = 200

// CreateGoal adds to the actor's plan.
func (s *Store) CreateGoal(ctx context.Context, actor Actor, once Once, in GoalInput) (Goal, error) {
	var goal Goal
	err := s.write(ctx, func(tx *tx) error {
		if err := in.check(tx.now); err != nil {
			return err
		}
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		var err error
		goal, err = writeOnce(tx, actor, once, func() (string, error) { return tx.createGoal(actor, in) },
			func(id string) (Goal, error) { return tx.goal(actor.UserID, id) })
		return err
	})
	return goal, err
}

func (t *tx) createGoal(actor Actor, in GoalInput) (string, error) {
	var has int
	if err := t.scan(&has, "SELECT count(*) FROM goals WHERE client_id = ?", actor.UserID); err != nil {
		return "", err
	}
	if has >= mostGoals {
		return "", conflict("too_many_goals", "A plan holds 200 goals at most: delete some first.")
	}
	row, err := t.keys.goal(chosen(in.ID), in)
	if err != nil {
		return "", err
	}
	row.ClinicID, row.ClientID, row.Version, row.CreatedAt = actor.ClinicID, actor.UserID, 1, t.now
	if err := gorm.G[goalRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	if err := t.link(actor, row.ID, in.Links, nil); err != nil {
		return "", err
	}
	return row.ID, t.publish(change{ClientID: actor.UserID, Kind: changeGoal, SubjectID: row.ID})
}

// UpdateGoal changes a goal of the actor's plan.
func (s *Store) UpdateGoal(ctx context.Context, actor Actor, id string, ifMatch *int64, in GoalChange) (Goal, error) {
	var goal Goal
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		now, err := tx.goal(actor.UserID, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, now.Version); err != nil {
			return err
		}
		if err := tx.changeGoal(actor, now, in); err != nil {
			return err
		}
		goal, err = tx.goal(actor.UserID, id)
		return err
	})
	return goal, err
}

func (t *tx) changeGoal(actor Actor, now Goal, in GoalChange) error {
	changed := in.apply(now)
	if err := changed.check(t.now); err != nil {
		return err
	}
	row, err := t.keys.goal(now.ID, changed)
	if err != nil {
		return err
	}
	row.Version = now.Version + 1
	_, err = gorm.G[goalRow](t.db).Where("id = ?", now.ID).Select("Text", "TargetOn", "Status", "Position", "Version").Updates(t.ctx, row)
	if err != nil {
		return err
	}
	if in.Links != nil {
		if err := t.link(actor, now.ID, changed.Links, now.Links); err != nil {
			return err
		}
	}
	return t.publish(change{ClientID: actor.UserID, Kind: changeGoal, SubjectID: now.ID})
}

// DeleteGoal takes a goal off the actor's plan. One that a counselor has commented on stays: what staff wrote is part of
// the record and not the client's to delete.
func (s *Store) DeleteGoal(ctx context.Context, actor Actor, id string, ifMatch *int64) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		goal, err := tx.goal(actor.UserID, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, goal.Version); err != nil {
			return err
		}
		if len(goal.Comments) > 0 {
			return conflict("commented_on", "A counselor has commented on this goal, so it stays in the record: set it aside instead.")
		}
		if err := tx.exec("DELETE FROM goals WHERE id = ?", id); err != nil {
			return err
		}
		return tx.publish(change{ClientID: actor.UserID, Kind: changeGoal, SubjectID: id, Deleted: true})
	})
}
