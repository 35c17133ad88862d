package api

import "handrail/models"

func (a *API) listReachOuts(c *call) error {
	list, err := a.store.ReachOuts(c.ctx(), c.actor, c.Query("contact_id"), c.page())
	return c.ok(list, err)
}

func (a *API) noteReachOut(c *call) error {
	in, once, err := create(c, func(in models.ReachOutInput) *string { return in.ID })
	if err != nil {
		return err
	}
	reachOut, err := a.store.NoteReachOut(c.ctx(), c.actor, once, c.id(), in)
	return c.created(reachOut, err)
}

func (a *API) deleteReachOut(c *call) error {
	lines, err := a.store.DeleteReachOut(c.ctx(), c.actor, c.id())
	return c.ok(lines, err)
}
