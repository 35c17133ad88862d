package models

import (
	"errors"
	"net/url"
	"strings"

	"handrail/models/schedule"
)

// SeriesInput makes a schedule with its roster.
type SeriesInput struct {
	ID              *string    `json:"id"`
	Title           string     `json:"title"`
	Kind            SeriesKind `json:"kind"`
	Tags            []string   `json:"tags"`
	TimeZone        *string    `json:"time_zone"` // the clinic's unless given
	LocalStart      string     `json:"local_start"`
	DurationMinutes int        `json:"duration_minutes"`
	Rule            *string    `json:"rule" null:"yes"` // none: a single date
	Exdates         []string   `json:"exdates"`
	Place           *string    `json:"place"`
	Link            *string    `json:"link"`
	Capacity        *int       `json:"capacity"`         // seats; no limit unless given
	Leads           *[]string  `json:"leads" null:"yes"` // the clinic's unless given
	FacilitatorIDs  []string   `json:"facilitator_ids"`  // the actor unless given
	ClientIDs       []string   `json:"client_ids"`
}

func (in SeriesInput) check(zone string, now Instant) (schedule.Series, error) {
	var c check
	c.optionalID("id", in.ID)
	c.text("title", in.Title, 1, 200)
	oneOf(&c, "kind", in.Kind, KindGroup, KindIndividual, KindFamily, KindPsychoeducation, KindSkills, KindMedical, KindAftercare)
	c.tags(in.Tags)
	c.number("duration_minutes", in.DurationMinutes, 5, 720)
	c.placement(in.Place, in.Link)
	if in.Capacity != nil {
		c.number("capacity", *in.Capacity, 1, 500)
	}
	c.optionalLeads("leads", RemindSession, in.Leads)
	c.number("client_ids", len(in.ClientIDs), 0, 200)
	c.number("facilitator_ids", len(in.FacilitatorIDs), 0, 20)
	for i, id := range in.ClientIDs {
		c.id(index("client_ids", i), id)
	}
	for i, id := range in.FacilitatorIDs {
		c.id(index("facilitator_ids", i), id)
	}
	s := in.schedule(&c, zone)
	if c.err() == nil {
		s.checkStart(&c, now)
	}
	return s.Series, c.err()
}

func (c *check) tags(tags []string) {
	c.number("tags", len(tags), 0, 10)
	for i, tag := range tags {
		c.text(index("tags", i), tag, 1, 40)
	}
}

// enteredSchedule is a schedule with the fields where its parts were entered.
type enteredSchedule struct{ schedule.Series }

func (in SeriesInput) schedule(c *check, zone string) enteredSchedule {
	s := enteredSchedule{schedule.Series{Start: c.local("local_start", in.LocalStart)}}
	c.zone("time_zone", zone)
	s.Zone, _ = schedule.LoadZone(zone)
	if in.Rule != nil {
		rule, err := schedule.ParseRule(*in.Rule)
		if err != nil {
			c.fail("rule", "bad_rule", "%s.", err)
		}
		s.Rule = &rule
	}
	c.number("exdates", len(in.Exdates), 0, 200)
	for i, text := range in.Exdates {
		except, err := schedule.ParseException(text)
		if err != nil {
			c.fail(index("exdates", i), "not_a_date", "Expected a local start such as 2026-11-03T18:00, or its instant such as 2026-11-03T23:00:00Z.")
			continue
		}
		s.Except = append(s.Except, except)
	}
	return s
}

func (s enteredSchedule) checkStart(c *check, now Instant) {
	start := InstantOf(s.Start.In(s.Zone))
	if now.Sub(start) > oldestStart || start.Sub(now) > farthest {
		c.fail("local_start", "range", "Expected a start from a year ago to ten years ahead.")
		return
	}
	var wrong *schedule.RuleError
	switch err := s.Validate(); {
	case errors.As(err, &wrong) && wrong.Part == "DTSTART":
		c.fail("local_start", "not_of_rule", "%s.", err)
	case err != nil:
		c.fail("rule", "bad_rule", "%s.", err)
	}
}

func (c *check) link(field, value string) {
	c.text(field, value, 1, 2000)
	u, err := url.Parse(value)
	if err != nil || !strings.HasPrefix(value, "https://") || u.Hostname() == "" {
		c.fail(field, "not_a_link", "Expected a link that begins https://.")
	}
}
