package api

import "handrail/models"

type consentTexts struct {
	Items []models.ConsentText `json:"items"`
}

func (a *API) listConsentTexts(c *call) error {
	texts, err := models.ConsentTexts(models.ConsentTextFilter{Kind: c.asked("kind"), Locale: c.asked("locale"), Version: c.asked("version")})
	return c.ok(consentTexts{texts}, err)
}

func (a *API) listConsents(c *call) error {
	list, err := a.store.Consents(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) putConsent(c *call) error {
	in, err := body[models.ConsentInput](c)
	if err != nil {
		return err
	}
	consent, err := a.store.PutConsent(c.ctx(), c.actor, models.ConsentKind(c.Param("kind")), in)
	return c.ok(consent, err)
}

func (a *API) listConsentHistory(c *call) error {
	list, err := a.store.ConsentHistory(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) listClientConsents(c *call) error {
	list, err := a.store.ClientConsents(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}

func (a *API) withdrawClientConsent(c *call) error {
	once, err := c.once(nil)
	if err != nil {
		return err
	}
	consent, err := a.store.WithdrawConsent(c.ctx(), c.actor, once, c.id(), models.ConsentKind(c.Param("kind")))
	return c.ok(consent, err)
}
