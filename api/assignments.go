package api

import "handrail/models"

func (a *API) listMyAssignments(c *call) error {
	list, err := a.store.MyAssignments(c.ctx(), c.actor, c.Query("status"), c.page())
	return c.ok(list, err)
}

func (a *API) getMyAssignment(c *call) error {
	assignment, err := a.store.MyAssignment(c.ctx(), c.actor, c.id())
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) putDraft(c *call) error {
	in, version, err := change[models.Work](c)
	if err != nil {
		return err
	}
	assignment, err := a.store.PutDraft(c.ctx(), c.actor, c.id(), version, in)
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) submitAssignment(c *call) error {
	in, once, err := act[models.SubmissionInput](c)
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	assignment, err := a.store.Submit(c.ctx(), c.actor, once, c.id(), version, in)
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) listAssignments(c *call) error {
	list, err := a.store.CaseloadAssignments(c.ctx(), c.actor, c.Query("status"), c.page())
	return c.ok(list, err)
}

func (a *API) listClientAssignments(c *call) error {
	list, err := a.store.ClientAssignments(c.ctx(), c.actor, c.id(), c.Query("status"), c.page())
	return c.ok(list, err)
}

func (a *API) createAssignment(c *call) error {
	in, once, err := create(c, func(in models.AssignmentInput) *string { return in.ID })
	if err != nil {
		return err
	}
	assignment, err := a.store.CreateAssignment(c.ctx(), c.actor, once, c.id(), in)
	return c.at(assignment.Version).created(assignment, err)
}

func (a *API) createGroupAssignments(c *call) error {
	in, once, err := act[models.Homework](c)
	if err != nil {
		return err
	}
	handout, err := a.store.HandOut(c.ctx(), c.actor, once, c.id(), in)
	return c.created(handout, err)
}

func (a *API) getAssignment(c *call) error {
	assignment, err := a.store.Assignment(c.ctx(), c.actor, c.id())
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) updateAssignment(c *call) error {
	in, version, err := change[models.AssignmentChange](c)
	if err != nil {
		return err
	}
	assignment, err := a.store.UpdateAssignment(c.ctx(), c.actor, c.id(), version, in)
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) reviewAssignment(c *call) error {
	in, once, err := act[models.ReviewInput](c)
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	assignment, err := a.store.Review(c.ctx(), c.actor, once, c.id(), version, in)
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) receiveAssignment(c *call) error {
	once, err := c.once(nil)
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	assignment, err := a.store.ReceiveOnPaper(c.ctx(), c.actor, once, c.id(), version)
	return c.at(assignment.Version).ok(assignment, err)
}

func (a *API) withdrawAssignment(c *call) error {
	once, err := c.once(nil)
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	assignment, err := a.store.Withdraw(c.ctx(), c.actor, once, c.id(), version)
	return c.at(assignment.Version).ok(assignment, err)
}
