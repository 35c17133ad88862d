package apitest_test

import (
	"fmt"
	"time"

	"handrail/models"
)

// gusts touch several series, or several people, at once: here somebody could wait for another in a circle.
func gusts() []blowKind {
	return []blowKind{
		{"closure", gust.closure}, {"end", gust.end}, {"new series", gust.newSeries}, {"dates on a roster", gust.rosterDates}, {"handout", gust.handOut},
		{"care", gust.care}, {"withdraw", gust.withdraw}, {"worker", gust.worker},
	}
}

func (g gust) closure() error {
	list, err := g.Store.Sessions(g.ctx, g.counselor, models.Window{}, models.Page{Limit: "200"})
	var ids []string
	for range 4 {
		if session, found := one(g, list.Items); found && session.Status == models.SessionScheduled {
			ids = append(ids, session.ID)
		}
	}
	if len(ids) > 0 {
		_, err = g.Store.CancelSessions(g.ctx, g.counselor, models.Once{}, models.CancelInput{SessionIDs: ids})
	}
	return err
}

// fewSeries is what the counselors run at most.
const fewSeries = 8

func (g gust) end() error {
	list, err := g.Store.SeriesList(g.ctx, g.counselor, models.Page{})
	if series, found := one(g, list.Items); found && len(list.Items) > fewSeries/2 {
		_, err = g.Store.EndSeries(g.ctx, g.counselor, models.Once{}, series.ID, models.EndInput{})
	}
	return err
}

func (g gust) newSeries() error {
	list, err := g.Store.SeriesList(g.ctx, g.counselor, models.Page{})
	if err != nil || len(list.Items) >= fewSeries {
		return err
	}
	rule := "FREQ=WEEKLY"
	var clients []string
	for _, i := range g.Perm(len(g.clients))[:2] {
		clients = append(clients, g.clients[i].UserID)
	}
	_, err = g.Store.CreateSeries(g.ctx, g.counselor, models.Once{}, false, models.SeriesInput{Title: *g.word("Another"),
		Kind: []models.SeriesKind{models.KindGroup, models.KindAftercare}[g.IntN(2)], LocalStart: fmt.Sprintf("2026-11-%02dT%02d:00", 4+g.IntN(5), 8+g.IntN(10)),
		DurationMinutes: 60, Rule: &rule, ClientIDs: clients, FacilitatorIDs: []string{g.counselors[0].UserID, g.counselors[1].UserID}})
	return err
}

func (g gust) rosterDates() error {
	change := models.RosterChange{Until: models.Optional[string]{Given: true}}
	if g.IntN(2) == 0 {
		until := fmt.Sprintf("2026-11-%02dT00:00:00Z", 8+g.IntN(20))
		change.Until.Value = &until
	}
	_, err := g.Store.UpdateRoster(g.ctx, g.counselor, []string{g.series, g.aftercare}[g.IntN(2)], g.client.UserID, false, change)
	return err
}

func (g gust) handOut() error {
	list, err := g.Store.MyAssignments(g.ctx, g.client, "", models.Page{})
	if err != nil || len(list.Items) >= 4*fewThings {
		return err
	}
	template := "trigger_log"
	_, err = g.Store.HandOut(g.ctx, g.counselor, models.Once{}, g.series, models.Homework{Template: &template, Due: models.DueNextSession})
	return err
}

func (g gust) care() error {
	if g.IntN(2) == 0 {
		_, err := g.Store.StartEpisode(g.ctx, g.counselor, models.Once{}, g.client.UserID, models.EpisodeInput{Level: models.LevelIOP})
		return err
	}
	consents, text := g.IntN(2) == 0, "2026-11"
	_, err := g.Store.Discharge(g.ctx, g.counselor, models.Once{}, g.client.UserID, models.DischargeInput{Reason: "other", AftercareConsent: &consents, TextVersion: &text})
	return err
}

func (g gust) withdraw() error {
	item, found, err := g.homework()
	if found {
		_, err = g.Store.Withdraw(g.ctx, g.counselor, models.Once{}, item.ID, nil)
	}
	return err
}

// worker takes what is due and finds no phone for it.
func (g gust) worker() error {
	claims, err := g.Store.ClaimPushes(g.ctx, 20, time.Minute)
	if err != nil || len(claims) == 0 {
		return err
	}
	due, err := g.Store.CheckPushes(g.ctx, claims)
	if err != nil {
		return err
	}
	var sent []models.SentPush
	for _, push := range due {
		sent = append(sent, models.SentPush{DuePush: push})
	}
	_, err = g.Store.CompletePushes(g.ctx, sent)
	return err
}
