package models

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
)

func TestWhatWasChainedHoldsWhicheverKeyIsInUseNowAndNothingElseDoes(t *testing.T) {
	first, err := firstKeyring()
	if err != nil {
		t.Fatal(err)
	}
	keys := &Keys{}
	keys.ring.Store(first)
	before, err := keys.chain([]byte("event 1"))
	if err != nil {
		t.Fatal(err)
	}
	manager := keyset.NewManagerFromHandle(first.chaining)
	id, err := manager.Add(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil || manager.SetPrimary(id) != nil {
		t.Fatal(err)
	}
	chaining, err := manager.Handle()
	if err != nil {
		t.Fatal(err)
	}
	second, err := newKeyring(2, first.sealing, first.indexing, chaining)
	if err != nil {
		t.Fatal(err)
	}
	keys.ring.Store(second)
	after, err := keys.chain([]byte("event 1"))
	if err != nil || after == before {
		t.Errorf("the key in use is the one before (%v)", err)
	}
	for _, hash := range []string{before, after} {
		if holds, err := keys.holds(hash, []byte("event 1")); err != nil || !holds {
			t.Errorf("%s does not hold: %v", hash, err)
		}
		if holds, _ := keys.holds(hash, []byte("event 2")); holds {
			t.Errorf("%s holds for another event", hash)
		}
	}
}

func TestOneKeysetDoesNotOpenInThePlaceOfAnotherNorUnderAnotherMasterKey(t *testing.T) {
	load := func(name string) MasterKey {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := CreateMasterKey(path); err != nil {
			t.Fatal(err)
		}
		master, err := LoadMasterKey(path)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := LoadMasterKey(path); err != nil || again.Fingerprint != master.Fingerprint {
			t.Errorf("its fingerprint is %s and %s (%v)", master.Fingerprint, again.Fingerprint, err)
		}
		return master
	}
	master, other := load("one"), load("two")
	ring, err := firstKeyring()
	if err != nil {
		t.Fatal(err)
	}
	var row keysetRow
	if err := row.seal(ring, master); err != nil {
		t.Fatal(err)
	}
	opened, err := row.open(master)
	if err != nil || opened.fingerprint() != ring.fingerprint() || !bytes.Equal(opened.primary, ring.primary) {
		t.Errorf("what was sealed does not open: %v", err)
	}
	if _, err := row.open(other); err == nil || other.Fingerprint == master.Fingerprint {
		t.Error("it opens under another master key")
	}
	row.Indexing, row.Chaining = row.Chaining, row.Indexing
	if _, err := row.open(master); err == nil {
		t.Error("two keysets were exchanged")
	}
	for range 3 {
		another, err := firstKeyring()
		if err != nil || another.fingerprint() == ring.fingerprint() {
			t.Errorf("two sets of keys have one fingerprint (%v)", err)
		}
	}
}
