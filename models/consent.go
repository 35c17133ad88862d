package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// ConsentKind is what a person can allow.
type ConsentKind string

// The consents that Handrail asks for.
const (
	ConsentPush          ConsentKind = "push"           // reminders on the phone
	ConsentAftercare     ConsentKind = "aftercare"      // reminders of meetings after discharge
	ConsentShareContacts ConsentKind = "share_contacts" // counselors see the contacts that are marked as shared
)

func consentKinds() []ConsentKind {
	return []ConsentKind{ConsentPush, ConsentAftercare, ConsentShareContacts}
}

type consentRow struct {
	ID           string
	ClinicID     string
	UserID       string
	Kind         ConsentKind
	TextVersion  string
	Granted      bool
	RecordedBy   string
	RecordedAt   Instant
	SupersededAt *Instant
}

func (consentRow) TableName() string { return "consents" }

// Consent is what a person allowed or refused last, and in which words.
type Consent struct {
	Kind        ConsentKind `json:"kind"`
	TextVersion string      `json:"text_version"`
	Granted     bool        `json:"granted"`
	RecordedAt  Instant     `json:"recorded_at"`
}

func (r consentRow) view() Consent {
	return Consent{Kind: r.Kind, TextVersion: r.TextVersion, Granted: r.Granted, RecordedAt: r.RecordedAt}
}

// ConsentInput gives or revokes one consent.
type ConsentInput struct {
	TextVersion string `json:"text_version"`
	Granted     *bool  `json:"granted"`
}

func (in ConsentGiven) check(c *check, field string) {
	oneOf(c, field+".kind", in.Kind, consentKinds()...)
	c.textVersion(field+".text_version", in.TextVersion)
	if in.Granted == nil {
		c.fail(field+".granted", "required", "Expected true or false.")
	}
}

// recordConsent appends to the ledger. What was in force before is superseded, never changed.
func (t *tx) recordConsent(user userRow, by string, kind ConsentKind, textVersion string, granted bool) error {
	err := t.exec("UPDATE consents SET superseded_at = ? WHERE user_id = ? AND kind = ? AND superseded_at IS NULL", t.now, user.ID, kind)
	if err != nil {
		return err
	}
	row := consentRow{ID: newID(), ClinicID: user.ClinicID, UserID: user.ID, Kind: kind, TextVersion: textVersion,
		Granted: granted, RecordedBy: by, RecordedAt: t.now}
	if err := gorm.G[consentRow](t.db).Create(t.ctx, &row); err != nil {
		return err
	}
	if !user.Role.May(OwnCare) {
		return nil
	}
	return t.publish(change{ClientID: user.ID, Kind: changeConsent, SubjectID: string(kind)})
}

// consents says whether somebody's newest answer is yes.
func (t *tx) consents(userID string, kind ConsentKind) (bool, error) {
	var granted bool
	err := t.scan(&granted, "SELECT granted FROM consents WHERE user_id = ? AND kind = ? AND superseded_at IS NULL", userID, kind)
	return granted, err
}

// PutConsent gives or revokes a consent of the actor's; reminders start or stop in the same transaction.
func (s *Store) PutConsent(ctx context.Context, actor Actor, kind ConsentKind, in ConsentInput) (Consent, error) {
	if !slices.Contains(consentKinds(), kind) {
		return Consent{}, ErrNotFound
	}
	var c check
	c.textVersion("text_version", in.TextVersion)
	if in.Granted == nil {
		c.fail("granted", "required", "Expected true or false.")
	}
	if err := c.err(); err != nil {
		return Consent{}, err
	}
	var consent Consent
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		user, err := tx.user(actor.UserID)
		if err != nil {
			return err
		}
		if err := tx.recordConsent(user, actor.UserID, kind, in.TextVersion, *in.Granted); err != nil {
			return err
		}
		consent = Consent{Kind: kind, TextVersion: in.TextVersion, Granted: *in.Granted, RecordedAt: tx.now}
		return tx.replan(causeConsent, actor.UserID)
	})
	return consent, err
}

// Consents lists what the actor allowed or refused, as in force.
func (s *Store) Consents(ctx context.Context, actor Actor, page Page) (List[Consent], error) {
	var list List[Consent]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "consents", page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[consentRow](tx.db).
			Where("user_id = ? AND superseded_at IS NULL AND kind > ?", actor.UserID, at.ID).
			Order("kind").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r consentRow) (Consent, position) {
			return r.view(), position{ID: string(r.Kind)}
		})
		return err
	})
	return list, err
}
