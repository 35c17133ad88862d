package models

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// argonCost is what a hash takes, as its PHC string says it.
type argonCost struct {
	memory, passes uint32 // of memory KiB
	lanes          uint8
}

// usualCost is argon2id as OWASP's password storage cheat sheet has it: 19 MiB, two passes, one lane.
var usualCost = argonCost{memory: 19 * 1024, passes: 2, lanes: 1}

// costOf is the usual cost with another memory, in KiB; 0 leaves it.
func costOf(memory uint32) argonCost {
	c := usualCost
	c.memory = cmp.Or(memory, c.memory)
	return c
}

const (
	argonCostFormat = "m=%d,t=%d,p=%d"
	argonSaltBytes  = 16
	argonKeyBytes   = 32
)

// How many passwords are hashed at a time: each takes 19 MiB and a core, and a flood of sign-ins must not take the machine
// from the reminders. Some more wait, and not for long; whoever comes beyond that is turned away at once, so that a flood
// holds neither requests nor memory.
const (
	hashedAtOnce = 2
	mostWaiting  = 64
	longestWait  = 5 * time.Second
)

var errBusy = &Error{Kind: Unavailable, Code: "unavailable", RetryAfter: longestWait,
	Detail: "Too many people are signing in at once. Try again in a moment."}

// passwords hashes and compares them.
type passwords struct {
	cost    argonCost
	waiting chan struct{} // one for each that waits or is being hashed
	hashing chan struct{} // one for each that is being hashed
}

// newPasswords hashes with an amount of memory in KiB; 0: as much as OWASP says.
func newPasswords(memory uint32) *passwords {
	return &passwords{costOf(memory), make(chan struct{}, hashedAtOnce+mostWaiting), make(chan struct{}, hashedAtOnce)}
}

func (p *passwords) key(ctx context.Context, c argonCost, password string, salt []byte) ([]byte, error) {
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return nil, errBusy
	}
	enough := time.NewTimer(longestWait)
	defer enough.Stop()
	select {
	case p.hashing <- struct{}{}:
		defer func() { <-p.hashing }()
	case <-enough.C:
		return nil, errBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, argonKeyBytes), nil
}

// hash returns the PHC string of an argon2id hash.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSaltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := p.key(ctx, p.cost, password, salt)
	if err != nil {
		return "", err
	}
	b64, c := base64.RawStdEncoding, p.cost
	return fmt.Sprintf("$argon2id$v=%d$"+argonCostFormat+"$%s$%s", argon2.Version, c.memory, c.passes, c.lanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// fit says whether the password is the one that was hashed. Without a hash it works as long and says no, so
// that the time of the answer does not tell whether an email is known.
func (p *passwords) fit(ctx context.Context, password string, hash *string) (bool, error) {
	cost, salt, want := p.cost, make([]byte, argonSaltBytes), make([]byte, argonKeyBytes)
	if hash != nil {
		parts := strings.Split(*hash, "$")
		if len(parts) != 6 {
			return false, fmt.Errorf("a stored password hash is not a PHC string")
		}
		if _, err := fmt.Sscanf(parts[3], argonCostFormat, &cost.memory, &cost.passes, &cost.lanes); err != nil {
			return false, fmt.Errorf("what a stored password hash takes: %w", err)
		}
		var err error
		if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
			return false, err
		}
		if want, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
			return false, err
		}
	}
	got, err := p.key(ctx, cost, password, salt)
	return err == nil && hash != nil && subtle.ConstantTimeCompare(got, want) == 1, err
}
