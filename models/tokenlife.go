package models

import (
	"cmp"
	"time"
)

// TokenLife is how long a token lasts: since it was last used, and since it was made. At either instant it has ended.
type TokenLife struct{ Idle, Absolute time.Duration }

// ClientTokenLife is how long the tokens of clients and family last unless the operator has it otherwise: a phone that
// nobody signs in to for a while must not be without the numbers to call.
func ClientTokenLife() TokenLife { return TokenLife{90 * day, 365 * day} }

// StaffTokenLife is how long those of staff last, who see other people's records: whoever does not come to work the next
// morning signs in again, and everybody does each week.
func StaffTokenLife() TokenLife { return TokenLife{12 * time.Hour, 7 * day} }

const day = 24 * time.Hour

type tokenLives struct{ clients, staff TokenLife }

func newTokenLives(o Options) tokenLives {
	return tokenLives{cmp.Or(o.ClientTokens, ClientTokenLife()), cmp.Or(o.StaffTokens, StaffTokenLife())}
}

// of is how long a token of somebody with this role lasts.
func (l tokenLives) of(role Role) TokenLife {
	if role.May(OwnFactor) {
		return l.staff
	}
	return l.clients
}

// seenEvery is how exactly it is known when a token was last used: a write at every request would cost more than the
// request. A token ends this much too early at most, and never too late.
func (l TokenLife) seenEvery() time.Duration { return min(time.Hour, l.Idle/720) }
