package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"

	"handrail/models"
)

// FCMOptions say how to reach Firebase Cloud Messaging.
type FCMOptions struct {
	Credentials []byte            // a Google credentials file; none with an emulator
	Endpoint    string            // an emulator's; empty is Google's own
	Project     string            // an emulator's; else it is the credentials'
	Transport   http.RoundTripper // nil: a pool of connections of its own
}

// FCM sends through Firebase's Admin SDK.
type FCM struct {
	client *messaging.Client
	tokens *accessTokens
	call   time.Duration
}

// callBound is how long one call may take: the SDK itself would wait for ever.
const callBound = 12 * time.Second

// NewFCM makes a client. Credentials are read but not tried: FCM's first answer tells.
func NewFCM(ctx context.Context, o FCMOptions) (*FCM, error) {
	source, project := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "emulator"}), o.Project
	if o.Endpoint == "" {
		creds, err := credentials(ctx, o.Credentials)
		if err != nil {
			return nil, err
		}
		source, project = creds.TokenSource, creds.ProjectID
	}
	base := o.Transport
	if base == nil {
		base = pool()
	}
	// WithHTTPClient drops the SDK's own sign-in, hence ours.
	client := &http.Client{Transport: oneTry{signed{base}}}
	options := []option.ClientOption{option.WithHTTPClient(client)}
	if o.Endpoint != "" {
		options = append(options, option.WithEndpoint(o.Endpoint))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: project}, options...)
	if err != nil {
		return nil, err
	}
	messenger, err := app.Messaging(ctx)
	if err != nil {
		return nil, err
	}
	return &FCM{client: messenger, tokens: &accessTokens{source: source}, call: callBound}, nil
}

// stay follows no redirect: no access token goes where somebody on the way would have it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func credentials(ctx context.Context, file []byte) (*google.Credentials, error) {
	var kind struct {
		Type google.CredentialsType `json:"type"`
	}
	if err := json.Unmarshal(file, &kind); err != nil {
		return nil, errors.New("the credentials file is not JSON")
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Timeout: tokenBound, CheckRedirect: stay})
	creds, err := google.CredentialsFromJSONWithType(ctx, file, kind.Type, "https://www.googleapis.com/auth/firebase.messaging")
	if err != nil {
		return nil, fmt.Errorf("the credentials file does not read: %w", err)
	}
	if creds.ProjectID == "" {
		return nil, errors.New("the credentials file names no project_id")
	}
	return creds, nil
}

// How long nothing comes over a connection until it is tried, as seldom as Google's own clients do, and how long that may take.
const (
	silence    = 31 * time.Second
	signOfLife = 5 * time.Second
)

// pool keeps as many connections as there may be calls at once: the default keeps two, and opens a new one for each
// further call. Over HTTP/2, which Google speaks, all go through a few, and one that died in silence would be used until the
// system gives it up, after a quarter of an hour.
func pool() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 2000, 2000
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: signOfLife}
	return transport
}

// Send hands one message to FCM: exactly one request.
func (f *FCM) Send(ctx context.Context, m Message) Answer {
	if by, bound := ctx.Deadline(); bound && !time.Now().Before(by) { // not ctx.Err(): its timer may wake later than we do
		return Answer{State: models.DeliveryNotSent, Code: "TOO_LATE_TO_CALL"}
	}
	ctx, cancel := context.WithTimeout(ctx, f.call)
	defer cancel()
	ctx, err := f.tokens.withToken(ctx)
	if err != nil {
		return withoutToken(err)
	}
	name, err := f.client.Send(ctx, onWire(m))
	if err == nil {
		return Answer{State: models.DeliveryAccepted, Name: name}
	}
	answer := answerOf(err)
	if answer.Code == codeAPNs && m.Target.Platform != models.IOS {
		answer.Pause = nil // a browser's registration: it is tried again, and nobody's iPhone has to wait for it
	}
	return answer
}

// codeAPNs is FCM's word for a fault on the way to an iPhone, or to a browser.
const codeAPNs = "THIRD_PARTY_AUTH_ERROR"

// onWire is the message as FCM takes it. Android gets data only, which the app posts itself: an offline phone keeps each
// of those but only the last notification message.
func onWire(m Message) *messaging.Message {
	const most = 28 * 24 * time.Hour // FCM's longest
	ttl := min(max(m.TimeLeft.Truncate(time.Second), 0), most)
	wire := &messaging.Message{Data: m.data()}
	if m.Target.RegistrationKind == "fid" {
		wire.Fid = m.Target.Registration
	} else {
		//lint:ignore SA1019 phones in use still register with tokens; the kind is stored with each
		wire.Token = m.Target.Registration
	}
	if m.Target.Platform == models.IOS {
		wire.APNS = &messaging.APNSConfig{
			Headers: map[string]string{"apns-collapse-id": m.PushID, "apns-priority": "10", "apns-push-type": "alert",
				"apns-expiration": strconv.FormatInt(m.ExpiresAt.Unix(), 10)},
			Payload: &messaging.APNSPayload{Aps: &messaging.Aps{Alert: &messaging.ApsAlert{Body: m.Text}, Sound: "default", MutableContent: true}},
		}
		return wire
	}
	wire.Android = &messaging.AndroidConfig{Priority: "high", TTL: &ttl}
	if m.Target.Presentation == models.PresentSystem {
		wire.Android.Notification = &messaging.AndroidNotification{Body: m.Text, Tag: m.PushID, ChannelID: "reminders",
			Visibility: messaging.VisibilityPrivate}
	}
	return wire
}

const quotaPause = time.Minute

// answerOf reads FCM's refusal. The SDK's helpers do not look through wrapped errors: err is as it came.
func answerOf(err error) Answer {
	after := retryAfter(err)
	switch {
	case messaging.IsUnregistered(err):
		return Answer{State: models.DeliveryDead, Code: "UNREGISTERED"}
	case messaging.IsSenderIDMismatch(err):
		return Answer{State: models.DeliveryDead, Code: "SENDER_ID_MISMATCH"}
	case messaging.IsThirdPartyAuthError(err):
		return Answer{State: models.DeliveryNotSent, Code: codeAPNs, RetryAfter: after,
			Pause: &Pause{Lanes: []models.Platform{models.IOS}, For: max(after, quotaPause), Reason: models.LaneAPNs}}
	case errorutils.IsUnauthenticated(err), errorutils.IsPermissionDenied(err):
		return credentialRefused(after)
	case errorutils.IsResourceExhausted(err), messaging.IsQuotaExceeded(err):
		if after == 0 {
			after = quotaPause
		}
		return Answer{State: models.DeliveryNotSent, Code: "RESOURCE_EXHAUSTED", RetryAfter: after,
			Pause: &Pause{Lanes: bothLanes(), For: after, Reason: models.LaneQuota}}
	case errorutils.IsInvalidArgument(err) && !isGoogles(err): // some proxy's page
		return Answer{State: models.DeliveryNotSent, Code: "BAD_REQUEST", RetryAfter: after}
	case errorutils.IsInvalidArgument(err) && namesRegistration(err):
		return Answer{State: models.DeliveryDead, Code: "INVALID_REGISTRATION"}
	case errorutils.IsInvalidArgument(err):
		return Answer{State: models.DeliveryRejected, Code: "INVALID_ARGUMENT"}
	case errorutils.IsNotFound(err): // without UNREGISTERED it is some proxy's, not about the registration
		return Answer{State: models.DeliveryNotSent, Code: "NOT_FOUND", RetryAfter: after}
	}
	return Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER", RetryAfter: after}
}

func bothLanes() []models.Platform { return []models.Platform{models.Android, models.IOS} }

func credentialRefused(after time.Duration) Answer {
	return Answer{State: models.DeliveryNotSent, Code: "CREDENTIAL_REFUSED",
		Pause: &Pause{Lanes: bothLanes(), For: max(after, quotaPause), Reason: models.LaneCredential}}
}

// isGoogles says whether an answer is FCM's, or of the gateway before it: both speak JSON.
func isGoogles(err error) bool {
	response := errorutils.HTTPResponse(err)
	return response != nil && strings.HasPrefix(response.Header.Get("Content-Type"), "application/json")
}

// namesRegistration says whether a 400 is about the registration rather than about our payload.
func namesRegistration(err error) bool {
	text := err.Error()
	if response := errorutils.HTTPResponse(err); response != nil {
		if body, readErr := io.ReadAll(response.Body); readErr == nil {
			text += string(body)
			response.Body = io.NopCloser(bytes.NewReader(body))
		}
	}
	return strings.Contains(text, "message.token") || strings.Contains(text, "message.fid") ||
		strings.Contains(text, "not a valid FCM registration token")
}

// mostRest is as long as FCM can ask for: longer than any reminder waits.
const mostRest = 30 * 24 * time.Hour

// retryAfter reads the header in both its forms (RFC 9110 §10.2.3); a date counts from the answer's own.
func retryAfter(err error) time.Duration {
	response := errorutils.HTTPResponse(err)
	if response == nil {
		return 0
	}
	header := response.Header.Get("Retry-After")
	if seconds, _ := strconv.Atoi(header); seconds > 0 { // of what is no number it is 0, of one too large the largest
		seconds = min(seconds, int(mostRest/time.Second))
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		answered, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			answered = time.Now()
		}
		return min(max(at.Sub(answered), 0), mostRest)
	}
	return 0
}

// oneTry keeps the SDK from sending a message again by itself, which it does on 503, on lost connections and when an answer
// breaks off, up to four times within seconds: when to try again is the outbox's to decide, which knows when a reminder has
// become useless. Where an answer points it is not sent either, and what neither takes nor refuses it is no answer.
type oneTry struct{ next http.RoundTripper }

func (o oneTry) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	if err == nil {
		err = readWhole(response)
	}
	switch {
	case err != nil || response.StatusCode > http.StatusOK && response.StatusCode < http.StatusBadRequest: // the SDK takes a 302 for a yes
		return standIn(r), nil
	case response.StatusCode == http.StatusServiceUnavailable:
		response.StatusCode = http.StatusInternalServerError
	}
	return response, nil
}

// mostAnswer bounds what is read of an answer. FCM's are a few hundred bytes.
const mostAnswer = 1 << 20

func readWhole(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

// standIn is the answer of nobody: that the message may have arrived.
func standIn(r *http.Request) *http.Response {
	return &http.Response{StatusCode: http.StatusInternalServerError, Status: "no answer", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
}
