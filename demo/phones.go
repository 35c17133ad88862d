package demo

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"handrail/notify/fcmtest"
)

// phones are the lock screens of the demo's clients. Each push is printed as it is shown, and acknowledged as a good app
// would.
type phones struct {
	out io.Writer
	api string

	mu     sync.Mutex
	owners map[string]string // by registration
}

func (p *phones) own(registration, name, platform string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owners[registration] = fmt.Sprintf("%s's phone (%s)", name, platform)
}

// show is called by the emulator for each push that a phone shows.
func (p *phones) show(registration string, n fcmtest.Notification) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%s  %-24s │ %s\n", time.Now().Format("15:04:05"), p.owners[registration], n.Text)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	phone := app{base: p.api}
	phone.call(ctx, "POST", "/v1/acks", object{"acks": []object{{"push_id": n.PushID, "ack_secret": n.Data["ack_secret"], "event": "arrived"}}})
	if phone.err != nil {
		fmt.Fprintf(p.out, "          the acknowledgement failed: %v\n", phone.err)
	}
}

// introduce says who there is and what to try.
func (p *phones) introduce(admin, counselor string, clients []*app) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, `Handrail's demo: an invented clinic at %s

  admin      %s
  counselor  %s
`, p.api, admin, counselor)
	for _, c := range clients {
		fmt.Fprintf(p.out, "  client     %s\n", c.email)
	}
	fmt.Fprintf(p.out, `  all with the password "%s"

Try, in another terminal:

  TOKEN=$(curl -s %[2]s/v1/auth/login -H 'Content-Type: application/json' \
    -d '{"email":"%[3]s","password":"%[1]s","installation_id":"my-terminal-0001"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s %[2]s/v1/me/sessions  -H "Authorization: Bearer $TOKEN"
  curl -s %[2]s/v1/me/reminders -H "Authorization: Bearer $TOKEN"

  TOKEN=$(curl -s %[2]s/v1/auth/login -H 'Content-Type: application/json' \
    -d '{"email":"%[4]s","password":"%[1]s","installation_id":"my-terminal-0002"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s %[2]s/v1/clients      -H "Authorization: Bearer $TOKEN"
  curl -s %[2]s/v1/clients/%[5]s/reminders -H "Authorization: Bearer $TOKEN"

Everything else is in %[2]s/openapi.yaml. Ctrl-C ends the demo. What reaches the phones:

`, password, p.api, clients[0].email, counselor, clients[0].id)
}
