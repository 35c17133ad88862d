package models

import (
	"maps"
	"slices"
	"time"

	"handrail/models/schedule"
)

// announceWithin is how near a session has to be, before or after a change of it, for people to be told who were told nothing
// of it yet. What changes further ahead, the day-before reminder says in time.
const announceWithin = 48 * time.Hour

// changeRests is how long such a change rests: somebody who rearranges an evening does so session by session, and thinks
// twice. It is not for what is so near that somebody may be on their way.
const (
	changeRests = 10 * time.Minute
	onTheWay    = 2 * time.Hour
)

// keepStart keeps when a session was to be, where that changes too near to it to be left unsaid. The planner works from the
// record alone, and nothing else in it says what people could know before.
func (t *tx) keepStart(before, after sessionRow) error {
	same := before.StartsAt == after.StartsAt && before.Status == after.Status
	far := min(before.StartsAt, after.StartsAt).Sub(t.now) > announceWithin
	if same || far || before.Status != SessionScheduled || before.StartsAt <= t.now {
		return nil
	}
	return t.exec(`INSERT INTO known_starts (session_id, generation, starts_at, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (session_id, generation) DO UPDATE SET until = excluded.until`, before.ID, before.Generation, before.StartsAt, t.now)
}

// knownStart is when somebody could know a session to be until it was changed.
type knownStart struct {
	UserID     string
	SessionID  string
	Kind       string
	Generation int
	StartsAt   Instant
	Until      Instant
	Declined   bool // they said that they cannot come: then or at the start that it has now, or had when it was cancelled
}

// loadKnownStarts loads the first start of each session that these people could know of and that is still ahead: however
// many edits followed, that is what they go by. Whoever came onto the roster later knows a later one, or none that was
// changed. Whoever was told anything since a start was given up does not go by it. What clients do with meetings of their own
// is no news to them.
func (t *tx) loadKnownStarts(userIDs []string, plans map[string]*plan) error {
	var known []knownStart
	err := t.scan(&known, `SELECT r.client_id AS user_id, k.session_id, k.generation, k.starts_at, k.until, CASE WHEN e.kind = ? THEN ? ELSE ? END AS kind,
			(SELECT count(*) FROM rsvps v WHERE v.session_id = s.id AND v.client_id = r.client_id AND v.answer = ?
				AND (v.answered_for = s.starts_at OR v.answered_for = k.starts_at AND s.status = ?)) > 0 AS declined
		FROM known_starts k JOIN sessions s ON s.id = k.session_id JOIN series e ON e.id = s.series_id AND e.owner_id IS NULL
		JOIN roster r ON r.series_id = s.series_id AND r.added_at <= k.until AND r.starts_at <= k.starts_at AND (r.ends_at IS NULL OR r.ends_at > k.starts_at)
		WHERE ? AND k.starts_at > ? AND s.starts_at > ? AND (SELECT count(*) FROM reminders o WHERE o.user_id = r.client_id AND o.subject_kind = 'session'
			AND o.subject_id = s.id AND o.sent_at >= k.until) = 0 ORDER BY k.session_id, k.generation`,
		KindAftercare, RemindMeeting, RemindSession, AnswerCannotCome, SessionCancelled, t.among("r.client_id", userIDs), t.now, t.now)
	for _, k := range known {
		p := plans[k.UserID]
		switch last := len(p.known) - 1; {
		case last < 0 || p.known[last].SessionID != k.SessionID:
			p.known = append(p.known, k)
		case p.known[last].StartsAt == k.StartsAt: // it was moved back meanwhile, and given up once more
			p.known[last].Until = k.Until
		}
	}
	return err
}

// announce plans what people have to hear of changes though they were told nothing of these sessions: a correction under a
// tag of its own, or under that of another correction that is about to go out. Those that are needed are noted.
func (p *plan) announce(stands map[string]subjectRow, told map[string]bool, needed map[reminderKey]bool, now Instant) {
	for _, known := range p.known {
		asTold := &plannedReminder{reminderRow: reminderRow{Kind: known.Kind, SubjectKind: subjectSession, SubjectID: known.SessionID,
			Generation: known.Generation, AboutAt: known.StartsAt}}
		want, ok := p.correction(asTold, stands, now)
		if !ok || known.Declined || told[known.SessionID] {
			continue
		}
		switch push := p.saysOf(known.SessionID); {
		case push != nil && push.State == pushClaimed: // whoever has it will see to it
		case push != nil && push.MaybeSent:
			want.PushID = &push.ID
			needed[p.planCorrection(want, push, now)] = true
		default:
			rested, at := p.announceAt(known, want, now)
			want.RemindAt = at
			want.Steps = stepsText(stepsSince(known.Until.Time(), rested.Time(), at.Time()))
			needed[p.planAnnouncement(want, now)] = true
		}
	}
}

// saysOf is a push that was, or is, on its way with an announcement of a change of this session.
func (p *plan) saysOf(sessionID string) *plannedPush {
	for _, r := range p.reminders {
		push := p.pushOf(r)
		if r.SubjectID == sessionID && r.Kind == RemindCorrection && r.State == Waiting && push != nil && (push.State == pushClaimed || push.MaybeSent) {
			return push
		}
	}
	return nil
}

// announceAt is when a change has rested and when it is announced: then, or at the end of quiet hours. It does not rest into
// them, and what could not be said earlier, for want of consent, has rested until now.
func (p *plan) announceAt(known knownStart, want reminderRow, now Instant) (rested, at Instant) {
	sendAt := func(at Instant) Instant {
		return InstantOf(schedule.SendAt(at.Time(), want.ExpiresAt.Time(), p.person))
	}
	rested = known.Until.Add(changeRests)
	if want.ExpiresAt.Sub(known.Until) <= onTheWay || sendAt(rested) > rested {
		rested = known.Until
	}
	rested = max(rested, now)
	return rested, sendAt(rested)
}

// planAnnouncement puts an announcement into the push of a correction that is about to go out, so that a closure is one
// notice a person; else it is gathered like any reminder. It returns the key under which it stands.
func (p *plan) planAnnouncement(want reminderRow, now Instant) reminderKey {
	for p.spent[want.key()] {
		want.Generation++
	}
	before := p.find(want.key())
	switch {
	case before != nil && before.State == Waiting:
		if push := p.pushOf(before); push == nil || !push.frozen() {
			if before.RemindAt <= now {
				want.RemindAt, want.Steps = before.RemindAt, before.Steps
			}
			before.WasAt = want.WasAt
			before.retime(want)
		}
		return want.key()
	case before != nil && !before.takenBack():
		return want.key() // it came to its end unsent
	}
	if push := p.aboutToCorrect(); push != nil {
		want.PushID = &push.ID
		return p.planCorrection(want, push, now)
	}
	if before != nil {
		before.end(Waiting, "")
		before.WasAt, before.PushID = want.WasAt, nil
		before.retime(want)
		return want.key()
	}
	want.ID = newID()
	p.reminders = append(p.reminders, &plannedReminder{reminderRow: want, isNew: true})
	return want.key()
}

// aboutToCorrect is a push that waits to correct what a phone shows, and of which certainly nothing has gone out yet.
func (p *plan) aboutToCorrect() *plannedPush {
	for _, id := range slices.Sorted(maps.Keys(p.pushes)) {
		push := p.pushes[id]
		if push.frozen() && push.State == pushWaiting && !push.MaybeSent && slices.ContainsFunc(p.waitingIn(push), func(r *plannedReminder) bool {
			return r.Kind == RemindCorrection && r.Revision == push.Revision
		}) {
			return push
		}
	}
	return nil
}
