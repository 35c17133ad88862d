package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// spreadOver is how far pushes due at one instant are drawn apart: FCM asks for it.
const spreadOver = time.Minute

// Spread is how much earlier than it is due what is sent to a person goes out: the same for each person always, less than a
// minute.
func Spread(personID string) time.Duration {
	sum := sha256.Sum256([]byte(personID))
	return time.Duration(binary.BigEndian.Uint64(sum[:])%uint64(spreadOver/time.Microsecond)) * time.Microsecond
}

// SendFrom returns when something due at an instant is sent, which is by so much early; and on time where that would be in
// p's quiet hours, during a session of theirs, or on the day before, which has a dose of its own.
func (p Person) SendFrom(due time.Time, by time.Duration) time.Time {
	early := due.Add(-by)
	if LocalOf(early, p.Zone).Date() != LocalOf(due, p.Zone).Date() {
		return due
	}
	if _, _, inside := p.Quiet.Span(early, p.Zone); inside || !p.leaveBusy(early).Equal(early) {
		return due
	}
	return early
}
