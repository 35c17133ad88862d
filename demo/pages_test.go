package demo

import (
	"bytes"
	"context"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestThePagesAreWrittenByHandForThisHostAlone(t *testing.T) {
	outside := regexp.MustCompile(`https?://|[^:]//[a-z0-9-]+\.[a-z]`)
	inline := regexp.MustCompile(`(?i)<script>|<style|\son[a-z]+="|\sstyle="`)
	err := fs.WalkDir(files, "pages", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := files.ReadFile(name)
		text := strings.ReplaceAll(string(raw), "http://www.w3.org/2000/svg", "") // a name, not a place
		if found := outside.FindString(text); found != "" {
			t.Errorf("%s names another host: %q", name, found)
		}
		if found := inline.FindString(text); path.Ext(name) == ".html" && found != "" {
			t.Errorf("%s has %q, which its policy forbids: it goes into a file", name, found)
		}
		if n := strings.Count(text, "\n"); n > 300 {
			t.Errorf("%s has %d lines, 300 at most: which second noun is in it?", name, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryPageMayLoadAndCallThisServerAlone(t *testing.T) {
	handler := pages(&phones{}, "127.0.0.1:1")
	for _, path := range []string{"/", "/phone", "/counselor", "/demo/phone.js", "/demo/base.css", "/demo/nothing.js"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'self'; ") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestARequestThatAPageBreaksOffIsNotPrinted(t *testing.T) {
	var printed bytes.Buffer
	log.SetOutput(&printed)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	ctx, breakOff := context.WithCancel(t.Context())
	breakOff()
	w := httptest.NewRecorder()
	pages(&phones{}, "127.0.0.1:1").ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/v1/me", nil))
	if w.Code != http.StatusBadGateway || printed.Len() > 0 {
		t.Errorf("%d: %s", w.Code, &printed)
	}
}

func TestWhatTheServerCannotReadOfAQueryIsForItToRefuse(t *testing.T) {
	asked := ""
	node := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.RawQuery }))
	defer node.Close()
	pages(&phones{}, strings.TrimPrefix(node.URL, "http://")).ServeHTTP(httptest.NewRecorder(),
		httptest.NewRequestWithContext(t.Context(), "DELETE", "/v1/me?preview=true;x=1", nil))
	if asked != "preview=true;x=1" {
		t.Errorf("it is asked %q: without its preview this leaves for good", asked)
	}
}
