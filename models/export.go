package models

import (
	"context"

	"handrail/models/words"
)

// RecordExport is what the record has about one client that both they and their counselors may see.
type RecordExport struct {
	Notice     string         `json:"notice"` // that it must not be passed on (42 CFR §2.32)
	ExportedAt Instant        `json:"exported_at"`
	ExportedBy ExportedBy     `json:"exported_by"`
	TimeZone   string         `json:"time_zone"` // the client's: times in words are on their clock
	Clinic     ExportedClinic `json:"clinic"`
	Client     ClientRecord   `json:"client"`

	Caseload    []CaseloadStretch `json:"caseload"`
	Episodes    []Episode         `json:"episodes"`
	Consents    []ConsentEntry    `json:"consents"`
	Rosters     []RosterStretch   `json:"rosters"`
	Sessions    []ClientSession   `json:"sessions"`
	Meetings    []Meeting         `json:"meetings"`
	Assignments []Assignment      `json:"assignments"`
	Practice    []Practice        `json:"practice"`
	Goals       []Goal            `json:"goals"`
	Reminders   []Reminder        `json:"reminders"`
	Invites     []InviteEntry     `json:"invites"`
}

// MyExport is everything about the client who reads it.
type MyExport struct {
	RecordExport
	Profile   Me             `json:"profile"`
	Contacts  []Contact      `json:"contacts"`
	ReachOuts []ReachOut     `json:"reach_outs"`
	Devices   []Device       `json:"devices"`
	SignIns   []SignIn       `json:"sign_ins"`
	Accesses  []MyAuditEvent `json:"accesses"` // until then
}

// ClientExport is everything about a client that a counselor may see: no draft, no private note or word, no meeting of their
// own, no reach-out, and of contacts what is shared.
type ClientExport struct {
	RecordExport
	Contacts []SharedContact `json:"contacts"`
}

// ExportedBy is who made an export.
type ExportedBy struct {
	Person
	Role Role `json:"role"`
}

// ExportedClinic is whose record it is from.
type ExportedClinic struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"`
}

// exporter reads the record of one client for one reader: a fixed number of queries, however long it is.
type exporter struct {
	*tx
	open   opener
	reader Actor
	client userRow
	own    bool // the reader is the client
}

// mostExports is how many records one node holds in memory at once: an export is as large as what somebody wrote in years.
const mostExports = 2

// exportRecord runs f for one client's record. Their row is kept meanwhile: every write of what they see takes it first, so that
// what the queries find fits together; and what cannot be noted is not given out.
func (s *Store) exportRecord(ctx context.Context, actor Actor, clientID string, f func(*exporter) error) error {
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		find, own := tx.clientInCare, clientID == actor.UserID
		if own {
			find = func(_ Actor, id string) (userRow, error) { return tx.user(id) }
		}
		client, err := find(actor, clientID)
		if err != nil {
			return err
		}
		if err := f(&exporter{tx: tx, open: opener{keys: tx.keys}, reader: actor, client: client, own: own}); err != nil {
			return err
		}
		return tx.audit(actor, "export_record", clientID, "")
	})
}

// ExportMine is everything that there is about the actor.
func (s *Store) ExportMine(ctx context.Context, actor Actor) (MyExport, error) {
	var export MyExport
	err := s.exportRecord(ctx, actor, actor.UserID, func(e *exporter) (err error) {
		export = MyExport{}
		if err := e.record(&export.RecordExport); err != nil {
			return err
		}
		if export.Profile, err = e.me(e.client.ID); err != nil {
			return err
		}
		return inTurn(part(&export.Contacts, e.contacts), part(&export.ReachOuts, e.reachOuts), part(&export.Devices, e.devices),
			part(&export.SignIns, e.signIns), part(&export.Accesses, e.accesses))
	})
	return export, err
}

// ExportClient is everything about a client of the actor's caseload that the actor may see.
func (s *Store) ExportClient(ctx context.Context, actor Actor, clientID string) (ClientExport, error) {
	var export ClientExport
	err := s.exportRecord(ctx, actor, clientID, func(e *exporter) error {
		export = ClientExport{}
		if err := e.record(&export.RecordExport); err != nil {
			return err
		}
		return part(&export.Contacts, e.sharedContacts)()
	})
	return export, err
}

// part reads one part of an export; nothing of it is an empty list.
func part[T any](into *[]T, read func() ([]T, error)) func() error {
	return func() (err error) {
		if *into, err = read(); *into == nil {
			*into = []T{}
		}
		return err
	}
}

func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) record(x *RecordExport) error {
	by, err := e.user(e.reader.UserID)
	if err != nil {
		return err
	}
	clinic, err := e.clinic(e.client.ClinicID)
	if err != nil {
		return err
	}
	x.Notice, x.ExportedAt, x.TimeZone = words.DisclosureNotice(e.reader.Locale), e.now, e.client.TimeZone
	x.ExportedBy = ExportedBy{Person{by.ID, e.open.text(userName, by.ID, by.Name)}, by.Role}
	x.Clinic = ExportedClinic{clinic.ID, clinic.Name, clinic.TimeZone}
	row, err := first[clientRow](e.tx, selectClients+" WHERE u.id = ?", e.now, e.doubt(), e.client.ID)
	if err != nil {
		return err
	}
	x.Client = e.open.client(row)
	err = inTurn(part(&x.Caseload, e.caseload), part(&x.Episodes, e.episodes), part(&x.Consents, e.consentEntries), part(&x.Rosters, e.rosters),
		part(&x.Sessions, e.sessions), part(&x.Meetings, e.meetings), part(&x.Assignments, e.homework), part(&x.Practice, e.practice),
		part(&x.Goals, e.goals), part(&x.Reminders, e.reminders), part(&x.Invites, e.invites))
	if err == nil {
		err = e.open.err
	}
	return err
}
