package apitest_test

import (
	"net/http"
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

func TestWhatCannotBeCorrectedIsNotSentOverAndOver(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		later := e.session("2026-11-05T18:00")
		other := e.session("2026-11-03T18:05")
		e.due(t)
		e.inFlight(func() { // one of two is off, and nobody here can plan what else there is
			e.cancel(other)
			e.Rows("UPDATE sessions SET time_zone = 'Mars/X' WHERE id = $1 RETURNING id", later)
		})
		for range 4 {
			e.Clock.Advance(31 * time.Second)
			e.Drain()
		}
		e.wantSent(t, 1)
		e.Rows("UPDATE sessions SET time_zone = 'America/New_York' WHERE id = $1 RETURNING id", later)
		e.client.Patch("/v1/me", object{"locale": "en", "time_zone_mode": "fixed", "time_zone": "America/Chicago"}).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, "Tue 6:05 PM EST is off.")
	})
}
