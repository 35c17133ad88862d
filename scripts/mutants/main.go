// Mutants plants small wrong changes in a copy of the tree and runs, for one after the other, the tests that have to notice:
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
	number               int
	name, file, old, new string
	folder, tests        string // a package and a pattern of its tests
	postgres             bool   // only there it can be noticed
}

// read reads the list: "== NAME", then "file:", "tests:", and lines of the old text ("-") and the new ("+").
func read(text string) (mutants []mutant, err error) {
	for number, line := range strings.Split(text, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		if kind == "==" {
			mutants = append(mutants, mutant{number: len(mutants) + 1, name: rest})
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
			m.folder, m.tests, _ = strings.Cut(rest, " ")
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
		if m.file == "" || m.old == "" || m.tests == "" {
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

// at is where the mutant changes its file.
func (m mutant) at(text []byte) (int, error) {
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return 0, fmt.Errorf("the old text is %d times in %s, expected once", n, m.file)
	}
	return bytes.Index(text, []byte(m.old)), nil
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
	if len(mutants) == 0 {
		return errors.New("no mutant is called that")
	}
	root, err := os.MkdirTemp("", "handrail-mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(root) }()
	if err := copyTree(root); err != nil {
		return err
	}
	files, err := plant(root, mutants)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := build(ctx, root, mutants, out); err != nil {
		return err
	}
	if err := wantSound(ctx, root, mutants, out); err != nil {
		return err
	}
	survived := 0
	for _, m := range mutants {
		began := time.Now()
		verdict := "caught"
		switch _, err := test(ctx, root, m.folder, m.tests, m.number, m.postgres); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			verdict, survived = "SURVIVED", survived+1
		case !errors.As(err, new(*exec.ExitError)):
			return err
		}
		fmt.Fprintf(out, "%-8s %5.1fs  %s\n", verdict, time.Since(began).Seconds(), m.name)
	}
	fmt.Fprintf(out, "%d mutants: %d caught, %d survived\n", len(mutants), len(mutants)-survived, survived)
	if survived > 0 {
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

// build compiles the tests of each package once, every mutant within.
func build(ctx context.Context, root string, mutants []mutant, out io.Writer) error {
	built := map[string]bool{}
	for _, m := range mutants {
		if built[m.folder] {
			continue
		}
		built[m.folder] = true
		began := time.Now()
		command := exec.CommandContext(ctx, "go", "test", "-vet=off", "-ldflags=-s -w", "-c", "-o", binary(root, m.folder), m.folder)
		command.Dir = root
		if text, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("the mutants do not compile: %w\n%s", err, text)
		}
		fmt.Fprintf(out, "%-8s %5.1fs  %s\n", "built", time.Since(began).Seconds(), m.folder)
	}
	return nil
}

func binary(root, folder string) string {
	return filepath.Join(root, "bin", strings.Trim(strings.ReplaceAll(folder, "/", "-"), ".-")+".test")
}

// wantSound runs the tests of all these mutants once without any of them: a test that fails anyway catches nothing.
func wantSound(ctx context.Context, root string, mutants []mutant, out io.Writer) error {
	patterns := map[string][]string{}
	postgres := map[string]bool{}
	for _, m := range mutants {
		if !slices.Contains(patterns[m.folder], m.tests) {
			patterns[m.folder] = append(patterns[m.folder], m.tests)
		}
		postgres[m.folder] = postgres[m.folder] || m.postgres
	}
	for folder, all := range patterns {
		began := time.Now()
		output, err := test(ctx, root, folder, strings.Join(all, "|"), 0, postgres[folder])
		if err != nil {
			return fmt.Errorf("without any mutant the tests of %s fail:\n%s", folder, output)
		}
		fmt.Fprintf(out, "%-8s %5.1fs  %s, without any mutant\n", "sound", time.Since(began).Seconds(), folder)
	}
	return nil
}

// test runs tests as a mutant: 0 is none. What hangs is caught too.
func test(ctx context.Context, root, folder, tests string, number int, postgres bool) (output string, err error) {
	limit := "-test.timeout=90s"
	if number == 0 {
		limit = "-test.timeout=10m"
	}
	arguments := []string{fmt.Sprintf("%s=%d", variable, number), binary(root, folder), limit, "-test.failfast", "-test.run", tests}
	if !postgres { // SQLite alone is twice as fast
		arguments = append([]string{"-u", "HANDRAIL_TEST_POSTGRES_URL"}, arguments...)
	}
	command := exec.CommandContext(ctx, "env", arguments...)
	command.Dir = filepath.Join(root, folder)
	// A test that is cut off leaves the nodes that it has started.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = 5 * time.Second
	text, err := command.CombinedOutput()
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	return string(text), err
}
