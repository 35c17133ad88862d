package main

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"handrail/api"
)

// What an operator sets is taken as it is meant or refused with the variable's name and an example, never with what was set: it
// may hold a password.
func FuzzSettings(f *testing.F) {
	all := settings()
	for i, s := range all {
		for _, value := range []string{s.otherwise, s.example, " ", "\x00", s.example + "\x00", "-1", "sqlite:", "sqlite:a?b#c",
			"postgres://me:secret@/x", "postgres://[::1", "http://127.0.0.1:9099@evil.example/",
			"http://[::1%25eth0]/", "https://clinic.example/?a=b", "https://clinic.example/#a", "https://:443",
			"https://me:secret@clinic.example/a/", "10.0.0.0/8 , ::/0", "10.0.0.5/33", "::ffff:10.0.0.0/104",
			"ftp://clinic.example", "null", "file:///", "https://clinic.example:443,http://a", "90d/365d", "0d/0d", "99999999999999999999d", "7y", "12h/7d", "1d/12h", "٣d", "+1d/2d"} {
			f.Add(uint8(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		set := all[int(which)%len(all)]
		if set.name == "GOOGLE_APPLICATION_CREDENTIALS" { // it would be opened
			return
		}
		environment := func(name string) string { return map[string]string{set.name: value}[name] }
		c, err := readConfig(environment)
		if err != nil {
			if lines := strings.Split(err.Error(), "\n"); len(lines) != 1 || !strings.HasPrefix(lines[0], set.name+" is wrong: ") ||
				!strings.HasSuffix(lines[0], set.name+"="+set.example) {
				t.Fatalf("%s=%q: %v", set.name, value, err)
			}
			if len(value) > 24 && strings.Contains(err.Error(), value) && value != set.example {
				t.Fatalf("%s=%q is repeated: %v", set.name, value, err)
			}
			return
		}
		if again, err := readConfig(environment); err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%s=%q is %+v, then %+v, %v", set.name, value, c, again, err)
		}
		link, err := url.Parse(c.publicURL + "/enroll#ABCDEFGHJK")
		if err != nil || link.Fragment != "ABCDEFGHJK" || !strings.HasSuffix(link.Path, "/enroll") || link.RawQuery != "" || link.User != nil ||
			link.Hostname() == "" {
			t.Fatalf("%s=%q: a link to enroll is %v, %v", set.name, value, link, err)
		}
		if endpoint, err := url.Parse(c.fcmEndpoint); err != nil || c.fcmEndpoint != "" && endpoint.Hostname() != "127.0.0.1" &&
			!strings.HasPrefix(endpoint.Hostname(), "127.") &&
			!strings.Contains(endpoint.Hostname(), ":") {
			t.Fatalf("%s=%q: registrations would be sent to %v, %v", set.name, value, endpoint, err)
		}
		if _, err := api.New(api.Options{TrustedProxies: c.trustedProxies, Origins: c.origins}); err != nil {
			t.Fatalf("%s=%q is taken, and the API does not take it: %v", set.name, value, err)
		}
	})
}
