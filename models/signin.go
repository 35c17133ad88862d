package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// LoginInput is how a person with a password signs in.
type LoginInput struct {
	Email          string `json:"email"`
	Password       string `json:"password"`
	InstallationID string `json:"installation_id"`

	OneTimeCode *string `json:"one_time_code"` // of who has a second factor
}

// SignedInUser is the answer to signing in. Token is shown this once.
type SignedInUser struct {
	Token         string  `json:"token"`
	TokenID       string  `json:"token_id"`
	ExpiresAt     Instant `json:"expires_at"`
	IdleExpiresAt Instant `json:"idle_expires_at"` // unless it is used before
	User          Me      `json:"user"`
}

var errWrongCredentials = &Error{Kind: Unauthenticated, Code: "wrong_credentials", Detail: "The email or the password is wrong."}

// SignIn checks an email and a password; address is the network address that asks, for counting wrong tries.
func (s *Store) SignIn(ctx context.Context, address string, in LoginInput) (SignedInUser, error) {
	var c check
	email := c.email("email", in.Email)
	c.password("password", in.Password, 1, 256)
	c.installation("installation_id", in.InstallationID)
	c.oneTimeCode("one_time_code", in.OneTimeCode)
	if err := c.err(); err != nil {
		return SignedInUser{}, err
	}
	buckets := []bucket{byTarget("login email " + email), byAddress("login", address)}
	if err := s.countTry(ctx, buckets...); err != nil {
		return SignedInUser{}, err
	}
	user, err := s.userByEmail(ctx, email)
	if err != nil && !isNoRows(err) {
		return SignedInUser{}, err
	}
	fits, err := s.passwords.fit(ctx, in.Password, user.PasswordHash)
	if err != nil {
		return SignedInUser{}, err
	}
	if !fits || user.DeactivatedAt != nil {
		return SignedInUser{}, s.refuseSignIn(ctx, user, errWrongCredentials)
	}
	if err := s.askForCode(ctx, user, in.OneTimeCode, buckets...); err != nil {
		return SignedInUser{}, err
	}
	var reply SignedInUser
	err = s.write(ctx, func(tx *tx) error {
		now, err := tx.lockUser(user.ID)
		if err != nil {
			return err
		}
		if now.DeactivatedAt != nil || !now.hasPasswordOf(user) {
			return errWrongCredentials
		}
		if err := tx.takeCode(now, in.OneTimeCode); err != nil {
			return err
		}
		if err := tx.forgiveTry(buckets...); err != nil {
			return err
		}
		reply, err = tx.signIn(now, in.InstallationID)
		return err
	})
	if errors.Is(err, errWrongCredentials) || errors.Is(err, errWrongOneTimeCode) {
		err = s.refuseSignIn(ctx, user, err)
	}
	return reply, err
}

// hasPasswordOf says that the password is still the one that was checked: that takes a while, in which it may be changed.
func (r userRow) hasPasswordOf(checked userRow) bool {
	return same(r.PasswordHash, checked.PasswordHash)
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
	if err := t.auditOwn(user.actor(), "sign_in", token.ID); err != nil {
		return SignedInUser{}, err
	}
	me, err := t.me(user.ID)
	return SignedInUser{Token: secret, TokenID: token.ID, ExpiresAt: token.ExpiresAt,
		IdleExpiresAt: token.LastSeenAt.Add(t.tokens.of(user.Role).Idle), User: me}, err
}

// EnrollInput is how a person signs in with an enrolment code, the first time or again after losing a phone.
type EnrollInput struct {
	Code           string         `json:"code"`
	InstallationID string         `json:"installation_id"`
	Email          *string        `json:"email"`
	Password       *string        `json:"password"`
	TimeZone       *string        `json:"time_zone"`
	Locale         *string        `json:"locale"`
	Consents       []ConsentGiven `json:"consents"`

	OneTimeCode *string `json:"one_time_code"` // of who has a second factor
}

// Enroll redeems an enrolment code. For somebody enrolled before, the old tokens and devices end, and so does the password,
// which whoever has their phone may have set; the record stays. A second factor stays too: a code from an admin is no way
// around it.
func (s *Store) Enroll(ctx context.Context, address string, in EnrollInput) (SignedInUser, error) {
	now, err := s.now(ctx, s.requests.reader)
	if err != nil {
		return SignedInUser{}, readable(err)
	}
	if err := in.check(now); err != nil {
		return SignedInUser{}, err
	}
	code, _ := normalCode(in.Code, codeLength)
	buckets := []bucket{byTarget("enroll code " + code), byAddress("enroll", address)}
	if err := s.countTry(ctx, buckets...); err != nil {
		return SignedInUser{}, err
	}
	invited, err := s.invited(ctx, code)
	if err != nil {
		return SignedInUser{}, err
	}
	if err := s.askForCode(ctx, invited, in.OneTimeCode, buckets...); err != nil {
		return SignedInUser{}, err
	}
	var password *newPassword
	if in.Password != nil {
		hash, err := s.passwords.hash(ctx, *in.Password)
		if err != nil {
			return SignedInUser{}, err
		}
		password = &newPassword{"password", *in.Password, hash}
	}
	var reply SignedInUser
	err = s.write(ctx, func(tx *tx) error {
		user, err := tx.redeem(code, invited.ID)
		if err != nil {
			return err
		}
		if err := tx.takeCode(user, in.OneTimeCode); err != nil {
			return err
		}
		// What is refused from here on stays counted: a code in hand must not tell which emails are known.
		if err := tx.forgiveTry(buckets...); err != nil {
			return err
		}
		reply, err = tx.enroll(user, in, password)
		return err
	})
	return reply, err
}

func (in EnrollInput) check(now Instant) error {
	var c check
	if _, ok := normalCode(in.Code, codeLength); !ok {
		c.fail("code", "not_a_code", "Expected the ten letters and digits of the code.")
	}
	c.installation("installation_id", in.InstallationID)
	if in.Email != nil {
		c.email("email", *in.Email)
	}
	if in.Password != nil {
		c.newPassword("password", *in.Password)
	}
	c.oneTimeCode("one_time_code", in.OneTimeCode)
	c.optionalZone("time_zone", in.TimeZone)
	c.optionalLocale("locale", in.Locale)
	c.number("consents", len(in.Consents), 0, 10)
	for i, consent := range in.Consents {
		consent.row(&c, i, now)
	}
	return c.err()
}

func (t *tx) enroll(user userRow, in EnrollInput, password *newPassword) (SignedInUser, error) {
	if err := t.endTokens("user_id = ?", user.ID); err != nil {
		return SignedInUser{}, err
	}
	if err := t.setCredentials(user, in.Email, password); err != nil {
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
