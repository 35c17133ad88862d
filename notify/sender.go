// Package notify takes a push from due to the phone: the worker that claims, checks, sends and records; the message and
// its neutral words; and the client of Firebase Cloud Messaging.
package notify

import (
	"context"
	"log/slog"
	"time"

	"handrail/models"
)

// Sender hands one message to a push service. It is an interface because there are two: FCM, and the log of a server
// that has no credentials.
type Sender interface {
	// Send returns what became of the message. It does not try again, returns within its own bound, and does not begin once
	// the deadline of ctx is past.
	Send(ctx context.Context, m Message) Answer
}

// Answer is what a push service said, and what it asks for.
type Answer struct {
	State      models.DeliveryState
	Code       string        // the service's word for a refusal
	Name       string        // of an accepted message
	RetryAfter time.Duration // not before then; 0: as the worker sees fit
	Pause      *Pause
}

// Pause asks to leave platforms alone for a while.
type Pause struct {
	Lanes  []models.Platform
	For    time.Duration
	Reason string
}

// LogSender stands in where no push service is configured: it notes the ids and sends nothing. What it was given ends as
// not sent, never as accepted.
type LogSender struct{ Log *slog.Logger }

// Send notes that a push would have been sent.
func (s LogSender) Send(_ context.Context, m Message) Answer {
	s.Log.Info("push not sent: no push service is configured", "push", m.PushID, "device", m.Target.DeviceID)
	return Answer{State: models.DeliveryNotSent, Code: "NO_PUSH_SERVICE", RetryAfter: 5 * time.Minute}
}
