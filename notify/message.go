package notify

import (
	"errors"
	"time"

	"handrail/models"
)

// Message is one push for one device. Text is from the closed list; the rest are opaque ids and a secret.
type Message struct {
	PushID    string
	AckSecret string
	Text      string
	IsProof   bool          // the app has to show the secret with its token
	ExpiresAt time.Time     // when it stops being useful: no phone gets it after that
	TimeLeft  time.Duration // until then, by the record's clock: the node's own may be wrong
	Target    models.Target
}

// maxPayload is FCM's limit for what a message carries, in bytes.
const maxPayload = 4096

// errTooLarge says that a message would be refused for its size.
var errTooLarge = errors.New("a push would be larger than 4096 bytes")

// data is what the app reads: the same keys on every platform.
func (m Message) data() map[string]string {
	data := map[string]string{"push_id": m.PushID, "ack_secret": m.AckSecret, "text": m.Text, "sync": "1"}
	if m.IsProof {
		data["proof"] = "1"
	}
	return data
}

// compose makes the messages of a push: one for each device, with one text.
func compose(push models.DuePush) ([]Message, error) {
	text, err := textOf(push)
	if err != nil {
		return nil, err
	}
	messages := make([]Message, len(push.Targets))
	for i, target := range push.Targets {
		messages[i] = Message{PushID: push.PushID, AckSecret: target.AckSecret, Text: text, IsProof: push.IsProof(), ExpiresAt: push.ExpiresAt.Time(),
			TimeLeft: push.ExpiresAt.Sub(push.CheckedAt), Target: target}
		size := 0
		for key, value := range messages[i].data() {
			size += len(key) + len(value)
		}
		if size+len(text) > maxPayload { // the text goes twice where the system shows it
			return nil, errTooLarge
		}
	}
	return messages, nil
}
