package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// SharedContacts is a page of what a client shares of their support list. Without their consent it is empty, and says so.
type SharedContacts struct {
	List[SharedContact]
	Consented bool `json:"consented"`
}

// ClientContacts lists what a client of the actor's caseload shares of their support list, if they consent at this moment.
func (s *Store) ClientContacts(ctx context.Context, actor Actor, clientID string, page Page) (SharedContacts, error) {
	var list SharedContacts
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil { // a consent is not withdrawn in the middle of this
			return err
		}
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		at, err := tx.openCursor(actor, "contacts of "+clientID, page)
		if err != nil {
			return err
		}
		if list.Consented, err = tx.consents(clientID, ConsentShareContacts); err != nil {
			return err
		}
		rows, err := gorm.G[contactRow](tx.db).
			Where("client_id = ? AND shared AND ? AND (position, created_at, id) > (?, ?, ?)", clientID, list.Consented, at.N, at.At, at.ID).
			Order("position, created_at, id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list.List, err = listOf(at, rows, func(r contactRow) (SharedContact, position) {
			return open.contact(r, tx.now).SharedContact, position{N: r.Position, At: r.CreatedAt, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		return tx.audit(actor, "list_contacts", clientID, "")
	})
	return list, err
}
