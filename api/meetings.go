package api

import "handrail/models"

func (a *API) listMyMeetings(c *call) error {
	list, err := a.store.MyMeetings(c.ctx(), c.actor, c.page())
	return c.ok(list, err)
}

func (a *API) createMyMeeting(c *call) error {
	in, once, err := create(c, func(in models.MeetingInput) *string { return in.ID })
	if err != nil {
		return err
	}
	meeting, err := a.store.CreateMyMeeting(c.ctx(), c.actor, once, c.preview, in)
	return c.at(meeting.Version).created(meeting, err)
}

func (a *API) getMyMeeting(c *call) error {
	meeting, err := a.store.MyMeeting(c.ctx(), c.actor, c.id())
	return c.at(meeting.Version).ok(meeting, err)
}

func (a *API) updateMyMeeting(c *call) error {
	in, version, err := change[models.MeetingChange](c)
	if err != nil {
		return err
	}
	meeting, err := a.store.UpdateMyMeeting(c.ctx(), c.actor, c.id(), version, c.preview, in)
	return c.at(meeting.Version).ok(meeting, err)
}

func (a *API) deleteMyMeeting(c *call) error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.done(a.store.DeleteMyMeeting(c.ctx(), c.actor, c.id(), version))
}
