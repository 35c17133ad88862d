package notify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// google gives access tokens as it is told to, behind which there is the emulator.
func google(t *testing.T, give http.HandlerFunc) (*fcmtest.Server, *notify.FCM) {
	t.Helper()
	server, tokens := withPhones(), httptest.NewServer(give)
	t.Cleanup(tokens.Close)
	credentials, err := fcmtest.Credentials(tokens.URL)
	if err != nil {
		t.Fatal(err)
	}
	return server, client(t, notify.FCMOptions{Credentials: credentials, Transport: server.Transport()})
}

func giveToken(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"access_token": "ya29.of-a-test", "token_type": "Bearer", "expires_in": 3600}`))
}

func TestAnAccessTokenThatIsNotGivenHoldsUpNoCallBeyondItsBound(t *testing.T) {
	release := make(chan struct{})
	server, fcm := google(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		giveToken(w)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	answers := make(chan notify.Answer, 3)
	for range 3 { // the others wait for the first's
		go func() { answers <- fcm.Send(ctx, message(models.Android)) }()
	}
	for range 3 {
		select {
		case got := <-answers:
			if diff := cmp.Diff(notify.Answer{State: models.DeliveryNotSent, Code: "NO_ACCESS_TOKEN"}, got); diff != "" {
				t.Error(diff)
			}
		case <-time.After(5 * time.Second):
			close(release)
			t.Fatal("it waits for the token without a bound")
		}
	}
	close(release)
	if got := fcm.Send(t.Context(), message(models.Android)); got.State != models.DeliveryAccepted || server.Accepted() != 1 {
		t.Errorf("%+v once a token is given", got)
	}
}

func TestOneAccessTokenIsAskedForAsLongAsItIsGood(t *testing.T) {
	var asked atomic.Int32
	_, fcm := google(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		giveToken(w)
	})
	for range 3 {
		if got := fcm.Send(t.Context(), message(models.Android)); got.State != models.DeliveryAccepted {
			t.Errorf("%+v", got)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestWhoIsRefusedAnAccessTokenHasAWrongCredentialAndNobodyElse(t *testing.T) {
	both := []models.Platform{models.Android, models.IOS}
	for status, want := range map[int]notify.Answer{
		400: {State: models.DeliveryNotSent, Code: "CREDENTIAL_REFUSED", Pause: &notify.Pause{Lanes: both, For: time.Minute, Reason: models.LaneCredential}},
		503: {State: models.DeliveryNotSent, Code: "NO_ACCESS_TOKEN"},
	} {
		_, fcm := google(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{"error": "invalid_grant"}`, status) })
		if diff := cmp.Diff(want, fcm.Send(t.Context(), message(models.Android))); diff != "" {
			t.Errorf("%d: %s", status, diff)
		}
	}
}
