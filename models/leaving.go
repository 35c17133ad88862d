package models

import (
	"context"

	"gorm.io/gorm"

	"handrail/models/schedule"
	"handrail/models/words"
)

// Leaving tells somebody who leaves what is gone, what is kept, why, and until when.
type Leaving struct {
	LeftAt    Instant        `json:"left_at"`
	Deleted   []DeletedThing `json:"deleted"`
	Kept      []KeptThing    `json:"kept"`
	KeptUntil *Instant       `json:"kept_until"` // nil: an episode is in progress, so that the time has not begun
	Until     string         `json:"until"`      // the same in words
	Return    string         `json:"return"`     // how they would come back
	Lines
}

// DeletedThing is one kind of thing that is gone, and how many of it there were.
type DeletedThing struct {
	Kind  string `json:"kind"`
	Count int64  `json:"count"`
	Text  string `json:"text"`
}

// KeptThing is one kind of thing that the clinic has to keep.
type KeptThing struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	Why  string `json:"why"`
}

// departure is one person's leaving, within its transaction.
type departure struct {
	*tx
	user    userRow
	say     words.Leaving
	clock   words.Clock
	deleted []DeletedThing
	changes []change
}

// Leave is the actor's own end of using Handrail. What is theirs alone is deleted at once; what a treatment provider has to
// keep stays until retention ends after their care (state law on records; 45 CFR §164.316(b)(2)(i), 42 CFR §2.16), and the
// answer says so. Their care goes on, if it does: a group goes on holding their seat. A new code brings them back.
func (s *Store) Leave(ctx context.Context, actor Actor, preview bool) (Leaving, error) {
	var leaving Leaving
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		// Whoever lays out more dates of a series takes it before its people.
		var meetings []string
		err := tx.scan(&meetings, "SELECT id FROM series WHERE owner_id = ? ORDER BY id"+tx.lockClause("FOR UPDATE"), actor.UserID)
		if err != nil {
			return err
		}
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		user, err := tx.lockUser(actor.UserID)
		if err != nil {
			return err
		}
		language := words.In(actor.Locale)
		d := &departure{tx: tx, user: user, say: language.Leaving, clock: language.Clock}
		if err := tx.audit(actor, "leave", actor.UserID, ""); err != nil {
			return err
		}
		if err := d.depart(); err != nil {
			return err
		}
		leaving, err = d.answer(actor)
		return err
	})
	return leaving, err
}

func (d *departure) depart() error {
	return inTurn(d.withdrawConsents, d.silence, d.forgetOwnWord, d.deleteMeetings, d.deleteContacts, d.forgetDrafts, d.signOut, d.forgetProfile,
		func() error { return d.publish(d.changes...) })
}

func (d *departure) gone(kind, text string, n int64) {
	d.deleted = append(d.deleted, DeletedThing{kind, n, text})
}

// tell puts things into the feed, for the day on which their owner comes back with a phone that held them.
func (d *departure) tell(kind string, deleted bool, ids []string) {
	for _, id := range ids {
		d.changes = append(d.changes, change{ClientID: d.user.ID, Kind: kind, SubjectID: id, Deleted: deleted})
	}
}

// delete runs a statement that deletes things, or forgets what stands in them, and returns their ids.
func (d *departure) delete(feed string, tombstone bool, statement string, args ...any) (n int64, err error) {
	var ids []string
	err = d.scan(&ids, statement+" RETURNING id", args...)
	d.tell(feed, tombstone, ids)
	return int64(len(ids)), err
}

// withdrawConsents ends all that they allowed. The ledger stays: that they once allowed it is part of the record.
func (d *departure) withdrawConsents() error {
	given, err := gorm.G[consentRow](d.db).Where("user_id = ? AND granted AND superseded_at IS NULL", d.user.ID).Order("kind").Find(d.ctx)
	if err != nil {
		return err
	}
	for _, c := range given {
		if err := d.recordConsent(d.user, d.user.ID, consentRow{Kind: c.Kind, TextVersion: c.TextVersion, Locale: c.Locale, AnsweredAt: d.now}, nil); err != nil {
			return err
		}
	}
	d.gone("consents", d.say.Consents(), int64(len(given)))
	return nil
}

// silence ends what waits to be sent. A push that a worker has in hands is gone too: its check, if it is yet to come, finds
// nothing to send, and its record nothing to write to.
func (d *departure) silence() error {
	theirs := gorm.Expr("next_at IS NOT NULL AND ?", d.amongThose("id", "SELECT push_id FROM reminders WHERE user_id = ?", d.user.ID))
	if err := d.lockPushes(theirs); err != nil {
		return err
	}
	var waiting int64
	err := d.scan(&waiting, "SELECT count(*) FROM reminders WHERE user_id = ? AND state IN (?, ?) AND about_at > ?", d.user.ID, Waiting, Capped, d.now)
	if err != nil {
		return err
	}
	if err := d.replan(causeConsent, d.user.ID); err != nil {
		return err
	}
	err = d.exec("UPDATE reminders SET state = ?, cause = ? WHERE user_id = ? AND state = ?", TurnedOff, causeConsent, d.user.ID, Waiting)
	if err != nil {
		return err
	}
	d.gone("waiting_reminders", d.say.Reminders(), waiting)
	return d.exec("DELETE FROM pushes WHERE ?", theirs)
}

// deleteMeetings deletes the meetings of their own, those gone by and given up too, with what was said of them.
func (d *departure) deleteMeetings() error {
	own := gorm.Expr("SELECT id FROM series WHERE owner_id = ?", d.user.ID)
	dates := gorm.Expr("SELECT id FROM sessions WHERE series_id IN (?)", own)
	var goals []string
	if err := d.scan(&goals, "SELECT DISTINCT goal_id FROM goal_links WHERE session_id IN (?)", dates); err != nil {
		return err
	}
	d.tell(changeGoal, false, goals)
	err := d.exec("DELETE FROM reminders WHERE user_id = ? AND subject_kind = ? AND subject_id IN (?)", d.user.ID, subjectSession, dates)
	if err != nil {
		return err
	}
	if err := d.exec("DELETE FROM roster WHERE series_id IN (?)", own); err != nil {
		return err
	}
	if _, err := d.delete(changeSession, true, "DELETE FROM sessions WHERE series_id IN (?)", own); err != nil {
		return err
	}
	n, err := d.delete(changeMeeting, true, "DELETE FROM series WHERE owner_id = ?", d.user.ID)
	d.gone("own_meetings", d.say.Meetings(), n)
	return err
}

func (d *departure) deleteContacts() error {
	reached, err := d.delete(changeReachOut, true, "DELETE FROM reach_outs WHERE client_id = ?", d.user.ID)
	if err != nil {
		return err
	}
	n, err := d.delete(changeContact, true, "DELETE FROM contacts WHERE client_id = ?", d.user.ID)
	d.gone("contacts", d.say.Contacts(), n)
	d.gone("reach_outs", d.say.ReachOuts(), reached)
	return err
}

// forgetDrafts empties what nobody else has seen; the homework stands as it stood before it was begun.
func (d *departure) forgetDrafts() error {
	n, err := d.delete(changeAssignment, false, `UPDATE assignments SET draft = NULL, version = version + 1,
		status = CASE WHEN status <> 'started' THEN status WHEN round > 0 THEN 'returned' ELSE 'assigned' END
		WHERE client_id = ? AND draft IS NOT NULL`, d.user.ID)
	d.gone("drafts", d.say.Drafts(), n)
	return err
}

// forgetOwnWord forgets whether they went to meetings, which they said for themselves alone. What they said beforehand of a
// session was said to those who run it.
func (d *departure) forgetOwnWord() error {
	var sessions []string // of the clinic's: their own meetings are gone in a moment
	err := d.scan(&sessions, `SELECT v.session_id FROM rsvps v JOIN sessions s ON s.id = v.session_id JOIN series e ON e.id = s.series_id
		WHERE v.client_id = ? AND v.went IS NOT NULL AND e.owner_id IS NULL`, d.user.ID)
	if err != nil {
		return err
	}
	d.tell(changeSession, false, sessions)
	n, err := d.affected("UPDATE rsvps SET went = NULL WHERE client_id = ? AND went IS NOT NULL", d.user.ID)
	if err != nil {
		return err
	}
	d.gone("own_word", d.say.OwnWord(), n)
	return d.exec("DELETE FROM rsvps WHERE client_id = ? AND answer IS NULL", d.user.ID)
}

// signOut leaves nothing by which a phone is known: no token, no address at FCM, no code that still opens the app.
func (d *departure) signOut() error {
	for _, forgotten := range []struct{ kind, text, from, where string }{
		{"devices", d.say.Devices(), "devices", "TRUE"},
		{"sign_ins", d.say.SignIns(), "tokens", "TRUE"},
		{"invites", d.say.Invites(), "invites", "redeemed_at IS NULL"},
		{"remembered_requests", d.say.Requests(), "idempotency_keys", "TRUE"},
	} {
		n, err := d.affected("DELETE FROM "+forgotten.from+" WHERE user_id = ? AND "+forgotten.where, d.user.ID)
		if err != nil {
			return err
		}
		d.gone(forgotten.kind, forgotten.text, n)
	}
	return nil
}

// forgetProfile keeps of the profile what the record needs to say whose it is: the name, the zone and the language.
func (d *departure) forgetProfile() error {
	chosen, err := d.affected("DELETE FROM reminder_choices WHERE user_id = ?", d.user.ID)
	if err != nil {
		return err
	}
	if d.user.Unavailable != nil || d.user.QuietStart != nil {
		chosen++
	}
	d.gone("preferences", d.say.Preferences(), chosen)
	var credentials int64
	if d.user.Email != nil || d.user.PasswordHash != nil {
		credentials = 1
	}
	d.gone("credentials", d.say.Credentials(), credentials)
	err = d.exec(`UPDATE users SET left_at = ?, email = NULL, email_index = NULL, password_hash = NULL, quiet_start = NULL, quiet_end = NULL,
		unavailable = NULL, version = version + 1 WHERE id = ?`, d.now, d.user.ID)
	if err != nil {
		return err
	}
	d.tell(changeProfile, false, []string{d.user.ID})
	return nil
}

func (d *departure) answer(actor Actor) (Leaving, error) {
	until, err := d.keptUntil(d.user.ID)
	if err != nil {
		return Leaving{}, err
	}
	lines, err := d.linesFor(actor)
	if err != nil {
		return Leaving{}, err
	}
	words := d.say.InCare()
	if until != nil {
		zone, err := schedule.LoadZone(d.user.TimeZone)
		if err != nil {
			return Leaving{}, faultOf("stored user "+d.user.ID, err)
		}
		words = d.say.Until(d.clock.Date(until.Time().In(zone)))
	}
	return Leaving{LeftAt: d.now, Deleted: d.deleted, Kept: []KeptThing{{"treatment_record", d.say.Record(), d.say.WhyRecord()},
		{"audit_log", d.say.AuditLog(), d.say.WhyAuditLog()}}, KeptUntil: until, Until: words, Return: d.say.Return(), Lines: lines}, nil
}

// keptUntil is when the record of a client who has left is deleted: once retention has passed since the end of their care, or
// since they left if they never were in care. Nil: they are in care.
func (t *tx) keptUntil(clientID string) (*Instant, error) {
	care, err := first[struct {
		Open  int
		Ended *Instant
	}](t, "SELECT count(*) - count(ended_at) AS open, max(ended_at) AS ended FROM episodes WHERE client_id = ?", clientID)
	if err != nil || care.Open > 0 {
		return nil, err
	}
	ended := t.now
	assign(&ended, care.Ended)
	until := max(ended.Add(t.retention), t.now)
	return &until, nil
}
