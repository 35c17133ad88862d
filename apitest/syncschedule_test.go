package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/models"
)

// fed is a group that meets every Tuesday, with a client whose phone reads the feed.
type fed struct {
	*apitest.World
	counselor *apitest.Person
	phone     *replica
	series    string
	sessions  []object
}

func eachFed(t *testing.T, kind string, f func(f *fed)) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		g := &fed{World: w, counselor: w.Admin.NewCounselor("Dana")}
		g.phone = replicaOf(g.counselor.NewClient("Robin"))
		g.series = g.counselor.NewSeries(object{"title": "Group", "kind": kind, "local_start": "2026-11-03T18:00", "duration_minutes": 60,
			"rule": "FREQ=WEEKLY;COUNT=4"}, g.phone.Person)
		g.sessions = g.counselor.SessionsOf(g.series)
		g.phone.sync()
		f(g)
	})
}

// later is another day, on which the counselor signs in again.
func (f *fed) later(instant string) {
	f.Clock.Set(f.T, instant)
	f.counselor.SignIn()
}

func (f *fed) has(session object) bool { return f.phone.held["session "+session.Text("id")] != nil }

func TestWhoLeftAGroupIsToldWhatChangesOfTheSessionsThatWereTheirs(t *testing.T) {
	eachFed(t, "group", func(f *fed) {
		f.later("2026-11-05T14:00:00Z")
		f.counselor.Delete("/v1/series/" + f.series + "/roster/" + f.phone.ID).Want(http.StatusNoContent)
		f.phone.sync().mustHoldWhatIsSeen("leaving")
		if !f.has(f.sessions[0]) || f.has(f.sessions[1]) {
			f.T.Error("the session that was attended stays, the others go")
		}
		f.counselor.Patch("/v1/sessions/"+f.sessions[0].Text("id"), object{"materials": []any{object{"title": "Handout", "text": "Read it again."}}}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("new materials")
		f.counselor.Patch("/v1/series/"+f.series, object{"title": "Another name"}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("a new title")
	})
}

func TestSessionsThatComeAndGoWithTheDatesOfARosterAreTold(t *testing.T) {
	eachFed(t, "group", func(f *fed) {
		f.later("2026-11-12T14:00:00Z")
		late := replicaOf(f.counselor.NewClient("Casey")).sync()
		roster := "/v1/series/" + f.series + "/roster"
		f.counselor.Post(roster, object{"client_id": late.ID, "from": "2026-11-10T00:00:00Z"}).Want(http.StatusCreated)
		late.sync().mustHoldWhatIsSeen("joining with a session that is over")
		if late.held["session "+f.sessions[1].Text("id")] == nil || late.held["session "+f.sessions[0].Text("id")] != nil {
			f.T.Error("joined from the second session on")
		}
		f.counselor.Patch(roster+"/"+late.ID, object{"until": "2026-11-18T00:00:00Z"}).Want(http.StatusOK)
		late.sync().mustHoldWhatIsSeen("a nearer end")
		f.counselor.Patch(roster+"/"+late.ID, object{"from": "2026-11-11T00:00:00Z", "until": nil}).Want(http.StatusOK)
		late.sync().mustHoldWhatIsSeen("a later beginning")
		f.counselor.Patch(roster+"/"+f.phone.ID, object{"until": "2026-11-18T00:00:00Z"}).Want(http.StatusOK)
		f.phone.sync()
		f.counselor.Patch("/v1/sessions/"+f.sessions[2].Text("id"), object{"local_start": "2026-11-19T18:00"}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("a session that moved past the client's last day")
		if f.has(f.sessions[2]) {
			f.T.Error("a session after the client's last day is not theirs")
		}
	})
}

func TestAMeetingThatEndsIsToldAndOneThatIsNotTheClientsLeavesNoTrace(t *testing.T) {
	eachFed(t, "aftercare", func(f *fed) {
		stranger := replicaOf(f.counselor.NewClient("Casey")).sync()
		f.counselor.Post("/v1/series/"+f.series+"/end", object{"from_session_id": f.sessions[2].Text("id")}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("the end")
		if page := stranger.page(); len(page.Object["gone"].([]any)) > 0 || len(page.Object["meetings"].([]any)) > 0 {
			f.T.Errorf("somebody else is told %s", page.Raw())
		}
	})
}

func TestWhoLeftAMeetingIsNotToldWhereTheOthersMeetNow(t *testing.T) {
	eachFed(t, "aftercare", func(f *fed) {
		f.counselor.Patch("/v1/series/"+f.series, object{"place": "Old hall", "link": "https://video.example.org/r/old"}).Want(http.StatusOK)
		path := "/v1/me/meetings/" + f.series
		if where := f.phone.Get(path).Want(http.StatusOK).Text("place"); where != "Old hall" {
			f.T.Errorf("who belongs to it is told that it is in %q", where)
		}
		f.later("2026-11-05T14:00:00Z")
		f.counselor.Delete("/v1/series/" + f.series + "/roster/" + f.phone.ID).Want(http.StatusNoContent)
		f.phone.sync().mustHoldWhatIsSeen("leaving")
		f.counselor.Patch("/v1/series/"+f.series, object{"place": "New hall", "link": "https://video.example.org/r/new"}).Want(http.StatusOK)
		feed := f.phone.page()
		for _, told := range []apitest.Reply{feed, f.phone.Get(path), f.phone.Get("/v1/me/meetings"), f.phone.Get("/v1/me/export")} {
			if strings.Contains(told.Want(http.StatusOK).Raw(), "New hall") || strings.Contains(told.Raw(), "/r/new") {
				f.T.Errorf("who has left is told %s", told.Raw())
			}
		}
		f.phone.mustHoldWhatIsSeen("what changed since")
	})
}

func TestOnANewClockOrInAnotherLanguageHomeworkIsToldAgain(t *testing.T) {
	eachFed(t, "group", func(f *fed) {
		f.counselor.NewHomework(f.phone.Person, "2026-11-05T22:00:00Z")
		f.phone.sync()
		f.phone.Patch("/v1/me", object{"quiet_hours": nil}).Want(http.StatusOK)
		if page := f.phone.page(); len(page.Object["assignments"].([]any)) > 0 || page.Object["profile"] == nil {
			f.T.Errorf("quiet hours change no homework: %s", page.Raw())
		}
		f.phone.Patch("/v1/me", object{"time_zone": "America/Los_Angeles"}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("a new zone")
		f.counselor.Patch("/v1/clients/"+f.phone.ID, object{"locale": "es"}).Want(http.StatusOK)
		if page := f.phone.page(); len(page.Object["assignments"].([]any)) != 1 {
			f.T.Errorf("its fields have other words now: %s", page.Raw())
		}
		f.Admin.Patch("/v1/clinic", object{"front_desk_phone": "+12015550100"}).Want(http.StatusOK)
		f.phone.sync().mustHoldWhatIsSeen("the clinic's new number")
	})
}

func TestSessionsThatTheHorizonBringsAreTold(t *testing.T) {
	eachFed(t, "group", func(f *fed) {
		f.counselor.NewSeries(object{"title": "Skills", "kind": "skills", "local_start": "2026-11-04T18:00", "duration_minutes": 60,
			"rule": "FREQ=WEEKLY"}, f.phone.Person)
		f.phone.sync()
		held := len(f.phone.held)
		f.later("2026-11-20T14:00:00Z")
		if _, err := f.Store.ExtendHorizon(f.T.Context()); err != nil {
			f.T.Fatal(err)
		}
		f.phone.sync().mustHoldWhatIsSeen("two weeks")
		if len(f.phone.held) <= held {
			f.T.Error("no session came")
		}
	})
}

func TestALanguageThatChangesWhileThePhoneAsksIsTheOneInWhichHomeworkIsTold(t *testing.T) {
	eachFed(t, "group", func(f *fed) {
		path := "/v1/me/assignments/" + f.counselor.Post("/v1/clients/"+f.phone.ID+"/assignments", object{"template": "trigger_log",
			"due": "2026-11-05T22:00:00Z"}).Want(http.StatusCreated).Text("id")
		f.phone.sync()
		asking, err := f.Store.Authenticate(f.T.Context(), f.phone.Token) // and before the feed is read
		if err != nil {
			f.T.Fatal(err)
		}
		f.phone.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		feed, err := f.Store.Sync(f.T.Context(), asking, models.Page{Cursor: f.phone.cursor})
		if err != nil || len(feed.Assignments) != 1 {
			f.T.Fatalf("told %v, %v", feed.Assignments, err)
		}
		told, listed := feed.Assignments[0].Fields[0].Label, f.phone.Get(path).Want(http.StatusOK).Object["fields"].([]any)[0].(map[string]any)["label"]
		if told != listed || feed.CrisisLines[0].Label != feed.Profile.CrisisLines[0].Label {
			f.T.Errorf("told %s, and %s, of a client who reads %s", told, feed.CrisisLines[0].Label, listed)
		}
	})
}
