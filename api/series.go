package api

import "handrail/models"

func (a *API) listSeries(c *call) error {
	list, err := a.store.SeriesList(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createSeries(c *call) error {
	in, once, err := create(c, func(in models.SeriesInput) *string { return in.ID })
	if err != nil {
		return err
	}
	series, err := a.store.CreateSeries(c.ctx(), c.actor, once, c.preview, in)
	return c.at(series.Version).created(series, err)
}

func (a *API) getSeries(c *call) error {
	series, err := a.store.Series(c.ctx(), c.actor, c.id())
	return c.at(series.Version).ok(series, err)
}

func (a *API) updateSeries(c *call) error {
	in, version, err := change[models.SeriesChange](c)
	if err != nil {
		return err
	}
	series, err := a.store.UpdateSeries(c.ctx(), c.actor, c.id(), version, c.preview, in)
	return c.at(series.Version).ok(series, err)
}

func (a *API) endSeries(c *call) error {
	in, once, err := act[models.EndInput](c)
	if err != nil {
		return err
	}
	series, err := a.store.EndSeries(c.ctx(), c.actor, once, c.id(), in)
	return c.at(series.Version).ok(series, err)
}

func (a *API) addSession(c *call) error {
	in, once, err := create(c, func(in models.DateInput) *string { return in.ID })
	if err != nil {
		return err
	}
	session, err := a.store.AddSession(c.ctx(), c.actor, once, c.id(), c.preview, in)
	return c.at(session.Version).created(session, err)
}

func (a *API) listRoster(c *call) error {
	list, err := a.store.Roster(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}

func (a *API) addToRoster(c *call) error {
	in, once, err := act[models.RosterInput](c)
	if err != nil {
		return err
	}
	entry, err := a.store.AddToRoster(c.ctx(), c.actor, once, c.id(), c.preview, in)
	return c.created(entry, err)
}

func (a *API) updateRoster(c *call) error {
	in, err := body[models.RosterChange](c)
	if err != nil {
		return err
	}
	entry, err := a.store.UpdateRoster(c.ctx(), c.actor, c.id(), c.Param("client_id"), c.preview, in)
	return c.ok(entry, err)
}

func (a *API) removeFromRoster(c *call) error {
	return c.done(a.store.RemoveFromRoster(c.ctx(), c.actor, c.id(), c.Param("client_id")))
}
