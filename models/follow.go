package models

import "gorm.io/gorm"

// nextSession is the client's next treatment session that still stands, after a given instant.
func (t *tx) nextSession(clientID string, after Instant) (sessionRow, error) {
	return first[sessionRow](t, `SELECT s.* FROM sessions s JOIN series e ON e.id = s.series_id JOIN roster r ON `+onRoster+`
		WHERE r.client_id = ? AND s.status = ? AND e.kind <> ? AND s.starts_at > ? ORDER BY s.starts_at LIMIT 1`,
		clientID, SessionScheduled, KindAftercare, after)
}

// followSession moves the due time of homework that is due at a session's start.
func (t *tx) followSession(sessionID string, starts Instant) error {
	return t.changeFollowers(sessionID, func(row *assignmentRow) error {
		row.follow(starts, row.FollowsSessionID)
		return nil
	})
}

// followNextSession makes homework that was due at a cancelled session due at the next one after it, or leaves it when there
// is none. It is never due sooner than it was: a group's homework was not for what the client has before.
func (t *tx) followNextSession(cancelled sessionRow) error {
	return t.changeFollowers(cancelled.ID, func(row *assignmentRow) error {
		next, err := t.nextSession(row.ClientID, max(t.now, cancelled.StartsAt))
		if isNoRows(err) {
			return nil
		}
		row.follow(next.StartsAt, &next.ID)
		return err
	})
}

func (t *tx) changeFollowers(sessionID string, change func(*assignmentRow) error) error {
	rows, err := gorm.G[assignmentRow](t.db).Where("follows_session_id = ? AND status IN "+sqlStanding, sessionID).Find(t.ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := change(&row); err != nil {
			return err
		}
		if err := t.storeAssignment(row); err != nil {
			return err
		}
	}
	return nil
}
