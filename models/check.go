package models

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers"

	"handrail/models/schedule"
)

// check gathers what is wrong with an input, field by field, so that a caller learns all of it at once.
type check struct {
	fields []FieldError
}

// mostFaults keeps a small request from a large answer.
const mostFaults = 100

func (c *check) fail(field, code, format string, args ...any) {
	if len(c.fields) == mostFaults {
		return
	}
	c.fields = append(c.fields, FieldError{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// err is nil when nothing was wrong.
func (c *check) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return InvalidFields(c.fields)
}

// text wants at least least and at most most characters, not only spaces, and no control characters but line breaks and tabs.
func (c *check) text(field, value string, least, most int) {
	switch n := utf8.RuneCountInString(value); {
	case !utf8.ValidString(value):
		c.fail(field, "not_text", "Expected UTF-8 text.")
	case least > 0 && strings.TrimSpace(value) == "":
		c.fail(field, "required", "Expected %d to %d characters that are not all spaces.", least, most)
	case n < least || n > most:
		c.fail(field, "length", "Expected %d to %d characters, got %d.", least, most, n)
	case strings.ContainsFunc(value, isRefused):
		c.fail(field, "control_character", "Control characters other than line breaks and tabs are not allowed.")
	}
}

// isRefused says that no text has a use for a character, and some reader of it may stumble.
func isRefused(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

func (c *check) optionalText(field string, value *string, least, most int) {
	if value != nil {
		c.text(field, *value, least, most)
	}
}

func (c *check) number(field string, value, least, most int) {
	if value < least || value > most {
		c.fail(field, "range", "Expected a whole number from %d to %d.", least, most)
	}
}

// oneOf wants one of the named words.
func oneOf[T ~string](c *check, field string, value T, words ...T) {
	if !slices.Contains(words, value) {
		c.fail(field, "not_one_of", "Expected one of: %s.", strings.Trim(fmt.Sprint(words), "[]"))
	}
}

func (c *check) optionalLocale(field string, value *string) {
	if value != nil {
		oneOf(c, field, *value, Locales()...)
	}
}

// id wants a UUID in its canonical lower-case form.
func (c *check) id(field, value string) {
	if !IsID(value) {
		c.fail(field, "not_an_id", "Expected a UUID such as 01932b1e-8c5a-7c3e-9a55-1f2d3c4b5a69.")
	}
}

func (c *check) optionalID(field string, value *string) {
	if value != nil {
		c.id(field, *value)
	}
}

// IsID says whether s is an id: a UUID in its canonical lower-case form.
func IsID(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}

// newID makes a UUIDv7: ids of things made later sort later.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// chosen is the id that the caller chose, or a new one.
func chosen(id *string) string {
	if id != nil {
		return *id
	}
	return newID()
}

// zone wants an IANA time zone.
func (c *check) zone(field, name string) {
	if _, err := schedule.LoadZone(name); err != nil {
		c.fail(field, "unknown_time_zone", "Expected an IANA time zone such as America/New_York.")
	}
}

func (c *check) optionalZone(field string, name *string) {
	if name != nil {
		c.zone(field, *name)
	}
}

// local wants a wall-clock date and time.
func (c *check) local(field, value string) schedule.Local {
	local, err := schedule.ParseLocal(value)
	if err != nil {
		c.fail(field, "not_a_local_time", "Expected a local date and time such as 2026-10-20T18:00, without a zone.")
	}
	return local
}

// farthest bounds instants that people enter: a typing error of a century is an error.
const farthest = 10 * 365 * 24 * time.Hour

// instant wants RFC 3339 in Z, within ten years of now.
func (c *check) instant(field, value string, now Instant) Instant {
	at, err := ParseInstant(value)
	switch {
	case err != nil:
		c.fail(field, "not_an_instant", "Expected an instant in UTC such as 2026-12-01T23:00:00Z.")
	case at > now.Add(farthest) || at < now.Add(-farthest): // not Sub: a Duration holds 292 years
		c.fail(field, "range", "Expected an instant within ten years of now.")
	}
	return at
}

// instantOr is the instant given, or another when none is.
func (c *check) instantOr(field string, value *string, otherwise, now Instant) Instant {
	if value == nil {
		return otherwise
	}
	return c.instant(field, *value, now)
}

// clockSkew is how far ahead a phone's clock may be.
const clockSkew = 5 * time.Minute

// happened is when something was done, now unless given; a phone whose clock is a little ahead means now.
func (c *check) happened(field string, value *string, now Instant) Instant {
	at := c.instantOr(field, value, now, now)
	if at > now.Add(clockSkew) && at <= now.Add(farthest) {
		c.fail(field, "future", "Expected an instant that is past.")
	}
	return min(at, now)
}

// date wants a day of the calendar within ten years of now.
func (c *check) date(field, value string, now Instant) {
	day := c.day(field, value)
	if !day.IsZero() && day.In(time.UTC).Sub(now.Time()).Abs() > farthest {
		c.fail(field, "range", "Expected a date within ten years of now.")
	}
}

// day wants a day of the calendar and returns its midnight.
func (c *check) day(field, value string) schedule.Local {
	day, err := schedule.ParseLocal(value + "T00:00")
	if err != nil {
		c.fail(field, "not_a_date", "Expected a date such as 2026-12-01.")
	}
	return day
}

func (c *check) optionalDate(field string, value *string, now Instant) {
	if value != nil {
		c.date(field, *value, now)
	}
}

// span wants an end after its start.
func (c *check) span(field string, from Instant, until *Instant) {
	if until != nil && *until <= from {
		c.fail(field, "end_before_start", "Expected an instant after the start.")
	}
}

const longestPhone = len("+") + 15 // ITU-T E.164 §6.1; the library takes longer ones, which some countries once had

// phone wants a number that can exist and returns it in E.164; region is the country where one without a prefix is.
func (c *check) phone(field, value, region string) string {
	number, err := phonenumbers.Parse(value, region)
	if err != nil || len(value) > 32 || !phonenumbers.IsValidNumber(number) || len(phonenumbers.Format(number, phonenumbers.E164)) > longestPhone {
		c.fail(field, "not_a_phone_number", "Expected a phone number that exists, such as +12125550123.")
		return ""
	}
	if number.GetExtension() != "" { // E.164 has none: the switchboard would be called instead
		c.fail(field, "extension", "Expected a phone number without an extension.")
		return ""
	}
	return phonenumbers.Format(number, phonenumbers.E164)
}

// email wants one plain address and returns it in lower case, the form in which it is looked up.
func (c *check) email(field, value string) string {
	address, err := mail.ParseAddress(value)
	if err != nil || address.Address != value || len(value) > 254 || strings.ContainsAny(value, " \"") || strings.ContainsFunc(value, unicode.IsControl) {
		c.fail(field, "not_an_email", "Expected an email address such as dana@clinic.example.")
	}
	return strings.ToLower(value)
}

// password wants no more than a length: spaces alone are a password too.
func (c *check) password(field, value string, least, most int) {
	if n := utf8.RuneCountInString(value); n < least || n > most {
		c.fail(field, "length", "Expected a password of %d to %d characters.", least, most)
	} else if strings.ContainsFunc(value, isRefused) {
		c.fail(field, "control_character", "Control characters other than line breaks and tabs are not allowed.")
	}
}

var installationPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

func (c *check) installation(field, value string) {
	if !installationPattern.MatchString(value) {
		c.fail(field, "not_an_installation_id", "Expected 8 to 64 letters, digits, - or _ that name this installation of the app.")
	}
}

var textVersionPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

func (c *check) textVersion(field, value string) {
	if !textVersionPattern.MatchString(value) {
		c.fail(field, "not_a_text_version", "Expected the version of the text that was shown, such as 2026-11.")
	}
}

// index names an element of a list field.
func index(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }
