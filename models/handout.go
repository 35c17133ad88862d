package models

import (
	"context"
	"slices"
)

// Handout is what became of it.
type Handout struct {
	Assignments []Assignment `json:"assignments"`
	Skipped     []Skipped    `json:"skipped"`
}

// Skipped is somebody of the group who got no homework.
type Skipped struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Reason   string `json:"reason"`
}

// Why somebody of the group got none.
const (
	skippedCaseload  = "not_on_caseload"
	skippedNotInCare = "not_in_care"
)

// groupMember is somebody on the roster of a series, as its facilitator may know them.
type groupMember struct {
	ClientID string
	Name     Sealed
	Mine     bool // of the actor's caseload
}

func (t *tx) groupMembers(actor Actor, seriesID string, at Instant) ([]groupMember, error) {
	var members []groupMember
	err := t.scan(&members, `SELECT DISTINCT u.id AS client_id, u.name, u.id IN (?) AS mine FROM roster r JOIN users u ON u.id = r.client_id
		WHERE r.series_id = ? AND r.starts_at <= ? AND (r.ends_at IS NULL OR r.ends_at > ?) ORDER BY u.id`,
		t.caseloadOf(actor), seriesID, at, at)
	return members, err
}

// HandOut gives homework, due at their next session or at an instant, to everybody who is on the roster of a series now and of the actor's caseload. A facilitator knows
// no more than the names of others' clients: their own counselors give them homework.
func (s *Store) HandOut(ctx context.Context, actor Actor, once Once, seriesID string, in Homework) (Handout, error) {
	var c check
	if in.check(&c); c.err() != nil {
		return Handout{}, c.err()
	}
	var handout Handout
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockSeries(actor, seriesID); err != nil {
			return err
		}
		members, err := tx.groupMembers(actor, seriesID, tx.now)
		if err != nil {
			return err
		}
		var mine []string
		for _, m := range members {
			if m.Mine {
				mine = append(mine, m.ClientID)
			}
		}
		if err := tx.lockPeople(mine...); err != nil {
			return err
		}
		handout, err = writeOnce(tx, actor, once, func() (string, error) { return tx.handOut(actor, seriesID, members, mine, in) },
			func(id string) (Handout, error) { return tx.handout(actor, seriesID, id) })
		return err
	})
	return handout, err
}

func (t *tx) handOut(actor Actor, seriesID string, members []groupMember, clientIDs []string, in Homework) (string, error) {
	due, follows, err := t.dueInGroup(seriesID, in.Due)
	if err != nil {
		return "", err
	}
	id := newID()
	var given []string
	for _, clientID := range clientIDs {
		client, err := t.user(clientID)
		if err != nil {
			return "", err
		}
		err = t.assign(actor, client, in, assignmentRow{ID: newID(), HandoutID: &id, DueAt: due, FollowsSessionID: follows})
		if err == errNoHomework {
			continue
		}
		if err != nil {
			return "", err
		}
		given = append(given, clientID)
	}
	if err := t.auditEach(actor, "hand_out", views(members, func(m groupMember) string { return m.ClientID }), seriesID); err != nil {
		return "", err
	}
	return id, t.replan(causeDue, given...)
}

// dueInGroup reads a due time for a group, whose next session is the same for everybody.
func (t *tx) dueInGroup(seriesID, text string) (at Instant, follows *string, err error) {
	if text != DueNextSession {
		return t.due("", text)
	}
	next, err := first[sessionRow](t, "SELECT * FROM sessions WHERE series_id = ? AND status = ? AND starts_at > ? ORDER BY starts_at LIMIT 1",
		seriesID, SessionScheduled, t.now)
	if isNoRows(err) {
		return 0, nil, invalidField("due", "no_next_session", "This series has no session ahead: expected an instant such as 2026-12-01T23:00:00Z.")
	}
	return next.StartsAt, &next.ID, err
}

// handout is what became of one, now or when it is asked for again: who was in the group then and got none is skipped.
func (t *tx) handout(actor Actor, seriesID, id string) (Handout, error) {
	handout := Handout{Skipped: []Skipped{}}
	var err error
	if handout.Assignments, err = t.assignments(actor, "a.handout_id = ? AND a.client_id IN (?)", id, t.caseloadOf(actor)); err != nil {
		return handout, err
	}
	at := t.now
	if len(handout.Assignments) > 0 {
		at = handout.Assignments[0].AssignedAt
	}
	members, err := t.groupMembers(actor, seriesID, at)
	if err != nil {
		return handout, err
	}
	open := opener{keys: t.keys}
	for _, m := range members {
		if slices.ContainsFunc(handout.Assignments, func(a Assignment) bool { return a.ClientID == m.ClientID }) {
			continue
		}
		skipped := Skipped{ClientID: m.ClientID, Name: open.text(userName, m.ClientID, m.Name), Reason: skippedCaseload}
		if m.Mine { // of others it is not the facilitator's to know
			skipped.Reason = skippedNotInCare
		}
		handout.Skipped = append(handout.Skipped, skipped)
	}
	return handout, open.err
}
