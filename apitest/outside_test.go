package apitest_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"handrail/api"
	"handrail/apitest"
)

// from makes a request of a node set up in another way than the world's; headers are pairs.
func from(h http.Handler, address, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = address
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const home, acks = "192.0.2.1:4711", `{"acks":[{"push_id":"01890000-0000-7000-8000-000000000000","ack_secret":"c2VjcmV0","event":"arrived","occurred_at":"2026-11-02T13:00:00Z"}]}`

func TestNoAnswerIsToBeKeptFramedOrGuessedAt(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		plain, secure := w.Handler(api.Options{}), w.Handler(api.Options{HTTPS: true})
		for _, ask := range []struct{ method, path string }{{"GET", "/v1/me"}, {"GET", "/v1/nothing"}, {"PUT", "/v1/me"}, {"POST", "/v1/auth/login"},
			{"GET", "/docs"}, {"GET", "/docs/docs.js"}, {"GET", "/openapi.yaml"}, {"GET", "/healthz"}, {"GET", "/v1/meta"}, {"OPTIONS", "/v1/me"}} {
			for _, token := range []string{"", w.Admin.Token} {
				header := from(plain, home, ask.method, ask.path, "", "Authorization", "Bearer "+token).Header()
				for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
					"Referrer-Policy": "no-referrer", "Strict-Transport-Security": "", "Access-Control-Allow-Origin": ""} {
					if got := strings.Join(header.Values(name), "|"); got != want {
						t.Errorf("%s %s: %s: %q, want %q", ask.method, ask.path, name, got, want)
					}
				}
				if policy := header.Values("Content-Security-Policy"); len(policy) != 1 || !strings.Contains(policy[0], "default-src 'none'") ||
					!strings.Contains(policy[0], "frame-ancestors 'none'") {
					t.Errorf("%s %s: the policy is %q", ask.method, ask.path, policy)
				}
				if got := from(secure, home, ask.method, ask.path, "").Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
					t.Errorf("%s %s by TLS: %q", ask.method, ask.path, got)
				}
			}
		}
		token, lets := "Bearer "+w.Admin.Token, w.Handler(api.Options{Origins: []string{"https://app.clinic.example"}})
		tag := from(plain, home, "GET", "/v1/me", "", "Authorization", token).Header().Get("ETag")
		for status, answer := range map[int]*httptest.ResponseRecorder{
			http.StatusNotModified:           from(plain, home, "GET", "/v1/me", "", "Authorization", token, "If-None-Match", tag),
			http.StatusRequestEntityTooLarge: from(plain, home, "PATCH", "/v1/clinic", strings.Repeat(" ", 2<<20), "Authorization", token, "Content-Type", "application/json"),
			http.StatusForbidden:             from(lets, home, "GET", "/v1/me", "", "Authorization", token, "Origin", "https://evil.example"),
			http.StatusNoContent: from(lets, home, "OPTIONS", "/v1/me", "", "Origin", "https://app.clinic.example",
				"Access-Control-Request-Method", "PATCH"),
		} {
			if answer.Code != status || answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("want %d: %d %v", status, answer.Code, answer.Header())
			}
		}
	})
}

func TestOnlyPagesOfTheConfiguredOriginsAreLetIn(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		h := w.Handler(api.Options{Origins: []string{"https://app.clinic.example"}})
		token := "Bearer " + w.Admin.Token
		asked := from(h, home, "OPTIONS", "/v1/me", "", "Origin", "https://app.clinic.example", "Access-Control-Request-Method", "PATCH",
			"Access-Control-Request-Headers", "authorization,if-match")
		if asked.Code != http.StatusNoContent || asked.Header().Get("Access-Control-Allow-Origin") != "https://app.clinic.example" ||
			!strings.Contains(asked.Header().Get("Access-Control-Allow-Methods"), "PATCH") || !strings.Contains(asked.Header().Get("Access-Control-Allow-Headers"), "If-Match") {
			t.Errorf("asked beforehand: %d %v", asked.Code, asked.Header())
		}
		let := from(h, home, "GET", "/v1/me", "", "Origin", "https://app.clinic.example", "Authorization", token)
		if let.Code != http.StatusOK || let.Header().Get("Access-Control-Allow-Origin") != "https://app.clinic.example" ||
			let.Header().Get("Vary") != "Origin" || !strings.Contains(let.Header().Get("Access-Control-Expose-Headers"), "Etag") {
			t.Errorf("the app's page: %d %v", let.Code, let.Header())
		}
		for _, origin := range []string{"https://evil.example", "http://app.clinic.example", "https://app.clinic.example.evil.example", "https://xapp.clinic.example",
			"https://app.clinic.example:444", "null", "*"} {
			for _, method := range []string{"GET", "OPTIONS"} {
				other := from(h, home, method, "/v1/me", "", "Origin", origin, "Authorization", token)
				if other.Header().Get("Access-Control-Allow-Origin") != "" || other.Code != http.StatusForbidden || other.Body.Len() > 0 {
					t.Errorf("%s of %s: %d %v", method, origin, other.Code, other.Header())
				}
			}
		}
		for _, r := range []*httptest.ResponseRecorder{asked, let} {
			if r.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Error("a browser would send what it keeps")
			}
		}
	})
}

func TestWhoAsksTooOftenIsToldWhenToAskAgain(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		h, counselor := w.Handler(api.Options{UserRate: 5, AddressRate: 3}), w.Admin.NewCounselor("Dana")
		me := func(p *apitest.Person, address string) *httptest.ResponseRecorder {
			return from(h, address, "GET", "/v1/me", "", "Authorization", "Bearer "+p.Token)
		}
		for i, left := range []string{"r=4", "r=3", "r=2", "r=1", "r=0"} {
			if got := me(counselor, home); got.Code != http.StatusOK || got.Header().Get("RateLimit-Policy") != `"user";q=5;w=60` ||
				!strings.HasPrefix(got.Header().Get("RateLimit"), `"user";`+left+";t=") {
				t.Fatalf("request %d: %d %v", i+1, got.Code, got.Header())
			}
		}
		late := me(counselor, "192.0.2.77:4711") // an address is not what counts
		if late.Code != http.StatusTooManyRequests || late.Header().Get("Retry-After") != "12" || !strings.Contains(late.Body.String(), "too_many_requests") {
			t.Errorf("one too many: %d %v %s", late.Code, late.Header(), late.Body)
		}
		if got := me(w.Admin, home); got.Code != http.StatusOK {
			t.Errorf("another user: %d", got.Code)
		}
		for i, want := range []int{204, 204, 204, 429} {
			forged := "203.0.113." + string(rune('1'+i)) // nobody is trusted to say so
			if got := from(h, home, "POST", "/v1/acks", acks, "Content-Type", "application/json", "X-Forwarded-For", forged); got.Code != want {
				t.Errorf("acknowledgement %d: %d %s", i+1, got.Code, got.Body)
			}
		}
		for i, want := range []int{200, 200, 200, 429} {
			if got := from(h, "[2001:db8:1:2::"+string(rune('1'+i))+"]:80", "GET", "/v1/meta", ""); got.Code != want {
				t.Errorf("address %d of one customer's: %d", i+1, got.Code)
			}
		}
		if got := from(h, "[2001:db8:1:3::1]:80", "GET", "/v1/meta", ""); got.Code != http.StatusOK {
			t.Errorf("the neighbor: %d", got.Code)
		}
		for range 5 {
			if got := from(h, home, "GET", "/healthz", ""); got.Code != http.StatusOK {
				t.Fatalf("who watches over the node gets %d", got.Code)
			}
		}
	})
}

func TestATrustedProxySaysWhoAsksAndNobodyElse(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		h := w.Handler(api.Options{AddressRate: 1, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
		for _, ask := range []struct {
			peer, says string
			want       int
		}{{"10.1.1.1:80", "203.0.113.1", 200}, {"10.1.1.1:80", "203.0.113.1", 429}, {"10.1.1.1:80", "203.0.113.2", 200},
			{"10.1.1.1:80", "198.51.100.9, 203.0.113.1", 429}, // what stands before it, the caller wrote
			{"192.0.2.9:80", "203.0.113.3", 200}, {"192.0.2.9:80", "203.0.113.4", 429}} {
			if got := from(h, ask.peer, "GET", "/v1/meta", "", "X-Forwarded-For", ask.says, "X-Real-Ip", "203.0.113.99"); got.Code != ask.want {
				t.Errorf("%s says %s: %d, want %d", ask.peer, ask.says, got.Code, ask.want)
			}
		}
		for i, says := range []string{"", "unknown", "203.0.113.1:4711"} { // no address: then it is the proxy's own, whatever the caller adds
			h := w.Handler(api.Options{AddressRate: 1, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
			for j, want := range []int{200, 429} {
				forged := "203.0.113." + string(rune('1'+2*i+j))
				if got := from(h, "10.1.1.1:80", "GET", "/v1/meta", "", "X-Forwarded-For", says, "X-Real-Ip", forged, "X-Client-Ip", forged); got.Code != want {
					t.Errorf("a proxy says %q, and the caller %s: %d, want %d", says, forged, got.Code, want)
				}
			}
		}
	})
}

func TestWhoIsRefusedIsInTheLogByTheirIdAlone(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		counselor := w.Admin.NewCounselor("Dana")
		client := w.Admin.NewCounselor("Sasha").NewClient("Robin")
		client.Get("/v1/staff").WantProblem(http.StatusForbidden, "role_not_allowed")
		counselor.Get("/v1/clients/"+client.ID).WantProblem(http.StatusNotFound, "not_found")
		w.Nobody().Get("/v1/me").WantProblem(http.StatusUnauthorized, "unauthenticated")
		client.Get("/v1/me").Want(http.StatusOK)
		for _, line := range []string{"route=/v1/staff status=403 refused=" + client.ID, "route=/v1/clients/:id status=404 refused=" + counselor.ID,
			"route=/v1/me status=401", "route=/v1/me status=200"} { // what somebody may do is nobody's to follow there
			if !strings.Contains(withoutTimes(w.Logged()), line+"\n") {
				t.Errorf("%s is not in the log:\n%s", line, w.Logged())
			}
		}
	})
}

var tookHowLong = regexp.MustCompile(` took=\S+`)

func withoutTimes(log string) string { return tookHowLong.ReplaceAllString(log, "") }
