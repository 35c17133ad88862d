package models

import (
	"cmp"

	"handrail/models/schedule"
)

// correct plans a correction for each session of which a phone was told something that is no longer so, under the tag
// of the push that told it last; and takes back one that is not needed any more before it went out.
func (p *plan) correct(now Instant) {
	stands := map[string]subjectRow{}
	for _, s := range p.subjects {
		stands[s.ID] = s
	}
	needed := map[reminderKey]bool{}
	for id, told := range p.lastTold() {
		push := p.pushOf(told)
		if push.State == pushClaimed {
			continue // whoever has it will see to it: what went out is not known yet
		}
		if want, ok := p.correction(id, told, stands, now); ok {
			needed[want.key()] = true
			p.planCorrection(want, push, now)
		}
	}
	for _, r := range p.reminders {
		if r.Kind == RemindCorrection && r.State == Waiting && !needed[r.key()] && p.pushOf(r).State != pushClaimed {
			r.end(Cancelled, causeSuperseded)
		}
	}
}

// lastTold finds, for each session, the newest reminder of it that is or may be on a phone.
func (p *plan) lastTold() map[string]*plannedReminder {
	last := map[string]*plannedReminder{}
	for _, r := range p.reminders {
		push := p.pushOf(r)
		if r.SubjectKind != subjectSession || push == nil || !r.told(push) {
			continue
		}
		if before := last[r.SubjectID]; before == nil || r.toldAfter(before) {
			last[r.SubjectID] = r
		}
	}
	return last
}

func (r *plannedReminder) told(push *plannedPush) bool {
	sent := r.State == Accepted || r.State == Acknowledged
	return sent || push.MaybeSent && r.State != Waiting && r.State != Rejected
}

func (r *plannedReminder) toldAfter(other *plannedReminder) bool {
	at := func(r *plannedReminder) Instant {
		if r.SentAt != nil {
			return *r.SentAt
		}
		return r.RemindAt
	}
	return cmp.Or(cmp.Compare(at(r), at(other)), cmp.Compare(r.Generation, other.Generation), cmp.Compare(r.Revision, other.Revision)) > 0
}

// correction says what has to be said now about a session of which the phone was told something.
func (p *plan) correction(sessionID string, told *plannedReminder, stands map[string]subjectRow, now Instant) (want reminderRow, needed bool) {
	if !p.PushAllowed || !p.welcomes(p.kindOf(sessionID)) || told.Lead == leadCancelled {
		return want, false
	}
	want = reminderRow{ClinicID: p.ClinicID, UserID: p.ID, PushID: told.PushID, Kind: RemindCorrection, SubjectKind: subjectSession,
		SubjectID: sessionID, Generation: told.Generation, AboutAt: told.AboutAt, WasAt: &told.AboutAt, Lead: leadCancelled, State: Waiting}
	if session, on := stands[sessionID]; on {
		want.Lead, want.AboutAt, want.Generation = leadMoved, session.At, session.Generation
	}
	want.ExpiresAt = min(*want.WasAt, want.AboutAt)
	return want, (want.Lead == leadCancelled || want.AboutAt != told.AboutAt) && want.ExpiresAt > now
}

// kindOf is what the reminders of a session announce: a session or a meeting.
func (p *plan) kindOf(sessionID string) string {
	for _, r := range p.reminders {
		if r.SubjectID == sessionID && r.Kind != RemindCorrection {
			return r.Kind
		}
	}
	return RemindSession
}

// planCorrection puts a correction into the push that it corrects, which begins a new revision and waits again: now, or
// when quiet hours end.
func (p *plan) planCorrection(want reminderRow, push *plannedPush, now Instant) {
	want.RemindAt = InstantOf(schedule.SendAt(now.Time(), want.ExpiresAt.Time(), p.person))
	for _, r := range p.reminders {
		if r.key() != want.key() {
			continue
		}
		if r.State == Cancelled && r.SentAt == nil { // planned before and taken back
			r.WasAt, r.PushID = want.WasAt, want.PushID
			r.end(Waiting, "")
			r.retime(want)
			p.reopen(push, r)
		}
		return
	}
	want.ID = newID()
	added := &plannedReminder{reminderRow: want, isNew: true}
	p.reminders = append(p.reminders, added)
	p.reopen(push, added)
}

// reopen has a push sent again with a correction. A revision that has not gone out yet takes the correction in.
func (p *plan) reopen(push *plannedPush, correction *plannedReminder) {
	open := false
	for _, r := range p.reminders {
		if r != correction && r.Kind == RemindCorrection && p.pushOf(r) == push && r.Revision == push.Revision && r.SentAt == nil {
			open = true
		}
	}
	if !open || push.State == pushDone {
		push.Revision++
	}
	for _, r := range p.reminders {
		if p.pushOf(r) == push && r.State == Waiting && r.Revision != push.Revision {
			r.Revision, r.changed = push.Revision, true
		}
	}
	push.State, push.DueAt, push.NextAt, push.Retries, push.changed = pushWaiting, correction.RemindAt, &correction.RemindAt, 0, true
}
