package api

func (a *API) exportMyRecord(c *call) error {
	format, err := c.format()
	if err != nil {
		return err
	}
	export, err := a.store.ExportMine(c.ctx(), c.actor)
	return c.record(format, export, err)
}

func (a *API) exportClient(c *call) error {
	format, err := c.format()
	if err != nil {
		return err
	}
	export, err := a.store.ExportClient(c.ctx(), c.actor, c.id())
	return c.record(format, export, err)
}
