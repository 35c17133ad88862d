package models

import (
	"slices"
	"strings"
)

// change is one thing that a client can see and that this transaction made, changed or took away. Delivery states are
// not in the feed: a phone would be woken by its own acknowledgements.
type change struct {
	ClientID  string
	Kind      string
	SubjectID string
	Seq       int64
	Deleted   bool
}

// What the feed tells of.
const (
	changeProfile    = "profile"
	changeSession    = "session"
	changeAssignment = "assignment"
	changePractice   = "practice"
	changeContact    = "contact"
	changeReachOut   = "reach_out"
	changeGoal       = "goal"
	changeConsent    = "consent"
	changeMeeting    = "meeting"
)

// lockPeople takes the counter rows of these people in ascending order, so that writers of several people never wait for
// each other in a circle. Every write that a client can see, or that changes what anybody is to be reminded of, does this
// first: it makes one person's changes, and the planning of their reminders, happen one after the other.
func (t *tx) lockPeople(userIDs ...string) error {
	if !t.postgres || len(userIDs) == 0 {
		return nil
	}
	var locked []string
	return t.scan(&locked, "SELECT user_id FROM sequences WHERE ? ORDER BY user_id FOR UPDATE", t.among("user_id", userIDs))
}

// publish gives each change the next number of its client.
func (t *tx) publish(changes ...change) error {
	if len(changes) == 0 {
		return nil
	}
	type counter struct {
		UserID string `json:"id"`
		Last   int64  `json:"n"` // by how much it counts on; then where it stands
	}
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b change) int { return strings.Compare(a.ClientID, b.ClientID) })
	var by, counters []counter
	for _, c := range changes {
		if n := len(by); n == 0 || by[n-1].UserID != c.ClientID {
			by = append(by, counter{UserID: c.ClientID})
		}
		by[len(by)-1].Last++
	}
	err := t.scan(&counters, `UPDATE sequences SET last = last + CAST(value->>'n' AS BIGINT) FROM ? WHERE user_id = value->>'id'
		RETURNING user_id, last`, t.each(by))
	if err != nil {
		return err
	}
	last := make(map[string]int64, len(counters))
	for _, c := range counters {
		last[c.UserID] = c.Last
	}
	for i := len(changes) - 1; i >= 0; i-- { // the last of a client's has the last number
		changes[i].Seq = last[changes[i].ClientID]
		last[changes[i].ClientID]--
	}
	const rowsAtATime = 500
	for part := range slices.Chunk(changes, rowsAtATime) {
		if err := t.upsertChanges(part); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) upsertChanges(part []change) error {
	values, args := make([]string, len(part)), make([]any, 0, 5*len(part))
	for i, c := range part {
		values[i] = "(?, ?, ?, ?, ?)"
		args = append(args, c.ClientID, c.Kind, c.SubjectID, c.Seq, c.Deleted)
	}
	return t.exec(`INSERT INTO changes (client_id, kind, subject_id, seq, deleted) VALUES `+strings.Join(values, ", ")+`
		ON CONFLICT (client_id, kind, subject_id) DO UPDATE SET seq = excluded.seq, deleted = excluded.deleted`, args...)
}
