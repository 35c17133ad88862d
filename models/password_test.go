package models

import (
	"strings"
	"testing"
)

func TestAPasswordIsHashedAsOWASPSaysUnlessATestAsksForLess(t *testing.T) {
	for _, c := range []struct {
		memory uint32
		want   string
	}{{0, "$argon2id$v=19$m=19456,t=2,p=1$"}, {64, "$argon2id$v=19$m=64,t=2,p=1$"}} {
		s := &Store{hashCost: costOf(c.memory)}
		hash, err := s.hashPassword(t.Context(), "correct horse battery")
		if err != nil || !strings.HasPrefix(hash, c.want) {
			t.Errorf("%s, want %s…: %v", hash, c.want, err)
		}
	}
}

func TestAPasswordThatWasHashedForLessOrMoreStillFits(t *testing.T) {
	old, now := &Store{hashCost: costOf(64)}, &Store{hashCost: costOf(0)}
	for _, pair := range [][2]*Store{{old, now}, {now, old}} {
		hash, err := pair[0].hashPassword(t.Context(), "correct horse battery")
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false} {
			if fits, err := pair[1].passwordFits(t.Context(), password, &hash); fits != want || err != nil {
				t.Errorf("%q against %s: %v, %v", password, hash, fits, err)
			}
		}
	}
	if fits, err := now.passwordFits(t.Context(), "", nil); fits || err != nil {
		t.Errorf("without a hash: %v, %v", fits, err)
	}
}
