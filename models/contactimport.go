package models

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"
)

// ImportInput adds contacts that the phone knows, all of them or none.
type ImportInput struct {
	Contacts []ContactInput `json:"contacts"`
}

// Why an import passes over a contact.
const (
	skippedOnList = "already_on_list"
	skippedTwice  = "twice_in_import"
)

// SkippedContact is one that was not imported; Index is where it stood in the request.
type SkippedContact struct {
	Index  int    `json:"index"`
	Reason string `json:"reason"`
}

// ContactImport is what an import did. Of its contacts it has those that are still there.
type ContactImport struct {
	Imported []Contact        `json:"imported"`
	Skipped  []SkippedContact `json:"skipped"`
	Lines
}

// importDone is what is kept of an import, so that it can be answered again.
type importDone struct {
	Imported []string         `json:"imported"`
	Skipped  []SkippedContact `json:"skipped"`
}

// ImportContacts adds many to the actor's support list. Numbers that are on it already are passed over: importing the same
// address book again changes nothing.
func (s *Store) ImportContacts(ctx context.Context, actor Actor, once Once, in ImportInput) (ContactImport, error) {
	var c check
	c.number("contacts", len(in.Contacts), 1, 100)
	if err := c.err(); err != nil {
		return ContactImport{}, err
	}
	var reply ContactImport
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		entered, zone, err := tx.enteredContacts(actor, "contacts", in.Contacts...)
		if err != nil {
			return err
		}
		reply, err = writeOnce(tx, actor, once, func() (string, error) { return tx.importContacts(actor, zone, entered) },
			func(done string) (ContactImport, error) { return tx.contactImport(actor, done) })
		return err
	})
	return reply, err
}

func (t *tx) importContacts(actor Actor, zone string, entered []ContactInput) (string, error) {
	reasons, err := t.numbersOf(actor)
	if err != nil {
		return "", err
	}
	done := importDone{Imported: []string{}, Skipped: []SkippedContact{}}
	var rows []contactRow
	places := map[string]int{} // of the ids in the request
	for i, in := range entered {
		if reason, known := reasons[in.Phone]; known {
			done.Skipped = append(done.Skipped, SkippedContact{i, reason})
			continue
		}
		reasons[in.Phone] = skippedTwice
		row, err := t.keys.contact(chosen(in.ID), zone, in)
		if err != nil {
			return "", err
		}
		if _, twice := places[row.ID]; twice {
			return "", idTaken(i)
		}
		places[row.ID] = i
		rows, done.Imported = append(rows, row), append(done.Imported, row.ID)
	}
	var taken []string
	if err := t.scan(&taken, "SELECT id FROM contacts WHERE ? ORDER BY id", t.among("id", done.Imported)); err != nil {
		return "", err
	}
	if len(taken) > 0 {
		return "", idTaken(places[taken[0]])
	}
	kept, err := json.Marshal(done)
	if err != nil {
		return "", err
	}
	return string(kept), t.addContacts(actor, rows...)
}

// numbersOf are the numbers on the actor's list. They are sealed: no query could compare them.
func (t *tx) numbersOf(actor Actor) (map[string]string, error) {
	rows, err := gorm.G[contactRow](t.db).Select("id", "phone").Where("client_id = ?", actor.UserID).Find(t.ctx)
	open := opener{keys: t.keys, err: err}
	known := map[string]string{}
	for _, row := range rows {
		known[open.text(contactPhone, row.ID, row.Phone)] = skippedOnList
	}
	return known, open.err
}

func idTaken(i int) *Error {
	refusal := conflict("id_taken", "Something with this id exists already; see fields. Nothing was imported.")
	refusal.Fields = []FieldError{{Field: index("contacts", i) + ".id", Code: "taken", Detail: "Expected an id that nothing has yet."}}
	return refusal
}

// contactImport answers an import, now or again.
func (t *tx) contactImport(actor Actor, kept string) (ContactImport, error) {
	var done importDone
	if err := json.Unmarshal([]byte(kept), &done); err != nil {
		return ContactImport{}, err
	}
	rows, err := gorm.G[contactRow](t.db).Where("client_id = ? AND ?", actor.UserID, t.among("id", done.Imported)).
		Order("created_at, id").Find(t.ctx)
	if err != nil {
		return ContactImport{}, err
	}
	reply := ContactImport{Imported: make([]Contact, len(rows)), Skipped: done.Skipped}
	open := opener{keys: t.keys}
	for i, row := range rows {
		reply.Imported[i] = open.contact(row, t.now)
	}
	if open.err != nil {
		return reply, open.err
	}
	reply.Lines, err = t.linesFor(actor)
	return reply, err
}
