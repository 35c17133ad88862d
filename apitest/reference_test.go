package apitest_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/models/modelstest"
)

func TestTheReferenceAndAllThatItLoadsComeFromThisServer(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		nobody := w.Nobody()
		page := nobody.Get("/docs").Want(http.StatusOK)
		loaded := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Raw(), -1)
		if len(loaded) != 5 {
			t.Errorf("the page names %d things", len(loaded))
		}
		for _, l := range loaded {
			switch name := l[1]; {
			case name == "data:,": // no icon, rather than a request for one
			case strings.Contains(name, ":") || strings.HasPrefix(name, "/"):
				t.Errorf("%s leaves this server, or a path that a proxy put before it", name)
			case nobody.Get("/"+name).Want(http.StatusOK).Raw() == "":
				t.Errorf("%s is empty", name)
			}
		}
		script := nobody.Get("/docs/docs.js").Raw()
		if !strings.Contains(script, `url: "openapi.yaml"`) || !strings.Contains(script, "validatorUrl: null") || strings.Contains(script, "://") {
			t.Errorf("the page asks somewhere else:\n%s", script)
		}
		policy := "; " + page.Header.Get("Content-Security-Policy") + ";"
		for _, wanted := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, "; "+wanted+";") {
				t.Errorf("the policy lacks %s: %s", wanted, policy)
			}
		}
		if strings.Contains(page.Raw(), "<script>") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "//") {
			t.Errorf("a script could be slipped in: %s", policy)
		}
	})
}

func TestTheReferenceServesItsFilesAndNoOthers(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		for _, path := range []string{"/docs/index.html", "/docs/README.md", "/docs/..%2Fdocs.go", "/docs/", "/docs/x/docs.js"} {
			w.Nobody().Get(path).WantProblem(http.StatusNotFound, "not_found") // index.html only with its policy, at /docs
		}
	})
}

func TestTheReferencesRendererIsAsItWasPublished(t *testing.T) {
	sums, err := os.ReadFile("../api/docs/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(sums)), "\n") {
		sum, name, _ := strings.Cut(line, "  ")
		text, err := os.ReadFile("../api/docs/" + name)
		if err != nil || fmt.Sprintf("%x", sha256.Sum256(text)) != sum {
			t.Errorf("%s is not the published one (%v)", name, err)
		}
	}
}

func TestTheContractIsServedAsTheYAMLThatItIs(t *testing.T) {
	schema := contract(t)["getOpenAPI"].Responses.Status(http.StatusOK).Value.Content["application/yaml"].Schema.Value
	if !schema.Type.Is("object") {
		t.Errorf("openapi.yaml says of itself that it is a %v: who reads YAML gets an object", schema.Type.Slice())
	}
	w := apitest.New(t, modelstest.SQLite(t))
	if got := w.Nobody().Get("/openapi.yaml").Want(http.StatusOK); got.Header.Get("Content-Type") != "application/yaml" || got.Raw() != string(apitest.Spec(t)) {
		t.Error("what is served is not the contract")
	}
}
