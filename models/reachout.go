package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// reachOutRow is one call, message or meeting with a contact that the client wanted to keep.
type reachOutRow struct {
	ID         string
	ClinicID   string
	ClientID   string
	ContactID  string
	OccurredAt Instant
	Details    Sealed
	CreatedAt  Instant
}

func (reachOutRow) TableName() string { return "reach_outs" }

// ReachOut is one call, message or meeting with a contact. It is the client's alone: staff never see it, and nothing is
// counted or concluded from it.
type ReachOut struct {
	ID         string  `json:"id"`
	ContactID  string  `json:"contact_id"`
	OccurredAt Instant `json:"occurred_at"`
	HowItWent
}

// HowItWent is what the client chose to say of it: any of it, or nothing.
type HowItWent struct {
	Way    *string `json:"way" null:"yes"` // call | text | in_person
	Helped *bool   `json:"helped" null:"yes"`
	Note   *string `json:"note" null:"yes"`
}

// ReachOutReply is a reach-out with the lines to call, for one that did not help.
type ReachOutReply struct {
	ReachOut
	Lines
}

// ReachOutList is a page of reach-outs with the lines to call.
type ReachOutList struct {
	List[ReachOut]
	Lines
}

// ReachOutInput notes a reach-out, maybe days after it.
type ReachOutInput struct {
	ID         *string `json:"id"`
	OccurredAt *string `json:"occurred_at"` // now, unless given
	Way        *string `json:"way" null:"yes"`
	Helped     *bool   `json:"helped" null:"yes"`
	Note       *string `json:"note" null:"yes"`
}

func (in ReachOutInput) check(now Instant) (occurred Instant, err error) {
	var c check
	c.optionalID("id", in.ID)
	occurred = c.happened("occurred_at", in.OccurredAt, now)
	if in.Way != nil {
		oneOf(&c, "way", *in.Way, "call", "text", "in_person")
	}
	c.optionalText("note", in.Note, 1, 2000)
	return occurred, c.err()
}

func (o *opener) reachOut(r reachOutRow) ReachOut {
	view := ReachOut{ID: r.ID, ContactID: r.ContactID, OccurredAt: r.OccurredAt}
	o.json(reachOutDetails, r.ID, r.Details, &view.HowItWent)
	return view
}

// NoteReachOut keeps a reach-out to a contact of the actor's.
func (s *Store) NoteReachOut(ctx context.Context, actor Actor, once Once, contactID string, in ReachOutInput) (ReachOutReply, error) {
	var reply ReachOutReply
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		occurred, err := in.check(tx.now)
		if err != nil {
			return err
		}
		reply, err = writeOnce(tx, actor, once, func() (string, error) { return tx.noteReachOut(actor, contactID, occurred, in) },
			func(id string) (ReachOutReply, error) { return tx.reachOutReply(actor, id) })
		return err
	})
	return reply, err
}

func (t *tx) noteReachOut(actor Actor, contactID string, occurred Instant, in ReachOutInput) (string, error) {
	if _, err := t.contact(actor, contactID); err != nil {
		return "", err
	}
	id := chosen(in.ID)
	seal := sealer{keys: t.keys, id: id}
	row := reachOutRow{ID: id, ClinicID: actor.ClinicID, ClientID: actor.UserID, ContactID: contactID, OccurredAt: occurred,
		Details: seal.json(reachOutDetails, HowItWent{in.Way, in.Helped, in.Note}), CreatedAt: t.now}
	if seal.err != nil {
		return "", seal.err
	}
	if err := gorm.G[reachOutRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	return id, t.publish(change{ClientID: actor.UserID, Kind: changeReachOut, SubjectID: id})
}

func (t *tx) reachOutReply(actor Actor, id string) (ReachOutReply, error) {
	row, err := gorm.G[reachOutRow](t.db).Where("id = ? AND client_id = ?", id, actor.UserID).First(t.ctx)
	if err != nil {
		return ReachOutReply{}, err
	}
	lines, err := t.linesFor(actor)
	if err != nil {
		return ReachOutReply{}, err
	}
	open := opener{keys: t.keys}
	return ReachOutReply{open.reachOut(row), lines}, open.err
}

// ReachOuts lists the actor's reach-outs, the newest first; contactID narrows them to those of one contact.
func (s *Store) ReachOuts(ctx context.Context, actor Actor, contactID string, page Page) (ReachOutList, error) {
	var c check
	if contactID != "" {
		c.id("contact_id", contactID)
	}
	if err := c.err(); err != nil {
		return ReachOutList{}, err
	}
	var list ReachOutList
	err := s.snapshot(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "reach-outs "+contactID, page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[reachOutRow](tx.db).
			Where("client_id = ? AND (? = '' OR contact_id = ?) AND (? = '' OR (occurred_at, id) < (?, ?))",
				actor.UserID, contactID, contactID, at.ID, at.At, at.ID).
			Order("occurred_at DESC, id DESC").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list.List, err = listOf(at, rows, func(r reachOutRow) (ReachOut, position) {
			return open.reachOut(r), position{At: r.OccurredAt, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		list.Lines, err = tx.linesFor(actor)
		return err
	})
	return list, err
}

// DeleteReachOut forgets a reach-out of the actor's.
func (s *Store) DeleteReachOut(ctx context.Context, actor Actor, id string) (Lines, error) {
	var lines Lines
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		gone, err := tx.affected("DELETE FROM reach_outs WHERE id = ? AND client_id = ?", id, actor.UserID)
		if err != nil {
			return err
		}
		if gone == 0 {
			return ErrNotFound
		}
		if lines, err = tx.linesFor(actor); err != nil {
			return err
		}
		return tx.publish(change{ClientID: actor.UserID, Kind: changeReachOut, SubjectID: id, Deleted: true})
	})
	return lines, err
}
