package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browsers is Chromium where there is one: scripts/test.sh says at its end when a test could not be run for want of it.
func browsers() []string {
	for _, name := range []string{os.Getenv("HANDRAIL_TEST_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return []string{path}
		}
	}
	return nil
}

// look is how long a page may take to show what it is to show, on a machine that is busy.
const look = 20 * time.Second

// page is one tab, used as a person uses it: by what it says and by the names of its controls.
type page struct {
	t   *testing.T
	ctx context.Context
	js  string
}

// chromium starts a browser with a profile of its own.
func chromium(t *testing.T, program string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); quit() })
	if _, err := chromedp.Run(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

func openPage(t *testing.T, browser context.Context, url string, width, height int64) *page {
	t.Helper()
	js, err := os.ReadFile("testdata/page.js")
	if err != nil {
		t.Fatal(err)
	}
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	p := &page{t, ctx, string(js[bytes.Index(js, []byte("({")):])}
	if _, err := chromedp.Run(ctx, chromedp.EmulateViewport(width, height)); err != nil { // opens the tab, which lives as long as ctx
		t.Fatal(err)
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"},
		{Name: "prefers-color-scheme", Value: "light"}}})
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}) // as if it were in front
	do(p, chromedp.Navigate(url))
	return p
}

func do[T any](p *page, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, look)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

func call[P, R any](p *page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	return do(p, func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, command, params) })
}

// ask calls a function of testdata/page.js.
func ask[T any](p *page, function string, about any) T {
	p.t.Helper()
	argument, err := json.Marshal(about)
	if err != nil {
		p.t.Fatal(err)
	}
	return do(p, chromedp.Evaluate[T](fmt.Sprintf("%s.%s(%s)", p.js, function, argument)))
}

func (p *page) text() string {
	p.t.Helper()
	return ask[string](p, "text", nil)
}

// sees waits until the page says all of this.
func (p *page) sees(words ...string) {
	p.t.Helper()
	var text string
	for deadline := time.Now().Add(look); ; time.Sleep(20 * time.Millisecond) {
		text = p.text()
		missing := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains(text, w) })
		if len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the page does not say %q but:\n%s", missing, text)
		}
	}
}

func (p *page) seesNoMore(words string) {
	p.t.Helper()
	waitFor(p.t, "that the page says no more "+words, look, func() bool { return !strings.Contains(p.text(), words) })
}

// click clicks the control of that name; within names the card or region that it is in.
func (p *page) click(name string, within ...string) {
	p.t.Helper()
	type point struct{ X, Y float64 }
	var at *point
	about := map[string]string{"name": name, "within": strings.Join(within, "")}
	waitFor(p.t, fmt.Sprintf("a control %q in %q", name, within), look, func() bool { at = ask[*point](p, "where", about); return at != nil })
	do(p, chromedp.MouseClickXY(at.X, at.Y))
}

// put writes a value into the field of that id, or chooses what is labelled so.
func (p *page) put(id, value string) {
	p.t.Helper()
	p.fill(map[string]string{"id": id, "value": value})
}

func (p *page) choose(id, label string) {
	p.t.Helper()
	p.fill(map[string]string{"id": id, "label": label})
}

func (p *page) fill(about map[string]string) {
	p.t.Helper()
	waitFor(p.t, "the field "+about["id"], look, func() bool { return ask[bool](p, "put", about) })
}

func (p *page) focused() string {
	p.t.Helper()
	return ask[string](p, "focused", nil)
}

func (p *page) reload() {
	p.t.Helper()
	do(p, chromedp.Reload())
}

func (p *page) press(key string) {
	p.t.Helper()
	do(p, chromedp.KeyEvent(key))
}

// tabTo presses Tab until the control of that name has the focus.
func (p *page) tabTo(name string) {
	p.t.Helper()
	for range 80 {
		if strings.HasPrefix(p.focused(), name) {
			return
		}
		p.press(kb.Tab)
	}
	p.t.Fatalf("Tab never comes to %q", name)
}

// isUsable finds what a person who sees little, or taps with a thumb, could not use, and what a screen reader could not name.
func (p *page) isUsable(where string) {
	p.t.Helper()
	for _, fault := range ask[[]string](p, "faults", nil) {
		p.t.Errorf("%s: %s", where, fault)
	}
	roles := map[string]int{}
	for _, node := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role, name := axText(node.Role), axText(node.Name)
		roles[role]++
		if name == "" && slices.Contains([]string{"button", "link", "textbox", "combobox", "checkbox", "radio", "spinbutton", "heading", "region", "navigation", "group",
			"img", "image", "progressbar", "Iframe", "article", "Date", "DateTime", "InputTime"}, role) {
			p.t.Errorf("%s: a %s has no name", where, role)
		}
	}
	for _, landmark := range []string{"main", "banner", "heading"} {
		if roles[landmark] == 0 {
			p.t.Errorf("%s: there is no %s", where, landmark)
		}
	}
}

func axText(v *accessibility.Value) (text string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &text) // what is no text has no name
	}
	return text
}

// picture keeps what the page looks like, where HANDRAIL_TEST_SCREENSHOTS names a folder.
func (p *page) picture(name string) {
	p.t.Helper()
	folder := os.Getenv("HANDRAIL_TEST_SCREENSHOTS")
	if folder == "" {
		return
	}
	ask[bool](p, "calm", nil)
	if err := os.WriteFile(filepath.Join(folder, name+".png"), do(p, chromedp.CaptureScreenshot()), 0o600); err != nil {
		p.t.Error(err)
	}
}
