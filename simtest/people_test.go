package simtest

import (
	"fmt"
	"slices"
	"time"

	"handrail/models"
)

func (s *sim) dueAhead() string {
	hours := []int{9, 18, 20, 21, 23, 2}
	d := s.now().In(newYork).AddDate(0, 0, s.rand.IntN(4))
	return time.Date(d.Year(), d.Month(), d.Day(), hours[s.rand.IntN(len(hours))], 15*s.rand.IntN(4), 0, 0, newYork).UTC().Format(time.RFC3339)
}

func (s *sim) assign() (int, string, error) {
	c := s.anyClient()
	title, instructions := "Log", ""
	in := models.AssignmentInput{Homework: models.Homework{Title: &title, Instructions: &instructions, Due: s.dueAhead()}}
	if s.rand.IntN(4) == 0 {
		in.Due = models.DueNextSession
	}
	if s.rand.IntN(2) == 0 {
		at := []string{"07:30", "12:00", "18:15", "23:00"}[s.rand.IntN(4)]
		in.Practice = &models.PracticePlan{Rule: fmt.Sprint("FREQ=DAILY;COUNT=", 1+s.rand.IntN(4)), RemindAt: &at}
	}
	a, err := s.api.CreateAssignment(s.ctx, s.counselorOf(c), models.Once{}, c.id, in)
	if err == nil {
		c.homework = append(c.homework, a.ID)
	}
	return c.n, fmt.Sprintf("gets %s, due %s", s.nameOf(a.ID), in.Due), err
}

func (s *sim) aHomework() (*client, string) {
	for range 8 {
		if c := s.anyClient(); len(c.homework) > 0 {
			return c, c.homework[max(0, len(c.homework)-1-s.rand.IntN(3))]
		}
	}
	return nil, ""
}

func (s *sim) onHomework(what string, do func(c *client, id string) error) (int, string, error) {
	c, id := s.aHomework()
	if c == nil {
		return -1, "", nil
	}
	return c.n, s.nameOf(id) + " " + what, do(c, id)
}

func (s *sim) changeDue() (int, string, error) {
	due := s.dueAhead()
	return s.onHomework("is due "+due, func(c *client, id string) error {
		_, err := s.api.UpdateAssignment(s.ctx, s.counselorOf(c), id, nil, models.AssignmentChange{Due: &due})
		return err
	})
}

func (s *sim) submit() (int, string, error) {
	text := "Done"
	return s.onHomework("is handed in", func(c *client, id string) error {
		_, err := s.api.Submit(s.ctx, c.actor, models.Once{}, id, nil, models.SubmissionInput{Work: models.Work{Text: &text}})
		return err
	})
}

func (s *sim) practise() (int, string, error) {
	return s.onHomework("is practised today", func(c *client, id string) error {
		_, err := s.api.Practise(s.ctx, c.actor, models.Once{}, id, models.PracticeInput{})
		return err
	})
}

func (s *sim) changeLanguage() (int, string, error) {
	c := s.anyClient()
	locale := []string{"en", "es"}[s.rand.IntN(2)]
	_, err := s.api.UpdateMe(s.ctx, c.actor, nil, models.MeChange{Locale: &locale})
	return c.n, "reads " + locale, err
}

func (s *sim) review() (int, string, error) {
	in := models.ReviewInput{Decision: []string{"returned", "returned", "accepted"}[s.rand.IntN(3)]}
	if comment := "Once more"; in.Decision == "returned" {
		due := s.dueAhead()
		in.Due, in.Comment = &due, &comment
	}
	return s.onHomework("is "+in.Decision, func(c *client, id string) error {
		_, err := s.api.Review(s.ctx, s.counselorOf(c), models.Once{}, id, nil, in)
		return err
	})
}

func (s *sim) withdraw() (int, string, error) {
	return s.onHomework("is withdrawn", func(c *client, id string) error {
		_, err := s.api.Withdraw(s.ctx, s.counselorOf(c), models.Once{}, id, nil)
		return err
	})
}

func (s *sim) answer() (int, string, error) {
	c := s.anyClient()
	list, err := s.api.MySessions(s.ctx, c.actor, models.Window{From: s.now().Format(time.RFC3339), To: s.now().AddDate(0, 0, 4).Format(time.RFC3339)}, models.Page{})
	if err != nil || len(list.Items) == 0 {
		return c.n, "", err
	}
	x := list.Items[s.rand.IntN(len(list.Items))]
	word := []string{models.AnswerCannotCome, models.AnswerCannotCome, models.AnswerComing}[s.rand.IntN(3)]
	_, err = s.api.PutRSVP(s.ctx, c.actor, x.ID, models.RSVPInput{Answer: word})
	return c.n, fmt.Sprintf("says %s to %s at %s", word, s.nameOf(x.ID), x.LocalStart), err
}

func (s *sim) changeZone() (int, string, error) {
	c := s.anyClient()
	zone := []string{"America/New_York", "America/Los_Angeles", "America/Phoenix", "Australia/Lord_Howe", "Europe/Madrid"}[s.rand.IntN(5)]
	_, err := s.api.UpdateMe(s.ctx, c.actor, nil, models.MeChange{TimeZone: &zone})
	return c.n, "lives by the clock of " + zone, err
}

func (s *sim) changeQuiet() (int, string, error) {
	c := s.anyClient()
	quiet := models.Optional[models.QuietHours]{Given: true}
	if s.rand.IntN(4) > 0 {
		quiet.Value = &models.QuietHours{Start: []string{"21:00", "22:00", "23:30", "00:30"}[s.rand.IntN(4)], End: []string{"06:00", "07:00", "09:30"}[s.rand.IntN(3)]}
	}
	_, err := s.api.UpdateMe(s.ctx, c.actor, nil, models.MeChange{QuietHours: quiet})
	return c.n, fmt.Sprint("has quiet hours ", quiet.Value), err
}

func (s *sim) consent() (int, string, error) {
	c := s.anyClient()
	granted, version := s.rand.IntN(3) > 0, "2026-11"
	in := models.ConsentInput{ConsentTerms: models.ConsentTerms{TextVersion: &version, Granted: &granted}}
	_, err := s.api.PutConsent(s.ctx, c.actor, models.ConsentPush, in)
	return c.n, fmt.Sprint("pushes are allowed: ", granted), err
}

func (s *sim) discharge() (int, string, error) {
	c := s.anyClient()
	aftercare, version := s.rand.IntN(2) == 0, "2026-11"
	_, err := s.api.Discharge(s.ctx, s.counselorOf(c), models.Once{}, c.id, models.DischargeInput{Reason: "completed", AftercareConsent: &aftercare, TextVersion: &version})
	if err == nil && !aftercare { // their phones are let go of
		s.mu.Lock()
		s.forsake(c.n)
		s.mu.Unlock()
	}
	return c.n, fmt.Sprint("is discharged, aftercare: ", aftercare), err
}

func (s *sim) readmit() (int, string, error) {
	c := s.anyClient()
	if s.truths[len(s.truths)-1].people[c.n].care {
		return c.n, "", nil
	}
	_, err := s.api.StartEpisode(s.ctx, s.counselorOf(c), models.Once{}, c.id, models.EpisodeInput{Level: models.LevelIOP})
	return c.n, "is in care again", err
}

// aPhone picks a phone that is somebody's.
func (s *sim) aPhone() (*phone, *client) {
	for range 10 {
		p := s.phones[s.rand.IntN(len(s.phones))]
		if owner, _, live := p.owner(); live {
			return p, s.clients[owner]
		}
	}
	return nil, nil
}

func (s *sim) anotherPhone() (int, string, error) {
	c := s.anyClient()
	for range len(s.clients) { // who has none gets one before long
		if !slices.ContainsFunc(s.phones, func(p *phone) bool { owner, _, live := p.owner(); return live && owner == c.n && !p.gone }) {
			break
		}
		c = s.clients[(c.n+1)%len(s.clients)]
	}
	if c.password && s.rand.IntN(2) == 0 {
		s.secondPhone(c)
		return c.n, "has a second phone", nil
	}
	s.newPhone(c, false)
	return c.n, "has a new phone, and no other", nil
}

func (s *sim) startApp() (int, string, error) {
	p, c := s.aPhone()
	for _, other := range s.phones { // one that came to no proof is tried again
		if isOpen(other.proving) && s.rand.IntN(2) == 0 {
			p, c = other, s.clients[other.proving[len(other.proving)-1].client]
		}
	}
	if p == nil || p.away {
		return -1, "", nil
	}
	s.register(p, c)
	return c.n, fmt.Sprintf("starts the app on phone %d", p.n), nil
}

func (s *sim) removeApp() (int, string, error) {
	p, c := s.aPhone()
	if p == nil {
		return -1, "", nil
	}
	s.fcm.Unregister(p.registration)
	s.mu.Lock()
	p.gone, p.removed = true, s.now()
	p.leave(s.now()) // the record may not know it yet, and nothing reaches it
	p.owners = append(p.owners, tenure{client: c.n, from: s.now()})
	s.mu.Unlock()
	return c.n, fmt.Sprintf("removes the app from phone %d", p.n), nil
}

func (s *sim) signOut() (int, string, error) {
	p, c := s.aPhone()
	if p == nil {
		return -1, "", nil
	}
	err := s.api.SignOut(s.ctx, p.actor)
	s.mu.Lock()
	p.leave(s.now())
	s.mu.Unlock()
	return c.n, fmt.Sprintf("signs out on phone %d", p.n), err
}

// handOver gives a phone to somebody else, who signs in while the first forgot to sign out.
func (s *sim) handOver() (int, string, error) {
	p, from := s.aPhone()
	to := s.anyClient()
	if p == nil || to == from || p.gone {
		return -1, "", nil
	}
	invite, err := s.api.InviteClient(s.ctx, s.counselorOf(to), to.id)
	if err != nil {
		return -1, "", err
	}
	signed, err := s.api.Enroll(s.ctx, fmt.Sprint("10.0.0.", to.n), to.enrols(invite, p))
	if err != nil {
		return -1, "", err
	}
	s.mu.Lock()
	s.forsake(to.n)
	s.say(from.n, "phone %d is client %d's now", p.n, to.n)
	s.mu.Unlock()
	s.settle(p, to, signed)
	return to.n, fmt.Sprintf("has phone %d of client %d", p.n, from.n), nil
}

func (s *sim) network() (int, string, error) {
	p, c := s.aPhone()
	if p == nil {
		return -1, "", nil
	}
	s.setAway(p, !p.away)
	return c.n, fmt.Sprintf("phone %d is off the network: %v", p.n, p.away), nil
}
