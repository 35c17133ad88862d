package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models/modelstest"
	"handrail/models/schedule"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// steadyZone is one whose clocks do not change soon: then it is the test alone that changes them.
func steadyZone(t *testing.T, now time.Time) *time.Location {
	t.Helper()
	for _, name := range []string{"America/New_York", "Australia/Sydney"} {
		zone, err := schedule.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		_, is := now.Add(-24 * time.Hour).In(zone).Zone()
		if _, then := now.Add(9 * 24 * time.Hour).In(zone).Zone(); is == then {
			return zone
		}
	}
	t.Fatal("both zones change their clocks within days")
	return nil
}

// zoneFolder is zone data, for ZONEINFO, that has a zone's last change of clocks come yet, a week from now: until then the
// clocks are an hour ahead of what they are.
func zoneFolder(t *testing.T, zone *time.Location, now time.Time) string {
	t.Helper()
	_, offset := now.In(zone).Zone()
	var file bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			if err := binary.Write(&file, binary.BigEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	header := func(transitions, kinds, letters int32) {
		put([]byte("TZif2"), make([]byte, 15), int32(0), int32(0), int32(0), transitions, kinds, letters)
	}
	header(0, 1, 4) // for readers of the first version, of which Go is none
	put(int32(offset), byte(0), byte(0), []byte("STD\x00"))
	header(1, 2, 8)
	put(now.Add(7*24*time.Hour).Unix(), byte(1), int32(offset+3600), byte(1), byte(0), int32(offset), byte(0), byte(4), []byte("DST\x00STD\x00"))
	sign, behind := "", -offset
	if behind < 0 {
		sign, behind = "-", -behind
	}
	fmt.Fprintf(&file, "\nSTD%s%d:%02d\n", sign, behind/3600, behind/60%60)
	if made, err := time.LoadLocationFromTZData("", file.Bytes()); err != nil {
		t.Fatal(err)
	} else if _, o := now.In(made).Zone(); o != offset+3600 {
		t.Fatalf("the zone data made here is %d seconds east", o)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, zone.String())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestT13_ANodeThatIsStartedWithOtherZoneDataMovesWhatIsAheadAndRemindsOfItOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db modelstest.DB) {
		t.Parallel()
		now := time.Now()
		zone := steadyZone(t, now)
		fcm, endpoint := startPhones(t, 0)
		node := startNode(t, db, endpoint, "ZONEINFO="+zoneFolder(t, zone, now)).serving()
		w := apitest.Served(t, db, fcm, node.url, zone.String())
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)
		client.Patch("/v1/me", apitest.Object{"quiet_hours": nil}).Want(http.StatusOK) // the test may run at night

		// By the clocks that are an hour ahead this one's reminder is due in some seconds.
		_, offset := now.In(zone).Zone()
		toldOf := schedule.LocalOf(time.Now().Add(2*time.Hour+5*time.Second), time.FixedZone("", offset+3600))
		ahead := schedule.LocalOf(now.Add(28*time.Hour), zone)
		told, later := counselor.NewSession("group", toldOf.String(), client), counselor.NewSession("group", ahead.String(), client)
		starts := func(id string) string {
			return client.Get("/v1/me/sessions/" + id).Want(http.StatusOK).Text("starts_at")
		}
		if got, want := starts(later), ahead.In(zone).Add(-time.Hour).Format(time.RFC3339); got != want {
			t.Fatalf("with the other zone data it starts %s, want %s", got, want)
		}
		waitFor(t, "the first reminder", time.Minute, func() bool { return fcm.Accepted() == 1 })
		node.stop()

		node = startNode(t, db, endpoint).serving()
		w.URL = node.url
		waitFor(t, "what is ahead to be moved", time.Minute, func() bool {
			return starts(later) == ahead.In(zone).Format(time.RFC3339) && starts(told) == toldOf.In(zone).Format(time.RFC3339) &&
				db.Count(t, "SELECT count(*) FROM zones WHERE clocks LIKE '% % %'") > 0
		})
		node.stop()

		sendUntil(t, db, endpoint, ahead.In(zone))
		if got := client.Texts(); len(got) != 3 || fcm.Accepted() != 3 {
			t.Errorf("FCM took %d messages, and the phone shows %v", fcm.Accepted(), got)
		}
		want := []string{"2h " + toldOf.In(zone).Format(time.RFC3339), "1d " + ahead.In(zone).Format(time.RFC3339), "2h " + ahead.In(zone).Format(time.RFC3339)}
		var got []string
		for _, row := range w.Rows("SELECT lead, about_at FROM reminders WHERE state = 'accepted' ORDER BY about_at, remind_at") {
			var lead string
			var at int64
			if _, err := fmt.Sscan(row, &lead, &at); err != nil {
				t.Fatal(err)
			}
			got = append(got, lead+" "+time.UnixMicro(at).UTC().Format(time.RFC3339))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// sendUntil sends what comes due, as a worker does whose clock runs fast.
func sendUntil(t *testing.T, db modelstest.DB, endpoint string, end time.Time) {
	t.Helper()
	clock := modelstest.NewClock(t, time.Now().UTC().Format(time.RFC3339))
	sender, err := notify.NewFCM(t.Context(), notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	worker := &notify.Worker{Store: db.Open(t, clock.Now), Sender: sender, Log: slog.New(slog.DiscardHandler)}
	for clock.Now().Before(end) {
		clock.Advance(10 * time.Minute)
		if _, err := worker.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
