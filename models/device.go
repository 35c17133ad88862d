package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Platform is what a device runs.
type Platform string

// The platforms, which are also the lanes that FCM can ask to leave alone.
const (
	Android Platform = "android"
	IOS     Platform = "ios"
)

// What can stand of a device. Only a live one is sent to; a proving one is sent its proof and nothing else.
const (
	DeviceLive      = "live"
	DeviceProving   = "proving"   // somebody else had it: it has to show that it gets what is sent to it
	DeviceSuspended = "suspended" // somebody else claimed its registration
	DeviceDisabled  = "disabled"  // FCM said that its registration is dead: a tombstone, until the app registers again
	DeviceEnded     = "ended"     // signed out
)

// deviceRow is one installation of the app with its FCM registration.
type deviceRow struct {
	ID                string
	ClinicID          string
	UserID            string
	InstallationID    string
	Platform          Platform
	Registration      Sealed
	RegistrationIndex []byte
	RegistrationKind  string
	Presentation      string
	Permission        string
	AppVersion        *string
	Status            string
	ProofPushID       *string // of the proof asked for last, which is the one that counts; once live, that which made it so
	ConfirmedAt       Instant
	Version           int64
}

func (deviceRow) TableName() string { return "devices" }

// Device is one installation of the app as its user sees it. Its registration is not shown again.
type Device struct {
	InstallationID   string   `json:"installation_id"`
	Platform         Platform `json:"platform"`
	RegistrationKind string   `json:"registration_kind"`
	Presentation     string   `json:"presentation"`
	Permission       string   `json:"permission"`
	AppVersion       *string  `json:"app_version"`
	Status           string   `json:"status"`
	ConfirmedAt      Instant  `json:"confirmed_at"`
	Doubtful         bool     `json:"doubtful"`
	Version          int64    `json:"version"`
}

// doubtfulAfter is how long a registration that nobody confirms is relied on: FCM gives them up, and does not say when.
const doubtfulAfter = 30 * 24 * time.Hour

func (r deviceRow) view(now Instant) Device {
	return Device{InstallationID: r.InstallationID, Platform: r.Platform, RegistrationKind: r.RegistrationKind, Presentation: r.Presentation,
		Permission: r.Permission, AppVersion: r.AppVersion, Status: r.Status, ConfirmedAt: r.ConfirmedAt,
		Doubtful: r.Status == DeviceLive && r.ConfirmedAt <= now.Add(-doubtfulAfter), Version: r.Version}
}

// DeviceInput is what an installation tells of itself, at each start of the app.
type DeviceInput struct {
	Platform         Platform `json:"platform"`
	Registration     string   `json:"registration"`
	RegistrationKind string   `json:"registration_kind"`
	Presentation     *string  `json:"presentation"`
	Permission       string   `json:"permission"`
	AppVersion       *string  `json:"app_version"`
	TimeZone         *string  `json:"time_zone"` // the phone's: kept while the user's zone is automatic
}

// How a device shows a push, and whether its user lets it.
const (
	PresentApp        = "app"    // a data message that the app posts itself and acknowledges on arrival
	PresentSystem     = "system" // a notification message that Android posts without the app
	PermissionGranted = "granted"
)

func (in DeviceInput) check(installationID string) error {
	var c check
	c.installation("installation_id", installationID)
	oneOf(&c, "platform", in.Platform, Android, IOS)
	c.text("registration", in.Registration, 1, 4096)
	oneOf(&c, "registration_kind", in.RegistrationKind, "token", "fid")
	oneOf(&c, "permission", in.Permission, PermissionGranted, "denied", "undetermined")
	if in.Presentation != nil {
		oneOf(&c, "presentation", *in.Presentation, PresentApp, PresentSystem)
	}
	c.optionalText("app_version", in.AppVersion, 1, 64)
	c.optionalZone("time_zone", in.TimeZone)
	return c.err()
}

// PutDevice registers the installation of the token in use, or confirms it. A registration has one owner: a claim
// suspends whoever had it before, at once, and is itself sent to only once the phone has proved itself (ProveDevice).
func (s *Store) PutDevice(ctx context.Context, actor Actor, installationID string, ifMatch *int64, in DeviceInput) (Device, error) {
	if err := in.check(installationID); err != nil {
		return Device{}, err
	}
	var device Device
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		row, err := tx.device(actor, installationID)
		if err != nil && !isNoRows(err) {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if err := tx.storeDevice(actor, installationID, &row, in); err != nil {
			return err
		}
		device = row.view(tx.now)
		if err := tx.reviveParked(tx.pushesOf(actor.UserID)); err != nil {
			return err
		}
		return tx.followPhoneZone(actor.UserID, in.TimeZone)
	})
	return device, err
}

// device is that of the installation of the token in use; of another installation it refuses to speak.
func (t *tx) device(actor Actor, installationID string) (deviceRow, error) {
	own, err := t.holdToken(actor) // else a phone that was signed out would be bound again
	if err == nil && own != installationID {
		err = invalidField("installation_id", "another_installation", "Expected the installation_id that was given at signing in.")
	}
	if err != nil {
		return deviceRow{}, err
	}
	return gorm.G[deviceRow](t.db).Where("user_id = ? AND installation_id = ?", actor.UserID, installationID).First(t.ctx)
}

func (t *tx) storeDevice(actor Actor, installationID string, row *deviceRow, in DeviceInput) error {
	known, before := row.ID != "", *row
	if !known {
		*row = deviceRow{ID: newID(), ClinicID: actor.ClinicID, UserID: actor.UserID, InstallationID: installationID}
	}
	var err error
	if row.Registration, row.RegistrationIndex, err = t.keys.SealRegistration(row.ID, in.Registration); err != nil {
		return err
	}
	row.Platform, row.RegistrationKind, row.Permission, row.AppVersion = in.Platform, in.RegistrationKind, in.Permission, in.AppVersion
	row.Presentation = PresentApp
	assign(&row.Presentation, in.Presentation)
	row.ConfirmedAt = t.now
	row.Version++
	if err := t.claim(before, row); err != nil {
		return err
	}
	if !known {
		return gorm.G[deviceRow](t.db).Create(t.ctx, row)
	}
	_, err = gorm.G[deviceRow](t.db).Where("id = ?", row.ID).
		Select("Platform", "Registration", "RegistrationIndex", "RegistrationKind", "Presentation", "Permission", "AppVersion", "Status", "ProofPushID", "ConfirmedAt", "Version").
		Updates(t.ctx, *row)
	return err
}

// mostDevices is how many phones one person is reminded on.
const mostDevices = 10

// makeRoomForDevice suspends the devices that were confirmed the longest ago, so that one more is not too many.
func (t *tx) makeRoomForDevice(row deviceRow) error {
	return t.exec(`UPDATE devices SET status = ?, version = version + 1 WHERE id IN (
		SELECT id FROM devices WHERE user_id = ? AND status = ? AND id <> ? ORDER BY confirmed_at DESC, id DESC LIMIT 1000 OFFSET ?)`,
		DeviceSuspended, row.UserID, DeviceLive, row.ID, mostDevices-1)
}

// reviveParked makes pushes that waited for a phone, or for the end of quiet hours, due again. One that FCM asked to try later is
// left alone.
func (t *tx) reviveParked(which clause.Expr) error {
	n, err := t.affected("UPDATE pushes SET next_at = ? WHERE ? AND state = ? AND (ask_again IS NULL OR ask_again <= ?) AND next_at > ? AND due_at <= ?",
		t.now, which, pushWaiting, t.now, t.now, t.now)
	t.wake = t.wake || n > 0
	return err
}

// pushesOf are a person's pushes about what is ahead, those among them that one of their phones has and another waits for. They
// are found by their reminders: an index of pushes by person would cost at every claim.
func (t *tx) pushesOf(userID string) clause.Expr {
	return t.amongThose("id", "SELECT push_id FROM reminders WHERE user_id = ? AND about_at > ?", userID, t.now)
}

func (t *tx) followPhoneZone(userID string, zone *string) error {
	if zone == nil {
		return nil
	}
	user, err := t.user(userID)
	if err != nil || user.TimeZoneMode != zoneAutomatic || user.TimeZone == *zone {
		return err
	}
	user.TimeZone = *zone
	return t.saveProfile(user)
}

// Devices lists the actor's installations, ended ones too.
func (s *Store) Devices(ctx context.Context, actor Actor, page Page) (List[Device], error) {
	var list List[Device]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "devices", page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[deviceRow](tx.db).Where("user_id = ? AND id > ?", actor.UserID, at.ID).
			Order("id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		list, err = listOf(at, rows, func(r deviceRow) (Device, position) { return r.view(tx.now), position{ID: r.ID} })
		return err
	})
	return list, err
}

// EndDevice stops pushes to the installation of the token in use; the token goes on.
func (s *Store) EndDevice(ctx context.Context, actor Actor, installationID string, ifMatch *int64) error {
	var c check
	c.installation("installation_id", installationID)
	if err := c.err(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		row, err := tx.device(actor, installationID)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		return tx.endDevices("id = ?", row.ID)
	})
}
