package api

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"handrail/models/words"
)

// vocabulary is what an export can say: the names of its fields, which of them hold words of the API, and those words.
type vocabulary struct{ names, coded, values map[string]bool }

func (v vocabulary) read(schema *openapi3.SchemaRef, name string, within []string) {
	if slices.Contains(within, schema.Ref) && schema.Ref != "" {
		return
	}
	within = append(within, schema.Ref)
	for _, part := range schema.Value.AllOf {
		v.read(part, name, within)
	}
	for _, value := range schema.Value.Enum {
		if text, isText := value.(string); isText && name != "" {
			v.values[text], v.coded[name] = true, true
		}
	}
	if schema.Value.Items != nil {
		v.read(schema.Value.Items, name, within)
	}
	for name, property := range schema.Value.Properties {
		if isForPrograms(name) {
			continue
		}
		v.names[name] = true
		v.read(property, name, within)
	}
}

func TestTheRecordAsAPageHasAWordForAllThatARecordCanSay(t *testing.T) {
	spec, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	said := vocabulary{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, name := range []string{"MyExport", "ClientExport"} {
		said.read(spec.Components.Schemas[name], "", nil)
	}
	if len(said.names) < 100 || len(said.values) < 60 {
		t.Fatalf("only %d names and %d values are seen", len(said.names), len(said.values))
	}
	for name := range said.coded {
		if !slices.Contains(coded, name) {
			t.Errorf("%s is shown as the API has it", name)
		}
	}
	for _, locale := range words.Locales() {
		labels, values := words.In(locale).Export.Labels(), words.In(locale).Export.Values()
		for name := range said.names {
			if labels[name] == "" && !slices.Contains(headed, name) && name != "answers" {
				t.Errorf("%s has no word for the field %s", locale, name)
			}
		}
		for value := range said.values {
			if values[value] == "" {
				t.Errorf("%s has no word for the value %s", locale, value)
			}
		}
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			if !said.names[label] {
				t.Errorf("%s has a word for %s, which no export has", locale, label)
			}
		}
	}
}

func TestADocumentHasTheAnswersUnderTheirQuestions(t *testing.T) {
	root, err := parse([]byte(`{"time_zone": "America/New_York", "client": {"name": "Robin"}, "exported_by": {"name": "Dana"}, "exported_at": "2026-11-03T23:01:00Z",
		"assignments": [{"title": "Log", "fields": [{"key": "mood", "label": "How was it?", "options": [{"key": "good", "label": "Good"}]},
			{"key": "entries", "label": "Urges", "columns": [{"key": "urge", "label": "How strong?"}]}],
			"submissions": [{"answers": {"mood": "good", "entries": [{"urge": 7}], "unknown": "Still told"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDocument(root, words.In("en"))
	if err != nil {
		t.Fatal(err)
	}
	submission := d.parts()[1].Entries[0].Lines[0].Entries[0]
	var got []string
	for _, line := range submission.Lines {
		got = append(got, line.Label+" "+line.Text)
		for _, row := range line.Entries {
			got = append(got, row.Lines[0].Label+" "+row.Lines[0].Text)
		}
	}
	if want := "How was it? Good|Urges |How strong? 7|unknown Still told"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
