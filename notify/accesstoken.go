package notify

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"handrail/models"
)

// tokenBound is how long an access token may take: the sources know no bound, and ask anew only once an answer is there.
const tokenBound = 10 * time.Second

// accessTokens are what each call to FCM carries. oauth2's own transport holds up every call for as long as Google does not
// answer one request for a token.
type accessTokens struct {
	source oauth2.TokenSource
	held   atomic.Pointer[oauth2.Token]
	asking singleflight.Group
}

// withToken has the calls under ctx carry a token, for which it waits no longer than ctx lasts.
func (a *accessTokens) withToken(ctx context.Context) (context.Context, error) {
	if held := a.held.Load(); held.Valid() {
		return context.WithValue(ctx, tokenKey{}, held), nil
	}
	asked := a.asking.DoChan("", func() (any, error) {
		token, err := a.source.Token()
		if err == nil {
			a.held.Store(token)
		}
		return token, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-asked:
		return context.WithValue(ctx, tokenKey{}, got.Val), got.Err
	}
}

// withoutToken is the answer to a call that was not made. Who is refused a token has a wrong credential; where nobody answers,
// or only that it cannot be done now, it may be there the next time.
func withoutToken(err error) Answer {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError &&
		refused.Response.StatusCode != http.StatusTooManyRequests {
		return credentialRefused(0)
	}
	return Answer{State: models.DeliveryNotSent, Code: "NO_ACCESS_TOKEN"}
}

type tokenKey struct{}

// signed puts the token on the call.
type signed struct{ next http.RoundTripper }

func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if token, ok := r.Context().Value(tokenKey{}).(*oauth2.Token); ok {
		token.SetAuthHeader(r)
	}
	return s.next.RoundTrip(r)
}
