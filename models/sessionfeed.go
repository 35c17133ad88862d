package models

// sessionsChanged tells the feeds of everybody concerned and reconciles their reminders.
func (t *tx) sessionsChanged(cause string, clients []string, rows ...sessionRow) error {
	if err := t.publishSessions(idsOf(rows)...); err != nil {
		return err
	}
	return t.replan(cause, clients...)
}

func idsOf(rows []sessionRow) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

// selectSeen compares what clients see of the sessions of their series (r) with what their feeds say (c).
const selectSeen = `SELECT DISTINCT m.client_id, s.id AS subject_id, r.id IS NULL AS deleted
	FROM sessions s JOIN roster m ON m.series_id = s.series_id LEFT JOIN roster r ON r.client_id = m.client_id AND ` + onRoster + `
	LEFT JOIN changes c ON c.client_id = m.client_id AND c.kind = 'session' AND c.subject_id = s.id AND NOT c.deleted`

// publishSessions tells of sessions that have changed: whoever sees them, and whoever saw them and does not any more.
func (t *tx) publishSessions(ids ...string) error {
	return t.publishSeen("? AND (r.id IS NOT NULL OR c.seq IS NOT NULL)", t.among("s.id", ids))
}

// publishRoster tells a client of the sessions that came to them, or went, with a change of when they belong to which series.
func (t *tx) publishRoster(clientID string) error {
	return t.publishSeen("m.client_id = ? AND (r.id IS NULL) <> (c.seq IS NULL)", clientID)
}

func (t *tx) publishSeen(where string, args ...any) error {
	var changes []change
	if err := t.scan(&changes, selectSeen+" WHERE "+where, args...); err != nil {
		return err
	}
	for i := range changes {
		changes[i].Kind = changeSession
	}
	return t.publish(changes...)
}
