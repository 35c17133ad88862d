package apitest_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// handedIn is homework that the client submits now.
func (e *engine) handedIn() string {
	e.T.Helper()
	id := e.counselor.NewHomework(e.client, "2026-12-20T22:00:00Z")
	e.submit(id)
	return id
}

const (
	twoDays  = "2026-11-04T14:00:00Z" // 9:00 in New York, two days after Monday
	fiveDays = "2026-11-07T14:00:00Z"
)

func TestWhatWaitsForAnAnswerIsRecalledTwoAndFiveDaysAfterItCame(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		e.handedIn()
		wantReminders(t, e.counselor, "2d@09:00 "+twoDays+" waiting", "5d@09:00 "+fiveDays+" waiting")
		r := e.counselor.Get("/v1/me/reminders").Items()[0]
		if s := r["subject"].(map[string]any); r.Text("kind") != "review" || s["kind"] != "review" {
			t.Errorf("%v", r)
		} else {
			e.counselor.Get(s["href"].(string)).Want(http.StatusOK)
		}
		e.At("2026-11-04T13:59:59.99Z") // not a moment early: whether it still waits is asked then
		wantTexts(t, e.counselor)
		e.At(twoDays)
		wantTexts(t, e.counselor, "Something waits for your answer.")
		e.At(fiveDays)
		wantTexts(t, e.counselor, "Something waits for your answer.", "Something waits for your answer.")
		e.Pass(30 * 24 * time.Hour)
		e.wantSent(t, 2)
	})
}

func TestManyThingsThatWaitAreOnePush(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		other := e.counselor.NewClient("Sam Client")
		e.handedIn()
		e.handedIn()
		third := e.counselor.NewHomework(other, "2026-12-20T22:00:00Z")
		other.Post("/v1/me/assignments/"+third+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		e.At(twoDays)
		wantTexts(t, e.counselor, "3 things wait for your answer.")
		e.wantSent(t, 1)
	})
}

func TestWhatIsAnsweredOrNoLongerTheirsIsNotRecalled(t *testing.T) {
	for what, end := range map[string]func(e *engine, id string){
		"accepted":  func(e *engine, id string) { e.review(id, object{"decision": "accepted"}) },
		"returned":  func(e *engine, id string) { e.review(id, object{"decision": "returned", "comment": "More."}) },
		"withdrawn": func(e *engine, id string) { e.withdraw(id) },
		"the caseload ended": func(e *engine, id string) {
			for _, entry := range e.Admin.Get("/v1/caseload").Items() {
				e.Admin.Delete("/v1/caseload/" + entry.Text("id")).Want(http.StatusNoContent)
			}
		},
		"the counselor was deactivated": func(e *engine, id string) {
			e.Admin.Delete("/v1/staff/" + e.counselor.ID).Want(http.StatusNoContent)
		},
	} {
		for when, moment := range map[string]string{"before": "2026-11-04T13:00:00Z", "between the claim and the send": twoDays} {
			t.Run(what+" "+when, func(t *testing.T) {
				onEngine(t, func(t *testing.T, e *engine) {
					onDuty(e.counselor)
					id := e.handedIn()
					e.Clock.Set(t, moment)
					claims := e.claim(t)
					end(e, id)
					due := e.check(t, claims)
					for _, push := range due {
						if len(push.Targets) != 0 {
							t.Fatalf("it would be sent: %+v", push)
						}
					}
					e.complete(t, due, accepted)
					e.Pass(30 * 24 * time.Hour)
					e.wantSent(t, 0)
					if waiting := e.Count("reminders", "user_id = $1 AND state = 'waiting'", e.counselor.ID); waiting != 0 {
						t.Errorf("%d wait without an end", waiting)
					}
				})
			})
		}
	}
}

func TestASecondRoundIsRecalledAnew(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		id := e.handedIn()
		e.review(id, object{"decision": "returned", "comment": "More."})
		e.Clock.Set(t, "2026-11-03T14:00:00Z")
		e.submit(id)
		e.At(twoDays)
		wantTexts(t, e.counselor)
		e.At("2026-11-05T14:00:00Z")
		wantTexts(t, e.counselor, "Something waits for your answer.")
	})
}

func TestWhoCoversIsRecalledWhileTheyCoverAndNotBeforeOrAfter(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		cover := onDuty(e.Admin.NewCounselor("Sam"))
		next := onDuty(e.Admin.NewCounselor("Lee"))
		between := func(p *apitest.Person, from, until string) {
			e.Admin.Post("/v1/caseload", object{"counselor_id": p.ID, "covers_id": e.counselor.ID, "from": from, "until": until}).Want(http.StatusCreated)
		}
		between(cover, "2026-11-04T00:00:00Z", "2026-11-05T00:00:00Z") // before it is handed in
		e.handedIn()
		between(next, "2026-11-07T00:00:00Z", "2026-11-08T00:00:00Z") // and after
		e.At(twoDays)
		e.At(fiveDays)
		wantTexts(t, cover, "Something waits for your answer.")
		wantTexts(t, next, "Something waits for your answer.")
		e.wantSent(t, 2) // the absent counselor has not consented
	})
}

func TestWhoseCoverageEndedWhileThePushWasLateIsNotRecalled(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		cover := onDuty(e.Admin.NewCounselor("Sam"))
		e.handedIn()
		e.Admin.Post("/v1/caseload", object{"counselor_id": cover.ID, "covers_id": e.counselor.ID, "until": "2026-11-04T14:30:00Z"}).Want(http.StatusCreated)
		e.At("2026-11-04T15:00:00Z") // down since before 9:00 in New York
		e.wantSent(t, 0)
		wantReminders(t, cover, "2d@09:00 "+twoDays+" cancelled")
	})
}

func TestWhoTakesAClientOnIsRecalledOfWhatWaitsAlready(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		next := onDuty(e.Admin.NewCounselor("Lee"))
		e.handedIn()
		e.Admin.Post("/v1/caseload", object{"counselor_id": next.ID, "client_id": e.client.ID}).Want(http.StatusCreated)
		e.At(twoDays)
		wantTexts(t, next, "Something waits for your answer.")
	})
}

func TestStaffAreRecalledOnTheirOwnClockOutsideTheirQuietHours(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		onDuty(e.counselor)
		e.Clock.Set(t, "2026-11-03T06:30:00Z") // Tuesday in New York, Monday in Los Angeles
		e.handedIn()
		e.counselor.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		wantReminders(t, e.counselor, "2d@09:00 2026-11-04T17:00:00Z waiting", "5d@09:00 2026-11-07T17:00:00Z waiting")
		e.counselor.Patch("/v1/me", object{"quiet_hours": object{"start": "20:00", "end": "09:30"}}).Want(http.StatusOK)
		wantReminders(t, e.counselor, "2d@09:00 2026-11-04T17:30:00Z waiting", "5d@09:00 2026-11-07T17:30:00Z waiting")
	})
}

func TestWithoutConsentStaffAreNotRecalled(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.handedIn()
		wantReminders(t, e.counselor, "2d@09:00 "+twoDays+" turned_off", "5d@09:00 "+fiveDays+" turned_off")
		onDuty(e.counselor)
		wantReminders(t, e.counselor, "2d@09:00 "+twoDays+" waiting", "5d@09:00 "+fiveDays+" waiting")
	})
}

func TestTheWholeCaseloadsDebtIsListedTheLongestFirst(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other := e.counselor.NewClient("Sam Client")
		late := e.counselor.NewHomework(e.client, "2026-11-20T22:00:00Z")
		early := e.counselor.NewHomework(other, "2026-11-30T22:00:00Z")
		other.Post("/v1/me/assignments/"+early+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		e.Clock.Set(t, "2026-11-03T04:59:00Z") // still Monday in New York
		e.submit(late)
		e.counselor.NewHomework(e.client, "2026-11-10T22:00:00Z")
		e.Clock.Set(t, "2026-11-05T05:00:00Z") // Thursday
		var got []string
		path := "/v1/assignments?status=submitted&limit=1"
		for path != "" {
			page := e.counselor.Get(path).Want(http.StatusOK)
			for _, a := range page.Items() {
				got = append(got, a.Text("id")+" "+a["client"].(map[string]any)["name"].(string)+" "+a.Text("waiting_since"))
				if a["waiting_days"] != 3.0 {
					t.Errorf("it waits for %v days", a["waiting_days"])
				}
			}
			if path = ""; page.Object["next_cursor"] != nil {
				path = "/v1/assignments?status=submitted&limit=1&cursor=" + page.Text("next_cursor")
			}
		}
		want := []string{early + " Sam Client 2026-11-02T14:00:00Z", late + " Robin Client 2026-11-03T04:59:00Z"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if n := len(e.counselor.Get("/v1/assignments").Want(http.StatusOK).Items()); n != 3 {
			t.Errorf("%d in all", n)
		}
	})
}

func TestReadingTheWholeCaseloadsHomeworkIsNotedForEachWhoseWorkWasRead(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		other, without := e.counselor.NewClient("Sam Client"), e.counselor.NewClient("Lee Client")
		e.handedIn()
		e.handedIn()
		e.counselor.NewHomework(other, "2026-11-30T22:00:00Z")
		e.counselor.Get("/v1/assignments").Want(http.StatusOK)
		for client, want := range map[*apitest.Person]int{e.client: 1, other: 1, without: 0} {
			if n := e.Count("audit_events", "actor_id = $1 AND client_id = $2 AND action = 'list_assignments'", e.counselor.ID, client.ID); n != want {
				t.Errorf("noted %d times, want %d", n, want)
			}
		}
	})
}

// Whoever comes to serve a client while homework is handed in is recalled of it, in whatever order the two are written.
func TestHandedInWhileTheCaseloadChangesNobodyIsForgotten(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		for range 6 {
			id := e.counselor.NewHomework(e.client, "2026-12-20T22:00:00Z")
			colleague, cover := e.Admin.NewCounselor("Lee"), e.Admin.NewCounselor("Sam")
			until := e.Clock.Now().Add(20 * 24 * time.Hour).UTC().Format(time.RFC3339)
			var all sync.WaitGroup
			all.Go(func() { e.submit(id) })
			all.Go(func() {
				e.Admin.Post("/v1/caseload", object{"counselor_id": colleague.ID, "client_id": e.client.ID}).Want(http.StatusCreated)
			})
			all.Go(func() {
				e.Admin.Post("/v1/caseload", object{"counselor_id": cover.ID, "covers_id": e.counselor.ID, "until": until}).Want(http.StatusCreated)
			})
			all.Wait()
			for _, p := range []*apitest.Person{e.counselor, colleague, cover} {
				if n := e.Count("reminders", "user_id = $1 AND subject_id = $2", p.ID, id); n != 2 {
					t.Fatalf("%d reminders, want 2", n)
				}
			}
		}
	})
}

func TestTwoRemindersThatQuietHoursMoveToOneMomentAreOne(t *testing.T) {
	onEngine(t, func(t *testing.T, e *engine) {
		e.counselor.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		e.policy(object{"leads": object{"review": []any{"2d@22:30", "2d@23:00", "3d@09:00"}}})
		id := e.counselor.NewHomework(e.client, "2026-11-06T17:00:00Z")
		e.client.Post("/v1/me/assignments/"+id+"/submit", object{"text": "Done."}).Want(http.StatusOK)
		wantReminders(t, e.counselor, "2d@23:00 2026-11-05T03:00:00Z waiting", "3d@09:00 2026-11-05T14:00:00Z waiting")
	})
}
