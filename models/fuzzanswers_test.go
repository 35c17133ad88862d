package models

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// fitting says the same as check.answers, in other words: yes or no.
func fitting(fields []Field, given map[string]any, isDraft bool) bool {
	for key := range given {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Key == key }) {
			return false
		}
	}
	for _, f := range fields {
		value, isGiven := given[f.Key]
		if !isGiven && f.Required && !isDraft || isGiven && !f.fitting(value, isDraft) {
			return false
		}
	}
	return true
}

func (f Field) fitting(value any, isDraft bool) bool {
	must := f.Required && !isDraft
	switch v := value.(type) {
	case string:
		switch f.Type {
		case FieldText, FieldLongText:
			blank := strings.TrimSpace(v) == ""
			return !(must && blank) && utf8.RuneCountInString(v) <= *f.Max && !strings.ContainsFunc(v, isRefused) &&
				(f.Type == FieldLongText || !strings.ContainsAny(v, "\r\n"))
		case FieldDate:
			return new(check).day("", v).Date() == v
		case FieldChoice:
			return slices.Contains(f.optionKeys(), v)
		}
	case json.Number:
		n, err := v.Float64()
		isNumber := f.Type == FieldNumber || f.Type == FieldScale && n == math.Trunc(n)
		return isNumber && err == nil && n >= float64(*f.Min) && n <= float64(*f.Max) && len(v) <= 24
	case []any:
		if f.Type != FieldChoices && f.Type != FieldRows || must && len(v) < *f.Min || len(v) > *f.Max {
			return false
		}
		for i, item := range v {
			if row, isRow := item.(map[string]any); f.Type == FieldRows && !(isRow && fitting(f.Columns, row, isDraft)) {
				return false
			}
			if key, isKey := item.(string); f.Type == FieldChoices && !(isKey && slices.Contains(f.optionKeys(), key) && !slices.Contains(v[:i], item)) {
				return false
			}
		}
		return true
	}
	return false
}

// What a client writes into a template is taken if it fits its fields and only then, is kept as it was written, and what is
// taken as finished is taken as a draft too.
func FuzzAnswers(f *testing.F) {
	library := templatesIn("en")
	for i, template := range library {
		right := Answers{}
		for _, field := range template.Fields {
			right[field.Key] = sample(field)
		}
		text, err := json.Marshal(right)
		if err != nil {
			f.Fatal(err)
		}
		var c check
		if c.answers("answers", sent(f, text), template.Fields, false); c.err() != nil {
			f.Fatalf("%s: %v", template.Key, c.fields)
		}
		f.Add(uint8(i), string(text))
		for _, evil := range []string{"1e400", "-0", "5.0", "5e0", "0.00000000000000000000000001", "[[]]", "{}", "null", `"\u0000"`, `"\ud800"`,
			"true", "[null]", `["", ""]`} {
			f.Add(uint8(i), `{"`+template.Fields[0].Key+`":`+evil+`}`)
			f.Add(uint8(i), strings.Replace(string(text), "5", evil, 1))
		}
	}
	f.Add(uint8(1), `{"entries":[{"day":"2026-11-03","situation":"x","kind":"people","urge":11},{"":1},3]}`)
	f.Add(uint8(1), `{"entries":[`+strings.Repeat("{},", 5000)+`{}]}`)
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		if !json.Valid([]byte(text)) || !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") { // FuzzBody
			return
		}
		template, answers := library[int(which)%len(library)], sent(t, []byte(text))
		var finished, draft check
		finished.answers("answers", answers, template.Fields, false)
		draft.answers("answers", answers, template.Fields, true)
		plain(t, finished, "answers.")
		plain(t, draft, "answers.")
		if isFinished, isDraft := fitting(template.Fields, answers, false), fitting(template.Fields, answers, true); (finished.err() == nil) != isFinished ||
			(draft.err() == nil) != isDraft {
			t.Fatalf("%s of %s: finished %v %v, a draft %v %v", text, template.Key, isFinished, finished.fields, isDraft, draft.fields)
		}
		if finished.err() == nil && draft.err() != nil {
			t.Fatalf("%s is finished, but no draft: %v", text, draft.fields)
		}
		if draft.err() != nil {
			return
		}
		kept, err := json.Marshal(Work{Answers: answers})
		var work Work
		if err != nil || json.Unmarshal(kept, &work) != nil || !reflect.DeepEqual(work.Answers, answers) {
			t.Fatalf("%s is kept as %s and reads %v, %v", text, kept, work.Answers, err)
		}
	})
}

// sample is a right answer.
func sample(f Field) any {
	switch f.Type {
	case FieldNumber, FieldScale:
		return 5
	case FieldDate:
		return "2026-11-03"
	case FieldChoice:
		return f.optionKeys()[0]
	case FieldChoices:
		return f.optionKeys()
	case FieldRows:
		row := map[string]any{}
		for _, column := range f.Columns {
			row[column.Key] = sample(column)
		}
		return []any{row}
	}
	return "A word with my sister."
}

// sent are answers as they come in a body.
func sent(tb testing.TB, text []byte) Answers {
	var answers Answers
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&answers); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return answers
}
