package models

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
)

// Page is which part of a list is asked for.
type Page struct {
	Limit  string // 1 to 200; empty means 50
	Cursor string // next_cursor of the page before
}

const (
	defaultLimit = 50
	maxLimit     = 200
)

// List is one page. NextCursor is null on the last.
type List[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// position is the sort key of a row: what the next page begins after.
type position struct {
	At    Instant `json:"a,omitempty"`
	N     int     `json:"n,omitempty"`
	ID    string  `json:"i,omitempty"`
	Began int     `json:"b,omitempty"` // of a feed: the number of the newest change when the phone began to read all of it
	Since Instant `json:"s,omitempty"` // of a feed: when the database that it is from was last restored
	// Of a feed: when the last consent ran out of which it has told so.
	RanOut Instant `json:"r,omitempty"`
}

// openPage is a page that is being read.
type openPage struct {
	position
	limit   int
	keys    *Keys
	binding string // what its cursors are good for
}

// openCursor reads a page request. A cursor is good for its user and filter: another user's, one of another list, or
// one with a bit flipped does not open.
func (t *tx) openCursor(actor Actor, filter string, page Page) (openPage, error) {
	at := openPage{limit: defaultLimit, keys: t.keys, binding: actor.UserID + "|" + filter}
	if page.Limit != "" {
		n, err := strconv.ParseUint(page.Limit, 10, 16) // without a sign
		if err != nil || n < 1 || n > maxLimit {
			return at, invalidField("limit", "range", fmt.Sprintf("Expected a whole number from 1 to %d.", maxLimit))
		}
		at.limit = int(n)
	}
	if page.Cursor == "" {
		return at, nil
	}
	genuine := false
	given, err := base64.RawURLEncoding.Strict().DecodeString(page.Cursor)
	if err == nil && len(given) > signatureLength {
		signature, text := given[:signatureLength], given[signatureLength:]
		wanted, err := at.signature(text)
		if err != nil {
			return at, err
		}
		genuine = hmac.Equal(signature, wanted) && json.Unmarshal(text, &at.position) == nil
	}
	if !genuine {
		return at, invalidField("cursor", "invalid_cursor", "Expected the next_cursor of a page of this same list, with the same filter.")
	}
	return at, nil
}

const signatureLength = 16

func (at openPage) signature(text []byte) ([]byte, error) {
	sum, err := at.keys.index(indexCursor, at.binding+"|"+string(text))
	if err != nil {
		return nil, err
	}
	return sum[:signatureLength], nil
}

// cursor is where the next page begins, signed. It is the same each time, so that an answer which says the same has the
// same ETag.
func (at openPage) cursor(next position) (string, error) {
	text, err := json.Marshal(next)
	if err != nil {
		return "", err
	}
	signature, err := at.signature(text)
	return base64.RawURLEncoding.EncodeToString(append(signature, text...)), err
}

// listOf makes the page of what a query found: it asked for one row more than the page holds, to know whether there
// is a next one.
func listOf[R, T any](at openPage, rows []R, view func(R) (T, position)) (List[T], error) {
	more := len(rows) > at.limit
	if more {
		rows = rows[:at.limit]
	}
	list := List[T]{Items: make([]T, len(rows))}
	var last position
	for i, row := range rows {
		list.Items[i], last = view(row)
	}
	if !more {
		return list, nil
	}
	cursor, err := at.cursor(last)
	list.NextCursor = &cursor
	return list, err
}
