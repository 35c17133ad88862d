package apitest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

func TestEveryListIsReadToItsEndOnceEach(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for range 4 {
			c.session()
			c.homework()
			c.contact()
		}
		laptop := c.client.Another()
		laptop.Token = c.signedInAgain(laptop)
		for _, op := range operations() {
			if !spec[op.id].hasCursor() || op.id == "sync" { // the feed has no last page; sync_test.go reads it
				continue
			}
			a := op.ask(c)
			person := c.right(op, a)
			all := person.Get(narrowed(a.path, "limit=200")).Want(http.StatusOK)
			for _, limit := range []string{"1", "2"} {
				var pages []object
				cursor := ""
				for range 200 {
					page := person.Get(narrowed(a.path, "limit="+limit+cursor)).Want(http.StatusOK)
					pages = append(pages, page.Items()...)
					if page.Text("next_cursor") == "" {
						break
					}
					cursor = "&cursor=" + url.QueryEscape(page.Text("next_cursor"))
				}
				if diff := cmp.Diff(all.Items(), pages); diff != "" {
					t.Errorf("%s by %s: %s", op.id, limit, diff)
				}
			}
		}
	})
}

// narrowed is a path with one more query parameter.
func narrowed(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}

func (d described) hasCursor() bool {
	for _, p := range d.Parameters {
		if p.Value.Name == "cursor" {
			return true
		}
	}
	return false
}

// signedInAgain gives the client a second place where they are signed in: a password, and with it a laptop.
func (c *cast) signedInAgain(laptop *apitest.Person) string {
	email := uuid7() + "@home.example"
	c.client.Token = enroll(c.client, c.counselor.Code(c.client.ID), object{"password": apitest.Password, "email": email}).Want(http.StatusCreated).Text("token")
	return logIn(laptop, email, apitest.Password).Want(http.StatusOK).Text("token")
}

func TestAPersonSetsTheirZoneAndQuietHours(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin").NewPhone(fcmtest.Android)
		me := client.Get("/v1/me").Want(http.StatusOK)
		if diff := cmp.Diff(map[string]any{"start": "22:00", "end": "07:00"}, me.Object["quiet_hours"]); diff != "" || me.Text("time_zone_mode") != "automatic" {
			t.Errorf("to begin with: %s", me.Raw())
		}
		counselor.NewSession("group", "2026-11-04T06:30", client)
		planned := func(want ...string) {
			t.Helper()
			var got []string
			for _, r := range client.Get("/v1/me/reminders").Items() {
				if r.Text("state") == "waiting" {
					got = append(got, r.Text("lead")+" "+r.Text("remind_at"))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		planned("1d 2026-11-03T12:00:00Z", "2h 2026-11-04T03:00:00Z")
		for _, none := range []any{nil, object{"start": "00:00", "end": "00:00"}} {
			got := client.Patch("/v1/me", object{"quiet_hours": none}).Want(http.StatusOK)
			if got.Object["quiet_hours"] != nil {
				t.Errorf("no quiet hours are %s", got.Raw())
			}
			planned("1d 2026-11-03T11:30:00Z", "2h 2026-11-04T09:30:00Z")
		}
		client.Patch("/v1/me", object{"quiet_hours": object{"start": "21:00", "end": "05:00"}}).Want(http.StatusOK)
		planned("1d 2026-11-03T11:30:00Z", "2h 2026-11-04T02:00:00Z")

		phoneSays := func(zone string) string {
			t.Helper()
			client.Put("/v1/me/devices/"+client.Installation, object{"platform": "android", "registration": client.Registration, "registration_kind": "token",
				"permission": "granted", "time_zone": zone}).Want(http.StatusOK)
			return client.Get("/v1/me").Text("time_zone")
		}
		if zone := phoneSays("America/Los_Angeles"); zone != "America/Los_Angeles" {
			t.Errorf("the zone does not follow the phone: %s", zone)
		}
		planned("1d 2026-11-03T13:00:00Z", "2h 2026-11-04T05:00:00Z")
		client.Patch("/v1/me", object{"time_zone": "America/Chicago", "time_zone_mode": "fixed"}).Want(http.StatusOK)
		if zone := phoneSays("America/Denver"); zone != "America/Chicago" {
			t.Errorf("a fixed zone follows the phone: %s", zone)
		}
	})
}

func TestARegistrationHasOneOwner(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		first, second := counselor.NewClient("Robin").NewPhone(fcmtest.Android), counselor.NewClient("Casey")
		second.PutDevice(fcmtest.Android, first.Registration).Want(http.StatusOK)
		if status(first) != "suspended" || status(second) != "proving" {
			t.Errorf("the first is %s, the second %s", status(first), status(second))
		}
		counselor.NewSession("group", "2026-11-03T18:00", first)
		w.Drain()
		w.At("2026-11-02T23:00:00Z")
		if texts := first.Texts(); !slices.Equal(texts, []string{checking}) {
			t.Errorf("somebody whose phone another one has is told %v", texts)
		}
		first.PutDevice(fcmtest.Android, first.Registration).Want(http.StatusOK)
		if status(first) != "proving" || status(second) != "suspended" {
			t.Errorf("the first is %s, the second %s", status(first), status(second))
		}
		first.PutDevice(fcmtest.Android, "another-registration").Want(http.StatusOK)
		if n := w.Count("devices", "user_id = $1", first.ID); n != 1 {
			t.Errorf("%d devices for one installation", n)
		}
		other := *first
		other.Installation = "installation-elsewhere"
		other.PutDevice(fcmtest.Android, "another-registration").WantField("installation_id")
		if strings.Contains(first.Get("/v1/me/devices").Raw(), "another-registration") {
			t.Error("a registration is answered back")
		}
	})
}

func TestAConsentIsKeptWithTheTextThatWasRead(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		counselor.NewSession("group", tuesday, client)
		states := func(want ...string) {
			t.Helper()
			if got := w.Rows("SELECT DISTINCT state FROM reminders WHERE user_id = $1 ORDER BY state", client.ID); cmp.Diff(want, got) != "" {
				t.Errorf("reminders are %v, want %v", got, want)
			}
		}
		states("waiting")
		client.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": false}).Want(http.StatusOK)
		states("turned_off")
		client.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": true}).Want(http.StatusOK)
		states("waiting")
		in := client.Get("/v1/me/consents").Want(http.StatusOK).Items()
		if len(in) != 1 || in[0].Text("text_version") != "2026-11" || in[0]["granted"] != true {
			t.Errorf("in force: %v", in)
		}
		if n := w.Count("consents", "user_id = $1", client.ID); n != 3 {
			t.Errorf("%d answers are kept, want every one", n)
		}
		client.Put("/v1/me/consents/marketing", object{"text_version": "2026-11", "granted": true}).Want(http.StatusNotFound)
	})
}

func TestAClientsAppIsToldOfTheClinicsNewNumber(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		told := func() int {
			return w.Count("changes", "client_id = $1 AND kind = 'profile' AND seq = (SELECT last FROM sequences WHERE user_id = $1)", client.ID)
		}
		counselor.NewSession("group", "2026-11-03T18:00", client) // the newest change is another
		if told() != 0 {
			t.Fatal("the profile is the newest change already")
		}
		w.Admin.Patch("/v1/clinic", object{"after_hours_phone": "+12015550199"}).Want(http.StatusOK)
		if told() != 1 {
			t.Error("the feed does not tell of it")
		}
		if !strings.Contains(client.Get("/v1/me").Want(http.StatusOK).Raw(), "+12015550199") {
			t.Error("the number is not in the profile")
		}
	})
}

func TestAFixedZoneStaysWhenANewPhoneIsEnrolled(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := counselor.NewClient("Robin")
		client.Patch("/v1/me", object{"time_zone": "America/Denver", "time_zone_mode": "fixed"}).Want(http.StatusOK)
		client.Enroll(counselor.Code(client.ID), object{"time_zone": "America/Chicago"})
		if zone := client.Get("/v1/me").Want(http.StatusOK).Text("time_zone"); zone != "America/Denver" {
			t.Errorf("the zone is %s", zone)
		}
	})
}
