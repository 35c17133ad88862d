package api

import "handrail/models"

func (a *API) listClients(c *call) error {
	list, err := a.store.Clients(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createClient(c *call) error {
	in, once, err := create(c, func(in models.ClientInput) *string { return in.ID })
	if err != nil {
		return err
	}
	client, err := a.store.CreateClient(c.ctx(), c.actor, once, in)
	return c.at(client.Version).created(client, err)
}

func (a *API) getClient(c *call) error {
	client, err := a.store.Client(c.ctx(), c.actor, c.id())
	return c.at(client.Version).ok(client, err)
}

func (a *API) updateClient(c *call) error {
	in, version, err := change[models.ClientChange](c)
	if err != nil {
		return err
	}
	client, err := a.store.UpdateClient(c.ctx(), c.actor, c.id(), version, in)
	return c.at(client.Version).ok(client, err)
}

func (a *API) inviteClient(c *call) error {
	invite, err := a.store.InviteClient(c.ctx(), c.actor, c.id())
	return c.created(invite, err)
}

func (a *API) listEpisodes(c *call) error {
	list, err := a.store.Episodes(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}

func (a *API) startEpisode(c *call) error {
	in, once, err := create(c, func(in models.EpisodeInput) *string { return in.ID })
	if err != nil {
		return err
	}
	episode, err := a.store.StartEpisode(c.ctx(), c.actor, once, c.id(), in)
	return c.at(episode.Version).created(episode, err)
}

func (a *API) dischargeClient(c *call) error {
	in, once, err := act[models.DischargeInput](c)
	if err != nil {
		return err
	}
	episode, err := a.store.Discharge(c.ctx(), c.actor, once, c.id(), in)
	return c.at(episode.Version).ok(episode, err)
}

func (a *API) listClientReminders(c *call) error {
	list, err := a.store.ClientReminders(c.ctx(), c.actor, c.id(), c.window(), c.page())
	return c.ok(list, err)
}

func (a *API) getClientReminder(c *call) error {
	reminder, err := a.store.ClientReminder(c.ctx(), c.actor, c.id(), c.Param("reminder_id"))
	return c.ok(reminder, err)
}

func (a *API) testPush(c *call) error {
	once, err := c.once(nil)
	if err != nil {
		return err
	}
	reminder, err := a.store.TestPush(c.ctx(), c.actor, once, c.id())
	return c.created(reminder, err)
}

func (a *API) listUnreachable(c *call) error {
	list, err := a.store.Unreachable(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}
