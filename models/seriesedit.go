package models

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// seriesEdit is a change of a series while it is made: the sessions from the one where it begins, as they were and are.
type seriesEdit struct {
	SeriesChange
	clients       []string // whose reminders it can change
	readers       []string // who see its sessions, or saw some
	staff         []string // who come to run it
	before, after seriesRow
	from          sessionRow
	was, is       []sessionRow
	others        []sessionRow          // those before it
	later         int                   // by how many days the dates move
	dates         []schedule.Occurrence // for which there is no session yet
}

func (t *tx) applyEdit(actor Actor, e *seriesEdit) error {
	if err := t.describe(e); err != nil {
		return err
	}
	if e.redates() {
		if err := t.redate(e); err != nil {
			return err
		}
	}
	if err := t.replace(e); err != nil {
		return err
	}
	if e.FacilitatorIDs != nil {
		if err := t.hand(actor, e); err != nil {
			return err
		}
	}
	return t.storeEdit(e)
}

// describe changes what is said of the whole series.
func (t *tx) describe(e *seriesEdit) error {
	seal := sealer{keys: t.keys, id: e.before.ID}
	if e.Title != nil {
		e.after.Title = seal.text(seriesTitle, *e.Title)
	}
	if e.Tags != nil {
		e.after.Tags = seal.json(seriesTags, e.Tags)
	}
	if e.Leads.Given {
		e.after.Leads = keptLeads(e.Leads.Value)
	}
	if !e.Capacity.Given {
		return seal.err
	}
	e.after.Capacity = e.Capacity.Value
	if taken, err := t.seatsTaken(e.after, rosterRow{StartsAt: t.now}); err != nil {
		return err
	} else if e.after.Capacity != nil && taken > *e.after.Capacity {
		return conflict("seats_taken", "More clients are on the roster than that: take some off first.")
	}
	return seal.err
}

// replace changes how long the sessions take and where, but for those of which something else was decided.
func (t *tx) replace(e *seriesEdit) error {
	assign(&e.after.DurationMinutes, e.DurationMinutes)
	seal := sealer{keys: t.keys, id: e.before.ID}
	given := seal.placement(e.before.ClinicID, e.Place.Value, e.Link.Value)
	e.after.setPlacement(e.before.placement().with(given, e.Place.Given, e.Link.Given))
	for i := range e.is {
		s := &e.is[i]
		if e.DurationMinutes != nil && !s.OwnLength {
			s.EndsAt = s.StartsAt.Add(minutes(*e.DurationMinutes))
		}
		if !s.OwnPlace { // one before an earlier change of the series is elsewhere than the series says
			s.setPlacement(s.placement().with(given, e.Place.Given, e.Link.Given))
		}
	}
	return seal.err
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// hand gives the sessions to other facilitators, but for those that somebody else runs.
func (t *tx) hand(actor Actor, e *seriesEdit) error {
	var before []string
	if err := t.scan(&before, "SELECT user_id FROM facilitators WHERE series_id = ?", e.before.ID); err != nil {
		return err
	}
	if err := t.setFacilitators(actor, e.before.ID, e.FacilitatorIDs); err != nil {
		return err
	}
	// Who made it may have lost the clients since: nobody else runs it any more. An app that sends back all that it has read
	// hands nothing on.
	sorted := func(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }
	if actor.UserID != e.before.CreatedBy || !slices.Equal(sorted(before), sorted(e.FacilitatorIDs)) {
		e.after.CreatedBy = e.FacilitatorIDs[0]
	}
	var ids []string
	for _, s := range e.is {
		if !s.OwnStaff {
			ids = append(ids, s.ID)
		}
	}
	return t.setSessionFacilitators(actor, ids, e.FacilitatorIDs)
}

// storeEdit stores what an edit changed.
func (t *tx) storeEdit(e *seriesEdit) error {
	e.after.Version++
	_, err := gorm.G[seriesRow](t.db).Where("id = ?", e.after.ID).Select("Title", "Tags", "Capacity", "Leads", "Place", "Link", "PlaceIndex", "LocalStart",
		"DurationMinutes", "Rule", "Exdates", "ExpandedUntil", "Finished", "CreatedBy", "Version").Updates(t.ctx, e.after)
	if err != nil {
		return err
	}
	if err := t.exec("UPDATE sessions SET version = version + 1 WHERE series_id = ?", e.after.ID); err != nil {
		return err
	}
	if e.redates() { // out of the way first: a date may go to another session of the series
		if err := t.exec("UPDATE sessions SET original_local_start = id WHERE ?", t.among("id", idsOf(e.is))); err != nil {
			return err
		}
	}
	for i, s := range e.is {
		s.Version++
		if err := t.storeSession(e.was[i], s); err != nil {
			return err
		}
	}
	var added []sessionRow
	for _, date := range e.dates {
		added = append(added, e.after.session(date))
	}
	if err := t.addSessions(e.after, added); err != nil {
		return err
	}
	for i, s := range e.is { // now that every session is where it will be
		if s.Status == SessionCancelled && e.was[i].Status != SessionCancelled {
			if err := t.followNextSession(s); err != nil {
				return err
			}
		}
	}
	return t.publishSessions(idsOf(slices.Concat(e.others, e.is))...)
}

// redate gives the sessions the dates of the new rule.
func (t *tx) redate(e *seriesEdit) error {
	planned, err := e.planned(t.now)
	if err != nil {
		return err
	}
	e.after.LocalStart = planned.Start.String()
	e.after.keepRule(planned)
	until := max(e.before.ExpandedUntil, t.now.Add(horizon), InstantOf(planned.Start.In(planned.Zone))+1)
	e.after.Finished = planned.EndsBefore(until.Time())
	e.after.ExpandedUntil = until
	e.rearrange(planned.Between(t.now.Time(), until.Time()))
	return nil
}

// planned is the series with its new dates, from the session where the change begins.
func (e *seriesEdit) planned(now Instant) (schedule.Series, error) {
	old, err := e.before.schedule()
	if err != nil {
		return old, err
	}
	from, err := schedule.ParseLocal(e.from.OriginalLocalStart)
	if err != nil {
		return old, faultOf("stored session "+e.from.ID, err)
	}
	rest, goesOn := old.From(from)
	if !goesOn { // only dates added by hand are left
		rest = schedule.Series{Start: from, Zone: old.Zone}
		if !e.Rule.Given {
			return old, conflict("series_over", "By its rule this series has no date ahead: give it a rule, or change its sessions one by one.")
		}
	}
	var c check
	first := rest.Start
	if from.Before(first) && e.from.isOfRule() { // it changes later on, as somebody decided before
		if first = from; e.LocalStart == nil {
			c.fail("local_start", "required", "Expected the start of the first session concerned: later ones have other dates, and this change gives dates to all.")
		}
		rest = rest.Longer(e.before.sessionsBefore(e.is))
	}
	if e.LocalStart != nil {
		rest = rest.MovedTo(c.local("local_start", *e.LocalStart))
	}
	in := SeriesInput{LocalStart: rest.Start.String(), Exdates: e.Exdates}
	if e.Rule.Given {
		in.Rule = e.Rule.Value
	} else if rest.Rule != nil {
		text := rest.Rule.String()
		in.Rule = &text
	}
	entered := in.schedule(&c, e.before.TimeZone)
	if e.Exdates == nil {
		entered.Except = rest.Except
	}
	if c.err() == nil {
		entered.checkStart(&c, now)
	}
	if c.err() == nil && InstantOf(entered.Start.In(entered.Zone)) <= now {
		c.fail("local_start", "range", "Expected a start in the future.")
	}
	e.later = entered.Start.DaysSince(first)
	return entered.Series, c.err()
}

// isOfRule says whether a session has a date of its series' rule, and not one that was added by hand or taken away.
func (r sessionRow) isOfRule() bool { return !r.Added && !r.Dropped }

// sessionsBefore counts the sessions of the rule that come before the date from which the series now says when they are.
func (r seriesRow) sessionsBefore(sessions []sessionRow) (n int) {
	for _, s := range sessions {
		if s.isOfRule() && s.OriginalLocalStart < r.LocalStart {
			n++
		}
	}
	return n
}

// rearrange gives the sessions their new dates. Those added by hand are not of the rule and stay; one that was moved or
// cancelled by hand takes the new date as its own and stays as it was decided; one whose date comes back is on again.
func (e *seriesEdit) rearrange(dates []schedule.Occurrence) {
	var of []int // the sessions of the rule
	var old, now []schedule.Local
	stands := map[string]bool{} // whose date is not laid out twice
	for _, s := range e.others {
		stands[s.OriginalLocalStart] = true
	}
	for i, s := range e.is {
		date, err := schedule.ParseLocal(s.OriginalLocalStart)
		switch {
		case s.Dropped:
			dates = e.takeBack(&e.is[i], dates)
		case err == nil && !s.Added && s.OriginalLocalStart >= e.from.OriginalLocalStart:
			of, old = append(of, i), append(old, date)
		default:
			stands[s.OriginalLocalStart] = true
		}
	}
	dates = slices.DeleteFunc(dates, func(o schedule.Occurrence) bool { return stands[o.Local.String()] })
	for _, o := range dates {
		now = append(now, o.Local)
	}
	taken := make([]bool, len(now))
	for k, becomes := range schedule.Rearrange(old, now, e.later) {
		s := &e.is[of[k]]
		if becomes < 0 {
			s.Dropped = s.Status == SessionScheduled
			s.Status = SessionCancelled
			continue
		}
		taken[becomes] = true
		decided := s.Status == SessionCancelled || s.LocalStart != s.OriginalLocalStart
		s.OriginalLocalStart = dates[becomes].Local.String()
		if !decided {
			s.moveTo(dates[becomes])
		}
	}
	for i, o := range dates {
		if !taken[i] {
			e.dates = append(e.dates, o)
		}
	}
}

// takeBack has a session take place again if its date is among these, and returns the others.
func (e *seriesEdit) takeBack(s *sessionRow, dates []schedule.Occurrence) []schedule.Occurrence {
	i := slices.IndexFunc(dates, func(o schedule.Occurrence) bool { return o.Local.String() == s.OriginalLocalStart })
	if i < 0 {
		return dates
	}
	s.Status, s.Dropped = SessionScheduled, false
	s.moveTo(dates[i])
	return slices.Delete(dates, i, i+1)
}

// moveTo gives a session a start, and leaves how long it takes.
func (r *sessionRow) moveTo(o schedule.Occurrence) {
	length := r.EndsAt.Sub(r.StartsAt)
	r.startAt(o.Local.String(), InstantOf(o.At))
	r.EndsAt = r.StartsAt.Add(length)
}
