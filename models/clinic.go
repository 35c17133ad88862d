package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"handrail/models/words"
)

// Clinic is one treatment provider. It owns everything else.
type Clinic struct {
	ID              string  `json:"id"`
	Name            string  `json:"name"`
	DisplayName     string  `json:"display_name"` // neutral: what a phone may show
	TimeZone        string  `json:"time_zone"`
	Locale          string  `json:"locale"`
	Region          string  `json:"region"` // ISO 3166-1 alpha-2, where its phone numbers are
	FrontDeskPhone  *string `json:"front_desk_phone"`
	AfterHoursPhone *string `json:"after_hours_phone"`
	OnCallPhone     *string `json:"on_call_phone"`
	// Of all staff: who has none set up can do nothing else.
	SecondFactorRequired bool `json:"second_factor_required"`

	Reminders Policy  `json:"reminders" gorm:"embedded"`
	Version   int64   `json:"version"`
	CreatedAt Instant `json:"-"`
}

// ClinicChange is what an admin may change of a clinic; what is left out stays.
type ClinicChange struct {
	Name                 *string          `json:"name"`
	DisplayName          *string          `json:"display_name"`
	TimeZone             *string          `json:"time_zone"`
	Locale               *string          `json:"locale"`
	Region               *string          `json:"region"`
	FrontDeskPhone       Optional[string] `json:"front_desk_phone" null:"yes"`
	AfterHoursPhone      Optional[string] `json:"after_hours_phone" null:"yes"`
	OnCallPhone          Optional[string] `json:"on_call_phone" null:"yes"`
	SecondFactorRequired *bool            `json:"second_factor_required"`
	Reminders            *PolicyChange    `json:"reminders"`
}

// Clinic is the actor's clinic.
func (s *Store) Clinic(ctx context.Context, actor Actor) (Clinic, error) {
	var clinic Clinic
	err := s.read(ctx, func(tx *tx) (err error) {
		clinic, err = tx.clinic(actor.ClinicID)
		return err
	})
	return clinic, err
}

func (t *tx) clinic(id string) (Clinic, error) {
	return gorm.G[Clinic](t.db).Where("id = ?", id).First(t.ctx)
}

// joinClinic is the clinic whose policy a new person comes under, kept as it is until they are stored. Whoever is changing it
// goes first: that change plans everybody anew whom it finds, and a new one it would not find.
func (t *tx) joinClinic(id string) (Clinic, error) {
	return first[Clinic](t, "SELECT * FROM clinics WHERE id = ?"+t.lockClause("FOR SHARE"), id)
}

// UpdateClinic changes the actor's clinic; everybody's reminders follow its policy.
func (s *Store) UpdateClinic(ctx context.Context, actor Actor, ifMatch *int64, in ClinicChange) (Clinic, error) {
	var clinic Clinic
	err := s.write(ctx, func(tx *tx) (err error) {
		clinic, err = first[Clinic](tx, "SELECT * FROM clinics WHERE id = ?"+tx.lockClause("FOR NO KEY UPDATE"), actor.ClinicID)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, clinic.Version); err != nil {
			return err
		}
		if err := tx.mayRequireFactor(actor, clinic, in.SecondFactorRequired); err != nil {
			return err
		}
		if err := in.apply(&clinic); err != nil {
			return err
		}
		clinic.Version++
		_, err = gorm.G[Clinic](tx.db).Where("id = ?", clinic.ID).
			Select("Name", "DisplayName", "TimeZone", "Locale", "Region", "FrontDeskPhone", "AfterHoursPhone", "OnCallPhone", "SecondFactorRequired", "SessionLeads",
				"MeetingLeads", "HomeworkLeads", "ReviewLeads", "Start", "End", "GatherMinutes", "DailyCap", "Version").
			Updates(ctx, clinic)
		if err != nil {
			return err
		}
		if err := tx.audit(actor, "update_clinic", "", clinic.ID); err != nil {
			return err
		}
		return tx.tellEverybody(clinic.ID, in.Reminders != nil)
	})
	return clinic, err
}

// tellEverybody has every client's app fetch the profile again: the clinic's name, numbers to call and policy are in it. If
// the policy changed, everybody's reminders follow, staff's too.
func (t *tx) tellEverybody(clinicID string, newPolicy bool) error {
	var people []userRow
	if err := t.scan(&people, "SELECT id, role FROM users WHERE clinic_id = ? ORDER BY id", clinicID); err != nil {
		return err
	}
	ids := make([]string, len(people))
	var changes []change
	for i, p := range people {
		ids[i] = p.ID
		if p.Role.May(OwnCare) {
			changes = append(changes, change{ClientID: p.ID, Kind: changeProfile, SubjectID: p.ID})
		}
	}
	if err := t.lockPeople(ids...); err != nil {
		return err
	}
	if err := t.publish(changes...); err != nil || !newPolicy {
		return err
	}
	if err := t.replan(causePolicy, ids...); err != nil {
		return err
	}
	return t.reviveParked(gorm.Expr("clinic_id = ?", clinicID)) // what rests until the end of quiet hours that are no more
}

func (in ClinicChange) apply(clinic *Clinic) error {
	var c check
	assign(&clinic.Name, in.Name)
	assign(&clinic.DisplayName, in.DisplayName)
	assign(&clinic.TimeZone, in.TimeZone)
	assign(&clinic.Locale, in.Locale)
	assign(&clinic.Region, in.Region)
	assign(&clinic.SecondFactorRequired, in.SecondFactorRequired)
	clinic.check(&c)
	in.FrontDeskPhone.assignPhone(&c, "front_desk_phone", clinic.Region, &clinic.FrontDeskPhone)
	in.AfterHoursPhone.assignPhone(&c, "after_hours_phone", clinic.Region, &clinic.AfterHoursPhone)
	in.OnCallPhone.assignPhone(&c, "on_call_phone", clinic.Region, &clinic.OnCallPhone)
	if in.Reminders != nil {
		in.Reminders.apply(&c, &clinic.Reminders)
	}
	return c.err()
}

func (clinic Clinic) check(c *check) {
	c.text("name", clinic.Name, 1, 200)
	c.text("display_name", clinic.DisplayName, 1, 40)
	c.zone("time_zone", clinic.TimeZone)
	oneOf(c, "locale", clinic.Locale, Locales()...)
	if len(clinic.Region) != 2 || strings.Trim(clinic.Region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		c.fail("region", "not_a_region", "Expected a two-letter country code such as US.")
	}
}

// Locales are the languages that Handrail speaks.
func Locales() []string { return words.Locales() }

// NewClinic is the first clinic and its first admin.
type NewClinic struct {
	Name, DisplayName, TimeZone, Region  string
	AdminName, AdminEmail, AdminPassword string
}

// CreateClinic makes a clinic and its first admin: for the operator's command line and the demo, who act for nobody.
func (s *Store) CreateClinic(ctx context.Context, in NewClinic) (Actor, error) {
	clinic := Clinic{ID: newID(), Name: in.Name, DisplayName: in.DisplayName, TimeZone: in.TimeZone, Locale: "en",
		Region: in.Region, Reminders: firstPolicy(), Version: 1}
	var c check
	clinic.check(&c)
	c.text("admin_name", in.AdminName, 1, 200)
	email := c.email("admin_email", in.AdminEmail)
	c.newPassword("admin_password", in.AdminPassword)
	c.notMostly(newPassword{field: "admin_password", plain: in.AdminPassword}, email, in.Name, in.DisplayName, in.AdminName)
	if err := c.err(); err != nil {
		return Actor{}, err
	}
	hash, err := s.passwords.hash(ctx, in.AdminPassword)
	if err != nil {
		return Actor{}, err
	}
	admin := newPerson{ID: newID(), Role: Admin, Name: in.AdminName, Email: &email, PasswordHash: &hash}
	err = s.write(ctx, func(tx *tx) error {
		clinic.CreatedAt = tx.now
		if err := gorm.G[Clinic](tx.db).Create(ctx, &clinic); err != nil {
			return err
		}
		admin.EnrolledAt = &tx.now
		if err := tx.audit(Actor{ClinicID: clinic.ID}, "create_clinic", "", admin.ID); err != nil {
			return err
		}
		return tx.createUser(clinic, admin)
	})
	return Actor{UserID: admin.ID, ClinicID: clinic.ID, Role: Admin}, err
}
