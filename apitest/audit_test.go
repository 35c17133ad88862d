package apitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/apitest"
)

// noted are the operations that leave a trace in the audit log, and as what.
func noted() map[string]string {
	return map[string]string{"logIn": "sign_in", "enroll": "sign_in", "logOut": "sign_out", "endToken": "sign_out", "putConsent": "give_consent",
		"listClients": "list_clients", "createClient": "create_client", "getClient": "read_client", "updateClient": "update_client",
		"inviteClient": "invite_client", "listEpisodes": "list_episodes", "startEpisode": "start_episode", "dischargeClient": "discharge",
		"listClientSessions": "list_sessions", "listClientAssignments": "list_assignments", "createAssignment": "create_assignment",
		"listClientReminders": "list_reminders", "getClientReminder": "read_reminder", "testPush": "test_push",
		"listUnreachable": "list_unreachable", "getSessionReminders": "read_session_reminders", "getAssignment": "read_assignment",
		"updateAssignment": "update_assignment", "listClientContacts": "list_contacts", "listClientConsents": "list_consents",
		"withdrawClientConsent": "withdraw_consent", "listClientGoals": "list_goals", "commentOnGoal": "comment_on_goal",
		"listAssignments": "list_assignments", "reviewAssignment": "review_assignment", "receiveAssignment": "receive_assignment",
		"withdrawAssignment": "withdraw_assignment", "listPractice": "list_practice", "getClientProgress": "read_progress",
		"createGroupAssignments": "hand_out", "createSeries": "create_series", "listRoster": "list_roster", "addToRoster": "add_to_roster",
		"removeFromRoster": "remove_from_roster", "updateRoster": "update_roster", "updateSeries": "update_series", "endSeries": "end_series",
		"addSession": "add_session", "updateSession": "update_session", "getAttendance": "read_attendance", "putAttendance": "record_attendance",
		"cancelSession": "cancel_session", "cancelSessions": "cancel_session", "listConflicts": "list_conflicts", "updateClinic": "update_clinic",
		"createStaff": "create_staff", "deactivateStaff": "deactivate_staff", "inviteStaff": "invite_staff", "listCaseload": "list_caseload",
		"createCaseloadEntry": "create_caseload_entry", "endCaseloadEntry": "end_caseload_entry", "listAuditEvents": "list_audit_events",
		"resetSecondFactor": "reset_second_factor", "confirmSecondFactor": "set_up_second_factor", "renewRecoveryCodes": "renew_recovery_codes",
		"endSecondFactor": "end_second_factor", "exportClient": "export_record", "exportMyRecord": "export_record", "leave": "leave",
		"beginSecondFactor": "use_recovery_code" /* with which the cast proves who they are */, "changePassword": "change_password"}
}

// unnoted are those that leave none, and why. A client's own of their own record are not among them: they are no access by
// anybody else.
func unnoted() map[string]string {
	const own = "one's own, not a client's record"
	return map[string]string{
		"acknowledge": "a phone tells what became of a push; it learns nothing",
		"getMeta":     "of the server", "getHealth": "of the server", "getReadiness": "of the server", "getOpenAPI": "of the server", "getDocs": "of the server",
		"getDocsFile": "of the server",
		"listTokens":  own, "getMe": own, "updateMe": own, "listDevices": own, "putDevice": own, "proveDevice": own, "endDevice": own, "listConsents": own,
		"listMyReminders": "one's own; those of staff name a session or homework, not its client", "getMyReminder": "as listMyReminders",
		"whyMyReminder": "as listMyReminders",
		"listTemplates": "the library, the same for everybody", "getTemplate": "the library, the same for everybody",
		"listSeries": "when, where and by whom; not for whom", "getSeries": "when, where and by whom; not for whom",
		"listSessions": "when, where and by whom; not for whom", "getSession": "when, where and by whom; not for whom",
		"listBookings": "when a place is taken; not for whom",
		"getClinic":    "of the clinic", "listStaff": "of staff",
		"listConsentTexts": "what people are asked, the same for everybody", "listConsentHistory": own,
	}
}

func TestEveryOperationIsNotedOrSaidToTouchNobodysRecord(t *testing.T) {
	marked, plain := noted(), unnoted()
	for _, op := range operations() {
		if _, isNoted := marked[op.id]; op.who == "client" && !isNoted {
			continue
		}
		_, isNoted := marked[op.id]
		if reason := plain[op.id]; isNoted == (reason != "") {
			t.Errorf("%s: name it in noted() or, with the reason, in unnoted()", op.id)
		}
		delete(marked, op.id)
		delete(plain, op.id)
	}
	if len(marked)+len(plain) > 0 {
		t.Errorf("no such operations: %v %v", marked, plain)
	}
}

func TestStaffReadsAndWritesOfARecordAreInTheAuditLog(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			action := noted()[op.id]
			a := op.ask(c)
			person := c.right(op, a)
			events := func() int { return w.Count("audit_events", "action = $1", action) }
			before := events()
			if wrong := c.wrongRoles(op); len(wrong) > 0 {
				spec[op.id].does(wrong[0], a)
				if events() != before {
					t.Errorf("%s: what was refused is noted as done", op.id)
				}
			}
			all := w.Count("audit_events", "true")
			reply := spec[op.id].does(person, a)
			switch now := w.Count("audit_events", "true"); {
			case action != "" && events() == before:
				t.Errorf("%s is not noted as %s", op.id, action)
			case action == "" && now != all:
				t.Errorf("%s is noted", op.id)
			}
			c.told(op, person, reply, all)
		}
		about := w.Count("audit_events", "actor_id = $1 AND client_id = $2 AND action = 'read_client'", c.former.ID, c.client.ID)
		if about != 1 {
			t.Errorf("the former counselor's reading is noted %d times", about)
		}
	})
}

// told checks that each client whom an answer to staff names can read that it was given, since there were so many events.
func (c *cast) told(op operation, reader *apitest.Person, reply apitest.Reply, since int) {
	c.T.Helper()
	if op.who != "counselor" && op.who != "admin" {
		return
	}
	var told []string
	for _, row := range c.Rows("SELECT client_id, actor_id FROM audit_events ORDER BY id")[since:] {
		if id, who, _ := strings.Cut(row, " "); who == reader.ID {
			told = append(told, id)
		}
	}
	for _, id := range c.Rows("SELECT id FROM users WHERE role IN ('client', 'family')") {
		if strings.Contains(reply.Raw(), id) && !slices.Contains(told, id) {
			c.T.Errorf("%s names a client who is not told of it: %s", op.id, reply.Raw())
		}
	}
}

func TestWhatCannotBeNotedIsNeitherShownNorDone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		type prepared struct {
			operation
			ask
			person *apitest.Person
		}
		var all []prepared
		for _, op := range operations() {
			if noted()[op.id] != "" {
				a := op.ask(c)
				all = append(all, prepared{op, a, c.right(op, a)})
			}
		}
		w.Rows(map[bool]string{
			true:  "CREATE TRIGGER no_room BEFORE INSERT ON audit_events BEGIN SELECT RAISE(FAIL, 'no room'); END",
			false: "ALTER TABLE audit_events ADD CONSTRAINT no_room CHECK (false) NOT VALID"}[strings.HasPrefix(w.DB.URL, "sqlite:")])
		before := w.Stored("attempts") // tries are counted, whatever comes of them
		for _, p := range all {
			if reply := unspecified(p.person, spec[p.id].method, p.path, p.body); !strings.HasPrefix(reply, `{"type":"about:blank","title":"Internal Server Error"`) {
				t.Errorf("%s: %s", p.id, reply)
			}
		}
		unchanged(t, before, w.Stored("attempts"))
	})
}

// unspecified is the body of an answer that the contract does not know: a fault of the server's.
func unspecified(p *apitest.Person, method, path string, body object) string {
	p.T.Helper()
	var text bytes.Buffer
	if body != nil {
		_ = json.NewEncoder(&text).Encode(body)
	}
	request, err := http.NewRequest(method, p.URL+path, &text)
	if err != nil {
		p.T.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.Token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.T.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.T.Fatal(err)
	}
	return string(answer)
}

func TestWhileTheAuditLogIsHeldNoRecordIsShown(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin Client")
		release := w.Busy()
		reply := counselor.Get("/v1/clients/" + client.ID).Want(http.StatusServiceUnavailable)
		if strings.Contains(reply.Raw(), "Robin") {
			t.Error(reply.Raw())
		}
		release()
		counselor.Get("/v1/clients/" + client.ID).Want(http.StatusOK)
	})
}

func TestWhatThePhoneHasAlreadyIsReadAllTheSame(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		path := "/v1/clients/" + counselor.NewClient("Robin").ID
		tag := counselor.Get(path).Want(http.StatusOK).Header.Get("ETag")
		counselor.Call("GET", path, nil, "If-None-Match", tag).Want(http.StatusNotModified)
		if n := w.Count("audit_events", "action = 'read_client'"); n != 2 {
			t.Errorf("of two readings %d are noted", n)
		}
	})
}

func TestTheAnswerToWhatWasDoneBeforeIsReadAgain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		w.Clock.Advance(time.Minute)
		in := object{"id": uuid7(), "title": "Sleep diary", "instructions": "", "due": "2026-11-20T22:00:00Z"}
		counselor.Post("/v1/clients/"+client.ID+"/assignments", in).Want(http.StatusCreated)
		client.Put("/v1/me/assignments/"+in["id"].(string)+"/draft", object{"text": "Two so far."}).Want(http.StatusOK)
		w.Clock.Advance(24 * time.Hour)
		counselor.Post("/v1/clients/"+client.ID+"/assignments", in).Want(http.StatusCreated)
		if n := w.Count("audit_events", "action = 'ask_again' AND client_id = $1 AND subject_id = $2", client.ID, in["id"]); n != 1 {
			t.Errorf("that the counselor saw it again is noted %d times", n)
		}
	})
}

func TestAClientReadsWhoOpenedTheirRecordInTheirLanguage(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana, lee := w.Admin.NewCounselor("Dana Counselor"), w.Admin.NewCounselor("Lee Facilitator")
		robin, casey := dana.NewClient("Robin"), dana.NewClient("Casey")
		robin.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		series := dana.NewSeries(group(object{"facilitator_ids": []string{dana.ID, lee.ID}}), robin, casey)
		reads := func(p *apitest.Person, path, what string) {
			t.Helper()
			w.Clock.Advance(time.Minute)
			p.Get(path).Want(http.StatusOK)
			first := robin.Get("/v1/me/audit-events?limit=1").Want(http.StatusOK).Items()[0]
			who, _ := first["who"].(map[string]any)
			if who["id"] != p.ID || first["what"] != what || first.Text("at") != w.Clock.Now().UTC().Format(time.RFC3339) {
				t.Errorf("%s: the client reads %v", path, first)
			}
		}
		reads(dana, "/v1/clients/"+robin.ID, "Abrió tu perfil.")
		reads(dana, "/v1/clients", "Te vio en la lista de clientes.")
		reads(lee, "/v1/series/"+series+"/roster", "Te vio en la lista de quienes van a una serie de sesiones.")
		reads(w.Admin, "/v1/audit-events?client_id="+robin.ID, "Consultó quién abrió tu expediente.")
		list := robin.Get("/v1/me/audit-events?limit=200").Want(http.StatusOK)
		if strings.Contains(list.Raw(), casey.ID) || strings.Contains(list.Raw(), "Casey") {
			t.Errorf("another client is named: %s", list.Raw())
		}
		if casey.Get("/v1/me/audit-events?limit=200").Want(http.StatusOK); strings.Contains(casey.Get("/v1/me/audit-events").Raw(), robin.ID) {
			t.Error("another client is named")
		}
	})
}

func TestTriesToSignInAreNotedOfWhomeverTheyNameAndTellNobodyWhetherThereIsSuchAPerson(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		dana := w.Admin.NewCounselor("Dana")
		client := dana.NewClient("Robin")
		client.Email = "robin@home.example"
		enroll(client, dana.Code(client.ID), object{"password": apitest.Password, "email": client.Email}).Want(http.StatusCreated)
		for _, email := range []string{client.Email, dana.Email, "nobody@home.example"} {
			logIn(w.Nobody(), email, "another battery staple").WantProblem(http.StatusUnauthorized, "wrong_credentials")
		}
		rows := w.Rows("SELECT CASE WHEN clinic_id = 'server' THEN 'server' ELSE 'clinic' END, actor_id, client_id, subject_id FROM audit_events WHERE action = 'sign_in_failed' ORDER BY id")
		want := []string{fmt.Sprintf("clinic <nil> %s %s", client.ID, client.ID), fmt.Sprintf("clinic <nil> <nil> %s", dana.ID), "server <nil> <nil> <nil>"}
		if !slices.Equal(rows, want) {
			t.Errorf("noted: %v", rows)
		}
		first := client.SignIn().Get("/v1/me/audit-events").Want(http.StatusOK).Items()
		if !slices.ContainsFunc(first, func(e apitest.Object) bool {
			return e["who"] == nil && strings.HasPrefix(e.Text("what"), "Somebody tried to sign in")
		}) {
			t.Errorf("the client is not told: %v", first)
		}
	})
}

func TestAnAdminFindsWhoDidWhatByClientByPersonAndByTime(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c := newCast(w)
		w.Clock.Advance(time.Hour)
		at := c.now()
		c.counselor.Get("/v1/clients/" + c.fellow.ID).Want(http.StatusOK)
		w.Clock.Advance(time.Hour)
		c.cover.Post("/v1/auth/logout", object{})
		find := func(query string) (found []string) {
			t.Helper()
			for _, e := range w.Admin.Get("/v1/audit-events?limit=200&" + query).Want(http.StatusOK).Items() {
				who, _ := e["actor"].(map[string]any)
				found = append(found, fmt.Sprint(who["name"], " ", e["action"]))
			}
			return found
		}
		if got := find("client_id=" + c.fellow.ID + "&from=" + at + "&to=" + c.now()); !slices.Equal(got, []string{"Dana Counselor read_client"}) {
			t.Errorf("of the client: %v", got)
		}
		if got := find("actor_id=" + c.counselor.ID + "&from=" + at); !slices.Equal(got, []string{"Dana Counselor read_client"}) {
			t.Errorf("of the counselor: %v", got)
		}
		byWhom := map[string]bool{}
		for _, e := range find("to=" + at) {
			byWhom[strings.Fields(e)[0]] = true
		}
		if !byWhom["Ada"] || !byWhom["Dana"] || !byWhom["Robin"] || byWhom["Max"] || byWhom["Toni"] { // the last two are another clinic's
			t.Errorf("of everybody of the clinic, and nobody else's: %v", byWhom)
		}
		if got := c.otherAdmin.Get("/v1/audit-events?client_id=" + c.fellow.ID).Want(http.StatusOK).Items(); len(got) > 0 {
			t.Errorf("another clinic's admin sees %v", got)
		}
	})
}
