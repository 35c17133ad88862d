package api

import "handrail/models"

func (a *API) getMe(c *call) error {
	me, err := a.store.Me(c.ctx(), c.actor)
	return c.at(me.Version).ok(me, err)
}

func (a *API) updateMe(c *call) error {
	in, version, err := change[models.MeChange](c)
	if err != nil {
		return err
	}
	me, err := a.store.UpdateMe(c.ctx(), c.actor, version, in)
	return c.at(me.Version).ok(me, err)
}

func (a *API) leave(c *call) error {
	leaving, err := a.store.Leave(c.ctx(), c.actor, c.preview)
	return c.ok(leaving, err)
}

func (a *API) sync(c *call) error {
	feed, err := a.store.Sync(c.ctx(), c.actor, c.page())
	return c.ok(feed, err)
}

func (a *API) listDevices(c *call) error {
	list, err := a.store.Devices(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) putDevice(c *call) error {
	in, version, err := change[models.DeviceInput](c)
	if err != nil {
		return err
	}
	device, err := a.store.PutDevice(c.ctx(), c.actor, c.Param("installation_id"), version, in)
	return c.at(device.Version).ok(device, err)
}

func (a *API) proveDevice(c *call) error {
	in, err := body[models.DeviceProof](c)
	if err != nil {
		return err
	}
	device, err := a.store.ProveDevice(c.ctx(), c.actor, c.Param("installation_id"), in)
	return c.at(device.Version).ok(device, err)
}

func (a *API) endDevice(c *call) error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.done(a.store.EndDevice(c.ctx(), c.actor, c.Param("installation_id"), version))
}

func (a *API) listMyReminders(c *call) error {
	list, err := a.store.MyReminders(c.ctx(), c.actor, c.Query("push_id"), c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) getMyReminder(c *call) error {
	detail, err := a.store.MyReminder(c.ctx(), c.actor, c.id())
	return c.ok(detail, err)
}

func (a *API) whyMyReminder(c *call) error {
	why, err := a.store.WhyReminder(c.ctx(), c.actor, c.id())
	return c.ok(why, err)
}
