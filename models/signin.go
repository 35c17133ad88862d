package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// LoginInput is how a person with a password signs in.
type LoginInput struct {
	Email          string `json:"email"`
	Password       string `json:"password"`
	InstallationID string `json:"installation_id"`
}

// SignedInUser is the answer to signing in. Token is shown this once.
type SignedInUser struct {
	Token     string  `json:"token"`
	TokenID   string  `json:"token_id"`
	ExpiresAt Instant `json:"expires_at"`
	User      Me      `json:"user"`
}

var errWrongCredentials = &Error{Kind: Unauthenticated, Code: "wrong_credentials", Detail: "The email or the password is wrong."}

// SignIn checks an email and a password; address is the network address that asks, for counting wrong tries.
func (s *Store) SignIn(ctx context.Context, address string, in LoginInput) (SignedInUser, error) {
	var c check
	email := c.email("email", in.Email)
	c.password("password", in.Password, 1, 256)
	c.installation("installation_id", in.InstallationID)
	if err := c.err(); err != nil {
		return SignedInUser{}, err
	}
	buckets := []bucket{{"login email " + email, triesPerTarget}, {"login address " + address, triesPerAddress}}
	if err := s.countTry(ctx, buckets...); err != nil {
		return SignedInUser{}, err
	}
	user, err := s.userByEmail(ctx, email)
	if err != nil && !isNoRows(err) {
		return SignedInUser{}, err
	}
	fits, err := s.passwordFits(ctx, in.Password, user.PasswordHash)
	if err != nil {
		return SignedInUser{}, err
	}
	if !fits || user.DeactivatedAt != nil {
		return SignedInUser{}, errWrongCredentials
	}
	var reply SignedInUser
	err = s.write(ctx, func(tx *tx) error {
		now, err := tx.lockUser(user.ID)
		if err != nil {
			return err
		}
		// While the password was being checked, it may have been changed or its owner shut out.
		if now.DeactivatedAt != nil || now.PasswordHash == nil || *now.PasswordHash != *user.PasswordHash {
			return errWrongCredentials
		}
		if err := tx.forgiveTry(buckets...); err != nil {
			return err
		}
		reply, err = tx.signIn(now, in.InstallationID)
		return err
	})
	return reply, err
}

func (s *Store) userByEmail(ctx context.Context, email string) (user userRow, err error) {
	index, err := s.keys.index(indexEmail, email)
	if err != nil {
		return user, err
	}
	err = s.read(ctx, func(tx *tx) error {
		user, err = gorm.G[userRow](tx.db).Where("email_index = ?", index).First(ctx)
		return err
	})
	return user, err
}

func (t *tx) signIn(user userRow, installationID string) (SignedInUser, error) {
	secret, token, err := t.issueToken(user, installationID)
	if err != nil {
		return SignedInUser{}, err
	}
	me, err := t.me(user.ID)
	return SignedInUser{Token: secret, TokenID: token.ID, ExpiresAt: token.ExpiresAt, User: me}, err
}

// EnrollInput is how a person signs in with a one-time code, the first time or again after losing a phone.
type EnrollInput struct {
	Code           string         `json:"code"`
	InstallationID string         `json:"installation_id"`
	Email          *string        `json:"email"`
	Password       *string        `json:"password"`
	TimeZone       *string        `json:"time_zone"`
	Locale         *string        `json:"locale"`
	Consents       []ConsentGiven `json:"consents"`
}

// Enroll redeems a one-time code. For somebody enrolled before, the old tokens and devices end; the record stays.
func (s *Store) Enroll(ctx context.Context, address string, in EnrollInput) (SignedInUser, error) {
	now, err := s.now(ctx, s.requests.reader)
	if err != nil {
		return SignedInUser{}, readable(err)
	}
	if err := in.check(now); err != nil {
		return SignedInUser{}, err
	}
	code, _ := normalCode(in.Code)
	buckets := []bucket{{"enroll code " + code, triesPerTarget}, {"enroll address " + address, triesPerAddress}}
	if err := s.countTry(ctx, buckets...); err != nil {
		return SignedInUser{}, err
	}
	var hash *string
	if in.Password != nil {
		h, err := s.hashPassword(ctx, *in.Password)
		if err != nil {
			return SignedInUser{}, err
		}
		hash = &h
	}
	var reply SignedInUser
	err = s.write(ctx, func(tx *tx) error {
		user, err := tx.redeem(code)
		if err != nil {
			return err
		}
		// What is refused from here on stays counted: a code in hand must not tell which emails are known.
		if err := tx.forgiveTry(buckets...); err != nil {
			return err
		}
		reply, err = tx.enroll(user, in, hash)
		return err
	})
	return reply, err
}

func (in EnrollInput) check(now Instant) error {
	var c check
	if _, ok := normalCode(in.Code); !ok {
		c.fail("code", "not_a_code", "Expected the ten letters and digits of the code.")
	}
	c.installation("installation_id", in.InstallationID)
	if in.Email != nil {
		c.email("email", *in.Email)
	}
	if in.Password != nil {
		c.password("password", *in.Password, 12, 256)
	}
	c.optionalZone("time_zone", in.TimeZone)
	c.optionalLocale("locale", in.Locale)
	c.number("consents", len(in.Consents), 0, 10)
	for i, consent := range in.Consents {
		consent.row(&c, i, now)
	}
	return c.err()
}

func (t *tx) enroll(user userRow, in EnrollInput, hash *string) (SignedInUser, error) {
	if err := t.endTokens("user_id = ?", user.ID); err != nil {
		return SignedInUser{}, err
	}
	if err := t.setCredentials(user, in, hash); err != nil {
		return SignedInUser{}, err
	}
	if user.TimeZoneMode == zoneAutomatic {
		assign(&user.TimeZone, in.TimeZone)
	}
	assign(&user.Locale, in.Locale)
	if err := t.recordGiven(user, in.Consents); err != nil {
		return SignedInUser{}, err
	}
	if err := t.saveProfile(user); err != nil {
		return SignedInUser{}, err
	}
	return t.signIn(user, in.InstallationID)
}

func (t *tx) setCredentials(user userRow, in EnrollInput, hash *string) error {
	if user.EnrolledAt == nil {
		user.EnrolledAt = &t.now
	}
	if hash != nil {
		user.PasswordHash = hash
	}
	if in.Email != nil {
		email := strings.ToLower(*in.Email)
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
	_, err := gorm.G[userRow](t.db).Where("id = ?", user.ID).
		Select("Email", "EmailIndex", "PasswordHash", "EnrolledAt").Updates(t.ctx, user)
	return err
}
