package models

import (
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// plan is one person's reminders as they are and as they should be.
type plan struct {
	recipient
	person    schedule.Person
	choices   reminderChoices
	subjects  []subjectRow
	done      map[string]bool // homework that is returned: what a phone was told of it is not taken back
	known     []knownStart    // of sessions that were changed shortly before
	reminders []*plannedReminder
	pushes    map[string]*plannedPush
	out       map[string]Instant   // what went out lately, or is on the wire, and when it was due
	spent     map[reminderKey]bool // of corrections whose time is past: a session that is ahead again may have some
}

type plannedReminder struct {
	reminderRow
	isNew, changed bool
}

func (r *plannedReminder) end(state State, cause string) {
	r.changed = r.changed || r.State != state || r.Cause == nil || *r.Cause != cause
	r.reminderRow.end(state, cause)
}

type plannedPush struct {
	pushRow
	isNew, changed, used bool
}

// frozen pushes take no more reminders: somebody may be sending them, or has.
func (p *plannedPush) frozen() bool { return p.Attempt > 0 }

// unsent says that certainly nothing of the push went out.
func (p *plannedPush) unsent() bool { return p.State != pushClaimed && !p.MaybeSent }

// replan makes the reminders and pushes of these people what they should be now. Every write that can change the answer
// ends with it, in its own transaction and with the clients' counters locked; cause says what the write was. It works
// everything out anew rather than what this write changed: there is one way for a reminder to be right.
func (t *tx) replan(cause string, userIDs ...string) error {
	if len(userIDs) == 0 {
		return nil
	}
	plans, err := t.loadPlans(userIDs)
	if err != nil {
		return err
	}
	for _, p := range plans {
		if err := p.reconcile(cause, t.now); err != nil {
			return err
		}
		p.correct(t.now)
		p.gather(t.now)
	}
	return t.storePlans(plans)
}

func (t *tx) loadPlans(userIDs []string) ([]*plan, error) {
	var people []recipient
	err := t.scan(&people, `SELECT u.id, u.clinic_id, u.time_zone, l.session_leads, l.meeting_leads, l.homework_leads, l.review_leads,
			l.gather_minutes, l.daily_cap, `+sqlQuiet+`, `+sqlPushUntil+` AS push_until, `+
		sqlAftercareUntil+` AS aftercare_until, `+sqlInCare+` AS in_care FROM users u JOIN clinics l ON l.id = u.clinic_id WHERE ? ORDER BY u.id`, t.among("u.id", userIDs))
	if err != nil {
		return nil, err
	}
	chosen, err := t.choices(userIDs...)
	if err != nil {
		return nil, err
	}
	plans, byID := make([]*plan, len(people)), map[string]*plan{}
	for i, r := range people {
		person, err := r.schedule()
		if err != nil {
			return nil, err
		}
		plans[i] = &plan{recipient: r, person: person, choices: chosen[r.ID], done: map[string]bool{}, pushes: map[string]*plannedPush{},
			out: map[string]Instant{}, spent: map[reminderKey]bool{}}
		byID[r.ID] = plans[i]
	}
	if err := t.loadSubjects(userIDs, byID); err != nil {
		return nil, err
	}
	if err := t.loadKnownStarts(userIDs, byID); err != nil {
		return nil, err
	}
	if err := t.loadReminders(userIDs, byID); err != nil {
		return nil, err
	}
	return plans, t.loadOut(userIDs, byID)
}

// zoneReach is how far the end of a day moves for somebody who travels: yesterday's reminder may be today's again.
const zoneReach = 27 * time.Hour

func (t *tx) loadReminders(userIDs []string, plans map[string]*plan) error {
	// Locked before anything is read: no worker claims what is being planned again, and what one was just recording is seen.
	// A correction counts until the time that it takes back: a tag that says "now 8 AM" must not seem to say "6 PM" from 8 on.
	current := gorm.Expr("? AND kind <> ? AND (about_at > ? OR was_at > ? OR subject_kind = ? AND about_at > ?)",
		t.among("user_id", userIDs), RemindProof, t.now, t.now, subjectPractice, t.now.Add(-zoneReach))
	theirs := t.amongThose("id", "SELECT push_id FROM reminders WHERE ?", current)
	if err := t.lockPushes(theirs); err != nil {
		return err
	}
	pushes, err := gorm.G[pushRow](t.db).Where("?", theirs).Find(t.ctx)
	if err != nil {
		return err
	}
	rows, err := gorm.G[reminderRow](t.db).Where("?", current).Find(t.ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		p := plans[row.UserID]
		p.reminders = append(p.reminders, &plannedReminder{reminderRow: row})
	}
	for _, row := range pushes {
		plans[row.UserID].pushes[row.ID] = &plannedPush{pushRow: row}
	}
	var past []reminderRow
	err = t.scan(&past, `SELECT user_id, subject_kind, subject_id, kind, lead, generation FROM reminders
		WHERE ? AND about_at <= ? AND kind = ? AND (was_at IS NULL OR was_at <= ?)`, t.among("user_id", userIDs), t.now, RemindCorrection, t.now)
	for _, row := range past {
		plans[row.UserID].spent[row.key()] = true
	}
	return err
}

// reconcile brings the reminders in line with what is wanted. Nothing sent is undone, and nothing whose moment is past
// begins.
func (p *plan) reconcile(cause string, now Instant) error {
	wanted, err := p.wanted()
	if err != nil {
		return err
	}
	for _, r := range p.reminders {
		if r.Kind == RemindCorrection {
			continue // correct looks at these
		}
		if r.Kind == RemindTest { // it announces nothing that could change
			switch silence := p.silence(false, now); {
			case r.State != Waiting:
			case cause == causeDischarged: // a test may be sent after that too, but this one was begun before
				r.end(Cancelled, causeDischarged)
			case silence != "":
				r.end(TurnedOff, silence)
			}
			continue
		}
		want, ok := wanted[r.key()]
		delete(wanted, r.key())
		comes := r.RemindAt // a consent may end before that
		if ok {
			comes = want.RemindAt
		}
		push, silence := p.pushOf(r), p.silence(p.choices[r.Kind].TurnedOff, max(comes, now))
		again := r.takenBack() && ok && want.RemindAt > now && (push == nil || push.unsent())
		switch {
		case r.AboutAt <= now && !ok: // its day is over: whoever sends it says how it ended
		case r.State == Capped && r.RemindAt <= now && (!ok || want.RemindAt <= now): // its moment is past
		case !ok && (r.planned() || r.State == TurnedOff && r.takenBack()): // turned on again it would not come either
			r.end(Cancelled, cause)
		case silence != "" && r.State == Waiting && r.ExpiresAt <= now: // it came to nothing before that
		case silence != "" && (r.planned() || again):
			if r.State != TurnedOff || r.Cause == nil || *r.Cause != silence {
				r.end(TurnedOff, silence)
			}
		case r.planned() && (push == nil || !push.frozen()):
			r.retime(want)
		case again:
			r.end(Waiting, "")
			r.retime(want)
			r.PushID = nil
		}
	}
	for _, want := range wanted {
		if want.RemindAt <= now {
			continue
		}
		want.ID = newID()
		if silence := p.silence(p.choices[want.Kind].TurnedOff, want.RemindAt); silence != "" {
			want.end(TurnedOff, silence)
		}
		p.reminders = append(p.reminders, &plannedReminder{reminderRow: want, isNew: true})
	}
	return nil
}

// planned says that a reminder waits, or would if its day had room.
func (r *plannedReminder) planned() bool { return r.State == Waiting || r.State == Capped }

// takenBack says that a reminder ended before anything of it went out.
func (r *plannedReminder) takenBack() bool {
	return (r.State == Cancelled || r.State == TurnedOff) && r.SentAt == nil
}

func (r *plannedReminder) retime(want reminderRow) {
	before := r.reminderRow
	r.RemindAt, r.ExpiresAt, r.AboutAt, r.LeadsOf = want.RemindAt, want.ExpiresAt, want.AboutAt, want.LeadsOf
	r.Steps, r.TimeZone = want.Steps, want.TimeZone
	r.changed = r.changed || r.reminderRow != before
}

func (p *plan) pushOf(r *plannedReminder) *plannedPush {
	if r.PushID == nil {
		return nil
	}
	return p.pushes[*r.PushID]
}
