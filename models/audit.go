package models

import "slices"

// audit notes that a member of staff read or wrote something of a client's, in the same transaction: what cannot be
// noted is not done (45 CFR §164.312(b), 42 CFR §2.16).
func (t *tx) audit(actor Actor, action, clientID, subjectID string) error {
	return t.exec("INSERT INTO audit_events (id, clinic_id, actor_id, client_id, action, subject_id, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		newID(), actor.ClinicID, orNull(actor.UserID), orNull(clientID), action, orNull(subjectID), t.now)
}

type auditRow struct {
	ID       string
	ClinicID string
	ActorID  string
	ClientID string
	Action   string
	At       Instant
}

func (auditRow) TableName() string { return "audit_events" }

// auditEach notes that several clients' records were read at once, so that each of them is told of who read theirs.
func (t *tx) auditEach(actor Actor, action string, clientIDs []string) error {
	slices.Sort(clientIDs)
	var rows []auditRow
	for _, id := range slices.Compact(clientIDs) {
		rows = append(rows, auditRow{newID(), actor.ClinicID, actor.UserID, id, action, t.now})
	}
	return insertAll(t, rows)
}
