package notify_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

const (
	pixel  = "pixel-registration"
	iphone = "iphone-registration"
)

// emulator is FCM with an Android phone and an iPhone, and our client before it, on a socket.
func emulator(t *testing.T) (*fcmtest.Server, *notify.FCM) {
	t.Helper()
	server := withPhones()
	endpoint, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, client(t, notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
}

func withPhones() *fcmtest.Server {
	server := fcmtest.New(fcmtest.Options{})
	server.AddPhone(fcmtest.Phone{Registration: pixel})
	server.AddPhone(fcmtest.Phone{Registration: iphone, Platform: fcmtest.IOS})
	return server
}

func client(t *testing.T, o notify.FCMOptions) *notify.FCM {
	t.Helper()
	fcm, err := notify.NewFCM(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return fcm
}

// inMemory is our client before an emulator without a socket, for virtual time.
func inMemory(t *testing.T, server *fcmtest.Server) *notify.FCM {
	t.Helper()
	return client(t, notify.FCMOptions{Endpoint: "http://fcm.invalid/v1", Project: "demo", Transport: server.Transport()})
}

func message(platform models.Platform) notify.Message {
	registration := pixel
	if platform == models.IOS {
		registration = iphone
	}
	return notify.Message{PushID: "0190f0c2-0000-7000-8000-000000000001", AckSecret: "c2VjcmV0LXNlY3JldC1zZQ", Text: "You have something Tue at 6:00 PM.",
		ExpiresAt: time.Date(2026, 11, 3, 23, 0, 0, 0, time.UTC), TimeLeft: 90*time.Minute + 300*time.Millisecond,
		Target: models.Target{DeviceID: "d", Platform: platform, Registration: registration, RegistrationKind: "token", Presentation: models.PresentApp}}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// seeded is a record with n clients whose reminder was due at the clock's time, and a phone for each.
func seeded(t *testing.T, db modelstest.DB, server *fcmtest.Server, n int, due time.Time) {
	t.Helper()
	db.Seed(t, n, due)
	for i := range n {
		server.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i)})
	}
}
