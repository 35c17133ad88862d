package models

import (
	"context"

	"gorm.io/gorm"
)

type goalCommentRow struct {
	ID        string
	ClinicID  string
	GoalID    string
	AuthorID  string
	Text      Sealed
	CreatedAt Instant
}

func (goalCommentRow) TableName() string { return "goal_comments" }

// GoalComment is what a counselor said to a goal. It stays as it was written.
type GoalComment struct {
	ID         string  `json:"id"`
	GoalID     string  `json:"goal_id"`
	AuthorName string  `json:"author_name"`
	Text       string  `json:"text"`
	CreatedAt  Instant `json:"created_at"`
}

// GoalCommentInput comments on a goal.
type GoalCommentInput struct {
	ID   *string `json:"id"`
	Text string  `json:"text"`
}

// goalComments are the comments that a condition selects, the oldest first.
func (t *tx) goalComments(where string, args ...any) ([]GoalComment, error) {
	var rows []struct {
		ID        string
		GoalID    string
		AuthorID  string
		Name      Sealed
		Text      Sealed
		CreatedAt Instant
	}
	err := t.scan(&rows, `SELECT g.id, g.goal_id, g.author_id, u.name, g.text, g.created_at FROM goal_comments g JOIN users u ON u.id = g.author_id
		WHERE `+where+" ORDER BY g.created_at, g.id", args...)
	if err != nil {
		return nil, err
	}
	open := opener{keys: t.keys}
	comments := make([]GoalComment, len(rows))
	for i, r := range rows {
		comments[i] = GoalComment{ID: r.ID, GoalID: r.GoalID, AuthorName: open.text(userName, r.AuthorID, r.Name),
			Text: open.text(goalCommentText, r.ID, r.Text), CreatedAt: r.CreatedAt}
	}
	return comments, open.err
}

// CommentOnGoal adds a counselor's words to a goal of a client of the actor's caseload, for the client to read.
func (s *Store) CommentOnGoal(ctx context.Context, actor Actor, once Once, goalID string, in GoalCommentInput) (GoalComment, error) {
	var c check
	c.optionalID("id", in.ID)
	c.text("text", in.Text, 1, 2000)
	if err := c.err(); err != nil {
		return GoalComment{}, err
	}
	var comment GoalComment
	err := s.write(ctx, func(tx *tx) error {
		goal, err := tx.goalInCare(actor, goalID)
		if err != nil {
			return err
		}
		comment, err = writeOnce(tx, actor, once, func() (string, error) { return tx.comment(actor, goal, in) },
			func(id string) (GoalComment, error) {
				found, err := tx.goalComments("g.id = ?", id)
				if err != nil || len(found) == 0 {
					return GoalComment{}, orNotFound(err)
				}
				return found[0], nil
			})
		return err
	})
	return comment, err
}

// goalInCare is a goal of a client of the actor's caseload, with the client's record kept.
func (t *tx) goalInCare(actor Actor, id string) (goalRow, error) {
	goal, err := gorm.G[goalRow](t.db).Where("id = ? AND client_id IN (?)", id, t.caseloadOf(actor)).First(t.ctx)
	if err != nil {
		return goal, err
	}
	if err := t.lockPeople(goal.ClientID); err != nil {
		return goal, err
	}
	// Read again: it may have been deleted while this transaction waited.
	return gorm.G[goalRow](t.db).Where("id = ?", id).First(t.ctx)
}

// mostComments keeps a plan of many goals small enough for one answer.
const mostComments = 200

func (t *tx) comment(actor Actor, goal goalRow, in GoalCommentInput) (string, error) {
	var has int
	if err := t.scan(&has, "SELECT count(*) FROM goal_comments WHERE goal_id = ?", goal.ID); err != nil {
		return "", err
	}
	if has >= mostComments {
		return "", conflict("too_many_comments", "A goal holds 200 comments at most.")
	}
	id := chosen(in.ID)
	text, err := t.keys.Seal(goalCommentText, id, in.Text)
	if err != nil {
		return "", err
	}
	row := goalCommentRow{ID: id, ClinicID: actor.ClinicID, GoalID: goal.ID, AuthorID: actor.UserID, Text: text, CreatedAt: t.now}
	if err := gorm.G[goalCommentRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	if err := t.exec("UPDATE goals SET version = version + 1 WHERE id = ?", goal.ID); err != nil {
		return "", err
	}
	if err := t.audit(actor, "comment_on_goal", goal.ClientID, goal.ID); err != nil {
		return "", err
	}
	return id, t.publish(change{ClientID: goal.ClientID, Kind: changeGoal, SubjectID: goal.ID})
}
