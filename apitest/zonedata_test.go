package apitest_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/notify/fcmtest"
)

// aWeekLater are New York's clocks in zone data that has them change on November 8, 2026 instead of November 1.
const aWeekLater = "2137449600 1767225600:-18000 1772953200:-14400 1794117600:-18000"

// madeWith leaves the record as another zone data would have left it, by which the clocks of these zones change later: all
// that is ahead lies an hour earlier.
func (e *engine) madeWith(clocks string, zones ...string) {
	e.T.Helper()
	const hour, until = "3600000000", "1794117600000000"
	now := e.Clock.Now().UnixMicro()
	for table, columns := range map[string]string{"sessions": "starts_at ends_at", "rsvps": "answered_for", "assignments": "due_at",
		"reminders": "about_at remind_at expires_at was_at", "pushes": "due_at next_at", "known_starts": "starts_at"} {
		names := strings.Fields(columns)
		set := ""
		for _, name := range names {
			set += ", " + name + " = " + name + " - " + hour
		}
		e.Rows("UPDATE "+table+" SET "+set[2:]+" WHERE "+names[0]+" > $1 AND "+names[0]+" < "+until, now)
	}
	for _, zone := range zones {
		e.Rows("DELETE FROM zones WHERE name = $1", zone)
		if clocks != "" {
			e.Rows("INSERT INTO zones (name, clocks) VALUES ($1, $2)", zone, clocks)
		}
	}
}

func (e *engine) follow(want int) {
	e.T.Helper()
	if moved, err := e.Store.FollowZoneData(context.Background()); err != nil || moved != want {
		e.T.Fatalf("%d sessions were moved (%v), want %d", moved, err, want)
	}
}

const newYork = "America/New_York"

func TestT13_WhatIsAheadIsRecomputedWhenTheZoneDataChangesAndNothingIsDoubled(t *testing.T) {
	for known, clocks := range map[string]string{"and what it was is known": aWeekLater, "and what it was is not known": ""} {
		t.Run(known, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				e.session("2026-11-05T18:00")
				e.counselor.NewHomework(e.client, "next_session")
				e.follow(0)
				before := e.starts()
				e.madeWith(clocks, newYork)
				e.follow(1)
				if diff := cmp.Diff(before, e.starts()); diff != "" {
					t.Fatal(diff)
				}
				was := e.Stored()
				e.follow(0)
				if diff := cmp.Diff(was, e.Stored()); diff != "" {
					t.Errorf("done twice it changed:\n%s", diff)
				}
				e.Pass(4 * 24 * time.Hour)
				e.wantSent(t, 3) // both a day before, the homework three hours and the session two before
				e.wantEnded(t)
			})
		})
	}
}

// starts are all instants ahead, but for the ids and versions around them.
func (e *engine) starts() []string {
	e.T.Helper()
	list := e.Rows("SELECT local_start, starts_at, ends_at, generation FROM sessions ORDER BY 1")
	list = append(list, e.Rows("SELECT due_at, generation FROM assignments ORDER BY 1")...)
	list = append(list, e.Rows("SELECT lead, generation, remind_at, expires_at, about_at, state FROM reminders ORDER BY 1, 2, 3")...)
	return append(list, e.Rows("SELECT due_at, next_at, state FROM pushes ORDER BY 1, 2")...)
}

func TestT13_NobodyIsToldThatTuesdayAtSixIsNowTuesdayAtSix(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.follow(0)
		e.At("2026-11-04T23:00:00Z")
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.madeWith(aWeekLater, newYork)
		e.follow(1)
		e.Drain()
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.Pass(24 * time.Hour)
		e.wantTexts(t, "You have something Thu at 6:00 PM.", "You have something Thu at 6:00 PM.") // and two hours before
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestT13_APushOnTheWireWhenTheZoneDataChangesIsNotTakenBack(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.follow(0)
		e.Clock.Set(t, "2026-11-04T23:00:00Z")
		e.inFlight(func() {
			e.madeWith(aWeekLater, newYork)
			e.follow(1)
		})
		e.wantTexts(t, "You have something Thu at 6:00 PM.")
		e.Pass(24 * time.Hour)
		e.wantSent(t, 2)
		e.wantEnded(t)
	})
}

func TestT13_WhoReadsAnotherClockIsToldOfItsTimeOnlyIfThatIsAnother(t *testing.T) {
	const chicago = "America/Chicago"
	for name, test := range map[string]struct {
		clocks, shown string // Chicago's in the old zone data, where that was other, too
	}{
		"all zones changed":      {"2137449600 1767225600:-21600 1772956800:-18000 1794121200:-21600", "You have something Thu at 5:00 PM."},
		"the clinic's did alone": {"", "Thu 4:00 PM is now 5:00 PM."},
	} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				e.client.Patch("/v1/me", object{"time_zone": chicago, "time_zone_mode": "fixed"}).Want(http.StatusOK)
				e.counselor.NewSeries(object{"title": "Call", "kind": "individual", "local_start": "2026-11-05T18:00", "duration_minutes": 60,
					"link": "https://meet.example/1"}, e.client)
				e.follow(0)
				e.At("2026-11-04T23:00:00Z")
				e.madeWith(aWeekLater, newYork)
				if test.clocks != "" {
					e.Rows("UPDATE zones SET clocks = $1 WHERE name = $2", test.clocks, chicago)
				}
				e.follow(1)
				e.Pass(time.Minute)
				e.wantTexts(t, test.shown)
			})
		})
	}
}

func TestT13_WhatAClientSaidOfASessionHoldsAndTheFeedTells(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-05T18:00")
		e.client.Put("/v1/me/sessions/"+session+"/rsvp", object{"answer": "cannot_come"}).Want(http.StatusOK)
		e.follow(0)
		e.madeWith(aWeekLater, newYork)
		cursor := e.client.Get("/v1/me/sync").Want(http.StatusOK).Text("next_cursor")
		e.follow(1)
		if got := e.client.Get("/v1/me/sync?cursor=" + cursor).Want(http.StatusOK); !strings.Contains(got.Raw(), session) {
			t.Errorf("the feed does not tell: %s", got.Raw())
		}
		if got := e.client.Get("/v1/me/sessions/" + session).Want(http.StatusOK); !strings.Contains(got.Raw(), "cannot_come") {
			t.Errorf("what the client said is lost: %s", got.Raw())
		}
		e.Pass(4 * 24 * time.Hour)
		e.wantSent(t, 0)
	})
}

func TestT13_HomeworkWhoseDueTimeReadsOtherwiseNowIsToldByTheFeed(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		id := e.counselor.NewHomework(e.client, "2026-11-05T22:00:00Z")
		e.follow(0)
		e.madeWith(aWeekLater, newYork)
		cursor := e.client.Get("/v1/me/sync").Want(http.StatusOK).Text("next_cursor")
		e.follow(0) // no session hangs on it
		if got := e.client.Get("/v1/me/sync?cursor=" + cursor).Want(http.StatusOK); !strings.Contains(got.Raw(), id) {
			t.Errorf("the feed does not tell: %s", got.Raw())
		}
	})
}

func TestT13_TwoNodesThatStartAtOnceDoItOnce(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.NewSeries(group(object{"local_start": "2026-11-03T18:00", "rule": "FREQ=DAILY;COUNT=5"}), e.client, e.counselor.NewClient("Casey Client").NewPhone(fcmtest.IOS))
		e.follow(0)
		before := e.starts()
		e.madeWith(aWeekLater, newYork)
		var moved [2]int
		var both sync.WaitGroup
		for i := range moved {
			store := e.DB.Open(t, e.Clock.Now)
			both.Go(func() {
				var err error
				if moved[i], err = store.FollowZoneData(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if moved[0]+moved[1] != 5 {
			t.Errorf("they moved %v sessions of five", moved)
		}
		if diff := cmp.Diff(before, e.starts()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestT13_ANodeThatStandsStillInTheMiddleDoesNotKeepTheOthersFromIt(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		if !e.Store.Shared() {
			return // there is one node
		}
		e.session("2026-11-05T18:00")
		e.follow(0)
		e.madeWith(aWeekLater, newYork)
		release := e.Hold("SELECT pg_advisory_xact_lock(5230417)")
		e.follow(1)
		release()
	})
}

func TestT13_WhatWasCutOffIsBegunAgain(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		mended, broken := e.session("2026-11-05T18:00"), e.session("2026-11-06T18:00")
		e.follow(0)
		before := e.starts()
		e.madeWith(aWeekLater, newYork)
		e.Rows("UPDATE sessions SET local_start = 'broken' WHERE id = $1", broken)
		if moved, err := e.Store.FollowZoneData(context.Background()); err == nil || moved != 1 {
			t.Fatalf("%d sessions were moved (%v) though one cannot be read", moved, err)
		}
		e.Rows("UPDATE sessions SET local_start = original_local_start WHERE id = $1", broken)
		e.follow(1)
		if diff := cmp.Diff(before, e.starts()); diff != "" {
			t.Error(diff)
		}
		if n := e.Count("sessions", "id = $1 AND version = 2", mended); n != 1 {
			t.Error("what was moved was moved again")
		}
	})
}

func TestT13_AZoneThatComesIntoUseIsNotedAndOneThatChangedIsNotOverlooked(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.follow(0)
		e.madeWith(aWeekLater, newYork)
		e.client.Patch("/v1/me", object{"time_zone": "America/Chicago", "time_zone_mode": "fixed"}).Want(http.StatusOK)
		if err := e.Store.NoteZones(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := e.Count("zones", "name IN ('America/Chicago', 'America/New_York')"); n != 2 {
			t.Errorf("%d zones are written down", n)
		}
		e.follow(1)
	})
}

func TestT13_ADateAtTheEndOfTheHorizonIsNeitherLostNorDoubled(t *testing.T) {
	for name, by := range map[string]string{"it lay beyond": "+ 1800000000", "it was before": "- 1800000000"} {
		t.Run(name, func(t *testing.T) {
			onEngine(t, func(t *testing.T, e *engine) {
				series := e.counselor.NewSeries(group(object{"local_start": "2026-11-03T09:30", "rule": "FREQ=DAILY"}), e.client)
				e.follow(0)
				// As though the horizon had fallen between where the old zone data placed a date and where it is now.
				last := e.Rows("SELECT id FROM sessions WHERE series_id = $1 ORDER BY starts_at DESC LIMIT 1", series)[0]
				e.Rows("UPDATE series SET expanded_until = (SELECT starts_at FROM sessions WHERE id = $1) "+by+" WHERE id = $2", last, series)
				if strings.HasPrefix(by, "+") {
					for _, of := range []string{"session_facilitators WHERE session_id", "reminders WHERE subject_id", "sessions WHERE id"} {
						e.Rows("DELETE FROM "+of+" = $1", last)
					}
				}
				e.Rows("DELETE FROM zones")
				e.follow(0)
				e.Clock.Advance(3 * 24 * time.Hour)
				if _, err := e.Store.ExtendHorizon(context.Background()); err != nil {
					t.Fatal(err)
				}
				days := e.Rows("SELECT DISTINCT substr(original_local_start, 1, 10) FROM sessions WHERE series_id = $1 ORDER BY 1", series)
				first, _ := time.Parse(time.DateOnly, days[0])
				for i, day := range days {
					if want := first.AddDate(0, 0, i).Format(time.DateOnly); day != want {
						t.Fatalf("%s is missing", want)
					}
				}
				if n := e.Count("sessions", "series_id = $1", series); n != len(days) || n < 92 {
					t.Errorf("%d sessions on %d days", n, len(days))
				}
			})
		})
	}
}

func TestT13_AnUnchangedZoneCostsTwoStatements(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.session("2026-11-05T18:00")
		e.follow(0)
		store, sent := e.DB.OpenHeard(t, nil)
		if _, err := store.FollowZoneData(context.Background()); err != nil { // by the real clock, years may have passed
			t.Fatal(err)
		}
		before := sent.Sent()
		if moved, err := store.FollowZoneData(context.Background()); err != nil || moved != 0 || sent.Sent()-before > 2 {
			t.Errorf("%d statements (%v)", sent.Sent()-before, err)
		}
	})
}

func TestT13_NobodyIsToldOfAChangeThatWasTakenBackBecauseTheZoneDataChanges(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.move(session, "2026-11-03T19:30")
		e.move(session, "2026-11-03T18:00")
		e.follow(0)
		e.madeWith(aWeekLater, newYork)
		e.follow(1)
		e.Pass(time.Hour)
		e.wantSent(t, 0)
	})
}

func TestT13_AChangeThatRestsWhenTheZoneDataChangesIsSaidOfTheClockAsItWas(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		session := e.session("2026-11-03T18:00")
		e.follow(0)
		e.move(session, "2026-11-03T19:30")
		e.madeWith(aWeekLater, newYork)
		e.follow(1)
		e.Pass(time.Hour)
		e.wantTexts(t, "Tue 6:00 PM is now 7:30 PM.")
	})
}
