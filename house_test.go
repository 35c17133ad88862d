package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows never drawn: a package in from, or below it, does not import to, nor anything below that.
var arrows = []struct{ from, to, why string }{
	{"api", "handrail/notify", "a request writes reminders through models; the worker finds them there"},
	{"notify", "handrail/api", "the worker must run without a server"},
	{"models", "handrail/api", "arrows point to models: the domain knows no HTTP"},
	{"models", "handrail/notify", "arrows point to models: the domain knows no push service"},
	{"models/words", "handrail", "it is words alone, for whoever speaks to people: hand it values, not rows"},
	{"models/schedule", "handrail", "it is pure arithmetic: hand it values, not rows"},
	{"models/schedule", "database/sql", "it is pure arithmetic: hand it values, not rows"},
	{"models/schedule", "gorm.io", "it is pure arithmetic: hand it values, not rows"},
}

// homes: what only these packages import, so that it can be replaced by reading one place.
var homes = []struct {
	what, where []string
	why         string
}{
	{[]string{"github.com/gin-gonic", "github.com/gin-contrib"}, []string{"api"},
		"only api speaks HTTP; pass what you need as plain values"},
	{[]string{"gorm.io"}, []string{"models", "models/modelstest"},
		"only models speaks to the database; add a Store method there"},
	{[]string{firebase}, []string{"notify", "notify/fcmtest"},
		"only notify speaks to FCM; go through notify.Sender"},
	{[]string{"handrail/demo"}, []string{"."},
		"the invented clinic is a command, which nothing real may lean on"},
}

const firebase = "firebase.google.com/go/v4"

type source struct {
	name, dir string // "models/store.go", "models"
	test      bool
	lines     int
	syntax    *ast.File
	files     *token.FileSet
}

func (s source) imports() (paths []string) {
	for _, spec := range s.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, imported)
	}
	return paths
}

// uses visits every qualified name: os.Getenv, tx.Save.
func (s source) uses(visit func(at token.Position, qualifier, name string)) {
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			qualifier := ""
			if id, ok := sel.X.(*ast.Ident); ok {
				qualifier = id.Name
			}
			visit(s.files.Position(sel.Pos()), qualifier, sel.Sel.Name)
		}
		return true
	})
}

func below(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

func sources(t *testing.T) (all []source) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() && base != "." &&
			(strings.HasPrefix(base, ".") || slices.Contains([]string{"vendor", "testdata", "node_modules"}, base)) {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"),
			bytes.Count(text, []byte("\n")), syntax, files})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestImportsFollowTheHouse(t *testing.T) {
	var sdk []string
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, imported := range s.imports() {
			for _, a := range arrows {
				if below(s.dir, a.from) && below(imported, a.to) {
					t.Errorf("%s imports %s: %s", s.name, imported, a.why)
				}
			}
			for _, h := range homes {
				for _, what := range h.what {
					if below(imported, what) && !slices.Contains(h.where, s.dir) {
						t.Errorf("%s imports %s: %s", s.name, imported, h.why)
					}
				}
			}
			if s.dir == "notify" && below(imported, firebase) && !slices.Contains(sdk, s.name) {
				sdk = append(sdk, s.name)
			}
		}
	}
	if len(sdk) > 1 {
		t.Errorf("%s all import Firebase: one file knows the SDK, the others know notify.Sender", strings.Join(sdk, ", "))
	}
}

func TestOnlyMainReadsTheEnvironment(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.name == "main.go" || below(s.dir, "models/modelstest") { // which is tests' alone
			continue
		}
		s.uses(func(at token.Position, qualifier, name string) {
			if qualifier == "os" && slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, name) {
				t.Errorf("%s: os.%s: main.go reads the environment; take the value as a parameter", at, name)
			}
		})
	}
}

func TestOnlyTheSenderCallsOut(t *testing.T) {
	ways := map[string][]string{
		"http": {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport", "NewRequest", "NewRequestWithContext"},
		"net":  {"Dial", "DialTimeout", "DialTCP", "DialUDP", "Dialer", "Resolver", "LookupHost", "LookupIP", "LookupAddr"},
		"tls":  {"Dial", "Dialer"}, "smtp": {"Dial", "SendMail"}, "exec": {"Command", "CommandContext"},
	}
	mayCall := []string{"notify/fcm.go", "demo/app.go"} // to FCM; and the demo's phones to the demo
	mayForTests := []string{"apitest", "models/modelstest", "notify/fcmtest", "scripts"}
	for _, s := range sources(t) {
		if s.test || slices.Contains(mayCall, s.name) || slices.ContainsFunc(mayForTests, func(dir string) bool { return below(s.dir, dir) }) {
			continue
		}
		s.uses(func(at token.Position, qualifier, name string) {
			if slices.Contains(ways[qualifier], name) {
				t.Errorf("%s: %s.%s: a record that nobody else can read calls nobody but FCM and its database", at, qualifier, name)
			}
		})
	}
}

func TestFilesStayShort(t *testing.T) {
	for _, s := range sources(t) {
		limit := 300
		if s.test {
			limit = 450
		}
		if s.lines > limit {
			t.Errorf("%s has %d lines, %d at most: which second noun is in it? Give that its own file", s.name, s.lines, limit)
		}
	}
}

func TestRowsAndTablesChangeOnlyByName(t *testing.T) {
	for _, s := range sources(t) {
		s.uses(func(at token.Position, _, name string) {
			switch {
			case name == "AutoMigrate":
				t.Errorf("%s: AutoMigrate once rebuilt a table unasked; write a migration", at)
			case name == "Save" && below(s.dir, "models"):
				t.Errorf("%s: Save writes every column and inserts what is not there; update named columns", at)
			}
		})
	}
}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc"}
	for _, s := range sources(t) {
		if slices.Contains(vague, s.syntax.Name.Name) || slices.Contains(vague, path.Base(s.dir)) {
			t.Errorf("%s: package %s says nothing of what it holds; move it to the noun it serves", s.name, s.syntax.Name.Name)
		}
	}
}
