package models

import (
	"cmp"
	"context"

	"handrail/models/words"
)

// Reach says whether reminders can reach somebody, and what is in the way.
type Reach string

// What reach is, by what stands in the way. Of who left nothing else matters, nor without consent;
// otherwise the best phone counts.
const (
	Reachable        Reach = "reachable"
	Doubtful         Reach = "doubtful" // sent to, but not confirmed for so long that FCM may have given it up
	Proving          Reach = "proving"  // somebody else had the phone, which has not shown yet that it gets what is sent to it
	PermissionOff    Reach = "permission_off"
	RegistrationDead Reach = "registration_dead"
	NoDevice         Reach = "no_device"
	NoConsent        Reach = "no_consent" // a choice, not a fault
	Left             Reach = "left"       // Handrail, of their own accord
)

// Reached is somebody's reach, and when the phone that it speaks of was last confirmed.
type Reached struct {
	Reach            Reach    `json:"reach"`
	PhoneConfirmedAt *Instant `json:"phone_confirmed_at"`
}

// The rule, for a person u: the best phone d is one that shows notifications, else one that is live, else one that is to prove
// itself, else one that was lost, else one that was signed out of, and of several alike the one confirmed last. sqlReach takes
// now and the instant since which a phone has to be confirmed.
const (
	joinBestPhone = `LEFT JOIN devices d ON d.id = (SELECT b.id FROM devices b WHERE b.user_id = u.id
		ORDER BY (b.status = 'live' AND b.permission = 'granted') DESC, (b.status = 'live') DESC, (b.status = 'proving') DESC, (b.status <> 'ended') DESC, b.confirmed_at DESC, b.id LIMIT 1)`
	sqlReach = `CASE WHEN u.left_at IS NOT NULL THEN 'left' WHEN ` + sqlPushUntil + ` <= ? THEN 'no_consent' WHEN COALESCE(d.status, 'ended') = 'ended' THEN 'no_device'
		WHEN d.status NOT IN ('live', 'proving') THEN 'registration_dead' WHEN d.permission <> 'granted' THEN 'permission_off'
		WHEN d.status = 'proving' THEN 'proving' WHEN d.confirmed_at <= ? THEN 'doubtful' ELSE 'reachable' END`
	reachColumns = sqlReach + ` AS reach, d.confirmed_at AS phone_confirmed_at`
)

// doubt is the instant since which a phone has to be confirmed.
func (t *tx) doubt() Instant { return t.now.Add(-doubtfulAfter) }

// UnreachableClient is a client whom reminders do not reach, or perhaps not.
type UnreachableClient struct {
	ClientID string   `json:"client_id"`
	Name     string   `json:"name"`
	Since    *Instant `json:"since"`
	Reached
	Advice string        `json:"advice"`
	Next   *NextReminder `json:"next"`
}

// NextReminder is the reminder of the first thing that is ahead.
type NextReminder struct {
	ReminderID string  `json:"reminder_id"`
	Kind       string  `json:"kind"`
	RemindAt   Instant `json:"remind_at"`
	AboutAt    Instant `json:"about_at"`
}

// unreachableRow is such a client with the first reminder ahead, if there is one.
type unreachableRow struct {
	ID         string
	Name       Sealed
	EnrolledAt *Instant
	LeftAt     *Instant
	Reached
	AnsweredAt *Instant // whether they want pushes, or when their yes ran out
	ReminderID *string
	Kind       string
	RemindAt   Instant
	AboutAt    Instant
	Soonest    Instant // AboutAt, or never
}

// never is after everything, and still a time that RFC 3339 can write: a cursor holds it.
const never = Instant(253_402_300_799_000_000)

const selectUnreachable = `SELECT u.id, u.name, u.enrolled_at, u.left_at, ` + reachColumns + `,
	(SELECT CASE WHEN c.granted THEN c.expires_at ELSE c.recorded_at END FROM consents c WHERE c.user_id = u.id AND c.kind = 'push' AND c.superseded_at IS NULL) AS answered_at,
	r.id AS reminder_id, r.kind, r.remind_at, r.about_at, COALESCE(r.about_at, ?) AS soonest
	FROM users u ` + joinBestPhone + `
	LEFT JOIN reminders r ON r.id = (SELECT r.id FROM reminders r WHERE r.user_id = u.id AND r.about_at > ? AND r.state IN ('waiting', 'turned_off')
		AND r.kind NOT IN ('test', 'proof')` + notOfOwnMeeting + ` ORDER BY r.about_at, r.remind_at LIMIT 1)
	WHERE ? AND ` + sqlReach + ` <> 'reachable' AND (r.id IS NOT NULL OR ` + sqlInCare + `)
	AND (COALESCE(r.about_at, ?), u.id) > (?, ?) ORDER BY soonest, u.id LIMIT ?`

// Unreachable lists the clients of the actor's caseload whom reminders do not reach, or perhaps not: those who miss something
// soon before the others.
func (s *Store) Unreachable(ctx context.Context, actor Actor, page Page) (List[UnreachableClient], error) {
	var list List[UnreachableClient]
	err := s.write(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "unreachable", page)
		if err != nil {
			return err
		}
		var rows []unreachableRow
		err = tx.scan(&rows, selectUnreachable, tx.now, tx.doubt(), never, tx.now,
			tx.amongThose("u.id", "?", tx.caseloadOf(actor)), tx.now, tx.doubt(), never, at.At, at.ID, at.limit+1)
		if err != nil {
			return err
		}
		say := words.In(actor.Locale).Reach
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r unreachableRow) (UnreachableClient, position) {
			return UnreachableClient{ClientID: r.ID, Name: open.text(userName, r.ID, r.Name), Since: r.since(), Reached: r.Reached,
				Advice: r.advice(say), Next: r.next()}, position{At: r.Soonest, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		return tx.auditEach(actor, "list_unreachable", views(list.Items, func(c UnreachableClient) string { return c.ClientID }), "")
	})
	return list, err
}

// since is as far back as it is known: of a phone that was lost nobody says when.
func (r unreachableRow) since() *Instant {
	switch r.Reach {
	case Left:
		return r.LeftAt
	case NoConsent:
		return r.AnsweredAt
	case Doubtful:
		since := r.PhoneConfirmedAt.Add(doubtfulAfter)
		return &since
	}
	return r.PhoneConfirmedAt
}

func (r unreachableRow) advice(say words.Reach) string {
	switch {
	case r.Reach == Left:
		return say.Left()
	case r.EnrolledAt == nil:
		return say.NotEnrolled()
	case r.Reach == NoConsent:
		return say.NoConsent()
	case r.Reach == RegistrationDead:
		return say.RegistrationDead()
	case r.Reach == PermissionOff:
		return say.PermissionOff()
	case r.Reach == Proving:
		return say.Proving()
	case r.Reach == Doubtful:
		return say.Doubtful()
	}
	return say.NoDevice()
}

func (r unreachableRow) next() *NextReminder {
	if r.ReminderID == nil {
		return nil
	}
	return &NextReminder{ReminderID: *r.ReminderID, Kind: r.Kind, RemindAt: r.RemindAt, AboutAt: r.AboutAt}
}
