package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"handrail/models/words"
)

// auditRow is one thing that somebody did. Seq is its place in its clinic's chain, once it is sealed (auditchain.go).
type auditRow struct {
	ID        string
	ClinicID  string
	ActorID   *string // nil: the operator, the server itself, or somebody who could not sign in
	ClientID  *string // whose record it was; nil: nobody's
	Action    string
	SubjectID *string
	At        Instant
	Seq       *int64
	Mac       *string
}

func (auditRow) TableName() string { return "audit_events" }

// serverChain stands for a clinic's id where something is of no clinic.
const serverChain = "server"

func (t *tx) auditRow(actor Actor, action, clientID, subjectID string) auditRow {
	return auditRow{ID: newID(), ClinicID: actor.ClinicID, ActorID: orNull(actor.UserID), ClientID: orNull(clientID), Action: action,
		SubjectID: orNull(subjectID), At: t.now}
}

// audit notes that somebody read or wrote something of a client's, or did something else that has to be known later, in the
// same transaction: what cannot be noted is not done (45 CFR §164.312(b), 42 CFR §2.16).
func (t *tx) audit(actor Actor, action, clientID, subjectID string) error {
	return t.note(t.auditRow(actor, action, clientID, subjectID))
}

// auditEach notes that several clients' records were concerned at once, so that each of them is told. Where it was nobody's,
// that somebody looked is noted all the same.
func (t *tx) auditEach(actor Actor, action string, clientIDs []string, subjectID string) error {
	clientIDs = slices.Compact(slices.Sorted(slices.Values(clientIDs)))
	if len(clientIDs) > 1 && clientIDs[0] == "" {
		clientIDs = clientIDs[1:]
	}
	if len(clientIDs) == 0 {
		clientIDs = []string{""}
	}
	rows := make([]auditRow, len(clientIDs))
	for i, id := range clientIDs {
		rows[i] = t.auditRow(actor, action, id, subjectID)
	}
	return t.note(rows...)
}

// auditSessions notes what was done to sessions: for each of them, each client who is on the roster at its start.
func (t *tx) auditSessions(actor Actor, action string, sessionIDs ...string) error {
	there, err := t.seatedAt(sessionIDs...)
	if err != nil {
		return err
	}
	rows := make([]auditRow, len(there))
	for i, r := range there {
		rows[i] = t.auditRow(actor, action, r.ClientID, r.SessionID)
	}
	return t.note(rows...)
}

// seated is a client on the roster at the start of a session; empty: nobody is.
type seated struct{ SessionID, ClientID string }

func (t *tx) seatedAt(sessionIDs ...string) (there []seated, err error) {
	err = t.scan(&there, "SELECT s.id AS session_id, COALESCE(r.client_id, '') AS client_id FROM sessions s LEFT JOIN roster r ON "+onRoster+
		" WHERE ? ORDER BY s.id, r.id", t.among("s.id", sessionIDs))
	return there, err
}

func (s seated) client() string { return s.ClientID }

// client is the actor as one whose record it is; empty: of staff and family there is none.
func (a Actor) client() string {
	if a.Role.May(OwnCare) {
		return a.UserID
	}
	return ""
}

func (r userRow) actor() Actor { return Actor{UserID: r.ID, ClinicID: r.ClinicID, Role: r.Role} }

// auditOwn notes what a person did for themselves: a client is told of it.
func (t *tx) auditOwn(actor Actor, action, subjectID string) error {
	return t.audit(actor, action, actor.client(), subjectID)
}

// refuseSignIn notes that somebody tried to sign in as a person. Of somebody unknown as much is noted, by the same statement, so
// that neither the answer nor the time that it takes tells whether there is such a person.
func (s *Store) refuseSignIn(ctx context.Context, user userRow, refusal error) error {
	err := s.write(ctx, func(tx *tx) error {
		return tx.audit(Actor{ClinicID: cmp.Or(user.ClinicID, serverChain)}, "sign_in_failed", user.actor().client(), user.ID)
	})
	return cmp.Or(err, refusal)
}

// auditOperator notes what the operator does on the command line, for no clinic: a change of the keys, a restored backup.
func (t *tx) auditOperator(action string) error {
	return t.audit(Actor{ClinicID: serverChain}, action, "", "")
}

// auditConsent notes that a consent of a person's was recorded, by themselves or by their counselor.
func (t *tx) auditConsent(user userRow, by, id string, granted bool) error {
	action := "revoke_consent"
	if granted {
		action = "give_consent"
	}
	return t.audit(Actor{UserID: by, ClinicID: user.ClinicID}, action, user.actor().client(), id)
}

// auditAgain notes that somebody asked again for the answer to what they did at an instant: they are shown how it stands now.
func (t *tx) auditAgain(actor Actor, did Instant) error {
	if actor.Role.May(OwnCare) { // of what is theirs
		return nil
	}
	var before []auditRow
	err := t.scan(&before, "SELECT DISTINCT client_id, subject_id FROM audit_events WHERE actor_id = ? AND at = ? AND action <> ?", actor.UserID, did, actionAgain)
	if err != nil {
		return err
	}
	rows := []auditRow{t.auditRow(actor, actionAgain, "", "")}
	for _, b := range before {
		row := t.auditRow(actor, actionAgain, "", "")
		row.ClientID, row.SubjectID = b.ClientID, b.SubjectID
		rows = append(rows, row)
	}
	return t.note(rows...)
}

// note appends to the log: one statement for up to 400 rows, which waits for nobody.
func (t *tx) note(rows ...auditRow) error {
	say := words.In("").Audit // in one language or another: a test has each of them say all that the others do
	for i, row := range rows {
		if row.ClientID != nil && say[row.Action] == "" {
			return fmt.Errorf("%s cannot be noted of a client: words.Audit has none in which they could read of it", row.Action)
		}
		mac, err := t.keys.chain(row.link("", 0))
		if err != nil {
			return err
		}
		rows[i].Mac = &mac
	}
	t.noted = append(t.noted, rows...)
	return insertAll(t, rows)
}

// What is noted beside what a request asks for.
const (
	actionAgain   = "ask_again"
	actionPreview = "preview_change"
)
