package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"handrail/models/schedule"
)

// SeriesKind is what a series is for.
type SeriesKind string

// The kinds of series. All but aftercare are treatment: they end with discharge.
const (
	KindGroup           SeriesKind = "group"
	KindIndividual      SeriesKind = "individual"
	KindFamily          SeriesKind = "family"
	KindPsychoeducation SeriesKind = "psychoeducation"
	KindSkills          SeriesKind = "skills"
	KindMedical         SeriesKind = "medical"
	KindAftercare       SeriesKind = "aftercare"
)

// seriesRow is a schedule: a rule, or a single date, in a time zone.
type seriesRow struct {
	ID              string
	ClinicID        string
	Kind            SeriesKind
	Title           Sealed
	Tags            Sealed
	Place           Sealed
	Link            Sealed
	PlaceIndex      []byte
	Capacity        *int
	Leads           *Leads  // of reminders of its sessions; nil: the clinic's
	OwnerID         *string // a client's own meeting
	TimeZone        string
	LocalStart      string
	DurationMinutes int
	Rule            *string
	Exdates         string
	ExpandedUntil   Instant
	Finished        bool
	CreatedBy       string
	Version         int64
	CreatedAt       Instant
}

func (seriesRow) TableName() string { return "series" }

// Series is a schedule as staff see it.
type Series struct {
	ID              string             `json:"id"`
	Title           string             `json:"title"`
	Kind            SeriesKind         `json:"kind"`
	Tags            []string           `json:"tags"`
	TimeZone        string             `json:"time_zone"`
	LocalStart      string             `json:"local_start"`
	DurationMinutes int                `json:"duration_minutes"`
	Rule            *string            `json:"rule"`
	Exdates         []string           `json:"exdates"`
	Place           *string            `json:"place"`
	Link            *string            `json:"link"`
	Capacity        *int               `json:"capacity"`
	Leads           *Leads             `json:"leads"`
	Facilitators    []Person           `json:"facilitators"`
	Version         int64              `json:"version"`
	Conflicts       []ScheduleConflict `json:"conflicts,omitzero"` // of what was just saved, or would be
	CreatedAt       Instant            `json:"-"`
}

// Person is somebody by name.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

const (
	// horizon is how far ahead sessions exist as rows.
	horizon = 90 * 24 * time.Hour
	// oldestStart is how far back a series may begin.
	oldestStart = 366 * 24 * time.Hour
)

// seriesOf selects the series that the actor runs: as facilitator, as the one who made it, unless it was handed on, or standing in
// for either.
func (t *tx) seriesOf(actor Actor) clause.Expr {
	return gorm.Expr(`SELECT f.series_id FROM facilitators f WHERE ? UNION SELECT m.id FROM series m WHERE m.clinic_id = ? AND ?`,
		t.amongThose("f.user_id", "?", t.standsFor(actor)), actor.ClinicID, t.amongThose("m.created_by", "?", t.standsFor(actor)))
}

// lockSeries finds a series that the actor runs and keeps it until the transaction ends: who is on its roster and when
// its sessions are must not change between planning a reminder and storing it. Series are locked before clients.
func (t *tx) lockSeries(actor Actor, id string) (seriesRow, error) {
	return first[seriesRow](t, "SELECT * FROM series WHERE id = ? AND clinic_id = ? AND ?"+t.lockClause("FOR NO KEY UPDATE"),
		id, actor.ClinicID, t.amongThose("id", "?", t.seriesOf(actor)))
}

// CreateSeries saves a schedule, its roster and its sessions within the horizon, and plans everybody's reminders.
func (s *Store) CreateSeries(ctx context.Context, actor Actor, once Once, preview bool, in SeriesInput) (Series, error) {
	var series Series
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		clinic, err := tx.clinic(actor.ClinicID)
		if err != nil {
			return err
		}
		zone := clinic.TimeZone
		assign(&zone, in.TimeZone)
		planned, err := in.check(zone, tx.now)
		if err != nil {
			return err
		}
		series, err = writeOnce(tx, actor, once, func() (string, error) { return tx.createSeries(actor, in, zone, planned) },
			func(id string) (Series, error) { return tx.savedSeries(actor, id) })
		return err
	})
	return series, err
}

func (t *tx) createSeries(actor Actor, in SeriesInput, zone string, planned schedule.Series) (string, error) {
	row, err := t.newSeries(actor, in, zone, planned)
	if err != nil {
		return "", err
	}
	if err := gorm.G[seriesRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	if len(in.FacilitatorIDs) == 0 {
		in.FacilitatorIDs = []string{actor.UserID}
	}
	if err := t.setFacilitators(actor, row.ID, in.FacilitatorIDs); err != nil {
		return "", err
	}
	if err := t.lockPeople(in.ClientIDs...); err != nil {
		return "", err
	}
	if err := t.enterClients(actor, row, "client_ids", in.ClientIDs, rosterRow{StartsAt: min(t.now, row.ExpandedUntil)}); err != nil {
		return "", err
	}
	if err := t.expand(row); err != nil {
		return "", err
	}
	if err := t.publishMeeting(row, in.ClientIDs...); err != nil {
		return "", err
	}
	if err := t.audit(actor, "create_series", "", row.ID); err != nil {
		return "", err
	}
	return row.ID, t.replan(causeRoster, in.ClientIDs...)
}

func (t *tx) newSeries(actor Actor, in SeriesInput, zone string, planned schedule.Series) (seriesRow, error) {
	row := seriesRow{ID: chosen(in.ID), ClinicID: actor.ClinicID, Kind: in.Kind, Capacity: in.Capacity, Leads: keptLeads(in.Leads), TimeZone: zone,
		LocalStart: planned.Start.String(), DurationMinutes: in.DurationMinutes, ExpandedUntil: InstantOf(planned.Start.In(planned.Zone)),
		CreatedBy: actor.UserID, Version: 1, CreatedAt: t.now}
	row.keepRule(planned)
	seal := sealer{keys: t.keys, id: row.ID}
	row.Title, row.Tags = seal.text(seriesTitle, in.Title), seal.json(seriesTags, in.Tags)
	row.setPlacement(seal.placement(actor.ClinicID, in.Place, in.Link))
	return row, seal.err
}

func (r *seriesRow) keepRule(planned schedule.Series) {
	if planned.Rule != nil {
		text := planned.Rule.String()
		r.Rule = &text
	}
	words := make([]string, len(planned.Except))
	for i, except := range planned.Except {
		words[i] = except.String()
	}
	r.Exdates = strings.Join(words, " ")
}

// schedule reads back the rule that was checked when it was stored.
func (r seriesRow) schedule() (schedule.Series, error) {
	var c check
	in := SeriesInput{LocalStart: r.LocalStart, Rule: r.Rule, Exdates: strings.Fields(r.Exdates)}
	s := in.schedule(&c, r.TimeZone)
	return s.Series, faultOf("stored series "+r.ID, c.err())
}

// setFacilitators makes these counselors of the clinic the ones who run a series.
func (t *tx) setFacilitators(actor Actor, seriesID string, ids []string) error {
	if err := t.exec("DELETE FROM facilitators WHERE series_id = ?", seriesID); err != nil {
		return err
	}
	for i, id := range ids {
		if err := t.mustBe(actor, index("facilitator_ids", i), id, GiveCare); err != nil {
			return err
		}
		err := t.exec("INSERT INTO facilitators (series_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", seriesID, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// expand adds the sessions from where the series has been expanded to the horizon.
func (t *tx) expand(row seriesRow) error {
	planned, err := row.schedule()
	if err != nil {
		return err
	}
	// The first date is there from the start, however far ahead: it can be seen, changed and ended.
	until := max(t.now.Add(horizon), row.ExpandedUntil+1)
	// Dates that somebody added by hand before the rule came to them, and those that other zone data placed earlier.
	var taken []string
	err = t.scan(&taken, "SELECT original_local_start FROM sessions WHERE series_id = ?", row.ID)
	if err != nil {
		return err
	}
	var sessions []sessionRow
	for _, o := range planned.Between(row.ExpandedUntil.Time(), until.Time()) {
		if !slices.Contains(taken, o.Local.String()) {
			sessions = append(sessions, row.session(o))
		}
	}
	if err := t.addSessions(row, sessions); err != nil {
		return err
	}
	return t.exec("UPDATE series SET expanded_until = ?, finished = ? WHERE id = ?", until, planned.EndsBefore(until.Time()), row.ID)
}

// session is the session of a date of the series, with what the series says.
func (r seriesRow) session(o schedule.Occurrence) sessionRow {
	start := InstantOf(o.At)
	row := sessionRow{ID: newID(), ClinicID: r.ClinicID, SeriesID: r.ID, OriginalLocalStart: o.Local.String(), LocalStart: o.Local.String(),
		TimeZone: r.TimeZone, StartsAt: start, EndsAt: start.Add(minutes(r.DurationMinutes)),
		Status: SessionScheduled, Generation: 1, AttendanceVersion: 1, Version: 1}
	row.setPlacement(r.placement())
	return row
}

// addSessions stores new sessions of a series with its facilitators, and tells the roster's feeds.
func (t *tx) addSessions(series seriesRow, sessions []sessionRow) error {
	if err := insertAll(t, sessions); err != nil {
		return err
	}
	ids := idsOf(sessions)
	err := t.exec(`INSERT INTO session_facilitators (session_id, user_id) SELECT s.id, f.user_id FROM sessions s
		JOIN facilitators f ON f.series_id = s.series_id WHERE ?`, t.among("s.id", ids))
	if err != nil {
		return err
	}
	return t.publishSessions(ids...)
}

// ExtendHorizon adds the sessions that time has brought within the horizon, one series at a time, and plans their
// reminders. It is the housekeeping's, asks for nobody, and returns how many series it extended. One that cannot be
// extended does not keep the others from it.
func (s *Store) ExtendHorizon(ctx context.Context) (extended int, err error) {
	after := ""
	for {
		var row seriesRow
		failed := s.write(ctx, func(tx *tx) (err error) {
			// A day's slack: a series is extended once a day, not at every look.
			row, err = first[seriesRow](tx, "SELECT * FROM series WHERE NOT finished AND expanded_until < ? AND id > ? ORDER BY id LIMIT 1"+
				tx.lockClause("FOR NO KEY UPDATE SKIP LOCKED"), tx.now.Add(horizon-24*time.Hour), after)
			if err != nil {
				return err
			}
			return tx.extend(row)
		})
		if row.ID == "" { // there is none left, or the database is away
			if isNoRows(failed) {
				failed = nil
			}
			return extended, errors.Join(err, failed)
		}
		after = row.ID
		if failed != nil {
			err = errors.Join(err, faultOf("series "+row.ID, failed))
			continue
		}
		extended++
	}
}

func (t *tx) extend(row seriesRow) error {
	clients, _, err := t.lockConcerned(nil, row.ID)
	if err != nil {
		return err
	}
	if err := t.expand(row); err != nil {
		return err
	}
	return t.replan(causeRoster, clients...)
}
