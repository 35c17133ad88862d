package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"handrail/notify/fcmtest"
)

// phone is one client's: what FCM hands to it is shown by a page, where one is open, and printed.
type phone struct {
	client
	app          *app
	registration string
	pages        map[chan shown]bool
}

func (p *phone) String() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s's phone (%s)", p.name, p.platform)
}

// shown is what FCM's wire hands to a phone, as a page is told of it.
type shown struct {
	Tag        string `json:"tag"`
	PushID     string `json:"push_id"`
	AckSecret  string `json:"ack_secret"`
	Text       string `json:"text"`
	IsProof    bool   `json:"is_proof"`     // whose secret shows, with the token of who asked for it, that they have the phone
	IsBySystem bool   `json:"is_by_system"` // posted without the app, which is not called until it is opened
}

func shownBy(n fcmtest.Notification) shown {
	return shown{Tag: n.Tag, PushID: n.PushID, AckSecret: n.Data["ack_secret"], Text: n.Text, IsProof: n.Data["proof"] != "", IsBySystem: n.ChannelID != ""}
}

// phones are the lock screens of the demo's clients.
type phones struct {
	ctx    context.Context // until the demo ends
	out    io.Writer
	screen func(registration string) []fcmtest.Notification

	base string        // where the node is
	told chan struct{} // closed once the clinic has been told

	mu         sync.Mutex
	all        []*phone
	counselors []*app
}

func (p *phones) own(registration string, who client, a *app) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, &phone{client: who, app: a, registration: registration, pages: map[chan shown]bool{}})
}

// show is called by the emulator for each push that a phone shows. An open page acknowledges it; where none is open, the
// phone is in a pocket, and its app does the same.
func (p *phones) show(registration string, n fcmtest.Notification) {
	s := shownBy(n)
	owner, isOpen := p.hand(registration, s)
	line := fmt.Sprintf("%s  %-30s │ %s\n", time.Now().Format("15:04:05"), owner, n.Text)
	if !isOpen && !s.IsBySystem {
		if err := p.acknowledge(owner, s); err != nil && p.ctx.Err() == nil { // Ctrl-C in the middle of it is no failure
			line += fmt.Sprintf("          the acknowledgement failed: %v\n", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprint(p.out, line)
}

// acknowledge is what the app of a phone in a pocket does on arrival. A proof of somebody else's claim it is refused.
func (p *phones) acknowledge(owner *phone, s shown) error {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	pocket := app{teller: &teller{ctx: ctx, base: p.base}}
	pocket.call("POST", "/v1/acks", object{"acks": []object{{"push_id": s.PushID, "ack_secret": s.AckSecret, "event": "arrived"}}})
	if s.IsProof && owner != nil {
		pocket.token = owner.app.token
		pocket.call("PUT", "/v1/me/devices/"+owner.app.installation+"/proof", object{"push_id": s.PushID, "ack_secret": s.AckSecret})
	}
	return pocket.err
}

// hand gives a push to the pages that show its phone, if any are open.
func (p *phones) hand(registration string, s shown) (owner *phone, isOpen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, phone := range p.all {
		if phone.registration != registration {
			continue
		}
		owner = phone
		for page := range phone.pages {
			isOpen = true
			select {
			case page <- s:
			default: // a page that does not read is told everything when it comes back
			}
		}
	}
	return owner, isOpen
}

// find returns the phone of an installation, or nil.
func (p *phones) find(installation string) *phone {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, phone := range p.all {
		if phone.app.installation == installation {
			return phone
		}
	}
	return nil
}

// watch is what a page listens to: what the phone shows, and then what it is handed.
func (p *phones) watch(w http.ResponseWriter, r *http.Request) {
	phone := p.find(r.PathValue("installation"))
	if phone == nil {
		http.NotFound(w, r)
		return
	}
	news := make(chan shown, 64)
	p.mu.Lock()
	phone.pages[news] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(phone.pages, news)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	stream := http.NewResponseController(w)
	tell := func(s shown) error {
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "data: %s\n\n", text)
		return err
	}
	for _, n := range p.screen(phone.registration) {
		if tell(shownBy(n)) != nil {
			return
		}
	}
	for stream.Flush() == nil {
		select {
		case s := <-news:
			if tell(s) != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// introduce says who there is and what to try.
func (p *phones) introduce(address string, c *clinic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counselors = c.counselors
	close(p.told)
	counselor, client := c.counselors[0], c.clients[0]
	fmt.Fprintf(p.out, `Who can sign in, all with the password "%[2]s":

  admin      %[3]s
  counselor  %[4]s
  counselor  %[5]s
  client     %[6]s

Try, in another terminal:

  TOKEN=$(curl -s http://%[1]s/v1/auth/login -H 'Content-Type: application/json' \
    -d '{"email":"%[6]s","password":"%[2]s","installation_id":"my-terminal-0001"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s http://%[1]s/v1/me/sessions  -H "Authorization: Bearer $TOKEN"
  curl -s http://%[1]s/v1/me/reminders -H "Authorization: Bearer $TOKEN"

  TOKEN=$(curl -s http://%[1]s/v1/auth/login -H 'Content-Type: application/json' \
    -d '{"email":"%[4]s","password":"%[2]s","installation_id":"my-terminal-0002"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s http://%[1]s/v1/clients -H "Authorization: Bearer $TOKEN"
  curl -s http://%[1]s/v1/clients/%[7]s/reminders -H "Authorization: Bearer $TOKEN"

Everything else is at http://%[1]s/docs. Ctrl-C ends the demo. What reaches the phones:

`, address, password, c.admin.email, counselor.email, c.counselors[1].email, client.email, client.id)
}
