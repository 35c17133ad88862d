package api

import "handrail/models"

func (a *API) listMySessions(c *call) error {
	list, err := a.store.MySessions(c.ctx(), c.actor, c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) getMySession(c *call) error {
	session, err := a.store.MySession(c.ctx(), c.actor, c.id())
	return c.ok(session, err)
}

func (a *API) listClientSessions(c *call) error {
	list, err := a.store.ClientSessions(c.ctx(), c.actor, c.id(), c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) listSessions(c *call) error {
	list, err := a.store.Sessions(c.ctx(), c.actor, c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) getSession(c *call) error {
	session, err := a.store.Session(c.ctx(), c.actor, c.id())
	return c.at(session.Version).ok(session, err)
}

func (a *API) updateSession(c *call) error {
	in, version, err := change[models.SessionChange](c)
	if err != nil {
		return err
	}
	session, err := a.store.UpdateSession(c.ctx(), c.actor, c.id(), version, c.preview, in)
	return c.at(session.Version).ok(session, err)
}

func (a *API) cancelSession(c *call) error {
	once, err := c.once(nil)
	if err != nil {
		return err
	}
	session, err := a.store.CancelSession(c.ctx(), c.actor, once, c.id())
	return c.at(session.Version).ok(session, err)
}

func (a *API) cancelSessions(c *call) error {
	in, once, err := act[models.CancelInput](c)
	if err != nil {
		return err
	}
	cancelled, err := a.store.CancelSessions(c.ctx(), c.actor, once, in)
	return c.ok(cancelled, err)
}

func (a *API) putRSVP(c *call) error {
	in, err := body[models.RSVPInput](c)
	if err != nil {
		return err
	}
	session, err := a.store.PutRSVP(c.ctx(), c.actor, c.id(), in)
	return c.ok(session, err)
}

func (a *API) putWent(c *call) error {
	in, err := body[models.WentInput](c)
	if err != nil {
		return err
	}
	session, err := a.store.PutWent(c.ctx(), c.actor, c.id(), in)
	return c.ok(session, err)
}

func (a *API) getAttendance(c *call) error {
	sheet, err := a.store.Attendance(c.ctx(), c.actor, c.id())
	return c.at(sheet.Version).ok(sheet, err)
}

func (a *API) putAttendance(c *call) error {
	in, version, err := change[models.AttendanceInput](c)
	if err != nil {
		return err
	}
	sheet, err := a.store.PutAttendance(c.ctx(), c.actor, c.id(), version, in)
	return c.at(sheet.Version).ok(sheet, err)
}

func (a *API) getSessionReminders(c *call) error {
	reminders, err := a.store.SessionReminders(c.ctx(), c.actor, c.id())
	return c.ok(reminders, err)
}

func (a *API) listConflicts(c *call) error {
	list, err := a.store.Conflicts(c.ctx(), c.actor, c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) listBookings(c *call) error {
	list, err := a.store.Bookings(c.ctx(), c.actor, c.Query("place"), c.window(), c.page())
	return c.ok(list, err)
}
