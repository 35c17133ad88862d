package models

import (
	"context"

	"gorm.io/gorm"
)

// goals opens rows with their links and comments, one query for all links and one for all comments. Nobody but the client is to
// know of meetings of their own.
func (t *tx) goals(rows []goalRow, own bool) ([]Goal, error) {
	open := opener{keys: t.keys}
	goals, place, ids := make([]Goal, len(rows)), map[string]int{}, make([]string, len(rows))
	for i, row := range rows {
		goals[i] = Goal{ID: row.ID, ClientID: row.ClientID, Text: open.text(goalText, row.ID, row.Text), TargetOn: row.TargetOn, Status: row.Status,
			Position: row.Position, Links: []GoalLink{}, Comments: []GoalComment{}, CreatedAt: row.CreatedAt, Version: row.Version}
		place[row.ID], ids[i] = i, row.ID
	}
	var links []goalLinkRow
	err := t.scan(&links, `SELECT l.* FROM goal_links l LEFT JOIN sessions s ON s.id = l.session_id LEFT JOIN series e ON e.id = s.series_id
		WHERE ? AND (? OR e.owner_id IS NULL) ORDER BY l.goal_id, l.place`, t.among("l.goal_id", ids), own)
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		goal := &goals[place[link.GoalID]]
		goal.Links = append(goal.Links, link.view())
	}
	comments, err := t.goalComments("?", t.among("g.goal_id", ids))
	if err != nil {
		return nil, err
	}
	for _, comment := range comments {
		goal := &goals[place[comment.GoalID]]
		goal.Comments = append(goal.Comments, comment)
	}
	return goals, open.err
}

func (t *tx) goal(clientID, id string) (Goal, error) {
	rows, err := gorm.G[goalRow](t.db).Where("id = ? AND client_id = ?", id, clientID).Find(t.ctx)
	if err != nil || len(rows) == 0 {
		return Goal{}, orNotFound(err)
	}
	goals, err := t.goals(rows, true)
	if err != nil {
		return Goal{}, err
	}
	return goals[0], nil
}

func (t *tx) goalPage(actor Actor, clientID string, page Page) (List[Goal], error) {
	at, err := t.openCursor(actor, "goals of "+clientID, page)
	if err != nil {
		return List[Goal]{}, err
	}
	rows, err := gorm.G[goalRow](t.db).Where("client_id = ? AND (position, created_at, id) > (?, ?, ?)", clientID, at.N, at.At, at.ID).
		Order("position, created_at, id").Limit(at.limit + 1).Find(t.ctx)
	if err != nil {
		return List[Goal]{}, err
	}
	goals, err := t.goals(rows, clientID == actor.UserID)
	if err != nil {
		return List[Goal]{}, err
	}
	return listOf(at, goals, func(g Goal) (Goal, position) { return g, position{N: g.Position, At: g.CreatedAt, ID: g.ID} })
}

// MyGoals lists the actor's plan in the order that they gave it.
func (s *Store) MyGoals(ctx context.Context, actor Actor, page Page) (List[Goal], error) {
	var list List[Goal]
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		list, err = tx.goalPage(actor, actor.UserID, page)
		return err
	})
	return list, err
}

// MyGoal is one goal of the actor's plan.
func (s *Store) MyGoal(ctx context.Context, actor Actor, id string) (Goal, error) {
	var goal Goal
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		goal, err = tx.goal(actor.UserID, id)
		return err
	})
	return goal, err
}

// ClientGoals lists the plan of a client of the actor's caseload.
func (s *Store) ClientGoals(ctx context.Context, actor Actor, clientID string, page Page) (List[Goal], error) {
	var list List[Goal]
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil { // its three queries must agree
			return err
		}
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.goalPage(actor, clientID, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_goals", clientID, "")
	})
	return list, err
}
