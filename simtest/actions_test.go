package simtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"handrail/models"
)

// deed is something that somebody does; it returns which client it concerns (-1: several) and what it was.
type deed struct {
	odds int
	do   func(s *sim) (client int, what string, err error)
}

func deeds() []deed {
	return []deed{
		{6, (*sim).newSession}, {3, (*sim).newSeriesDeed}, {12, (*sim).moveSession}, {9, (*sim).cancelSession}, {5, (*sim).restoreSession},
		{2, (*sim).endSeries}, {3, (*sim).editSeries}, {2, (*sim).closure}, {6, (*sim).joinRoster}, {4, (*sim).leaveRoster}, {5, (*sim).ownMeeting},
		{10, (*sim).assign}, {5, (*sim).changeDue}, {5, (*sim).submit}, {4, (*sim).practise}, {1, (*sim).changeLanguage}, {4, (*sim).review}, {2, (*sim).withdraw}, {8, (*sim).answer},
		{3, (*sim).changeZone}, {3, (*sim).changeQuiet}, {5, (*sim).consent}, {2, (*sim).discharge}, {3, (*sim).readmit},
		{8, (*sim).anotherPhone}, {5, (*sim).startApp}, {2, (*sim).removeApp}, {2, (*sim).signOut}, {2, (*sim).handOver}, {6, (*sim).network},
	}
}

// act does one thing at random. What is refused is as good as done.
func (s *sim) act() {
	all := deeds()
	if f, found := s.inFlight(); found && s.rand.IntN(2) == 0 {
		all = []deed{{1, func(s *sim) (int, string, error) { return s.meddle(f) }}}
	}
	sum := 0
	for _, d := range all {
		sum += d.odds
	}
	at := s.rand.IntN(sum)
	for _, d := range all {
		if at -= d.odds; at >= 0 {
			continue
		}
		client, what, err := d.do(s)
		var refused *models.Error
		if err != nil && (!errors.As(err, &refused) || refused.Kind == models.Unavailable) {
			s.t.Fatalf("seed %d, step %d, %s: %v", s.seed, s.step, what, err)
		}
		s.mu.Lock()
		s.counts["deeds"]++
		if err != nil {
			what += " (refused: " + refused.Code + ")"
		}
		if what != "" {
			s.say(client, "[%d] %s", s.step, what)
		}
		s.mu.Unlock()
		return
	}
}

func (s *sim) anyClient() *client { return s.clients[s.rand.IntN(len(s.clients))] }

// localAhead is a wall-clock time some days ahead, at a quarter of an hour: often the same hours, so that things meet.
func (s *sim) localAhead(days int) string {
	hours := []int{6, 8, 9, 17, 18, 18, 18, 19, 20, 23}
	date := s.now().In(newYork).AddDate(0, 0, s.rand.IntN(days+1))
	return fmt.Sprintf("%sT%02d:%02d", date.Format("2006-01-02"), hours[s.rand.IntN(len(hours))], 15*[]int{0, 0, 0, 2, 1, 3}[s.rand.IntN(6)])
}

var newYork, _ = time.LoadLocation("America/New_York")

func (s *sim) some(n int) (ids []string) {
	for _, i := range s.rand.Perm(len(s.clients))[:min(n, len(s.clients))] {
		ids = append(ids, s.clients[i].id)
	}
	return ids
}

func (s *sim) newSession() (int, string, error) { return s.addSeries(nil) }

func (s *sim) newSeriesDeed() (int, string, error) { return -1, "a new series", s.newSeries() }

func (s *sim) newSeries() error {
	days := [][]string{{"TU", "TH"}, {"MO", "WE", "FR"}, {"SU"}, {"MO", "TU", "WE", "TH", "FR"}}[s.rand.IntN(4)]
	rule := fmt.Sprintf("FREQ=WEEKLY;BYDAY=%s;COUNT=%d", strings.Join(days, ","), 4+s.rand.IntN(16))
	_, _, err := s.addSeries(&rule)
	return err
}

func (s *sim) aNewSeries(rule *string) models.SeriesInput {
	in := models.SeriesInput{Title: "Group", Kind: models.KindGroup, LocalStart: s.localAhead(4), DurationMinutes: 60 + 60*s.rand.IntN(3), Rule: rule,
		ClientIDs: s.some(1 + s.rand.IntN(5)), FacilitatorIDs: []string{s.counselors[0].UserID, s.counselors[1].UserID}}
	if s.rand.IntN(4) == 0 {
		in.Kind = models.KindAftercare
	}
	if s.rand.IntN(3) == 0 {
		link := "https://meet.example/room"
		in.Link = &link
	}
	return in
}

func (s *sim) addSeries(rule *string) (int, string, error) {
	in := s.aNewSeries(rule)
	series, err := s.api.CreateSeries(s.ctx, s.counselors[0], models.Once{}, false, in)
	if err == nil {
		s.series = append(s.series, series.ID)
	}
	return -1, fmt.Sprint("a new ", in.Kind, " at ", in.LocalStart), err
}

func (s *sim) clientOf(id string) int {
	return slices.IndexFunc(s.clients, func(c *client) bool { return c.id == id })
}

// aSession picks one that is ahead, more likely a near one.
func (s *sim) aSession(cancelled bool) (picked models.StaffSession, found bool) {
	to := s.now().AddDate(0, 0, 1+s.rand.IntN(10)).Format(time.RFC3339)
	list, err := s.api.Sessions(s.ctx, s.counselors[0], models.Window{From: s.now().Format(time.RFC3339), To: to}, models.Page{Limit: "200"})
	if err != nil {
		s.t.Fatal(err)
	}
	fit := slices.DeleteFunc(list.Items, func(x models.StaffSession) bool { return (x.Status == models.SessionCancelled) != cancelled })
	if len(fit) == 0 {
		return picked, false
	}
	return fit[s.rand.IntN(len(fit))], true
}

func (s *sim) moveSession() (int, string, error) {
	x, found := s.aSession(false)
	if !found {
		return -1, "", nil
	}
	local := s.localAhead(5)
	if s.rand.IntN(2) == 0 { // on the same day
		local = x.LocalStart[:11] + s.localAhead(0)[11:]
	}
	_, err := s.api.UpdateSession(s.ctx, s.counselors[0], x.ID, nil, false, models.SessionChange{LocalStart: &local})
	return -1, fmt.Sprintf("%s moves from %s to %s", s.nameOf(x.ID), x.LocalStart, local), err
}

func (s *sim) cancelSession() (int, string, error) {
	x, found := s.aSession(false)
	if !found {
		return -1, "", nil
	}
	_, err := s.api.CancelSession(s.ctx, s.counselors[0], models.Once{}, x.ID)
	return -1, fmt.Sprintf("%s at %s is cancelled", s.nameOf(x.ID), x.LocalStart), err
}

func (s *sim) restoreSession() (int, string, error) {
	x, found := s.aSession(true)
	if !found {
		return -1, "", nil
	}
	_, err := s.api.AddSession(s.ctx, s.counselors[0], models.Once{}, x.SeriesID, false, models.DateInput{LocalStart: x.LocalStart})
	return -1, fmt.Sprintf("%s at %s takes place after all", s.nameOf(x.ID), x.LocalStart), err
}

func (s *sim) aSeries() string { return s.series[s.rand.IntN(len(s.series))] }

func (s *sim) endSeries() (int, string, error) {
	id := s.aSeries()
	_, err := s.api.EndSeries(s.ctx, s.counselors[0], models.Once{}, id, models.EndInput{})
	if err == nil {
		delete(s.standing, id)
	}
	return -1, "a series ends early", err
}

func (s *sim) editSeries() (int, string, error) {
	x, found := s.aSession(false)
	if !found {
		return -1, "", nil
	}
	local := x.LocalStart[:11] + s.localAhead(0)[11:]
	delete(s.standing, x.SeriesID) // a session that was moved to another day takes the rule there
	_, err := s.api.UpdateSeries(s.ctx, s.counselors[0], x.SeriesID, nil, false, models.SeriesChange{FromSessionID: &x.ID, LocalStart: &local})
	return -1, fmt.Sprintf("the series of %s moves to %s from then on", s.nameOf(x.ID), local), err
}

func (s *sim) closure() (int, string, error) {
	from := s.now().AddDate(0, 0, s.rand.IntN(3))
	list, err := s.api.Sessions(s.ctx, s.counselors[0], models.Window{From: from.Format(time.RFC3339), To: from.AddDate(0, 0, 1).Format(time.RFC3339)}, models.Page{Limit: "200"})
	if err != nil {
		s.t.Fatal(err)
	}
	var in models.CancelInput
	for _, x := range list.Items {
		if x.Status == models.SessionScheduled && x.StartsAt.Time().After(s.now()) {
			in.SessionIDs = append(in.SessionIDs, x.ID)
		}
	}
	if len(in.SessionIDs) == 0 {
		return -1, "", nil
	}
	_, err = s.api.CancelSessions(s.ctx, s.counselors[0], models.Once{}, in)
	return -1, fmt.Sprintf("closed for a day from %s: %d sessions off", from.Format(clock), len(in.SessionIDs)), err
}

func (s *sim) joinRoster() (int, string, error) {
	c := s.anyClient()
	_, err := s.api.AddToRoster(s.ctx, s.counselorOf(c), models.Once{}, s.aSeries(), false, models.RosterInput{ClientID: c.id})
	return c.n, "joins a series", err
}

func (s *sim) leaveRoster() (int, string, error) {
	c := s.anyClient()
	for range 4 {
		if err := s.api.RemoveFromRoster(s.ctx, s.counselorOf(c), s.aSeries(), c.id); err == nil {
			return c.n, "leaves a series", nil
		}
	}
	return c.n, "", nil
}

func (s *sim) ownMeeting() (int, string, error) {
	c := s.anyClient()
	in := models.MeetingInput{Title: "Home group", LocalStart: s.localAhead(4), DurationMinutes: 60}
	_, err := s.api.CreateMyMeeting(s.ctx, c.actor, models.Once{}, false, in)
	return c.n, "goes to a meeting of their own at " + in.LocalStart, err
}
