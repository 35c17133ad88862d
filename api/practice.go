package api

import "handrail/models"

func (a *API) listMyPractice(c *call) error {
	list, err := a.store.MyPractice(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}

func (a *API) createPractice(c *call) error {
	in, once, err := create(c, func(in models.PracticeInput) *string { return in.ID })
	if err != nil {
		return err
	}
	practice, err := a.store.Practise(c.ctx(), c.actor, once, c.id(), in)
	return c.created(practice, err)
}

func (a *API) deletePractice(c *call) error {
	return c.done(a.store.DeletePractice(c.ctx(), c.actor, c.id(), c.Param("practice_id")))
}

func (a *API) listPractice(c *call) error {
	list, err := a.store.ClientPractice(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}
