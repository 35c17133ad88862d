package models

import (
	"bytes"
	"encoding/json"
)

// Optional is a field of a change that can be left out, given, or null.
type Optional[T any] struct {
	Given bool
	Value *T // nil: null
}

// UnmarshalJSON notes that the field was given.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	o.Given = true
	if bytes.Equal(text, []byte("null")) {
		return nil
	}
	o.Value = new(T)
	return json.Unmarshal(text, o.Value)
}

func (o Optional[T]) assignPhone(c *check, field, region string, into **string) {
	if !o.Given {
		return
	}
	*into = nil
	if text, ok := any(o.Value).(*string); ok && text != nil {
		number := c.phone(field, *text, region)
		*into = &number
	}
}

// assign sets what a change gives and leaves the rest.
func assign[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}

// matches refuses a write made from another version than the one that stands (RFC 9110 §13.1.1).
func matches(ifMatch *int64, version int64) error {
	if ifMatch == nil || *ifMatch == version {
		return nil
	}
	return &Error{Kind: Stale, Code: "version_mismatch", CurrentVersion: version,
		Detail: "It has changed since you read it. Read it again and repeat the change on what it is now."}
}
