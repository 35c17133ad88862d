package models

import "context"

// Restored notes that the database was brought back from a backup: phones hold what it has lost, so each reads its feed
// anew. It is an instant and not a count, which the next backup would bring back too.
func (s *Store) Restored(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.auditOperator("restored"); err != nil {
			return err
		}
		return tx.exec("UPDATE instance SET restored_at = ? WHERE id = 1", tx.now)
	})
}
