package api

func (a *API) getMyProgress(c *call) error {
	progress, err := a.store.MyProgress(c.ctx(), c.actor)
	return c.ok(progress, err)
}

func (a *API) getClientProgress(c *call) error {
	progress, err := a.store.ClientProgress(c.ctx(), c.actor, c.id())
	return c.ok(progress, err)
}
