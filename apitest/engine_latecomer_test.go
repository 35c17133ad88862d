package apitest_test

import (
	"testing"
	"time"

	"handrail/models"
)

// stalled is a worker that has checked a push, and stands still past its lease before it calls FCM. Meanwhile the session is
// cancelled.
func (e *engine) stalled(t *testing.T) []models.DuePush {
	t.Helper()
	session := e.due(t)
	stalled := e.check(t, e.claim(t))
	e.cancel(session)
	e.Clock.Advance(2 * time.Minute)
	return stalled
}

func TestS5_WhatAStalledWorkerSaysAfterTheCorrectionIsCorrectedAgain(t *testing.T) {
	for name, answer := range map[string]models.Result{"accepted": accepted, "unknown": unknown} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				stalled := e.stalled(t)
				e.Drain() // another
				e.wantTexts(t, "Tue 6:00 PM is off.")
				e.call(stalled)
				e.wantTexts(t, reminded)
				if fenced := e.complete(t, stalled, answer); fenced != 1 {
					t.Fatalf("%d fenced off", fenced)
				}
				e.Drain()
				e.wantTexts(t, "Tue 6:00 PM is off.")
				e.wantSent(t, 3)
				e.ack(t)
				e.Pass(24 * time.Hour)
				e.wantSent(t, 3)
				e.wantEnded(t)
			})
		})
	}
}

func TestS5_WhatAStalledWorkerSaysWhileAnotherHasTheCorrectionInHandsIsCorrected(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		stalled := e.stalled(t)
		e.complete(t, e.check(t, e.claim(t)), accepted) // it may be on the phone: a correction
		other := e.check(t, e.claim(t))
		if len(other) != 1 || len(other[0].Targets) != 1 {
			t.Fatalf("no correction is on its way: %+v", other)
		}
		e.call(stalled) // after the other's call, before its record
		e.complete(t, stalled, accepted)
		e.complete(t, other, accepted)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantEnded(t)
	})
}

func TestS5_WhatAStalledWorkerSaysBeforeAnotherHasLookedIsCorrected(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		stalled := e.stalled(t)
		other := e.claim(t)
		e.call(stalled)
		e.complete(t, stalled, accepted)
		e.complete(t, e.check(t, other), accepted)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is off.")
		e.wantEnded(t)
	})
}

func TestS6_WhatAStalledWorkerSaysOfAMovedSessionIsCorrectedOnEveryPhone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		iphone := e.twoPhones("ios")
		session := e.due(t)
		stalled := e.check(t, e.claim(t))
		e.move(session, "2026-11-03T19:30")
		e.Clock.Advance(2 * time.Minute)
		e.Drain()
		e.call(stalled)
		e.complete(t, stalled, accepted)
		e.Drain()
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
		wantTexts(t, iphone, "Tue 6:00 PM is now 7:30 PM.")
	})
}

func TestS5_AStalledWorkerThatSaidWhatIsSoCausesNothing(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.due(t)
		stalled := e.check(t, e.claim(t))
		e.Clock.Advance(2 * time.Minute)
		e.Drain()
		e.call(stalled)
		e.complete(t, stalled, accepted)
		e.Drain()
		e.wantTexts(t, reminded)
		e.wantSent(t, 2)
	})
}
