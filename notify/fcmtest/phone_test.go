//lint:file-ignore SA1019 phones in use still register with tokens, so both kinds are tried

package fcmtest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firebase.google.com/go/v4/messaging"

	"handrail/notify/fcmtest"
)

// screen writes what a phone shows as "tag=text(replaced)".
func screen(server *fcmtest.Server, registration string) string {
	var entries []string
	for _, n := range server.Screen(registration) {
		entry := n.Tag + "=" + n.Text
		if n.Replaced > 0 {
			entry += fmt.Sprintf("(%d)", n.Replaced)
		}
		entries = append(entries, entry)
	}
	return strings.Join(entries, " ")
}

func shows(t *testing.T, server *fcmtest.Server, registration, want string) {
	t.Helper()
	if got := screen(server, registration); got != want {
		t.Errorf("%s shows %q, want %q", registration, got, want)
	}
}

func TestTheSameTagReplacesOnEveryPresentation(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	for _, message := range []func(tag, text string) *messaging.Message{
		func(tag, text string) *messaging.Message { return data(pixel, tag, text) },
		func(tag, text string) *messaging.Message { return system(pixel, tag, text) },
		func(tag, text string) *messaging.Message { return alert(iphone, tag, text, zero) },
	} {
		server.Reset()
		send(t, client, message("p1", "6:00"))
		send(t, client, message("p2", "other"))
		send(t, client, message("p1", "7:30"))
		send(t, client, message("", "loose"))
		send(t, client, message("", "loose"))
		registration := server.Requests()[0].Registration
		shows(t, server, registration, "p2=other p1=7:30(1) =loose =loose")
		if got := server.AcceptedByTag(); got["p1"] != 2 || got["p2"] != 1 || got[""] != 2 {
			t.Errorf("accepted %v", got)
		}
		if server.Delivered(registration) != 5 || len(server.Received(registration)) != 5 || server.Accepted() != 5 {
			t.Error("five were sent")
		}
		if n := server.Screen(registration)[1]; n.PushID != "p1" {
			t.Errorf("the app was given push_id %q", n.PushID)
		}
		server.ClearScreen(registration)
		shows(t, server, registration, "")
	}
}

func TestTheHookSeesEachShowingAndMayAskTheServer(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	var server *fcmtest.Server
	server, client := emulator(t, fcmtest.Options{OnShow: func(registration string, n fcmtest.Notification) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %s %d of %d", registration, n.Text, n.Replaced, len(server.Screen(registration))))
	}})
	send(t, client, data(pixel, "p1", "a"))
	send(t, client, data(pixel, "p1", "b"))
	send(t, client, &messaging.Message{Token: pixel, Data: map[string]string{"sync": "4"}})
	server.SetOnline(iphone, false)
	send(t, client, alert(iphone, "p1", "c", zero))
	server.SetOnline(iphone, true)
	want := pixel + " a 0 of 1," + pixel + " b 1 of 1," + iphone + " c 0 of 1"
	if got := strings.Join(seen, ","); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAnAbsentAndroidPhoneKeepsEveryDataMessageButOneNotification(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.SetOnline(pixel, false)
	send(t, client, system(pixel, "n1", "first"))
	send(t, client, data(pixel, "d1", "one"))
	send(t, client, data(pixel, "d2", "two"))
	send(t, client, system(pixel, "n2", "second"))
	shows(t, server, pixel, "")
	server.SetOnline(pixel, true)
	shows(t, server, pixel, "d1=one d2=two n2=second")
	if server.Lost(pixel) != 1 || server.Delivered(pixel) != 3 || server.Accepted() != 4 {
		t.Error("the first notification is lost although it was accepted")
	}
}

func TestTheHundredAndFirstDataMessageDropsAll(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.SetOnline(pixel, false)
	for i := range 101 {
		send(t, client, data(pixel, fmt.Sprint("p", i), "x"))
	}
	server.SetOnline(pixel, true)
	if server.Delivered(pixel) != 0 || server.Lost(pixel) != 101 {
		t.Errorf("%d delivered, %d lost", server.Delivered(pixel), server.Lost(pixel))
	}
}

func TestAFifthCollapseKeyDropsAnother(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.SetOnline(pixel, false)
	for _, key := range []string{"a", "b", "a", "c", "d", "e"} {
		message := data(pixel, key, "x")
		message.Android.CollapseKey = key
		send(t, client, message)
	}
	server.SetOnline(pixel, true)
	shows(t, server, pixel, "a=x c=x d=x e=x")
}

func TestAnAbsentIPhoneKeepsOnlyTheLatest(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	server.SetOnline(iphone, false)
	send(t, client, alert(iphone, "p1", "one", zero))
	send(t, client, alert(iphone, "p2", "two", zero))
	server.SetOnline(iphone, true)
	shows(t, server, iphone, "p2=two")
}

func TestAMessageIsNotDeliveredAfterItsTimeToLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := inMemory(t, fcmtest.Options{})
		server.SetOnline(pixel, false)
		server.SetOnline(iphone, false)
		send(t, client, data(pixel, "hour", "x")) // its time to live
		send(t, client, system(pixel, "weeks", "x"))
		never := data(pixel, "now-or-never", "x")
		never.Android.TTL = new(time.Duration)
		send(t, client, never)
		send(t, client, alert(iphone, "hour", "x", time.Now().Add(time.Hour)))
		time.Sleep(time.Hour)
		server.SetOnline(pixel, true)
		server.SetOnline(iphone, true)
		shows(t, server, pixel, "weeks=x")
		shows(t, server, iphone, "")
		if server.Lost(pixel) != 2 || server.Lost(iphone) != 1 {
			t.Errorf("lost %d and %d", server.Lost(pixel), server.Lost(iphone))
		}
		server.SetOnline(iphone, false)
		send(t, client, alert(iphone, "later", "x", time.Now().Add(time.Hour)))
		time.Sleep(time.Hour - time.Second)
		server.SetOnline(iphone, true)
		shows(t, server, iphone, "later=x")
	})
}

func TestSharedTextsReachBothPlatforms(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	for _, registration := range []string{pixel, iphone} {
		send(t, client, &messaging.Message{Token: registration, Notification: &messaging.Notification{Title: "Hello", Body: "there"}})
		if s := server.Screen(registration); len(s) != 1 || s[0].Title != "Hello" || s[0].Text != "there" {
			t.Errorf("%+v", s)
		}
	}
}

func TestADryRunIsCheckedAndNotDelivered(t *testing.T) {
	server, client := emulator(t, fcmtest.Options{})
	name, err := client.SendDryRun(t.Context(), data(pixel, "p1", "x"))
	if err != nil || name != "projects/demo/messages/fake_message_id" {
		t.Error(name, err)
	}
	if server.Accepted() != 0 || server.Delivered(pixel) != 0 || !server.Requests()[0].Message.ValidateOnly {
		t.Error("a dry run was delivered")
	}
}
