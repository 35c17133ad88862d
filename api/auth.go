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

func (a *API) changePassword(c *call) error {
	in, err := body[models.PasswordChange](c)
	if err != nil {
		return err
	}
	return c.done(a.store.ChangePassword(c.ctx(), c.actor, in))
}

func (a *API) beginSecondFactor(c *call) error {
	in, err := body[models.SecondFactorInput](c)
	if err != nil {
		return err
	}
	begun, err := a.store.BeginSecondFactor(c.ctx(), c.actor, in)
	return c.created(begun, err)
}

func (a *API) confirmSecondFactor(c *call) error {
	in, err := body[models.SecondFactorProof](c)
	if err != nil {
		return err
	}
	codes, err := a.store.ConfirmSecondFactor(c.ctx(), c.actor, in)
	return c.created(codes, err)
}

func (a *API) renewRecoveryCodes(c *call) error {
	in, err := body[models.SecondFactorInput](c)
	if err != nil {
		return err
	}
	codes, err := a.store.RenewRecoveryCodes(c.ctx(), c.actor, in)
	return c.created(codes, err)
}

func (a *API) endSecondFactor(c *call) error {
	in, err := body[models.SecondFactorInput](c)
	if err != nil {
		return err
	}
	return c.done(a.store.EndSecondFactor(c.ctx(), c.actor, in))
}

func (a *API) resetSecondFactor(c *call) error {
	return c.done(a.store.ResetSecondFactor(c.ctx(), c.actor, c.id()))
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
