package models

import "context"

// pastAtATime is how many pushes are ended in one transaction: others need not wait for all of them.
const pastAtATime = 5000

// DropPast ends every reminder that has become useless while nobody was at work, be it that the server stood still or that
// a backup was restored, and returns how many. It is for the start: after a long stop there may be very many, and a worker
// that claims each to find it useless is slow and spends the pace. What is still of use, in part too, is left to the worker.
func (s *Store) DropPast(ctx context.Context) (dropped int, err error) {
	for {
		n, more, err := s.dropSomePast(ctx)
		dropped += n
		if err != nil || !more {
			return dropped, err
		}
	}
}

// dropSomePast locks pushes and then their reminders, as the worker does; what somebody else has in hands is left to them.
func (s *Store) dropSomePast(ctx context.Context) (dropped int, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepBound)
	defer cancel()
	err = s.workerWrite(ctx, func(tx *tx) error {
		var past []string
		err := tx.scan(&past, `SELECT p.id FROM pushes p WHERE p.next_at <= ? AND (SELECT count(*) FROM reminders r
			WHERE r.push_id = p.id AND r.expires_at > ?) = 0 ORDER BY p.next_at LIMIT ?`+tx.lockClause("FOR NO KEY UPDATE OF p SKIP LOCKED"),
			tx.now, tx.now, pastAtATime)
		if err != nil || len(past) == 0 {
			return err
		}
		var ended []string
		err = tx.scan(&ended, `UPDATE reminders SET
				state = CASE WHEN p.maybe THEN ? WHEN p.reachable THEN ? ELSE ? END, cause = CASE WHEN p.maybe THEN ? END
			FROM (SELECT id, maybe_sent OR state = 'claimed' AS maybe, (SELECT count(*) FROM devices d
				WHERE d.user_id = pushes.user_id AND d.status = 'live' AND d.permission = 'granted') > 0 AS reachable FROM pushes WHERE ?) p
			WHERE p.id = reminders.push_id AND reminders.state = 'waiting' RETURNING reminders.id`,
			Expired, Expired, Unreachable, causeMayHaveArrived, tx.among("id", past))
		if err != nil {
			return err
		}
		dropped, more = len(ended), len(past) == pastAtATime
		return tx.exec("UPDATE pushes SET maybe_sent = (maybe_sent OR state = 'claimed'), state = ?, next_at = NULL WHERE ?", pushDone, tx.among("id", past))
	})
	return dropped, more, err
}
