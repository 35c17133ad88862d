package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// PasswordChange gives a person another password, and a client an email to go with it.
type PasswordChange struct {
	CurrentPassword *string `json:"current_password"` // none for a client who has none yet
	NewPassword     string  `json:"new_password"`
	Email           *string `json:"email"`
}

func (in PasswordChange) check() error {
	var c check
	if in.CurrentPassword != nil {
		c.password("current_password", *in.CurrentPassword, 1, 256)
	}
	c.newPassword("new_password", in.NewPassword)
	if in.Email != nil {
		c.email("email", *in.Email)
	}
	return c.err()
}

// ChangePassword sets another password and signs the actor out everywhere but here. A client without one sets a first.
func (s *Store) ChangePassword(ctx context.Context, actor Actor, in PasswordChange) error {
	if err := in.check(); err != nil {
		return err
	}
	known, err := s.provePassword(ctx, actor, "current_password", in.CurrentPassword)
	if err != nil {
		return err
	}
	hash, err := s.passwords.hash(ctx, in.NewPassword)
	if err != nil {
		return err
	}
	return s.writeProven(ctx, actor, known, func(tx *tx, user userRow) error {
		if err := tx.setCredentials(user, in.Email, &newPassword{"new_password", in.NewPassword, hash}); err != nil {
			return err
		}
		if err := tx.endOtherTokens(actor); err != nil {
			return err
		}
		if err := tx.auditOwn(actor, "change_password", user.ID); err != nil {
			return err
		}
		return tx.saveProfile(user) // an email is in it
	})
}

// byPasswordOf counts apart from signing in: nobody who tries somebody's password from outside keeps them from changing it.
func byPasswordOf(actor Actor) bucket { return byTarget("password of " + actor.UserID) }

// passwordHolder is somebody who knew their password, which was given in a field.
type passwordHolder struct {
	userRow
	field string
}

// refusal says which field was wrong. It is no 401: the token is not.
func (h passwordHolder) refusal() error {
	return invalidField(h.field, "wrong_password", "Expected the password that you sign in with.")
}

// provePassword has somebody who is signed in prove that it is they: a token may be stolen. A client who has no password yet
// has nothing to prove.
func (s *Store) provePassword(ctx context.Context, actor Actor, field string, password *string) (known passwordHolder, err error) {
	if err := s.countTry(ctx, byPasswordOf(actor)); err != nil {
		return known, err
	}
	known.field = field
	err = s.read(ctx, func(tx *tx) error {
		known.userRow, err = tx.user(actor.UserID)
		return err
	})
	if err != nil || known.PasswordHash == nil && password == nil {
		return known, err
	}
	var given string
	assign(&given, password)
	fits, err := s.passwords.fit(ctx, given, known.PasswordHash)
	if err == nil && !fits {
		err = known.refusal()
	}
	return known, err
}

// writeProven writes for somebody whose password was checked, unless it was changed, or they were signed out, meanwhile.
func (s *Store) writeProven(ctx context.Context, actor Actor, known passwordHolder, f func(*tx, userRow) error) error {
	return s.writeSignedIn(ctx, actor, func(tx *tx, user userRow) error {
		if !user.hasPasswordOf(known.userRow) {
			return known.refusal()
		}
		if err := tx.forgiveTry(byPasswordOf(actor)); err != nil {
			return err
		}
		return f(tx, user)
	})
}

// writeSignedIn writes for somebody unless they were signed out meanwhile; nothing else changes them until it is done.
func (s *Store) writeSignedIn(ctx context.Context, actor Actor, f func(*tx, userRow) error) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(actor.UserID); err != nil {
			return err
		}
		user, err := tx.lockUser(actor.UserID)
		if err != nil {
			return err
		}
		if _, err := tx.holdToken(actor); err != nil {
			return err
		}
		return f(tx, user)
	})
}

// setCredentials is with what a person signs in from now on: a password, unless they do without, and the email that goes
// with it; without one here it stays.
func (t *tx) setCredentials(user userRow, email *string, password *newPassword) error {
	if user.EnrolledAt == nil {
		user.EnrolledAt = &t.now
	}
	user.LeftAt = nil // who left comes back with a new code
	user.PasswordHash = nil
	if password != nil {
		user.PasswordHash = &password.hash
	}
	if email != nil {
		email := strings.ToLower(*email)
		seal := sealer{keys: t.keys, id: user.ID}
		wanted := seal.index(indexEmail, email)
		if string(wanted) != string(user.EmailIndex) {
			if user.EmailIndex != nil && !user.Role.May(OwnCare) {
				return invalidField("email", "the_clinics", "Expected the email that the clinic entered, or none.")
			}
			if err := t.emailIsFree(wanted); err != nil {
				return err
			}
		}
		user.Email, user.EmailIndex = seal.text(userEmail, email), wanted
		if seal.err != nil {
			return seal.err
		}
	}
	var c check
	if user.PasswordHash == nil && !user.Role.May(OwnCare) {
		c.fail("password", "required", "Staff sign in with a password of 12 to 256 characters.")
	}
	if user.PasswordHash != nil && user.EmailIndex == nil {
		c.fail("email", "required", "A password needs the email that it goes with.")
	}
	if err := c.err(); err != nil {
		return err
	}
	if password != nil {
		if err := t.suits(*password, user); err != nil {
			return err
		}
	}
	_, err := gorm.G[userRow](t.db).Where("id = ?", user.ID).
		Select("Email", "EmailIndex", "PasswordHash", "EnrolledAt", "LeftAt").Updates(t.ctx, user)
	return err
}
