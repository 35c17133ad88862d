package api

import "handrail/models"

// routes is everything that Handrail answers: method, path, who may, handler.
func (a *API) routes() []route {
	const (
		anyone    = models.Right("")
		signedIn  = models.SignedIn
		ownCare   = models.OwnCare
		giveCare  = models.GiveCare
		runClinic = models.RunClinic
	)
	return []route{
		{"POST", "/v1/auth/login", anyone, a.logIn},
		{"POST", "/v1/auth/enroll", anyone, a.enroll},
		{"POST", "/v1/acks", anyone, a.acknowledge},
		{"GET", "/v1/meta", anyone, a.getMeta},
		{"GET", "/healthz", anyone, a.getHealth},
		{"GET", "/readyz", anyone, a.getReadiness},
		{"GET", "/openapi.yaml", anyone, a.getOpenAPI},

		{"POST", "/v1/auth/logout", signedIn, a.logOut},
		{"GET", "/v1/auth/tokens", signedIn, a.listTokens},
		{"DELETE", "/v1/auth/tokens/:id", signedIn, a.endToken},
		{"GET", "/v1/me", signedIn, a.getMe},
		{"PATCH", "/v1/me", signedIn, a.updateMe},
		{"GET", "/v1/me/devices", signedIn, a.listDevices},
		{"PUT", "/v1/me/devices/:installation_id", signedIn, a.putDevice},
		{"DELETE", "/v1/me/devices/:installation_id", signedIn, a.endDevice},
		{"GET", "/v1/me/consents", signedIn, a.listConsents},
		{"PUT", "/v1/me/consents/:kind", signedIn, a.putConsent},
		{"GET", "/v1/me/reminders", signedIn, a.listMyReminders},
		{"GET", "/v1/me/reminders/:id", signedIn, a.getMyReminder},

		{"GET", "/v1/me/sessions", ownCare, a.listMySessions},
		{"GET", "/v1/me/sessions/:id", ownCare, a.getMySession},
		{"PUT", "/v1/me/sessions/:id/rsvp", ownCare, a.putRSVP},
		{"PUT", "/v1/me/sessions/:id/went", ownCare, a.putWent},
		{"GET", "/v1/me/meetings", ownCare, a.listMyMeetings},
		{"POST", "/v1/me/meetings", ownCare, a.createMyMeeting},
		{"GET", "/v1/me/meetings/:id", ownCare, a.getMyMeeting},
		{"PATCH", "/v1/me/meetings/:id", ownCare, a.updateMyMeeting},
		{"DELETE", "/v1/me/meetings/:id", ownCare, a.deleteMyMeeting},
		{"GET", "/v1/me/assignments", ownCare, a.listMyAssignments},
		{"GET", "/v1/me/assignments/:id", ownCare, a.getMyAssignment},
		{"POST", "/v1/me/assignments/:id/submit", ownCare, a.submitAssignment},
		{"GET", "/v1/me/contacts", ownCare, a.listContacts},
		{"POST", "/v1/me/contacts", ownCare, a.createContact},
		{"GET", "/v1/me/contacts/:id", ownCare, a.getContact},
		{"PATCH", "/v1/me/contacts/:id", ownCare, a.updateContact},
		{"DELETE", "/v1/me/contacts/:id", ownCare, a.deleteContact},

		{"GET", "/v1/clients", giveCare, a.listClients},
		{"POST", "/v1/clients", giveCare, a.createClient},
		{"GET", "/v1/clients/:id", giveCare, a.getClient},
		{"PATCH", "/v1/clients/:id", giveCare, a.updateClient},
		{"POST", "/v1/clients/:id/invites", giveCare, a.inviteClient},
		{"GET", "/v1/clients/:id/episodes", giveCare, a.listEpisodes},
		{"POST", "/v1/clients/:id/episodes", giveCare, a.startEpisode},
		{"POST", "/v1/clients/:id/discharge", giveCare, a.dischargeClient},
		{"GET", "/v1/clients/:id/sessions", giveCare, a.listClientSessions},
		{"GET", "/v1/clients/:id/assignments", giveCare, a.listClientAssignments},
		{"POST", "/v1/clients/:id/assignments", giveCare, a.createAssignment},
		{"GET", "/v1/clients/:id/reminders", giveCare, a.listClientReminders},
		{"GET", "/v1/assignments/:id", giveCare, a.getAssignment},
		{"PATCH", "/v1/assignments/:id", giveCare, a.updateAssignment},
		{"GET", "/v1/series", giveCare, a.listSeries},
		{"POST", "/v1/series", giveCare, a.createSeries},
		{"GET", "/v1/series/:id", giveCare, a.getSeries},
		{"PATCH", "/v1/series/:id", giveCare, a.updateSeries},
		{"POST", "/v1/series/:id/end", giveCare, a.endSeries},
		{"POST", "/v1/series/:id/sessions", giveCare, a.addSession},
		{"GET", "/v1/series/:id/roster", giveCare, a.listRoster},
		{"POST", "/v1/series/:id/roster", giveCare, a.addToRoster},
		{"PATCH", "/v1/series/:id/roster/:client_id", giveCare, a.updateRoster},
		{"DELETE", "/v1/series/:id/roster/:client_id", giveCare, a.removeFromRoster},
		{"GET", "/v1/sessions", giveCare, a.listSessions},
		{"GET", "/v1/sessions/:id", giveCare, a.getSession},
		{"PATCH", "/v1/sessions/:id", giveCare, a.updateSession},
		{"GET", "/v1/sessions/:id/attendance", giveCare, a.getAttendance},
		{"PUT", "/v1/sessions/:id/attendance", giveCare, a.putAttendance},
		{"POST", "/v1/sessions/:id/cancel", giveCare, a.cancelSession},
		{"POST", "/v1/sessions/cancel", giveCare, a.cancelSessions},
		{"GET", "/v1/conflicts", giveCare, a.listConflicts},
		{"GET", "/v1/bookings", giveCare, a.listBookings},

		{"GET", "/v1/clinic", runClinic, a.getClinic},
		{"PATCH", "/v1/clinic", runClinic, a.updateClinic},
		{"GET", "/v1/staff", runClinic, a.listStaff},
		{"POST", "/v1/staff", runClinic, a.createStaff},
		{"DELETE", "/v1/staff/:id", runClinic, a.deactivateStaff},
		{"POST", "/v1/staff/:id/invites", runClinic, a.inviteStaff},
		{"GET", "/v1/caseload", runClinic, a.listCaseload},
		{"POST", "/v1/caseload", runClinic, a.createCaseloadEntry},
		{"DELETE", "/v1/caseload/:id", runClinic, a.endCaseloadEntry},
	}
}
