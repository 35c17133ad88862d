package apitest

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"handrail/notify/fcmtest"
)

// Person is somebody with an installation of the app, signed in or not.
type Person struct {
	*World
	ID           string
	Email        string
	Token        string
	Installation string
	Registration string // of their phone, once they have one
}

func (w *World) person() *Person {
	return &Person{World: w, Installation: fmt.Sprintf("installation-%04d", w.people.Add(1))}
}

// Nobody is somebody without a token.
func (w *World) Nobody() *Person { return w.person() }

// NewCounselor is a counselor of this admin's clinic, signed in.
func (p *Person) NewCounselor(name string) *Person {
	p.T.Helper()
	c := p.person()
	c.Email = "counselor" + c.Installation[13:] + "@clinic.example"
	c.ID = p.Post("/v1/staff", Object{"role": "counselor", "name": name, "email": c.Email}).Want(http.StatusCreated).Text("id")
	code := p.Post("/v1/staff/"+c.ID+"/invites", nil).Want(http.StatusCreated).Text("code")
	c.Enroll(code, Object{"password": Password})
	return c
}

// NewClient is a client of this counselor's caseload, enrolled with consent to pushes, without a phone yet.
func (p *Person) NewClient(name string) *Person {
	p.T.Helper()
	c := p.person()
	c.ID = p.Post("/v1/clients", Object{"name": name}).Want(http.StatusCreated).Text("id")
	c.Enroll(p.Code(c.ID), Object{"consents": []Object{{"kind": "push", "text_version": "2026-11", "granted": true}}})
	return c
}

// Code is a new enrolment code for a client.
func (p *Person) Code(clientID string) string {
	p.T.Helper()
	return p.Post("/v1/clients/"+clientID+"/invites", nil).Want(http.StatusCreated).Text("code")
}

// Enroll redeems a code on this person's installation.
func (p *Person) Enroll(code string, more Object) {
	p.T.Helper()
	in := Object{"code": code, "installation_id": p.Installation}
	for field, value := range more {
		in[field] = value
	}
	p.Token = p.Post("/v1/auth/enroll", in).Want(http.StatusCreated).Text("token")
}

// SignIn signs a person with a password in again: the tokens of staff last half a day.
func (p *Person) SignIn() *Person {
	p.T.Helper()
	p.Token = p.Post("/v1/auth/login", Object{"email": p.Email, "password": Password, "installation_id": p.Installation}).Want(http.StatusOK).Text("token")
	return p
}

// NewPhone gives the person a phone on their installation that allows notifications: android or ios.
func (p *Person) NewPhone(platform string) *Person {
	p.T.Helper()
	p.Registration = "registration-of-" + p.Installation
	p.FCM.AddPhone(fcmtest.Phone{Registration: p.Registration, Kind: fcmtest.Token, Platform: platform})
	p.PutDevice(platform, p.Registration).Want(http.StatusOK)
	return p
}

// PutDevice registers the person's installation under a registration.
func (p *Person) PutDevice(platform, registration string) Reply {
	p.T.Helper()
	return p.Put("/v1/me/devices/"+p.Installation, Object{"platform": platform, "registration": registration, "registration_kind": "token", "permission": "granted"})
}

// Another is another installation of the same person's, signed in with a new code of the counselor's: as a second phone
// would be, had the first not been given up.
func (p *Person) Another() *Person {
	other := p.person()
	other.ID, other.Email = p.ID, p.Email
	return other
}

// Screen is what the lock screen of the person's phone shows.
func (p *Person) Screen() []fcmtest.Notification { return p.FCM.Screen(p.Registration) }

// Texts are the texts on the person's lock screen.
func (p *Person) Texts() []string {
	texts := []string{}
	for _, n := range p.Screen() {
		texts = append(texts, n.Text)
	}
	return texts
}

// NewSession saves a single session of a kind at a local time, with clients on its roster, and returns its id.
func (p *Person) NewSession(kind, localStart string, clients ...*Person) string {
	p.T.Helper()
	series := p.NewSeries(Object{"title": "Tuesday relapse prevention", "kind": kind, "local_start": localStart, "duration_minutes": 180,
		"place": "Room 4, 12 Mill Street"}, clients...)
	return p.SessionsOf(series)[0].Text("id")
}

// NewSeries saves a series with clients on its roster and returns its id.
func (p *Person) NewSeries(in Object, clients ...*Person) string {
	p.T.Helper()
	ids := []string{}
	for _, c := range clients {
		ids = append(ids, c.ID)
	}
	in["client_ids"] = ids
	return p.Post("/v1/series", in).Want(http.StatusCreated).Text("id")
}

// SessionsOf lists the sessions of a series that this counselor runs.
func (p *Person) SessionsOf(series string) []Object {
	p.T.Helper()
	var found []Object
	for _, s := range p.Get("/v1/sessions?limit=200&from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z").Want(http.StatusOK).Items() {
		if s.Text("series_id") == series {
			found = append(found, s)
		}
	}
	return found
}

// NewHomework assigns homework to a client and returns its id.
func (p *Person) NewHomework(client *Person, due string) string {
	p.T.Helper()
	return p.Post("/v1/clients/"+client.ID+"/assignments", Object{"title": "Trigger log", "instructions": "Note three triggers.", "due": due}).
		Want(http.StatusCreated).Text("id")
}

// Log keeps what is logged, for tests that look for what must not be.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
