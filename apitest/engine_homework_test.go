package apitest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// homework is due on Tuesday 20:00, and the client's phone announces it.
func (e *engine) homework(t *testing.T) (id string) {
	t.Helper()
	id = e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
	e.At("2026-11-02T23:00:00Z")
	e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
	return id
}

func (e *engine) dueAt(id, due string) {
	e.T.Helper()
	e.counselor.Patch("/v1/assignments/"+id, object{"due": due}).Want(http.StatusOK)
}

func (e *engine) withdraw(id string) {
	e.T.Helper()
	e.counselor.Post("/v1/assignments/"+id+"/withdraw", nil).Want(http.StatusOK)
}

func (e *engine) submit(id string) {
	e.T.Helper()
	e.client.Post("/v1/me/assignments/"+id+"/submit", object{"text": "Done."}).Want(http.StatusOK)
}

func (e *engine) review(id string, in object) {
	e.T.Helper()
	e.counselor.Post("/v1/assignments/"+id+"/review", in).Want(http.StatusOK)
}

func TestWithdrawnHomeworkIsNeverAnnounced(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.withdraw(e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z"))
		e.Pass(72 * time.Hour)
		e.wantSent(t, 0)
		wantReminders(t, e.client, "1d@18:00 2026-11-02T23:00:00Z cancelled", "3h 2026-11-03T22:00:00Z cancelled")
	})
}

func TestWhoWasToldOfHomeworkIsToldThatItIsOff(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.withdraw(e.homework(t))
		e.Drain()
		e.wantTexts(t, "Tue 8:00 PM is off.")
		e.Pass(72 * time.Hour)
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestWhoWasToldADueTimeIsToldTheNewOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.homework(t)
		e.dueAt(id, "2026-11-05T01:00:00Z")
		e.Drain()
		e.wantTexts(t, "Tue 8:00 PM is now Wed 8:00 PM.")
		e.Pass(48 * time.Hour)
		e.wantTexts(t, "Tue 8:00 PM is now Wed 8:00 PM.", "Something to finish by Wed 8:00 PM.", "Something to finish by Wed 8:00 PM.")
		e.wantSent(t, 4)
		e.wantEnded(t)
	})
}

func TestADueTimeThatFollowsItsSessionIsCorrectedWithIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T20:00")
		e.counselor.NewHomework(e.client, "next_session")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
		e.move(session, "2026-11-03T21:00")
		e.Drain()
		e.wantTexts(t, "Tue 8:00 PM is now 9:00 PM.")
	})
}

func TestHomeworkThatIsDoneIsNotCorrected(t *testing.T) {
	for what, next := range map[string]func(e *engine, id string){
		"submitted":                 func(e *engine, id string) {},
		"accepted":                  func(e *engine, id string) { e.review(id, object{"decision": "accepted"}) },
		"submitted, then withdrawn": func(e *engine, id string) { e.withdraw(id) },
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				id := e.homework(t)
				e.submit(id)
				next(e, id)
				e.Pass(72 * time.Hour)
				e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
				e.wantSent(t, 1)
				e.wantEnded(t)
			})
		})
	}
}

func TestACorrectionNotYetSentIsDroppedWhenTheHomeworkIsDone(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.homework(t)
		e.Clock.Set(t, "2026-11-03T04:00:00Z") // 23:00 in New York
		e.dueAt(id, "2026-11-05T01:00:00Z")
		e.Drain()
		e.wantSent(t, 1)
		e.submit(id)
		e.Pass(72 * time.Hour)
		e.wantSent(t, 1)
		e.wantEnded(t)
	})
}

func TestACorrectionOfHomeworkMadeAtNightWaitsForTheMorning(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.homework(t)
		e.Clock.Set(t, "2026-11-03T08:00:00Z")
		e.withdraw(id)
		e.Drain()
		e.At("2026-11-03T11:59:00Z")
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.")
		e.At("2026-11-03T12:00:00Z")
		e.wantTexts(t, "Tue 8:00 PM is off.")
	})
}

func TestHomeworkChangedOnTheWireIsCorrectedUnderTheSameTag(t *testing.T) {
	for what, test := range map[string]struct {
		change func(e *engine, id string)
		want   string
	}{
		"withdrawn": {func(e *engine, id string) { e.withdraw(id) }, "Tue 8:00 PM is off."},
		"moved":     {func(e *engine, id string) { e.dueAt(id, "2026-11-05T01:00:00Z") }, "Tue 8:00 PM is now Wed 8:00 PM."},
		"submitted": {func(e *engine, id string) { e.submit(id) }, "Something to finish by Tue 8:00 PM."},
	} {
		t.Run(what, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				id := e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
				e.Clock.Set(t, "2026-11-02T23:00:00Z")
				e.inFlight(func() { test.change(e, id) })
				e.wantTexts(t, test.want)
			})
		})
	}
}

func TestHomeworkWithdrawnBetweenTheClaimAndTheCheckIsNotSent(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.counselor.NewHomework(e.client, "2026-11-04T01:00:00Z")
		e.Clock.Set(t, "2026-11-02T23:00:00Z")
		claims := e.claim(t)
		e.withdraw(id)
		due := e.check(t, claims)
		if len(due) != 1 || len(due[0].Things) != 0 {
			t.Fatalf("it would be sent: %+v", due)
		}
		e.complete(t, due, accepted)
		e.Pass(2 * time.Hour)
		e.wantSent(t, 0)
	})
}

func TestP10_WithdrawnHomeworkOfASharedPushIsOffAndTheSessionStillComes(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:05")
		id := e.counselor.NewHomework(e.client, "2026-11-04T04:00:00Z")
		e.At("2026-11-02T23:00:00Z")
		e.wantTexts(t, "2 things, first Tue 6:05 PM.")
		tag := e.client.Screen()[0].Tag
		e.withdraw(id)
		e.Drain()
		e.wantTexts(t, "Tue 11:00 PM is off.")
		if e.client.Screen()[0].Tag != tag {
			t.Fatal("another tag")
		}
		e.Pass(27 * time.Hour)
		e.wantTexts(t, "Tue 11:00 PM is off.", "You have something Tue at 6:05 PM.")
	})
}

func TestTheLastWordOnASessionIsSaidAgainWithACorrectionOfHomework(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-03T18:00")
		id := e.counselor.NewHomework(e.client, "2026-11-04T00:05:00Z")
		e.At("2026-11-02T23:00:00Z")
		e.At("2026-11-03T21:00:00Z") // the last of both
		e.wantTexts(t, "2 things, first Tue 6:00 PM.", "2 things, first Tue 6:00 PM.")
		e.withdraw(id)
		e.Drain()
		// Under the tag of the day before as well; both are sent at once, in whatever order.
		want := []string{"Tue 7:05 PM is off.", "Tue 7:05 PM is off. You have something Tue at 6:00 PM."}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(e.client.Texts()))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestP8_ReturnedHomeworkIsAnnouncedAnew(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.homework(t)
		e.submit(id)
		e.review(id, object{"decision": "returned", "comment": "Tell me more."})
		e.At("2026-11-03T22:00:00Z")
		e.wantTexts(t, "Something to finish by Tue 8:00 PM.", "Something to finish by Tue 8:00 PM.")
		e.submit(id)
		e.review(id, object{"decision": "returned", "comment": "And Sunday?", "due": "2026-11-06T01:00:00Z"})
		e.Pass(96 * time.Hour)
		// Both notifications of the old time say the new one; then come the reminders of the new one.
		moved := "Tue 8:00 PM is now Thu 8:00 PM."
		e.wantTexts(t, moved, moved, "Something to finish by Thu 8:00 PM.", "Something to finish by Thu 8:00 PM.")
		e.wantSent(t, 6)
		e.wantEnded(t)
	})
}

func TestADueTimeMovedEarlierAndPassedSaysNothingMore(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.homework(t)
		e.Clock.Set(t, "2026-11-03T15:00:00Z")
		e.dueAt(id, "2026-11-03T17:00:00Z")
		e.Drain()
		e.wantTexts(t, "Tue 8:00 PM is now 12:00 PM.")
		e.Clock.Set(t, "2026-11-03T18:00:00Z") // overdue, and the time of which the phone was told first is ahead
		e.client.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "Tue 8:00 PM is now 12:00 PM.")
		e.wantSent(t, 2)
	})
}
