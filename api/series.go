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
	series, err := a.store.CreateSeries(c.ctx(), c.actor, once, in)
	return c.at(series.Version).created(series, err)
}

func (a *API) getSeries(c *call) error {
	series, err := a.store.Series(c.ctx(), c.actor, c.id())
	return c.at(series.Version).ok(series, err)
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
	entry, err := a.store.AddToRoster(c.ctx(), c.actor, once, c.id(), in)
	return c.created(entry, err)
}

func (a *API) removeFromRoster(c *call) error {
	return c.done(a.store.RemoveFromRoster(c.ctx(), c.actor, c.id(), c.Param("client_id")))
}
