package main

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asked is OWASP ASVS 5.0.0 at levels 1 and 2, for a server without pages of its own: how many requirements each section
// has there. In each of them they come before those of level 3.
var asked = map[string]int{
	"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
	"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
	"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4,
	"13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7,
	"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
}

// requirements are those that a text names: 6.2.4, or 6.2.1–3 for three of them.
func requirements(t *testing.T, text string) (named []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`\b(\d+\.\d+)\.(\d+)(?:–(\d+))?`).FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(found[2])
		last := first
		if found[3] != "" {
			last, _ = strconv.Atoi(found[3])
		}
		if first < 1 || last < first || last > asked[found[1]] {
			t.Errorf("%s is no requirement of levels 1 and 2", found[0])
			continue
		}
		for n := first; n <= last; n++ {
			named = append(named, fmt.Sprintf("%s.%d", found[1], n))
		}
	}
	return named
}

// threats are the rows of the table of docs/security.md, and the sections that follow it.
func threats(t *testing.T) (page string, rows [][]string, section func(title string) string) {
	t.Helper()
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	page = string(text)
	section = func(title string) string {
		_, rest, found := strings.Cut(page, "\n## "+title+"\n")
		if !found {
			t.Fatalf("docs/security.md has no section %q", title)
		}
		body, _, _ := strings.Cut(rest, "\n## ")
		return body
	}
	for line := range strings.Lines(section("Threats and controls")) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| threat ") && !strings.HasPrefix(line, "| --- ") {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			if len(cells) != 5 {
				t.Fatalf("a row has %d cells, five are wanted: %s", len(cells), line)
			}
			rows = append(rows, cells)
		}
	}
	return page, rows, section
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)

func TestEachThreatHasTestsAndEachOfThemIsInTheTree(t *testing.T) {
	inTree := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		for _, d := range s.syntax.Decls {
			if f, isFunc := d.(*ast.FuncDecl); isFunc && f.Recv == nil {
				inTree[f.Name.Name] = true
			}
		}
	}
	page, rows, _ := threats(t)
	for _, name := range testName.FindAllString(page, -1) {
		if !inTree[name] {
			t.Errorf("docs/security.md names %s, which is no test: was it renamed?", name)
		}
	}
	covered := map[string]bool{}
	for _, row := range rows {
		tests := testName.FindAllString(row[2], -1)
		if len(tests) == 0 {
			t.Errorf("nothing tests what is said of %s", row[0])
		}
		if slices.Sort(tests); len(slices.Compact(slices.Clone(tests))) < len(tests) {
			t.Errorf("a test is named twice for %s", row[0])
		}
		if rest := strings.Trim(testName.ReplaceAllString(row[2], ""), " `,"); rest != "" {
			t.Errorf("beside tests %q is named for %s", rest, row[0])
		}
		for _, risk := range strings.Fields(strings.ReplaceAll(row[3], ",", " ")) {
			covered[risk] = true
		}
	}
	for n := 1; n <= 10; n++ {
		if risk := fmt.Sprintf("API%d", n); !covered[risk] {
			t.Errorf("no row is about %s of the OWASP API Security Top 10 (2023)", risk)
		}
		delete(covered, fmt.Sprintf("API%d", n))
	}
	if delete(covered, "–"); len(covered) > 0 {
		t.Errorf("%v are no risks of that list", slices.Collect(maps.Keys(covered)))
	}
}

func TestEveryRequirementIsMetOrSaidNotToBeOrNotToApply(t *testing.T) {
	_, rows, section := threats(t)
	where := map[string]map[string]bool{"a row": {}, "not met": {}, "not applying": {}}
	for _, row := range rows {
		for _, id := range requirements(t, row[4]) {
			where["a row"][id] = true
		}
	}
	for _, id := range requirements(t, section("Not met, and why")) {
		where["not met"][id] = true
	}
	for _, id := range requirements(t, section("Does not apply, and why")) {
		where["not applying"][id] = true
	}
	for sectionOf, most := range asked {
		for n := 1; n <= most; n++ {
			id := fmt.Sprintf("%s.%d", sectionOf, n)
			switch isApplying := where["a row"][id] || where["not met"][id]; {
			case !isApplying && !where["not applying"][id]:
				t.Errorf("docs/security.md does not say what is done about %s", id)
			case isApplying && where["not applying"][id]:
				t.Errorf("%s applies and does not", id)
			}
		}
	}
}
