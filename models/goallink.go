package models

import "slices"

// What a goal can be linked to.
const (
	linkAssignment = "assignment"
	linkSession    = "session"
)

// GoalLink is homework or a session of the client's that belongs to a goal.
type GoalLink struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

type goalLinkRow struct {
	GoalID       string
	Place        int
	AssignmentID *string
	SessionID    *string
}

func (goalLinkRow) TableName() string { return "goal_links" }

func (r goalLinkRow) view() GoalLink {
	if r.SessionID != nil {
		return GoalLink{linkSession, *r.SessionID}
	}
	return GoalLink{linkAssignment, *r.AssignmentID}
}

// link makes these the links of a goal. What was linked before may stay, though the client has left its group since.
func (t *tx) link(actor Actor, goalID string, links, before []GoalLink) error {
	mine, err := t.linkable(actor, links)
	if err != nil {
		return err
	}
	var c check
	var rows []goalLinkRow
	for i, link := range links {
		if slices.Contains(links[:i], link) {
			continue
		}
		if !slices.Contains(mine, link) && !slices.Contains(before, link) {
			c.fail(index("links", i)+".id", "unknown_"+link.Kind, "Expected the id of one of your own.")
		}
		row := goalLinkRow{GoalID: goalID, Place: i}
		if link.Kind == linkSession {
			row.SessionID = &link.ID
		} else {
			row.AssignmentID = &link.ID
		}
		rows = append(rows, row)
	}
	if err := c.err(); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM goal_links WHERE goal_id = ?", goalID); err != nil {
		return err
	}
	return insertAll(t, rows)
}

// linkable are those of the links that lead to something of the actor's.
func (t *tx) linkable(actor Actor, links []GoalLink) ([]GoalLink, error) {
	var ids []string
	for _, link := range links {
		ids = append(ids, link.ID)
	}
	var mine []GoalLink
	err := t.scan(&mine, `SELECT 'assignment' AS kind, a.id FROM assignments a WHERE a.client_id = ? AND ?
		UNION SELECT 'session' AS kind, s.id FROM sessions s JOIN roster r ON `+onRoster+` WHERE r.client_id = ? AND ?`,
		actor.UserID, t.among("a.id", ids), actor.UserID, t.among("s.id", ids))
	return mine, err
}
