package fcmtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"

	"handrail/notify/fcmtest"
)

func TestAcceptedThenResetIsDeliveredAgainByTheSDKAndShownOnce(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Fail(fcmtest.Fault{AcceptThenReset: true, Times: 1})
	send(t, client, data(pixel, "p1", "x")) // the SDK's first retry comes at once
	shows(t, server, pixel, "p1=x(1)")
	if server.Accepted() != 2 {
		t.Errorf("accepted %d times", server.Accepted())
	}
	if r := server.Requests(); len(r) != 2 || r[0].Status != 0 || !r[0].Accepted || r[1].Status != 200 {
		t.Errorf("%+v", r)
	}
}

func TestTheSDKTriesFiveTimesInSevenSecondsBeforeItReportsACut(t *testing.T) {
	for _, test := range []struct {
		name     string
		fault    fcmtest.Fault
		kinds    string
		accepted int
		screen   string
	}{
		{"accepted, then reset", fcmtest.Fault{AcceptThenReset: true}, "platform:Unavailable", 5, "p1=x(4)"},
		{"hung up", fcmtest.Fault{HangUp: true}, "platform:Unknown", 0, ""},
		{"503", fcmtest.Unavailable(""), "Unavailable platform:Unavailable", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := inMemory(t, fcmtest.Options{})
				server.Fail(test.fault)
				start := time.Now()
				err := trySend(t.Context(), client, data(pixel, "p1", "x"))
				if got := kinds(err); got != test.kinds {
					t.Errorf("the SDK says %q, want %q: %v", got, test.kinds, err)
				}
				if took := time.Since(start); len(server.Requests()) != 5 || took != 7*time.Second {
					t.Errorf("%d requests in %v", len(server.Requests()), took)
				}
				if server.Accepted() != test.accepted {
					t.Errorf("accepted %d times, want %d", server.Accepted(), test.accepted)
				}
				shows(t, server, pixel, test.screen)
			})
		})
	}
}

func TestACutIsARealOneOnTheWire(t *testing.T) {
	server := fcmtest.New(fcmtest.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	addPhones(server)
	for want, fault := range map[error]fcmtest.Fault{
		syscall.ECONNRESET: {AcceptThenReset: true, Times: 1},
		io.EOF:             {HangUp: true, Times: 1},
	} {
		server.Fail(fault)
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/projects/demo/messages:send",
			strings.NewReader(`{"message":{"token":"`+pixel+`","data":{"text":"x"}}}`))
		request.Header.Set("Authorization", "Bearer any")
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

func TestAHeldRequestEndsWithTheSendersPatience(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Fail(fcmtest.Fault{NeverAnswer: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := trySend(ctx, client, data(pixel, "p1", "x")); err == nil {
		t.Error("answered")
	}
	if r := server.Requests(); len(r) != 1 || r[0].Status != 0 || r[0].Accepted || server.Accepted() != 0 {
		t.Errorf("%+v", r)
	}
}

func TestClosingReleasesHeldRequests(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Fail(fcmtest.Fault{NeverAnswer: true})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- trySend(ctx, client, data(pixel, "p1", "x")) }()
	for len(server.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	server.Close()
	cancel() // or the SDK would go on retrying
	if err := <-ended; err == nil {
		t.Error("answered")
	}
	server.Close() // twice is harmless
}

func TestASlowAnswerIsAcceptedEvenIfNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := inMemory(t, fcmtest.Options{})
		server.Fail(fcmtest.Fault{Delay: 30 * time.Second, Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := trySend(ctx, client, data(pixel, "p1", "x")); err == nil {
			t.Error("answered")
		}
		shows(t, server, pixel, "")
		time.Sleep(time.Minute)
		shows(t, server, pixel, "p1=x")
	})
}

func TestFaultsMatchCountAndClear(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.Fail(fcmtest.Fault{Status: http.StatusInternalServerError, Times: 2,
		Match: func(m fcmtest.Message) bool { return m.Tag() == "p1" }})
	server.Fail(fcmtest.Fault{Status: http.StatusTeapot, Body: "short and stout", ContentType: "text/plain",
		Match: func(m fcmtest.Message) bool { return m.Token == iphone }})
	send(t, client, data(pixel, "p2", "x"))
	for range 2 {
		if err := trySend(t.Context(), client, data(pixel, "p1", "x")); !errorutils.IsInternal(err) || messaging.IsInternal(err) {
			t.Error(err)
		}
	}
	send(t, client, data(pixel, "p1", "x"))
	for range 3 {
		err := trySend(t.Context(), client, alert(iphone, "p9", "x", zero))
		if r := errorutils.HTTPResponse(err); r == nil || r.StatusCode != http.StatusTeapot || r.Header.Get("Content-Type") != "text/plain" {
			t.Error(err)
		}
	}
	server.ClearFaults()
	send(t, client, alert(iphone, "p9", "x", zero))
}
