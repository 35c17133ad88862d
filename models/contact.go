package models

import (
	"context"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// contactRow is one entry of a client's support list.
type contactRow struct {
	ID        string
	ClinicID  string
	ClientID  string
	Name      Sealed
	Relation  Sealed
	Phone     Sealed
	Details   Sealed
	Shared    bool
	Position  int
	Version   int64
	CreatedAt Instant
}

func (contactRow) TableName() string { return "contacts" }

// Contact is one entry of a client's support list. It is the client's alone, but for what they share of it.
type Contact struct {
	SharedContact
	Note     *string `json:"note"`
	Shared   bool    `json:"shared"`
	Position int     `json:"position"`
	Version  int64   `json:"version"`
}

// SharedContact is what a counselor sees of a contact that its client shares. The note is not in it: it may be about
// anything.
type SharedContact struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Phone    string `json:"phone"` // E.164
	WhenToCall
	ReachableNow  *bool    `json:"reachable_now"`  // nil: not known
	ReachableFrom *Instant `json:"reachable_from"` // nil: now, or not known
}

// WhenToCall is what somebody told a client about calling them.
type WhenToCall struct {
	Prefers  string        `json:"prefers"` // call | text | either
	Hours    []WeeklyHours `json:"hours"`   // empty: they did not say
	TimeZone string        `json:"time_zone"`
}

// sealedDetails is what the column details holds.
type sealedDetails struct {
	WhenToCall
	Note *string `json:"note"`
}

// ContactReply is a contact with the lines to call when no contact answers.
type ContactReply struct {
	Contact
	Lines
}

// contact seals a new contact of somebody's, who is in a zone of their own.
func (k *Keys) contact(id, zone string, in ContactInput) (contactRow, error) {
	details := sealedDetails{WhenToCall{"either", in.Hours, zone}, in.Note}
	assign(&details.Prefers, in.Prefers)
	assign(&details.TimeZone, in.TimeZone)
	seal := sealer{keys: k, id: id}
	return contactRow{ID: id, Name: seal.text(contactName, in.Name), Relation: seal.text(contactRelation, in.Relation),
		Phone: seal.text(contactPhone, in.Phone), Details: seal.json(contactDetails, details), Shared: in.Shared, Position: in.Position}, seal.err
}

func (o *opener) contact(r contactRow, now Instant) Contact {
	var details sealedDetails
	o.json(contactDetails, r.ID, r.Details, &details)
	shared := SharedContact{ID: r.ID, Name: o.text(contactName, r.ID, r.Name), Relation: o.text(contactRelation, r.ID, r.Relation),
		Phone: o.text(contactPhone, r.ID, r.Phone), WhenToCall: details.WhenToCall}
	if shared.Hours == nil {
		shared.Hours = []WeeklyHours{}
	}
	shared.reach(now)
	return Contact{SharedContact: shared, Note: details.Note, Shared: r.Shared, Position: r.Position, Version: r.Version}
}

// reach says whether their hours are on, and from when if they are not. Should the zone data lose their zone, that is not
// known: the number to call is shown all the same.
func (c *SharedContact) reach(now Instant) {
	zone, err := schedule.LoadZone(c.TimeZone)
	if err != nil || len(c.Hours) == 0 {
		return
	}
	hours := new(check).hours("hours", c.Hours) // they were checked when they were entered
	on := hours.Hold(now.Time(), zone)
	c.ReachableNow = &on
	if opens, later := hours.Opening(now.Time(), zone); later {
		from := InstantOf(opens)
		c.ReachableFrom = &from
	}
}

func (t *tx) contact(actor Actor, id string) (contactRow, error) {
	return gorm.G[contactRow](t.db).Where("id = ? AND client_id = ?", id, actor.UserID).First(t.ctx)
}

func (t *tx) contactReply(actor Actor, id string) (ContactReply, error) {
	row, err := t.contact(actor, id)
	if err != nil {
		return ContactReply{}, err
	}
	lines, err := t.linesFor(actor)
	if err != nil {
		return ContactReply{}, err
	}
	open := opener{keys: t.keys}
	return ContactReply{open.contact(row, t.now), lines}, open.err
}

// mostContacts is more than anybody can call, and few enough to open all of them at once.
const mostContacts = 500

// addContacts stores contacts of the actor's, who is on the lock.
func (t *tx) addContacts(actor Actor, rows ...contactRow) error {
	var has int
	if err := t.scan(&has, "SELECT count(*) FROM contacts WHERE client_id = ?", actor.UserID); err != nil {
		return err
	}
	if has+len(rows) > mostContacts {
		return conflict("too_many_contacts", "A support list holds 500 contacts at most: remove some first.")
	}
	changes := make([]change, len(rows))
	for i := range rows {
		row := &rows[i]
		// A microsecond apart, so that those added together keep the order in which they came.
		row.ClinicID, row.ClientID, row.Version, row.CreatedAt = actor.ClinicID, actor.UserID, 1, t.now+Instant(i)
		changes[i] = change{ClientID: actor.UserID, Kind: changeContact, SubjectID: row.ID}
	}
	if err := insertAll(t, rows); err != nil {
		return err
	}
	return t.publish(changes...)
}

// CreateContact adds to the actor's support list.
func (s *Store) CreateContact(ctx context.Context, actor Actor, once Once, in ContactInput) (ContactReply, error) {
	var reply ContactReply
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		entered, zone, err := tx.enteredContacts(actor, "", in)
		if err != nil {
			return err
		}
		reply, err = writeOnce(tx, actor, once, func() (string, error) {
			row, err := tx.keys.contact(chosen(in.ID), zone, entered[0])
			if err != nil {
				return "", err
			}
			return row.ID, tx.addContacts(actor, row)
		}, func(id string) (ContactReply, error) { return tx.contactReply(actor, id) })
		return err
	})
	return reply, err
}

// Contact is one entry of the actor's support list.
func (s *Store) Contact(ctx context.Context, actor Actor, id string) (ContactReply, error) {
	var reply ContactReply
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		reply, err = tx.contactReply(actor, id)
		return err
	})
	return reply, err
}

// UpdateContact changes an entry of the actor's support list.
func (s *Store) UpdateContact(ctx context.Context, actor Actor, id string, ifMatch *int64, in ContactChange) (ContactReply, error) {
	var reply ContactReply
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		row, err := tx.contact(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := tx.changeContact(actor, row, in); err != nil {
			return err
		}
		reply, err = tx.contactReply(actor, id)
		return err
	})
	return reply, err
}

func (t *tx) changeContact(actor Actor, row contactRow, in ContactChange) error {
	open := opener{keys: t.keys}
	now := open.contact(row, t.now)
	if open.err != nil {
		return open.err
	}
	entered, zone, err := t.enteredContacts(actor, "", in.apply(now))
	if err != nil {
		return err
	}
	sealed, err := t.keys.contact(row.ID, zone, entered[0])
	if err != nil {
		return err
	}
	sealed.Version = row.Version + 1
	_, err = gorm.G[contactRow](t.db).Where("id = ?", row.ID).
		Select("Name", "Relation", "Phone", "Details", "Shared", "Position", "Version").Updates(t.ctx, sealed)
	if err != nil {
		return err
	}
	return t.publish(change{ClientID: actor.UserID, Kind: changeContact, SubjectID: row.ID})
}

// DeleteContact takes an entry off the actor's support list; the row is gone and the feed has its tombstone.
func (s *Store) DeleteContact(ctx context.Context, actor Actor, id string, ifMatch *int64) (Lines, error) {
	var lines Lines
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		row, err := tx.contact(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if lines, err = tx.linesFor(actor); err != nil {
			return err
		}
		return tx.deleteContact(actor, id)
	})
	return lines, err
}

// deleteContact takes the contact's reach-outs with it.
func (t *tx) deleteContact(actor Actor, id string) error {
	var gone []string
	if err := t.scan(&gone, "DELETE FROM reach_outs WHERE contact_id = ? RETURNING id", id); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM contacts WHERE id = ?", id); err != nil {
		return err
	}
	changes := []change{{ClientID: actor.UserID, Kind: changeContact, SubjectID: id, Deleted: true}}
	for _, id := range gone {
		changes = append(changes, change{ClientID: actor.UserID, Kind: changeReachOut, SubjectID: id, Deleted: true})
	}
	return t.publish(changes...)
}
