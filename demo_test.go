package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"handrail/models/modelstest"
)

// demonstration is the demo, running.
type demonstration struct {
	t    *testing.T
	out  *output
	stop func() error
}

func startDemo(t *testing.T, e func(string) string) *demonstration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d := &demonstration{t: t, out: &output{}}
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"demo"}, e, strings.NewReader(""), d.out, d.out) }()
	d.stop = func() error { cancel(); return <-done }
	return d
}

// address is the one that the demo prints.
func (d *demonstration) address() (address string) {
	d.t.Helper()
	printed := regexp.MustCompile(`(?m)^  (http://\S+)/$`)
	waitFor(d.t, "the address", time.Minute, func() bool {
		found := printed.FindStringSubmatch(d.out.String())
		if found != nil {
			address = found[1]
		}
		return found != nil
	})
	return address
}

func (d *demonstration) prints(pattern string) {
	d.t.Helper()
	wanted := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); !wanted.MatchString(d.out.String()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("nothing like %s in:\n%s", pattern, d.out)
		}
	}
}

func TestTheDemoShowsPushesOnItsPhonesAndNoneOfThePastAndMayBeShownAgain(t *testing.T) {
	shows := func(t *testing.T, url string) {
		e := env(t, "HANDRAIL_DATABASE_URL", url)
		for range 2 {
			d := startDemo(t, e)
			d.prints(`Robin Vale's phone \(android\) +│ You have something \w+ at \d+:\d\d [AP]M\.`)
			d.prints(`Drew Hale's phone \(ios\) +│ Something to finish by \w+ \d+:\d\d [AP]M\.`)
			d.prints(`Alex Marín's phone \(android\) +│ Tienes algo el \pL+ a las? \d+:\d\d [ap]\.m\.`)
			waitFor(t, "eleven pushes", time.Minute, func() bool { return strings.Count(d.out.String(), "│") >= 11 })
			if err := d.stop(); err != nil {
				t.Fatalf("the demo did not end cleanly: %v", err)
			}
			if n := strings.Count(d.out.String(), "│"); n > 11 || strings.Contains(d.out.String(), "failed") {
				t.Errorf("%d pushes, want one for each client but for who said they cannot come:\n%s", n, d.out)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { shows(t, env(t)("HANDRAIL_DATABASE_URL")) })
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") != "" {
		t.Run("postgres", func(t *testing.T) { shows(t, modelstest.EmptyPostgres(t)) })
	}
}

func TestTheDemoRefusesADatabaseThatIsNotItsOwn(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	if _, err := handrail(t.Context(), e, "", "demo"); err == nil || !strings.Contains(err.Error(), "not made by the demo") {
		t.Errorf("the demo took a clinic's database: %v", err)
	}
}
