package models

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Kind is what sort of no an Error is; the API gives each one HTTP status.
type Kind int

// The kinds of errors that a caller can act on. Everything else is a fault of ours.
const (
	Invalid         Kind = iota + 1 // the input breaks a rule: Fields say which
	Malformed                       // the input cannot be read at all
	UnsupportedType                 // the body is not JSON
	TooLarge                        // the body is over its limit
	Unauthenticated                 // no valid token, or wrong credentials
	Forbidden                       // the role may not use this route at all
	NotFound                        // missing, or not the actor's: the same answer
	Conflict                        // not possible in the state things are in
	Stale                           // If-Match names another version
	TooMany                         // wait RetryAfter
	Unavailable                     // the server cannot do it now; trying again may help
)

// FieldError says which field broke which rule and what was expected.
type FieldError struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error is a refusal in words that the caller can act on. It never carries internals or submitted values.
type Error struct {
	Kind           Kind
	Code           string
	Detail         string
	Fields         []FieldError
	CurrentVersion int64         // Stale only
	AllowedSteps   []string      // of what is in another state than the step needs
	RetryAfter     time.Duration // TooMany and Unavailable only
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Detail) }

// ErrNotFound is the one answer for what is missing and for what is another person's.
var ErrNotFound = &Error{Kind: NotFound, Code: "not_found", Detail: "There is no such thing for you here."}

// ErrUnauthenticated is the one answer for a missing, wrong, ended or expired token.
var ErrUnauthenticated = &Error{Kind: Unauthenticated, Code: "unauthenticated",
	Detail: "Sign in and send the token as Authorization: Bearer <token>."}

// ErrForbidden says that the actor's role may not use the route at all.
var ErrForbidden = &Error{Kind: Forbidden, Code: "role_not_allowed", Detail: "Your role may not use this route."}

func conflict(code, detail string) *Error { return &Error{Kind: Conflict, Code: code, Detail: detail} }

func invalidField(field, code, detail string) *Error {
	return InvalidFields([]FieldError{{Field: field, Code: code, Detail: detail}})
}

// InvalidFields refuses an input for what its fields say.
func InvalidFields(fields []FieldError) *Error {
	const mostFields = 100 // a small request must not get a large answer
	fields = fields[:min(len(fields), mostFields)]
	return &Error{Kind: Invalid, Code: "invalid", Detail: "The request breaks a rule; see fields.", Fields: fields}
}

// isNoRows says that a query found nothing, whichever layer noticed.
func isNoRows(err error) bool {
	var e *Error
	return errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) || errors.As(err, &e) && e.Kind == NotFound
}

// orNotFound is err, or that nothing was found when there is none.
func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}
