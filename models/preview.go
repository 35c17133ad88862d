package models

import "context"

// writeOrPreview is write; a preview does all of it, so that f can say what comes of it, and takes it back. What f found out
// about clients the actor has seen: that is noted, of a preview too.
func (s *Store) writeOrPreview(ctx context.Context, preview bool, f func(*tx) error) error {
	if !preview {
		return s.write(ctx, f)
	}
	return s.write(ctx, func(tx *tx) error {
		if err := tx.db.SavePoint("preview").Error; err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		if err := tx.db.RollbackTo("preview").Error; err != nil {
			return err
		}
		tx.wake = false
		var seen []auditRow
		for _, row := range tx.noted {
			if isOwn := row.ActorID != nil && row.ClientID != nil && *row.ActorID == *row.ClientID; !isOwn {
				row.Action = actionPreview
				seen = append(seen, row)
			}
		}
		return tx.note(seen...)
	})
}
