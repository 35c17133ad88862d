package main

import (
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

func TestEveryMutantCanStillBePlantedAndItsTestsExist(t *testing.T) {
	mutants, err := read(list)
	if err != nil {
		t.Fatal(err)
	}
	if len(mutants) < 25 {
		t.Errorf("there are %d mutants", len(mutants))
	}
	files, err := plant(root, mutants)
	if err != nil {
		t.Error(err)
	}
	for name, text := range files {
		if _, err := format.Source(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	seen := map[string]bool{}
	for _, m := range mutants {
		if seen[m.name] {
			t.Errorf("%s: there are two of that name", m.name)
		}
		seen[m.name] = true
		for pattern := range strings.SplitSeq(m.tests, "|") {
			if !hasTest(t, m.folder, pattern) {
				t.Errorf("%s: no test in %s is called %s", m.name, m.folder, pattern)
			}
		}
	}
}

var declared = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

func hasTest(t *testing.T, folder, pattern string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(pattern)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range declared.FindAllSubmatch(text, -1) {
			if name.Match(test[1]) {
				return true
			}
		}
	}
	return false
}

func TestAListThatIsWrongIsRefused(t *testing.T) {
	for _, text := range []string{"file: x", "== a\nwhat: x", "== a\nfile: x\n- y", "== a\nfile: x\ntests: ./y\n- y", "== a\nfile: x\ntests: ./y TestZ"} {
		if _, err := read(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAMutantIsAFunctionBesideTheRightOne(t *testing.T) {
	text := "package p\n\nconst c = 2\n\nfunc (x y) f(a int, b ...int) int { return a + c }\n"
	got, name, err := planted("p.go", []byte(text), []mutant{{number: 7, name: "no c", old: "a + c", new: "a"}})
	want := "package p\n\nconst c = 2\n\nfunc (x y) f(a int, b ...int) int { if mutant == \"7\" { return x.f7(a, b...) }; return a + c }\n" +
		"\n//line no c:1\nfunc (x y) f7(a int, b ...int) int { return a }\n"
	if err != nil || name != "p" || string(got) != want {
		t.Errorf("of package %q, %v:\n%s", name, err, got)
	}
	for _, old := range []string{"c = 2", "a int, ", "none", "c"} {
		if _, _, err := planted("p.go", []byte(text), []mutant{{old: old}}); err == nil {
			t.Errorf("%q was planted", old)
		}
	}
}
