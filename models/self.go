package models

// lockSelf keeps the actor's own record before a write of theirs.
func (t *tx) lockSelf(actor Actor) error {
	if err := t.lockPeople(actor.UserID); err != nil {
		return err
	}
	return t.hasNotLeft(actor)
}

// hasNotLeft refuses a write of somebody who left while it waited for their record: what is gone must not come back. With
// them went the token that it was sent with.
func (t *tx) hasNotLeft(actor Actor) error {
	var there int
	err := t.scan(&there, "SELECT count(*) FROM users WHERE id = ? AND left_at IS NULL", actor.UserID)
	if err == nil && there == 0 {
		err = ErrUnauthenticated
	}
	return err
}
