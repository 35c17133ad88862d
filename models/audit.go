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

// clientsIn are those whom a list is about.
func clientsIn[T any](list []T, client func(T) string) []string {
	ids := make([]string, len(list))
	for i, item := range list {
		ids[i] = client(item)
	}
	return ids
}

// auditOwn notes what a person did for themselves, or what was tried in their name: a client is told of it.
func (t *tx) auditOwn(actor Actor, action, subjectID string) error {
	client := ""
	if actor.Role.May(OwnCare) {
		client = actor.UserID
	}
	return t.audit(actor, action, client, subjectID)
}

func (r userRow) actor() Actor { return Actor{UserID: r.ID, ClinicID: r.ClinicID, Role: r.Role} }

// refuseSignIn notes that somebody tried to sign in as a person. Of somebody unknown as much is noted, by the same statement, so
// that neither the answer nor the time that it takes tells whether there is such a person.
func (s *Store) refuseSignIn(ctx context.Context, user userRow, refusal error) error {
	err := s.write(ctx, func(tx *tx) error {
		row := tx.auditRow(Actor{ClinicID: cmp.Or(user.ClinicID, serverChain)}, "sign_in_failed", "", user.ID)
		if user.Role.May(OwnCare) {
			row.ClientID = &user.ID
		}
		return tx.note(row)
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
	row := t.auditRow(user.actor(), action, "", id)
	row.ActorID = &by
	if user.Role.May(OwnCare) {
		row.ClientID = &user.ID
	}
	return t.note(row)
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
	for i, row := range rows {
		if _, said := phrases[row.Action]; row.ClientID != nil && !said {
			return fmt.Errorf("%s cannot be noted of a client: phrases has no words in which they could read of it", row.Action)
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

// phrases are how the client whose record it was reads of each action. One that is not here cannot be noted of a client.
var phrases = map[string]func(words.Audit) string{
	"add_session":            words.Audit.AddSession,
	"add_to_roster":          words.Audit.AddToRoster,
	actionAgain:              words.Audit.AskAgain,
	"cancel_session":         words.Audit.CancelSession,
	"change_password":        words.Audit.ChangePassword,
	"comment_on_goal":        words.Audit.CommentOnGoal,
	"create_assignment":      words.Audit.CreateAssignment,
	"create_caseload_entry":  words.Audit.CreateCaseloadEntry,
	"create_client":          words.Audit.CreateClient,
	"discharge":              words.Audit.Discharge,
	"end_caseload_entry":     words.Audit.EndCaseloadEntry,
	"end_series":             words.Audit.EndSeries,
	"export_record":          words.Audit.ExportRecord,
	"give_consent":           words.Audit.GiveConsent,
	"hand_out":               words.Audit.HandOut,
	"invite_client":          words.Audit.InviteClient,
	"leave":                  words.Audit.Leave,
	"list_assignments":       words.Audit.ListAssignments,
	"list_audit_events":      words.Audit.ListAuditEvents,
	"list_caseload":          words.Audit.ListCaseload,
	"list_clients":           words.Audit.ListClients,
	"list_conflicts":         words.Audit.ListConflicts,
	"list_consents":          words.Audit.ListConsents,
	"list_contacts":          words.Audit.ListContacts,
	"list_episodes":          words.Audit.ListEpisodes,
	"list_goals":             words.Audit.ListGoals,
	"list_practice":          words.Audit.ListPractice,
	"list_reminders":         words.Audit.ListReminders,
	"list_roster":            words.Audit.ListRoster,
	"list_sessions":          words.Audit.ListSessions,
	"list_unreachable":       words.Audit.ListUnreachable,
	actionPreview:            words.Audit.PreviewChange,
	"purge":                  words.Audit.Purge,
	"read_assignment":        words.Audit.ReadAssignment,
	"read_attendance":        words.Audit.ReadAttendance,
	"read_client":            words.Audit.ReadClient,
	"read_progress":          words.Audit.ReadProgress,
	"read_reminder":          words.Audit.ReadReminder,
	"read_session_reminders": words.Audit.ReadSessionReminders,
	"receive_assignment":     words.Audit.ReceiveAssignment,
	"record_attendance":      words.Audit.RecordAttendance,
	"remove_from_roster":     words.Audit.RemoveFromRoster,
	"review_assignment":      words.Audit.ReviewAssignment,
	"revoke_consent":         words.Audit.RevokeConsent,
	"sign_in":                words.Audit.SignIn,
	"sign_in_failed":         words.Audit.SignInFailed,
	"sign_out":               words.Audit.SignOut,
	"start_episode":          words.Audit.StartEpisode,
	"test_push":              words.Audit.TestPush,
	"update_assignment":      words.Audit.UpdateAssignment,
	"update_client":          words.Audit.UpdateClient,
	"update_roster":          words.Audit.UpdateRoster,
	"update_series":          words.Audit.UpdateSeries,
	"update_session":         words.Audit.UpdateSession,
	"withdraw_assignment":    words.Audit.WithdrawAssignment,
}
