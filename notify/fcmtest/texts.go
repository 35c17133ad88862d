package fcmtest

import (
	"encoding/json"
	"slices"
)

// settings are the fields whose values steer delivery and are not meant for people.
var settings = map[string]bool{
	"token": true, "fid": true, "priority": true, "ttl": true, "collapse_key": true, "tag": true, "channel_id": true,
	"visibility": true, "notification_priority": true, "proxy": true, "sound": true, "interruption-level": true,
	"apns-collapse-id": true, "apns-expiration": true, "apns-priority": true, "apns-push-type": true, "apns-topic": true,
}

// opaque are the data keys that carry ids and secrets. "text" is not one: it is read by a person.
var opaque = map[string]bool{"push_id": true, "ack_secret": true, "sync": true, "proof": true}

// Texts returns every string in the message that a person could read, sorted. It fails closed: a string counts as
// readable unless its field is known to be an id, a secret or a setting, so that a new field shows up in a
// comparison with a closed list of texts.
func (m Message) Texts() []string {
	var request struct {
		Message map[string]any `json:"message"`
	}
	if json.Unmarshal(m.Raw, &request) != nil {
		return nil // Raw was decoded once already: only a Message made by hand comes here
	}
	texts := collect(nil, request.Message, settings)
	slices.Sort(texts)
	return texts
}

// collect appends the strings below value. What a sender names freely (data, and the APNs payload outside aps) may
// hide only behind the opaque keys: data.sound would be a text.
func collect(texts []string, value any, hidden map[string]bool) []string {
	switch value := value.(type) {
	case string:
		return append(texts, value)
	case []any:
		for _, v := range value {
			texts = collect(texts, v, hidden)
		}
	case map[string]any:
		for key, v := range value {
			switch _, isText := v.(string); {
			case isText && hidden[key]:
			case key == "data" || key == "payload":
				texts = collect(texts, v, opaque)
			case key == "aps":
				texts = collect(texts, v, settings)
			default:
				texts = collect(texts, v, hidden)
			}
		}
	}
	return texts
}
