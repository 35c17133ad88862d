package models

import (
	"context"
	"errors"
	"strings"

	"github.com/pquerna/otp/totp"
)

// What stands of a person's second factor.
const (
	factorOff = "off"
	factorOn  = "on"
	factorDue = "due" // the clinic requires it, and it is not set up
)

func (r userRow) factorState(clinic Clinic) string {
	switch {
	case r.SecondFactor != nil:
		return factorOn
	case clinic.SecondFactorRequired && r.Role.May(OwnFactor):
		return factorDue
	}
	return factorOff
}

// SecondFactorInput proves who asks: with the password and, once there is a second factor, with a code of it or a recovery code.
type SecondFactorInput struct {
	Password    string  `json:"password"`
	OneTimeCode *string `json:"one_time_code"`
}

// SecondFactorBegun is what an authenticator app needs (RFC 6238: SHA-1, 6 digits, 30 seconds). It is shown this once.
type SecondFactorBegun struct {
	Secret     string `json:"secret"` // base32
	OTPAuthURL string `json:"otpauth_url"`
}

// SecondFactorProof is a code by which the app shows that it has the secret.
type SecondFactorProof struct {
	OneTimeCode string `json:"one_time_code"`
}

// RecoveryCodes stand in for a code of the app, once each. They are shown this once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes"`
}

var errNotBegun = conflict("second_factor_not_begun", "Begin with POST /v1/me/second-factor.")

// BeginSecondFactor makes a secret that counts once ConfirmSecondFactor has seen a code of it; until then nothing changes.
func (s *Store) BeginSecondFactor(ctx context.Context, actor Actor, in SecondFactorInput) (SecondFactorBegun, error) {
	var begun SecondFactorBegun
	err := s.withBothFactors(ctx, actor, in, func(tx *tx, user userRow) error {
		clinic, err := tx.clinic(user.ClinicID)
		if err != nil {
			return err
		}
		open, seal := opener{keys: tx.keys}, sealer{keys: tx.keys, id: user.ID}
		// A colon would divide the two.
		key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(clinic.DisplayName, ":", " "),
			AccountName: open.text(userEmail, user.ID, user.Email)})
		if err := errors.Join(err, open.err); err != nil {
			return err
		}
		begun = SecondFactorBegun{Secret: key.Secret(), OTPAuthURL: key.URL()}
		sealed := seal.text(userNextFactor, begun.Secret)
		if seal.err != nil {
			return seal.err
		}
		return tx.exec("UPDATE users SET next_factor = ? WHERE id = ?", sealed, user.ID)
	})
	return begun, err
}

// ConfirmSecondFactor sets up what was begun, in place of what there was. The tokens for which no code was asked end.
func (s *Store) ConfirmSecondFactor(ctx context.Context, actor Actor, in SecondFactorProof) (RecoveryCodes, error) {
	var c check
	c.oneTimeCode("one_time_code", &in.OneTimeCode)
	if err := c.err(); err != nil {
		return RecoveryCodes{}, err
	}
	tries := byTarget("second factor begun by " + actor.UserID)
	if err := s.countTry(ctx, tries); err != nil {
		return RecoveryCodes{}, err
	}
	var codes RecoveryCodes
	err := s.writeSignedIn(ctx, actor, func(tx *tx, user userRow) (err error) {
		if err := tx.setUpFactor(user, in.OneTimeCode); err != nil {
			return err
		}
		if err := tx.forgiveTry(tries); err != nil {
			return err
		}
		if err := tx.endOtherTokens(actor); err != nil {
			return err
		}
		if err := tx.audit(actor, "set_up_second_factor", "", user.ID); err != nil {
			return err
		}
		codes, err = tx.newRecoveryCodes(user.ID)
		return err
	})
	return codes, err
}

func (t *tx) setUpFactor(user userRow, typed string) error {
	if user.NextFactor == nil {
		return errNotBegun
	}
	open, seal := opener{keys: t.keys}, sealer{keys: t.keys, id: user.ID}
	secret := open.text(userNextFactor, user.ID, user.NextFactor)
	code, _, _ := oneTimeCode(typed)
	step, fits := stepOf(code, secret, t.now)
	sealed := seal.text(userFactor, secret)
	if err := errors.Join(open.err, seal.err); err != nil {
		return err
	}
	if !fits {
		return ofField(errWrongOneTimeCode)
	}
	return t.exec("UPDATE users SET second_factor = ?, second_factor_step = ?, next_factor = NULL WHERE id = ?", sealed, step, user.ID)
}

// RenewRecoveryCodes makes ten new ones; the former stop working.
func (s *Store) RenewRecoveryCodes(ctx context.Context, actor Actor, in SecondFactorInput) (RecoveryCodes, error) {
	var codes RecoveryCodes
	err := s.withBothFactors(ctx, actor, in, func(tx *tx, user userRow) (err error) {
		if user.SecondFactor == nil {
			return errNoFactor
		}
		if err := tx.audit(actor, "renew_recovery_codes", "", user.ID); err != nil {
			return err
		}
		codes, err = tx.newRecoveryCodes(user.ID)
		return err
	})
	return codes, err
}

var errNoFactor = conflict("no_second_factor", "No second factor is set up.")

// EndSecondFactor does without one again, where the clinic does not require it. That is looked at before anything is tried: a code
// that was right and came to nothing would count as a wrong one for a day.
func (s *Store) EndSecondFactor(ctx context.Context, actor Actor, in SecondFactorInput) error {
	clinic, err := s.Clinic(ctx, actor)
	if err != nil {
		return err
	}
	if clinic.SecondFactorRequired {
		return conflict("required_by_clinic", "Your clinic requires a second factor: move it to another phone instead.")
	}
	return s.withBothFactors(ctx, actor, in, func(tx *tx, user userRow) error {
		if user.SecondFactor == nil {
			return errNoFactor
		}
		if err := tx.audit(actor, "end_second_factor", "", user.ID); err != nil {
			return err
		}
		return tx.endFactor(user.ID)
	})
}

// ResetSecondFactor ends the second factor of a colleague who lost it, and signs them out everywhere.
func (s *Store) ResetSecondFactor(ctx context.Context, actor Actor, staffID string) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(staffID); err != nil {
			return err
		}
		user, err := tx.staff(actor, staffID)
		switch {
		case err != nil:
			return err
		case staffID == actor.UserID:
			return conflict("oneself", "Another admin has to reset it. With the password and a code you can end it yourself.")
		case user.SecondFactor == nil && user.NextFactor == nil:
			return nil
		}
		if err := tx.endFactor(staffID); err != nil {
			return err
		}
		if err := tx.endTokens("user_id = ?", staffID); err != nil {
			return err
		}
		return tx.audit(actor, "reset_second_factor", "", staffID)
	})
}

func (t *tx) endFactor(userID string) error {
	if err := t.exec("UPDATE users SET second_factor = NULL, second_factor_step = NULL, next_factor = NULL WHERE id = ?", userID); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM recovery_codes WHERE user_id = ?", userID); err != nil {
		return err
	}
	return t.forgetTries(byCodesOf(userID))
}

// withBothFactors writes for somebody who has proven with all they have that it is they.
func (s *Store) withBothFactors(ctx context.Context, actor Actor, in SecondFactorInput, f func(*tx, userRow) error) error {
	var c check
	c.password("password", in.Password, 1, 256)
	c.oneTimeCode("one_time_code", in.OneTimeCode)
	if err := c.err(); err != nil {
		return err
	}
	known, err := s.provePassword(ctx, actor, "password", &in.Password)
	if err != nil {
		return err
	}
	if err := s.askForCode(ctx, known.userRow, in.OneTimeCode, byPasswordOf(actor)); err != nil {
		return ofField(err)
	}
	return s.writeProven(ctx, actor, known, func(tx *tx, user userRow) error {
		if err := tx.takeCode(user, in.OneTimeCode); err != nil {
			return ofField(err)
		}
		return f(tx, user)
	})
}

// ofField is a refused code for somebody who is signed in, whose token is not what is wrong.
func ofField(err error) error {
	if errors.Is(err, errCodeRequired) || errors.Is(err, errWrongOneTimeCode) {
		refusal := err.(*Error)
		return invalidField("one_time_code", refusal.Code, refusal.Detail)
	}
	return err
}

// mayRequireFactor keeps an admin from shutting themselves out: they require of others what they have.
func (t *tx) mayRequireFactor(actor Actor, clinic Clinic, wanted *bool) error {
	if wanted == nil || !*wanted || clinic.SecondFactorRequired {
		return nil
	}
	admin, err := t.user(actor.UserID)
	if err == nil && admin.SecondFactor == nil {
		err = conflict("own_second_factor_first", "Set up your own second factor before you require it of all staff.")
	}
	return err
}
