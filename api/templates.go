package api

func (a *API) listTemplates(c *call) error {
	list, err := a.store.Templates(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) getTemplate(c *call) error {
	template, err := a.store.Template(c.ctx(), c.actor, c.Param("key"))
	return c.ok(template, err)
}
