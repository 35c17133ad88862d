package models

import "context"

// Booking is a time at which a place is taken. What takes place there, only those who run it see.
type Booking struct {
	StartsAt   Instant       `json:"starts_at"`
	EndsAt     Instant       `json:"ends_at"`
	TimeZone   string        `json:"time_zone"`
	LocalStart string        `json:"local_start"`
	Session    *StaffSession `json:"session"`
}

// Bookings lists when a place of the actor's clinic is taken, by start. A place is found by its words, however they are
// spaced and capitalized.
func (s *Store) Bookings(ctx context.Context, actor Actor, place string, window Window, page Page) (List[Booking], error) {
	var c check
	c.text("place", place, 1, 200)
	if err := c.err(); err != nil {
		return List[Booking]{}, err
	}
	seal := sealer{keys: s.keys}
	index := seal.placeIndex(actor.ClinicID, place)
	if seal.err != nil {
		return List[Booking]{}, seal.err
	}
	var list List[Booking]
	err := s.snapshot(ctx, func(tx *tx) error {
		at, rows, err := tx.sessionPage(actor, "bookings "+string(index), window, page, false,
			selectSessions+" WHERE s.place_index = ? AND s.clinic_id = ? AND s.status = 'scheduled' AND e.owner_id IS NULL", index, actor.ClinicID)
		if err != nil {
			return err
		}
		own, err := tx.ownAmong(actor, rows)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r listedSession) (Booking, position) {
			return Booking{StartsAt: r.StartsAt, EndsAt: r.EndsAt, TimeZone: r.TimeZone, LocalStart: r.LocalStart, Session: own[r.ID]}, r.position()
		})
		return err
	})
	return list, err
}

// ownAmong are those of some sessions that the actor runs.
func (t *tx) ownAmong(actor Actor, rows []listedSession) (map[string]*StaffSession, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	mine, err := t.listSessions(selectSessions+" WHERE ? AND ?", false, t.among("s.id", ids), t.runs(actor))
	if err != nil {
		return nil, err
	}
	views, err := t.staffSessions(mine)
	if err != nil {
		return nil, err
	}
	own := make(map[string]*StaffSession, len(views))
	for i := range views {
		own[views[i].ID] = &views[i]
	}
	return own, nil
}
