package simtest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify/fcmtest"
)

// client is one client of the clinic, by number: ids are random, and numbers are the same when a seed is played again.
type client struct {
	n        int
	id       string
	actor    models.Actor // without a token: what a phone does, the phone's own does
	password bool
	homework []string
}

// phone is one installation of the app with its registration.
type phone struct {
	n            int
	registration string
	installation string
	platform     string
	presentation string
	actor        models.Actor // who is signed in on it, with their token
	owners       []tenure
	proving      []tenure  // when it was to prove itself to be a client's
	proof        string    // the newest proof that it was sent
	gone         bool      // the app was removed
	removed      time.Time // and when it last was: what it showed went with it
	dead         int       // how often FCM said so since
	away         bool      // off the network
	wasAway      time.Time
}

// tenure is when a phone's registration was a client's to be reminded on.
type tenure struct {
	client   int
	from, to time.Time // to is zero while it lasts
}

func (p *phone) owner() (client int, since time.Time, live bool) {
	if isOpen(p.owners) {
		last := p.owners[len(p.owners)-1]
		return last.client, last.from, true
	}
	return -1, time.Time{}, false
}

func (p *phone) leave(now time.Time) {
	p.owners, p.proving = shut(p.owners, now), shut(p.proving, now)
}

// isOf says whether a client was to be reminded on a phone at an instant.
func (p *phone) isOf(client int, at time.Time) bool {
	return within(p.owners, client, at)
}

func (s *sim) phoneOf(registration string) *phone {
	for _, p := range s.phones {
		if p.registration == registration {
			return p
		}
	}
	s.wrong(-1, "a push goes to a registration that nobody gave")
	return &phone{n: -1}
}

func newSim(t *testing.T, seed uint64, size size) *sim {
	s := &sim{t: t, ctx: context.Background(), seed: seed, size: size, chance: chance(seed), rand: rand.New(rand.NewPCG(seed, 1)), begun: time.Now().Add(early),
		zones: map[string]*time.Location{}, names: map[string]string{}, pushes: map[string]*push{}, taken: map[string]bool{}, fates: map[string]string{}, counts: map[string]int{}, standing: map[string]time.Time{}, maybe: map[tagged]bool{}}
	s.start, _ = time.Parse(time.RFC3339, starts[seed%3])
	s.end = s.start.AddDate(0, 0, s.size.days)
	s.planOutages()
	s.db = modelstest.SQLite(t)
	s.api = s.db.Open(t, s.now)
	var err error
	if s.raw, err = sql.Open("sqlite3", "file:"+strings.TrimPrefix(s.db.URL, "sqlite:")+"?_busy_timeout=5000"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.raw.Close() })
	s.exec(recordBreaks)
	s.fcm = fcmtest.New(fcmtest.Options{Project: "demo", Now: s.now, OnShow: s.shows})
	t.Cleanup(s.fcm.Close)
	s.onFCM()
	s.people()
	s.standingSeries()
	time.Sleep(early)
	s.moveIn()
	ctx, cancel := context.WithCancel(s.ctx)
	s.ctx = ctx
	t.Cleanup(cancel)
	for i, name := range []string{"A", "B"} {
		n := &node{sim: s, name: name, after: time.Duration(i) * 3 * time.Second, wake: make(chan struct{}, 1), ended: make(chan struct{})}
		s.nodes = append(s.nodes, n)
	}
	for _, n := range s.nodes {
		go n.run(ctx)
	}
	t.Cleanup(func() {
		cancel()
		for _, n := range s.nodes {
			<-n.ended
		}
	})
	s.look()
	return s
}

// stop lets what still sleeps end.
func (s *sim) stop() {
	s.mu.Lock()
	s.calm = true
	s.mu.Unlock()
}

// must ends the simulation's set-up when it fails.
func must[T any](s *sim) func(T, error) T {
	return func(value T, err error) T {
		if err != nil {
			s.t.Fatalf("%s\nseed %d, step %d: %v\nto play it again: make sim SIZE=%s SEED=%d", s.story(-1), s.seed, s.step, err, s.size.name, s.seed)
		}
		return value
	}
}

// people are the clinic's: two counselors and their clients, in three time zones of America and one of Australia.
func (s *sim) people() {
	s.admin = must[models.Actor](s)(s.api.CreateClinic(s.ctx, models.NewClinic{Name: "Riverbend", DisplayName: "Riverbend", TimeZone: "America/New_York",
		Region: "US", AdminName: "Ada", AdminEmail: "ada@clinic.example", AdminPassword: password}))
	for i := range 2 {
		staff := must[models.Staff](s)(s.api.CreateStaff(s.ctx, s.admin, models.Once{},
			models.StaffInput{Role: models.Counselor, Name: "Dana", Email: fmt.Sprintf("dana%d@clinic.example", i)}))
		s.counselors = append(s.counselors, models.Actor{UserID: staff.ID, ClinicID: s.admin.ClinicID, Role: models.Counselor, Locale: "en"})
	}
	zones := []string{"America/New_York", "America/New_York", "America/Los_Angeles", "America/Phoenix", "Australia/Lord_Howe"}
	for i := range s.size.clients {
		zone, locale := zones[s.rand.IntN(len(zones))], []string{"en", "en", "es"}[s.rand.IntN(3)]
		// The second at which what is for somebody goes out hangs on their id: the same seed has the same.
		id := fmt.Sprintf("0199a000-0000-7000-8000-%06d%06d", s.seed%1e6, i)
		record := must[models.ClientRecord](s)(s.api.CreateClient(s.ctx, s.counselors[0], models.Once{}, models.ClientInput{ID: &id, Name: fmt.Sprint("Client ", i), TimeZone: &zone, Locale: &locale}))
		c := &client{n: i, id: record.ID, password: i%6 == 0}
		c.actor = models.Actor{UserID: c.id, ClinicID: s.admin.ClinicID, Role: models.Client, Locale: "en"}
		s.clients = append(s.clients, c)
		s.known = append(s.known, &known{dues: map[string]time.Time{}, planned: map[string][]moment{}, corrected: map[string]bool{}})
	}
}

// early is how long before the play the clinic was set up: the horizon then ended soon after its start, and all of the
// sessions later in it come by extending schedules.
const early = 88 * 24 * time.Hour

// standingSeries are series without an end.
func (s *sim) standingSeries() {
	for i := range s.size.series / 4 {
		first := s.start.In(newYork).AddDate(0, 0, 1+i)
		day := func(n int) string { return strings.ToUpper(first.AddDate(0, 0, n).Weekday().String()[:2]) }
		rule := fmt.Sprintf("FREQ=WEEKLY;BYDAY=%s,%s,%s", day(0), day(2), day(5))
		in := s.aNewSeries(&rule)
		in.LocalStart = first.Format(time.DateOnly) + []string{"T18:00", "T09:30"}[i]
		series := must[models.Series](s)(s.api.CreateSeries(s.ctx, s.counselors[0], models.Once{}, false, in))
		s.series = append(s.series, series.ID)
		s.standing[series.ID] = first
	}
}

// moveIn gives everybody their phones, and the clinic the rest of its series.
func (s *sim) moveIn() {
	for _, c := range s.clients {
		s.newPhone(c, true)
		if s.rand.IntN(2) == 0 {
			s.secondPhone(c)
		}
	}
	for len(s.series) < s.size.series {
		_ = s.newSeries() // one that begins in the past is refused
	}
}

// extend is the housekeeping of a day.
func (s *sim) extend() {
	if today := s.now().Format(time.DateOnly); s.extended != today {
		s.extended = today
		must[int](s)(s.api.ExtendHorizon(s.ctx))
	}
}

const password = "correct horse battery"

func (s *sim) counselorOf(*client) models.Actor { return s.counselors[0] }

// newPhone is a new installation: the client enrols with a new code, which ends the ones that they had.
func (s *sim) newPhone(c *client, first bool) {
	invite := must[models.Invite](s)(s.api.InviteClient(s.ctx, s.counselorOf(c), c.id))
	p := s.makePhone()
	in := c.enrols(invite, p)
	if first {
		yes, version := true, "2026-11"
		in.Consents = []models.ConsentGiven{{Kind: models.ConsentPush, ConsentTerms: models.ConsentTerms{TextVersion: &version, Granted: &yes}}}
	}
	signed := must[models.SignedInUser](s)(s.api.Enroll(s.ctx, fmt.Sprint("10.0.0.", c.n), in))
	s.mu.Lock()
	s.forsake(c.n)
	s.mu.Unlock()
	s.settle(p, c, signed)
}

// enrols with a code on a phone; who has a password sets it again, for a code ends it.
func (c *client) enrols(invite models.Invite, p *phone) models.EnrollInput {
	in := models.EnrollInput{Code: invite.Code, InstallationID: p.installation}
	if c.password {
		email, word := fmt.Sprintf("c%d@client.example", c.n), password
		in.Email, in.Password = &email, &word
	}
	return in
}

// secondPhone is one beside those that the client has.
func (s *sim) secondPhone(c *client) {
	if !c.password {
		return
	}
	p := s.makePhone()
	signed := must[models.SignedInUser](s)(s.api.SignIn(s.ctx, fmt.Sprint("10.0.0.", c.n),
		models.LoginInput{Email: fmt.Sprintf("c%d@client.example", c.n), Password: password, InstallationID: p.installation}))
	s.settle(p, c, signed)
}

func (s *sim) makePhone() *phone {
	n := len(s.phones)
	p := &phone{n: n, registration: fmt.Sprintf("registration-%04d", n), installation: fmt.Sprintf("installation-%04d", n),
		platform: []string{fcmtest.Android, fcmtest.Android, fcmtest.IOS}[s.rand.IntN(3)], presentation: models.PresentApp}
	if p.platform == fcmtest.Android && s.rand.IntN(4) == 0 {
		p.presentation = models.PresentSystem
	}
	s.fcm.AddPhone(fcmtest.Phone{Registration: p.registration, Platform: p.platform})
	return p
}

// settle signs a client in on a phone and registers it.
func (s *sim) settle(p *phone, c *client, signed models.SignedInUser) {
	p.actor = must[models.Actor](s)(s.api.Authenticate(s.ctx, signed.Token))
	s.mu.Lock()
	if !slices.Contains(s.phones, p) {
		s.phones = append(s.phones, p)
	}
	s.say(c.n, "phone %d (%s, %s) is theirs", p.n, p.platform, p.presentation)
	s.mu.Unlock()
	s.register(p, c)
}

// register tells the server of a phone's registration, as the app does at each start.
func (s *sim) register(p *phone, c *client) {
	presentation := p.presentation
	device, err := s.api.PutDevice(s.ctx, p.actor, p.installation, nil, models.DeviceInput{Platform: models.Platform(p.platform), Registration: p.registration,
		RegistrationKind: "token", Presentation: &presentation, Permission: models.PermissionGranted})
	if err != nil {
		s.t.Fatalf("seed %d, step %d: %v", s.seed, s.step, err)
	}
	s.fcm.Reregister(p.registration)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.leave(s.now()) // and begins anew, with this confirmation
	p.gone, p.dead = false, 0
	if device.Status == models.DeviceProving {
		p.proving = append(p.proving, tenure{client: c.n, from: s.now()})
		s.say(c.n, "phone %d is to prove itself", p.n)
	} else {
		p.owners = append(p.owners, tenure{client: c.n, from: s.now()})
	}
	for _, other := range s.phones { // one registration has one owner
		if other != p && other.registration == p.registration {
			other.leave(s.now())
		}
	}
}

// shows is called by the emulator when a phone shows something.
func (s *sim) shows(registration string, n fcmtest.Notification) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.phoneOf(registration)
	push := s.pushes[n.PushID]
	s.shown = append(s.shown, line{s.now(), push.client, fmt.Sprintf("%s, phone %d: %s", push.name, p.n, n.Text)})
	s.say(push.client, "%s: phone %d shows %q", push.name, p.n, n.Text)
	if proofs[n.Text] != "" {
		go s.proved(p, push, n)
		return
	}
	d := s.chance.dice("acknowledge", push.name, p.n, s.now())
	if p.presentation != models.PresentApp || p.platform == fcmtest.IOS && d.IntN(3) == 0 || d.IntN(5) == 0 {
		return
	}
	wait := time.Duration(100+d.IntN(20000)) * time.Millisecond
	go func() {
		if !sleep(s.ctx, wait) {
			return
		}
		err := s.api.Acknowledge(s.ctx, models.AckInput{Acks: []models.Ack{{PushID: n.PushID, AckSecret: n.Data["ack_secret"], Event: "arrived"}}})
		if err != nil && s.ctx.Err() == nil {
			s.t.Error(err)
		}
	}()
}

// everyPhoneThere brings every phone back that is somebody's.
func (s *sim) everyPhoneThere() {
	for _, p := range s.phones {
		if p.away {
			s.setAway(p, false)
		}
		if owner, _, live := p.owner(); live && p.gone {
			s.register(p, s.clients[owner])
		}
	}
	s.wakeOthers(nil)
}

func (s *sim) setAway(p *phone, away bool) {
	s.mu.Lock()
	p.away = away
	p.wasAway = s.now()
	s.mu.Unlock()
	s.fcm.SetOnline(p.registration, !away)
}
