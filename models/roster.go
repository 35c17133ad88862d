package models

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"
)

// rosterRow says from when to when a client belongs to a series: to its sessions that start within.
type rosterRow struct {
	ID       string
	ClinicID string
	SeriesID string
	ClientID string
	AddedAt  Instant
	StartsAt Instant
	EndsAt   *Instant
}

func (rosterRow) TableName() string { return "roster" }

// onRoster joins sessions s to the roster rows r that hold at their start.
const onRoster = "r.series_id = s.series_id AND r.starts_at <= s.starts_at AND (r.ends_at IS NULL OR r.ends_at > s.starts_at)"

// onRosterM is onRoster for roster rows m, where r are reminders.
const onRosterM = "m.series_id = s.series_id AND m.starts_at <= s.starts_at AND (m.ends_at IS NULL OR m.ends_at > s.starts_at)"

// RosterEntry is one client on a roster.
type RosterEntry struct {
	ID       string   `json:"id"`
	ClientID string   `json:"client_id"`
	Name     string   `json:"name"`
	From     Instant  `json:"from"`
	Until    *Instant `json:"until"`

	Conflicts []ScheduleConflict `json:"conflicts,omitzero"` // of what was just saved, or would be
}

// RosterInput puts a client on a roster.
type RosterInput struct {
	ClientID string  `json:"client_id"`
	From     *string `json:"from"`
	Until    *string `json:"until"`
}

// enterClients puts clients of the actor's caseload on a roster. A facilitator adds their own clients: to add theirs,
// a colleague becomes a facilitator too.
func (t *tx) enterClients(actor Actor, series seriesRow, field string, clientIDs []string, row rosterRow) error {
	if err := t.haveSeats(series, row, len(clientIDs)); err != nil {
		return err
	}
	var rows []rosterRow
	for i, id := range clientIDs {
		at := field
		if len(clientIDs) > 1 || field == "client_ids" {
			at = index(field, i)
		}
		if _, err := t.clientInCare(actor, id); isNoRows(err) {
			return invalidField(at, "unknown_client", "Expected the id of a client of your caseload.")
		} else if err != nil {
			return err
		}
		if slices.Contains(clientIDs[:i], id) {
			return errOnRoster
		}
		if err := t.mayEnter(series, id, row); err != nil {
			return err
		}
		rows = append(rows, rosterRow{ID: newID(), ClinicID: actor.ClinicID, SeriesID: series.ID, ClientID: id, AddedAt: t.now,
			StartsAt: row.StartsAt, EndsAt: row.EndsAt})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := t.auditEach(actor, "add_to_roster", clientIDs, series.ID); err != nil {
		return err
	}
	return insertAll(t, rows)
}

var errOnRoster = conflict("already_on_roster", "This client is on the roster for some of that time already.")

func (t *tx) mayEnter(series seriesRow, clientID string, row rosterRow) error {
	if series.Kind != KindAftercare {
		if _, err := t.openEpisode(clientID); isNoRows(err) {
			return conflict("not_in_care", "This client is discharged: only meetings of kind aftercare are open to them.")
		} else if err != nil {
			return err
		}
	}
	farAway := Instant(1 << 62)
	assign(&farAway, row.EndsAt)
	var overlapping int
	err := t.scan(&overlapping, `SELECT count(*) FROM roster WHERE series_id = ? AND client_id = ? AND id <> ? AND starts_at < ?
		AND (ends_at IS NULL OR ends_at > ? AND ends_at > starts_at)`, series.ID, clientID, row.ID, farAway, row.StartsAt)
	if err == nil && overlapping > 0 {
		return errOnRoster
	}
	return err
}

// AddToRoster puts a client on the roster of a series that the actor runs, and plans their reminders.
func (s *Store) AddToRoster(ctx context.Context, actor Actor, once Once, seriesID string, preview bool, in RosterInput) (RosterEntry, error) {
	var c check
	c.id("client_id", in.ClientID)
	if err := c.err(); err != nil {
		return RosterEntry{}, err
	}
	var entry RosterEntry
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		series, err := tx.lockSeries(actor, seriesID)
		if err != nil {
			return err
		}
		if err := tx.lockPeople(in.ClientID); err != nil {
			return err
		}
		entry, err = writeOnce(tx, actor, once, func() (string, error) {
			row, err := in.row(tx.now)
			if err != nil {
				return "", err
			}
			if err := tx.withinSeries(series, row); err != nil {
				return "", err
			}
			if err := tx.enterClients(actor, series, "client_id", []string{in.ClientID}, row); err != nil {
				return "", err
			}
			return tx.rosterChanged(series, in.ClientID)
		}, func(id string) (RosterEntry, error) { return tx.savedRosterEntry(actor, id) })
		return err
	})
	return entry, err
}

func (in RosterInput) row(now Instant) (rosterRow, error) {
	var c check
	row := rosterRow{StartsAt: c.instantOr("from", in.From, now, now)}
	if in.Until != nil {
		until := c.instant("until", *in.Until, now)
		row.EndsAt = &until
		c.span("until", row.StartsAt, row.EndsAt)
	}
	return row, c.err()
}

// rosterChanged tells the client's feed of the sessions that came or went, replans, and returns the id of their newest row.
func (t *tx) rosterChanged(series seriesRow, clientID string) (string, error) {
	if err := t.publishRoster(clientID); err != nil {
		return "", err
	}
	if err := t.publishMeeting(series, clientID); err != nil {
		return "", err
	}
	if err := t.replan(causeRoster, clientID); err != nil {
		return "", err
	}
	var id string
	err := t.scan(&id, "SELECT id FROM roster WHERE series_id = ? AND client_id = ? ORDER BY id DESC LIMIT 1", series.ID, clientID)
	return id, err
}

func (t *tx) rosterEntry(id string) (RosterEntry, error) {
	entries, err := t.rosterEntries("r.id = ?", id)
	if err != nil || len(entries) == 0 {
		return RosterEntry{}, orNotFound(err)
	}
	return entries[0], nil
}

func (t *tx) rosterEntries(where string, args ...any) ([]RosterEntry, error) {
	var rows []struct {
		ID       string
		ClientID string
		StartsAt Instant
		EndsAt   *Instant
		Name     Sealed
	}
	err := t.scan(&rows, "SELECT r.id, r.client_id, r.starts_at, r.ends_at, u.name FROM roster r JOIN users u ON u.id = r.client_id WHERE "+where, args...)
	open := opener{keys: t.keys}
	entries := make([]RosterEntry, len(rows))
	for i, row := range rows {
		entries[i] = RosterEntry{ID: row.ID, ClientID: row.ClientID, Name: open.text(userName, row.ClientID, row.Name), From: row.StartsAt, Until: row.EndsAt}
	}
	return entries, cmp.Or(err, open.err)
}

// Roster lists who is, was or will be on the roster of a series that the actor runs.
func (s *Store) Roster(ctx context.Context, actor Actor, seriesID string, page Page) (List[RosterEntry], error) {
	var list List[RosterEntry]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.series(actor, seriesID); err != nil {
			return err
		}
		at, err := tx.openCursor(actor, "roster "+seriesID, page)
		if err != nil {
			return err
		}
		rows, err := tx.rosterEntries("r.series_id = ? AND r.id > ? ORDER BY r.id LIMIT ?", seriesID, at.ID, at.limit+1)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r RosterEntry) (RosterEntry, position) { return r, position{ID: r.ID} })
		if err != nil {
			return err
		}
		return tx.auditEach(actor, "list_roster", views(list.Items, func(e RosterEntry) string { return e.ClientID }), seriesID)
	})
	return list, err
}

// RemoveFromRoster takes a client off the roster now: the sessions to come are no longer theirs.
func (s *Store) RemoveFromRoster(ctx context.Context, actor Actor, seriesID, clientID string) error {
	return s.write(ctx, func(tx *tx) error {
		series, err := tx.lockSeries(actor, seriesID)
		if err != nil {
			return err
		}
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		left, err := tx.leave("series_id = ? AND client_id = ?", seriesID, clientID)
		if err != nil {
			return err
		}
		if left == 0 {
			return ErrNotFound
		}
		if _, err := tx.rosterChanged(series, clientID); err != nil {
			return err
		}
		return tx.audit(actor, "remove_from_roster", clientID, seriesID)
	})
}

// leave ends roster rows now; one that had not begun never begins.
func (t *tx) leave(where string, args ...any) (int64, error) {
	return t.affected(`UPDATE roster SET ends_at = CASE WHEN starts_at > ? THEN starts_at ELSE ? END
		WHERE (ends_at IS NULL OR ends_at > ? AND ends_at > starts_at) AND `+where,
		append([]any{t.now, t.now, t.now}, args...)...)
}

// leaveTreatment takes a client off every roster but those of aftercare.
func (t *tx) leaveTreatment(clientID string) error {
	_, err := t.leave("client_id = ? AND series_id IN (?)", clientID, gorm.Expr("SELECT id FROM series WHERE kind <> ?", KindAftercare))
	if err != nil {
		return err
	}
	return t.publishRoster(clientID)
}

// lockConcerned keeps everybody whom a change of these series can touch, and others. It returns those clients whose reminders
// it can change, and those who see, or saw, any of the sessions.
func (t *tx) lockConcerned(others []string, seriesIDs ...string) (clients, readers []string, err error) {
	if clients, err = t.concerned(seriesIDs...); err != nil {
		return nil, nil, err
	}
	if err = t.scan(&readers, "SELECT DISTINCT client_id FROM roster WHERE ?", t.among("series_id", seriesIDs)); err != nil {
		return nil, nil, err
	}
	return clients, readers, t.lockPeople(slices.Concat(clients, readers, others)...)
}

// concerned are the clients whom a change of a series' sessions can touch: those on its roster, and those whose homework
// is due at one of its sessions though they have left.
func (t *tx) concerned(seriesIDs ...string) ([]string, error) {
	var ids []string
	err := t.scan(&ids, `SELECT client_id FROM roster WHERE ? AND (ends_at IS NULL OR ends_at > ?)
		UNION SELECT a.client_id FROM assignments a JOIN sessions s ON s.id = a.follows_session_id WHERE ? AND a.status IN `+sqlStanding,
		t.among("series_id", seriesIDs), t.now, t.among("s.series_id", seriesIDs))
	return ids, err
}
