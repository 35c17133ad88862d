package models

import (
	_ "embed"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long a password is. Composition is nobody's business but its owner's (NIST SP 800-63B §3.1.1.2, OWASP ASVS 5.0, 6.2.5).
const (
	shortestPassword = 12
	longestPassword  = 256
)

// commonPasswords are those that are tried first, a line each; passwords/NOTICE says whose list it is.
//
//go:embed passwords/common.txt
var commonPasswords string

// newPassword is a password that somebody wants to sign in with from now on, the field in which it came, and its hash.
type newPassword struct{ field, plain, hash string }

// newPassword checks what can be said of a password without knowing whose it will be.
func (c *check) newPassword(field, value string) {
	c.password(field, value, shortestPassword, longestPassword)
	if strings.Contains("\n"+commonPasswords, "\n"+strings.ToLower(value)+"\n") {
		c.fail(field, "common_password", "This is one of the passwords that are tried first. Use a few words that do not belong together.")
	}
}

// fewestOwn is how much of a password has to be of its owner's own making.
const fewestOwn = 8

// notMostly refuses a password that is little more than words with which anybody who wants to get in would begin: what is known,
// the first part of the email address, and what every server of this kind says of itself. Words of three letters or fewer are
// in too many others to count.
func (c *check) notMostly(password newPassword, email string, known ...string) {
	left := strings.ToLower(password.plain)
	local, _, _ := strings.Cut(email, "@")
	for _, text := range append(known, local, "handrail") {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), isBetweenWords) {
			if utf8.RuneCountInString(word) > 3 {
				left = strings.ReplaceAll(left, word, "")
			}
		}
	}
	if len(left) < len(password.plain) && utf8.RuneCountInString(left) < fewestOwn {
		c.fail(password.field, "guessable_password",
			"Without the names of the clinic, of Handrail, your own and your email address, fewer than 8 characters of it are left.")
	}
}

func isBetweenWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// suits refuses a password that is easy to guess for whoever knows the person and the clinic (OWASP ASVS 5.0, 6.1.2, 6.2.11).
func (t *tx) suits(password newPassword, user userRow) error {
	clinic, err := t.clinic(user.ClinicID)
	open := opener{keys: t.keys}
	name, email := open.text(userName, user.ID, user.Name), open.optional(userEmail, user.ID, user.Email)
	if err := errors.Join(err, open.err); err != nil {
		return err
	}
	var address string
	assign(&address, email)
	var c check
	c.notMostly(password, address, clinic.Name, clinic.DisplayName, name)
	return c.err()
}
