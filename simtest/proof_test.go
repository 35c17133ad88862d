package simtest

import (
	"time"

	"handrail/models"
	"handrail/notify/fcmtest"
)

// proofs are what a phone is told that was somebody else's, by language.
var proofs = map[string]string{"Checking this phone.": "en", "Comprobando este teléfono.": "es"}

// judgeProof holds a proof that is about to be sent against what was so when its check began. It asks for no consent and for no
// hour, and takes no room on its day.
func (s *sim) judgeProof(m *sending, checked time.Time) {
	client := m.push.client
	wrong := func(why string) { s.wrong(client, "%s says %q on phone %d: %s", m.push.name, m.Text, m.phone.n, why) }
	if !within(m.phone.proving, client, checked) {
		wrong("the phone is not theirs to prove")
	}
	if proofs[m.Text] != s.at(checked).people[client].locale {
		wrong("it is not in their language")
	}
	if !checked.Before(m.ExpiresAt) {
		wrong("it has expired")
	}
	delete(s.known[client].dues, m.PushID)
	m.phone.proof = m.PushID
	s.counts["proofs"]++
	m.taken = &taken{checked: checked, phone: m.phone}
}

// proved says what becomes of a proof that reached a phone. That it arrived changes nothing; from the moment at which the app
// shows its secret with the token of who asked for it last, the phone is theirs. The app of one that shows by itself is called
// only when its owner taps.
func (s *sim) proved(p *phone, push *push, n fcmtest.Notification) {
	if !sleep(s.ctx, time.Second) {
		return
	}
	secret := n.Data["ack_secret"]
	err := s.api.Acknowledge(s.ctx, models.AckInput{Acks: []models.Ack{{PushID: n.PushID, AckSecret: secret, Event: "opened"}}})
	if err != nil && s.ctx.Err() == nil {
		s.t.Error(err)
	}
	if s.chance.hits(0.2, "shows no proof", push.name) || !sleep(s.ctx, time.Second) {
		return
	}
	s.mu.Lock()
	actor, fits := p.actor, p.proof == n.PushID && isOpen(p.proving)
	if fits {
		p.proving = shut(p.proving, s.now())
		p.owners = append(p.owners, tenure{client: push.client, from: s.now()})
		s.counts["proved"]++
		s.say(push.client, "phone %d has proved itself", p.n)
	}
	s.mu.Unlock()
	device, err := s.api.ProveDevice(s.ctx, actor, p.installation, models.DeviceProof{PushID: n.PushID, AckSecret: secret})
	if fits && (err != nil || device.Status != models.DeviceLive) && s.ctx.Err() == nil {
		s.t.Errorf("phone %d shows its proof: %s %v", p.n, device.Status, err)
	}
}

// within says whether one of these tenures was a client's at an instant.
func within(list []tenure, client int, at time.Time) bool {
	for _, o := range list {
		if o.client == client && !o.from.After(at) && (o.to.IsZero() || !o.to.Before(at)) {
			return true
		}
	}
	return false
}

func isOpen(list []tenure) bool { return len(list) > 0 && list[len(list)-1].to.IsZero() }

// shut ends the last of these tenures, if it lasts.
func shut(list []tenure, now time.Time) []tenure {
	if isOpen(list) {
		list[len(list)-1].to = now
	}
	return list
}

// forsake ends what a client has of any phone.
func (s *sim) forsake(client int) {
	for _, p := range s.phones {
		if owner, _, live := p.owner(); live && owner == client || isOpen(p.proving) && p.proving[len(p.proving)-1].client == client {
			p.leave(s.now())
		}
	}
}
