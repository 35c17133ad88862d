package demo

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"handrail/models"
	"handrail/notify/fcmtest"
)

// zone has no change of clocks, so that the demo's sessions are where it says at any hour of the year.
const zone = "America/Phoenix"

// clock is what the record takes for now while it is told of the past.
type clock struct {
	mu sync.Mutex
	at time.Time // zero: the present
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// clinic is the invented one, as it comes to be.
type clinic struct {
	*teller
	clock      *clock
	today      time.Time // midnight in the clinic's zone
	suffix     string    // a demo's database may be used again, and an email belongs to one person
	admin      *app
	counselors []*app
	clients    []*app                       // in the order of the table
	series     []string                     // of the groups
	rosters    map[string]map[int]time.Time // by series: which client, since when
}

// weeksAgo moves the clock back: a week of treatment has work on its first days, and evenings.
func (c *clinic) weeksAgo(weeks, days, hour int) time.Time {
	at := c.today.AddDate(0, 0, days-7*weeks).Add(time.Duration(hour) * time.Hour)
	c.clock.set(at)
	return at
}

func (c *clinic) present() { c.clock.set(time.Time{}) }

// installation is one of this demo's: those of an earlier one in the same database are other people's.
func (c *clinic) installation(of string, n int) string {
	return fmt.Sprintf("demo-%s%s-%04d", of, strings.ReplaceAll(c.suffix, ".", "-"), n)
}

func (c *clinic) email(name string) string { return name + c.suffix + "@demo.example" }

// open makes the clinic with its staff, twelve weeks and a day ago. They sign in today: their tokens last for a week.
func (c *clinic) open(store *models.Store) {
	c.weeksAgo(12, -1, 8)
	_, err := store.CreateClinic(c.ctx, models.NewClinic{Name: "Saguaro Recovery Center", DisplayName: "Saguaro", TimeZone: zone, Region: "US",
		AdminName: "Ada Quill", AdminEmail: c.email("ada"), AdminPassword: password})
	c.err = cmp.Or(c.err, err)
	c.admin = &app{teller: c.teller, installation: c.installation("admin", 1), email: c.email("ada")}
	c.present()
	c.admin.token = c.admin.call("POST", "/v1/auth/login",
		object{"email": c.admin.email, "password": password, "installation_id": c.admin.installation}).text("token")
	c.admin.call("PATCH", "/v1/clinic", object{"front_desk_phone": "+1 602 555 0142", "after_hours_phone": "+1 602 555 0143"})
	for i, who := range counselors {
		counselor := &app{teller: c.teller, name: who.name, email: c.email(who.email), installation: c.installation("counselor", i+1)}
		counselor.id = c.admin.call("POST", "/v1/staff", object{"role": "counselor", "name": who.name, "email": counselor.email}).text("id")
		counselor.enroll(c.admin.call("POST", "/v1/staff/"+counselor.id+"/invites", nil).text("code"), object{"password": password})
		c.counselors = append(c.counselors, counselor)
	}
}

// admit takes the clients in, each in the week when they came, with a phone. The first has an email and a password too, to
// be tried with curl; the others need none, as in a real clinic.
func (c *clinic) admit(emulator *fcmtest.Server, phones *phones) {
	for i, who := range clients {
		c.weeksAgo(who.weeks, 0, 9)
		counselor := c.counselors[who.counselor]
		client := &app{teller: c.teller, name: who.name, installation: c.installation("phone", i+1)}
		client.id = counselor.call("POST", "/v1/clients", object{"name": who.name, "locale": who.locale}).text("id")
		more := object{"consents": []object{{"kind": "push", "text_version": "2026-11", "granted": true},
			{"kind": "share_contacts", "text_version": "2026-11", "granted": true}}}
		if i == 0 {
			client.email = c.email(strings.ToLower(strings.Fields(who.name)[0]))
			more["email"], more["password"] = client.email, password
		}
		client.enroll(counselor.call("POST", "/v1/clients/"+client.id+"/invites", nil).text("code"), more)
		client.call("PATCH", "/v1/me", object{"quiet_hours": nil}) // the demo works at night too
		registration := fmt.Sprintf("demo-registration%s-%d", c.suffix, i+1)
		emulator.AddPhone(fcmtest.Phone{Registration: registration, Platform: who.platform})
		presentation := models.PresentApp
		if who.isShownBySystem {
			presentation = models.PresentSystem
		}
		client.call("PUT", "/v1/me/devices/"+client.installation, object{"platform": who.platform, "registration": registration,
			"registration_kind": "token", "presentation": presentation, "permission": "granted", "app_version": "demo"})
		phones.own(registration, who, client)
		c.clients = append(c.clients, client)
	}
}
