package api

import "handrail/models"

func (a *API) listMyGoals(c *call) error {
	list, err := a.store.MyGoals(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createGoal(c *call) error {
	in, once, err := create(c, func(in models.GoalInput) *string { return in.ID })
	if err != nil {
		return err
	}
	goal, err := a.store.CreateGoal(c.ctx(), c.actor, once, in)
	return c.at(goal.Version).created(goal, err)
}

func (a *API) getMyGoal(c *call) error {
	goal, err := a.store.MyGoal(c.ctx(), c.actor, c.id())
	return c.at(goal.Version).ok(goal, err)
}

func (a *API) updateGoal(c *call) error {
	in, version, err := change[models.GoalChange](c)
	if err != nil {
		return err
	}
	goal, err := a.store.UpdateGoal(c.ctx(), c.actor, c.id(), version, in)
	return c.at(goal.Version).ok(goal, err)
}

func (a *API) deleteGoal(c *call) error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.done(a.store.DeleteGoal(c.ctx(), c.actor, c.id(), version))
}

func (a *API) listClientGoals(c *call) error {
	list, err := a.store.ClientGoals(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}

func (a *API) commentOnGoal(c *call) error {
	in, once, err := create(c, func(in models.GoalCommentInput) *string { return in.ID })
	if err != nil {
		return err
	}
	comment, err := a.store.CommentOnGoal(c.ctx(), c.actor, once, c.id(), in)
	return c.created(comment, err)
}
