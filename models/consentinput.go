package models

import (
	"slices"

	"handrail/models/words"
)

// ConsentTerms are an answer to the question whether somebody allows something, and for what and how long. What is said
// beside a no counts for nothing, so long as it can be read.
type ConsentTerms struct {
	Granted     *bool            `json:"granted"`
	TextVersion *string          `json:"text_version"` // that they read
	Locale      *string          `json:"locale"`       // in which they read it: their own unless given
	ExpiresAt   *string          `json:"expires_at"`
	Disclosure  *DisclosureInput `json:"disclosure"`
}

// ConsentInput gives or takes back one consent.
type ConsentInput struct {
	ConsentTerms
	AnsweredAt *string `json:"answered_at"` // by their phone; now unless given
}

// ConsentGiven is one consent as the person gave or refused it at enrolment.
type ConsentGiven struct {
	Kind ConsentKind `json:"kind"`
	ConsentTerms
}

// DisclosureInput is what a client fills in of a consent to tell somebody outside the clinic: 42 CFR §2.31(a).
type DisclosureInput struct {
	Recipient   string `json:"recipient"`   // (4) who may be told: persons by name, or a class of them
	Information string `json:"information"` // (3) what they may be told
	Purpose     string `json:"purpose"`     // (5) why
	Signature   string `json:"signature"`   // (8) the client's name as they typed it; electronic signatures are permitted
}

// Disclosure is a consent to tell somebody outside the clinic as it was signed. With the date and the expiry of its answer
// (§2.31(a)(9) and (7)), and the right to take it back that the text explains (6), it is a written consent.
type Disclosure struct {
	Patient string `json:"patient"` // (1) by the name in the record
	From    string `json:"from"`    // (2) who may tell: the clinic
	DisclosureInput
}

// row checks the i-th answer at an enrolment; not whether it is for somebody in that role, who is not known yet.
func (in ConsentGiven) row(c *check, i int, now Instant) consentRow {
	field := index("consents", i) + "."
	oneOf(c, field+"kind", in.Kind, consentKinds()...)
	return in.ConsentTerms.row(c, field, in.Kind, now)
}

// recordGiven appends what somebody answered at their enrolment.
func (t *tx) recordGiven(user userRow, given []ConsentGiven) error {
	for i, in := range given {
		var c check
		row := in.row(&c, i, t.now)
		if !in.Kind.isFor(user.Role) {
			c.fail(index("consents", i)+".kind", "not_for_you", "Expected a consent that is asked of this role: push.")
		}
		if err := c.err(); err != nil {
			return err
		}
		if err := t.recordConsent(user, user.ID, row, in.Disclosure); err != nil {
			return err
		}
	}
	return nil
}

// row is an answer for the ledger.
func (in ConsentInput) row(kind ConsentKind, now Instant) (consentRow, error) {
	var c check
	row := in.ConsentTerms.row(&c, "", kind, now)
	if row.Granted {
		row.AnsweredAt = c.happened("answered_at", in.AnsweredAt, now)
	} else { // a phone whose clock is wrong keeps nobody from taking back
		row.AnsweredAt = min(c.instantOr("answered_at", in.AnsweredAt, now, now), now)
	}
	return row, c.err()
}

// row checks an answer given now; field is what names of fields begin with.
func (in ConsentTerms) row(c *check, field string, kind ConsentKind, now Instant) consentRow {
	row := consentRow{Kind: kind, AnsweredAt: now, TextVersion: in.TextVersion, Locale: in.Locale}
	if in.TextVersion != nil {
		c.textVersion(field+"text_version", *in.TextVersion)
	}
	c.optionalLocale(field+"locale", in.Locale)
	if in.ExpiresAt != nil {
		at := c.instant(field+"expires_at", *in.ExpiresAt, now)
		row.ExpiresAt = &at
	}
	if in.Disclosure != nil {
		in.Disclosure.check(c, field+"disclosure.")
	}
	switch {
	case in.Granted == nil:
		c.fail(field+"granted", "required", "Expected true or false.")
	case !*in.Granted:
		row.ExpiresAt = nil
	default:
		row.Granted = true
		in.checkYes(c, field, row, now)
	}
	return row
}

// checkYes wants of a yes that it was given to words that were published. An earlier version will do: it is what the person
// read, a yes to it that came in time is in force as well, and a phone that was offline could not know of a newer one.
func (in ConsentTerms) checkYes(c *check, field string, row consentRow, now Instant) {
	published := slices.ContainsFunc(words.ConsentTexts(), func(t words.ConsentText) bool {
		return in.TextVersion != nil && t.Kind == string(row.Kind) && t.Version == *in.TextVersion
	})
	switch {
	case in.TextVersion == nil:
		c.fail(field+"text_version", "required", "Expected the version of the text that the person agreed to.")
	case !published:
		c.fail(field+"text_version", "unknown_version", "Expected a version of GET /v1/consent-texts of this kind.")
	}
	switch {
	case row.ExpiresAt != nil && *row.ExpiresAt <= now:
		c.fail(field+"expires_at", "past", "Expected an instant that is ahead.")
	case row.ExpiresAt == nil && row.Kind.discloses(): // §2.31(a)(7)
		c.fail(field+"expires_at", "required", "Expected until when somebody outside the clinic may be told.")
	}
	switch {
	case in.Disclosure == nil && row.Kind.discloses():
		c.fail(field+"disclosure", "required", "Expected who may be told what and why, signed.")
	case in.Disclosure != nil && !row.Kind.discloses():
		c.fail(field+"disclosure", "not_asked_for", "Nobody outside the clinic is told by this consent.")
	}
}

func (in DisclosureInput) check(c *check, field string) {
	c.text(field+"recipient", in.Recipient, 1, 500)
	c.text(field+"information", in.Information, 1, 1000)
	c.text(field+"purpose", in.Purpose, 1, 1000)
	c.text(field+"signature", in.Signature, 1, 200)
}

// sealDisclosure is a signed disclosure for a row of the ledger, with the names that the record has today.
func (t *tx) sealDisclosure(id string, user userRow, in *DisclosureInput) (Sealed, error) {
	if in == nil {
		return nil, nil
	}
	clinic, err := t.clinic(user.ClinicID)
	if err != nil {
		return nil, err
	}
	open, seal := opener{keys: t.keys}, sealer{keys: t.keys, id: id}
	sealed := seal.json(consentDisclosure, Disclosure{open.text(userName, user.ID, user.Name), clinic.Name, *in})
	if open.err != nil {
		return nil, open.err
	}
	return sealed, seal.err
}

func (o *opener) disclosure(r consentRow) *Disclosure {
	if r.Disclosure == nil {
		return nil
	}
	var signed Disclosure
	o.json(consentDisclosure, r.ID, r.Disclosure, &signed)
	return &signed
}
