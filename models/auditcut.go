package models

import (
	"context"
	"fmt"
)

// CutAudit deletes events older than retention, from the beginning of each chain up to the first one that is not, and notes
// at which the chain begins now: what is left still proves itself. What does not verify is not deleted.
func (s *Store) CutAudit(ctx context.Context) (cut int, err error) {
	var clinics []string
	err = s.read(ctx, func(tx *tx) error {
		return tx.scan(&clinics, `SELECT c.clinic_id FROM audit_chains c JOIN audit_events e ON e.clinic_id = c.clinic_id AND e.seq = c.cut_seq + 1
			WHERE e.at < ?`, tx.now.Add(-s.retention))
	})
	if err != nil {
		return 0, err
	}
	return inBatches(clinics, func(id string) (int, error) { return s.cutBatch(ctx, id) })
}

func (s *Store) cutBatch(ctx context.Context, clinicID string) (cut int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		cut = 0
		chain, err := tx.lockChain(clinicID)
		if isNoRows(err) { // its events are being sealed, or cut by another node: there is time
			return nil
		}
		if err != nil {
			return err
		}
		var rows []auditRow
		err = tx.scan(&rows, "SELECT * FROM audit_events WHERE clinic_id = ? AND seq > ? ORDER BY seq LIMIT ?", clinicID, chain.CutSeq, auditBatch)
		if err != nil {
			return err
		}
		from := chain.CutSeq
		for _, row := range rows {
			if row.At >= tx.now.Add(-s.retention) {
				break
			}
			genuine, err := tx.isLink(row, chain.CutMac, chain.CutSeq+1)
			if err != nil {
				return err
			}
			if !genuine || *row.Seq != chain.CutSeq+1 {
				return fmt.Errorf("at event %d: %w", chain.CutSeq+1, errTampered(clinicID))
			}
			chain.CutSeq, chain.CutMac = *row.Seq, *row.Mac
			cut++
		}
		if cut == 0 {
			return nil
		}
		if err := tx.exec("DELETE FROM audit_events WHERE clinic_id = ? AND seq > ? AND seq <= ?", clinicID, from, chain.CutSeq); err != nil {
			return err
		}
		return tx.storeChain(chain)
	})
	return cut, err
}
