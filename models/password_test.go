package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPasswordIsHashedAsOWASPSaysUnlessATestAsksForLess(t *testing.T) {
	for _, c := range []struct {
		memory uint32
		want   string
	}{{0, "$argon2id$v=19$m=19456,t=2,p=1$"}, {64, "$argon2id$v=19$m=64,t=2,p=1$"}} {
		hash, err := newPasswords(c.memory).hash(t.Context(), "correct horse battery")
		if err != nil || !strings.HasPrefix(hash, c.want) {
			t.Errorf("%s, want %s…: %v", hash, c.want, err)
		}
	}
}

func TestAPasswordThatWasHashedForLessOrMoreStillFits(t *testing.T) {
	old, now := newPasswords(64), newPasswords(0)
	for _, pair := range [][2]*passwords{{old, now}, {now, old}} {
		hash, err := pair[0].hash(t.Context(), "correct horse battery")
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false} {
			if fits, err := pair[1].fit(t.Context(), password, &hash); fits != want || err != nil {
				t.Errorf("%q against %s: %v, %v", password, hash, fits, err)
			}
		}
	}
	if fits, err := now.fit(t.Context(), "", nil); fits || err != nil {
		t.Errorf("without a hash: %v, %v", fits, err)
	}
}

func TestAFloodOfSignInsWaitsInAShortLineAndNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(64)
		for range hashedAtOnce { // that go on and on
			p.waiting <- struct{}{}
			p.hashing <- struct{}{}
		}
		began, answers := time.Now(), make(chan error, mostWaiting)
		for range mostWaiting {
			go func() { _, err := p.hash(t.Context(), "correct horse battery"); answers <- err }()
		}
		synctest.Wait()
		if _, err := p.fit(t.Context(), "correct horse battery", nil); err != errBusy || time.Since(began) > 0 {
			t.Errorf("one more is answered %v after %v", err, time.Since(began))
		}
		for range mostWaiting {
			if err := <-answers; err != errBusy || time.Since(began) != longestWait {
				t.Errorf("who waits is answered %v after %v", err, time.Since(began))
			}
		}
		if len(p.waiting) != hashedAtOnce || len(p.hashing) != hashedAtOnce {
			t.Error("who was turned away still has a place")
		}
		<-p.hashing
		<-p.waiting
		if _, err := p.hash(t.Context(), "correct horse battery"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoGoesAwayWaitsNoLonger(t *testing.T) {
	p := newPasswords(64)
	for range hashedAtOnce {
		p.hashing <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.hash(ctx, "correct horse battery"); !errors.Is(err, context.Canceled) || len(p.waiting) != 0 {
		t.Error(err)
	}
}

// OWASP ASVS 5.0, 6.2.4: at least 3,000 that are long enough to be chosen here.
func TestThePasswordsThatAreTriedFirstAreManyAndLongEnough(t *testing.T) {
	list := strings.Split(strings.TrimSuffix(commonPasswords, "\n"), "\n")
	if len(list) < 3000 || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Errorf("%d, in order and once each", len(list))
	}
	for _, common := range list {
		var c check
		if c.newPassword("password", strings.ToUpper(common)); len(c.fields) != 1 || c.fields[0].Code != "common_password" {
			t.Errorf("%q: %v", common, c.fields)
		}
	}
}
