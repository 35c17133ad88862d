package apitest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/notify/fcmtest"
)

type object = apitest.Object

func TestFromASavedScheduleToThePhoneAndBack(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		client := counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)

		session := counselor.NewSession("group", "2026-11-03T18:00", client)
		counselor.NewHomework(client, "2026-11-05T02:00:00Z") // Wednesday 21:00 in New York
		counselor.NewSession("aftercare", "2026-11-06T12:00", client)

		var got []string
		for _, r := range client.Get("/v1/me/reminders").Want(http.StatusOK).Items() {
			got = append(got, r.Text("kind")+" "+r.Text("lead")+" "+r.Text("remind_at")+" "+r.Text("state"))
		}
		want := []string{
			"session 1d 2026-11-02T23:00:00Z waiting",
			"session 2h 2026-11-03T21:00:00Z waiting",
			"homework 1d@18:00 2026-11-03T22:30:00Z waiting", // the group is on at 18:00
			"homework 3h 2026-11-04T23:00:00Z waiting",
			"meeting 1d 2026-11-05T17:00:00Z waiting",
			"meeting 2h 2026-11-06T15:00:00Z waiting",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}

		w.At("2026-11-02T22:59:00Z")
		if len(client.Screen()) != 0 {
			t.Fatal("something came early")
		}
		w.At("2026-11-02T23:00:00Z")
		wantTexts(t, client, "You have something Tue at 6:00 PM.")
		shown := client.Screen()[0]
		w.Nobody().Post("/v1/acks", object{"acks": []object{{"push_id": shown.PushID, "ack_secret": shown.Data["ack_secret"], "event": "arrived"}}}).
			Want(http.StatusNoContent)
		first := counselor.Get("/v1/clients/" + client.ID + "/reminders").Want(http.StatusOK).Items()[0]
		if first.Text("state") != "acknowledged" || first.Text("arrival") != "reached_phone" {
			t.Fatalf("the counselor sees %v", first)
		}

		counselor.Patch("/v1/sessions/"+session, object{"local_start": "2026-11-03T19:30"}).Want(http.StatusOK)
		w.Drain()
		wantTexts(t, client, "Tue 6:00 PM is now 7:30 PM.")
		if again := client.Screen()[0]; again.Tag != shown.Tag {
			t.Fatal("the correction stands beside what it corrects")
		}
		counselor.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusOK)
		w.Drain()
		wantTexts(t, client, "Tue 7:30 PM is off.")
		w.At("2026-11-03T23:30:00Z") // past the cancelled session's last lead; the homework's evening reminder came
		wantTexts(t, client, "Tue 7:30 PM is off.", "Something to finish by Wed 9:00 PM.")
		counselor.Post("/v1/clients/"+client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": false}).Want(http.StatusOK)
		accepted := w.FCM.Accepted()
		w.At("2026-11-06T17:00:00Z")
		if w.FCM.Accepted() != accepted {
			t.Fatal("a discharged client was reminded")
		}
	})
}
