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
	ConsentPush           ConsentKind = "push"            // reminders on the phone
	ConsentAftercare      ConsentKind = "aftercare"       // meetings and their reminders after discharge
	ConsentShareContacts  ConsentKind = "share_contacts"  // counselors see the contacts that are marked as shared
	ConsentPeerReachable  ConsentKind = "peer_reachable"  // a peer is told how to reach them
	ConsentFamilySessions ConsentKind = "family_sessions" // relatives are invited and spoken with
	ConsentSoberLiving    ConsentKind = "sober_living"    // a sober living home is spoken with
)

func consentKinds() []ConsentKind {
	return []ConsentKind{ConsentPush, ConsentAftercare, ConsentShareContacts, ConsentPeerReachable, ConsentFamilySessions, ConsentSoberLiving}
}

// discloses says that somebody outside the clinic is told who is in treatment: such a consent needs what 42 CFR §2.31(a)
// lists. A peer is another patient, and so is outside it too.
func (k ConsentKind) discloses() bool {
	return k == ConsentPeerReachable || k == ConsentFamilySessions || k == ConsentSoberLiving
}

// isFor says whether the consent is asked of somebody in this role: of clients all, of others only what all have, pushes.
func (k ConsentKind) isFor(role Role) bool {
	return k == ConsentPush || slices.Contains(consentKinds(), k) && role.May(OwnCare)
}

// consentRow is one answer in the ledger.
type consentRow struct {
	ID           string
	ClinicID     string
	UserID       string
	Kind         ConsentKind
	Granted      bool
	TextVersion  *string
	Locale       *string
	AnsweredAt   Instant
	ExpiresAt    *Instant
	Disclosure   Sealed
	RecordedBy   string
	RecordedAt   Instant
	SupersededAt *Instant
	Recorder     Sealed `gorm:"->"` // the name of who recorded it, where the ledger is read
}

func (consentRow) TableName() string { return "consents" }

// inForce says that the answer, if it is the newest, is a yes at this instant. At expires_at it is one no longer.
func (r consentRow) inForce(now Instant) bool {
	return r.Granted && (r.ExpiresAt == nil || *r.ExpiresAt > now)
}

// Until when a person u allows something, as whoever sends asks for it: 0 means not at all, a year far ahead without end. They
// are scalar subqueries because PostgreSQL may answer an EXISTS by reading the whole table.
const (
	sqlPushUntil      = untilOf + `'push'), 0)`
	sqlAftercareUntil = untilOf + `'aftercare'), 0)`
	untilOf           = `COALESCE((SELECT CASE WHEN c.granted THEN COALESCE(c.expires_at, 253402300799000000) ELSE 0 END
		FROM consents c WHERE c.user_id = u.id AND c.superseded_at IS NULL AND c.kind = `
)

// consents says whether somebody allows something at this instant.
func (t *tx) consents(userID string, kind ConsentKind) (bool, error) {
	row, err := t.newestAnswer(userID, kind)
	if isNoRows(err) {
		return false, nil
	}
	return row.inForce(t.now), err
}

func (t *tx) newestAnswer(userID string, kind ConsentKind) (consentRow, error) {
	return gorm.G[consentRow](t.db).Where("user_id = ? AND kind = ? AND superseded_at IS NULL", userID, kind).First(t.ctx)
}

// Consent is what a person allowed or refused last, and in which words.
type Consent struct {
	Kind        ConsentKind `json:"kind"`
	Granted     bool        `json:"granted"` // at this instant; in the ledger: what they answered
	TextVersion *string     `json:"text_version"`
	Locale      *string     `json:"locale"` // in which they read it
	AnsweredAt  Instant     `json:"answered_at"`
	RecordedAt  Instant     `json:"recorded_at"`
	ExpiresAt   *Instant    `json:"expires_at"`
	Disclosure  *Disclosure `json:"disclosure"`
}

func (o *opener) consent(r consentRow, now Instant) Consent {
	consent := o.answer(r)
	consent.Granted = r.inForce(now)
	return consent
}

func (o *opener) answer(r consentRow) Consent {
	return Consent{Kind: r.Kind, Granted: r.Granted, TextVersion: r.TextVersion, Locale: r.Locale, AnsweredAt: r.AnsweredAt,
		RecordedAt: r.RecordedAt, ExpiresAt: r.ExpiresAt, Disclosure: o.disclosure(r)}
}

// PutConsent gives or takes back a consent of the actor's; reminders start or stop in the same transaction.
func (s *Store) PutConsent(ctx context.Context, actor Actor, kind ConsentKind, in ConsentInput) (Consent, error) {
	if !kind.isFor(actor.Role) {
		return Consent{}, ErrNotFound
	}
	var consent Consent
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		user, err := tx.user(actor.UserID)
		if err != nil {
			return err
		}
		row, err := in.row(kind, tx.now)
		if err != nil {
			return err
		}
		if err := tx.answer(user, actor.UserID, row, in.Disclosure); err != nil {
			return err
		}
		consent, err = tx.standing(user.ID, kind)
		return err
	})
	return consent, err
}

// WithdrawConsent takes back a consent of a client of the actor's caseload, who told the clinic instead of the app. None can be
// given in this way: a yes is the client's own.
func (s *Store) WithdrawConsent(ctx context.Context, actor Actor, once Once, clientID string, kind ConsentKind) (Consent, error) {
	var consent Consent
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		client, err := tx.clientInCare(actor, clientID)
		if err != nil {
			return err
		}
		if !kind.isFor(client.Role) {
			return ErrNotFound
		}
		consent, err = writeOnce(tx, actor, once, func() (string, error) {
			if err := tx.answer(client, actor.UserID, consentRow{Kind: kind, AnsweredAt: tx.now}, nil); err != nil {
				return "", err
			}
			return string(kind), tx.audit(actor, "withdraw_consent", client.ID, "")
		}, func(string) (Consent, error) { return tx.standing(client.ID, kind) })
		return err
	})
	return consent, err
}

// answer records what a person answered, or told whoever records it, and starts or stops what depends on it.
func (t *tx) answer(user userRow, by string, row consentRow, disclosure *DisclosureInput) error {
	if err := t.recordConsent(user, by, row, disclosure); err != nil {
		return err
	}
	if row.Kind == ConsentAftercare {
		if err := t.endContact(user); err != nil {
			return err
		}
	}
	return t.replan(causeConsent, user.ID)
}

// standing is the answer that counts now; without any it is not found.
func (t *tx) standing(userID string, kind ConsentKind) (Consent, error) {
	row, err := t.newestAnswer(userID, kind)
	if err != nil {
		return Consent{}, err
	}
	open := opener{keys: t.keys}
	return open.consent(row, t.now), open.err
}

// recordConsent appends to the ledger. What was answered before is superseded, never changed. An answer that says what the
// newest says already is a phone's that did not hear of it, and is not written twice.
func (t *tx) recordConsent(user userRow, by string, row consentRow, disclosure *DisclosureInput) error {
	before, err := t.newestAnswer(user.ID, row.Kind)
	if err != nil && !isNoRows(err) {
		return err
	}
	if row.Granted && row.Locale == nil {
		row.Locale = &user.Locale
	}
	repeats, err := t.repeats(before, row, disclosure)
	if err != nil || repeats {
		return err
	}
	if row.AnsweredAt < before.AnsweredAt {
		if row.Granted {
			return errAnsweredSince
		}
		row.AnsweredAt = t.now // a no is never too late, and what was said before it came is older than it
	}
	if err := t.exec("UPDATE consents SET superseded_at = ? WHERE id = ?", t.now, before.ID); err != nil {
		return err
	}
	row.ID, row.ClinicID, row.UserID, row.RecordedBy, row.RecordedAt = newID(), user.ClinicID, user.ID, by, t.now
	if row.Disclosure, err = t.sealDisclosure(row.ID, user, disclosure); err != nil {
		return err
	}
	if err := gorm.G[consentRow](t.db).Create(t.ctx, &row); err != nil {
		return err
	}
	if err := t.auditConsent(user, by, row.ID, row.Granted); err != nil || !user.Role.May(OwnCare) {
		return err
	}
	return t.publish(change{ClientID: user.ID, Kind: changeConsent, SubjectID: string(row.Kind)})
}

// errAnsweredSince keeps a yes that was long on its way, or is sent again, from undoing a no that was given meanwhile.
var errAnsweredSince = conflict("answered_since", "This was answered again since, maybe on another phone. Show what stands now, and ask anew.")

func (t *tx) repeats(before, row consentRow, disclosure *DisclosureInput) (bool, error) {
	switch {
	case before.ID == "" || before.Granted != row.Granted:
		return false, nil
	case !row.Granted:
		return true, nil
	case !before.inForce(t.now) || !same(before.TextVersion, row.TextVersion) || !same(before.Locale, row.Locale) || !same(before.ExpiresAt, row.ExpiresAt):
		return false, nil
	}
	open := opener{keys: t.keys}
	signed := open.disclosure(before)
	return signed == nil && disclosure == nil || signed != nil && disclosure != nil && signed.DisclosureInput == *disclosure, open.err
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
