package models

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"
)

// The audit log is a chain for each clinic: every event is sealed with its number and with a keyed hash of itself and of the
// one before, so that none can be changed, added, swapped or taken out unseen by whoever has the database and not the keys.
// Who notes something only inserts, with a keyed hash of the event alone, number 0 after nothing; a sealer comes after and seals
// what is committed by then, in batches. An event that is committed late comes later in the chain, whatever its time. That the
// newest ones are missing shows only where a head, the number and hash of the last one, was kept outside the database; that one
// was taken out in the second before it was sealed shows nowhere.

// chainRow is how far a clinic's chain goes: from the event after CutSeq, where retention cut the older ones, to LastSeq.
type chainRow struct {
	ClinicID string
	LastSeq  int64
	LastMac  string
	CutSeq   int64
	CutMac   string
	Proof    string
}

func (chainRow) TableName() string { return "audit_chains" }

// auditBatch is how many events one transaction seals, or cuts: SQLite's one writer is held for some milliseconds.
const auditBatch = 200

// link is what is hashed of an event that comes after one with this hash. No two events have the same.
func (e auditRow) link(previous string, seq int64) []byte {
	return fmt.Appendf(nil, "event %q %q %d %q %s %s %q %s %d", previous, e.ClinicID, seq, e.ID, quoted(e.ActorID), quoted(e.ClientID), e.Action,
		quoted(e.SubjectID), e.At)
}

// isLink says whether an event is the one with this number after one with this hash. Whoever writes into the database may have
// taken its own hash away.
func (t *tx) isLink(e auditRow, previous string, seq int64) (bool, error) {
	if e.Mac == nil {
		return false, nil
	}
	return t.keys.holds(*e.Mac, e.link(previous, seq))
}

func quoted(text *string) string {
	if text == nil {
		return "-"
	}
	return strconv.Quote(*text)
}

func (c chainRow) text() []byte {
	return fmt.Appendf(nil, "chain %q %d %q %d %q", c.ClinicID, c.LastSeq, c.LastMac, c.CutSeq, c.CutMac)
}

// SealAudit seals what has been noted since the last time. Any number of nodes may: one at a time seals a clinic's. What
// Handrail did not write, or somebody changed since, is left as it is and is an error; it keeps nothing else from being sealed,
// or one line put into the database would leave all that is noted after it without a number.
func (s *Store) SealAudit(ctx context.Context) (sealed int, err error) {
	var clinics []string
	err = s.read(ctx, func(tx *tx) error {
		return tx.scan(&clinics, "SELECT DISTINCT clinic_id FROM audit_events WHERE seq IS NULL")
	})
	if err != nil {
		return 0, err
	}
	last, left := map[string]string{}, 0
	var strange error
	sealed, err = inBatches(clinics, func(clinicID string) (int, error) {
		seen, id, forged, err := s.sealBatch(ctx, clinicID, last[clinicID])
		if len(forged) > 0 && left == 0 {
			strange = errForged(clinicID, forged[0])
		}
		last[clinicID], left = id, left+len(forged)
		return seen, err
	})
	return sealed - left, errors.Join(err, strange)
}

// inBatches does something to each chain until less than a whole batch is left. What is wrong with one chain keeps the others
// from nothing.
func inBatches(clinics []string, batch func(clinicID string) (int, error)) (done int, err error) {
	for _, id := range clinics {
		for more := true; more; {
			n, failed := batch(id)
			err = errors.Join(err, failed)
			more = failed == nil && n == auditBatch
			done += n
		}
	}
	return done, err
}

// sealBatch seals events after the one with an id, and returns how many it saw, the id of the last and those that it left: where
// many wait, PostgreSQL would else go again and again through what the batches before have left of its index. An earlier id that
// comes late is the next pass's.
func (s *Store) sealBatch(ctx context.Context, clinicID, after string) (seen int, last string, forged []string, err error) {
	err = s.write(ctx, func(tx *tx) error {
		seen, last, forged = 0, after, nil
		chain, err := tx.lockChain(clinicID)
		if isNoRows(err) { // another node is at it
			return nil
		}
		if err != nil {
			return err
		}
		var rows []auditRow
		if err := tx.scan(&rows, "SELECT * FROM audit_events WHERE clinic_id = ? AND seq IS NULL AND id > ? ORDER BY id LIMIT ?", clinicID, after, auditBatch); err != nil {
			return err
		}
		left, err := tx.seal(&chain, rows)
		if err != nil {
			return err
		}
		if err := tx.storeChain(chain); err != nil || len(rows) == 0 {
			return err
		}
		seen, last, forged = len(rows), rows[len(rows)-1].ID, left
		return nil
	})
	return seen, last, forged, err
}

// seal appends rows to a chain, but for those that are not as Handrail noted them.
func (t *tx) seal(chain *chainRow, rows []auditRow) (forged []string, err error) {
	type place struct {
		ID  string `json:"id"`
		Seq int64  `json:"seq"`
		Mac string `json:"mac"`
	}
	places := make([]place, 0, len(rows))
	for _, row := range rows {
		genuine, err := t.isLink(row, "", 0)
		if err != nil {
			return nil, err
		}
		if !genuine {
			forged = append(forged, row.ID)
			continue
		}
		mac, err := t.keys.chain(row.link(chain.LastMac, chain.LastSeq+1))
		if err != nil {
			return nil, err
		}
		chain.LastSeq, chain.LastMac = chain.LastSeq+1, mac
		places = append(places, place{row.ID, chain.LastSeq, mac})
	}
	done, err := t.affected(`UPDATE audit_events SET seq = CAST(value->>'seq' AS BIGINT), mac = value->>'mac' FROM ?
		WHERE audit_events.id = value->>'id' AND audit_events.seq IS NULL`, t.each(places))
	if err == nil && done != int64(len(places)) {
		err = fmt.Errorf("%d of %d events were sealed", done, len(places))
	}
	return forged, err
}

// lockChain keeps a clinic's chain, or makes a new one; it finds none while another transaction keeps it. One that was tampered
// with is not continued: that would make good what somebody wrote into it.
func (t *tx) lockChain(clinicID string) (chainRow, error) {
	chain, err := first[chainRow](t, "SELECT * FROM audit_chains WHERE clinic_id = ?"+t.lockClause("FOR NO KEY UPDATE SKIP LOCKED"), clinicID)
	if isNoRows(err) {
		return t.beginChain(clinicID)
	}
	if err != nil {
		return chain, err
	}
	genuine, err := t.keys.holds(chain.Proof, chain.text())
	if err == nil && !genuine {
		err = errTampered(clinicID)
	}
	return chain, err
}

func (t *tx) beginChain(clinicID string) (chainRow, error) {
	made, err := t.affected(`INSERT INTO audit_chains (clinic_id, last_seq, last_mac, cut_seq, cut_mac, proof) VALUES (?, 0, '', 0, '', '')
		ON CONFLICT DO NOTHING`, clinicID)
	if err != nil || made == 0 {
		return chainRow{}, orNotFound(err)
	}
	var sealed int
	err = t.scan(&sealed, "SELECT count(*) FROM (SELECT 1 FROM audit_events WHERE clinic_id = ? AND seq IS NOT NULL LIMIT 1) AS one", clinicID)
	if err == nil && sealed > 0 {
		err = errTampered(clinicID)
	}
	return chainRow{ClinicID: clinicID}, err
}

func errForged(clinicID, eventID string) error {
	return fmt.Errorf("the audit log of %s was tampered with: event %s was changed before it was sealed, or Handrail did not write it, and stays unsealed",
		clinicID, eventID)
}

func errTampered(clinicID string) error {
	return fmt.Errorf("the audit chain of %s was tampered with and is not continued: handrail audit verify says where", clinicID)
}

func (t *tx) storeChain(chain chainRow) (err error) {
	if chain.Proof, err = t.keys.chain(chain.text()); err != nil {
		return err
	}
	_, err = gorm.G[chainRow](t.db).Where("clinic_id = ?", chain.ClinicID).
		Select("LastSeq", "LastMac", "CutSeq", "CutMac", "Proof").Updates(t.ctx, chain)
	return err
}
