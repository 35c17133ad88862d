package models

// audit notes that a member of staff read or wrote something of a client's, in the same transaction: what cannot be
// noted is not done (45 CFR §164.312(b), 42 CFR §2.16).
func (t *tx) audit(actor Actor, action, clientID, subjectID string) error {
	return t.exec("INSERT INTO audit_events (id, clinic_id, actor_id, client_id, action, subject_id, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		newID(), actor.ClinicID, actor.UserID, orNull(clientID), action, orNull(subjectID), t.now)
}
