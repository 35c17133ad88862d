package models

import (
	"context"
	"time"

	"handrail/models/schedule"
)

// What a client can say beforehand of a session.
const (
	AnswerComing     = "coming"
	AnswerLate       = "late"
	AnswerCannotCome = "cannot_come"
)

// RSVP is what a client said of a session beforehand. It is about the start that it then had: once the session has moved,
// it no longer stands, and the client is asked again.
type RSVP struct {
	Answer      string  `json:"answer"`
	MinutesLate *int    `json:"minutes_late"`
	Note        *string `json:"note"`
	AnsweredAt  Instant `json:"answered_at"`
	Stands      bool    `json:"stands"`
}

// theirs is what a client said of a session and what is on record of them there; all of it may be missing.
type theirs struct {
	RSVPID      *string
	Answer      *string
	MinutesLate *int
	Note        Sealed
	AnsweredFor *Instant
	AnsweredAt  *Instant
	Went        *bool
	Attended    *string
	Minutes     *int
}

const theirColumns = "v.id, v.answer, v.minutes_late, v.note, v.answered_for, v.answered_at, v.went, y.status, y.minutes"

func (t *theirs) into() []any {
	return []any{&t.RSVPID, &t.Answer, &t.MinutesLate, &t.Note, &t.AnsweredFor, &t.AnsweredAt, &t.Went, &t.Attended, &t.Minutes}
}

func (o *opener) rsvp(t theirs, starts Instant) *RSVP {
	if t.Answer == nil {
		return nil
	}
	return &RSVP{Answer: *t.Answer, MinutesLate: t.MinutesLate, Note: o.optional(rsvpNote, *t.RSVPID, t.Note),
		AnsweredAt: *t.AnsweredAt, Stands: *t.AnsweredFor == starts}
}

// declinedBy is the condition that a client said they cannot come to session s at the start that it has now. It is a scalar
// subquery because PostgreSQL may answer an EXISTS by reading the whole table.
// It ends with the client's id and declinedEnd.
const (
	declinedBy  = `(SELECT count(*) FROM rsvps v WHERE v.session_id = s.id AND v.answer = 'cannot_come' AND v.answered_for = s.starts_at AND v.client_id = `
	declinedEnd = `) > 0`
)

// RSVPInput says whether the actor comes.
type RSVPInput struct {
	Answer      string  `json:"answer"`
	MinutesLate *int    `json:"minutes_late"`
	Note        *string `json:"note"`
	StartsAt    *string `json:"starts_at"` // the start that was answered: a phone may have been offline since
}

func (in RSVPInput) check() error {
	var c check
	oneOf(&c, "answer", in.Answer, AnswerComing, AnswerLate, AnswerCannotCome)
	switch {
	case in.Answer == AnswerLate && in.MinutesLate == nil:
		c.fail("minutes_late", "required", "Expected how many minutes late, 1 to 180.")
	case in.Answer != AnswerLate && in.MinutesLate != nil:
		c.fail("minutes_late", "not_late", "Expected only with the answer late.")
	case in.MinutesLate != nil:
		c.number("minutes_late", *in.MinutesLate, 1, 180)
	}
	c.optionalText("note", in.Note, 1, 500)
	return c.err()
}

// isFor refuses an answer to a start that the session no longer has.
func (in RSVPInput) isFor(row sessionRow, now Instant) error {
	var c check
	at := c.instantOr("starts_at", in.StartsAt, row.StartsAt, now)
	if err := c.err(); err != nil {
		return err
	}
	if at != row.StartsAt {
		return conflict("session_moved", "This session has another start than the one that was answered: ask again.")
	}
	return row.changeable(now)
}

// PutRSVP says whether the actor comes to one of their sessions. "Cannot come" ends what would still remind them of it,
// another answer plans anew what is not past.
func (s *Store) PutRSVP(ctx context.Context, actor Actor, sessionID string, in RSVPInput) (ClientSession, error) {
	if err := in.check(); err != nil {
		return ClientSession{}, err
	}
	return s.sayOfSession(ctx, actor, sessionID, func(tx *tx, row sessionRow, facilitators []string) error {
		if err := in.isFor(row, tx.now); err != nil {
			return err
		}
		id, err := tx.rsvpID(actor, sessionID)
		if err != nil {
			return err
		}
		seal := sealer{keys: tx.keys, id: id}
		note := seal.optional(rsvpNote, in.Note)
		if seal.err != nil {
			return seal.err
		}
		err = tx.exec("UPDATE rsvps SET answer = ?, minutes_late = ?, note = ?, answered_for = ?, answered_at = ?, answers = answers + 1 WHERE id = ?",
			in.Answer, in.MinutesLate, note, row.StartsAt, tx.now, id)
		if err != nil {
			return err
		}
		return tx.replan(causeRSVP, append(facilitators, actor.UserID)...)
	})
}

// WentInput is the actor's own word of a meeting.
type WentInput struct {
	Went *bool `json:"went"`
}

// PutWent notes for the actor whether they went to a meeting. It is their own word, for themselves: nobody else sees it.
func (s *Store) PutWent(ctx context.Context, actor Actor, sessionID string, in WentInput) (ClientSession, error) {
	if in.Went == nil {
		return ClientSession{}, invalidField("went", "required", "Expected true or false.")
	}
	return s.sayOfSession(ctx, actor, sessionID, func(tx *tx, row sessionRow, _ []string) error {
		var kind SeriesKind
		if err := tx.scan(&kind, "SELECT kind FROM series WHERE id = ?", row.SeriesID); err != nil {
			return err
		}
		switch {
		case kind != KindAftercare:
			return conflict("not_a_meeting", "Only meetings, of kind aftercare, take the client's own word; the clinic keeps the attendance of the others.")
		case row.Status == SessionCancelled:
			return conflict("already_cancelled", "This session is cancelled.")
		case row.StartsAt > tx.now:
			return conflict("not_begun", "This meeting has not begun.")
		}
		id, err := tx.rsvpID(actor, sessionID)
		if err != nil {
			return err
		}
		return tx.exec("UPDATE rsvps SET went = ? WHERE id = ?", *in.Went, id)
	})
}

// sayOfSession is a write about one of the actor's own sessions, with those who run it kept.
func (s *Store) sayOfSession(ctx context.Context, actor Actor, id string, say func(tx *tx, row sessionRow, facilitators []string) error) (ClientSession, error) {
	var session ClientSession
	err := s.write(ctx, func(tx *tx) error {
		// Who moves or cancels the session takes the client first, too.
		facilitators, err := tx.lockFound(func() ([]string, error) { return tx.facilitatorsFor(actor.UserID, id) }, actor.UserID)
		if err != nil {
			return err
		}
		if err := tx.hasNotLeft(actor); err != nil {
			return err
		}
		row, err := first[sessionRow](tx, "SELECT s.* FROM sessions s JOIN roster r ON "+onRoster+" WHERE s.id = ? AND r.client_id = ?", id, actor.UserID)
		if err != nil {
			return err
		}
		if err := say(tx, row, facilitators); err != nil {
			return err
		}
		if err := tx.publish(change{ClientID: actor.UserID, Kind: changeSession, SubjectID: id}); err != nil {
			return err
		}
		session, err = tx.clientSession(actor.UserID, id)
		return err
	})
	return session, err
}

// rsvpID is the row for what the actor says of a session, made where there is none.
func (t *tx) rsvpID(actor Actor, sessionID string) (string, error) {
	return first[string](t, `INSERT INTO rsvps (id, clinic_id, session_id, client_id, answers) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT (session_id, client_id) DO UPDATE SET client_id = excluded.client_id RETURNING id`, newID(), actor.ClinicID, sessionID, actor.UserID)
}

// sqlRuns lists who runs which session now, colleagues who cover them too; it takes now twice.
const sqlRuns = `(SELECT f.session_id, f.user_id FROM session_facilitators f UNION SELECT f.session_id, k.counselor_id
	FROM session_facilitators f JOIN caseload k ON k.covers_id = f.user_id AND k.starts_at <= ? AND k.ends_at > ?)`

// facilitatorsFor are those who run a session of a client's now. Somebody else's has none: whoever guesses its id holds nobody up.
func (t *tx) facilitatorsFor(clientID, sessionID string) ([]string, error) {
	var ids []string
	err := t.scan(&ids, "SELECT g.user_id FROM "+sqlRuns+` g WHERE g.session_id = ?
		AND EXISTS (SELECT 1 FROM sessions s JOIN roster r ON `+onRoster+` WHERE s.id = g.session_id AND r.client_id = ?)`, t.now, t.now, sessionID, clientID)
	return ids, err
}

// withCovers are counselors and those who cover them now: both are told who cannot come to a session that the first come to run.
func (t *tx) withCovers(ids []string) ([]string, error) {
	var covers []string
	err := t.scan(&covers, "SELECT counselor_id FROM caseload WHERE ? AND starts_at <= ? AND ends_at > ?", t.among("covers_id", ids), t.now, t.now)
	return append(covers, ids...), err
}

// noticeAfter is how long an answer rests before those who run the session are told: a finger that slipped is nobody's news.
const noticeAfter = time.Minute

// loadNoes loads who said that they cannot come to what these people run.
func (t *tx) loadNoes(userIDs []string, plans map[string]*plan) error {
	var noes []subjectRow
	err := t.scan(&noes, `SELECT g.user_id, s.id, ? AS subject_kind, ? AS kind, v.id AS answer, v.answered_at AS since, v.answers AS generation, s.starts_at AS at
		FROM rsvps v JOIN sessions s ON s.id = v.session_id JOIN roster r ON `+onRoster+` AND r.client_id = v.client_id JOIN `+sqlRuns+` g ON g.session_id = s.id JOIN users u ON u.id = g.user_id
		WHERE ? AND v.answer = ? AND v.answered_for = s.starts_at AND s.status = ? AND s.starts_at > ? AND u.deactivated_at IS NULL`,
		subjectRSVP, RemindRSVP, t.now, t.now, t.among("g.user_id", userIDs), AnswerCannotCome, SessionScheduled, t.now)
	for _, no := range noes {
		plans[no.UserID].add(no, t.now)
	}
	return err
}

// notice is when somebody who runs a session is told of an answer.
func (s subjectRow) notice(person schedule.Person) []schedule.Planned {
	rested := s.Since.Add(noticeAfter).Time()
	at := schedule.SendAt(rested, s.At.Time(), person)
	return []schedule.Planned{{RemindAt: at, ExpiresAt: s.At.Time(), Steps: stepsSince(s.Since.Time(), rested, at)}}
}
