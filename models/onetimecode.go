package models

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

var (
	errCodeRequired = &Error{Kind: Unauthenticated, Code: "one_time_code_required",
		Detail: "Send a code of the authenticator app as one_time_code too."}
	errWrongOneTimeCode = &Error{Kind: Unauthenticated, Code: "wrong_one_time_code",
		Detail: "This code is wrong or was used already. Wait for the next one."}
)

// recoveryLength makes a recovery code of 120 bits, enough to be kept under a plain hash (OWASP ASVS 5.0, 6.5.2: 112).
const recoveryLength = 24

// oneTimeCode reads what was typed: six digits of the authenticator app, or a recovery code.
func oneTimeCode(typed string) (code string, isRecovery, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if len(code) == 6 && strings.Trim(code, "0123456789") == "" {
		return code, false, len(typed) <= 40
	}
	code, ok = normalCode(typed, recoveryLength)
	return code, true, ok
}

func (c *check) oneTimeCode(field string, typed *string) {
	if typed == nil {
		return
	}
	if _, _, ok := oneTimeCode(*typed); !ok {
		c.fail(field, "not_a_code", "Expected the six digits of the authenticator app, or a recovery code of 24 letters and digits.")
	}
}

// byCodesOf counts for a day: of a million codes three are right at any time, and somebody may know the password. Recovery
// codes cannot be guessed and are not counted, so that they are a way in when others have used up the tries.
func byCodesOf(userID string) bucket {
	return bucket{"one-time codes of " + userID, triesPerTarget, 24 * time.Hour}
}

// askForCode refuses who has a second factor and sends no code of it: what they tried was right so far. A code that is sent
// is counted before it is tried.
func (s *Store) askForCode(ctx context.Context, user userRow, typed *string, tried ...bucket) error {
	switch {
	case user.SecondFactor == nil:
		return nil
	case typed == nil:
		return cmp.Or[error](s.forgive(ctx, tried...), errCodeRequired)
	}
	if _, isRecovery, _ := oneTimeCode(*typed); isRecovery {
		return nil
	}
	return s.countTry(ctx, byCodesOf(user.ID))
}

// takeCode uses up a code of who has a second factor. Of two that send the same one at once, one finds it used.
func (t *tx) takeCode(user userRow, typed *string) error {
	switch {
	case user.SecondFactor == nil:
		return nil
	case typed == nil:
		return errCodeRequired
	}
	code, isRecovery, _ := oneTimeCode(*typed)
	if isRecovery {
		return t.takeRecoveryCode(user, code)
	}
	open := opener{keys: t.keys}
	step, fits := stepOf(code, open.text(userFactor, user.ID, user.SecondFactor), t.now)
	if open.err != nil {
		return open.err
	}
	if !fits {
		return errWrongOneTimeCode
	}
	taken, err := t.affected("UPDATE users SET second_factor_step = ? WHERE id = ? AND second_factor_step < ?", step, user.ID, step)
	if err == nil && taken == 0 {
		err = errWrongOneTimeCode
	}
	if err != nil {
		return err
	}
	return t.forgiveTry(byCodesOf(user.ID))
}

func (t *tx) takeRecoveryCode(user userRow, code string) error {
	taken, err := t.affected("UPDATE recovery_codes SET used_at = ? WHERE code_hash = ? AND user_id = ? AND used_at IS NULL",
		t.now, hashToken(code), user.ID)
	if err == nil && taken == 0 {
		err = errWrongOneTimeCode
	}
	if err != nil {
		return err
	}
	return t.audit(user.actor(), "use_recovery_code", "", user.ID)
}

// stepOf finds the step of 30 seconds whose code this is: the present one or a neighbour, for a phone whose clock is a little
// off (RFC 6238 §5.2, §6). The latest comes first, so that a code which fits two steps is used up for both.
func stepOf(code, secret string, now Instant) (step int64, fits bool) {
	present := now.Time().Unix() / 30
	for step := present + 1; step >= present-1; step-- {
		if hotp.Validate(code, uint64(step), secret) {
			return step, true
		}
	}
	return 0, false
}

// newRecoveryCodes makes ten, in place of those that there were.
func (t *tx) newRecoveryCodes(userID string) (RecoveryCodes, error) {
	if err := t.exec("DELETE FROM recovery_codes WHERE user_id = ?", userID); err != nil {
		return RecoveryCodes{}, err
	}
	var made RecoveryCodes
	for range 10 {
		code := newCode(recoveryLength)
		if err := t.exec("INSERT INTO recovery_codes (user_id, code_hash) VALUES (?, ?)", userID, hashToken(code)); err != nil {
			return RecoveryCodes{}, err
		}
		var groups []string
		for i := 0; i < len(code); i += 4 {
			groups = append(groups, code[i:i+4])
		}
		made.RecoveryCodes = append(made.RecoveryCodes, strings.Join(groups, "-"))
	}
	return made, nil
}
