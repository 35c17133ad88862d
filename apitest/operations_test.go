package apitest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

// operation is one route with a request that the right person may make, for the tests that try every route.
type operation struct {
	id       string // operationId
	who      string // the role that may, or anyone, or signed-in, or staff: counselors and admins
	stranger int    // what somebody else of that role gets for the same request
	ask      func(c *cast) ask
}

// ask is one request, made ready: what it names exists, and its body is right.
type ask struct {
	path string
	body object
	as   *apitest.Person // who makes it, when it is not the client, counselor or admin of the cast

	bodyOf func(*cast, *apitest.Person) object // of somebody else than as, where it is different for each
}

// What a stranger gets when it is not a status.
const (
	notFound = http.StatusNotFound
	theirOwn = 1 // the same route, about themselves
	alone    = 2 // nothing in the request could be another person's
)

func fixed(path string) func(*cast) ask { return func(*cast) ask { return ask{path: path} } }

func uuid7() string { return uuid.Must(uuid.NewV7()).String() }

const tuesday = "2026-11-10T18:00"

// weekdays are hours in which somebody is at work.
var weekdays = object{"days": []any{"mo", "tu", "we", "th", "fr"}, "start": "09:00", "end": "17:00"}

func operations() []operation {
	return []operation{
		{"logIn", "anyone", alone, func(c *cast) ask {
			return ask{path: "/v1/auth/login", body: object{"email": c.counselor.Email, "password": apitest.Password, "installation_id": "installation-login"}}
		}},
		{"enroll", "anyone", alone, func(c *cast) ask {
			return ask{path: "/v1/auth/enroll", body: object{"code": c.counselor.Code(c.newClientID()), "installation_id": "installation-enroll",
				"email": uuid7() + "@clients.example", "password": apitest.Password, "time_zone": "America/Chicago", "locale": "en",
				"consents": []any{object{"kind": "push", "text_version": "2026-11", "locale": "es", "granted": true, "expires_at": "2027-05-05T05:05:05Z"}}}}
		}},
		{"acknowledge", "anyone", alone, func(c *cast) ask {
			return ask{path: "/v1/acks", body: object{"acks": []any{object{"push_id": uuid7(), "ack_secret": "c2VjcmV0", "event": "arrived",
				"occurred_at": "2026-11-02T13:00:00Z"}}}}
		}},
		{"getMeta", "anyone", alone, fixed("/v1/meta")},
		{"listConsentTexts", "anyone", alone, fixed("/v1/consent-texts")},
		{"getHealth", "anyone", alone, fixed("/healthz")},
		{"getReadiness", "anyone", alone, fixed("/readyz")},
		{"getOpenAPI", "anyone", alone, fixed("/openapi.yaml")},
		{"getDocs", "anyone", alone, fixed("/docs")},
		{"getDocsFile", "anyone", alone, fixed("/docs/docs.js")},

		{"logOut", "signed-in", alone, func(c *cast) ask { return ask{path: "/v1/auth/logout", as: c.counselor.NewClient("Leaving")} }},
		{"listTokens", "signed-in", theirOwn, fixed("/v1/auth/tokens")},
		{"endToken", "signed-in", notFound, func(c *cast) ask {
			leaving := c.counselor.NewClient("Leaving")
			return ask{path: "/v1/auth/tokens/" + leaving.Get("/v1/auth/tokens").Items()[0].Text("id"), as: leaving}
		}},
		{"changePassword", "signed-in", alone, own("/v1/me/password", (*cast).newPasswordOf)},
		{"beginSecondFactor", "staff", alone, own("/v1/me/second-factor", (*cast).proofOf)},
		{"confirmSecondFactor", "staff", alone, own("/v1/me/second-factor/confirm", (*cast).codeOf)},
		{"renewRecoveryCodes", "staff", alone, own("/v1/me/second-factor/recovery-codes", (*cast).proofOf)},
		{"endSecondFactor", "staff", alone, own("/v1/me/second-factor/end", (*cast).proofOf)},
		{"getMe", "signed-in", theirOwn, fixed("/v1/me")},
		{"updateMe", "signed-in", theirOwn, func(c *cast) ask {
			return ask{path: "/v1/me", body: object{"time_zone": "America/New_York", "time_zone_mode": "fixed", "locale": "en",
				"quiet_hours": object{"start": "22:00", "end": "07:00"}, "quiet_hours_mode": "own", "reminders": object{
					"session": object{"on": true, "leads": []any{"1d", "2h"}}, "meeting": object{"on": true, "leads": []any{"45m"}},
					"homework": object{"on": true, "leads": []any{"1d@18:00"}}, "review": object{"on": true, "leads": []any{"1d@09:00"}},
					"rsvp": object{"on": true}}, "unavailable_hours": []any{weekdays}}}
		}},
		{"listDevices", "signed-in", theirOwn, fixed("/v1/me/devices")},
		{"putDevice", "signed-in", http.StatusUnprocessableEntity, func(c *cast) ask {
			return ask{path: "/v1/me/devices/" + c.client.Installation, body: object{"platform": "android", "registration": c.client.Registration,
				"registration_kind": "token", "presentation": "app", "permission": "granted", "app_version": "1.4.0", "time_zone": "America/New_York"}}
		}},
		{"endDevice", "signed-in", http.StatusUnprocessableEntity, func(c *cast) ask {
			c.client.PutDevice(fcmtest.Android, c.client.Registration).Want(http.StatusOK)
			return ask{path: "/v1/me/devices/" + c.client.Installation}
		}},
		{"proveDevice", "signed-in", http.StatusUnprocessableEntity, func(c *cast) ask {
			next := c.counselor.NewClient("Next")
			takes(next, c.counselor.NewClient("Last").NewPhone(fcmtest.Android))
			c.Drain()
			return ask{path: proofPath(next), body: newestProof(next), as: next}
		}},
		{"listConsents", "signed-in", theirOwn, fixed("/v1/me/consents")},
		{"putConsent", "signed-in", theirOwn, func(c *cast) ask {
			return ask{path: "/v1/me/consents/push", body: object{"text_version": "2026-11", "locale": "es", "granted": true,
				"expires_at": "2027-05-05T05:05:05Z", "answered_at": c.now()}}
		}},
		{"listConsentHistory", "signed-in", theirOwn, fixed("/v1/me/consent-history")},
		{"listMyReminders", "signed-in", theirOwn, func(c *cast) ask { c.session(); return ask{path: "/v1/me/reminders"} }},
		{"getMyReminder", "signed-in", notFound, func(c *cast) ask {
			c.session()
			return ask{path: "/v1/me/reminders/" + c.client.Get("/v1/me/reminders").Items()[0].Text("id")}
		}},
		{"whyMyReminder", "signed-in", notFound, func(c *cast) ask {
			c.session()
			return ask{path: "/v1/me/reminders/" + c.client.Get("/v1/me/reminders").Items()[0].Text("id") + "/why"}
		}},

		{"leave", "client", alone, func(c *cast) ask { return ask{path: "/v1/me", as: c.counselor.NewClient("Leaving")} }},
		{"exportMyRecord", "client", theirOwn, fixed("/v1/me/export")},
		{"sync", "client", theirOwn, fixed("/v1/me/sync")},
		{"listMySessions", "client", theirOwn, func(c *cast) ask { c.session(); return ask{path: "/v1/me/sessions"} }},
		{"getMySession", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/sessions/" + c.session()} }},
		{"putRSVP", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/sessions/" + c.session() + "/rsvp", body: object{"answer": "late", "minutes_late": 15, "note": "The bus is late."}}
		}},
		{"putWent", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/sessions/" + c.begun("aftercare") + "/went", body: object{"went": true}}
		}},
		{"listMyMeetings", "client", theirOwn, func(c *cast) ask { c.meeting(); return ask{path: "/v1/me/meetings"} }},
		{"createMyMeeting", "client", alone, func(c *cast) ask {
			return ask{path: "/v1/me/meetings", body: object{"id": uuid7(), "title": "Home group", "tags": []any{"mutual help"}, "time_zone": "America/Chicago",
				"local_start": tuesday, "duration_minutes": 60, "rule": "FREQ=WEEKLY;COUNT=3", "exdates": []any{"2026-11-17T18:00"}, "place": "Library",
				"link": "https://video.example.org/r/4f81"}}
		}},
		{"getMyMeeting", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/meetings/" + c.meeting()} }},
		{"updateMyMeeting", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/meetings/" + c.meeting(), body: object{"title": "Home group", "tags": []any{"step"}, "local_start": "2026-11-10T19:00",
				"duration_minutes": 90, "rule": "FREQ=WEEKLY;COUNT=2", "exdates": []any{"2026-11-17T19:00"}, "place": "Library", "link": "https://video.example.org/r/4f82"}}
		}},
		{"deleteMyMeeting", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/meetings/" + c.meeting()} }},
		{"listMyAssignments", "client", theirOwn, func(c *cast) ask { c.homework(); return ask{path: "/v1/me/assignments"} }},
		{"getMyAssignment", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/assignments/" + c.homework()} }},
		{"putDraft", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/assignments/" + c.practising() + "/draft", body: object{"text": "One so far.", "answers": object{"noticed": "Paydays."}}}
		}},
		{"submitAssignment", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/assignments/" + c.practising() + "/submit", body: object{"text": "Three triggers.",
				"answers": object{"entries": []any{object{"situation": "Payday", "urge": 7}}}, "occurred_at": c.now()}}
		}},
		{"listMyPractice", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/assignments/" + c.practised() + "/practice"} }},
		{"createPractice", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/assignments/" + c.practising() + "/practice", body: object{"id": uuid7(), "occurred_at": c.now(),
				"time_zone": "America/Chicago", "note": "Before work."}}
		}},
		{"deletePractice", "client", notFound, func(c *cast) ask {
			path := "/v1/me/assignments/" + c.practised() + "/practice"
			return ask{path: path + "/" + c.client.Get(path).Items()[0].Text("id")}
		}},
		{"getMyProgress", "client", theirOwn, fixed("/v1/me/progress")},
		{"listMyAuditEvents", "client", theirOwn, fixed("/v1/me/audit-events")},
		{"listContacts", "client", theirOwn, func(c *cast) ask { c.contact(); return ask{path: "/v1/me/contacts"} }},
		{"createContact", "client", alone, func(c *cast) ask {
			return ask{path: "/v1/me/contacts", body: object{"id": uuid7(), "name": "Chris W.", "relation": "sober_peer", "phone": "(201) 555-0142", "prefers": "text",
				"hours": []any{object{"days": []any{"mo", "tu"}, "start": "18:00", "end": "22:00"}}, "time_zone": "America/New_York", "note": "Since March.",
				"shared": true, "position": 2}}
		}},
		{"getContact", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/contacts/" + c.contact()} }},
		{"updateContact", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/contacts/" + c.contact(), body: object{"name": "Chris", "relation": "sponsor", "phone": "+12015550143", "prefers": "call",
				"hours": []any{object{"days": []any{"sa"}, "start": "22:00", "end": "02:00"}}, "time_zone": "America/Chicago", "note": "Since March.",
				"shared": false, "position": 1}}
		}},
		{"deleteContact", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/contacts/" + c.contact()} }},
		{"orderContacts", "client", http.StatusUnprocessableEntity, func(c *cast) ask {
			return ask{path: "/v1/me/contacts/order", body: object{"contact_ids": []any{c.contact(), c.contact()}}}
		}},
		{"importContacts", "client", alone, func(c *cast) ask {
			return ask{path: "/v1/me/contacts/import", body: object{"contacts": []any{object{"id": uuid7(), "name": "Pat", "relation": "family",
				"phone": "(201) 555-0177", "prefers": "call", "hours": []any{object{"days": []any{"su"}, "start": "10:00", "end": "12:00"}},
				"time_zone": "America/New_York", "note": "My sister.", "shared": false, "position": 3}}}}
		}},
		{"noteReachOut", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/contacts/" + c.contact() + "/reach-outs", body: object{"id": uuid7(), "occurred_at": "2026-11-01T02:00:00Z", "way": "call",
				"helped": true, "note": "We talked for an hour."}}
		}},
		{"listReachOuts", "client", theirOwn, func(c *cast) ask { c.reachOut(); return ask{path: "/v1/me/reach-outs"} }},
		{"deleteReachOut", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/reach-outs/" + c.reachOut()} }},
		{"listMyGoals", "client", theirOwn, func(c *cast) ask { c.goal(); return ask{path: "/v1/me/goals"} }},
		{"createGoal", "client", http.StatusUnprocessableEntity, func(c *cast) ask {
			return ask{path: "/v1/me/goals", body: object{"id": uuid7(), "text": "The wedding, sober.", "target_on": "2026-12-05", "status": "open", "position": 1,
				"links": []any{object{"kind": "session", "id": c.session()}}}}
		}},
		{"getMyGoal", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/goals/" + c.goal()} }},
		{"updateGoal", "client", notFound, func(c *cast) ask {
			return ask{path: "/v1/me/goals/" + c.goal(), body: object{"text": "The wedding.", "target_on": "2026-12-06", "status": "reached", "position": 2,
				"links": []any{object{"kind": "assignment", "id": c.homework()}}}}
		}},
		{"deleteGoal", "client", notFound, func(c *cast) ask { return ask{path: "/v1/me/goals/" + c.goal()} }},

		{"listClients", "counselor", theirOwn, fixed("/v1/clients")},
		{"createClient", "counselor", alone, func(c *cast) ask {
			return ask{path: "/v1/clients", body: object{"id": uuid7(), "name": "Jordan Reyes", "level": "iop", "time_zone": "America/New_York", "locale": "en",
				"age_group": "adolescent", "weekly_hours": 6}}
		}},
		{"getClient", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID} }},
		{"updateClient", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/clients/" + c.client.ID, body: object{"name": "Robin Client", "time_zone": "America/New_York", "locale": "en",
				"unavailable_hours": []any{weekdays}}}
		}},
		{"exportClient", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/export"} }},
		{"inviteClient", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/invites"} }},
		{"listEpisodes", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/episodes"} }},
		{"startEpisode", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/clients/" + c.newClientID() + "/episodes", body: object{"id": uuid7(), "level": "outpatient", "starts_at": c.now(),
				"age_group": "adult", "weekly_hours": 3}}
		}},
		{"dischargeClient", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/clients/" + c.newClientID() + "/discharge", body: object{"reason": "completed", "aftercare_consent": true, "text_version": "2026-11"}}
		}},
		{"listClientSessions", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/sessions"} }},
		{"listClientAssignments", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/assignments"} }},
		{"createAssignment", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/clients/" + c.client.ID + "/assignments", body: object{"id": uuid7(), "template": "trigger_log", "title": "Sleep diary",
				"instructions": "Each morning.", "due": "2026-11-20T22:00:00Z",
				"practice": object{"rule": "FREQ=DAILY;COUNT=14", "starts_on": "2026-11-03", "remind_at": "18:00"}}}
		}},
		{"listClientConsents", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/consents"} }},
		{"withdrawClientConsent", "counselor", notFound, func(c *cast) ask {
			c.client.Put("/v1/me/consents/family_sessions", signed()).Want(http.StatusOK)
			return ask{path: "/v1/clients/" + c.client.ID + "/consents/family_sessions/withdraw"}
		}},
		{"listClientContacts", "counselor", notFound, func(c *cast) ask {
			c.share(c.contact())
			return ask{path: "/v1/clients/" + c.client.ID + "/contacts"}
		}},
		{"listClientGoals", "counselor", notFound, func(c *cast) ask { c.goal(); return ask{path: "/v1/clients/" + c.client.ID + "/goals"} }},
		{"commentOnGoal", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/goals/" + c.goal() + "/comments", body: object{"id": uuid7(), "text": "Who could you call from there?"}}
		}},
		{"getClientProgress", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/progress"} }},
		{"listClientReminders", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.client.ID + "/reminders"} }},
		{"getClientReminder", "counselor", notFound, func(c *cast) ask {
			c.session()
			path := "/v1/clients/" + c.client.ID + "/reminders"
			return ask{path: path + "/" + c.counselor.Get(path).Items()[0].Text("id")}
		}},
		{"testPush", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/clients/" + c.newClientID() + "/test-push"} }},
		{"listUnreachable", "counselor", theirOwn, func(c *cast) ask { c.newClientID(); return ask{path: "/v1/unreachable"} }},
		{"getAssignment", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/assignments/" + c.homework()} }},
		{"updateAssignment", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/assignments/" + c.homework(), body: object{"title": "Sleep diary", "instructions": "", "due": "2026-11-21T22:00:00Z"}}
		}},
		{"listPractice", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/assignments/" + c.practised() + "/practice"} }},
		{"listTemplates", "counselor", alone, fixed("/v1/templates")},
		{"getTemplate", "counselor", alone, fixed("/v1/templates/thought_record")},
		{"listAssignments", "counselor", theirOwn, func(c *cast) ask { c.submitted(); return ask{path: "/v1/assignments"} }},
		{"reviewAssignment", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/assignments/" + c.submitted() + "/review", body: object{"decision": "accepted", "comment": "Thank you."}}
		}},
		{"receiveAssignment", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/assignments/" + c.homework() + "/receive"} }},
		{"withdrawAssignment", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/assignments/" + c.homework() + "/withdraw"} }},
		{"createGroupAssignments", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/series/" + c.series(c.client, c.fellow) + "/assignments", body: object{"template": "reading", "title": "Chapter 2", "instructions": "",
				"due": "next_session", "practice": object{"rule": "FREQ=WEEKLY;COUNT=3", "starts_on": "2026-11-03", "remind_at": "18:00"}}}
		}},
		{"listSeries", "counselor", theirOwn, func(c *cast) ask { c.session(); return ask{path: "/v1/series"} }},
		{"createSeries", "counselor", http.StatusUnprocessableEntity, func(c *cast) ask {
			return ask{path: "/v1/series", body: object{"id": uuid7(), "title": "Evening group", "kind": "group", "tags": []any{"track-a"},
				"time_zone": "America/New_York", "local_start": tuesday, "duration_minutes": 180, "rule": "FREQ=WEEKLY;COUNT=3",
				"exdates": []any{"2026-11-17T18:00"}, "place": "Room 2", "link": "https://video.example.org/r/4f81", "capacity": 12,
				"leads": []any{"1d", "2h"}, "facilitator_ids": []any{c.counselor.ID}, "client_ids": []any{c.newClientID()}}}
		}},
		{"getSeries", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/series/" + c.series()} }},
		{"updateSeries", "counselor", notFound, func(c *cast) ask {
			series := c.series(c.client)
			return ask{path: "/v1/series/" + series, body: object{"from_session_id": c.firstOf(series), "title": "Check-in", "tags": []any{"track-b"}, "capacity": 3, "leads": []any{"3h"},
				"local_start": "2026-11-10T19:00", "duration_minutes": 90, "rule": "FREQ=WEEKLY;COUNT=2", "exdates": []any{"2026-11-17T19:00"},
				"place": "Room 3", "link": "https://video.example.org/r/4f82", "facilitator_ids": []any{c.counselor.ID}}}
		}},
		{"endSeries", "counselor", notFound, func(c *cast) ask {
			series := c.series(c.client)
			return ask{path: "/v1/series/" + series + "/end", body: object{"from_session_id": c.firstOf(series)}}
		}},
		{"addSession", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/series/" + c.series(c.client) + "/sessions", body: object{"id": uuid7(), "local_start": "2026-11-14T10:00", "duration_minutes": 90}}
		}},
		{"listRoster", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/series/" + c.series(c.client) + "/roster"} }},
		{"addToRoster", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/series/" + c.series() + "/roster", body: object{"client_id": c.client.ID, "from": c.now(), "until": "2026-12-01T00:00:00Z"}}
		}},
		{"updateRoster", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/series/" + c.series(c.client) + "/roster/" + c.client.ID, body: object{"from": c.now(), "until": "2026-12-01T00:00:00Z"}}
		}},
		{"removeFromRoster", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/series/" + c.series(c.client) + "/roster/" + c.client.ID} }},
		{"listSessions", "counselor", theirOwn, func(c *cast) ask { c.session(); return ask{path: "/v1/sessions"} }},
		{"getSession", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/sessions/" + c.session()} }},
		{"updateSession", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/sessions/" + c.session(), body: object{"local_start": "2026-11-10T19:30", "duration_minutes": 90, "place": "Room 3",
				"link": "https://video.example.org/r/4f82", "facilitator_ids": []any{c.counselor.ID},
				"materials": []any{object{"title": "Urge surfing", "text": "Bring a pen.", "link": "https://clinic.example.org/urge-surfing.pdf"}}}}
		}},
		{"getAttendance", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/sessions/" + c.session() + "/attendance"} }},
		{"putAttendance", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/sessions/" + c.begun("group") + "/attendance", body: object{"records": []any{object{"client_id": c.client.ID, "status": "late", "minutes": 30}}}}
		}},
		{"getSessionReminders", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/sessions/" + c.session() + "/reminders"} }},
		{"cancelSession", "counselor", notFound, func(c *cast) ask { return ask{path: "/v1/sessions/" + c.session() + "/cancel"} }},
		{"cancelSessions", "counselor", notFound, func(c *cast) ask {
			return ask{path: "/v1/sessions/cancel", body: object{"session_ids": []any{c.session(), c.session()}}}
		}},

		{"listConflicts", "counselor", theirOwn, func(c *cast) ask { c.session(); c.session(); return ask{path: "/v1/conflicts"} }},
		{"listBookings", "counselor", alone, func(c *cast) ask { c.session(); return ask{path: "/v1/bookings?place=Room+2"} }},

		{"getClinic", "admin", theirOwn, fixed("/v1/clinic")},
		{"updateClinic", "admin", theirOwn, func(c *cast) ask {
			return ask{path: "/v1/clinic", body: object{"name": "Riverbend Recovery Center", "display_name": "Riverbend", "time_zone": "America/New_York",
				"locale": "en", "region": "US", "second_factor_required": false, "front_desk_phone": "201-555-0100", "after_hours_phone": "201-555-0101", "on_call_phone": "201-555-0102",
				"reminders": object{"leads": object{"session": []any{"1d", "2h"}, "meeting": []any{"1d"}, "homework": []any{"1d@18:00", "3h"},
					"review": []any{"2d@09:00"}}, "quiet_hours": object{"start": "22:00", "end": "07:00"}, "gather_minutes": 10, "daily_cap": 4}}}
		}},
		{"listStaff", "admin", theirOwn, fixed("/v1/staff")},
		{"createStaff", "admin", alone, func(c *cast) ask {
			return ask{path: "/v1/staff", body: object{"id": uuid7(), "role": "counselor", "name": "Sam Okafor", "email": uuid7() + "@clinic.example"}}
		}},
		{"deactivateStaff", "admin", notFound, func(c *cast) ask { return ask{path: "/v1/staff/" + c.newStaffID()} }},
		{"inviteStaff", "admin", notFound, func(c *cast) ask { return ask{path: "/v1/staff/" + c.newStaffID() + "/invites"} }},
		{"resetSecondFactor", "admin", notFound, func(c *cast) ask {
			careless := c.Admin.NewCounselor("Careless")
			careless.SetUpInNoTime()
			return ask{path: "/v1/staff/" + careless.ID + "/second-factor"}
		}},
		{"listAuditEvents", "admin", theirOwn, func(c *cast) ask { // by somebody else: that the admin looks is noted, too
			return ask{path: "/v1/audit-events?actor_id=" + c.former.ID}
		}},
		{"listCaseload", "admin", theirOwn, fixed("/v1/caseload")},
		{"createCaseloadEntry", "admin", http.StatusUnprocessableEntity, func(c *cast) ask {
			return ask{path: "/v1/caseload", body: object{"id": uuid7(), "counselor_id": c.colleague.ID, "covers_id": c.newStaffID(),
				"from": "2026-12-01T00:00:00Z", "until": "2026-12-08T00:00:00Z"}}
		}},
		{"endCaseloadEntry", "admin", notFound, func(c *cast) ask {
			return ask{path: "/v1/caseload/" + c.Admin.Post("/v1/caseload", object{"counselor_id": c.colleague.ID, "client_id": c.newClientID()}).
				Want(http.StatusCreated).Text("id")}
		}},
	}
}

// own is a request that only its person can make, and that the others of the cast must not: somebody new makes it.
func own(path string, body func(c *cast, p *apitest.Person) object) func(*cast) ask {
	return func(c *cast) ask {
		p := c.Admin.NewCounselor("Careful")
		return ask{path: path, as: p, body: body(c, p), bodyOf: body}
	}
}

func (c *cast) newPasswordOf(p *apitest.Person) object {
	if p.Email == "" {
		withPassword(p)
	}
	return object{"current_password": apitest.Password, "new_password": apitest.Password, "email": p.Email}
}

func (c *cast) proofOf(p *apitest.Person) object {
	return object{"password": apitest.Password, "one_time_code": p.SetUpInNoTime().RecoveryCodes[0]}
}

func (c *cast) codeOf(p *apitest.Person) object {
	return object{"one_time_code": p.BeginSecondFactor().Code()}
}

// withPassword gives a client one.
func withPassword(client *apitest.Person) {
	client.T.Helper()
	client.Email = uuid7() + "@clients.example"
	client.Put("/v1/me/password", object{"new_password": apitest.Password, "email": client.Email}).Want(http.StatusNoContent)
}

type described struct {
	*openapi3.Operation
	method, template string
}

// contract is the operations of openapi.yaml by operationId.
func contract(t *testing.T) map[string]described {
	t.Helper()
	all := map[string]described{}
	for path, item := range apitest.Document(t).Paths.Map() {
		for method, op := range item.Operations() {
			all[op.OperationID] = described{op, method, path}
		}
	}
	return all
}

// inputOf is the schema of an operation's body, nil without one.
func (d described) inputOf() *openapi3.Schema {
	if d.RequestBody == nil {
		return nil
	}
	return d.RequestBody.Value.Content.Get("application/json").Schema.Value
}

// does makes the request of an operation as somebody.
func (d described) does(p *apitest.Person, a ask, headers ...string) apitest.Reply {
	p.T.Helper()
	if a.body == nil {
		return p.Call(d.method, a.path, nil, headers...)
	}
	return p.Call(d.method, a.path, a.body, headers...)
}

func TestEveryRouteHasARowInTheAccessMatrix(t *testing.T) {
	rows := map[string]bool{}
	for _, op := range operations() {
		rows[op.id] = true
		if described, known := contract(t)[op.id]; !known {
			t.Errorf("%s is not in openapi.yaml", op.id)
		} else if who := fmt.Sprint(described.Extensions["x-roles"]); who != "["+op.who+"]" && (who != "[counselor admin]" || op.who != "staff") {
			t.Errorf("%s is for %s here and for %v in openapi.yaml", op.id, op.who, who)
		}
	}
	for id := range contract(t) {
		if !rows[id] {
			t.Errorf("%s has no row in operations(): who may use it, and what do others get?", id)
		}
	}
}
