package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// Level is how much care an episode means.
type Level string

// The levels of care, in the order in which most clients pass them.
const (
	LevelIOP        Level = "iop"
	LevelOutpatient Level = "outpatient"
	LevelAftercare  Level = "aftercare"
)

func levels() []Level { return []Level{LevelIOP, LevelOutpatient, LevelAftercare} }

// episodeRow is a dated stretch of one client's care at a level. At most one is open.
type episodeRow struct {
	ID        string
	ClinicID  string
	ClientID  string
	Level     Level
	StartsAt  Instant
	EndedAt   *Instant
	EndReason Sealed
	AgeGroup  string
	// WeeklyHours of sessions are the target; nil: there is none.
	WeeklyHours *int
	Version     int64
}

func (episodeRow) TableName() string { return "episodes" }

// Episode is a stretch of care as staff see it.
type Episode struct {
	ID        string   `json:"id"`
	ClientID  string   `json:"client_id"`
	Level     Level    `json:"level"`
	StartsAt  Instant  `json:"starts_at"`
	EndedAt   *Instant `json:"ended_at"`
	EndReason *string  `json:"end_reason"`
	AgeGroup  string   `json:"age_group"`
	Version   int64    `json:"version"`

	WeeklyHours *int `json:"weekly_hours"`
}

func (o *opener) episode(r episodeRow) Episode {
	return Episode{ID: r.ID, ClientID: r.ClientID, Level: r.Level, StartsAt: r.StartsAt, EndedAt: r.EndedAt,
		EndReason: o.optional(episodeReason, r.ID, r.EndReason), AgeGroup: r.AgeGroup, WeeklyHours: r.WeeklyHours, Version: r.Version}
}

// EpisodeInput begins a stretch of care; one in progress ends with it, as a step to another level.
type EpisodeInput struct {
	ID       *string `json:"id"`
	Level    Level   `json:"level"`
	StartsAt *string `json:"starts_at"`
	CareTarget
}

// CareTarget is how many hours of sessions a week an episode aims at.
type CareTarget struct {
	AgeGroup    *string `json:"age_group"` // adult unless given
	WeeklyHours *int    `json:"weekly_hours"`
}

const (
	adult      = "adult"
	adolescent = "adolescent"
)

func (in CareTarget) check(c *check) {
	if in.AgeGroup != nil {
		oneOf(c, "age_group", *in.AgeGroup, adult, adolescent)
	}
	if in.WeeklyHours != nil {
		c.number("weekly_hours", *in.WeeklyHours, 1, 60)
	}
}

// apply sets the target of an episode: unless given, what makes a program intensive outpatient (ASAM level 2.1), nine
// hours a week for adults and six for adolescents; the other levels have none.
func (in CareTarget) apply(row *episodeRow) {
	row.AgeGroup = adult
	assign(&row.AgeGroup, in.AgeGroup)
	hours := 9
	if row.AgeGroup == adolescent {
		hours = 6
	}
	if row.Level == LevelIOP {
		row.WeeklyHours = &hours
	}
	if in.WeeklyHours != nil {
		row.WeeklyHours = in.WeeklyHours
	}
}

// reasonStep is the end of an episode that another one follows without a discharge.
const reasonStep = "step"

func (t *tx) createEpisode(row episodeRow) error {
	return gorm.G[episodeRow](t.db).Create(t.ctx, &row)
}

func (t *tx) endEpisode(row episodeRow, at Instant, reason string) error {
	sealed, err := t.keys.Seal(episodeReason, row.ID, reason)
	if err != nil {
		return err
	}
	return t.exec("UPDATE episodes SET ended_at = ?, end_reason = ?, version = version + 1 WHERE id = ?", max(at, row.StartsAt), sealed, row.ID)
}

func (t *tx) episode(id string) (Episode, error) {
	row, err := gorm.G[episodeRow](t.db).Where("id = ?", id).First(t.ctx)
	if err != nil {
		return Episode{}, err
	}
	open := opener{keys: t.keys}
	return open.episode(row), open.err
}

// openEpisode is the one in progress; without one it is not found.
func (t *tx) openEpisode(clientID string) (episodeRow, error) {
	return gorm.G[episodeRow](t.db).Where("client_id = ? AND ended_at IS NULL", clientID).First(t.ctx)
}

// StartEpisode begins a stretch of care, after a discharge too.
func (s *Store) StartEpisode(ctx context.Context, actor Actor, once Once, clientID string, in EpisodeInput) (Episode, error) {
	var episode Episode
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var c check
		c.optionalID("id", in.ID)
		oneOf(&c, "level", in.Level, levels()...)
		in.CareTarget.check(&c)
		starts := c.instantOr("starts_at", in.StartsAt, tx.now, tx.now)
		if starts > tx.now {
			c.fail("starts_at", "range", "Expected an instant that is not in the future.")
		}
		if err := c.err(); err != nil {
			return err
		}
		row := episodeRow{ID: chosen(in.ID), ClinicID: actor.ClinicID, ClientID: clientID, Level: in.Level, StartsAt: starts, Version: 1}
		in.CareTarget.apply(&row)
		var err error
		episode, err = writeOnce(tx, actor, once, func() (string, error) { return row.ID, tx.stepTo(actor, row) }, tx.episode)
		return err
	})
	return episode, err
}

func (t *tx) stepTo(actor Actor, row episodeRow) error {
	before, err := t.openEpisode(row.ClientID)
	switch {
	case isNoRows(err):
	case err != nil:
		return err
	case row.StartsAt < before.StartsAt:
		return invalidField("starts_at", "range", "Expected an instant not before the start of the episode in progress.")
	default:
		if err := t.endEpisode(before, row.StartsAt, reasonStep); err != nil {
			return err
		}
	}
	if err := t.createEpisode(row); err != nil {
		return err
	}
	if err := t.audit(actor, "start_episode", row.ClientID, row.ID); err != nil {
		return err
	}
	return t.replan(causeProfile, row.ClientID)
}

// Episodes lists a client's stretches of care, the oldest first.
func (s *Store) Episodes(ctx context.Context, actor Actor, clientID string, page Page) (List[Episode], error) {
	var list List[Episode]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		at, err := tx.openCursor(actor, "episodes "+clientID, page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[episodeRow](tx.db).Where("client_id = ? AND (starts_at, id) > (?, ?)", clientID, at.At, at.ID).
			Order("starts_at, id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r episodeRow) (Episode, position) {
			return open.episode(r), position{At: r.StartsAt, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		return tx.audit(actor, "list_episodes", clientID, "")
	})
	return list, err
}

// DischargeInput ends a client's care. Whether meeting reminders go on is the client's consent, in the words shown.
type DischargeInput struct {
	Reason           string  `json:"reason"`
	AftercareConsent *bool   `json:"aftercare_consent"`
	TextVersion      *string `json:"text_version"`
}

func (in DischargeInput) check() error {
	var c check
	oneOf(&c, "reason", in.Reason, "completed", "transferred", "left_program", "administrative", "hospitalized", "other")
	if in.AftercareConsent == nil {
		c.fail("aftercare_consent", "required", "Expected true or false: whether the client wants reminders of meetings after discharge.")
	} else {
		in.consent(&c, 0)
	}
	return c.err()
}

func (in DischargeInput) consent(c *check, now Instant) consentRow {
	return ConsentTerms{Granted: in.AftercareConsent, TextVersion: in.TextVersion}.row(c, "", ConsentAftercare, now)
}

// Discharge ends a client's care: they leave the treatment rosters, and pushes stop in the same transaction, but for
// meetings that they want to be reminded of.
func (s *Store) Discharge(ctx context.Context, actor Actor, once Once, clientID string, in DischargeInput) (Episode, error) {
	if err := in.check(); err != nil {
		return Episode{}, err
	}
	var episode Episode
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(clientID); err != nil {
			return err
		}
		client, err := tx.clientInCare(actor, clientID)
		if err != nil {
			return err
		}
		episode, err = writeOnce(tx, actor, once, func() (string, error) { return tx.discharge(actor, client, in) }, tx.episode)
		return err
	})
	return episode, err
}

func (t *tx) discharge(actor Actor, client userRow, in DischargeInput) (string, error) {
	open, err := t.openEpisode(client.ID)
	if isNoRows(err) {
		return "", conflict("not_in_care", "This client has no episode in progress.")
	}
	if err != nil {
		return "", err
	}
	if err := t.endEpisode(open, t.now, in.Reason); err != nil {
		return "", err
	}
	if err := t.recordConsent(client, actor.UserID, in.consent(new(check), t.now), nil); err != nil {
		return "", err
	}
	if err := t.leaveTreatment(client.ID); err != nil {
		return "", err
	}
	if err := t.endContact(client); err != nil {
		return "", err
	}
	if err := t.audit(actor, "discharge", client.ID, open.ID); err != nil {
		return "", err
	}
	return open.ID, t.replan(causeDischarged, client.ID)
}
