package models

import (
	"time"

	"handrail/models/schedule"
)

// Window is which stretch of time a list is asked for: from (inclusive) until to, or an ISO week on the reader's calendar.
// Empty means a day ago and the horizon.
type Window struct {
	From string
	To   string
	Week string
}

func (t *tx) window(actor Actor, w Window) (from, to Instant, err error) {
	if w.Week != "" {
		return t.week(actor, w)
	}
	var c check
	from, to = t.now.Add(-24*time.Hour), t.now.Add(horizon)
	if w.From != "" {
		from = c.instant("from", w.From, t.now)
	}
	if w.To != "" {
		to = c.instant("to", w.To, t.now)
	}
	if c.err() == nil && w.From != "" && w.To != "" { // one alone may leave nothing between it and the default
		c.span("to", from, &to)
	}
	return from, to, c.err()
}

func (t *tx) week(actor Actor, w Window) (from, to Instant, err error) {
	week, err := schedule.ParseWeek(w.Week)
	switch {
	case err != nil:
		return 0, 0, invalidField("week", "not_a_week", "Expected an ISO week such as 2026-W47.")
	case w.From != "" || w.To != "":
		return 0, 0, invalidField("week", "one_of", "Expected either week, or from and to.")
	}
	var name string
	if err := t.scan(&name, "SELECT time_zone FROM users WHERE id = ?", actor.UserID); err != nil {
		return 0, 0, err
	}
	zone, err := schedule.LoadZone(name)
	if err != nil {
		return 0, 0, faultOf("stored user "+actor.UserID, err)
	}
	return InstantOf(week.Start().In(zone)), InstantOf(week.Next().Start().In(zone)), nil
}

func (w Window) filter(list string) string { return list + " " + w.From + " " + w.To + " " + w.Week }
