package models

import (
	"context"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// userRow is a person who signs in.
type userRow struct {
	ID            string
	ClinicID      string
	Role          Role
	Name          Sealed
	Email         Sealed
	EmailIndex    []byte
	PasswordHash  *string
	SecondFactor  Sealed
	NextFactor    Sealed
	TimeZone      string
	TimeZoneMode  string
	Locale        string
	QuietStart    *schedule.TimeOfDay // nil: the clinic's
	QuietEnd      *schedule.TimeOfDay
	Unavailable   Sealed
	EnrolledAt    *Instant
	DeactivatedAt *Instant
	LeftAt        *Instant // a client, of their own accord
	Version       int64
	CreatedAt     Instant
}

func (userRow) TableName() string { return "users" }

// How a person's time zone is kept.
const (
	zoneAutomatic = "automatic" // the phone tells it
	zoneFixed     = "fixed"     // the person set it
)

type newPerson struct {
	ID           string
	Role         Role
	Name         string
	Email        *string
	PasswordHash *string
	TimeZone     *string
	Locale       *string
	EnrolledAt   *Instant
}

// createUser adds a person with their counter.
func (t *tx) createUser(clinic Clinic, p newPerson) error {
	seal := sealer{keys: t.keys, id: p.ID}
	row := userRow{ID: p.ID, ClinicID: clinic.ID, Role: p.Role, Name: seal.text(userName, p.Name),
		PasswordHash: p.PasswordHash, TimeZone: clinic.TimeZone, TimeZoneMode: zoneAutomatic, Locale: clinic.Locale,
		EnrolledAt: p.EnrolledAt, Version: 1, CreatedAt: t.now}
	assign(&row.TimeZone, p.TimeZone)
	assign(&row.Locale, p.Locale)
	if p.Email != nil {
		row.Email, row.EmailIndex = seal.text(userEmail, *p.Email), seal.index(indexEmail, *p.Email)
		if err := t.emailIsFree(row.EmailIndex); err != nil {
			return err
		}
	}
	if seal.err != nil {
		return seal.err
	}
	if err := gorm.G[userRow](t.db).Create(t.ctx, &row); err != nil {
		return err
	}
	if err := t.exec("INSERT INTO sequences (user_id, last) VALUES (?, 0)", row.ID); err != nil {
		return err
	}
	return t.publishProfile(row)
}

var errEmailTaken = conflict("email_taken", "Somebody signs in with this email already.")

func (t *tx) emailIsFree(index []byte) error {
	var taken int
	err := t.scan(&taken, "SELECT count(*) FROM users WHERE email_index = ?", index)
	if err == nil && taken > 0 {
		return errEmailTaken
	}
	return err
}

func (t *tx) user(id string) (userRow, error) {
	return gorm.G[userRow](t.db).Where("id = ?", id).First(t.ctx)
}

// lockUser reads a person and keeps their row until the transaction ends, after lockPeople where both are taken.
func (t *tx) lockUser(id string) (userRow, error) {
	return first[userRow](t, "SELECT * FROM users WHERE id = ?"+t.lockClause("FOR NO KEY UPDATE"), id)
}

// Me is a person's own profile.
type Me struct {
	ID           string      `json:"id"`
	Role         Role        `json:"role"`
	Name         string      `json:"name"`
	Email        *string     `json:"email"`
	SecondFactor string      `json:"second_factor"`
	Clinic       MyClinic    `json:"clinic"`
	TimeZone     string      `json:"time_zone"`
	TimeZoneMode string      `json:"time_zone_mode"`
	Locale       string      `json:"locale"`
	QuietHours   *QuietHours `json:"quiet_hours"` // those that count, be they their own or the clinic's
	QuietMode    string      `json:"quiet_hours_mode"`
	// When each kind of reminder comes, if they chose.
	Reminders ReminderChoices `json:"reminders"`
	// Weekly hours in which they cannot come: work, school, children.
	UnavailableHours []WeeklyHours `json:"unavailable_hours"`
	Lines
	Version int64 `json:"version"`
}

// MyClinic is what a person sees of their clinic.
type MyClinic struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	TimeZone    string `json:"time_zone"`
	Locale      string `json:"locale"`
	Reminders   Policy `json:"reminders"`
}

// Me is the actor's profile.
func (s *Store) Me(ctx context.Context, actor Actor) (Me, error) {
	var me Me
	err := s.snapshot(ctx, func(tx *tx) (err error) {
		me, err = tx.me(actor.UserID)
		return err
	})
	return me, err
}

func (t *tx) me(userID string) (Me, error) {
	row, err := t.user(userID)
	if err != nil {
		return Me{}, err
	}
	clinic, err := t.clinic(row.ClinicID)
	if err != nil {
		return Me{}, err
	}
	chosen, err := t.choices(userID)
	if err != nil {
		return Me{}, err
	}
	open := opener{keys: t.keys}
	me := Me{ID: row.ID, Role: row.Role, Name: open.text(userName, row.ID, row.Name),
		Email: open.optional(userEmail, row.ID, row.Email), SecondFactor: row.factorState(clinic),
		Clinic:   MyClinic{ID: clinic.ID, DisplayName: clinic.DisplayName, TimeZone: clinic.TimeZone, Locale: clinic.Locale, Reminders: clinic.Reminders},
		TimeZone: row.TimeZone, TimeZoneMode: row.TimeZoneMode, Locale: row.Locale,
		QuietHours: viewQuiet(row.quiet(clinic.Reminders)), QuietMode: row.quietMode(), Reminders: chosen[userID].view(),
		UnavailableHours: openList[WeeklyHours](&open, userUnavailable, row.ID, row.Unavailable),
		Lines:            clinic.lines(row.Locale), Version: row.Version}
	return me, open.err
}

// MeChange is what a person may change of their own profile.
type MeChange struct {
	TimeZone     *string              `json:"time_zone"`
	TimeZoneMode *string              `json:"time_zone_mode"`
	Locale       *string              `json:"locale"`
	QuietHours   Optional[QuietHours] `json:"quiet_hours" null:"yes"`
	QuietMode    *string              `json:"quiet_hours_mode"`
	Reminders    *ChoicesChange       `json:"reminders"`

	UnavailableHours []WeeklyHours `json:"unavailable_hours"`
}

// UpdateMe changes the actor's profile; reminders move with the time zone, the quiet hours and what they choose.
func (s *Store) UpdateMe(ctx context.Context, actor Actor, ifMatch *int64, in MeChange) (Me, error) {
	var me Me
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		row, err := tx.lockUser(actor.UserID)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := tx.changeMe(in, &row); err != nil {
			return err
		}
		if err := tx.setUnavailable(&row, in.UnavailableHours); err != nil {
			return err
		}
		if err := tx.saveProfile(row); err != nil {
			return err
		}
		me, err = tx.me(actor.UserID)
		return err
	})
	return me, err
}

func (t *tx) changeMe(in MeChange, row *userRow) error {
	clinic, err := t.clinic(row.ClinicID)
	if err != nil {
		return err
	}
	all, err := t.choices(row.ID)
	if err != nil {
		return err
	}
	var c check
	in.apply(&c, row)
	in.applyQuiet(&c, row, clinic.Reminders)
	if in.Reminders != nil {
		in.Reminders.apply(&c, all[row.ID])
	}
	if err := c.err(); err != nil || in.Reminders == nil {
		return err
	}
	return t.storeChoices(row.ID, all[row.ID])
}

func (in MeChange) apply(c *check, row *userRow) {
	c.optionalZone("time_zone", in.TimeZone)
	if in.TimeZoneMode != nil {
		oneOf(c, "time_zone_mode", *in.TimeZoneMode, zoneAutomatic, zoneFixed)
	}
	c.optionalLocale("locale", in.Locale)
	assign(&row.TimeZone, in.TimeZone)
	assign(&row.TimeZoneMode, in.TimeZoneMode)
	assign(&row.Locale, in.Locale)
	c.hours("unavailable_hours", in.UnavailableHours)
}

// setUnavailable seals the hours in which a person cannot come; what was not given stays.
func (t *tx) setUnavailable(row *userRow, hours []WeeklyHours) error {
	if hours == nil {
		return nil
	}
	seal := sealer{keys: t.keys, id: row.ID}
	row.Unavailable = seal.json(userUnavailable, hours)
	return seal.err
}

// saveProfile stores what people change of themselves and moves their reminders accordingly.
func (t *tx) saveProfile(row userRow) error {
	before, err := t.user(row.ID)
	if err != nil {
		return err
	}
	row.Version++
	_, err = gorm.G[userRow](t.db).Where("id = ?", row.ID).
		Select("TimeZone", "TimeZoneMode", "Locale", "QuietStart", "QuietEnd", "Unavailable", "Version").Updates(t.ctx, row)
	if err != nil {
		return err
	}
	if err := t.publishProfile(row); err != nil {
		return err
	}
	if row.TimeZone != before.TimeZone || row.Locale != before.Locale {
		if err := t.publishHomework(row.ID); err != nil {
			return err
		}
	}
	if row.TimeZone != before.TimeZone || row.quiet(Policy{}) != before.quiet(Policy{}) || row.quietMode() != before.quietMode() {
		if err := t.reviveParked(t.pushesOf(row.ID)); err != nil { // what rests until the end of quiet hours that are no more
			return err
		}
	}
	return t.replan(causeProfile, row.ID)
}

// publishProfile tells a client's feed of their profile; others have no feed.
func (t *tx) publishProfile(row userRow) error {
	if !row.Role.May(OwnCare) {
		return nil
	}
	return t.publish(change{ClientID: row.ID, Kind: changeProfile, SubjectID: row.ID})
}

// publishHomework tells a client's feed of all their homework: it says when each is due on their clock, and what is to be
// filled in in their language.
func (t *tx) publishHomework(clientID string) error {
	var changes []change
	err := t.scan(&changes, "SELECT client_id, ? AS kind, id AS subject_id FROM assignments WHERE client_id = ?", changeAssignment, clientID)
	if err != nil {
		return err
	}
	return t.publish(changes...)
}
