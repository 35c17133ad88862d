package models

import (
	"cmp"
	"context"

	"handrail/models/words"
)

// Reminder is one planned announcement as its reader and their counselor see it: the same words for both.
type Reminder struct {
	ID        string  `json:"id"`
	PushID    *string `json:"push_id"`
	Kind      string  `json:"kind"`
	Subject   Subject `json:"subject"`
	Lead      string  `json:"lead"`
	RemindAt  Instant `json:"remind_at"`
	AboutAt   Instant `json:"about_at"`
	ExpiresAt Instant `json:"expires_at"`
	State     State   `json:"state"`
	Cause     *string `json:"cause"`
	Arrival   string  `json:"arrival"` // not_sent | unknown | reached_phone | opened
	Meaning   string  `json:"meaning"`
}

// Subject is what a reminder is about, and where its reader fetches it.
type Subject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Href string `json:"href"`
}

// ReminderDetail is a reminder with everything that its push is about.
type ReminderDetail struct {
	Reminder
	Things []SubjectAt `json:"things"`
}

// SubjectAt is one thing that a push is about.
type SubjectAt struct {
	Subject
	AboutAt Instant `json:"about_at"`
}

// listedReminder is a reminder with how far its push is known to have come.
type listedReminder struct {
	ID          string
	PushID      *string
	Kind        string
	SubjectKind string
	SubjectID   string
	Lead        string
	RemindAt    Instant
	AboutAt     Instant
	ExpiresAt   Instant
	State       State
	Cause       *string
	Reached     int // 2 opened, 1 acknowledged, 0 neither
	MaybeSent   bool
}

const reminderColumns = `r.id, r.push_id, r.kind, r.subject_kind, r.subject_id, r.lead, r.remind_at, r.about_at, r.expires_at, r.state, r.cause,
	COALESCE((SELECT max(CASE y.state WHEN 'opened' THEN 2 WHEN 'acknowledged' THEN 1 ELSE 0 END) FROM deliveries y
		WHERE y.push_id = r.push_id AND y.revision = r.revision), 0) AS reached,
	` + sqlMaybeSent + ` AS maybe_sent`

// sqlMaybeSent says whether reminder r went out, or may have.
const sqlMaybeSent = `(r.sent_at IS NOT NULL OR COALESCE((SELECT p.maybe_sent FROM pushes p WHERE p.id = r.push_id), FALSE))`

// selectReminders is of what somebody is reminded of; that a phone proved itself is none of it.
const selectReminders = "SELECT " + reminderColumns + " FROM reminders r WHERE r.kind <> 'proof'"

// notOfOwnMeeting leaves out what nobody but the client is to know: when they go to a meeting of their own. Put like this,
// PostgreSQL takes it to leave out half and reads by the index, in order; of "(SELECT …) IS NULL" it expects almost nothing.
const notOfOwnMeeting = ` AND COALESCE((SELECT e.owner_id IS NULL FROM sessions s JOIN series e ON e.id = s.series_id
	WHERE r.subject_kind = 'session' AND s.id = r.subject_id), TRUE)`

func (r listedReminder) subject() Subject {
	at := map[string]string{subjectSession: "/v1/me/sessions/", subjectReview: "/v1/assignments/", subjectRSVP: "/v1/sessions/",
		subjectTest: "/v1/me/reminders/"}[r.SubjectKind]
	return Subject{Kind: r.SubjectKind, ID: r.SubjectID, Href: cmp.Or(at, "/v1/me/assignments/") + r.SubjectID}
}

func (r listedReminder) view(say words.Meaning) Reminder {
	arrival, meaning := r.honestly(say)
	return Reminder{ID: r.ID, PushID: r.PushID, Kind: r.Kind, Subject: r.subject(), Lead: r.Lead, RemindAt: r.RemindAt, AboutAt: r.AboutAt,
		ExpiresAt: r.ExpiresAt, State: r.State, Cause: r.Cause, Arrival: arrival, Meaning: meaning}
}

// What arrival says.
const (
	arrivedOpened  = "opened"        // the app said so
	arrivedReached = "reached_phone" // the app said so
	arrivedUnknown = "unknown"       // FCM has it, or may have
	arrivedNotSent = "not_sent"
)

// honestly says what is known of a reminder's arrival, and no more than that. None of it says what the person meant.
func (r listedReminder) honestly(say words.Meaning) (arrival, meaning string) {
	switch {
	case (r.State == Acknowledged || r.State == Accepted) && r.Reached == 2:
		return arrivedOpened, say.Opened()
	case r.State == Acknowledged, r.State == Accepted && r.Reached == 1:
		return arrivedReached, say.ReachedPhone()
	case r.State == Accepted:
		return arrivedUnknown, say.Sent()
	case r.State == Waiting && r.MaybeSent:
		return arrivedUnknown, say.MaybeSent()
	case r.State == Expired && r.MaybeSent:
		return arrivedUnknown, say.MaybeArrived()
	}
	return arrivedNotSent, r.unsent(say)
}

// unsent says why a reminder did not go out, or has not yet.
func (r listedReminder) unsent(say words.Meaning) string {
	switch r.State {
	case Waiting:
		return say.Planned()
	case Expired:
		return say.Expired()
	case Unreachable:
		return say.Unreachable()
	case TurnedOff:
		if r.Cause != nil && *r.Cause == causeChoice {
			return say.Unwanted()
		}
		return say.TurnedOff()
	case Capped:
		return say.Capped()
	case Rejected:
		return say.Rejected()
	}
	return say.TakenBack()
}

// Reminders of one person, by the instant at which they are due.
func (t *tx) reminders(actor Actor, userID, pushID string, window Window, page Page) (List[Reminder], error) {
	if pushID != "" && !IsID(pushID) {
		return List[Reminder]{}, invalidField("push_id", "not_an_id", "Expected the push_id of a push.")
	}
	from, to, err := t.window(actor, window)
	if err != nil {
		return List[Reminder]{}, err
	}
	if window.From == "" {
		from = t.now.Add(-horizon) // what became of them is asked for longer than what was on
	}
	filter := window.filter("reminders of " + userID + " " + pushID)
	at, err := t.openCursor(actor, filter, page)
	if err != nil {
		return List[Reminder]{}, err
	}
	var theirs string
	if userID != actor.UserID {
		theirs = notOfOwnMeeting
	}
	var rows []listedReminder
	err = t.scan(&rows, selectReminders+` AND r.user_id = ? AND (? = '' OR r.push_id = ?) AND r.remind_at >= ? AND r.remind_at < ?`+theirs+`
		AND (r.remind_at > ? OR r.remind_at = ? AND r.id > ?) ORDER BY r.remind_at, r.id LIMIT ?`,
		userID, pushID, pushID, from, to, at.At, at.At, at.ID, at.limit+1)
	if err != nil {
		return List[Reminder]{}, err
	}
	say := words.In(actor.Locale).Meaning
	return listOf(at, rows, func(r listedReminder) (Reminder, position) {
		return r.view(say), position{At: r.RemindAt, ID: r.ID}
	})
}

// MyReminders lists the actor's own reminders; pushID narrows them to those of one push.
func (s *Store) MyReminders(ctx context.Context, actor Actor, pushID string, window Window, page Page) (List[Reminder], error) {
	var list List[Reminder]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.reminders(actor, actor.UserID, pushID, window, page)
		return err
	})
	return list, err
}

// ClientReminders lists the reminders of a client of the actor's caseload, each with what is known of its arrival.
func (s *Store) ClientReminders(ctx context.Context, actor Actor, clientID string, window Window, page Page) (List[Reminder], error) {
	var list List[Reminder]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.reminders(actor, clientID, "", window, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_reminders", clientID, "")
	})
	return list, err
}

// MyReminder is one of the actor's reminders with everything that its push is about.
func (s *Store) MyReminder(ctx context.Context, actor Actor, id string) (ReminderDetail, error) {
	var detail ReminderDetail
	err := s.snapshot(ctx, func(tx *tx) error {
		row, err := first[listedReminder](tx, selectReminders+" AND r.id = ? AND r.user_id = ?", id, actor.UserID)
		if err != nil {
			return err
		}
		all := []listedReminder{row}
		if row.PushID != nil {
			if err := tx.scan(&all, selectReminders+" AND r.push_id = ? ORDER BY r.about_at, r.id", *row.PushID); err != nil {
				return err
			}
		}
		detail.Reminder = row.view(words.In(actor.Locale).Meaning)
		seen := map[Subject]bool{}
		for _, r := range all {
			if subject := r.subject(); !seen[subject] {
				seen[subject] = true
				detail.Things = append(detail.Things, SubjectAt{Subject: subject, AboutAt: r.AboutAt})
			}
		}
		return nil
	})
	return detail, err
}
