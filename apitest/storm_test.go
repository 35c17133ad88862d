package apitest_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models"
)

// storm is a group whose clients, counselors and admin all write at once: to the Store itself, for HTTP would take most of the
// time, and sync_test.go has the same through HTTP.
type storm struct {
	*apitest.World
	ctx               context.Context
	clients           []models.Actor
	counselors        []models.Actor
	admin             models.Actor
	series, aftercare string
}

const (
	writers   = 16
	fewThings = 5 // of a kind that a client keeps: the lists stay short
)

func newStorm(w *apitest.World) *storm {
	s := &storm{World: w, ctx: w.T.Context()}
	dana := w.Admin.NewCounselor("Dana")
	lee := w.Admin.NewCounselor("Lee")
	var people []*apitest.Person
	for _, name := range []string{"Robin", "Casey", "Jordan"} {
		p := dana.NewClient(name)
		w.Admin.Post("/v1/caseload", object{"counselor_id": lee.ID, "client_id": p.ID}).Want(201)
		people, s.clients = append(people, p), append(s.clients, s.actor(p))
	}
	s.counselors, s.admin = []models.Actor{s.actor(dana), s.actor(lee)}, s.actor(w.Admin)
	staff := []any{dana.ID, lee.ID}
	s.series = dana.NewSeries(object{"title": "Group", "kind": "group", "local_start": "2026-11-10T18:00", "duration_minutes": 60,
		"rule": "FREQ=WEEKLY;COUNT=6", "facilitator_ids": staff}, people...)
	s.aftercare = dana.NewSeries(object{"title": "Alumni", "kind": "aftercare", "local_start": "2026-11-12T18:00", "duration_minutes": 60,
		"rule": "FREQ=WEEKLY;COUNT=4", "facilitator_ids": staff}, people...)
	return s
}

func (s *storm) actor(p *apitest.Person) models.Actor {
	actor, err := s.Store.Authenticate(s.ctx, p.Token)
	if err != nil {
		s.T.Fatal(err)
	}
	return actor
}

// phone rebuilds what a client sees from the feed alone: each thing as JSON, by kind and id.
type phone struct {
	actor  models.Actor
	cursor string
	held   map[string]string
}

// page takes one page of the feed and says whether there is more.
func (p *phone) page(s *storm) bool {
	feed, err := s.Store.Sync(s.ctx, p.actor, models.Page{Limit: "7", Cursor: p.cursor})
	if err != nil {
		s.T.Error(err)
		return false
	}
	if feed.Reset {
		p.held = map[string]string{}
	}
	if feed.Profile != nil {
		p.held["profile "+feed.Profile.ID] = text(feed.Profile)
	}
	keep(p.held, "session ", feed.Sessions, func(v models.ClientSession) string { return v.ID })
	keep(p.held, "assignment ", feed.Assignments, func(v models.Assignment) string { return v.ID })
	keep(p.held, "practice ", feed.Practice, func(v models.Practice) string { return v.ID })
	keep(p.held, "contact ", feed.Contacts, func(v models.Contact) string { return v.ID })
	keep(p.held, "reach_out ", feed.ReachOuts, func(v models.ReachOut) string { return v.ID })
	keep(p.held, "goal ", feed.Goals, func(v models.Goal) string { return v.ID })
	keep(p.held, "meeting ", feed.Meetings, func(v models.Meeting) string { return v.ID })
	keep(p.held, "consent ", feed.Consents, func(v models.Consent) string { return string(v.Kind) })
	for _, gone := range feed.Gone {
		delete(p.held, gone.Kind+" "+gone.ID)
	}
	p.cursor = feed.NextCursor
	return feed.More
}

func keep[T any](held map[string]string, kind string, items []T, id func(T) string) {
	for _, item := range items {
		held[kind+id(item)] = text(item)
	}
}

func text(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// seen is what the lists show a client.
func (s *storm) seen(actor models.Actor) map[string]string {
	all, most := map[string]string{}, models.Page{Limit: "200"}
	must := func(err error) {
		if err != nil {
			s.T.Fatal(err)
		}
	}
	me, err := s.Store.Me(s.ctx, actor)
	must(err)
	all["profile "+me.ID] = text(me)
	sessions, err := s.Store.MySessions(s.ctx, actor, models.Window{From: "2026-01-01T00:00:00Z", To: "2028-01-01T00:00:00Z"}, most)
	must(err)
	keep(all, "session ", sessions.Items, func(v models.ClientSession) string { return v.ID })
	homework, err := s.Store.MyAssignments(s.ctx, actor, "", most)
	must(err)
	for _, item := range homework.Items {
		whole, err := s.Store.MyAssignment(s.ctx, actor, item.ID)
		must(err)
		all["assignment "+item.ID] = text(whole)
		practice, err := s.Store.MyPractice(s.ctx, actor, item.ID, most)
		must(err)
		keep(all, "practice ", practice.Items, func(v models.Practice) string { return v.ID })
	}
	contacts, err := s.Store.Contacts(s.ctx, actor, most)
	must(err)
	keep(all, "contact ", contacts.Items, func(v models.Contact) string { return v.ID })
	reachOuts, err := s.Store.ReachOuts(s.ctx, actor, "", most)
	must(err)
	keep(all, "reach_out ", reachOuts.Items, func(v models.ReachOut) string { return v.ID })
	goals, err := s.Store.MyGoals(s.ctx, actor, most)
	must(err)
	keep(all, "goal ", goals.Items, func(v models.Goal) string { return v.ID })
	meetings, err := s.Store.MyMeetings(s.ctx, actor, most)
	must(err)
	keep(all, "meeting ", meetings.Items, func(v models.Meeting) string { return v.ID })
	consents, err := s.Store.Consents(s.ctx, actor, most)
	must(err)
	keep(all, "consent ", consents.Items, func(v models.Consent) string { return string(v.Kind) })
	return all
}

func TestWhileSixteenWriteAtOnceAPhoneThatReadsTheFeedMissesNothing(t *testing.T) {
	rounds := environment("HANDRAIL_TEST_ROUNDS", 12) // in each all writers write; make storm asks for thousands
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		s := newStorm(w)
		phones := make([]*phone, len(s.clients))
		for i, actor := range s.clients {
			phones[i] = &phone{actor: actor}
		}
		written := map[string]int{}
		for round := range rounds {
			names := make([]string, writers)
			stormed := make(chan struct{})
			go func() {
				defer close(stormed)
				together(writers, func(i int) { names[i] = s.blow(rand.New(rand.NewPCG(uint64(round), uint64(i)))) })
			}()
			together(len(phones), func(i int) { // they read all the while
				for writing := true; writing; {
					select {
					case <-stormed:
						writing = false
					default:
					}
					for phones[i].page(s) {
					}
				}
			})
			for _, name := range names {
				written[name]++
			}
			for _, p := range phones {
				if diff := cmp.Diff(s.seen(p.actor), p.held); diff != "" {
					t.Fatalf("round %d, after %v: the lists (-) and the feed (+) differ:\n%s", round, names, diff)
				}
			}
		}
		if circles := strings.Join(s.circles(), ""); circles != "0" {
			t.Errorf("writers waited for each other in a circle %s times", circles)
		}
		t.Logf("%d rounds: %v", rounds, written)
	})
}

// circles counts the deadlocks that PostgreSQL had to break: a write is tried again then, and nothing else tells of it.
func (s *storm) circles() []string {
	if !strings.HasPrefix(s.DB.URL, "postgres") {
		return []string{"0"}
	}
	return s.Rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

// blow is one write at random. One that is refused for what others wrote meanwhile is as good; one that fails is not.
func (s *storm) blow(r *rand.Rand) string {
	kinds := blows()
	kind := kinds[r.IntN(len(kinds))]
	err := kind.write(gust{s, r, s.clients[r.IntN(len(s.clients))], s.counselors[r.IntN(len(s.counselors))]})
	var refused *models.Error
	if err != nil && (!errors.As(err, &refused) || refused.Kind == models.Unavailable) {
		s.T.Errorf("%s: %v", kind.name, err)
	}
	if err != nil {
		return kind.name + " refused"
	}
	return kind.name
}
