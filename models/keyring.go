package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
	"gorm.io/gorm"
)

// Keys seal and open columns, make blind indexes and chain audit events. They follow the record: what another node changes,
// rotating them, is taken over when something does not open, and by who writes, within KeysLease.
type Keys struct {
	ring      atomic.Pointer[keyring] // nothing that seals or opens waits for anybody
	master    MasterKey
	url       string
	mu        sync.Mutex   // held by who looks for a change
	confirmed atomic.Int64 // when a write last found that there is none, an Instant by the record's clock
}

// KeysLease is how long a node writes by keys that it has not found to be still the newest. A node that stood still for an
// hour finds out before it writes anything: on PostgreSQL that is by the server's clock.
const KeysLease = 5 * time.Second

// reloadBound is how long what does not open waits for newer keys.
const reloadBound = 5 * time.Second

// LoadKeys reads the keys of a record.
func LoadKeys(ctx context.Context, url string, master MasterKey) (*Keys, error) {
	k := &Keys{master: master, url: url}
	ring, err := k.load(ctx)
	k.ring.Store(ring)
	return k, err
}

// load reads the keys on a connection of its own: who needs it may be in the middle of a transaction, and all the
// connections of the pools be with those who wait for the same.
func (k *Keys) load(ctx context.Context) (*keyring, error) {
	driver, address := "pgx", k.url
	if path, isFile := strings.CutPrefix(k.url, sqlitePrefix); isFile {
		driver, address = "sqlite3", sqliteFile(path, "mode=ro&_busy_timeout=5000")
	}
	pool, err := sql.Open(driver, address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = pool.Close() }()
	return readKeyring(ctx, pool, k.master)
}

// open decrypts one column of one row. A key that this node has not heard of is a newer one.
func (k *Keys) open(c Column, id string, sealed Sealed) ([]byte, error) {
	ring := k.ring.Load()
	plain, err := ring.aead.Decrypt(sealed, c.bind(id))
	if err == nil || isOf(ring.sealing, sealed) {
		return plain, err
	}
	if ring, err = k.newer(ring); err != nil {
		return nil, err
	}
	return ring.aead.Decrypt(sealed, c.bind(id))
}

// newer has the keys read again, unless somebody has done so since. It is for all who wait, and ends with no request of theirs.
func (k *Keys) newer(than *keyring) (*keyring, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ring := k.ring.Load(); ring != than {
		return ring, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), reloadBound)
	defer cancel()
	ring, err := k.load(ctx)
	if err != nil {
		return nil, keysAway(err)
	}
	k.ring.Store(ring)
	return ring, nil
}

// confirm begins a transaction that may write: by keys that were the newest KeysLease ago at most.
func (k *Keys) confirm(ctx context.Context, in gorm.ConnPool, now Instant) error {
	if k.isConfirmed(now) {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isConfirmed(now) {
		return nil
	}
	// By their names and not by their number, which counts again from a backup that was brought back.
	var belongs string
	if err := in.QueryRowContext(ctx, "SELECT keyset FROM instance WHERE id = 1").Scan(&belongs); err != nil {
		return err
	}
	if belongs != k.ring.Load().fingerprint() {
		ring, err := readKeyring(ctx, in, k.master)
		if err != nil {
			return keysAway(err)
		}
		k.ring.Store(ring)
	}
	k.confirmed.Store(int64(now))
	return nil
}

// keysAway is for keys that were changed and cannot be read now, as when they were put under another master key since this
// node started: nothing is lost by waiting until it can.
func keysAway(err error) error {
	slog.Error("the keys of this record were changed, and cannot be read", "cause", err)
	return ErrUnavailable
}

func (k *Keys) isConfirmed(now Instant) bool {
	return now.Sub(Instant(k.confirmed.Load())).Abs() < KeysLease
}

// take has what was just committed take the place of the keys.
func (k *Keys) take(ring *keyring) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ring.version >= k.ring.Load().version {
		k.ring.Store(ring)
	}
}

// chain is the keyed hash of a text of the audit log.
func (k *Keys) chain(text []byte) (string, error) {
	sum, err := k.ring.Load().mac.ComputeMAC(text)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

// holds says whether a keyed hash of the audit log is that of a text. Which key made it does not matter: none is ever deleted.
func (k *Keys) holds(hash string, text []byte) (bool, error) {
	sum, err := base64.RawURLEncoding.DecodeString(hash)
	if err != nil {
		return false, nil
	}
	ring := k.ring.Load()
	if !isOf(ring.chaining, sum) {
		if ring, err = k.newer(ring); err != nil {
			return false, err
		}
	}
	return ring.mac.VerifyMAC(sum, text) == nil, nil
}

// keyring is what keysets holds at one version. It does not change.
type keyring struct {
	version                     int64
	sealing, indexing, chaining *keyset.Handle
	aead                        tink.AEAD
	prf                         *prf.Set
	mac                         tink.MAC
	primary                     []byte // how what is sealed with the key in use begins
}

func newKeyring(version int64, sealing, indexing, chaining *keyset.Handle) (r *keyring, err error) {
	r = &keyring{version: version, sealing: sealing, indexing: indexing, chaining: chaining}
	r.primary = prefixOf(sealing.KeysetInfo().GetPrimaryKeyId())
	if r.aead, err = aead.New(sealing); err != nil {
		return nil, err
	}
	if r.prf, err = prf.NewPRFSet(indexing); err != nil {
		return nil, err
	}
	r.mac, err = mac.New(chaining)
	return r, err
}

// index is the keyed hash by which a sealed value is looked up.
func (r *keyring) index(use, value string) ([]byte, error) {
	return r.prf.ComputePrimaryPRF([]byte(use+"|"+value), 32)
}

// prefixOf is how what a key seals or hashes begins, in five bytes: Tink's version of that, 1, and the key's id.
func prefixOf(keyID uint32) []byte { return binary.BigEndian.AppendUint32([]byte{1}, keyID) }

// isOf says whether what was sealed or hashed names a key that is among these.
func isOf(keys *keyset.Handle, made []byte) bool {
	return slices.ContainsFunc(keys.KeysetInfo().GetKeyInfo(), func(key *tinkpb.KeysetInfo_KeyInfo) bool {
		return bytes.HasPrefix(made, prefixOf(key.GetKeyId()))
	})
}

// fingerprint names the keys, by the ids that Tink drew for them; what they are does not go into it.
func (r *keyring) fingerprint() string {
	hash := sha256.New()
	for _, handle := range []*keyset.Handle{r.sealing, r.indexing, r.chaining} {
		fmt.Fprintf(hash, "primary %d of", handle.KeysetInfo().GetPrimaryKeyId())
		for _, key := range handle.KeysetInfo().GetKeyInfo() {
			fmt.Fprintf(hash, " %d", key.GetKeyId())
		}
		fmt.Fprintln(hash)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
