package apitest_test

import (
	"net/http"
	"testing"
	"time"
)

func TestWhatWasCalledOffAndTakesPlaceAfterAllIsSaidToBeOnWhereItWasSaidToBeOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00"}), e.client)
		session := e.counselor.SessionsOf(series)[0].Text("id")
		e.At("2026-11-04T23:00:00Z")
		e.counselor.SignIn()
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Thu 6:00 PM is off.")
		e.counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-05T18:00"}).Want(http.StatusCreated)
		e.Drain()
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.cancel(session)
		e.Drain()
		e.wantTexts(t, "Thu 6:00 PM is off.")
		e.counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-05T18:00"}).Want(http.StatusCreated)
		e.Pass(23 * time.Hour)
		e.wantTexts(t, "You have something Thu at 6:00 PM.", "You have something Thu at 6:00 PM.") // and two hours before
		e.wantEnded(t)
	})
}

func TestWhoIsBackOnTheRosterIsToldSo(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00"}), e.client)
		e.At("2026-11-04T23:00:00Z")
		e.counselor.SignIn().Delete("/v1/series/" + series + "/roster/" + e.client.ID).Want(http.StatusNoContent)
		e.Drain()
		e.wantTexts(t, "Thu 6:00 PM is off.")
		e.Clock.Advance(time.Minute)
		e.join(series, e.client)
		e.Drain()
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
	})
}

func TestWhatCameBackBeforeAnybodyWasToldSaysNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		series := e.counselor.NewSeries(group(object{"local_start": "2026-11-05T18:00"}), e.client)
		session := e.counselor.SessionsOf(series)[0].Text("id")
		e.At("2026-11-04T23:00:00Z")
		e.counselor.SignIn()
		e.cancel(session)
		e.counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-05T18:00"}).Want(http.StatusCreated)
		e.Drain()
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.wantSent(t, 1)
	})
}
