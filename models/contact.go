package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// contactRow is one entry of a client's support list.
type contactRow struct {
	ID        string
	ClinicID  string
	ClientID  string
	Name      Sealed
	Relation  Sealed
	Phone     Sealed
	Position  int
	Version   int64
	CreatedAt Instant
}

func (contactRow) TableName() string { return "contacts" }

// Contact is one entry of a client's support list. It is the client's alone: staff do not see it.
type Contact struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Phone    string `json:"phone"` // E.164
	Position int    `json:"position"`
	Version  int64  `json:"version"`
}

// ContactReply is a contact with the lines to call when no contact answers.
type ContactReply struct {
	Contact
	CrisisLines []CrisisLine `json:"crisis_lines"`
}

// ContactList is a page of contacts with the crisis lines.
type ContactList struct {
	List[Contact]
	CrisisLines []CrisisLine `json:"crisis_lines"`
}

// Lines is an answer that has nothing to say but the crisis lines.
type Lines struct {
	CrisisLines []CrisisLine `json:"crisis_lines"`
}

// ContactInput adds a contact.
type ContactInput struct {
	ID       *string `json:"id"`
	Name     string  `json:"name"`
	Relation string  `json:"relation"`
	Phone    string  `json:"phone"` // the clinic's country unless it begins with +
	Position int     `json:"position"`
}

// ContactChange changes a contact; what is left out stays.
type ContactChange struct {
	Name     *string `json:"name"`
	Relation *string `json:"relation"`
	Phone    *string `json:"phone"`
	Position *int    `json:"position"`
}

func (in *ContactInput) check(region string) error {
	var c check
	c.optionalID("id", in.ID)
	c.text("name", in.Name, 1, 200)
	oneOf(&c, "relation", in.Relation, "sober_peer", "mentor", "sponsor", "family", "other")
	in.Phone = c.phone("phone", in.Phone, region)
	c.number("position", in.Position, 0, 1000)
	return c.err()
}

func (o *opener) contact(r contactRow) Contact {
	return Contact{ID: r.ID, Name: o.text(contactName, r.ID, r.Name), Relation: o.text(contactRelation, r.ID, r.Relation),
		Phone: o.text(contactPhone, r.ID, r.Phone), Position: r.Position, Version: r.Version}
}

func (k *Keys) contact(id string, in ContactInput) (contactRow, error) {
	seal := sealer{keys: k, id: id}
	return contactRow{ID: id, Name: seal.text(contactName, in.Name), Relation: seal.text(contactRelation, in.Relation),
		Phone: seal.text(contactPhone, in.Phone), Position: in.Position}, seal.err
}

func (t *tx) contact(actor Actor, id string) (contactRow, error) {
	return gorm.G[contactRow](t.db).Where("id = ? AND client_id = ?", id, actor.UserID).First(t.ctx)
}

func (t *tx) contactReply(actor Actor, id string) (ContactReply, error) {
	clinic, err := t.clinic(actor.ClinicID)
	if err != nil {
		return ContactReply{}, err
	}
	row, err := t.contact(actor, id)
	if err != nil {
		return ContactReply{}, err
	}
	open := opener{keys: t.keys}
	return ContactReply{Contact: open.contact(row), CrisisLines: clinic.crisisLines(actor.Locale)}, open.err
}

// CreateContact adds to the actor's support list.
func (s *Store) CreateContact(ctx context.Context, actor Actor, once Once, in ContactInput) (ContactReply, error) {
	var reply ContactReply
	err := s.write(ctx, func(tx *tx) error {
		clinic, err := tx.clinic(actor.ClinicID)
		if err != nil {
			return err
		}
		entered := in // a second try of this transaction checks what was sent, not what this one made of it
		if err := entered.check(clinic.Region); err != nil {
			return err
		}
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		reply, err = writeOnce(tx, actor, once, func() (string, error) {
			row, err := tx.keys.contact(chosen(in.ID), entered)
			if err != nil {
				return "", err
			}
			row.ClinicID, row.ClientID, row.Version, row.CreatedAt = actor.ClinicID, actor.UserID, 1, tx.now
			if err := gorm.G[contactRow](tx.db).Create(ctx, &row); err != nil {
				return "", err
			}
			return row.ID, tx.publish(change{ClientID: actor.UserID, Kind: changeContact, SubjectID: row.ID})
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

// Contacts lists the actor's support list in the order that they gave it.
func (s *Store) Contacts(ctx context.Context, actor Actor, page Page) (ContactList, error) {
	var list ContactList
	err := s.snapshot(ctx, func(tx *tx) error {
		clinic, err := tx.clinic(actor.ClinicID)
		if err != nil {
			return err
		}
		at, err := tx.openCursor(actor, "contacts", page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[contactRow](tx.db).
			Where("client_id = ? AND (position, created_at, id) > (?, ?, ?)", actor.UserID, at.N, at.At, at.ID).
			Order("position, created_at, id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list.CrisisLines = clinic.crisisLines(actor.Locale)
		list.List, err = listOf(at, rows, func(r contactRow) (Contact, position) {
			return open.contact(r), position{N: r.Position, At: r.CreatedAt, ID: r.ID}
		})
		return cmp.Or(err, open.err)
	})
	return list, err
}

// UpdateContact changes an entry of the actor's support list.
func (s *Store) UpdateContact(ctx context.Context, actor Actor, id string, ifMatch *int64, in ContactChange) (ContactReply, error) {
	var reply ContactReply
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		row, err := tx.contact(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		clinic, err := tx.clinic(actor.ClinicID)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		now := open.contact(row)
		if open.err != nil {
			return open.err
		}
		changed := ContactInput{Name: now.Name, Relation: now.Relation, Phone: now.Phone, Position: now.Position}
		assign(&changed.Name, in.Name)
		assign(&changed.Relation, in.Relation)
		assign(&changed.Phone, in.Phone)
		assign(&changed.Position, in.Position)
		if err := changed.check(clinic.Region); err != nil {
			return err
		}
		sealed, err := tx.keys.contact(id, changed)
		if err != nil {
			return err
		}
		sealed.Version = row.Version + 1
		_, err = gorm.G[contactRow](tx.db).Where("id = ?", id).Select("Name", "Relation", "Phone", "Position", "Version").Updates(ctx, sealed)
		if err != nil {
			return err
		}
		if err := tx.publish(change{ClientID: actor.UserID, Kind: changeContact, SubjectID: id}); err != nil {
			return err
		}
		reply, err = tx.contactReply(actor, id)
		return err
	})
	return reply, err
}

// DeleteContact takes an entry off the actor's support list; the row is gone and the feed has its tombstone.
func (s *Store) DeleteContact(ctx context.Context, actor Actor, id string, ifMatch *int64) (Lines, error) {
	var lines Lines
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		clinic, err := tx.clinic(actor.ClinicID)
		if err != nil {
			return err
		}
		row, err := tx.contact(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM contacts WHERE id = ?", id); err != nil {
			return err
		}
		lines.CrisisLines = clinic.crisisLines(actor.Locale)
		return tx.publish(change{ClientID: actor.UserID, Kind: changeContact, SubjectID: id, Deleted: true})
	})
	return lines, err
}
