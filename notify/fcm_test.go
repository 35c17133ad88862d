package notify_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// Every row of what FCM answers, with what it asks for: exactly one request each, whatever the SDK would do by itself.
func TestEachAnswerOfFCMIsReadForWhatItAsks(t *testing.T) {
	both, apple := []models.Platform{models.Android, models.IOS}, []models.Platform{models.IOS}
	pause := func(d time.Duration, reason string, lanes ...models.Platform) *notify.Pause {
		return &notify.Pause{Lanes: lanes, For: d, Reason: reason}
	}
	tests := []struct {
		name  string
		fault fcmtest.Fault
		want  notify.Answer
	}{
		{"accepted", fcmtest.Fault{}, notify.Answer{State: models.DeliveryAccepted}},
		{"404 UNREGISTERED: the registration is dead", fcmtest.Unregistered(), notify.Answer{State: models.DeliveryDead, Code: "UNREGISTERED"}},
		{"404 of a proxy: not about the registration", fcmtest.HTMLNotFound(), notify.Answer{State: models.DeliveryNotSent, Code: "NOT_FOUND"}},
		{"400 on the token", fcmtest.InvalidToken(), notify.Answer{State: models.DeliveryDead, Code: "INVALID_REGISTRATION"}},
		{"400 naming message.token", fcmtest.Fault{Status: 400, ErrorCode: "INVALID_ARGUMENT", Field: "message.token"},
			notify.Answer{State: models.DeliveryDead, Code: "INVALID_REGISTRATION"}},
		{"400 on a data field: our payload is wrong", fcmtest.InvalidData(), notify.Answer{State: models.DeliveryRejected, Code: "INVALID_ARGUMENT"}},
		{"400 of the gateway, without FCM's detail", fcmtest.Fault{Status: 400, Field: "message.android.ttl"},
			notify.Answer{State: models.DeliveryRejected, Code: "INVALID_ARGUMENT"}},
		{"400 of a proxy: not about our payload", fcmtest.Fault{Status: 400, Body: "<html>400 Bad Request", ContentType: "text/html"},
			notify.Answer{State: models.DeliveryNotSent, Code: "BAD_REQUEST"}},
		{"403 SENDER_ID_MISMATCH", fcmtest.SenderIDMismatch(), notify.Answer{State: models.DeliveryDead, Code: "SENDER_ID_MISMATCH"}},
		{"401 THIRD_PARTY_AUTH_ERROR: iOS alone", thirdParty(), notify.Answer{State: models.DeliveryNotSent, Code: "THIRD_PARTY_AUTH_ERROR",
			Pause: pause(time.Minute, models.LaneAPNs, apple...)}},
		{"401 THIRD_PARTY_AUTH_ERROR to what says it is an Android: a browser's registration", thirdParty(),
			notify.Answer{State: models.DeliveryNotSent, Code: "THIRD_PARTY_AUTH_ERROR"}},
		{"401: our credential", fcmtest.Unauthenticated(), notify.Answer{State: models.DeliveryNotSent, Code: "CREDENTIAL_REFUSED",
			Pause: pause(time.Minute, models.LaneCredential, both...)}},
		{"403: our credential", fcmtest.Fault{Status: 403}, notify.Answer{State: models.DeliveryNotSent, Code: "CREDENTIAL_REFUSED",
			Pause: pause(time.Minute, models.LaneCredential, both...)}},
		{"429 with Retry-After", fcmtest.QuotaExceeded("37"), notify.Answer{State: models.DeliveryNotSent, Code: "RESOURCE_EXHAUSTED",
			RetryAfter: 37 * time.Second, Pause: pause(37*time.Second, models.LaneQuota, both...)}},
		{"429 of the project, without Retry-After: a minute", fcmtest.ProjectQuotaExceeded(""), notify.Answer{State: models.DeliveryNotSent,
			Code: "RESOURCE_EXHAUSTED", RetryAfter: time.Minute, Pause: pause(time.Minute, models.LaneQuota, both...)}},
		{"500", fcmtest.Internal(), notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER"}},
		{"503", fcmtest.Unavailable(""), notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER"}},
		{"503 with Retry-After", fcmtest.Unavailable("300"), notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER", RetryAfter: 5 * time.Minute}},
		{"502 of a proxy", fcmtest.Fault{Status: 502, Body: "<html>", ContentType: "text/html"}, notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER"}},
		{"accepted, then cut off", fcmtest.Fault{AcceptThenReset: true}, notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER"}},
		{"hung up", fcmtest.Fault{HangUp: true}, notify.Answer{State: models.DeliveryUnknown, Code: "NO_CLEAR_ANSWER"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, fcm := emulator(t)
			if test.name != "accepted" {
				server.Fail(test.fault)
			}
			platform := models.Android
			if test.want.Pause != nil && test.want.Pause.Reason == models.LaneAPNs {
				platform = models.IOS
			}
			got := fcm.Send(t.Context(), message(platform))
			if got.State == models.DeliveryAccepted && !strings.HasPrefix(got.Name, "projects/demo/messages/") {
				t.Errorf("an accepted message without its name: %q", got.Name)
			}
			got.Name = ""
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if asked := len(server.Requests()); asked != 1 {
				t.Errorf("%d requests, want exactly one", asked)
			}
		})
	}
}

// thirdParty is what FCM answers for an iPhone while the APNs key is wrong, whomever the test sends to.
func thirdParty() fcmtest.Fault {
	fault := fcmtest.ThirdPartyAuth()
	fault.Match = nil
	return fault
}

func TestRetryAfterMayBeADateByTheAnswersOwnClock(t *testing.T) {
	server, fcm := emulator(t)
	server.Fail(fcmtest.Unavailable(time.Now().Add(5 * time.Minute).UTC().Format(http.TimeFormat)))
	got := fcm.Send(t.Context(), message(models.Android)).RetryAfter
	if got < 4*time.Minute+50*time.Second || got > 5*time.Minute+time.Second {
		t.Fatal(got)
	}
}

func TestARetryAfterBeyondAllMeasureIsNoReasonToAskAgainAtOnce(t *testing.T) {
	for _, header := range []string{"9999999999", "99999999999", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		server, fcm := emulator(t)
		server.Fail(fcmtest.QuotaExceeded(header))
		got := fcm.Send(t.Context(), message(models.Android))
		if got.RetryAfter != 30*24*time.Hour || got.Pause == nil || got.Pause.For != got.RetryAfter {
			t.Errorf("%s: %+v, %+v", header, got, got.Pause)
		}
	}
}

func TestACallThatIsNeverAnsweredEndsWithinItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := withPhones()
		defer server.Close()
		server.Fail(fcmtest.Fault{NeverAnswer: true})
		fcm := inMemory(t, server)
		began := time.Now()
		got := fcm.Send(context.Background(), message(models.Android))
		if took := time.Since(began); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		if got.State != models.DeliveryUnknown {
			t.Errorf("%v: it may have arrived", got.State)
		}
		if asked := len(server.Requests()); asked != 1 {
			t.Errorf("%d requests", asked)
		}
	})
}

func sent(t *testing.T, m notify.Message) fcmtest.Message {
	t.Helper()
	server, fcm := emulator(t)
	if got := fcm.Send(t.Context(), m); got.State != models.DeliveryAccepted {
		t.Fatalf("%+v", got)
	}
	return server.Requests()[0].Message
}

var appReads = map[string]string{"push_id": "0190f0c2-0000-7000-8000-000000000001", "ack_secret": "c2VjcmV0LXNlY3JldC1zZQ",
	"text": "You have something Tue at 6:00 PM.", "sync": "1"}

func TestAndroidGetsDataAloneAtHighPriorityForAsLongAsItIsUseful(t *testing.T) {
	got := sent(t, message(models.Android))
	if diff := cmp.Diff(appReads, got.Data); diff != "" {
		t.Error(diff)
	}
	if got.Notification != nil || got.Android.Notification != nil || got.APNS.Payload != nil {
		t.Error("an Android phone that is offline keeps one notification message and does not call the app")
	}
	if got.Android.Priority != "high" || got.Android.WireTTL != "5400s" || got.Android.CollapseKey != "" {
		t.Errorf("%+v", got.Android)
	}
}

func TestAndroidsSystemPostsUnderTheTagAndKeepsTheTextOffALockedScreen(t *testing.T) {
	m := message(models.Android)
	m.Target.Presentation = models.PresentSystem
	got := sent(t, m)
	want := &fcmtest.AndroidNotification{Body: m.Text, Tag: m.PushID, ChannelID: "reminders", Visibility: "PRIVATE"}
	if diff := cmp.Diff(want, got.Android.Notification); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(appReads, got.Data); diff != "" {
		t.Error(diff)
	}
}

func TestAnIPhoneGetsAnAlertThatAServiceExtensionCanAcknowledge(t *testing.T) {
	m := message(models.IOS)
	got := sent(t, m)
	want := map[string]string{"apns-collapse-id": m.PushID, "apns-priority": "10", "apns-push-type": "alert", "apns-expiration": "1793746800"}
	if diff := cmp.Diff(want, got.APNS.Headers); diff != "" {
		t.Error(diff)
	}
	if got.APNS.Alert == nil || got.APNS.Alert.Body != m.Text || !got.APNS.MutableContent || got.APNS.ContentAvailable {
		t.Errorf("%+v", got.APNS)
	}
	if diff := cmp.Diff(appReads, got.Data); diff != "" {
		t.Error(diff)
	}
}

func TestAnInstallationIDIsSentAsWhatItIs(t *testing.T) {
	server, fcm := emulator(t)
	server.AddPhone(fcmtest.Phone{Registration: "installation-id-of-22c", Kind: fcmtest.FID})
	m := message(models.Android)
	m.Target.Registration, m.Target.RegistrationKind = "installation-id-of-22c", "fid"
	if got := fcm.Send(t.Context(), m); got.State != models.DeliveryAccepted {
		t.Fatalf("%+v", got)
	}
}

func TestWhatHasNoTimeLeftIsNowOrNever(t *testing.T) {
	m := message(models.Android)
	m.TimeLeft = -time.Second
	if got := sent(t, m); got.Android.WireTTL != "0s" {
		t.Fatal(got.Android.WireTTL)
	}
	m.TimeLeft = 400 * 24 * time.Hour
	if got := sent(t, m); got.Android.WireTTL != "2419200s" {
		t.Fatal(got.Android.WireTTL)
	}
}

func TestNothingButTheKnownFieldsIsOnTheWire(t *testing.T) {
	for platform, want := range map[models.Platform][]string{models.Android: {"android", "data", "token"}, models.IOS: {"apns", "data", "token"}} {
		var body struct {
			Message map[string]json.RawMessage `json:"message"`
		}
		if err := json.Unmarshal(sent(t, message(platform)).Raw, &body); err != nil {
			t.Fatal(err)
		}
		for _, field := range want {
			delete(body.Message, field)
		}
		if len(body.Message) != 0 {
			t.Errorf("%s: %v", platform, body.Message)
		}
	}
}
