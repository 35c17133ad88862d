package fcmtest

import (
	"strconv"
	"strings"
)

const (
	maxPayload      = 4096 // bytes: FCM's "message too big", and APNs' own limit
	maxCollapseID   = 64   // bytes, from Apple
	minRegistration = 8    // shorter than any token or FID (an FID has 22 characters)
)

// check refuses what FCM refuses; nil means accepted. p is nil when the registration is unknown. The order is the
// real service's as far as it shows: the form first, then whose registration it is, then what depends on the platform.
func check(m *Message, p *phone, project string) *answer {
	for _, refuse := range []*answer{checkTarget(m), checkData(m), checkAndroid(m), checkAPNS(m)} {
		if refuse != nil {
			return refuse
		}
	}
	if refuse := checkRegistration(m, p, project); refuse != nil {
		return refuse
	}
	return checkPlatform(m)
}

// checkTarget wants exactly one address, and a token or FID: the emulator has no topics.
func checkTarget(m *Message) *answer {
	set := 0
	for _, target := range [...]string{m.Token, m.Fid, m.Topic, m.Condition} {
		if target != "" {
			set++
		}
	}
	switch {
	case set == 0:
		return invalid("message", "Recipient of the message is not set.")
	case set > 1:
		return gatewayRefusal("Invalid value at 'message' (oneof), oneof field 'target' is already set.", "message")
	case m.Topic != "":
		return invalid("message.topic", "Topics are not supported by this emulator.")
	case m.Condition != "":
		return invalid("message.condition", "Conditions are not supported by this emulator.")
	}
	return nil
}

// checkData refuses the keys that FCM uses itself.
func checkData(m *Message) *answer {
	for _, part := range [...]struct {
		field string
		data  map[string]string
	}{{"message.data", m.Data}, {"message.android.data", m.Android.Data}} {
		for key := range part.data {
			if reserved(key) {
				return invalid(part.field+"["+key+"]", "Invalid data payload key: "+key)
			}
		}
	}
	return nil
}

// reserved tells FCM's own data keys (reference of projects.messages and of INVALID_ARGUMENT).
func reserved(key string) bool {
	return key == "from" || key == "message_type" || key == "gcm" ||
		strings.HasPrefix(key, "google.") || strings.HasPrefix(key, "gcm.")
}

// checkAndroid checks the enums and the range of the time to live. There is no documented limit for a tag.
func checkAndroid(m *Message) *answer {
	switch m.Android.Priority {
	case "", "high", "normal", "HIGH", "NORMAL":
	default:
		return gatewayRefusal("Invalid value at 'message.android.priority' (type.googleapis.com/google.firebase.fcm.v1."+
			"AndroidConfig.AndroidMessagePriority), "+strconv.Quote(m.Android.Priority), "message.android.priority")
	}
	if m.Android.TTL < 0 || m.Android.TTL > DefaultTTL {
		return invalid("message.android.ttl", "Invalid time to live: must be between 0 and 2419200 seconds.")
	}
	if n := m.Android.Notification; n != nil {
		switch n.Visibility {
		case "", "VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET":
		default:
			return gatewayRefusal("Invalid value at 'message.android.notification.visibility' (type.googleapis.com/google."+
				"firebase.fcm.v1.AndroidNotification.Visibility), "+strconv.Quote(n.Visibility),
				"message.android.notification.visibility")
		}
	}
	return nil
}

// checkAPNS checks the headers and that a payload has its aps dictionary.
func checkAPNS(m *Message) *answer {
	headers := m.APNS.Headers
	switch headers["apns-priority"] {
	case "", "1", "5", "10":
	default:
		return invalid("message.apns.headers[apns-priority]", "Invalid value for apns-priority: must be 1, 5 or 10.")
	}
	if expiration, set := headers["apns-expiration"]; set {
		if seconds, err := strconv.ParseInt(expiration, 10, 64); err != nil || seconds < 0 {
			return invalid("message.apns.headers[apns-expiration]", "Invalid value for apns-expiration: must be Unix seconds.")
		}
	}
	if len(headers["apns-collapse-id"]) > maxCollapseID {
		return invalid("message.apns.headers[apns-collapse-id]", "Invalid value for apns-collapse-id: longer than 64 bytes.")
	}
	if m.APNS.Payload != nil && !m.APNS.aps && m.Notification == nil {
		return invalid("message.apns.payload.aps", "Invalid APNs payload: aps is missing.")
	}
	return nil
}

// checkRegistration checks the address: its form, its kind, its project, and that the app is still there.
func checkRegistration(m *Message, p *phone, project string) *answer {
	field, kind := "message.token", Token
	if m.Fid != "" {
		field, kind = "message.fid", FID
	}
	switch {
	case !wellFormed(m.Target()), p != nil && p.Kind != kind:
		return invalidRegistration(field)
	case p == nil:
		return unregistered()
	case p.Project != "" && p.Project != project:
		return senderIDMismatch()
	case p.isGone():
		return unregistered()
	}
	return nil
}

// wellFormed tells whether text could be a token ("fid:base64url") or an FID. FCM's own rule is not published.
func wellFormed(text string) bool {
	if len(text) < minRegistration || len(text) > maxPayload {
		return false
	}
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("-_:.=", rune(c)) {
			return false
		}
	}
	return true
}

// checkPlatform checks what only matters on the phone addressed: size, and Apple's rule for silent pushes.
func checkPlatform(m *Message) *answer {
	if m.Platform == Android {
		if androidBytes(m) > maxPayload {
			return invalid("message", "Android message is too big")
		}
		return nil
	}
	if appleBytes(m) > maxPayload {
		return invalid("message", "iOS message is too big")
	}
	visible := m.alert() != nil || m.APNS.Badge != nil || m.APNS.Sound != ""
	priority := m.APNS.Headers["apns-priority"]
	switch {
	case visible:
		return nil
	case priority == "10": // Apple: "It is an error to use this priority" for content-available alone
		return invalid("message.apns.headers[apns-priority]", "A background push must have apns-priority 5.")
	case m.APNS.aps && !m.APNS.ContentAvailable: // APNs: PayloadEmpty
		return invalid("message.apns.payload.aps", "A push without alert, badge or sound must have content-available 1.")
	}
	return nil
}

// androidBytes counts what FCM counts: keys and values of the data, and the notification's texts. How it counts the
// latter is not published; names of fields are left out, as for the data.
func androidBytes(m *Message) int {
	size := 0
	for key, value := range m.androidData() {
		size += len(key) + len(value)
	}
	if n := m.posted(); n != nil {
		size += len(n.Title) + len(n.Body) + len(n.Tag) + len(n.ChannelID) + len(n.Sound)
	}
	return size
}

// appleBytes estimates the payload that FCM hands to APNs: the aps payload plus the data as custom fields.
func appleBytes(m *Message) int {
	size := len(m.APNS.Payload)
	for key, value := range m.Data {
		size += len(key) + len(value) + len(`"":"",`)
	}
	if m.APNS.Alert == nil && m.Notification != nil {
		size += len(m.Notification.Title) + len(m.Notification.Body)
	}
	return size
}
