package api

import "handrail/models"

func (a *API) logIn(c *call) error {
	in, err := body[models.LoginInput](c)
	if err != nil {
		return err
	}
	user, err := a.store.SignIn(c.ctx(), c.address(), in)
	return c.ok(user, err)
}

func (a *API) enroll(c *call) error {
	in, err := body[models.EnrollInput](c)
	if err != nil {
		return err
	}
	user, err := a.store.Enroll(c.ctx(), c.address(), in)
	return c.created(user, err)
}

func (a *API) logOut(c *call) error {
	return c.done(a.store.SignOut(c.ctx(), c.actor))
}

func (a *API) listTokens(c *call) error {
	list, err := a.store.Tokens(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) endToken(c *call) error {
	return c.done(a.store.EndToken(c.ctx(), c.actor, c.id()))
}
