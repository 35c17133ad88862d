package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Sealed is a column's AEAD ciphertext. It is made and opened explicitly: a GORM serializer would let an update by
// column name store plain text.
type Sealed []byte

// Scan reads a column; NULL is nil. (database/sql reads NULL into []byte only, not into types made of it.)
func (s *Sealed) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*s = nil
	case []byte:
		*s = bytes.Clone(value)
	default:
		return fmt.Errorf("a sealed column holds %T", value)
	}
	return nil
}

// Column names a sealed column as table|column. With the row's id it is the associated data, so that a value copied
// to another row or column does not open.
type Column string

const (
	userName          Column = "users|name"
	userEmail         Column = "users|email"
	episodeReason     Column = "episodes|end_reason"
	seriesTitle       Column = "series|title"
	seriesTags        Column = "series|tags"
	seriesPlace       Column = "series|place"
	seriesLink        Column = "series|link"
	sessionMaterials  Column = "sessions|materials"
	rsvpNote          Column = "rsvps|note"
	userUnavailable   Column = "users|unavailable"
	userFactor        Column = "users|second_factor"
	userNextFactor    Column = "users|next_factor"
	assignTitle       Column = "assignments|title"
	assignInstruct    Column = "assignments|instructions"
	assignDraft       Column = "assignments|draft"
	submissionContent Column = "submissions|content"
	reviewComment     Column = "reviews|comment"
	practiceNote      Column = "practices|note"
	contactName       Column = "contacts|name"
	contactRelation   Column = "contacts|relation"
	contactPhone      Column = "contacts|phone"
	contactDetails    Column = "contacts|details"
	reachOutDetails   Column = "reach_outs|details"
	goalText          Column = "goals|text"
	goalCommentText   Column = "goal_comments|text"
	consentDisclosure Column = "consents|disclosure"
	deviceAddress     Column = "devices|registration"
	indexEmail               = "email"
	indexCode                = "code"
	indexRegistration        = "registration"
	indexPlace               = "place"
	indexAttempt             = "attempt"
	indexOnce                = "once"
	indexAck                 = "ack"
	indexCursor              = "cursor"
)

func (c Column) bind(id string) []byte { return []byte(string(c) + "|" + id) }

// Seal encrypts text for one column of one row.
func (k *Keys) Seal(c Column, id, text string) (Sealed, error) {
	return k.ring.Load().aead.Encrypt([]byte(text), c.bind(id))
}

// index is the keyed hash by which a sealed value is looked up; use keeps hashes of different things apart.
func (k *Keys) index(use, value string) ([]byte, error) { return k.ring.Load().index(use, value) }

// SealRegistration seals an FCM registration for the row of a device, with the index by which it is found again.
func (k *Keys) SealRegistration(deviceID, registration string) (Sealed, []byte, error) {
	seal := sealer{keys: k, id: deviceID}
	sealed, index := seal.text(deviceAddress, registration), seal.index(indexRegistration, registration)
	return sealed, index, seal.err
}

// sealer seals the columns of one row and remembers the first fault, so that a row reads as a list of its fields.
type sealer struct {
	keys *Keys
	id   string
	err  error
}

func (s *sealer) text(c Column, text string) Sealed {
	sealed, err := s.keys.Seal(c, s.id, text)
	s.err = errors.Join(s.err, err)
	return sealed
}

func (s *sealer) optional(c Column, text *string) Sealed {
	if text == nil {
		return nil
	}
	return s.text(c, *text)
}

// json seals a list, or what nothing ever asks for by itself, as one text.
func (s *sealer) json(c Column, of any) Sealed {
	text, err := json.Marshal(of)
	s.err = errors.Join(s.err, err)
	return s.text(c, string(text))
}

func (s *sealer) index(use, value string) []byte {
	sum, err := s.keys.index(use, value)
	s.err = errors.Join(s.err, err)
	return sum
}

// opener opens sealed columns and remembers the first fault. A column that does not open is a row that somebody changed.
type opener struct {
	keys *Keys
	err  error
}

func (o *opener) text(c Column, id string, sealed Sealed) string {
	if o.err != nil {
		return ""
	}
	plain, err := o.keys.open(c, id, sealed)
	if err != nil {
		o.err = fmt.Errorf("%s of %s does not open: %w", c, id, err)
	}
	return string(plain)
}

func (o *opener) optional(c Column, id string, sealed Sealed) *string {
	if sealed == nil {
		return nil
	}
	text := o.text(c, id, sealed)
	return &text
}

// openList opens a column that holds a list as JSON; none is an empty one.
func openList[T any](o *opener, c Column, id string, sealed Sealed) []T {
	list := []T{}
	if sealed != nil {
		o.json(c, id, sealed, &list)
	}
	if list == nil { // stored as null
		list = []T{}
	}
	return list
}

func (o *opener) json(c Column, id string, sealed Sealed, into any) {
	text := o.text(c, id, sealed)
	if o.err == nil {
		o.err = faultOf("stored "+string(c)+" of "+id, json.Unmarshal([]byte(text), into))
	}
}
