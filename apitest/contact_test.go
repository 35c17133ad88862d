package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// newContact adds a contact of this client's and returns its id.
func newContact(client *apitest.Person, name string, more object) string {
	in := object{"name": name, "relation": "sober_peer", "phone": "+12015550142"}
	for field, value := range more {
		in[field] = value
	}
	return client.Post("/v1/me/contacts", in).Want(http.StatusCreated).Text("id")
}

func TestAContactIsReachableInTheirHoursOnTheirOwnClock(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		evenings := []object{{"days": []string{"mo", "tu", "we", "th", "fr"}, "start": "18:00", "end": "22:00"}}
		here := newContact(client, "Chris", object{"hours": evenings})
		chicago := newContact(client, "Pat", object{"hours": evenings, "time_zone": "America/Chicago"})
		night := newContact(client, "Sam", object{"hours": []object{{"days": []string{"mo"}, "start": "21:00", "end": "02:00"}}})
		unknown := newContact(client, "Lee", nil)
		client.Patch("/v1/me", object{"time_zone": "America/Los_Angeles", "time_zone_mode": "fixed"}).Want(http.StatusOK) // those at home stay there
		for _, step := range []struct {
			at   string
			want map[string]string
		}{
			{"2026-11-02T14:00:00Z", map[string]string{here: "false 2026-11-02T23:00:00Z", chicago: "false 2026-11-03T00:00:00Z", night: "false 2026-11-03T02:00:00Z"}},
			{"2026-11-02T23:00:00Z", map[string]string{here: "true <nil>", chicago: "false 2026-11-03T00:00:00Z"}},
			{"2026-11-03T03:00:00Z", map[string]string{here: "false 2026-11-03T23:00:00Z", chicago: "true <nil>", night: "true <nil>"}},
			{"2026-11-03T07:00:00Z", map[string]string{night: "false 2026-11-10T02:00:00Z"}}, // its end, after midnight
			{"2027-03-13T16:00:00Z", map[string]string{here: "false 2027-03-15T22:00:00Z"}},  // the clocks change on Sunday
		} {
			w.Clock.Set(t, step.at)
			step.want[unknown] = "<nil> <nil>"
			listed := map[string]object{}
			for _, item := range client.Get("/v1/me/contacts").Want(http.StatusOK).Items() {
				listed[item.Text("id")] = object(item)
			}
			for id, want := range step.want {
				for _, c := range []object{object(client.Get("/v1/me/contacts/" + id).Want(http.StatusOK).Object), listed[id]} {
					if got := fmt.Sprint(c["reachable_now"], " ", c["reachable_from"]); got != want {
						t.Errorf("%s at %s: %s, want %s", c.Text("name"), step.at, got, want)
					}
				}
			}
		}
		if zone := client.Get("/v1/me/contacts/" + here).Text("time_zone"); zone != "America/New_York" {
			t.Errorf("a contact at home moved with the client to %s", zone)
		}
		if got := client.Patch("/v1/me/contacts/"+here, object{"hours": []object{}}).Want(http.StatusOK); got.Object["reachable_now"] != nil {
			t.Errorf("without hours it is not known: %s", got.Raw())
		}
	})
}

func TestAChangeOfAContactLeavesWhatItDoesNotName(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		hours := []object{{"days": []string{"sa"}, "start": "10:00", "end": "12:00"}}
		id := newContact(client, "Chris", object{"prefers": "text", "hours": hours, "time_zone": "America/Denver", "note": "Since March.", "shared": true, "position": 3})
		rest := func(but ...string) object {
			t.Helper()
			got := object(client.Get("/v1/me/contacts/" + id).Want(http.StatusOK).Object)
			for _, field := range append(but, "version") {
				delete(got, field)
			}
			return got
		}
		for _, change := range []object{{"name": "Christine"}, {"prefers": "call"}, {"hours": []object{}}, {"time_zone": "America/Chicago"}, {"note": nil},
			{"note": "Since April."}, {"shared": false}, {"position": 0}, {"phone": "(201) 555-0143"}} {
			var field string
			for field = range change {
			}
			reach := []string{field, "reachable_now", "reachable_from"}
			before := rest(reach...)
			client.Patch("/v1/me/contacts/"+id, change).Want(http.StatusOK)
			if diff := cmp.Diff(before, rest(reach...)); diff != "" {
				t.Errorf("changing %s changed more: %s", field, diff)
			}
		}
		got := client.Get("/v1/me/contacts/" + id)
		if got.Text("note") != "Since April." || got.Text("prefers") != "call" || got.Object["shared"] != false || got.Text("phone") != "+12015550143" {
			t.Errorf("it is now %s", got.Raw())
		}
	})
}

func TestContactsArePutInOrderInOneCallAndTheOthersFollow(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, fellow := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		ids := map[string]string{}
		for _, name := range []string{"a", "b", "c", "d"} {
			ids[name] = newContact(client, name, nil)
			w.Clock.Advance(time.Second)
		}
		theirs := newContact(fellow, "x", nil)
		order := func(ids ...string) apitest.Reply {
			return client.Put("/v1/me/contacts/order", object{"contact_ids": ids})
		}
		stands := func(want string) {
			t.Helper()
			var got []string
			for _, c := range client.Get("/v1/me/contacts").Want(http.StatusOK).Items() {
				got = append(got, fmt.Sprintf("%s%v.%v", c.Text("name"), c["position"], c["version"]))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%v, want %s", got, want)
			}
		}
		stands("a0.1 b0.1 c0.1 d0.1")
		answer := order(ids["c"], ids["a"]).Want(http.StatusOK)
		stands("c0.1 a1.2 b2.2 d3.2")
		if first := answer.Items()[0]; len(answer.Items()) != 4 || first.Text("id") != ids["c"] || first["version"] != 1.0 || answer.Object["crisis_lines"] == nil {
			t.Errorf("the answer is %s", answer.Raw())
		}
		before := w.Rows("SELECT last FROM sequences WHERE user_id = $1", client.ID)
		order(ids["c"], ids["a"]).Want(http.StatusOK)
		order(ids["d"], theirs).WantField("contact_ids[1]")
		order(ids["d"], uuid7()).WantField("contact_ids[1]")
		order(ids["d"], ids["d"]).WantField("contact_ids[1]")
		stands("c0.1 a1.2 b2.2 d3.2")
		if diff := cmp.Diff(before, w.Rows("SELECT last FROM sequences WHERE user_id = $1", client.ID)); diff != "" {
			t.Error("the feed tells of what did not change")
		}
		order(ids["c"], ids["b"]).Want(http.StatusOK)
		stands("c0.1 b1.3 a2.3 d3.2")
		told := w.Count("changes", "client_id = $1 AND kind = 'contact' AND seq > $2", client.ID, number(t, before[0]))
		if told != 2 {
			t.Errorf("the feed tells of %d contacts, and two moved", told)
		}
	})
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheClinicsTelephonesComeInTheReadersLanguageWithEveryContact(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		if got := client.Get("/v1/me").Object["clinic_contacts"]; cmp.Diff([]any{}, got) != "" {
			t.Errorf("before any is entered: %v", got)
		}
		w.Admin.Patch("/v1/clinic", object{"front_desk_phone": "(201) 555-0100", "on_call_phone": "201 555 0102"}).Want(http.StatusOK)
		w.Admin.Patch("/v1/clinic", object{"on_call_phone": "911"}).WantField("on_call_phone")
		list := func(r apitest.Reply) string {
			var all []string
			for _, entry := range r.Object["clinic_contacts"].([]any) {
				c := object(entry.(map[string]any))
				all = append(all, c.Text("kind")+" "+c.Text("label")+" "+c.Text("phone")+" "+c.Text("tel"))
			}
			return strings.Join(all, ", ")
		}
		want := "front_desk Front desk +12015550100 tel:+12015550100, on_call On call +12015550102 tel:+12015550102"
		id := newContact(client, "Chris", nil)
		for what, r := range map[string]apitest.Reply{"me": client.Get("/v1/me"), "the list": client.Get("/v1/me/contacts"), "one": client.Get("/v1/me/contacts/" + id),
			"a change": client.Patch("/v1/me/contacts/"+id, object{"position": 1}), "the order": client.Put("/v1/me/contacts/order", object{"contact_ids": []string{id}}),
			"an import":   client.Post("/v1/me/contacts/import", object{"contacts": []object{{"name": "P", "relation": "other", "phone": "+12015550143"}}}),
			"a reach-out": client.Post("/v1/me/contacts/"+id+"/reach-outs", object{}), "reach-outs": client.Get("/v1/me/reach-outs"),
			"a removal": client.Delete("/v1/me/contacts/" + newContact(client, "Lee", nil))} {
			if !done(r) || list(r) != want {
				t.Errorf("%s: %s", what, r.Raw())
			}
		}
		client.Patch("/v1/me", object{"locale": "es"}).Want(http.StatusOK)
		if got := list(client.Get("/v1/me/contacts")); !strings.HasPrefix(got, "front_desk Recepción ") {
			t.Errorf("in Spanish: %s", got)
		}
	})
}

func TestAnImportAddsAllOrNothingAndNamesEachThatIsWrong(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, fellow := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		there, theirs := newContact(client, "Chris", nil), newContact(fellow, "Kim", nil)
		entry := func(name, phone string) object {
			return object{"name": name, "relation": "other", "phone": phone}
		}
		send := func(all ...object) apitest.Reply {
			return client.Post("/v1/me/contacts/import", object{"contacts": all})
		}
		before := w.Stored()
		wrong := send(entry("A", "+12015550150"), entry("", "+12015550151"), entry("C", "911"), object{"name": "D", "relation": "foe", "phone": "12"})
		for _, field := range []string{"contacts[1].name", "contacts[2].phone", "contacts[3].relation", "contacts[3].phone"} {
			wrong.WantField(field)
		}
		if !strings.Contains(wrong.Raw(), `"not_a_phone_number"`) || strings.Contains(wrong.Raw(), "contacts[0]") {
			t.Errorf("named: %s", wrong.Raw())
		}
		for _, taken := range []string{there, theirs} {
			chosen := entry("B", "+12015550151")
			chosen["id"] = taken
			if got := send(entry("A", "+12015550150"), chosen).WantProblem(http.StatusConflict, "id_taken"); !names(got, "contacts[1].id") {
				t.Errorf("not named: %s", got.Raw())
			}
		}
		one, other, id := entry("A", "+12015550150"), entry("B", "+12015550151"), uuid7()
		one["id"], other["id"] = id, id
		if got := send(one, other).WantProblem(http.StatusConflict, "id_taken"); !names(got, "contacts[1].id") {
			t.Errorf("not named: %s", got.Raw())
		}
		unchanged(t, before, w.Stored())
	})
}

func TestAnImportPassesOverNumbersThatAreThereHoweverTheyAreTyped(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client, fellow := counselor.NewClient("Robin"), counselor.NewClient("Casey")
		newContact(client, "Chris", nil)
		newContact(fellow, "Kim", object{"phone": "+12015550161"}) // another's list is another's
		w.Clock.Advance(time.Second)
		later, earlier := "ffa15d31-3c00-7e44-8f53-8c9d0e1f2a30", "00a15d31-3c00-7e44-8f53-8c9d0e1f2a30" // ids need not sort as they are sent
		book := object{"contacts": []object{{"id": later, "name": "Zoe", "relation": "mentor", "phone": "201-555-0160"},
			{"name": "C.", "relation": "other", "phone": "1 (201) 555 0142"}, {"id": earlier, "name": "Ann", "relation": "family", "phone": "201.555.0161"}, {"name": "Zoe again", "relation": "other", "phone": "+12015550160"}}}
		send := func() apitest.Reply {
			return client.Call("POST", "/v1/me/contacts/import", book, "Idempotency-Key", "address-book").Want(http.StatusCreated)
		}
		brief := func(r apitest.Reply) string {
			var imported []string
			for _, c := range r.Object["imported"].([]any) {
				imported = append(imported, object(c.(map[string]any)).Text("name"))
			}
			return fmt.Sprint(imported, r.Object["skipped"])
		}
		skipped := "[map[index:1 reason:already_on_list] map[index:3 reason:twice_in_import]]"
		if got := brief(send()); got != "[Zoe Ann] "+skipped {
			t.Errorf("%s", got)
		}
		var list []string
		for _, c := range client.Get("/v1/me/contacts").Items() {
			list = append(list, c.Text("name"))
		}
		if !slices.Equal(list, []string{"Chris", "Zoe", "Ann"}) {
			t.Errorf("the list is %v", list)
		}
		client.Delete("/v1/me/contacts/" + later).Want(http.StatusOK)
		if got := brief(send()); got != "[Ann] "+skipped {
			t.Errorf("answered again: %s", got)
		}
		again := client.Post("/v1/me/contacts/import", object{"contacts": book["contacts"].([]object)[1:3]}).Want(http.StatusCreated)
		if got := brief(again); got != "[] [map[index:0 reason:already_on_list] map[index:1 reason:already_on_list]]" {
			t.Errorf("imported again: %s", got)
		}
		together(6, func(int) {
			client.Post("/v1/me/contacts/import", object{"contacts": []object{{"name": "Lou", "relation": "other", "phone": "+12015550170"}}}).Want(http.StatusCreated)
		})
		if n := w.Count("contacts", "client_id = $1", client.ID); n != 3 {
			t.Errorf("%d contacts, want Chris, Ann and Lou", n)
		}
	})
}

func TestASupportListHasAnEnd(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		client := w.Admin.NewCounselor("Dana").NewClient("Robin")
		batch := func(from, n int) apitest.Reply {
			var all []object
			for i := range n {
				all = append(all, object{"name": "A", "relation": "other", "phone": fmt.Sprintf("+1201556%04d", from+i)})
			}
			return client.Post("/v1/me/contacts/import", object{"contacts": all})
		}
		for i := range 4 {
			batch(1000+100*i, 100).Want(http.StatusCreated)
		}
		batch(1400, 99).Want(http.StatusCreated)
		batch(1500, 2).WantProblem(http.StatusConflict, "too_many_contacts")
		newContact(client, "The last", nil)
		client.Post("/v1/me/contacts", object{"name": "B", "relation": "other", "phone": "+12015550143"}).WantProblem(http.StatusConflict, "too_many_contacts")
		if n := w.Count("contacts", "client_id = $1", client.ID); n != 500 {
			t.Errorf("%d contacts", n)
		}
		var faults []object
		for range 100 {
			faults = append(faults, object{"name": "", "relation": "", "phone": "", "hours": slices.Repeat([]object{{"days": []string{"x"}, "start": "", "end": ""}}, 5)})
		}
		wrong := client.Post("/v1/me/contacts/import", object{"contacts": faults}).Want(http.StatusUnprocessableEntity)
		if n := len(wrong.Object["fields"].([]any)); n != 100 {
			t.Errorf("a small request got an answer of %d faults", n)
		}
	})
}
