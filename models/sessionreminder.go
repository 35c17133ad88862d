package models

import (
	"context"

	"handrail/models/words"
)

// SessionReminders is the roster of one session with what became of each client's reminders of it.
type SessionReminders struct {
	SessionID  string                  `json:"session_id"`
	NotArrived int                     `json:"not_arrived"`
	Entries    []SessionRemindersEntry `json:"entries"`
}

// SessionRemindersEntry is one client on the roster.
type SessionRemindersEntry struct {
	ClientID  string            `json:"client_id"`
	Name      string            `json:"name"`
	Arrived   *bool             `json:"arrived"` // nil: none was due, or there was nothing to say
	Reminders []SessionReminder `json:"reminders"`
}

// SessionReminder is what those who run a session see of a reminder of it.
type SessionReminder struct {
	ID       string  `json:"id"`
	Kind     string  `json:"kind"`
	Lead     string  `json:"lead"`
	RemindAt Instant `json:"remind_at"`
	AboutAt  Instant `json:"about_at"`
	State    State   `json:"state"`
	Cause    *string `json:"cause"`
	Arrival  string  `json:"arrival"`
	Meaning  string  `json:"meaning"`
}

// rosterReminder is one reminder of a session, or none, of a client on its roster.
type rosterReminder struct {
	ClientID string
	Name     Sealed
	StartsAt Instant // the session's, as the next
	Status   string
	Declined bool           // the client said that they cannot come
	Reminder listedReminder `gorm:"embedded"` // without an id: they have none
}

const selectRosterReminders = `SELECT m.client_id, u.name, s.starts_at, s.status, ` + declinedBy + `m.client_id` + declinedEnd + ` AS declined, ` + reminderColumns + `
	FROM sessions s JOIN roster m ON ` + onRosterM + `
	JOIN users u ON u.id = m.client_id
	LEFT JOIN reminders r ON r.user_id = m.client_id AND r.subject_kind = 'session' AND r.subject_id = s.id
	WHERE s.id = ? AND ? ORDER BY m.id, r.remind_at, r.id`

// SessionReminders tells which reminders of a session that the actor runs arrived.
func (s *Store) SessionReminders(ctx context.Context, actor Actor, sessionID string) (SessionReminders, error) {
	sheet := SessionReminders{SessionID: sessionID, Entries: []SessionRemindersEntry{}}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := first[sessionRow](tx, "SELECT s.* FROM sessions s WHERE s.id = ? AND ?", sessionID, tx.runs(actor)); err != nil {
			return err
		}
		var rows []rosterReminder
		if err := tx.scan(&rows, selectRosterReminders, sessionID, tx.runs(actor)); err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		say := words.In(actor.Locale).Meaning
		for _, row := range rows {
			sheet.add(row, &open, say, tx.now)
		}
		for _, entry := range sheet.Entries {
			if entry.Arrived != nil && !*entry.Arrived {
				sheet.NotArrived++
			}
		}
		if open.err != nil {
			return open.err
		}
		return tx.auditEach(actor, "read_session_reminders", views(sheet.Entries, func(e SessionRemindersEntry) string { return e.ClientID }), sessionID)
	})
	return sheet, err
}

// add takes in one row; those of one client come one after the other.
func (s *SessionReminders) add(row rosterReminder, open *opener, say words.Meaning, now Instant) {
	if n := len(s.Entries); n == 0 || s.Entries[n-1].ClientID != row.ClientID {
		s.Entries = append(s.Entries, SessionRemindersEntry{ClientID: row.ClientID, Name: open.text(userName, row.ClientID, row.Name), Reminders: []SessionReminder{}})
	}
	r := row.Reminder
	if r.ID == "" {
		return
	}
	arrival, meaning := r.honestly(say)
	entry := &s.Entries[len(s.Entries)-1]
	entry.Reminders = append(entry.Reminders, SessionReminder{ID: r.ID, Kind: r.Kind, Lead: r.Lead, RemindAt: r.RemindAt, AboutAt: r.AboutAt,
		State: r.State, Cause: r.Cause, Arrival: arrival, Meaning: meaning})
	if !row.counts(now) {
		return
	}
	arrived := arrival == arrivedReached || arrival == arrivedOpened || entry.Arrived != nil && *entry.Arrived
	entry.Arrived = &arrived
}

// counts says that a reminder was due and told of the session as it stands: of its present start, or that it is off.
func (row rosterReminder) counts(now Instant) bool {
	r := row.Reminder
	stands := r.AboutAt == row.StartsAt && (r.Lead == leadCancelled) == (row.Status == SessionCancelled)
	return stands && !row.Declined && r.State != Cancelled && (r.RemindAt <= now || r.MaybeSent)
}
