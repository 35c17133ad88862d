package models

import (
	"context"

	"gorm.io/gorm"
)

// sqlPurgeable are clients who have left and whose time is up: u is the person; it takes the end of the time twice.
const sqlPurgeable = `u.left_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM episodes e WHERE e.client_id = u.id AND (e.ended_at IS NULL OR e.ended_at > ?))
	AND (u.left_at <= ? OR EXISTS (SELECT 1 FROM episodes e WHERE e.client_id = u.id))`

// Purge deletes for good all that there is of the clients who have left and whose record has been kept for as long as it has to
// be, one client at a time: a transaction is no larger than one person's record, and a crash in the middle leaves nobody half.
// It is the housekeeping's, asks for nobody, and returns how many it deleted. The audit log keeps their ids, for its own time.
func (s *Store) Purge(ctx context.Context) (purged int, err error) {
	for {
		err := s.write(ctx, func(tx *tx) error {
			cut := tx.now.Add(-s.retention)
			who, err := first[userRow](tx, "SELECT u.* FROM users u WHERE "+sqlPurgeable+" ORDER BY u.left_at LIMIT 1", cut, cut)
			if err != nil {
				return err
			}
			if err := tx.lockPeople(who.ID); err != nil {
				return err
			}
			// Read again: they may have come back meanwhile, or another node was faster.
			if _, err := first[userRow](tx, "SELECT u.* FROM users u WHERE u.id = ? AND "+sqlPurgeable, who.ID, cut, cut); err != nil {
				return err
			}
			return tx.purge(who)
		})
		switch {
		case isNoRows(err):
			return purged, nil
		case err != nil:
			return purged, err
		}
		purged++
	}
}

// purge deletes a client. What hangs on their row by ON DELETE CASCADE goes with it: contacts, devices, tokens and their like.
func (t *tx) purge(client userRow) error {
	homework := gorm.Expr("SELECT id FROM assignments WHERE client_id = ?", client.ID)
	answers := gorm.Expr("SELECT id FROM rsvps WHERE client_id = ?", client.ID)
	staff := gorm.Expr("user_id IN (SELECT id FROM users WHERE clinic_id = ? AND role <> ?)", client.ClinicID, Client)
	alone, err := t.seriesOfThemAlone(client.ID)
	if err != nil {
		return err
	}
	for _, gone := range []struct {
		from, where string
		args        []any
	}{
		{"reminders", "? AND subject_kind = ? AND subject_id IN (?)", []any{staff, subjectReview, homework}},
		{"reminders", "? AND subject_kind = ? AND lead IN (?)", []any{staff, subjectRSVP, answers}},
		{"pushes", "?", []any{t.amongThose("id", "SELECT push_id FROM reminders WHERE user_id = ?", client.ID)}},
		{"goal_comments", "goal_id IN (SELECT id FROM goals WHERE client_id = ?)", []any{client.ID}},
		{"goals", "client_id = ?", []any{client.ID}},
		{"assignments", "client_id = ?", []any{client.ID}},
		{"attendance", "client_id = ?", []any{client.ID}},
		{"roster", "client_id = ?", []any{client.ID}},
		{"sessions", "?", []any{t.among("series_id", alone)}},
		{"series", "?", []any{t.among("id", alone)}},
		{"consents", "user_id = ?", []any{client.ID}},
		{"episodes", "client_id = ?", []any{client.ID}},
		{"caseload", "client_id = ?", []any{client.ID}},
		{"users", "id = ?", []any{client.ID}},
	} {
		if err := t.exec("DELETE FROM "+gone.from+" WHERE "+gone.where, gone.args...); err != nil {
			return faultOf("purge of "+gone.from, err)
		}
	}
	return t.audit(Actor{ClinicID: client.ClinicID}, "purge", client.ID, "")
}

// seriesOfThemAlone are the series that never had anybody else: meetings of their own, and what was arranged for them alone,
// whose title or place may say so.
func (t *tx) seriesOfThemAlone(clientID string) (ids []string, err error) {
	err = t.scan(&ids, `SELECT e.id FROM series e WHERE (e.owner_id = ? OR e.kind IN (?, ?)) AND e.id IN (SELECT r.series_id FROM roster r WHERE r.client_id = ?)
		AND NOT EXISTS (SELECT 1 FROM roster r WHERE r.series_id = e.id AND r.client_id <> ?)`,
		clientID, KindIndividual, KindFamily, clientID, clientID)
	return ids, err
}
