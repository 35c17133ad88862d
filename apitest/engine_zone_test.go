package apitest_test

import (
	"testing"
	"time"
)

// While the nodes are renewed one by one, one may not know yet a zone that another does.
func TestWhatANodeCannotPutIntoWordsForWantOfAZoneWaitsForOneThatCan(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		e.Rows("UPDATE users SET time_zone = 'Mars/X' WHERE id = $1 RETURNING id", e.client.ID)
		e.Drain()
		e.wantSent(t, 0)
		e.Rows("UPDATE users SET time_zone = 'America/New_York' WHERE id = $1 RETURNING id", e.client.ID)
		e.Pass(10 * time.Minute)
		e.wantTexts(t, reminded)
	})
}
