// Mutants plants small wrong changes, one at a time, in a copy of the tree, and runs the tests that have to notice:
// scripts/mutants [NAME…]. It reads list.txt, says of each mutant caught or SURVIVED, and ends with the count. A survivor
// is a missing test.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

//go:embed list.txt
var list string

// mutant is one wrong change.
type mutant struct {
	name, file, old, new string
	tests                string // a package and a pattern of its tests
	postgres             bool   // only there it can be noticed
}

// read reads the list: "== NAME", then "file:", "tests:", and lines of the old text ("-") and the new ("+").
func read(text string) (mutants []mutant, err error) {
	for number, line := range strings.Split(text, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		if kind == "==" {
			mutants = append(mutants, mutant{name: rest})
			continue
		}
		if line == "" || kind == "#" {
			continue
		}
		if len(mutants) == 0 {
			return nil, fmt.Errorf("list.txt:%d: expected == NAME first", number+1)
		}
		m := &mutants[len(mutants)-1]
		switch kind {
		case "file:":
			m.file = rest
		case "tests:":
			m.tests = rest
		case "postgres":
			m.postgres = true
		case "-":
			m.old = joined(m.old, rest)
		case "+":
			m.new = joined(m.new, rest)
		default:
			return nil, fmt.Errorf("list.txt:%d: expected ==, file:, tests:, postgres, - or +", number+1)
		}
	}
	for _, m := range mutants {
		if m.file == "" || m.old == "" || len(strings.Fields(m.tests)) != 2 {
			err = errors.Join(err, fmt.Errorf("%s: expected a file, a package with a pattern, and an old text", m.name))
		}
	}
	return mutants, err
}

func joined(text, line string) string {
	if text == "" {
		return line
	}
	return text + "\n" + line
}

// applied is the mutant's file with the change in it.
func (m mutant) applied(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("the old text is %d times in %s, expected once", n, m.file)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string, out io.Writer) error {
	mutants, err := read(list)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		mutants = slices.DeleteFunc(mutants, func(m mutant) bool {
			return !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(m.name, name) })
		})
	}
	root, err := os.MkdirTemp("", "handrail-mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(root) }()
	if err := copyTree(root); err != nil {
		return err
	}
	if err := wantSound(ctx, root, mutants, out); err != nil {
		return err
	}
	caught, survived, broken := 0, 0, 0
	for _, m := range mutants {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		began := time.Now()
		verdict, err := m.try(ctx, root)
		switch verdict {
		case "caught":
			caught++
		case "SURVIVED":
			survived++
		default:
			broken++
		}
		fmt.Fprintf(out, "%-15s %5.1fs  %s\n", verdict, time.Since(began).Seconds(), m.name)
		if err != nil {
			fmt.Fprintln(out, err)
		}
	}
	fmt.Fprintf(out, "%d mutants: %d caught, %d survived", len(mutants), caught, survived)
	if broken > 0 {
		fmt.Fprintf(out, ", %d could not be planted", broken)
	}
	fmt.Fprintln(out)
	if survived+broken > 0 {
		return errors.New("not every mutant was caught")
	}
	return nil
}

// copyTree copies what Git knows of the tree, and what is new in it.
func copyTree(root string) error {
	names, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) { // deleted, and not committed yet
			continue
		}
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// wantSound runs the tests of all these mutants once without any of them: a test that fails anyway catches nothing.
func wantSound(ctx context.Context, root string, mutants []mutant, out io.Writer) error {
	patterns := map[string][]string{}
	postgres := map[string]bool{}
	for _, m := range mutants {
		words := strings.Fields(m.tests)
		if !slices.Contains(patterns[words[0]], words[1]) {
			patterns[words[0]] = append(patterns[words[0]], words[1])
		}
		postgres[words[0]] = postgres[words[0]] || m.postgres
	}
	for packages, all := range patterns {
		began := time.Now()
		output, err := test(ctx, root, packages, strings.Join(all, "|"), postgres[packages])
		if err != nil {
			return fmt.Errorf("without any mutant the tests of %s fail:\n%s", packages, output)
		}
		fmt.Fprintf(out, "%-15s %5.1fs  %s, without any mutant\n", "sound", time.Since(began).Seconds(), packages)
	}
	return nil
}

// try plants the mutant, runs its tests and takes it out again.
func (m mutant) try(ctx context.Context, root string) (verdict string, err error) {
	wrong, err := m.applied(root)
	if err != nil {
		return "does not apply", err
	}
	path := filepath.Join(root, m.file)
	right, err := os.ReadFile(path)
	if err != nil {
		return "does not apply", err
	}
	if err := os.WriteFile(path, wrong, 0o600); err != nil {
		return "does not apply", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(path, right, 0o600)) }()
	words := strings.Fields(m.tests)
	output, failed := test(ctx, root, words[0], words[1], m.postgres)
	switch {
	case failed == nil:
		return "SURVIVED", nil
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		return "does not build", errors.New(output)
	}
	return "caught", nil
}

func test(ctx context.Context, root, packages, pattern string, postgres bool) (output string, err error) {
	arguments := []string{"go", "test", "-count=1", "-vet=off", "-timeout=5m", "-failfast", "-run", pattern, packages}
	if !postgres { // SQLite alone is twice as fast
		arguments = append([]string{"-u", "HANDRAIL_TEST_POSTGRES_URL"}, arguments...)
	}
	command := exec.CommandContext(ctx, "env", arguments...)
	command.Dir = root
	text, err := command.CombinedOutput()
	return string(text), err
}
