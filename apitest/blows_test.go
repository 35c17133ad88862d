package apitest_test

import (
	"fmt"
	"math/rand/v2"

	"handrail/models"
)

// gust is one write of a storm: about which client, by which of their counselors, and its dice.
type gust struct {
	*storm
	*rand.Rand
	client, counselor models.Actor
}

type blowKind struct {
	name  string
	write func(g gust) error
}

// blows are what people do in a storm: every kind of thing that a client sees comes, changes and goes.
func blows() []blowKind {
	return append(gusts(), []blowKind{
		{"contact", gust.contact}, {"order", gust.order}, {"reach-out", gust.reachOut}, {"goal", gust.goal}, {"comment", gust.comment},
		{"meeting", gust.meeting}, {"consent", gust.consent}, {"profile", gust.profile}, {"rsvp", gust.rsvp},
		{"assign", gust.assign}, {"client's step", gust.clientsStep}, {"counselor's step", gust.counselorsStep},
		{"practice", gust.practice}, {"session", gust.session}, {"session", gust.session}, {"series", gust.editSeries}, {"roster", gust.roster},
		{"name", gust.name}, {"clinic", gust.clinic},
	}...)
}

// one picks one of a list; none of an empty one.
func one[T any](g gust, items []T) (item T, found bool) {
	if len(items) == 0 {
		return item, false
	}
	return items[g.IntN(len(items))], true
}

func (g gust) word(of string) *string {
	word := fmt.Sprintf("%s %d", of, g.IntN(1000))
	return &word
}

func (g gust) contact() error {
	list, err := g.Store.Contacts(g.ctx, g.client, models.Page{})
	if err != nil {
		return err
	}
	contact, found := one(g, list.Items)
	switch {
	case !found || len(list.Items) < fewThings && g.IntN(2) == 0:
		_, err = g.Store.CreateContact(g.ctx, g.client, models.Once{}, models.ContactInput{Name: *g.word("Chris"), Relation: "sober_peer", Phone: "+12015550142"})
	case g.IntN(2) == 0:
		_, err = g.Store.UpdateContact(g.ctx, g.client, contact.ID, nil, models.ContactChange{Name: g.word("Chris")})
	default:
		_, err = g.Store.DeleteContact(g.ctx, g.client, contact.ID, nil)
	}
	return err
}

func (g gust) order() error {
	list, err := g.Store.Contacts(g.ctx, g.client, models.Page{})
	if contact, found := one(g, list.Items); found {
		_, err = g.Store.OrderContacts(g.ctx, g.client, models.OrderInput{ContactIDs: []string{contact.ID}})
	}
	return err
}

func (g gust) reachOut() error {
	contacts, err := g.Store.Contacts(g.ctx, g.client, models.Page{})
	if err != nil {
		return err
	}
	list, err := g.Store.ReachOuts(g.ctx, g.client, "", models.Page{})
	if err != nil {
		return err
	}
	if out, found := one(g, list.Items); found && (len(list.Items) >= fewThings || g.IntN(2) == 0) {
		_, err = g.Store.DeleteReachOut(g.ctx, g.client, out.ID)
		return err
	}
	if contact, found := one(g, contacts.Items); found {
		_, err = g.Store.NoteReachOut(g.ctx, g.client, models.Once{}, contact.ID, models.ReachOutInput{Note: g.word("It helped")})
	}
	return err
}

func (g gust) goal() error {
	list, err := g.Store.MyGoals(g.ctx, g.client, models.Page{})
	if err != nil {
		return err
	}
	goal, found := one(g, list.Items)
	switch {
	case !found || len(list.Items) < fewThings && g.IntN(2) == 0:
		_, err = g.Store.CreateGoal(g.ctx, g.client, models.Once{}, models.GoalInput{Text: *g.word("Goal")})
	case g.IntN(2) == 0:
		_, err = g.Store.UpdateGoal(g.ctx, g.client, goal.ID, nil, models.GoalChange{Text: g.word("Goal")})
	default:
		err = g.Store.DeleteGoal(g.ctx, g.client, goal.ID, nil)
	}
	return err
}

func (g gust) comment() error {
	list, err := g.Store.MyGoals(g.ctx, g.client, models.Page{})
	if goal, found := one(g, list.Items); found && len(goal.Comments) < fewThings {
		_, err = g.Store.CommentOnGoal(g.ctx, g.counselor, models.Once{}, goal.ID, models.GoalCommentInput{Text: *g.word("Well done")})
	}
	return err
}

func (g gust) meeting() error {
	list, err := g.Store.MyMeetings(g.ctx, g.client, models.Page{})
	if err != nil {
		return err
	}
	meeting, found := one(g, list.Items)
	switch {
	case !found || len(list.Items) < fewThings:
		_, err = g.Store.CreateMyMeeting(g.ctx, g.client, models.Once{}, false, models.MeetingInput{Title: *g.word("Home group"),
			LocalStart: fmt.Sprintf("2026-11-%02dT%02d:00", 10+g.IntN(15), g.IntN(24)), DurationMinutes: 60})
	case g.IntN(2) == 0:
		_, err = g.Store.UpdateMyMeeting(g.ctx, g.client, meeting.ID, nil, false, models.MeetingChange{Title: g.word("Home group")})
	default:
		err = g.Store.DeleteMyMeeting(g.ctx, g.client, meeting.ID, nil)
	}
	return err
}

func (g gust) consent() error {
	granted, version, until := g.IntN(2) == 0, "2026-11", fmt.Sprint(2027+g.IntN(8), "-01-01T00:00:00Z")
	in := models.ConsentInput{ConsentTerms: models.ConsentTerms{TextVersion: &version, Granted: &granted, ExpiresAt: &until}}
	_, err := g.Store.PutConsent(g.ctx, g.client, models.ConsentPush, in)
	return err
}

func (g gust) profile() error {
	zone := []string{"America/New_York", "America/Los_Angeles", "Europe/Madrid"}[g.IntN(3)]
	_, err := g.Store.UpdateMe(g.ctx, g.client, nil, models.MeChange{TimeZone: &zone})
	return err
}

func (g gust) name() error {
	_, err := g.Store.UpdateClient(g.ctx, g.counselor, g.client.UserID, nil, models.ClientChange{Name: g.word("Robin")})
	return err
}

func (g gust) clinic() error {
	_, err := g.Store.UpdateClinic(g.ctx, g.admin, nil, models.ClinicChange{DisplayName: g.word("Riverbend")})
	return err
}

func (g gust) rsvp() error {
	list, err := g.Store.MySessions(g.ctx, g.client, models.Window{}, models.Page{})
	if session, found := one(g, list.Items); found {
		_, err = g.Store.PutRSVP(g.ctx, g.client, session.ID, models.RSVPInput{Answer: []string{"coming", "cannot_come"}[g.IntN(2)], Note: g.word("Bus")})
	}
	return err
}

func (g gust) assign() error {
	list, err := g.Store.MyAssignments(g.ctx, g.client, "", models.Page{})
	if err != nil || len(list.Items) >= 2*fewThings {
		return err
	}
	template := "trigger_log"
	_, err = g.Store.CreateAssignment(g.ctx, g.counselor, models.Once{}, g.client.UserID, models.AssignmentInput{Homework: models.Homework{
		Template: &template, Due: models.DueNextSession, Practice: &models.PracticePlan{Rule: "FREQ=DAILY;COUNT=7"}}})
	return err
}

func (g gust) homework() (models.AssignmentItem, bool, error) {
	list, err := g.Store.MyAssignments(g.ctx, g.client, "", models.Page{})
	item, found := one(g, list.Items)
	return item, found, err
}

func (g gust) clientsStep() error {
	item, found, err := g.homework()
	if !found {
		return err
	}
	if g.IntN(2) == 0 {
		_, err = g.Store.PutDraft(g.ctx, g.client, item.ID, nil, models.Work{Text: g.word("Draft")})
	} else {
		_, err = g.Store.Submit(g.ctx, g.client, models.Once{}, item.ID, nil, models.SubmissionInput{Work: models.Work{Text: g.word("Done")}})
	}
	return err
}

func (g gust) counselorsStep() error {
	item, found, err := g.homework()
	if !found {
		return err
	}
	switch g.IntN(3) {
	case 0:
		_, err = g.Store.Review(g.ctx, g.counselor, models.Once{}, item.ID, nil, models.ReviewInput{Decision: "returned", Comment: g.word("Once more")})
	case 1:
		_, err = g.Store.UpdateAssignment(g.ctx, g.counselor, item.ID, nil, models.AssignmentChange{Title: g.word("Log")})
	default:
		_, err = g.Store.ReceiveOnPaper(g.ctx, g.counselor, models.Once{}, item.ID, nil)
	}
	return err
}

func (g gust) practice() error {
	item, found, err := g.homework()
	if !found {
		return err
	}
	list, err := g.Store.MyPractice(g.ctx, g.client, item.ID, models.Page{})
	if err != nil {
		return err
	}
	if done, found := one(g, list.Items); found && (len(list.Items) >= fewThings || g.IntN(2) == 0) {
		return g.Store.DeletePractice(g.ctx, g.client, item.ID, done.ID)
	}
	_, err = g.Store.Practise(g.ctx, g.client, models.Once{}, item.ID, models.PracticeInput{Note: g.word("Before work")})
	return err
}

func (g gust) session() error {
	list, err := g.Store.Sessions(g.ctx, g.counselor, models.Window{}, models.Page{})
	session, found := one(g, list.Items)
	if !found {
		return err
	}
	switch local := session.LocalStart[:11] + fmt.Sprintf("%02d:00:00", 8+g.IntN(12)); g.IntN(4) {
	case 0:
		_, err = g.Store.CancelSession(g.ctx, g.counselor, models.Once{}, session.ID)
	case 1:
		_, err = g.Store.AddSession(g.ctx, g.counselor, models.Once{}, session.SeriesID, false, models.DateInput{LocalStart: session.OriginalLocalStart})
	case 2:
		_, err = g.Store.UpdateSession(g.ctx, g.counselor, session.ID, nil, false, models.SessionChange{LocalStart: &local})
	default:
		_, err = g.Store.UpdateSession(g.ctx, g.counselor, session.ID, nil, false, models.SessionChange{Materials: []models.MaterialInput{{Title: *g.word("Handout"), Text: g.word("Page")}}})
	}
	return err
}

func (g gust) editSeries() error {
	local := fmt.Sprintf("2026-11-10T%02d:00", 9+g.IntN(10))
	change := models.SeriesChange{Title: g.word("Group")}
	if g.IntN(2) == 0 {
		change.LocalStart = &local
	}
	_, err := g.Store.UpdateSeries(g.ctx, g.counselor, []string{g.series, g.aftercare}[g.IntN(2)], nil, false, change)
	return err
}

func (g gust) roster() error {
	series := []string{g.series, g.aftercare}[g.IntN(2)]
	if g.IntN(2) == 0 {
		return g.Store.RemoveFromRoster(g.ctx, g.counselor, series, g.client.UserID)
	}
	_, err := g.Store.AddToRoster(g.ctx, g.counselor, models.Once{}, series, false, models.RosterInput{ClientID: g.client.UserID})
	return err
}
