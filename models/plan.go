package models

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// gatherWithin is how close reminders of one person have to be to be one push.
const gatherWithin = 10 * time.Minute

// subjectRow is something that a person is to be reminded of: a session that stands and whose roster they are on, or
// homework that they have not returned.
type subjectRow struct {
	ClientID   string
	ID         string
	At         Instant
	EndsAt     Instant
	Generation int
	TimeZone   string // a session's own
	Kind       string
	Declined   bool // they said that they cannot come: it stands, and they are not reminded of it
}

// plan is one person's reminders as they are and as they should be.
type plan struct {
	recipient
	person    schedule.Person
	subjects  []subjectRow
	reminders []*plannedReminder
	pushes    map[string]*plannedPush
}

type plannedReminder struct {
	reminderRow
	isNew, changed bool
}

func (r *plannedReminder) end(state State, cause string) {
	r.reminderRow.end(state, cause)
	r.changed = true
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
		p.gather()
	}
	return t.storePlans(plans)
}

func (t *tx) loadPlans(userIDs []string) ([]*plan, error) {
	var people []recipient
	err := t.scan(&people, `SELECT u.id, u.clinic_id, u.time_zone, u.quiet_start, u.quiet_end, `+sqlPushAllowed+` AS push_allowed, `+
		sqlAftercare+` AS aftercare_allowed, `+sqlInCare+` AS in_care FROM users u WHERE ? ORDER BY u.id`, t.among("u.id", userIDs))
	if err != nil {
		return nil, err
	}
	plans, byID := make([]*plan, len(people)), map[string]*plan{}
	for i, r := range people {
		person, err := r.schedule()
		if err != nil {
			return nil, err
		}
		plans[i] = &plan{recipient: r, person: person, pushes: map[string]*plannedPush{}}
		byID[r.ID] = plans[i]
	}
	if err := t.loadSubjects(userIDs, byID); err != nil {
		return nil, err
	}
	return plans, t.loadReminders(userIDs, byID)
}

func (t *tx) loadSubjects(userIDs []string, plans map[string]*plan) error {
	var sessions, homework []subjectRow
	err := t.scan(&sessions, `SELECT r.client_id, s.id, s.starts_at AS at, s.ends_at, s.generation, s.time_zone,
			CASE WHEN e.kind = ? THEN ? ELSE ? END AS kind, `+declinedBy+`r.client_id`+declinedEnd+` AS declined
		FROM roster r JOIN sessions s ON `+onRoster+` JOIN series e ON e.id = s.series_id
		WHERE ? AND s.status = ? AND s.ends_at > ?`,
		KindAftercare, RemindMeeting, RemindSession, t.among("r.client_id", userIDs), SessionScheduled, t.now)
	if err != nil {
		return err
	}
	err = t.scan(&homework, `SELECT client_id, id, due_at AS at, due_at AS ends_at, generation, ? AS kind FROM assignments
		WHERE ? AND status = ? AND due_at > ?`, RemindHomework, t.among("client_id", userIDs), AssignmentAssigned, t.now)
	if err != nil {
		return err
	}
	for _, s := range slices.Concat(sessions, homework) {
		p := plans[s.ClientID]
		if !p.welcomes(s.Kind) {
			continue
		}
		p.subjects = append(p.subjects, s)
		if s.Kind != RemindHomework && !s.Declined {
			p.person.Busy = append(p.person.Busy, schedule.Interval{From: s.At.Time(), To: s.EndsAt.Time()})
		}
	}
	return nil
}

func (t *tx) loadReminders(userIDs []string, plans map[string]*plan) error {
	// Locked before anything is read: no worker claims what is being planned again, and what one was just recording is seen.
	ofThem := t.among("user_id", userIDs)
	theirs := t.amongThose("id", "SELECT push_id FROM reminders WHERE ? AND about_at > ?", ofThem, t.now)
	if err := t.lockPushes(theirs); err != nil {
		return err
	}
	pushes, err := gorm.G[pushRow](t.db).Where("?", theirs).Find(t.ctx)
	if err != nil {
		return err
	}
	rows, err := gorm.G[reminderRow](t.db).Where("? AND about_at > ?", ofThem, t.now).Find(t.ctx)
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
	return nil
}

// wanted are the reminders that should exist, whether their moment is past or not.
func (p *plan) wanted() (map[reminderKey]reminderRow, error) {
	wanted := map[reminderKey]reminderRow{}
	for _, s := range p.subjects {
		if s.Declined {
			continue
		}
		subject := schedule.Subject{At: s.At.Time(), Zone: p.person.Zone, Leads: schedule.HomeworkLeads(), Homework: s.Kind == RemindHomework}
		subjectKind := subjectAssignment
		if !subject.Homework {
			zone, err := schedule.LoadZone(s.TimeZone)
			if err != nil {
				return nil, faultOf("stored session "+s.ID, err)
			}
			subject.Zone, subject.Leads, subjectKind = zone, schedule.SessionLeads(), subjectSession
		}
		for _, planned := range schedule.Plan(subject, p.person) {
			row := reminderRow{ClinicID: p.ClinicID, UserID: p.ID, Kind: s.Kind, SubjectKind: subjectKind, SubjectID: s.ID,
				Lead: planned.Lead.String(), Generation: s.Generation, RemindAt: InstantOf(planned.RemindAt),
				ExpiresAt: InstantOf(planned.ExpiresAt), AboutAt: s.At, State: Waiting}
			wanted[row.key()] = row
		}
	}
	return wanted, nil
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
		want, ok := wanted[r.key()]
		delete(wanted, r.key())
		switch push := p.pushOf(r); {
		case r.State == Waiting && !ok:
			r.end(Cancelled, cause)
		case r.State == Waiting && !p.PushAllowed:
			r.end(TurnedOff, causeConsent)
		case r.State == Waiting && (push == nil || !push.frozen()):
			r.retime(want)
		case r.takenBack() && ok && p.PushAllowed && want.RemindAt > now && (push == nil || push.unsent()):
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
		if !p.PushAllowed {
			want.end(TurnedOff, causeConsent)
		}
		p.reminders = append(p.reminders, &plannedReminder{reminderRow: want, isNew: true})
	}
	return nil
}

// takenBack says that a reminder ended before anything of it went out.
func (r *plannedReminder) takenBack() bool {
	return (r.State == Cancelled || r.State == TurnedOff) && r.SentAt == nil
}

func (r *plannedReminder) retime(want reminderRow) {
	if r.RemindAt != want.RemindAt || r.ExpiresAt != want.ExpiresAt {
		r.RemindAt, r.ExpiresAt, r.changed = want.RemindAt, want.ExpiresAt, true
	}
}

func (p *plan) pushOf(r *plannedReminder) *plannedPush {
	if r.PushID == nil {
		return nil
	}
	return p.pushes[*r.PushID]
}

// gather puts the waiting reminders that no push is frozen with into pushes: those within ten minutes of each other
// into one. A group keeps the push that it had.
func (p *plan) gather() {
	var loose []*plannedReminder
	for _, r := range p.reminders {
		push := p.pushOf(r)
		switch {
		case push != nil && push.frozen() && !(r.takenBack() && push.State == pushWaiting && !push.MaybeSent):
		case r.State == Waiting:
			loose = append(loose, r)
		case push != nil: // it no longer takes part
			r.PushID, r.changed = nil, true
		}
	}
	at := make([]time.Time, len(loose))
	for i, r := range loose {
		at[i] = r.RemindAt.Time()
	}
	for _, group := range schedule.Gather(at, gatherWithin) {
		push := p.pushFor(loose, group)
		push.used = true
		if due := loose[group[0]].RemindAt; push.DueAt != due {
			push.DueAt, push.NextAt, push.changed = due, &due, true
		}
		for _, i := range group {
			if r := loose[i]; r.PushID == nil || *r.PushID != push.ID {
				r.PushID, r.Revision, r.changed = &push.ID, push.Revision, true
			}
		}
	}
}

func (p *plan) pushFor(loose []*plannedReminder, group []int) *plannedPush {
	for _, i := range group {
		if push := p.pushOf(loose[i]); push != nil && !push.used {
			return push
		}
	}
	push := &plannedPush{pushRow: pushRow{ID: newID(), ClinicID: p.ClinicID, UserID: p.ID, State: pushWaiting}, isNew: true}
	p.pushes[push.ID] = push
	return push
}
