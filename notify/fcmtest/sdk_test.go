//lint:file-ignore SA1019 phones in use still register with tokens, so both kinds are tried

package fcmtest_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"

	"handrail/notify/fcmtest"
)

const (
	pixel  = "pixel-token-1"
	galaxy = "galaxy_install-fid-22"
	iphone = "iphone-token-1"
)

// emulator starts a server with an Android phone by token, one by FID and an iPhone, and the real SDK in front of it.
func emulator(t testing.TB, options fcmtest.Options) (*fcmtest.Server, *messaging.Client) {
	t.Helper()
	server := fcmtest.New(options)
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	addPhones(server)
	return server, sdk(t, "demo", option.WithEndpoint(url),
		option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "any"})))
}

// inMemory is the same without a socket, for tests in virtual time.
func inMemory(t testing.TB, options fcmtest.Options) (*fcmtest.Server, *messaging.Client) {
	t.Helper()
	server := fcmtest.New(options)
	addPhones(server)
	return server, sdk(t, "demo", option.WithEndpoint("http://fcm.invalid/v1"),
		option.WithHTTPClient(&http.Client{Transport: bearer{server.Transport()}}))
}

func addPhones(server *fcmtest.Server) {
	server.AddPhone(fcmtest.Phone{Registration: pixel})
	server.AddPhone(fcmtest.Phone{Registration: galaxy, Kind: fcmtest.FID})
	server.AddPhone(fcmtest.Phone{Registration: iphone, Platform: fcmtest.IOS})
}

func sdk(t testing.TB, project string, options ...option.ClientOption) *messaging.Client {
	t.Helper()
	app, err := firebase.NewApp(t.Context(), &firebase.Config{ProjectID: project}, options...)
	if err != nil {
		t.Fatal(err)
	}
	client, err := app.Messaging(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

type bearer struct{ next http.RoundTripper }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer any")
	return b.next.RoundTrip(r)
}

// data is the message that an Android app posts itself.
func data(registration, pushID, text string) *messaging.Message {
	ttl := time.Hour
	return &messaging.Message{
		Token:   registration,
		Data:    map[string]string{"push_id": pushID, "ack_secret": "s-" + pushID, "text": text},
		Android: &messaging.AndroidConfig{Priority: "high", TTL: &ttl},
	}
}

// system is the message that Android posts without calling the app.
func system(registration, tag, text string) *messaging.Message {
	return &messaging.Message{
		Token: registration,
		Data:  map[string]string{"push_id": tag},
		Android: &messaging.AndroidConfig{Priority: "high", Notification: &messaging.AndroidNotification{
			Body: text, Tag: tag, ChannelID: "reminders", Visibility: messaging.VisibilityPrivate}},
	}
}

// alert is the message that an iPhone shows. expires is apns-expiration; the zero time leaves it out.
func alert(registration, collapseID, text string, expires time.Time) *messaging.Message {
	headers := map[string]string{"apns-priority": "10", "apns-push-type": "alert"}
	if collapseID != "" {
		headers["apns-collapse-id"] = collapseID
	}
	if !expires.IsZero() {
		headers["apns-expiration"] = strconv.FormatInt(expires.Unix(), 10)
	}
	return &messaging.Message{
		Token: registration,
		Data:  map[string]string{"push_id": collapseID},
		APNS: &messaging.APNSConfig{Headers: headers, Payload: &messaging.APNSPayload{Aps: &messaging.Aps{
			Alert: &messaging.ApsAlert{Body: text}, MutableContent: true, Sound: "default",
			CustomData: map[string]any{"interruption-level": "time-sensitive"}}}},
	}
}

// send sends and fails the test when that fails.
func send(t testing.TB, client *messaging.Client, m *messaging.Message) {
	t.Helper()
	if _, err := client.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// trySend returns the error only.
func trySend(ctx context.Context, client *messaging.Client, m *messaging.Message) error {
	_, err := client.Send(ctx, m)
	return err
}
