package models

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"handrail/models/schedule"
)

// correctable are the kinds of subjects of which a phone may be told what later is not so. That a day of practice or an
// answer is done makes nothing false.
func correctable(subjectKind string) bool {
	return subjectKind == subjectSession || subjectKind == subjectAssignment
}

// correct plans a correction for each session or due time of which a phone was told something that is no longer so, under
// each tag that says it; and takes back one that is not needed any more before it went out. No message to a phone takes a
// notification away, so each tag that is wrong is overwritten, though several then say the same.
func (p *plan) correct(now Instant) {
	stands := map[string]subjectRow{}
	for _, s := range p.subjects {
		if correctable(s.SubjectKind) {
			stands[s.ID] = s
		}
	}
	needed, seenTo := map[reminderKey]bool{}, map[string]bool{}
	// What may be on a phone has to be put right; and it excuses nothing, so what certainly is there has to be put right too.
	certain := p.lastTold((*plannedReminder).accepted)
	last := slices.Concat(slices.Collect(maps.Values(p.lastTold(p.maybeTold))), slices.Collect(maps.Values(certain)))
	slices.SortFunc(last, func(a, b *plannedReminder) int { return strings.Compare(a.ID, b.ID) })
	for _, told := range slices.Compact(last) {
		push := p.pushOf(told)
		want, ok := p.correction(told, stands, now)
		if push.State == pushClaimed {
			ok = false // whoever has it will see to it: what went out is not known yet
		}
		if ok {
			needed[p.planCorrection(want, push, now)] = true
		}
		seenTo[told.SubjectID] = seenTo[told.SubjectID] || ok || push.State == pushClaimed || told.accepted()
	}
	p.announce(stands, seenTo, needed, now)
	for _, r := range p.reminders {
		if r.Kind != RemindCorrection || r.State != Waiting || needed[r.key()] {
			continue
		}
		push := p.pushOf(r)
		if push != nil && push.State == pushClaimed {
			continue
		}
		r.end(Cancelled, causeSuperseded)
		if push != nil && push.frozen() {
			p.leave(push, now)
		}
	}
}

// leave sees to a push that was to say something which need not be said any more. With nothing else to say, what its tag
// shows is true, and a phone that has yet to be told hears all of it. Else what stands after all is said again with the rest.
func (p *plan) leave(push *plannedPush, now Instant) {
	rest := len(p.waitingIn(push)) > 0
	switch {
	case push.State != pushWaiting || push.MaybeSent:
	case !rest && push.Retries == 0:
		push.State, push.NextAt, push.changed = pushDone, nil, true
	default:
		for at, told := range p.lastTold(p.maybeTold) {
			if at.pushID == push.ID && (!rest || p.lastWord(told, now)) {
				told.Revision, told.changed = push.Revision, true
			}
		}
	}
}

// saying is a session or a due time, and the push whose tag says something of it on a phone.
type saying struct{ subjectID, pushID string }

// lastTold finds what each tag says of each subject: the newest reminder of it that went out, or may have.
func (p *plan) lastTold(wentOut func(*plannedReminder) bool) map[saying]*plannedReminder {
	last := map[saying]*plannedReminder{}
	for _, r := range p.reminders {
		push := p.pushOf(r)
		if !correctable(r.SubjectKind) || push == nil || !wentOut(r) {
			continue
		}
		at := saying{r.SubjectID, push.ID}
		if before := last[at]; before == nil || r.toldAfter(before) {
			last[at] = r
		}
	}
	return last
}

// accepted says that a reminder certainly went out.
func (r *plannedReminder) accepted() bool { return r.State == Accepted || r.State == Acknowledged }

// maybeTold says that a reminder went out with its push, or may have.
func (p *plan) maybeTold(r *plannedReminder) bool { return r.told(p.pushOf(r)) }

func (p *plan) wentOut(r *plannedReminder) bool {
	push := p.pushOf(r)
	return push != nil && r.told(push) || r.SentAt != nil && r.State != Waiting
}

func (r *plannedReminder) told(push *plannedPush) bool {
	switch r.State {
	case Accepted, Acknowledged:
		return true
	case Waiting, Rejected:
		return false
	}
	return r.SentAt != nil || push.MaybeSent
}

// toldAfter orders what one tag said of a subject: by the revisions of its push, else by time.
func (r *plannedReminder) toldAfter(other *plannedReminder) bool {
	at := func(r *plannedReminder) Instant {
		if r.SentAt != nil {
			return *r.SentAt
		}
		return r.RemindAt
	}
	return cmp.Or(cmp.Compare(r.Revision, other.Revision), cmp.Compare(at(r), at(other)), cmp.Compare(r.Generation, other.Generation)) > 0
}

// correction says what has to be said now about a subject of which the phone was told something. Homework that was returned
// is done: its due time does not matter any more.
func (p *plan) correction(told *plannedReminder, stands map[string]subjectRow, now Instant) (want reminderRow, needed bool) {
	if p.PushUntil <= now || !p.welcomes(p.kindOf(told), now) || p.done[told.SubjectID] {
		return want, false
	}
	subject, on := stands[told.SubjectID]
	want = reminderRow{ClinicID: p.ClinicID, UserID: p.ID, PushID: told.PushID, Kind: RemindCorrection, SubjectKind: told.SubjectKind,
		SubjectID: told.SubjectID, Generation: told.Generation, AboutAt: told.AboutAt, WasAt: &told.AboutAt, Lead: leadCancelled, State: Waiting}
	switch wasOff := told.Lead == leadCancelled; {
	case wasOff && !on:
		return want, false
	case wasOff:
		want.Lead, want.AboutAt, want.WasAt, want.Generation = leadRestored, subject.At, nil, subject.Generation
		want.ExpiresAt = want.AboutAt
		return want, want.ExpiresAt > now
	case on && subject.At == told.AboutAt:
		return want, false
	case on:
		want.Lead, want.AboutAt, want.Generation = leadMoved, subject.At, subject.Generation
	}
	want.ExpiresAt = min(*want.WasAt, want.AboutAt)
	return want, want.ExpiresAt > now
}

// kindOf is what the reminders of a subject announce: a session, a meeting or homework.
func (p *plan) kindOf(told *plannedReminder) string {
	if told.Kind != RemindCorrection {
		return told.Kind
	}
	for _, r := range p.reminders {
		if r.SubjectID == told.SubjectID && r.Kind != RemindCorrection {
			return r.Kind
		}
	}
	return RemindSession
}

// planCorrection puts a correction into the push that it corrects, which begins a new revision and waits again: now, or
// when quiet hours end. It returns the key under which it stands.
func (p *plan) planCorrection(want reminderRow, push *plannedPush, now Instant) reminderKey {
	want.RemindAt = InstantOf(schedule.SendAt(now.Time(), want.ExpiresAt.Time(), p.person))
	want.Steps = stepsText(stepsSince(now.Time(), now.Time(), want.RemindAt.Time()))
	before := p.find(want.key())
	for p.spent[want.key()] || before != nil && (p.wentOut(before) || before.State == Waiting && p.pushOf(before) != push) {
		if before != nil && p.pushOf(before) == push && before.Revision == push.Revision && before.AboutAt == want.AboutAt {
			if push.State == pushWaiting && before.takenBack() { // it may have gone out: it is asked again, not taken for granted
				before.end(Waiting, "")
			}
			return want.key() // it is what the tag says now
		}
		want.Generation++ // the tag said so once, and something else since; or another tag says it
		before = p.find(want.key())
	}
	switch {
	case before == nil:
		want.ID = newID()
		added := &plannedReminder{reminderRow: want, isNew: true}
		p.reminders = append(p.reminders, added)
		p.reopen(push, added, now)
	case before.takenBack():
		before.WasAt, before.PushID = want.WasAt, want.PushID
		before.end(Waiting, "")
		before.retime(want)
		p.reopen(push, before, now)
	}
	return want.key()
}

func (p *plan) find(key reminderKey) *plannedReminder {
	i := slices.IndexFunc(p.reminders, func(r *plannedReminder) bool { return r.key() == key })
	if i < 0 {
		return nil
	}
	return p.reminders[i]
}

// reopen has a push sent again with a correction. A revision that has certainly not gone out yet takes the correction in.
func (p *plan) reopen(push *plannedPush, correction *plannedReminder, now Instant) {
	fresh := push.State == pushWaiting && !push.MaybeSent && slices.ContainsFunc(p.waitingIn(push), func(r *plannedReminder) bool {
		return r != correction && r.Kind == RemindCorrection && r.Revision == push.Revision
	})
	if !fresh {
		if push.State == pushWaiting { // for a phone that has yet to be told what the others were
			push.Retries = max(push.Retries, 1)
		}
		p.turnOver(push, correction, now)
	}
	// It goes out as one message, with the earliest of what it carries.
	due, useful := correction.RemindAt, correction.ExpiresAt
	for _, r := range p.waitingIn(push) {
		due, useful = min(due, r.RemindAt), min(useful, r.ExpiresAt)
	}
	for _, r := range p.waitingIn(push) {
		r.Revision, r.RemindAt, r.changed = push.Revision, min(r.RemindAt, due), true
	}
	next := max(due, now)
	switch {
	case push.State == pushDone:
		push.Retries = 0
	case push.AskAgain != nil && !p.shown(push):
		next = min(max(next, *push.AskAgain), useful) // FCM asked to be left alone until then, and no phone shows what is wrong
	}
	push.State, push.DueAt, push.NextAt, push.changed = pushWaiting, due, &next, true
}

// shown says that something of a push is on a phone.
func (p *plan) shown(push *plannedPush) bool {
	return slices.ContainsFunc(p.reminders, func(r *plannedReminder) bool {
		return p.pushOf(r) == push && (r.State == Accepted || r.State == Acknowledged)
	})
}

// turnOver begins a new revision. It says again what the last one corrected, and what still stands and will not be said
// again, because it replaces all that on the phone.
func (p *plan) turnOver(push *plannedPush, correction *plannedReminder, now Instant) {
	last := p.lastTold(p.maybeTold)
	for _, r := range p.reminders {
		if p.pushOf(r) != push || r == correction {
			continue
		}
		if push.MaybeSent && r.Revision == push.Revision && r.SentAt == nil && r.State != Rejected {
			at := min(r.RemindAt, now) // what was gathered went out before its own time
			r.SentAt, r.changed = &at, true
		}
		said := r.Kind == RemindCorrection && r.SubjectID != correction.SubjectID && last[saying{r.SubjectID, push.ID}] == r
		if said || r.Revision == push.Revision && p.lastWord(r, now) {
			r.Revision, r.changed = push.Revision+1, true
		}
	}
	push.Revision++
	push.MaybeSent = false
}

// lastWord says that a reminder went out, that what it announces still stands, and that no later one will say so.
func (p *plan) lastWord(r *plannedReminder, now Instant) bool {
	stands := slices.ContainsFunc(p.subjects, func(s subjectRow) bool {
		return s.ID == r.SubjectID && s.SubjectKind == r.SubjectKind && s.At == r.AboutAt && !s.Declined
	})
	later := slices.ContainsFunc(p.reminders, func(o *plannedReminder) bool {
		return o.SubjectID == r.SubjectID && o.SubjectKind == r.SubjectKind && o.AboutAt == r.AboutAt && o.State == Waiting
	})
	return (r.State == Accepted || r.State == Acknowledged) && r.Kind != RemindCorrection && r.ExpiresAt > now && stands && !later
}

func (p *plan) waitingIn(push *plannedPush) []*plannedReminder {
	var waiting []*plannedReminder
	for _, r := range p.reminders {
		if r.State == Waiting && p.pushOf(r) == push {
			waiting = append(waiting, r)
		}
	}
	return waiting
}
