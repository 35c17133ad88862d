package demo

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"handrail/notify/fcmtest"
)

func TestAPhoneThatAcknowledgesAsTheDemoEndsSaysNothingOfAFailure(t *testing.T) {
	shown := func(ctx context.Context) string {
		var out bytes.Buffer
		unanswered := &phones{ctx: ctx, out: &out, base: "http://127.0.0.1:1"}
		unanswered.own("r1", clients[0], &app{})
		unanswered.show("r1", fcmtest.Notification{Text: "You have something Tue at 6:00 PM."})
		return out.String()
	}
	if said := shown(t.Context()); !strings.Contains(said, "the acknowledgement failed") {
		t.Errorf("a node that does not answer goes unnoticed: %q", said)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if said := shown(ended); strings.Contains(said, "failed") || !strings.Contains(said, "6:00 PM") {
		t.Errorf("said %q", said)
	}
}

func TestAPhoneInAPocketShowsAProofWithItsOwnersTokenAndAcknowledgesTheRestWithout(t *testing.T) {
	var asked []string
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer node.Close()
	var out bytes.Buffer
	phones := &phones{ctx: t.Context(), out: &out, base: node.URL}
	phones.own("r1", clients[0], &app{installation: "i1", token: "t1"})
	phones.show("r1", fcmtest.Notification{Text: "Checking this phone.", Data: map[string]string{"proof": "1"}})
	phones.show("r1", fcmtest.Notification{Text: "You have something Tue at 6:00 PM."})
	if got := strings.Join(asked, ", "); got != "POST /v1/acks , PUT /v1/me/devices/i1/proof Bearer t1, POST /v1/acks " {
		t.Errorf("asked %s\n%s", got, out.String())
	}
}
