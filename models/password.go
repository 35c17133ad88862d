package models

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

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

// hashing lets two passwords be hashed at a time: each takes 19 MiB and a core, and a flood of sign-ins must not take
// the machine from the reminders.
var hashing = make(chan struct{}, 2)

func (c argonCost) key(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, argonKeyBytes), nil
}

// hashPassword returns the PHC string of an argon2id hash.
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSaltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := s.hashCost.key(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64, c := base64.RawStdEncoding, s.hashCost
	return fmt.Sprintf("$argon2id$v=%d$"+argonCostFormat+"$%s$%s", argon2.Version, c.memory, c.passes, c.lanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// passwordFits says whether the password is the one that was hashed. Without a hash it works as long and says no, so
// that the time of the answer does not tell whether an email is known.
func (s *Store) passwordFits(ctx context.Context, password string, hash *string) (bool, error) {
	cost, salt, want := s.hashCost, make([]byte, argonSaltBytes), make([]byte, argonKeyBytes)
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
	got, err := cost.key(ctx, password, salt)
	return err == nil && hash != nil && subtle.ConstantTimeCompare(got, want) == 1, err
}
