package models

import (
	"cmp"
	"context"
	"errors"

	"gorm.io/gorm"
)

// Staff is a counselor or an admin as the clinic's admins see them.
type Staff struct {
	ID       string `json:"id"`
	Role     Role   `json:"role"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Enrolled bool   `json:"enrolled"`
	// A second factor is set up.
	SecondFactor bool  `json:"second_factor"`
	Active       bool  `json:"active"`
	Version      int64 `json:"version"`
}

// StaffInput adds a member of staff, who then enrolls with a code and a password of their own.
type StaffInput struct {
	ID    *string `json:"id"`
	Role  Role    `json:"role"`
	Name  string  `json:"name"`
	Email string  `json:"email"`
}

func (t *tx) staff(actor Actor, id string) (userRow, error) {
	return gorm.G[userRow](t.db).Where("id = ? AND clinic_id = ? AND role IN ?", id, actor.ClinicID, []Role{Counselor, Admin}).First(t.ctx)
}

func (o *opener) staff(row userRow) Staff {
	return Staff{ID: row.ID, Role: row.Role, Name: o.text(userName, row.ID, row.Name), Email: o.text(userEmail, row.ID, row.Email),
		Enrolled: row.EnrolledAt != nil, SecondFactor: row.SecondFactor != nil, Active: row.DeactivatedAt == nil, Version: row.Version}
}

// CreateStaff adds a counselor or an admin to the clinic.
func (s *Store) CreateStaff(ctx context.Context, actor Actor, once Once, in StaffInput) (Staff, error) {
	var c check
	c.optionalID("id", in.ID)
	oneOf(&c, "role", in.Role, Counselor, Admin)
	c.text("name", in.Name, 1, 200)
	email := c.email("email", in.Email)
	if err := c.err(); err != nil {
		return Staff{}, err
	}
	tries := byTarget("new staff of " + actor.UserID) // an email that is taken may be a client's, and of another clinic
	if err := s.countTry(ctx, tries); err != nil {
		return Staff{}, err
	}
	var staff Staff
	err := s.write(ctx, func(tx *tx) (err error) {
		staff, err = writeOnce(tx, actor, once, func() (string, error) {
			clinic, err := tx.joinClinic(actor.ClinicID)
			if err != nil {
				return "", err
			}
			id := chosen(in.ID)
			if err := tx.audit(actor, "create_staff", "", id); err != nil {
				return "", err
			}
			return id, tx.createUser(clinic, newPerson{ID: id, Role: in.Role, Name: in.Name, Email: &email})
		}, func(id string) (Staff, error) {
			row, err := tx.staff(actor, id)
			if err != nil {
				return Staff{}, err
			}
			open := opener{keys: tx.keys}
			return open.staff(row), open.err
		})
		return err
	})
	if !errors.Is(err, errEmailTaken) { // which alone tells of somebody else
		err = cmp.Or(err, s.forgive(ctx, tries))
	}
	return staff, err
}

// StaffList lists the clinic's counselors and admins, deactivated ones too.
func (s *Store) StaffList(ctx context.Context, actor Actor, page Page) (List[Staff], error) {
	var list List[Staff]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "staff", page)
		if err != nil {
			return err
		}
		rows, err := gorm.G[userRow](tx.db).Where("clinic_id = ? AND role IN ? AND id > ?", actor.ClinicID, []Role{Counselor, Admin}, at.ID).
			Order("id").Limit(at.limit + 1).Find(ctx)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r userRow) (Staff, position) {
			return open.staff(r), position{ID: r.ID}
		})
		return cmp.Or(err, open.err)
	})
	return list, err
}

// DeactivateStaff shuts a member of staff out at once: tokens, devices and outstanding codes end.
func (s *Store) DeactivateStaff(ctx context.Context, actor Actor, id string) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(id); err != nil {
			return err
		}
		row, err := tx.staff(actor, id)
		if err != nil {
			return err
		}
		if id == actor.UserID {
			return conflict("oneself", "An admin cannot deactivate themselves: another admin has to.")
		}
		if row.DeactivatedAt != nil {
			return nil
		}
		if err := tx.exec("UPDATE users SET deactivated_at = ?, version = version + 1 WHERE id = ?", tx.now, id); err != nil {
			return err
		}
		if err := tx.exec("UPDATE invites SET voided_at = ? WHERE user_id = ? AND redeemed_at IS NULL", tx.now, id); err != nil {
			return err
		}
		if err := tx.endTokens("user_id = ?", id); err != nil {
			return err
		}
		if err := tx.endDevices("user_id = ?", id); err != nil {
			return err
		}
		if err := tx.audit(actor, "deactivate_staff", "", id); err != nil {
			return err
		}
		return tx.replan(causeDeactivated, id)
	})
}
