package models

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// SessionChange changes one session and leaves the others of its series; what is left out stays.
type SessionChange struct {
	LocalStart      *string          `json:"local_start"`
	DurationMinutes *int             `json:"duration_minutes"`
	Place           Optional[string] `json:"place" null:"yes"`
	Link            Optional[string] `json:"link" null:"yes"`
	FacilitatorIDs  []string         `json:"facilitator_ids"`
	Materials       []MaterialInput  `json:"materials"`
}

// MaterialInput is something to have at hand for a session.
type MaterialInput struct {
	Title string  `json:"title"`
	Text  *string `json:"text"`
	Link  *string `json:"link"`
}

func (in SessionChange) check() error {
	var c check
	if in.LocalStart != nil {
		c.local("local_start", *in.LocalStart)
	}
	if in.DurationMinutes != nil {
		c.number("duration_minutes", *in.DurationMinutes, 5, 720)
	}
	c.placement(in.Place.Value, in.Link.Value)
	c.facilitators(in.FacilitatorIDs)
	c.number("materials", len(in.Materials), 0, 20)
	for i, m := range in.Materials {
		at := index("materials", i)
		c.text(at+".title", m.Title, 1, 200)
		c.optionalText(at+".text", m.Text, 1, 2000)
		if m.Link != nil {
			c.link(at+".link", *m.Link)
		}
		if m.Text == nil && m.Link == nil {
			c.fail(at, "empty", "Expected a text or a link.")
		}
	}
	return c.err()
}

// facilitators wants at least one where any are given.
func (c *check) facilitators(ids []string) {
	if ids == nil {
		return
	}
	c.number("facilitator_ids", len(ids), 1, 20)
	for i, id := range ids {
		c.id(index("facilitator_ids", i), id)
	}
}

// moves says that the change is of more than what lies at hand for the session.
func (in SessionChange) moves() bool {
	return in.LocalStart != nil || in.DurationMinutes != nil || in.Place.Given || in.Link.Given || in.FacilitatorIDs != nil
}

// UpdateSession changes one session. It keeps its identity. With a new start its reminders begin anew, and phones that were
// told the old time are told the new one.
func (s *Store) UpdateSession(ctx context.Context, actor Actor, id string, ifMatch *int64, preview bool, in SessionChange) (StaffSession, error) {
	if err := in.check(); err != nil {
		return StaffSession{}, err
	}
	var session StaffSession
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		staff, err := tx.withCovers(in.FacilitatorIDs)
		if err != nil {
			return err
		}
		row, clients, err := tx.lockSession(actor, id, staff...)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := tx.mayChange(row, in); err != nil {
			return err
		}
		changed, err := tx.changed(row, in)
		if err != nil {
			return err
		}
		before, err := tx.seatedAt(id)
		if err != nil {
			return err
		}
		if err := tx.storeSession(row, changed); err != nil {
			return err
		}
		if in.FacilitatorIDs != nil {
			if err := tx.setSessionFacilitators(actor, []string{id}, in.FacilitatorIDs); err != nil {
				return err
			}
		}
		after, err := tx.seatedAt(id)
		if err != nil {
			return err
		}
		if err := tx.auditEach(actor, "update_session", views(append(before, after...), seated.client), id); err != nil {
			return err
		}
		if err := tx.sessionsChanged(causeMoved, slices.Concat(clients, staff), changed); err != nil {
			return err
		}
		session, err = tx.changedSession(actor, id)
		return err
	})
	return session, err
}

// mayChange refuses a change that comes too late. Attendance is of a start and a length: these stay while any is on record.
func (t *tx) mayChange(row sessionRow, in SessionChange) error {
	if !in.moves() {
		return nil
	}
	if err := row.changeable(t.now); err != nil || in.LocalStart == nil && in.DurationMinutes == nil {
		return err
	}
	var recorded int
	err := t.scan(&recorded, "SELECT count(*) FROM attendance WHERE session_id = ?", row.ID)
	if err == nil && recorded > 0 {
		return conflict("attendance_recorded", "Attendance is on record at this session: take it from its sheet first, then change when it is.")
	}
	return err
}

// changed is a session as a change leaves it.
func (t *tx) changed(row sessionRow, in SessionChange) (sessionRow, error) {
	zone, err := schedule.LoadZone(row.TimeZone)
	if err != nil {
		return row, faultOf("stored session "+row.ID, err)
	}
	duration := row.EndsAt.Sub(row.StartsAt)
	if in.DurationMinutes != nil {
		duration, row.OwnLength = minutes(*in.DurationMinutes), true
	}
	row.OwnStaff = row.OwnStaff || in.FacilitatorIDs != nil
	if in.LocalStart != nil {
		local, err := schedule.ParseLocal(*in.LocalStart)
		if err != nil {
			return row, err
		}
		starts := InstantOf(local.In(zone))
		if starts <= t.now || starts.Sub(t.now) > farthest {
			return row, invalidField("local_start", "range", "Expected a start in the future, within ten years.")
		}
		row.startAt(local.String(), starts)
	}
	row.EndsAt = row.StartsAt.Add(duration)
	row.Version++
	return t.placed(row, in)
}

// startAt gives a session a start. A new one is a new generation: its reminders begin anew.
func (r *sessionRow) startAt(local string, starts Instant) {
	if starts != r.StartsAt {
		r.Generation++
	}
	r.LocalStart, r.StartsAt = local, starts
}

// placed is a session at the place, with the link and the materials, of a change.
func (t *tx) placed(row sessionRow, in SessionChange) (sessionRow, error) {
	seal := sealer{keys: t.keys, id: row.SeriesID}
	if in.Place.Given || in.Link.Given {
		given := seal.placement(row.ClinicID, in.Place.Value, in.Link.Value)
		row.setPlacement(row.placement().with(given, in.Place.Given, in.Link.Given))
		row.OwnPlace = true
	}
	if in.Materials != nil {
		seal.id = row.ID
		row.Materials = seal.json(sessionMaterials, in.Materials)
	}
	return row, seal.err
}

// storeSession stores what can change of a session; homework due at its start follows it, and who may go by what it was is told.
func (t *tx) storeSession(before, row sessionRow) error {
	if err := t.keepStart(before, row); err != nil {
		return err
	}
	_, err := gorm.G[sessionRow](t.db).Where("id = ?", row.ID).
		Select("OriginalLocalStart", "LocalStart", "StartsAt", "EndsAt", "Place", "Link", "PlaceIndex", "Telehealth", "Materials", "Added",
			"OwnPlace", "OwnLength", "OwnStaff", "Status", "Dropped", "Generation", "Version").Updates(t.ctx, row)
	if err != nil || before.StartsAt == row.StartsAt {
		return err
	}
	return t.followSession(row.ID, row.StartsAt)
}

// savedSession is a session that was just saved, or would be, with what it clashes with.
func (t *tx) savedSession(actor Actor, id string) (StaffSession, error) {
	session, err := t.staffSession(actor, id)
	if err != nil {
		return session, err
	}
	session.Conflicts, err = t.conflicts(actor, []string{id})
	return session, err
}

// changedSession is a session that the actor just changed, and may have handed on with that.
func (t *tx) changedSession(actor Actor, id string) (StaffSession, error) {
	session, err := t.openSession(selectSessions+" WHERE s.id = ?", id)
	if err != nil {
		return session, err
	}
	session.Conflicts, err = t.conflicts(actor, []string{id})
	return session, err
}
