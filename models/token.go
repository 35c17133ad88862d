package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"strings"

	"gorm.io/gorm"
)

// tokenRow is a bearer token of a signed-in user, bound to the installation that asked for it.
type tokenRow struct {
	ID             string
	ClinicID       string
	UserID         string
	InstallationID string
	TokenHash      []byte
	CreatedAt      Instant
	LastSeenAt     Instant
	ExpiresAt      Instant
	EndedAt        *Instant
}

func (tokenRow) TableName() string { return "tokens" }

const tokenPrefix = "hr_"

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Authenticate finds who holds the token. It is asked at each request, so that ending a token works at once.
func (s *Store) Authenticate(ctx context.Context, token string) (Actor, error) {
	if !strings.HasPrefix(token, tokenPrefix) || len(token) > 100 {
		return Actor{}, ErrUnauthenticated
	}
	var row struct {
		ID         string
		UserID     string
		ClinicID   string
		Role       Role
		Locale     string
		LastSeenAt Instant
		ExpiresAt  Instant
		FactorDue  bool
		Now        Instant
	}
	// Each request does this first: the database says in the same answer what time it is.
	err := readable(s.requests.reader.WithContext(ctx).Raw(`SELECT t.id, t.user_id, t.clinic_id, t.last_seen_at, t.expires_at, u.role, u.locale,
			c.second_factor_required AND u.second_factor IS NULL, ?
		FROM tokens t JOIN users u ON u.id = t.user_id JOIN clinics c ON c.id = t.clinic_id WHERE t.token_hash = ? AND t.ended_at IS NULL AND u.deactivated_at IS NULL`, s.nowExpr(), hashToken(token)).
		Row().Scan(&row.ID, &row.UserID, &row.ClinicID, &row.LastSeenAt, &row.ExpiresAt, &row.Role, &row.Locale, &row.FactorDue, &row.Now))
	life := s.tokens.of(row.Role)
	switch {
	case isNoRows(err) || err == nil && row.Now >= min(row.ExpiresAt, row.LastSeenAt.Add(life.Idle)):
		return Actor{}, ErrUnauthenticated
	case err != nil:
		return Actor{}, err
	}
	if row.Now.Sub(row.LastSeenAt) > life.seenEvery() {
		err = s.write(ctx, func(tx *tx) error {
			// Of many requests that find it old at once, one writes.
			return tx.exec("UPDATE tokens SET last_seen_at = ? WHERE id = ? AND last_seen_at = ?", tx.now, row.ID, row.LastSeenAt)
		})
		if err != nil { // a full disk must not keep anybody from reading
			slog.Warn("when a token was last seen is not recorded", "token", row.ID, "cause", err)
		}
	}
	return Actor{UserID: row.UserID, ClinicID: row.ClinicID, Role: row.Role, Locale: row.Locale, TokenID: row.ID,
		FactorDue: row.FactorDue && row.Role.May(OwnFactor)}, nil
}

// issueToken signs a user in on an installation; an earlier token of theirs there ends.
func (t *tx) issueToken(user userRow, installationID string) (secret string, row tokenRow, err error) {
	err = t.exec("UPDATE tokens SET ended_at = ? WHERE user_id = ? AND installation_id = ? AND ended_at IS NULL", t.now, user.ID, installationID)
	if err != nil {
		return "", tokenRow{}, err
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
	row = tokenRow{ID: newID(), ClinicID: user.ClinicID, UserID: user.ID, InstallationID: installationID, TokenHash: hashToken(secret),
		CreatedAt: t.now, LastSeenAt: t.now, ExpiresAt: t.now.Add(t.tokens.of(user.Role).Absolute)}
	return secret, row, gorm.G[tokenRow](t.db).Create(t.ctx, &row)
}

// endTokens signs a user out of the installations of these tokens: the tokens end and so do the devices, so that
// nothing more reaches a phone that somebody else may hold next.
func (t *tx) endTokens(where string, args ...any) error {
	var ended []struct{ UserID, InstallationID string }
	err := t.scan(&ended, "UPDATE tokens SET ended_at = ? WHERE ended_at IS NULL AND "+where+" RETURNING user_id, installation_id",
		append([]any{t.now}, args...)...)
	if err != nil {
		return err
	}
	for _, token := range ended {
		if err := t.endDevices("user_id = ? AND installation_id = ?", token.UserID, token.InstallationID); err != nil {
			return err
		}
	}
	return nil
}

// endOtherTokens signs the actor out everywhere but here.
func (t *tx) endOtherTokens(actor Actor) error {
	return t.endTokens("user_id = ? AND id <> ?", actor.UserID, actor.TokenID)
}

// holdToken is the installation of the token in use, which is kept as it is until the transaction ends.
func (t *tx) holdToken(actor Actor) (installationID string, err error) {
	err = t.scan(&installationID, "SELECT installation_id FROM tokens WHERE id = ? AND ended_at IS NULL"+t.lockClause("FOR NO KEY UPDATE"), actor.TokenID)
	if err == nil && installationID == "" { // signed out while this was on its way
		err = ErrUnauthenticated
	}
	return installationID, err
}

// SignOut ends the token in use and the device of its installation.
func (s *Store) SignOut(ctx context.Context, actor Actor) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.auditOwn(actor, "sign_out", actor.TokenID); err != nil {
			return err
		}
		return tx.endTokens("id = ?", actor.TokenID)
	})
}

// Token is one place where a user is signed in.
type Token struct {
	ID             string  `json:"id"`
	InstallationID string  `json:"installation_id"`
	CreatedAt      Instant `json:"created_at"`
	LastSeenAt     Instant `json:"last_seen_at"`
	ExpiresAt      Instant `json:"expires_at"`
	IdleExpiresAt  Instant `json:"idle_expires_at"`
	Expired        bool    `json:"expired"`
	Current        bool    `json:"current"`
}

func (r tokenRow) view(actor Actor, life TokenLife, now Instant) Token {
	idle := r.LastSeenAt.Add(life.Idle)
	return Token{ID: r.ID, InstallationID: r.InstallationID, CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, ExpiresAt: r.ExpiresAt,
		IdleExpiresAt: idle, Expired: now >= min(r.ExpiresAt, idle), Current: r.ID == actor.TokenID}
}

// Tokens lists where the actor is signed in, the newest first; and where a token has ended by itself and the phone is
// still sent to, for it may be lost.
func (s *Store) Tokens(ctx context.Context, actor Actor, page Page) (List[Token], error) {
	var list List[Token]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "tokens", page)
		if err != nil {
			return err
		}
		life := s.tokens.of(actor.Role)
		rows, err := gorm.G[tokenRow](tx.db).
			Where(`user_id = ? AND ended_at IS NULL AND (? = '' OR id < ?) AND (expires_at > ? AND last_seen_at > ? OR EXISTS
				(SELECT 1 FROM devices d WHERE d.user_id = tokens.user_id AND d.installation_id = tokens.installation_id AND d.status = ?))`,
				actor.UserID, at.ID, at.ID, tx.now, tx.now.Add(-life.Idle), DeviceLive).
			Order("id DESC").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r tokenRow) (Token, position) {
			return r.view(actor, life, tx.now), position{ID: r.ID}
		})
		return err
	})
	return list, err
}

// EndToken signs the actor out somewhere.
func (s *Store) EndToken(ctx context.Context, actor Actor, id string) error {
	return s.write(ctx, func(tx *tx) error {
		var found int
		err := tx.scan(&found, "SELECT count(*) FROM tokens WHERE id = ? AND user_id = ? AND ended_at IS NULL", id, actor.UserID)
		if err != nil {
			return err
		}
		if found == 0 {
			return ErrNotFound
		}
		if err := tx.auditOwn(actor, "sign_out", id); err != nil {
			return err
		}
		return tx.endTokens("id = ?", id)
	})
}
