//lint:file-ignore SA1019 phones in use still register with tokens, so both kinds are tried

package fcmtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"

	"handrail/notify/fcmtest"
)

var zero time.Time

// refusedAs asserts a 400 in whose body each part occurs.
func refusedAs(t *testing.T, err error, parts ...string) {
	t.Helper()
	response := errorutils.HTTPResponse(err)
	if response == nil || response.StatusCode != 400 {
		t.Fatalf("got %v, want a 400", err)
	}
	body, _ := io.ReadAll(response.Body)
	for _, part := range parts {
		if !strings.Contains(string(body), part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
}

func TestAMalformedRegistrationIsNamed(t *testing.T) {
	_, client := emulator(t, fcmtest.Options{})
	const words = "not a valid FCM registration token"
	for _, token := range []string{"short", "has a space in it", "ünïcode-token", galaxy} {
		err := trySend(t.Context(), client, data(token, "p1", "x"))
		refusedAs(t, err, words, `"message.token"`)
		if !messaging.IsInvalidArgument(err) || !strings.Contains(err.Error(), words) {
			t.Error(err)
		}
	}
	byFID := data("", "p1", "x")
	byFID.Fid = galaxy
	send(t, client, byFID)
	byFID.Fid = pixel
	refusedAs(t, trySend(t.Context(), client, byFID), words, `"message.fid"`)
}

func TestTopicsAreRefused(t *testing.T) {
	_, client := emulator(t, fcmtest.Options{})
	refusedAs(t, trySend(t.Context(), client, &messaging.Message{Topic: "everyone"}), "message.topic")
	refusedAs(t, trySend(t.Context(), client, &messaging.Message{Condition: "'a' in topics"}), "message.condition")
}

func TestReservedDataKeysAreRefused(t *testing.T) {
	_, client := emulator(t, fcmtest.Options{})
	for _, key := range []string{"from", "message_type", "google.x", "gcm.notification.y"} {
		message := data(pixel, "p1", "x")
		message.Data[key] = "v"
		refusedAs(t, trySend(t.Context(), client, message), `"message.data[`+key+`]"`, `"INVALID_ARGUMENT"`)
	}
}

func TestMoreThan4096BytesAreRefused(t *testing.T) {
	_, client := emulator(t, fcmtest.Options{})
	fill := func(n int) *messaging.Message {
		return &messaging.Message{Token: pixel, Data: map[string]string{"text": strings.Repeat("x", n-len("text"))}}
	}
	send(t, client, fill(4096))
	refusedAs(t, trySend(t.Context(), client, fill(4097)), "Android message is too big")
	refusedAs(t, trySend(t.Context(), client, alert(iphone, "p1", strings.Repeat("x", 4096), zero)), "iOS message is too big")
}

func TestTimeToLiveIsAtMostFourWeeks(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	for _, ttl := range []time.Duration{0, 1500 * time.Millisecond, fcmtest.DefaultTTL} {
		message := data(pixel, "p1", "x")
		message.Android.TTL = &ttl
		send(t, client, message)
		requests := server.Requests()
		if got := requests[len(requests)-1].Message.Android.TTL; got != ttl {
			t.Errorf("read %v, sent %v", got, ttl)
		}
	}
	ttl := fcmtest.DefaultTTL + time.Second
	message := data(pixel, "p1", "x")
	message.Android.TTL = &ttl
	refusedAs(t, trySend(t.Context(), client, message), "message.android.ttl")
}

func TestAppleHeadersAreChecked(t *testing.T) {
	_, client := emulator(t, fcmtest.Options{})
	for header, value := range map[string]string{
		"apns-priority": "high", "apns-expiration": "tomorrow", "apns-collapse-id": strings.Repeat("x", 65),
	} {
		message := alert(iphone, "p1", "x", zero)
		message.APNS.Headers[header] = value
		refusedAs(t, trySend(t.Context(), client, message), "message.apns.headers["+header+"]")
	}
	longest := alert(iphone, strings.Repeat("x", 64), "x", zero)
	send(t, client, longest)
}

func TestASilentPushToAnIPhoneMustHaveLowPriority(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	silent := func(priority string, aps *messaging.Aps) *messaging.Message {
		return &messaging.Message{Token: iphone, Data: map[string]string{"sync": "1", "text": "never shown"},
			APNS: &messaging.APNSConfig{Headers: map[string]string{"apns-priority": priority}, Payload: &messaging.APNSPayload{Aps: aps}}}
	}
	refusedAs(t, trySend(t.Context(), client, silent("10", &messaging.Aps{ContentAvailable: true})), "apns-priority")
	refusedAs(t, trySend(t.Context(), client, silent("5", &messaging.Aps{})), "content-available")
	refusedAs(t, trySend(t.Context(), client, silent("5", nil)), "message.apns.payload.aps") // the SDK writes "aps": null
	send(t, client, silent("5", &messaging.Aps{ContentAvailable: true}))
	if server.Delivered(iphone) != 1 || len(server.Screen(iphone)) != 0 {
		t.Error("a silent push must arrive and show nothing")
	}
}

// The SDK cannot send these: they are for other senders, and for what the gateway refuses before FCM sees it.
func TestTheGatewayRefusesWhatDoesNotFitTheSchema(t *testing.T) {
	server := fcmtest.New(fcmtest.Options{})
	addPhones(server)
	for body, want := range map[string]string{
		`{`:  "Invalid JSON payload",
		`{}`: "message is missing",
		`{"message":{"token":"pixel-token-1","data":{"n":1}}}`:                "Invalid value at 'message.data' (TYPE_STRING), number",
		`{"message":{"token":"pixel-token-1","fid":"galaxy_install-fid-22"}}`: "oneof",
		`{"message":{}}`: "Recipient of the message is not set.",
		`{"message":{"token":"pixel-token-1","android":{"ttl":"3600"}}}`:                                      "Illegal duration format",
		`{"message":{"token":"pixel-token-1","android":{"ttl":"1.s"}}}`:                                       "Illegal duration format",
		`{"message":{"token":"pixel-token-1","android":{"ttl":"-1s"}}}`:                                       "time to live",
		`{"message":{"token":"pixel-token-1","android":{"priority":"urgent"}}}`:                               "AndroidMessagePriority",
		`{"message":{"token":"pixel-token-1","android":{"notification":{"body":"x","visibility":"HIDDEN"}}}}`: "Visibility",
		`{"message":{"token":"iphone-token-1","apns":{"payload":{"alert":"x"}}}}`:                             "aps is missing",
		`{"message":{"token":"iphone-token-1","apns":{"payload":{"aps":{"alert":7}}}}}`:                       "Invalid alert",
		`{"message":{"token":"iphone-token-1","apns":{"headers":{"apns-priority":5}}}}`:                       "TYPE_STRING",
	} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/v1/projects/demo/messages:send", strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer any")
		response, err := server.Transport().RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(response.Body)
		if response.StatusCode != 400 || !strings.Contains(string(answer), want) {
			t.Errorf("%s: %d %s", body, response.StatusCode, answer)
		}
	}
}

func TestTextsAreWhateverIsNotKnownToBeOpaque(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	send(t, client, data(pixel, "p1", "You have something Tue at 6:00 PM."))
	send(t, client, system(pixel, "p2", "Tue 6:00 PM is off."))
	send(t, client, alert(iphone, "p3", "2 things, first Tue 6:00 PM.", time.Now().Add(time.Hour)))
	leaky := data(pixel, "p4", "Something to finish by Tue 6:00 PM.")
	leaky.Data["sound"] = "group"
	leaky.Android.CollapseKey = "key"
	leaky.FCMOptions = &messaging.FCMOptions{AnalyticsLabel: "relapse-prevention"}
	send(t, client, leaky)
	for i, want := range []string{
		"[You have something Tue at 6:00 PM.]", "[Tue 6:00 PM is off.]", "[2 things, first Tue 6:00 PM.]",
		"[Something to finish by Tue 6:00 PM. group relapse-prevention]",
	} {
		if got := fmt.Sprint(server.Requests()[i].Message.Texts()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
