package apitest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
	"handrail/models"
	"handrail/models/modelstest"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// engine is a counselor with one client, whose phone is an Android.
type engine struct {
	*apitest.World
	counselor, client *apitest.Person
}

func onEngine(t *testing.T, f func(t *testing.T, e *engine)) {
	t.Helper()
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana Counselor")
		f(t, &engine{w, counselor, counselor.NewClient("Robin Client").NewPhone(fcmtest.Android)})
	})
}

// Pass lets time pass from one due instant to the next, as a worker that never sleeps would see it.
func (e *engine) Pass(d time.Duration) {
	e.T.Helper()
	for end := e.Clock.Now().Add(d); ; e.Drain() {
		at, found, err := e.Store.NextDue(context.Background())
		if err != nil {
			e.T.Fatal(err)
		}
		if !found || at.Time().After(end) {
			e.Clock.Advance(end.Sub(e.Clock.Now()))
			return
		}
		e.Clock.Advance(max(at.Time().Sub(e.Clock.Now()), 0))
	}
}

// wantTexts compares what a person's phone shows, the oldest first.
func wantTexts(t *testing.T, p *apitest.Person, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), p.Texts()); diff != "" {
		t.Fatalf("at %s the phone shows:\n%s", p.Clock.Now().Format(time.RFC3339), diff)
	}
}

// wantTexts compares what the client's phone shows.
func (e *engine) wantTexts(t *testing.T, want ...string) {
	t.Helper()
	wantTexts(t, e.client, want...)
}

// wantSent compares how many messages FCM has accepted so far.
func (e *engine) wantSent(t *testing.T, want int) {
	t.Helper()
	if got := e.FCM.Accepted(); got != want {
		t.Fatalf("at %s FCM has accepted %d messages, want %d", e.Clock.Now().Format(time.RFC3339), got, want)
	}
}

// reminders are a person's reminders, each as "lead remind_at state".
func reminders(p *apitest.Person) []string {
	p.T.Helper()
	list := []string{}
	for _, r := range p.Get("/v1/me/reminders?limit=200&from=2026-10-01T00:00:00Z&to=2027-09-01T00:00:00Z").Want(http.StatusOK).Items() {
		list = append(list, r.Text("lead")+" "+r.Text("remind_at")+" "+r.Text("state"))
	}
	return list
}

func wantReminders(t *testing.T, p *apitest.Person, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), reminders(p)); diff != "" {
		t.Fatal(diff)
	}
}

// wantEnded fails unless every reminder of the client has come to an end.
func (e *engine) wantEnded(t *testing.T) {
	t.Helper()
	for _, r := range reminders(e.client) {
		if strings.HasSuffix(r, " waiting") {
			t.Errorf("without an end: %s", r)
		}
	}
}

func (e *engine) session(local string) string {
	return e.counselor.NewSession("group", local, e.client)
}

// due is a session of Tuesday 18:00 whose day-before reminder is due now.
func (e *engine) due(t *testing.T) (session string) {
	t.Helper()
	session = e.session("2026-11-03T18:00")
	e.Clock.Set(t, "2026-11-02T23:00:00Z")
	return session
}

const reminded = "You have something Tue at 6:00 PM."

// told is a session of Tuesday 18:00 that the client's phone announces.
func (e *engine) told(t *testing.T) (session string) {
	t.Helper()
	session = e.due(t)
	e.Drain()
	e.wantTexts(t, reminded)
	return session
}

// hour is a session of an hour.
func (e *engine) hour(local string) string {
	e.T.Helper()
	return e.counselor.SessionsOf(e.counselor.NewSeries(group(object{"local_start": local}), e.client))[0].Text("id")
}

// evenings is a group that meets at 18:00 on so many days, from Tuesday on, and its first session.
func (e *engine) evenings(days int) (series, session string) {
	e.T.Helper()
	series = e.counselor.NewSeries(group(object{"local_start": "2026-11-03T18:00", "rule": fmt.Sprintf("FREQ=DAILY;COUNT=%d", days)}), e.client)
	return series, e.counselor.SessionsOf(series)[0].Text("id")
}

// takesPlaceAfterAll adds Tuesday's date again to a group that meets then, after it was cancelled.
func (e *engine) takesPlaceAfterAll(series string) {
	e.T.Helper()
	e.counselor.Post("/v1/series/"+series+"/sessions", object{"local_start": "2026-11-03T18:00"}).Want(http.StatusCreated)
}

func (e *engine) join(series string, p *apitest.Person) {
	e.T.Helper()
	e.counselor.Post("/v1/series/"+series+"/roster", object{"client_id": p.ID}).Want(http.StatusCreated)
}

func (e *engine) leave(series string) {
	e.T.Helper()
	e.counselor.Delete("/v1/series/" + series + "/roster/" + e.client.ID).Want(http.StatusNoContent)
}

func (e *engine) move(session, local string) {
	e.T.Helper()
	e.counselor.Patch("/v1/sessions/"+session, object{"local_start": local}).Want(http.StatusOK)
}

func (e *engine) cancel(session string) {
	e.T.Helper()
	e.counselor.Post("/v1/sessions/"+session+"/cancel", nil).Want(http.StatusOK)
}

func (e *engine) consent(granted bool) {
	e.T.Helper()
	e.client.Put("/v1/me/consents/push", object{"text_version": "2026-11", "granted": granted}).Want(http.StatusOK)
}

func (e *engine) discharge(aftercare bool) {
	e.T.Helper()
	e.counselor.Post("/v1/clients/"+e.client.ID+"/discharge", object{"reason": "completed", "aftercare_consent": aftercare, "text_version": "2026-11"}).
		Want(http.StatusOK)
}

// claim takes what is due, as a worker does before it looks once more.
func (e *engine) claim(t *testing.T) []models.Claim {
	t.Helper()
	claims, err := e.Store.ClaimPushes(context.Background(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func (e *engine) check(t *testing.T, claims []models.Claim) []models.DuePush {
	t.Helper()
	due, err := e.Store.CheckPushes(context.Background(), claims)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// complete records one answer for every device of these pushes and returns how many were fenced off.
func (e *engine) complete(t *testing.T, due []models.DuePush, answer models.Result) int {
	t.Helper()
	var sent []models.SentPush
	for _, push := range due {
		s := models.SentPush{DuePush: push}
		for _, target := range push.Targets {
			answer.DeviceID = target.DeviceID
			s.Results = append(s.Results, answer)
		}
		sent = append(sent, s)
	}
	fenced, err := e.Store.CompletePushes(context.Background(), sent)
	if err != nil {
		t.Fatal(err)
	}
	return fenced
}

var (
	accepted = models.Result{State: models.DeliveryAccepted}
	unknown  = models.Result{State: models.DeliveryUnknown, RetryIn: 10 * time.Second}
)

// interrupted sends as FCM does and does something else once, just before or just after.
type interrupted struct {
	notify.Sender
	before, after func()
	once          *sync.Once
}

func (s interrupted) Send(ctx context.Context, m notify.Message) notify.Answer {
	if s.before != nil {
		s.once.Do(s.before)
	}
	answer := s.Sender.Send(ctx, m)
	if s.after != nil {
		s.once.Do(s.after)
	}
	return answer
}

// inFlight does something while a push is on the wire: it has been checked, and FCM has not answered.
func (e *engine) inFlight(something func()) {
	e.T.Helper()
	e.drainBy(interrupted{Sender: e.Worker.Sender, before: something, once: &sync.Once{}})
}

// answered does something once FCM has answered, before that is recorded.
func (e *engine) answered(something func()) {
	e.T.Helper()
	e.drainBy(interrupted{Sender: e.Worker.Sender, after: something, once: &sync.Once{}})
}

// drainBy sends what is due by another sender.
func (e *engine) drainBy(sender notify.Sender) {
	e.T.Helper()
	real := e.Worker.Sender
	e.Worker.Sender = sender
	e.Drain()
	e.Worker.Sender = real
}

// crashAfterAnswer sends what is due as a worker does that is lost once FCM has answered, before anything is recorded.
func (e *engine) crashAfterAnswer(t *testing.T) []models.DuePush {
	t.Helper()
	due := e.check(t, e.claim(t))
	e.call(due)
	return due
}

// call hands the session's reminder to FCM, as a worker does.
func (e *engine) call(due []models.DuePush) {
	for _, push := range due {
		for _, target := range push.Targets {
			e.Worker.Sender.Send(context.Background(), notify.Message{PushID: push.PushID, AckSecret: target.AckSecret,
				Text: "You have something Tue at 6:00 PM.", ExpiresAt: push.ExpiresAt.Time(), TimeLeft: time.Hour, Target: target})
		}
	}
}

// ack says as the client's app that the newest notification reached it.
func (e *engine) ack(t *testing.T) {
	t.Helper()
	acknowledge(e.client, "arrived")
}

// acknowledge says as a person's app what became of the newest notification.
func acknowledge(p *apitest.Person, event string) {
	p.T.Helper()
	screen := p.Screen()
	shown := screen[len(screen)-1]
	p.Nobody().Post("/v1/acks", object{"acks": []object{{"push_id": shown.PushID, "ack_secret": shown.Data["ack_secret"], "event": event}}}).
		Want(http.StatusNoContent)
}

// twoPhones gives the client a second phone, of a platform, beside the Android.
func (e *engine) twoPhones(platform string) *apitest.Person {
	e.T.Helper()
	e.client.Email = "robin@clients.example"
	e.client.Enroll(e.counselor.Code(e.client.ID), object{"email": e.client.Email, "password": apitest.Password})
	e.client.NewPhone(fcmtest.Android)
	return e.signIn(e.client).NewPhone(platform)
}

// signIn is the same person on another installation.
func (e *engine) signIn(p *apitest.Person) *apitest.Person {
	e.T.Helper()
	other := p.Another()
	other.Token = other.Post("/v1/auth/login", object{"email": p.Email, "password": apitest.Password, "installation_id": other.Installation}).
		Want(http.StatusOK).Text("token")
	return other
}

// wantDevices compares the client's devices, the oldest first.
func (e *engine) wantDevices(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, d := range e.client.Get("/v1/me/devices").Want(http.StatusOK).Items() {
		if status := d.Text("status"); status != "ended" {
			got = append(got, status)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

// duePhones is FCM with the phones of n clients, to each of whom a push is due.
func duePhones(t *testing.T, db modelstest.DB, n int, due time.Time) *fcmtest.Server {
	t.Helper()
	fcm := fcmtest.New(fcmtest.Options{})
	t.Cleanup(fcm.Close)
	db.Seed(t, n, due)
	for i := range n {
		fcm.AddPhone(fcmtest.Phone{Registration: modelstest.Registration(i), Platform: fcmtest.Android})
	}
	return fcm
}

// senderTo hands messages to an FCM without a network.
func senderTo(t *testing.T, fcm *fcmtest.Server) notify.Sender {
	t.Helper()
	sender, err := notify.NewFCM(t.Context(), notify.FCMOptions{Endpoint: "http://fcm.invalid/v1", Project: "demo", Transport: fcm.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
