package models

import "slices"

// sayAgain is for pushes that were handed to FCM by a worker that stood still past its lease. If the push has been corrected
// since, or is being, the phone may show the old words over the new: what the tag says now is sent to every phone once more,
// as a new revision. Who has the push in hands is fenced off too: their message may have gone out before the latecomer's.
func (t *tx) sayAgain(late []SentPush) error {
	for _, p := range late {
		if !p.accepted() && !p.any(DeliveryUnknown) {
			continue
		}
		var revisions []int
		err := t.scan(&revisions, `UPDATE pushes SET revision = revision + 1, maybe_sent = (maybe_sent OR state = 'claimed'),
				attempt = attempt + CASE WHEN state = 'claimed' THEN 1 ELSE 0 END,
				next_at = CASE WHEN state = 'waiting' THEN next_at ELSE ? END, state = 'waiting'
			WHERE id = ? AND revision > ? RETURNING revision`, t.now, p.PushID, p.Revision)
		if err != nil {
			return err
		}
		for _, revision := range revisions {
			err := t.exec("UPDATE reminders SET revision = ? WHERE push_id = ? AND (state = 'waiting' OR revision = ? AND state IN ('accepted', 'acknowledged'))",
				revision, p.PushID, revision-1)
			if err != nil {
				return err
			}
			t.wake = true
		}
	}
	return nil
}

// without are the pushes that are not this worker's any more.
func without(sent, mine []SentPush) (late []SentPush) {
	if len(sent) == len(mine) {
		return nil
	}
	claims := make(map[Claim]bool, len(mine))
	for _, p := range mine {
		claims[p.Claim] = true
	}
	return slices.DeleteFunc(slices.Clone(sent), func(p SentPush) bool { return claims[p.Claim] })
}
