package models

import (
	"context"
	"slices"
	"time"
)

// DuePush is a claimed push as it stands just before it is sent.
type DuePush struct {
	Claim
	Revision  int
	Retries   int
	Locale    string
	Zone      string   // the reader's
	Things    []Thing  // what it is about: still so, still useful
	Targets   []Target // where it goes: live devices that have not accepted this revision
	CheckedAt Instant  // when this was so, by the record's clock
	ExpiresAt Instant  // when the first of its things stops being useful

	ends      map[string]ending // reminders that are not to be sent, and why
	covered   []string          // reminders that a thing stands for, once it has gone out: until then they may outlive it
	wait      *Instant          // look again then: quiet hours, a paused lane, no device yet, not due yet
	maybeSent bool
	earliest  Instant // when the first of its waiting reminders expires
}

// IsProof says that the push checks a phone: it is about nothing else, and for one device alone.
func (p *DuePush) IsProof() bool { return len(p.Things) > 0 && p.Things[0].Kind == RemindProof }

// Thing is one reminder within a push.
type Thing struct {
	ReminderID string
	SubjectID  string
	Kind       string
	Lead       string
	AboutAt    Instant
	WasAt      *Instant
	ExpiresAt  Instant
	Zone       string // the session's; empty for homework
	Telehealth bool   // there is no place to be at: the reader's clock counts

	untold bool // nothing has taken it in this revision
}

type ending struct {
	state State
	cause string
}

// lateAfter is how long after its due time a push counts as late: then quiet hours hold it back.
const lateAfter = 5 * time.Minute

// parkFor is how long a push without a phone rests between looks. A new phone wakes it at once, unless somebody has it in hands.
const parkFor = 5 * time.Minute

// notYet is how much earlier than planned no reminder goes out: by less it may.
const notYet = time.Minute

// dueReminder is one reminder of a claimed push with what has to be so for it to be sent.
type dueReminder struct {
	recipient
	PushID     string
	Attempt    int
	Revision   int
	Retries    int
	DueAt      Instant
	MaybeSent  bool
	Locale     string
	ReminderID string
	SubjectID  string
	Kind       string
	Lead       string
	RemindAt   Instant
	AboutAt    Instant
	WasAt      *Instant
	ExpiresAt  Instant
	State      State
	Zone       string
	Telehealth bool
	TurnedOff  bool     // they chose not to be reminded of such things
	Declined   bool     // they said that they cannot come to it
	Standing   *Instant // the session's start, the homework's due time or what else is announced, if it stands for this person
	Meeting    bool
}

const selectDue = `SELECT p.id, p.attempt, p.revision, p.retries, p.due_at, p.maybe_sent,
	u.id, u.locale, u.time_zone, ` + sqlQuiet + `, ` + sqlPushUntil + `, ` + sqlAftercareUntil + `, ` + sqlInCare + `,
	r.id, r.subject_id, r.kind, r.lead, r.remind_at, r.about_at, r.was_at, r.expires_at, r.state,
	COALESCE((SELECT h.turned_off FROM reminder_choices h WHERE h.user_id = u.id AND h.kind = r.kind), FALSE), COALESCE(s.time_zone, ''), COALESCE(s.telehealth, FALSE), COALESCE(e.kind = 'aftercare', FALSE), ` + declinedBy + `u.id` + declinedEnd + `,
	CASE WHEN r.subject_kind = 'session' AND s.status = 'scheduled' AND EXISTS (SELECT 1 FROM roster m WHERE m.client_id = u.id AND ` + onRosterM + `) THEN s.starts_at
		WHEN r.subject_kind = 'assignment' AND a.status IN ` + sqlOpen + ` THEN a.due_at
		WHEN r.subject_kind = 'practice' AND a.status IN ` + sqlOpen + ` AND (SELECT count(*) FROM practices d
			WHERE d.assignment_id = a.id AND d.day = r.lead) = 0 THEN r.about_at
		WHEN r.subject_kind = 'review' AND a.waiting_since IS NOT NULL AND a.round = r.generation AND ` + sqlServes + ` THEN r.about_at
		WHEN r.subject_kind = 'rsvp' AND s.status = 'scheduled' AND (SELECT count(*) FROM rsvps v JOIN ` + sqlRuns + ` g ON g.session_id = v.session_id
			JOIN roster m ON m.client_id = v.client_id AND ` + onRosterM + `
			WHERE v.id = r.lead AND g.user_id = u.id AND v.answer = 'cannot_come' AND v.answered_for = s.starts_at AND v.answers = r.generation) > 0 THEN s.starts_at
		WHEN r.subject_kind = 'proof' AND (SELECT count(*) FROM devices d WHERE d.id = r.subject_id AND ` + sqlProves + `) > 0 THEN r.about_at
		WHEN r.subject_kind = 'test' THEN r.about_at END
	FROM pushes p JOIN users u ON u.id = p.user_id JOIN clinics l ON l.id = u.clinic_id
	JOIN reminders r ON r.push_id = p.id AND (r.state = 'waiting' OR r.revision = p.revision AND r.state IN ('accepted', 'acknowledged'))
	LEFT JOIN sessions s ON r.subject_kind IN ('session', 'rsvp') AND s.id = r.subject_id
	LEFT JOIN series e ON e.id = s.series_id
	LEFT JOIN assignments a ON r.subject_kind IN ('assignment', 'practice', 'review') AND a.id = r.subject_id
	WHERE ?`

// CheckPushes looks once more, just before the calls, at what each claimed push is about and where it goes. A push
// whose claim was lost meanwhile is left out. No send whose check began after a change was committed goes against it.
func (s *Store) CheckPushes(ctx context.Context, claims []Claim) ([]DuePush, error) {
	ids := make([]string, len(claims))
	for i, c := range claims {
		ids[i] = c.PushID
	}
	var due []DuePush
	err := s.workerRead(ctx, func(tx *tx) error {
		reminders, err := tx.dueReminders(ids)
		if err != nil {
			return err
		}
		targets, err := tx.targets(ids)
		if err != nil {
			return err
		}
		lanes, err := tx.pausedLanes()
		if err != nil {
			return err
		}
		messages := 0
		for _, claim := range claims {
			of := reminders[claim.PushID]
			if len(of) > 0 && of[0].Attempt != claim.Attempt {
				continue
			}
			push := tx.checkPush(claim, of, targets[claim.PushID], lanes)
			messages += len(push.Targets)
			due = append(due, push)
		}
		s.owed.Add(int64(messages - len(claims)))
		return nil
	})
	return due, err
}

func (t *tx) dueReminders(pushIDs []string) (map[string][]dueReminder, error) {
	rows, err := t.db.Raw(selectDue, t.now, t.now, t.now, t.now, t.among("p.id", pushIDs)).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make(map[string][]dueReminder, len(pushIDs))
	for rows.Next() {
		var r dueReminder
		err := rows.Scan(&r.PushID, &r.Attempt, &r.Revision, &r.Retries, &r.DueAt, &r.MaybeSent,
			&r.ID, &r.Locale, &r.TimeZone, &r.Policy.Quiet.Start, &r.Policy.Quiet.End, &r.PushUntil, &r.AftercareUntil, &r.InCare,
			&r.ReminderID, &r.SubjectID, &r.Kind, &r.Lead, &r.RemindAt, &r.AboutAt, &r.WasAt, &r.ExpiresAt, &r.State,
			&r.TurnedOff, &r.Zone, &r.Telehealth, &r.Meeting, &r.Declined, &r.Standing)
		if err != nil {
			return nil, err
		}
		found[r.PushID] = append(found[r.PushID], r)
	}
	return found, rows.Err()
}

// verdict says why a reminder is not sent, if it is not.
func (r dueReminder) verdict(now Instant) (end ending, send bool) {
	kind := r.Kind
	if r.Meeting && r.Kind == RemindCorrection {
		kind = RemindMeeting
	}
	switch silence := r.silence(r.TurnedOff, now); {
	case r.ExpiresAt <= now && r.MaybeSent: // before all else: what changed after that is not why it did not come
		return ending{Expired, causeMayHaveArrived}, false
	case r.ExpiresAt <= now:
		return ending{Expired, ""}, false
	case silence != "" && r.Kind != RemindProof: // which says nothing that they could not want to hear
		return ending{TurnedOff, silence}, false
	case !r.welcomes(kind, now):
		return ending{Cancelled, causeDischarged}, false
	case !r.stillSo():
		return ending{Cancelled, causeChanged}, false
	case r.Declined && r.Kind != RemindCorrection:
		return ending{Cancelled, causeRSVP}, false
	}
	return ending{}, true
}

// mayGo says whether a reminder's time has come: its own, or that of the push that it was gathered into.
func (r dueReminder) mayGo(now Instant) bool {
	soon := now.Add(notYet)
	return r.RemindAt < soon || r.DueAt < soon && r.RemindAt <= r.DueAt.Add(mostGathered)
}

// stillSo says whether what the reminder announces is still true.
func (r dueReminder) stillSo() bool {
	if r.Lead == leadCancelled {
		return r.Standing == nil || *r.Standing != r.AboutAt
	}
	return r.Standing != nil && *r.Standing == r.AboutAt
}

func (t *tx) checkPush(claim Claim, reminders []dueReminder, targets []Target, lanes map[Platform]Instant) DuePush {
	push := DuePush{Claim: claim, CheckedAt: t.now, ends: map[string]ending{}}
	if len(reminders) > 0 && reminders[0].Kind == RemindProof { // it is for one device alone
		targets = slices.DeleteFunc(targets, func(d Target) bool { return d.DeviceID != reminders[0].SubjectID })
	}
	for _, r := range reminders {
		push.Revision, push.Retries, push.Locale, push.Zone, push.maybeSent = r.Revision, r.Retries, r.Locale, r.TimeZone, r.MaybeSent
		end, send := r.verdict(t.now)
		switch {
		case send && !r.mayGo(t.now):
			push.postpone(r.RemindAt)
		case send:
			push.carry(r)
		case r.State == Waiting:
			push.ends[r.ReminderID] = end
		}
		if send {
			push.earliest = earlier(push.earliest, r.ExpiresAt)
		}
	}
	if len(push.Things) == 0 {
		push.markUnreachable(targets)
		return push
	}
	for _, thing := range push.Things {
		push.ExpiresAt = earlier(push.ExpiresAt, thing.ExpiresAt)
	}
	push.holdForQuietHours(reminders[0], t.now)
	if push.wait != nil {
		return push
	}
	push.addressTo(targets, lanes)
	if push.untold() && len(push.Targets) == 0 && push.wait == nil {
		push.postpone(t.now.Add(parkFor)) // there is no phone: it waits for one until it expires
	}
	return push
}

// carry adds a reminder to what the push is about. Two leads of one thing are one thing: the later one stands for both; and
// that a session was moved says when it is. A day of practice and the due time of the same homework are two.
func (p *DuePush) carry(r dueReminder) {
	thing := Thing{ReminderID: r.ReminderID, SubjectID: r.SubjectID, Kind: r.Kind, Lead: r.Lead, AboutAt: r.AboutAt, WasAt: r.WasAt,
		ExpiresAt: r.ExpiresAt, Zone: r.Zone, Telehealth: r.Telehealth, untold: r.State == Waiting}
	i := slices.IndexFunc(p.Things, func(t Thing) bool {
		return t.SubjectID == r.SubjectID && t.AboutAt == r.AboutAt && (t.WasAt == nil || r.WasAt == nil) && r.Kind != RemindRSVP // each no is one of its own
	})
	if i < 0 {
		p.Things = append(p.Things, thing)
		return
	}
	if r.WasAt != nil || p.Things[i].WasAt == nil && p.Things[i].ExpiresAt < thing.ExpiresAt {
		p.Things[i], thing = thing, p.Things[i]
	}
	p.covered = append(p.covered, thing.ReminderID)
}

// untold says that no phone has taken all that a push is about.
func (p *DuePush) untold() bool {
	return slices.ContainsFunc(p.Things, func(t Thing) bool { return t.untold })
}

func earlier(a, b Instant) Instant {
	if a == 0 || b < a {
		return b
	}
	return a
}

func (p *DuePush) postpone(until Instant) {
	at := until
	if p.wait != nil {
		at = min(at, *p.wait)
	}
	p.wait = &at
}

// markUnreachable says of what expired unsent that there was no phone to send it to.
func (p *DuePush) markUnreachable(targets []Target) {
	for id, end := range p.ends {
		if end.state == Expired && len(targets) == 0 && !p.maybeSent {
			p.ends[id] = ending{Unreachable, ""}
		}
	}
}
