package fcmtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"

	"handrail/notify/fcmtest"
)

// kinds names what the SDK says of an error, in a fixed order.
func kinds(err error) string {
	var names []string
	for _, kind := range []struct {
		name string
		is   func(error) bool
	}{
		{"Unregistered", messaging.IsUnregistered},
		{"InvalidArgument", messaging.IsInvalidArgument},
		{"SenderIDMismatch", messaging.IsSenderIDMismatch},
		{"ThirdPartyAuthError", messaging.IsThirdPartyAuthError},
		{"QuotaExceeded", messaging.IsQuotaExceeded},
		{"Internal", messaging.IsInternal},
		{"Unavailable", messaging.IsUnavailable},
		{"platform:NotFound", errorutils.IsNotFound},
		{"platform:InvalidArgument", errorutils.IsInvalidArgument},
		{"platform:PermissionDenied", errorutils.IsPermissionDenied},
		{"platform:Unauthenticated", errorutils.IsUnauthenticated},
		{"platform:ResourceExhausted", errorutils.IsResourceExhausted},
		{"platform:Internal", errorutils.IsInternal},
		{"platform:Unavailable", errorutils.IsUnavailable},
		{"platform:Unknown", errorutils.IsUnknown},
	} {
		if kind.is(err) {
			names = append(names, kind.name)
		}
	}
	return strings.Join(names, " ")
}

func TestEachFaultIsClassifiedByTheSDK(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	for _, test := range []struct {
		name       string
		fault      fcmtest.Fault
		kinds      string
		status     int
		retryAfter string
	}{
		// Above two minutes the SDK does not retry a 503 by itself, which keeps this test quick.
		{"503", fcmtest.Unavailable("300"), "Unavailable platform:Unavailable", 503, "300"},
		{"500", fcmtest.Internal(), "Internal platform:Internal", 500, ""},
		{"429", fcmtest.QuotaExceeded("37"), "QuotaExceeded platform:ResourceExhausted", 429, "37"},
		{"429 of the gateway", fcmtest.ProjectQuotaExceeded("37"), "platform:ResourceExhausted", 429, "37"},
		{"401 of APNs", fcmtest.ThirdPartyAuth(), "ThirdPartyAuthError platform:Unauthenticated", 401, ""},
		{"401 of ours", fcmtest.Unauthenticated(), "platform:Unauthenticated", 401, ""},
		{"404 page", fcmtest.HTMLNotFound(), "platform:NotFound", 404, ""},
		{"404", fcmtest.Unregistered(), "Unregistered platform:NotFound", 404, ""},
		{"400", fcmtest.InvalidData(), "InvalidArgument platform:InvalidArgument", 400, ""},
		{"400 of the token", fcmtest.InvalidToken(), "InvalidArgument platform:InvalidArgument", 400, ""},
		{"403", fcmtest.SenderIDMismatch(), "SenderIDMismatch platform:PermissionDenied", 403, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			server.Reset()
			server.ClearFaults()
			server.Fail(test.fault)
			message := alert(iphone, "p1", "Something", zero)
			err := trySend(t.Context(), client, message)
			if got := kinds(err); got != test.kinds {
				t.Errorf("the SDK says %q, want %q (%v)", got, test.kinds, err)
			}
			response := errorutils.HTTPResponse(err)
			if response == nil || response.StatusCode != test.status || response.Header.Get("Retry-After") != test.retryAfter {
				t.Errorf("response %+v, want %d with Retry-After %q", response, test.status, test.retryAfter)
			}
			if n := len(server.Requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
			if server.Accepted() != 0 || len(server.Screen(iphone)) != 0 {
				t.Error("a refused message was accepted")
			}
		})
	}
}

func TestAnAPNsFaultLetsAndroidFlow(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Fail(fcmtest.ThirdPartyAuth())
	send(t, client, data(pixel, "p1", "Something"))
	if err := trySend(t.Context(), client, alert(iphone, "p1", "Something", zero)); !messaging.IsThirdPartyAuthError(err) {
		t.Error(err)
	}
}

func TestADeadRegistrationIsUnregisteredUntilItComesBack(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Unregister(pixel)
	if err := trySend(t.Context(), client, data(pixel, "p1", "Something")); !messaging.IsUnregistered(err) {
		t.Error(err)
	}
	if err := trySend(t.Context(), client, data("never-seen-token", "p1", "Something")); !messaging.IsUnregistered(err) {
		t.Error(err)
	}
	server.Reregister(pixel)
	send(t, client, data(pixel, "p1", "Something"))
}

func TestAForeignRegistrationOrProjectIsForbidden(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.AddPhone(fcmtest.Phone{Registration: "someone-elses-phone", Project: "another"})
	if err := trySend(t.Context(), client, data("someone-elses-phone", "p1", "x")); !messaging.IsSenderIDMismatch(err) {
		t.Error(err)
	}
	stranger := sdk(t, "another", option.WithEndpoint("http://fcm.invalid/v1"),
		option.WithHTTPClient(&http.Client{Transport: bearer{server.Transport()}}))
	err := trySend(t.Context(), stranger, data(pixel, "p1", "x"))
	if got := kinds(err); got != "platform:PermissionDenied" { // our credential: says nothing of the registration
		t.Errorf("%q: %v", got, err)
	}
}

func TestWithoutABearerTokenNothingIsRead(t *testing.T) {
	server := fcmtest.New(fcmtest.Options{})
	client := sdk(t, "demo", option.WithEndpoint("http://fcm.invalid/v1"),
		option.WithHTTPClient(&http.Client{Transport: server.Transport()}))
	err := trySend(t.Context(), client, data(pixel, "p1", "x"))
	if got := kinds(err); got != "platform:Unauthenticated" {
		t.Errorf("%q: %v", got, err)
	}
	if r := server.Requests(); len(r) != 1 || r[0].Status != 401 || r[0].Registration != "" {
		t.Errorf("%+v", r)
	}
}

func TestAnyOtherURLIsAPage(t *testing.T) {
	server := fcmtest.New(fcmtest.Options{})
	for _, url := range []string{"http://x/", "http://x/v1/projects//messages:send",
		"http://x/v1/projects/a/b/messages:send", "http://x/projects/demo/messages:send"} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
		response, err := server.Transport().RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(response.Body)
		if response.StatusCode != 404 || !strings.HasPrefix(string(page), "<!DOCTYPE html>") {
			t.Errorf("%s: %d %s", url, response.StatusCode, page)
		}
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	server := fcmtest.New(fcmtest.Options{})
	for _, addr := range []string{":0", "0.0.0.0:0", "192.0.2.1:0", "example.org:0"} {
		if url, err := server.Start(addr); err == nil {
			t.Errorf("%s: listens on %s", addr, url)
		}
	}
}
