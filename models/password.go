package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id as OWASP's password storage cheat sheet has it: 19 MiB, two passes, one lane.
const (
	argonMemoryKiB = 19 * 1024
	argonPasses    = 2
	argonLanes     = 1
	argonKeyBytes  = 32
)

// hashing lets two passwords be hashed at a time: each takes 19 MiB and a core, and a flood of sign-ins must not take
// the machine from the reminders.
var hashing = make(chan struct{}, 2)

func argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemoryKiB, argonLanes, argonKeyBytes), nil
}

// hashPassword returns the PHC string of an argon2id hash.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := argon(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemoryKiB, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// passwordFits says whether the password is the one that was hashed. Without a hash it works as long and says no, so
// that the time of the answer does not tell whether an email is known.
func passwordFits(ctx context.Context, password string, hash *string) (bool, error) {
	salt, want := make([]byte, 16), make([]byte, argonKeyBytes)
	if hash != nil {
		parts := strings.Split(*hash, "$")
		if len(parts) != 6 {
			return false, fmt.Errorf("a stored password hash is not a PHC string")
		}
		var err error
		if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
			return false, err
		}
		if want, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
			return false, err
		}
	}
	got, err := argon(ctx, password, salt)
	return err == nil && hash != nil && subtle.ConstantTimeCompare(got, want) == 1, err
}
