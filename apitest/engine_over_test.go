package apitest_test

import (
	"net/http"
	"testing"
)

// Found by the simulation, seed 21.
func TestASessionThatWasMovedEarlierIsNotCalledOffOnceItIsOver(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.At("2026-11-02T23:00:00Z")
		e.move(session, "2026-11-03T08:00")
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 8:00 AM.")
		e.At("2026-11-03T17:00:00Z") // it was from eight to eleven, and is no more among what stands
		e.consent(true)              // anything that plans anew
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 8:00 AM.")
	})
}

// Found by the simulation, seed 115.
func TestWhatRestsUntilTheEndOfQuietHoursGoesOutWhenThereAreNoneAnyMore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-04T12:00")
		e.At("2026-11-04T04:00:00Z") // down from noon to eleven at night, when it is too late to send
		e.wantTexts(t)
		e.client.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		e.Drain()
		e.wantTexts(t, "You have something Wed at 12:00 PM.")
	})
}
