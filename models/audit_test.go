package models

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handrail/models/words"
)

func TestWhatAClientCouldNotReadOfIsNotNotedOfThem(t *testing.T) {
	client := "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"
	if err := new(tx).note(auditRow{Action: "unheard_of", ClientID: &client}); err == nil || !strings.Contains(err.Error(), "unheard_of") {
		t.Errorf("it is noted: %v", err)
	}
}

func TestEachActionHasAPhraseOfItsOwnInEachLanguage(t *testing.T) {
	for _, locale := range words.Locales() {
		say, actions := words.In(locale).Audit, map[string]string{}
		for action, text := range say {
			if other, twice := actions[text]; twice {
				t.Errorf("%s: %s and %s are both %q", locale, action, other, text)
			}
			actions[text] = action
		}
		if got := say.Phrase("of_a_newer_server"); got == "" || actions[got] != "" {
			t.Errorf("%s: what a newer server noted reads %q", locale, got)
		}
	}
}

func TestTheAuditLogIsOnlyAppendedToButForItsSealAndItsCut(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	may := map[string][]string{"audit.go": nil, "auditlist.go": nil, "auditverify.go": nil, "auditchain.go": {"UPDATE"}, "auditcut.go": {"DELETE"}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		allowed, knows := may[file]
		if !knows && !strings.HasSuffix(file, "_test.go") && strings.Contains(string(text), "audit_events") {
			t.Errorf("%s names the table of the audit log: go through audit.go", file)
		}
		for _, verb := range []string{"UPDATE audit_events", "DELETE FROM audit_events"} {
			want := 0
			if len(allowed) == 1 && strings.HasPrefix(verb, allowed[0]) {
				want = 1
			}
			if n := strings.Count(string(text), verb); knows && n != want {
				t.Errorf("%s: %d times %s, want %d", file, n, verb, want)
			}
		}
	}
}
