package models

// sqlTheirs says whether session s is of the person of reminder r.
const sqlTheirs = `(SELECT count(*) FROM roster m WHERE m.client_id = r.user_id AND ` + onRosterM + `) > 0`

// toldWrong finds the people to whose phones something went that is not so (any more), and those to whom a correction did
// not go because it was not. A reminder that a write took back while it was on the wire did go out: it is accepted after all.
func (t *tx) toldWrong(sent []SentPush) (people []string, err error) {
	if len(sent) == 0 {
		return nil, nil
	}
	var went, pushes []string
	for _, p := range sent {
		pushes = append(pushes, p.PushID)
		if p.accepted() {
			went = append(went, p.reminderIDs()...)
		}
	}
	err = t.exec("UPDATE reminders SET state = 'accepted', cause = NULL, sent_at = ? WHERE ? AND state IN ('cancelled', 'turned_off')", t.now, t.among("id", went))
	if err != nil {
		return nil, err
	}
	err = t.scan(&people, `SELECT DISTINCT r.user_id FROM reminders r JOIN pushes p ON p.id = r.push_id
			LEFT JOIN sessions s ON r.subject_kind = 'session' AND s.id = r.subject_id
			LEFT JOIN assignments a ON r.subject_kind = 'assignment' AND a.id = r.subject_id
		WHERE ? AND (r.about_at > ?
			AND (r.state IN ('accepted', 'acknowledged') OR r.state NOT IN ('waiting', 'rejected') AND (p.maybe_sent OR r.sent_at IS NOT NULL))
			AND (r.lead <> ? AND (s.status <> ? OR s.starts_at <> r.about_at OR s.id IS NOT NULL AND NOT `+sqlTheirs+`
				OR a.status = ? AND a.round = a.reviewed_round OR a.status IN `+sqlOpen+` AND a.due_at <> r.about_at)
			OR r.lead = ? AND s.status = ? AND `+sqlTheirs+`)
			OR r.kind = ? AND r.cause = ?)
		ORDER BY r.user_id`, t.among("r.push_id", pushes), t.now, leadCancelled, SessionScheduled, AssignmentWithdrawn, leadCancelled, SessionScheduled,
		RemindCorrection, causeChanged)
	return people, err
}
