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
	before, after seriesRow
	from          sessionRow
	was, is       []sessionRow
	others        []sessionRow          // those before it
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
	given, where := seal.placement(e.before.ClinicID, e.Place.Value, e.Link.Value), e.before.placement()
	if e.Place.Given {
		where.Place, where.PlaceIndex = given.Place, given.PlaceIndex
	}
	if e.Link.Given {
		where.Link = given.Link
	}
	e.after.setPlacement(where)
	for i := range e.is {
		s, was := &e.is[i], e.was[i]
		if was.EndsAt.Sub(was.StartsAt) == minutes(e.before.DurationMinutes) {
			s.EndsAt = s.StartsAt.Add(minutes(e.after.DurationMinutes))
		}
		if was.isPlacedAs(e.before) {
			s.setPlacement(where)
		}
	}
	return seal.err
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// hand gives the sessions to other facilitators, but for those that somebody else runs.
func (t *tx) hand(actor Actor, e *seriesEdit) error {
	var stand []string // sessions run by others than the series'
	err := t.scan(&stand, `SELECT s.id FROM sessions s WHERE s.series_id = ? AND (SELECT count(*) FROM session_facilitators x WHERE x.session_id = s.id
			AND x.user_id IN (SELECT user_id FROM facilitators WHERE series_id = s.series_id)) <>
		(SELECT count(*) FROM session_facilitators x WHERE x.session_id = s.id)`, e.before.ID)
	if err != nil {
		return err
	}
	if err := t.setFacilitators(actor, e.before.ID, e.FacilitatorIDs); err != nil {
		return err
	}
	var ids []string
	for _, s := range e.is {
		if !slices.Contains(stand, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	return t.setSessionFacilitators(actor, ids, e.FacilitatorIDs)
}

// storeEdit stores what an edit changed.
func (t *tx) storeEdit(e *seriesEdit) error {
	e.after.Version++
	_, err := gorm.G[seriesRow](t.db).Where("id = ?", e.after.ID).Select("Title", "Tags", "Capacity", "Place", "Link", "PlaceIndex", "LocalStart",
		"DurationMinutes", "Rule", "Exdates", "ExpandedUntil", "Finished", "Version").Updates(t.ctx, e.after)
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
		if s.Status != e.was[i].Status {
			if err := t.followNextSession(s); err != nil {
				return err
			}
		}
	}
	var added []sessionRow
	for _, date := range e.dates {
		added = append(added, e.after.session(date))
	}
	if err := t.addSessions(e.after, added); err != nil {
		return err
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
	until := max(e.before.ExpandedUntil, t.now.Add(horizon))
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
	}
	var c check
	if e.LocalStart != nil {
		start := c.local("local_start", *e.LocalStart)
		rest = rest.At(start.Clock())
		rest.Start = start
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
	return entered.Series, c.err()
}

// rearrange gives the sessions their new dates. Those added by hand are not of the rule and stay; one that was moved or
// cancelled by hand takes the new date as its own and stays as it was decided.
func (e *seriesEdit) rearrange(dates []schedule.Occurrence) {
	var of []int // the sessions of the rule
	var old, now []schedule.Local
	for i, s := range e.is {
		if date, err := schedule.ParseLocal(s.OriginalLocalStart); err == nil && !s.Added {
			of, old = append(of, i), append(old, date)
		}
	}
	// One that is of another session already, which came before or was added by hand, is not laid out twice.
	dates = slices.DeleteFunc(dates, func(o schedule.Occurrence) bool {
		is := func(s sessionRow) bool { return s.OriginalLocalStart == o.Local.String() }
		return slices.ContainsFunc(e.others, is) || slices.ContainsFunc(e.is, func(s sessionRow) bool { return s.Added && is(s) })
	})
	for _, o := range dates {
		now = append(now, o.Local)
	}
	taken := make([]bool, len(now))
	for k, becomes := range schedule.Rearrange(old, now) {
		s := &e.is[of[k]]
		if becomes < 0 {
			s.Status = SessionCancelled
			continue
		}
		taken[becomes] = true
		decided := s.Status == SessionCancelled || s.LocalStart != s.OriginalLocalStart
		s.OriginalLocalStart = dates[becomes].Local.String()
		if !decided {
			length := s.EndsAt.Sub(s.StartsAt)
			s.startAt(s.OriginalLocalStart, InstantOf(dates[becomes].At))
			s.EndsAt = s.StartsAt.Add(length)
		}
	}
	for i, o := range dates {
		if !taken[i] {
			e.dates = append(e.dates, o)
		}
	}
}
