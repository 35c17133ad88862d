package models

import (
	"slices"
	"time"

	"handrail/models/schedule"
)

// loadOut loads what went out to these people lately, or is on the wire, and when it first was to. Whatever did today is about
// something of today or later, and its moment has come. A correction takes no room from its own day: its push counts on the
// day on which it began.
func (t *tx) loadOut(userIDs []string, plans map[string]*plan) error {
	var out []pushRow
	err := t.scan(&out, `SELECT DISTINCT p.id, p.user_id, (SELECT min(b.remind_at) FROM reminders b WHERE b.push_id = p.id) AS due_at
		FROM reminders r JOIN pushes p ON p.id = r.push_id
		WHERE ? AND r.kind <> ? AND r.about_at > ? AND r.remind_at < ? AND p.attempt > 0 AND (p.state = ? OR p.maybe_sent OR r.sent_at IS NOT NULL)`,
		t.among("r.user_id", userIDs), RemindProof, t.now.Add(-zoneReach), t.now.Add(notYet+mostGathered), pushClaimed)
	for _, push := range out {
		plans[push.UserID].out[push.ID] = push.DueAt
	}
	return err
}

// gather puts the reminders that no push is frozen with into pushes: those within ten minutes of each other into one, as far
// as the days have room for them. A group keeps the push that it had.
func (p *plan) gather(now Instant) {
	loose := p.loose(now)
	at := make([]time.Time, len(loose))
	for i, r := range loose {
		at[i] = r.RemindAt.Time()
	}
	groups := schedule.Gather(at, p.Policy.gather(), func(i, j int) bool { return loose[j].lastWordAfter(loose[i]) })
	comes := p.dose(loose, groups)
	for g, group := range groups {
		if !comes[g] {
			for _, i := range group {
				loose[i].cap()
			}
			continue
		}
		push := p.pushFor(loose, group)
		push.used = true
		due := loose[group[0]].RemindAt
		if next := p.sendFrom(loose, group, now); push.DueAt != due || due > now && *push.NextAt != next {
			push.DueAt, push.NextAt, push.changed = due, &next, true
		}
		for _, i := range group {
			r := loose[i]
			if r.State == Capped {
				r.end(Waiting, "")
			}
			if r.PushID == nil || *r.PushID != push.ID {
				r.PushID, r.Revision, r.changed = &push.ID, push.Revision, true
			}
		}
	}
}

// loose are the reminders that are to be put into pushes: those that wait, and those that had no room on their day while
// their moment is ahead.
func (p *plan) loose(now Instant) []*plannedReminder {
	var loose []*plannedReminder
	for _, r := range p.reminders {
		push := p.pushOf(r)
		switch {
		case push != nil && push.frozen() && !(r.takenBack() && push.State == pushWaiting && !push.MaybeSent):
			if _, began := p.out[push.ID]; r.State == Waiting && !began {
				p.out[push.ID] = push.DueAt
			}
		case r.State == Waiting && r.Kind == RemindTest:
			push.used = true // in a push of its own: it is waited for at the front desk
			p.out[push.ID] = push.DueAt
		case r.State == Waiting, r.State == Capped && r.RemindAt > now:
			loose = append(loose, r)
		case push != nil: // it no longer takes part
			r.PushID, r.changed = nil, true
		}
	}
	return loose
}

// dose says which groups come, counted by the days of the person's own clock.
func (p *plan) dose(loose []*plannedReminder, groups [][]int) []bool {
	var out []time.Time
	for _, due := range p.out {
		out = append(out, due.Time())
	}
	planned := make([]schedule.Push, len(groups))
	for g, group := range groups {
		planned[g] = schedule.Push{At: loose[group[0]].RemindAt.Time(),
			Exempt: slices.ContainsFunc(group, func(i int) bool { return loose[i].exempt() })}
	}
	return schedule.Dose(out, planned, p.Policy.DailyCap, p.person.Zone)
}

// exempt says that a reminder comes however full its day is: the last word before a session, and what cannot wait.
func (r *plannedReminder) exempt() bool {
	return r.Kind == RemindCorrection || r.Kind == RemindRSVP || r.Kind == RemindTest || r.SubjectKind == subjectSession && r.ExpiresAt == r.AboutAt
}

// lastWordAfter says that a reminder is the last of a session of which another is an earlier one: gathered with that it would
// never come.
func (r *plannedReminder) lastWordAfter(other *plannedReminder) bool {
	return r.SubjectKind == subjectSession && r.ExpiresAt == r.AboutAt && r.SubjectID == other.SubjectID &&
		other.AboutAt == r.AboutAt && r.Kind != RemindCorrection && other.Kind != RemindCorrection
}

func (r *plannedReminder) cap() {
	if r.State != Capped {
		r.end(Capped, "")
		r.PushID = nil
	}
}

// sendFrom is when the push of a group is sent: what many are told at the same hour is drawn apart. Whose review it is to
// write may begin with the very instant, and what rested has rested long enough only then.
func (p *plan) sendFrom(loose []*plannedReminder, group []int, now Instant) Instant {
	due := loose[group[0]].RemindAt
	exact := slices.ContainsFunc(group, func(i int) bool {
		return !slices.Contains([]string{RemindSession, RemindMeeting, RemindHomework}, loose[i].Kind)
	})
	if exact || due <= now {
		return due
	}
	return InstantOf(p.person.SendFrom(due.Time(), schedule.Spread(p.ID)))
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
