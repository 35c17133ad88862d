package fcmtest

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// DefaultTTL is how long FCM keeps a message for an absent phone when the message does not say.
const DefaultTTL = 28 * 24 * time.Hour

// Message is one message as it came over the wire: the parts of FCM's Message that a reminder uses.
type Message struct {
	Token     string            `json:"token"`
	Fid       string            `json:"fid"`
	Topic     string            `json:"topic"`
	Condition string            `json:"condition"`
	Data      map[string]string `json:"data"`
	// Notification is the text shared by all platforms; nil in a data-only message.
	Notification *Alert        `json:"notification"`
	Android      AndroidConfig `json:"android"`
	APNS         APNSConfig    `json:"apns"`

	// ValidateOnly marks a dry run: checked, answered, never delivered.
	ValidateOnly bool `json:"-"`
	// Platform is the addressed phone's, "" when the emulator does not know the registration. Not on the wire.
	Platform string `json:"-"`
	// Raw is the request's whole body.
	Raw json.RawMessage `json:"-"`
}

// Alert is a text on a screen: FCM's Notification and Apple's aps.alert, which may also be a bare string (the body).
type Alert struct {
	Title       string `json:"title"`
	Subtitle    string `json:"subtitle"`
	Body        string `json:"body"`
	LocKey      string `json:"loc-key"`
	TitleLocKey string `json:"title-loc-key"`
}

// AndroidConfig is the android part of a Message.
type AndroidConfig struct {
	CollapseKey string `json:"collapse_key"`
	Priority    string `json:"priority"` // "high" or "normal"
	// WireTTL is the time to live as written, for example "3600s"; empty when the message has none.
	WireTTL string `json:"ttl"`
	// TTL is WireTTL understood, DefaultTTL when the message has none.
	TTL          time.Duration        `json:"-"`
	Data         map[string]string    `json:"data"` // when present, replaces Message.Data on Android
	Notification *AndroidNotification `json:"notification"`
}

// AndroidNotification is posted by the phone's system, without calling the app.
type AndroidNotification struct {
	Title      string `json:"title"`
	Body       string `json:"body"`
	Tag        string `json:"tag"`
	ChannelID  string `json:"channel_id"`
	Sound      string `json:"sound"`
	Visibility string `json:"visibility"` // "PRIVATE", "PUBLIC", "SECRET" or ""
}

// APNSConfig is the apns part of a Message.
type APNSConfig struct {
	Headers map[string]string `json:"headers"`
	Payload json.RawMessage   `json:"payload"` // as written; nil when the message has none

	// What follows is read out of Payload.
	Alert             *Alert            `json:"-"` // nil when aps has none
	Sound             string            `json:"-"`
	ThreadID          string            `json:"-"`
	InterruptionLevel string            `json:"-"`
	ContentAvailable  bool              `json:"-"`
	MutableContent    bool              `json:"-"`
	Badge             *int              `json:"-"`
	Custom            map[string]string `json:"-"` // the string fields beside aps
	aps               bool              // Payload has an aps object
}

// aps is Apple's dictionary (Payload Key Reference).
type aps struct {
	Alert             json.RawMessage `json:"alert"`
	Badge             *int            `json:"badge"`
	Sound             json.RawMessage `json:"sound"` // a string, or an object for a critical alert
	ContentAvailable  int             `json:"content-available"`
	MutableContent    int             `json:"mutable-content"`
	ThreadID          string          `json:"thread-id"`
	InterruptionLevel string          `json:"interruption-level"`
}

// decode reads a request; a non-nil answer is the JSON gateway's refusal.
func decode(body []byte) (Message, *answer) {
	var request struct {
		ValidateOnly bool     `json:"validate_only"`
		Message      *Message `json:"message"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return Message{}, undecodable(err)
	}
	if request.Message == nil {
		return Message{}, gatewayRefusal("Invalid argument: message is missing.", "message")
	}
	m := request.Message
	m.ValidateOnly, m.Raw = request.ValidateOnly, body
	m.Android.TTL = DefaultTTL
	if m.Android.WireTTL != "" {
		ttl, ok := parseDuration(m.Android.WireTTL)
		if !ok {
			return *m, gatewayRefusal("Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), "+
				"Field 'ttl', Illegal duration format; duration must end with 's'", "message.android.ttl")
		}
		m.Android.TTL = ttl
	}
	return *m, m.APNS.open()
}

// undecodable words a decoding error as the gateway does: "Invalid value at 'message.data' (TYPE_STRING)".
func undecodable(err error) *answer {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return gatewayRefusal("Invalid value at '"+mistyped.Field+"' (TYPE_"+strings.ToUpper(mistyped.Type.Kind().String())+"), "+
			mistyped.Value, mistyped.Field)
	}
	return gatewayRefusal("Invalid JSON payload received. "+err.Error(), "")
}

// open reads the alert and its flags out of Payload. The SDK writes "aps": null when it was given none.
func (a *APNSConfig) open() *answer {
	if string(a.Payload) == "null" {
		a.Payload = nil
	}
	if a.Payload == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(a.Payload, &fields) != nil {
		return gatewayRefusal("Invalid value at 'message.apns.payload' (type.googleapis.com/google.protobuf.Struct)",
			"message.apns.payload")
	}
	for key, raw := range fields {
		var text string
		if key == "aps" || len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
			continue
		}
		if a.Custom == nil {
			a.Custom = map[string]string{}
		}
		a.Custom[key] = text
	}
	raw := fields["aps"]
	if raw == nil || string(raw) == "null" {
		return nil
	}
	var inside aps
	if json.Unmarshal(raw, &inside) != nil {
		return invalid("message.apns.payload.aps", "Invalid aps dictionary")
	}
	a.aps = true
	a.Badge, a.ThreadID, a.InterruptionLevel = inside.Badge, inside.ThreadID, inside.InterruptionLevel
	a.ContentAvailable, a.MutableContent = inside.ContentAvailable == 1, inside.MutableContent == 1
	if len(inside.Sound) > 0 && json.Unmarshal(inside.Sound, &a.Sound) != nil {
		a.Sound = string(inside.Sound)
	}
	if len(inside.Alert) == 0 || string(inside.Alert) == "null" {
		return nil
	}
	a.Alert = &Alert{}
	into := any(a.Alert)
	if inside.Alert[0] == '"' {
		into = &a.Alert.Body
	}
	if json.Unmarshal(inside.Alert, into) != nil {
		return invalid("message.apns.payload.aps.alert", "Invalid alert: neither a string nor a dictionary")
	}
	return nil
}

// parseDuration reads protobuf's JSON duration: seconds with at most nine decimals and an "s".
func parseDuration(text string) (time.Duration, bool) {
	number, ok := strings.CutSuffix(text, "s")
	whole, fraction, dotted := strings.Cut(number, ".")
	if !ok || whole == "" || len(fraction) > 9 || (dotted && fraction == "") {
		return 0, false
	}
	seconds, err := strconv.ParseInt(whole, 10, 34) // 34 bits of seconds fit in a Duration
	if err != nil || whole[0] == '+' {
		return 0, false
	}
	nanos, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	if err != nil {
		return 0, false
	}
	d := time.Duration(nanos)
	if whole[0] == '-' {
		d = -d
	}
	return time.Duration(seconds)*time.Second + d, true
}

// Target is the registration addressed, token or FID; "" when there is none.
func (m Message) Target() string {
	if m.Token != "" {
		return m.Token
	}
	return m.Fid
}

// androidData is the data that an Android app gets.
func (m *Message) androidData() map[string]string {
	if m.Android.Data != nil {
		return m.Android.Data
	}
	return m.Data
}

// posted is the notification that Android's system posts by itself; nil when the message is data-only.
func (m *Message) posted() *AndroidNotification {
	if m.Notification == nil && m.Android.Notification == nil {
		return nil
	}
	var n AndroidNotification
	if m.Android.Notification != nil {
		n = *m.Android.Notification
	}
	if m.Notification != nil {
		n.Title, n.Body = or(n.Title, m.Notification.Title), or(n.Body, m.Notification.Body)
	}
	return &n
}

// alert is what an iPhone shows: aps.alert, its gaps filled from the shared notification; nil when there is neither.
func (m *Message) alert() *Alert {
	var a Alert
	if m.APNS.Alert != nil {
		a = *m.APNS.Alert
	}
	if m.Notification != nil {
		a.Title, a.Body = or(a.Title, m.Notification.Title), or(a.Body, m.Notification.Body)
	}
	if a == (Alert{}) {
		return nil
	}
	return &a
}

// Tag is the name under which the phone shows the message, so that a later one of that name replaces it: the
// apns-collapse-id on iOS, android.notification.tag for what Android's system posts, data.push_id for what the
// app posts. While the platform is unknown, the first of the three that is set.
func (m Message) Tag() string {
	posted := m.posted()
	switch {
	case m.Platform == IOS:
		return m.APNS.Headers["apns-collapse-id"]
	case m.Platform == Android && posted != nil:
		return posted.Tag
	case m.Platform == Android:
		return m.androidData()["push_id"]
	case posted != nil && posted.Tag != "":
		return posted.Tag
	}
	return or(m.androidData()["push_id"], m.APNS.Headers["apns-collapse-id"])
}

// or returns the first text that is not empty.
func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
