package models

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"gorm.io/gorm"
)

type inviteRow struct {
	ID         string
	ClinicID   string
	UserID     string
	CodeIndex  []byte
	CreatedBy  string
	CreatedAt  Instant
	ExpiresAt  Instant
	RedeemedAt *Instant
	VoidedAt   *Instant
}

func (inviteRow) TableName() string { return "invites" }

// Invite is an enrolment code: it binds a phone, once. Code and EnrollURL are shown this once.
type Invite struct {
	Code      string  `json:"code"`
	EnrollURL string  `json:"enroll_url"`
	ExpiresAt Instant `json:"expires_at"`
}

const (
	inviteLife   = 7 * 24 * time.Hour
	codeLength   = 10                                 // 50 bits
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base32: no I, L, O or U to mistake
)

var errWrongCode = invalidField("code", "wrong_code", "This code is wrong, used or too old. A counselor can give a new one.")

func newCode(length int) string {
	random := make([]byte, length)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	for i, b := range random {
		random[i] = codeAlphabet[b%32] // 256 is a multiple of 32: no letter is likelier
	}
	return string(random)
}

// normalCode is a code of a length as it was given out: in capitals, without spaces and hyphens, with letters that look
// like digits read as those.
func normalCode(typed string, length int) (string, bool) {
	if len(typed) > 40 {
		return "", false
	}
	code := strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed))
	strange := strings.ContainsFunc(code, func(r rune) bool { return !strings.ContainsRune(codeAlphabet, r) })
	return code, len(code) == length && !strange
}

// InviteClient gives a client of the actor's caseload a new code; earlier ones stop working.
func (s *Store) InviteClient(ctx context.Context, actor Actor, clientID string) (Invite, error) {
	var invite Invite
	err := s.write(ctx, func(tx *tx) error {
		user, err := tx.clientInCare(actor, clientID)
		if err != nil {
			return err
		}
		if err := tx.audit(actor, "invite_client", clientID, ""); err != nil {
			return err
		}
		invite, err = tx.invite(actor, user.ID)
		return err
	})
	return invite, err
}

// InviteStaff gives a member of staff a new code; earlier ones stop working.
func (s *Store) InviteStaff(ctx context.Context, actor Actor, staffID string) (Invite, error) {
	var invite Invite
	err := s.write(ctx, func(tx *tx) error {
		user, err := tx.staff(actor, staffID)
		if err != nil {
			return err
		}
		if user.DeactivatedAt != nil {
			return conflict("deactivated", "This person is deactivated and cannot sign in.")
		}
		if err := tx.audit(actor, "invite_staff", "", user.ID); err != nil {
			return err
		}
		invite, err = tx.invite(actor, user.ID)
		return err
	})
	return invite, err
}

func (t *tx) invite(actor Actor, userID string) (Invite, error) {
	if _, err := t.lockUser(userID); err != nil { // of two codes given at once, one stays
		return Invite{}, err
	}
	err := t.exec("UPDATE invites SET voided_at = ? WHERE user_id = ? AND redeemed_at IS NULL AND voided_at IS NULL", t.now, userID)
	if err != nil {
		return Invite{}, err
	}
	code := newCode(codeLength)
	index, err := t.keys.index(indexCode, code)
	if err != nil {
		return Invite{}, err
	}
	row := inviteRow{ID: newID(), ClinicID: actor.ClinicID, UserID: userID, CodeIndex: index, CreatedBy: actor.UserID,
		CreatedAt: t.now, ExpiresAt: t.now.Add(inviteLife)}
	// The fragment of a URL is not sent to servers and stands in no access log.
	return Invite{Code: code, EnrollURL: t.publicURL + "/enroll#" + code, ExpiresAt: row.ExpiresAt},
		gorm.G[inviteRow](t.db).Create(t.ctx, &row)
}

const validInvite = "code_index = ? AND redeemed_at IS NULL AND voided_at IS NULL AND expires_at > ?"

// invited is whose a code is.
func (s *Store) invited(ctx context.Context, code string) (user userRow, err error) {
	index, err := s.keys.index(indexCode, code)
	if err != nil {
		return user, err
	}
	err = s.read(ctx, func(tx *tx) error {
		user, err = first[userRow](tx, "SELECT * FROM users WHERE id IN (SELECT user_id FROM invites WHERE "+validInvite+")", index, tx.now)
		return err
	})
	if isNoRows(err) {
		err = errWrongCode
	}
	return user, err
}

// redeem uses a code of this user's up. Of two that try at once, one finds it used.
func (t *tx) redeem(code, userID string) (userRow, error) {
	index, err := t.keys.index(indexCode, code)
	if err != nil {
		return userRow{}, err
	}
	if err := t.lockPeople(userID); err != nil {
		return userRow{}, err
	}
	user, err := t.lockUser(userID)
	if err != nil {
		return userRow{}, err
	}
	used, err := t.affected("UPDATE invites SET redeemed_at = ? WHERE "+validInvite, t.now, index, t.now)
	if err == nil && (used == 0 || user.DeactivatedAt != nil) {
		err = errWrongCode
	}
	return user, err
}
