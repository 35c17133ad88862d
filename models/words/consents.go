package words

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ConsentText is the words in which one consent is asked for, in one language.
type ConsentText struct {
	Kind    string
	Version string // the month in which it was published: 2026-11
	Locale  string
	Title   string
	Text    string // paragraphs, with an empty line between them
}

// The files are for lawyers to read: see consents/README.md.
//
//go:embed consents/*.txt
var consentFiles embed.FS

var consentTexts = func() []ConsentText {
	texts, err := readConsentTexts(consentFiles)
	if err != nil {
		panic(err) // found by any test
	}
	return texts
}()

// readConsentTexts reads consents/KIND.VERSION.LOCALE.txt, by kind and version. Each version is there in every language:
// nobody is asked in words that others were not.
func readConsentTexts(files fs.FS) ([]ConsentText, error) {
	names, err := fs.Glob(files, "consents/*.txt")
	if err != nil {
		return nil, err
	}
	var texts []ConsentText
	in := map[string]int{} // how many languages a version speaks
	for _, name := range names {
		file, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		title, text, _ := strings.Cut(strings.TrimSpace(string(file)), "\n")
		parts := strings.Split(path.Base(name), ".")
		if len(parts) != 4 || !slices.Contains(Locales(), parts[2]) || title == "" || text == "" {
			return nil, fmt.Errorf("%s is not the text of a consent: see consents/README.md", name)
		}
		texts = append(texts, ConsentText{parts[0], parts[1], parts[2], title, strings.TrimSpace(text)})
		in[parts[0]+parts[1]]++
	}
	slices.SortStableFunc(texts, func(a, b ConsentText) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Version, b.Version))
	})
	for _, text := range texts {
		if in[text.Kind+text.Version] != len(Locales()) {
			return nil, fmt.Errorf("the text of %s %s is not there in every language", text.Kind, text.Version)
		}
	}
	return texts, nil
}

// ConsentTexts are all that were ever published: by kind, each kind's versions the oldest first.
func ConsentTexts() []ConsentText { return slices.Clone(consentTexts) }

// CurrentConsentTexts are those that are asked for now: of each kind the newest version, in every language.
func CurrentConsentTexts() []ConsentText { return currentOf(consentTexts) }

func currentOf(texts []ConsentText) []ConsentText {
	newest := map[string]string{}
	for _, text := range texts {
		newest[text.Kind] = text.Version
	}
	return slices.DeleteFunc(slices.Clone(texts), func(text ConsentText) bool { return text.Version != newest[text.Kind] })
}
