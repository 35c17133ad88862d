package demo

import (
	"bytes"
	"context"
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
