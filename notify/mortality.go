package notify

import (
	"sync"
	"time"
)

// mortality is how many registrations FCM has declared dead of late. Phones die one by one: when many die at once it is
// FCM, or our credential, that is wrong, and disabling them would silence a clinic.
type mortality struct {
	mu     sync.Mutex
	began  time.Time
	judged int
	dead   int
}

const (
	mortalityWindow = 10 * time.Minute
	mostDead        = 20 // below this nothing is concluded
	deadPercent     = 5
)

// believes counts an answer and says whether a death is to be believed.
func (m *mortality) believes(dead bool, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.began) > mortalityWindow {
		m.began, m.judged, m.dead = now, 0, 0
	}
	m.judged++
	if dead {
		m.dead++
	}
	return m.dead <= mostDead || m.dead*100 <= m.judged*deadPercent
}
