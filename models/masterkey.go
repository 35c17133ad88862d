package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// MasterKey is the key over the keys. It is kept apart from the database, so that a stolen copy of one is of no use. It is
// Tink's interface alone: a cloud KMS that holds the key is another AEAD, with the key's URI for a fingerprint.
type MasterKey struct {
	tink.AEAD
	Fingerprint string // names the key to people and says nothing of it
}

// CreateMasterKey writes a new master key to path, readable by its owner only. It never overwrites a file: the error is
// os.ErrExist then.
func CreateMasterKey(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return err
	}
	// A half-written key must never be found: write aside, make it durable, then link it into place. Link, unlike rename,
	// fails where a file already stands.
	folder := filepath.Dir(path)
	aside, err := os.CreateTemp(folder, ".master-key-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(aside.Name()) }()
	_, err = aside.Write(text.Bytes())
	if err := errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	if err := os.Link(aside.Name(), path); err != nil {
		return err
	}
	entry, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(entry.Sync(), entry.Close())
}

// mayBe are the rights that a master key's file may have: those of the group are for a secret that the system hands in.
const mayBe = 0o640

// LoadMasterKey reads a master key's file, which nobody but its owner, and at most a group, may read. No error says anything
// of what is in it.
func LoadMasterKey(path string) (MasterKey, error) {
	file, err := os.Stat(path)
	if err != nil {
		return MasterKey{}, err
	}
	if rights := file.Mode().Perm(); rights&^mayBe != 0 && runtime.GOOS != "windows" {
		return MasterKey{}, fmt.Errorf("the master key %s may be read or changed by others (its rights are %#o): chmod 600 %s", path, rights, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return MasterKey{}, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return MasterKey{}, fmt.Errorf("%s is not a master key: it does not read as a Tink keyset in JSON", path)
	}
	sealing, err := aead.New(handle)
	if err != nil {
		return MasterKey{}, fmt.Errorf("%s is not a master key: it is no Tink keyset for AEAD", path)
	}
	// Half of a hash of 256 random bits gives nothing away.
	hash := sha256.New()
	for _, key := range insecurecleartextkeyset.KeysetMaterial(handle).GetKey() {
		hash.Write(key.GetKeyData().GetValue())
	}
	return MasterKey{sealing, hex.EncodeToString(hash.Sum(nil)[:8])}, nil
}
