// Testsum reads `go test -json` on standard input: a line for each package as it ends, then every
// failure with its output, then "N passed, N failed, N skipped", subtests included. A package that
// fails outside any test counts as one failure, and so does a test that never came to its end,
// because a binary that dies reports nothing. Its one argument is a note to print before the count.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, ImportPath, FailedBuild, Output string
	Elapsed                                                float64
}

type pkg struct {
	running                 map[string]*strings.Builder
	output                  strings.Builder // of the package, outside any test
	passed, failed, skipped int
	ended                   bool
}

type failure struct{ name, output string }

type summary struct {
	out      io.Writer
	packages map[string]*pkg
	builds   map[string]*strings.Builder // compiler output by import path
	failures []failure
}

func main() {
	if !summarize(os.Stdin, os.Stdout, strings.Join(os.Args[1:], " ")) {
		os.Exit(1)
	}
}

func summarize(in io.Reader, out io.Writer, note string) bool {
	s := &summary{out: out, packages: map[string]*pkg{}, builds: map[string]*strings.Builder{}}
	for r := bufio.NewReader(in); ; {
		line, err := r.ReadBytes('\n')
		var e event
		if bytes.HasPrefix(line, []byte("{")) && json.Unmarshal(line, &e) == nil {
			s.add(e)
		} else {
			out.Write(line)
		}
		if err != nil {
			break
		}
	}
	return s.report(note)
}

func (s *summary) add(e event) {
	if e.Action == "build-output" {
		if s.builds[e.ImportPath] == nil {
			s.builds[e.ImportPath] = &strings.Builder{}
		}
		s.builds[e.ImportPath].WriteString(e.Output)
	}
	if e.Package == "" {
		return
	}
	p := s.packages[e.Package]
	if p == nil {
		p = &pkg{running: map[string]*strings.Builder{}}
		s.packages[e.Package] = p
	}
	switch e.Action {
	case "run":
		p.running[e.Test] = &strings.Builder{}
	case "output":
		if t := p.running[e.Test]; t == nil {
			p.output.WriteString(e.Output)
		} else if !strings.HasPrefix(e.Output, "=== ") {
			t.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.end(e, p)
		} else {
			s.endTest(e, p)
		}
	}
}

func (s *summary) endTest(e event, p *pkg) {
	switch e.Action {
	case "pass":
		p.passed++
	case "skip":
		p.skipped++
	case "fail":
		p.failed++
		output := ""
		if t := p.running[e.Test]; t != nil {
			output = t.String()
		}
		s.failures = append(s.failures, failure{e.Package + " " + e.Test, output})
	}
	delete(p.running, e.Test)
}

func (s *summary) end(e event, p *pkg) {
	p.ended = true
	for _, test := range slices.Sorted(maps.Keys(p.running)) {
		p.failed++
		name := e.Package + " " + test + " (never ended: the test binary died or was stopped)"
		s.failures = append(s.failures, failure{name, p.running[test].String()})
	}
	if e.Action == "fail" {
		own := withoutVerdict(p.output.String(), e.Package)
		if e.FailedBuild != "" {
			own = "built against: " + e.FailedBuild + "\n"
			if b := s.builds[e.FailedBuild]; b != nil {
				own = b.String()
			}
		}
		if p.failed == 0 {
			p.failed++
			s.failures = append(s.failures, failure{e.Package + " (outside any test)", own})
		} else if own != "" {
			s.failures = append(s.failures, failure{e.Package + " (what the package printed)", own})
		}
	}
	verdict, tests := "ok", fmt.Sprintf("%d tests", p.passed+p.failed+p.skipped)
	switch {
	case p.failed > 0:
		verdict, tests = "FAIL", fmt.Sprintf("%s, %d failed", tests, p.failed)
	case p.passed+p.skipped == 0:
		verdict, tests = "-", "no tests"
	}
	if p.skipped > 0 {
		tests += fmt.Sprintf(", %d skipped", p.skipped)
	}
	fmt.Fprintf(s.out, "%-4s  %-28s %7.1fs  %s\n", verdict, e.Package, e.Elapsed, tests)
}

func (s *summary) report(note string) bool {
	var passed, failed, skipped int
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		p := s.packages[name]
		if !p.ended {
			s.end(event{Action: "fail", Package: name}, p)
		}
		passed, failed, skipped = passed+p.passed, failed+p.failed, skipped+p.skipped
	}
	for _, f := range s.failures {
		fmt.Fprintf(s.out, "\nFAILED %s\n%s\n", f.name, strings.TrimRight(f.output, "\n"))
	}
	fmt.Fprintln(s.out)
	if passed+failed == 0 {
		fmt.Fprintln(s.out, "No test ran, which counts as a failure.")
	}
	if note != "" {
		fmt.Fprintln(s.out, note)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	return failed == 0 && passed > 0
}

// withoutVerdict drops the lines that every failed package prints and that say nothing more.
func withoutVerdict(output, name string) string {
	var kept strings.Builder
	for line := range strings.Lines(output) {
		if text := strings.TrimSpace(line); text != "FAIL" && text != "PASS" &&
			text != "exit status 1" && !strings.HasPrefix(text, "FAIL\t"+name) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
