package api

import "handrail/models"

func (a *API) getClinic(c *call) error {
	clinic, err := a.store.Clinic(c.ctx(), c.actor)
	return c.at(clinic.Version).ok(clinic, err)
}

func (a *API) updateClinic(c *call) error {
	in, version, err := change[models.ClinicChange](c)
	if err != nil {
		return err
	}
	clinic, err := a.store.UpdateClinic(c.ctx(), c.actor, version, in)
	return c.at(clinic.Version).ok(clinic, err)
}

func (a *API) listStaff(c *call) error {
	list, err := a.store.StaffList(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createStaff(c *call) error {
	in, once, err := create(c, func(in models.StaffInput) *string { return in.ID })
	if err != nil {
		return err
	}
	staff, err := a.store.CreateStaff(c.ctx(), c.actor, once, in)
	return c.at(staff.Version).created(staff, err)
}

func (a *API) deactivateStaff(c *call) error {
	return c.done(a.store.DeactivateStaff(c.ctx(), c.actor, c.id()))
}

func (a *API) inviteStaff(c *call) error {
	invite, err := a.store.InviteStaff(c.ctx(), c.actor, c.id())
	return c.created(invite, err)
}

func (a *API) listCaseload(c *call) error {
	list, err := a.store.Caseload(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createCaseloadEntry(c *call) error {
	in, once, err := create(c, func(in models.CaseloadInput) *string { return in.ID })
	if err != nil {
		return err
	}
	entry, err := a.store.CreateCaseloadEntry(c.ctx(), c.actor, once, in)
	return c.created(entry, err)
}

func (a *API) endCaseloadEntry(c *call) error {
	return c.done(a.store.EndCaseloadEntry(c.ctx(), c.actor, c.id()))
}
