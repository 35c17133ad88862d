package fcmtest

import (
	"slices"
	"sync"
	"time"
)

// The platforms and the kinds of registration.
const (
	Android = "android"
	IOS     = "ios"
	Token   = "token"
	FID     = "fid"
)

// Phone is one installation of the app.
type Phone struct {
	Registration string // what FCM knows it by
	Kind         string // Token (when empty) or FID
	Platform     string // Android (when empty) or IOS
	Project      string // the Firebase project it registered with; the server's own when empty
}

// Notification is one entry on a lock screen.
type Notification struct {
	Tag       string // see Message.Tag; entries without a tag never replace each other
	Title     string
	Text      string
	PushID    string            // data.push_id
	Data      map[string]string // what the app is given with it; on iOS with the payload's own string fields
	Sound     string
	ChannelID string // Android; empty when the app posts
	// Visibility is Android's, as sent. SECRET keeps the entry off a locked screen; it is listed all the same.
	Visibility string
	Replaced   int // how often a later push has replaced it: 0 when shown once
}

// phone is a Phone in use.
type phone struct {
	Phone
	mu        sync.Mutex // guards everything below
	offline   bool
	gone      bool // the app was removed
	kept      []keptMessage
	received  []Message
	screen    []Notification // oldest update first
	delivered int
	lost      int
}

// AddPhone puts a phone online. Adding a registration again replaces the phone by a fresh one.
func (s *Server) AddPhone(p Phone) {
	p.Kind, p.Platform = or(p.Kind, Token), or(p.Platform, Android)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phones[p.Registration] = &phone{Phone: p}
}

// find returns the phone or nil.
func (s *Server) find(registration string) *phone {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.phones[registration]
}

// known returns the phone and panics when there is none: a mistyped registration in a test must not pass as silence.
func (s *Server) known(registration string) *phone {
	p := s.find(registration)
	if p == nil {
		panic("fcmtest: no phone with registration " + registration)
	}
	return p
}

// SetOnline takes a phone off the network, or brings it back, which delivers what was kept for it.
func (s *Server) SetOnline(registration string, online bool) {
	p := s.known(registration)
	s.announce(registration, p.setOnline(online, &s.options))
}

// Unregister removes the app from the phone: what was kept for it is lost, and sends answer UNREGISTERED.
func (s *Server) Unregister(registration string) { s.known(registration).setGone(true) }

// Reregister makes the registration valid again, which FCM has been seen to do.
func (s *Server) Reregister(registration string) { s.known(registration).setGone(false) }

// Screen lists what the phone shows now, in order of last update.
func (s *Server) Screen(registration string) []Notification {
	p := s.known(registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.screen)
}

// ClearScreen swipes everything away. A later push under an old tag shows as a new entry.
func (s *Server) ClearScreen(registration string) {
	p := s.known(registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.screen = nil
}

// Received lists every message that reached the phone, shown or not, in order of arrival.
func (s *Server) Received(registration string) []Message {
	p := s.known(registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.received)
}

// Delivered counts the messages that reached the phone.
func (s *Server) Delivered(registration string) int {
	p := s.known(registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delivered
}

// Lost counts the messages that FCM accepted and the phone will never see: collapsed, expired, over the limit of what
// is kept, or still waiting when the app was removed. Acceptance is not delivery.
func (s *Server) Lost(registration string) int {
	p := s.known(registration)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// deliver hands the message over, or keeps it while the phone is away; it returns what the phone now shows anew.
func (p *phone) deliver(m *Message, options *Options) []Notification {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.gone: // removed while this message was being checked
		p.lost++
		return nil
	case p.offline:
		p.keep(m, options.Now())
		return nil
	}
	return p.receive(nil, m, options)
}

// setOnline changes the connection and delivers what was kept and is still alive.
func (p *phone) setOnline(online bool, options *Options) (shown []Notification) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offline = !online
	if !online {
		return nil
	}
	p.expire(options.Now())
	for i := range p.kept {
		shown = p.receive(shown, &p.kept[i].message, options)
	}
	p.kept = nil
	return shown
}

func (p *phone) setGone(gone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = gone
	p.lost += len(p.kept)
	p.kept = nil
}

func (p *phone) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

func (p *phone) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.received, p.screen, p.delivered, p.lost = nil, nil, 0, 0
}

// receive takes a message in and appends to shown what it puts on the screen. It is called under the lock.
func (p *phone) receive(shown []Notification, m *Message, options *Options) []Notification {
	p.delivered++
	if options.Forget && options.OnShow == nil {
		return nil
	}
	if !options.Forget {
		p.received = append(p.received, *m)
	}
	n, visible := present(m)
	if !visible {
		return shown
	}
	if !options.Forget {
		n = p.show(n)
	}
	return append(shown, n)
}

// show puts n on the screen, in the place of an entry with the same tag.
func (p *phone) show(n Notification) Notification {
	same := func(old Notification) bool { return n.Tag != "" && old.Tag == n.Tag }
	if i := slices.IndexFunc(p.screen, same); i >= 0 {
		n.Replaced = p.screen[i].Replaced + 1
		p.screen = slices.Delete(p.screen, i, i+1)
	}
	p.screen = append(p.screen, n)
	return n
}

// present says what a phone of the message's platform makes of it, and whether anything shows at all.
func present(m *Message) (Notification, bool) {
	if m.Platform == IOS {
		return presentIOS(m)
	}
	data := m.androidData()
	n := Notification{Tag: m.Tag(), PushID: data["push_id"], Data: data}
	if posted := m.posted(); posted != nil { // the system posts it; the app is not called
		n.Title, n.Text, n.Sound = posted.Title, posted.Body, posted.Sound
		n.ChannelID, n.Visibility = posted.ChannelID, posted.Visibility
		return n, n.Title != "" || n.Text != ""
	}
	n.Text = data["text"] // the app is called and posts it; without a text it only synchronizes
	return n, n.Text != ""
}

// presentIOS shows an alert. Data without an alert never shows: iOS does not promise to wake the app for it.
func presentIOS(m *Message) (Notification, bool) {
	alert := m.alert()
	if alert == nil {
		return Notification{}, false
	}
	data := m.Data
	if len(m.APNS.Custom) > 0 {
		data = make(map[string]string, len(m.Data)+len(m.APNS.Custom))
		for key, value := range m.Data {
			data[key] = value
		}
		for key, value := range m.APNS.Custom {
			data[key] = value
		}
	}
	return Notification{Tag: m.Tag(), Title: alert.Title, Text: or(alert.Body, alert.LocKey), PushID: data["push_id"],
		Data: data, Sound: m.APNS.Sound}, true
}

// expiry is when FCM or APNs gives the message up. Kept only while that lies ahead.
func (m *Message) expiry(now time.Time) time.Time {
	if m.Platform == IOS {
		return m.appleExpiry(now)
	}
	return now.Add(m.Android.TTL)
}
