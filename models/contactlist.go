package models

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"
)

// ContactList is a page of contacts with the lines to call when none of them answers.
type ContactList struct {
	List[Contact]
	Lines
}

// Contacts lists the actor's support list in the order that they gave it.
func (s *Store) Contacts(ctx context.Context, actor Actor, page Page) (ContactList, error) {
	var list ContactList
	err := s.snapshot(ctx, func(tx *tx) error {
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
		list.List, err = listOf(at, rows, func(r contactRow) (Contact, position) {
			return open.contact(r, tx.now), position{N: r.Position, At: r.CreatedAt, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		list.Lines, err = tx.linesFor(actor)
		return err
	})
	return list, err
}

// OrderInput puts contacts first on the list, in this order. Those it does not name follow in the order that they had: a
// phone need not know what was added elsewhere.
type OrderInput struct {
	ContactIDs []string `json:"contact_ids"`
}

// ContactPlace is where a contact stands in the list.
type ContactPlace struct {
	ID       string `json:"id"`
	Position int    `json:"position"`
	Version  int64  `json:"version"`
}

// ContactOrder is the whole list in its order.
type ContactOrder struct {
	Items []ContactPlace `json:"items"`
	Lines
}

func (in OrderInput) check() error {
	var c check
	c.number("contact_ids", len(in.ContactIDs), 1, mostContacts)
	for i, id := range in.ContactIDs {
		c.id(index("contact_ids", i), id)
		if c.err() == nil && slices.Contains(in.ContactIDs[:i], id) {
			c.fail(index("contact_ids", i), "twice", "Expected each contact once.")
		}
	}
	return c.err()
}

// OrderContacts puts the actor's support list in order; only those that move change.
func (s *Store) OrderContacts(ctx context.Context, actor Actor, in OrderInput) (ContactOrder, error) {
	if err := in.check(); err != nil {
		return ContactOrder{}, err
	}
	var order ContactOrder
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		var places []ContactPlace
		err := tx.scan(&places, "SELECT id, position, version FROM contacts WHERE client_id = ? ORDER BY position, created_at, id", actor.UserID)
		if err != nil {
			return err
		}
		if order.Items, err = in.apply(places); err != nil {
			return err
		}
		if order.Lines, err = tx.linesFor(actor); err != nil {
			return err
		}
		return tx.placeContacts(actor, order.Items)
	})
	return order, err
}

// apply puts the contacts named first.
func (in OrderInput) apply(places []ContactPlace) ([]ContactPlace, error) {
	var ordered []ContactPlace
	for i, id := range in.ContactIDs {
		at := slices.IndexFunc(places, func(p ContactPlace) bool { return p.ID == id })
		if at < 0 {
			return nil, invalidField(index("contact_ids", i), "unknown_contact", "Expected the id of a contact of yours.")
		}
		ordered = append(ordered, places[at])
		places = slices.Delete(places, at, at+1)
	}
	return append(ordered, places...), nil
}

// placeContacts gives each contact the position in which it stands.
func (t *tx) placeContacts(actor Actor, places []ContactPlace) error {
	var changes []change
	for i := range places {
		place := &places[i]
		if place.Position == i {
			continue
		}
		place.Position, place.Version = i, place.Version+1
		if err := t.exec("UPDATE contacts SET position = ?, version = ? WHERE id = ?", place.Position, place.Version, place.ID); err != nil {
			return err
		}
		changes = append(changes, change{ClientID: actor.UserID, Kind: changeContact, SubjectID: place.ID})
	}
	return t.publish(changes...)
}
