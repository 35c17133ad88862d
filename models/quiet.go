package models

import (
	"log/slog"
	"slices"
	"time"

	"handrail/models/schedule"
)

// QuietHours are a person's own: nothing is announced within them, but for what is close.
type QuietHours struct {
	Start string `json:"start"` // HH:MM in the person's zone
	End   string `json:"end"`
}

// Whose quiet hours count for a person.
const (
	quietClinic = "clinic"
	quietOwn    = "own"
)

// quiet are the hours that count for a person.
func (r userRow) quiet(policy Policy) schedule.Quiet {
	if r.QuietStart == nil || r.QuietEnd == nil {
		return policy.Quiet
	}
	return schedule.Quiet{Start: *r.QuietStart, End: *r.QuietEnd}
}

func (r userRow) quietMode() string {
	if r.QuietStart == nil {
		return quietClinic
	}
	return quietOwn
}

func viewQuiet(quiet schedule.Quiet) *QuietHours {
	if quiet.Start == quiet.End {
		return nil
	}
	return &QuietHours{Start: quiet.Start.String(), End: quiet.End.String()}
}

// applyQuiet makes quiet hours a person's own, or the clinic's again.
func (in MeChange) applyQuiet(c *check, row *userRow, policy Policy) {
	mode := quietOwn
	assign(&mode, in.QuietMode)
	oneOf(c, "quiet_hours_mode", mode, quietClinic, quietOwn)
	quiet := row.quiet(policy)
	switch {
	case in.QuietHours.Given:
		quiet = c.optionalQuiet("quiet_hours", in.QuietHours.Value)
		if mode == quietClinic {
			c.fail("quiet_hours_mode", "contradicts", "Expected own, or no quiet_hours: given hours are the person's own.")
		}
	case in.QuietMode == nil:
		return
	case mode == quietClinic:
		row.QuietStart, row.QuietEnd = nil, nil
		return
	}
	row.QuietStart, row.QuietEnd = &quiet.Start, &quiet.End
}

// optionalQuiet wants hours, or nil for none.
func (c *check) optionalQuiet(field string, hours *QuietHours) schedule.Quiet {
	if hours == nil {
		return schedule.Quiet{}
	}
	return schedule.Quiet{Start: c.timeOfDay(field+".start", hours.Start), End: c.timeOfDay(field+".end", hours.End)}
}

// holdForQuietHours makes a late push wait for the end of quiet hours, unless what it is about is near; and a correction, which
// was planned for the end of those that counted then.
func (p *DuePush) holdForQuietHours(r dueReminder, now Instant) {
	late, corrects := now.Sub(r.DueAt) >= lateAfter, slices.ContainsFunc(p.Things, func(thing Thing) bool { return thing.Kind == RemindCorrection })
	if !late && !corrects || p.IsProof() {
		return
	}
	from := r.DueAt
	if late {
		from = now
	}
	person, err := r.schedule()
	if err != nil { // this node's zone data is older than the record; the others' pushes must go on
		slog.Error("a person's time zone is not known here: the push waits", "push", p.PushID, "cause", err)
		p.postpone(now.Add(time.Minute))
		return
	}
	soonest := p.Things[0].AboutAt
	for _, thing := range p.Things {
		soonest = min(soonest, thing.AboutAt)
		if thing.WasAt != nil {
			soonest = min(soonest, *thing.WasAt) // who was not told yet sets out for the old time
		}
	}
	if at := InstantOf(schedule.SendAt(from.Time(), soonest.Time(), person)); at > max(from, now) {
		p.postpone(at)
	}
}
