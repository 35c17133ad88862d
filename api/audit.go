package api

import "handrail/models"

func (a *API) listMyAuditEvents(c *call) error {
	list, err := a.store.MyAuditEvents(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) listAuditEvents(c *call) error {
	filter := models.AuditFilter{ClientID: c.Query("client_id"), ActorID: c.Query("actor_id"), From: c.Query("from"), To: c.Query("to")}
	list, err := a.store.AuditEvents(c.ctx(), c.actor, filter, c.page())
	return c.ok(list, err)
}
