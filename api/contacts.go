package api

import "handrail/models"

func (a *API) listContacts(c *call) error {
	list, err := a.store.Contacts(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createContact(c *call) error {
	in, once, err := create(c, func(in models.ContactInput) *string { return in.ID })
	if err != nil {
		return err
	}
	contact, err := a.store.CreateContact(c.ctx(), c.actor, once, in)
	return c.at(contact.Version).created(contact, err)
}

func (a *API) getContact(c *call) error {
	contact, err := a.store.Contact(c.ctx(), c.actor, c.id())
	return c.at(contact.Version).ok(contact, err)
}

func (a *API) updateContact(c *call) error {
	in, version, err := change[models.ContactChange](c)
	if err != nil {
		return err
	}
	contact, err := a.store.UpdateContact(c.ctx(), c.actor, c.id(), version, in)
	return c.at(contact.Version).ok(contact, err)
}

func (a *API) deleteContact(c *call) error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	lines, err := a.store.DeleteContact(c.ctx(), c.actor, c.id(), version)
	return c.ok(lines, err)
}

func (a *API) orderContacts(c *call) error {
	in, err := body[models.OrderInput](c)
	if err != nil {
		return err
	}
	order, err := a.store.OrderContacts(c.ctx(), c.actor, in)
	return c.ok(order, err)
}

func (a *API) importContacts(c *call) error {
	in, once, err := act[models.ImportInput](c)
	if err != nil {
		return err
	}
	done, err := a.store.ImportContacts(c.ctx(), c.actor, once, in)
	return c.created(done, err)
}

func (a *API) listClientContacts(c *call) error {
	list, err := a.store.ClientContacts(c.ctx(), c.actor, c.id(), c.page())
	return c.ok(list, err)
}
