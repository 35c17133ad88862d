package models

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"handrail/models/words"
)

// Consents lists what the actor allowed or refused, as it stands now.
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
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r consentRow) (Consent, position) {
			return open.consent(r, tx.now), position{ID: string(r.Kind)}
		})
		return cmp.Or(err, open.err)
	})
	return list, err
}

// ConsentEntry is one answer in the ledger: who recorded what, when and in which words.
type ConsentEntry struct {
	ID string `json:"id"`
	Consent
	RecordedBy   Person   `json:"recorded_by"`
	SupersededAt *Instant `json:"superseded_at"` // when the next answer took its place
}

// ConsentHistory lists everything that the actor ever allowed, refused or took back, the newest first.
func (s *Store) ConsentHistory(ctx context.Context, actor Actor, page Page) (List[ConsentEntry], error) {
	var list List[ConsentEntry]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = tx.ledger(actor, actor.UserID, page)
		return err
	})
	return list, err
}

// ClientConsents lists everything that a client of the actor's caseload ever allowed, refused or took back, the newest first.
func (s *Store) ClientConsents(ctx context.Context, actor Actor, clientID string, page Page) (List[ConsentEntry], error) {
	var list List[ConsentEntry]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		if list, err = tx.ledger(actor, clientID, page); err != nil {
			return err
		}
		return tx.audit(actor, "list_consents", clientID, "")
	})
	return list, err
}

const selectLedger = "SELECT c.*, w.name AS recorder FROM consents c JOIN users w ON w.id = c.recorded_by"

func (o *opener) consentEntry(r consentRow) ConsentEntry {
	return ConsentEntry{r.ID, o.answer(r), Person{r.RecordedBy, o.text(userName, r.RecordedBy, r.Recorder)}, r.SupersededAt}
}

func (t *tx) ledger(actor Actor, userID string, page Page) (List[ConsentEntry], error) {
	at, err := t.openCursor(actor, "consents of "+userID, page)
	if err != nil {
		return List[ConsentEntry]{}, err
	}
	var rows []consentRow
	err = t.scan(&rows, selectLedger+` WHERE c.user_id = ? AND (? = '' OR (c.recorded_at, c.id) < (?, ?)) ORDER BY c.recorded_at DESC, c.id DESC LIMIT ?`,
		userID, at.ID, at.At, at.ID, at.limit+1)
	if err != nil {
		return List[ConsentEntry]{}, err
	}
	open := opener{keys: t.keys}
	list, err := listOf(at, rows, func(r consentRow) (ConsentEntry, position) {
		return open.consentEntry(r), position{At: r.RecordedAt, ID: r.ID}
	})
	return list, cmp.Or(err, open.err)
}

// ConsentText is the words in which one consent is asked for.
type ConsentText struct {
	Kind       ConsentKind `json:"kind"`
	Version    string      `json:"version"`
	Locale     string      `json:"locale"`
	Title      string      `json:"title"`
	Text       string      `json:"text"`
	Disclosure bool        `json:"disclosure"` // it tells somebody outside the clinic: a yes needs more
}

// ConsentTextFilter narrows the texts; what is nil does not. Without a version they are those that are asked for now.
type ConsentTextFilter struct{ Kind, Locale, Version *string }

// ConsentTexts are the words in which consents are asked for, in every language. They are nobody's secret: who enrols reads
// them before they are signed in.
func ConsentTexts(filter ConsentTextFilter) ([]ConsentText, error) {
	var c check
	texts := words.CurrentConsentTexts()
	if filter.Kind != nil {
		oneOf(&c, "kind", ConsentKind(*filter.Kind), consentKinds()...)
	}
	c.optionalLocale("locale", filter.Locale)
	if filter.Version != nil {
		c.textVersion("version", *filter.Version)
		texts = slices.DeleteFunc(words.ConsentTexts(), func(t words.ConsentText) bool { return t.Version != *filter.Version })
	}
	found := []ConsentText{}
	for _, t := range texts {
		if (filter.Kind == nil || *filter.Kind == t.Kind) && (filter.Locale == nil || *filter.Locale == t.Locale) {
			kind := ConsentKind(t.Kind)
			found = append(found, ConsentText{kind, t.Version, t.Locale, t.Title, t.Text, kind.discloses()})
		}
	}
	return found, c.err()
}
