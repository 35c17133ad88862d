package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"handrail/apitest"
)

func TestAnAnswerThatDoesNotFitItsFieldIsNamed(t *testing.T) {
	row := func(more object) object {
		entry := object{"situation": "Payday", "urge": 7}
		for key, value := range more {
			entry[key] = value
		}
		return object{"entries": []any{object{"situation": "On the bus", "urge": 3}, entry}}
	}
	wrong := []struct {
		template    string
		answers     object
		field, code string
	}{
		{"trigger_log", object{}, "answers.entries", "required"},
		{"trigger_log", object{"entries": []any{}}, "answers.entries", "count"},
		{"trigger_log", object{"entries": "a text"}, "answers.entries", "wrong_type"},
		{"trigger_log", object{"entries": []any{7}}, "answers.entries[0]", "wrong_type"},
		{"trigger_log", object{"entries": []any{nil}}, "answers.entries[0]", "wrong_type"},
		{"trigger_log", object{"entries": make([]object, 51)}, "answers.entries", "count"},
		{"trigger_log", row(object{"urge": 11}), "answers.entries[1].urge", "range"},
		{"trigger_log", row(object{"urge": 2.5}), "answers.entries[1].urge", "wrong_type"},
		{"trigger_log", row(object{"urge": "7"}), "answers.entries[1].urge", "wrong_type"},
		{"trigger_log", row(object{"urge": nil}), "answers.entries[1].urge", "wrong_type"},
		{"trigger_log", row(object{"situation": " "}), "answers.entries[1].situation", "required"},
		{"trigger_log", row(object{"situation": "two\nlines"}), "answers.entries[1].situation", "one_line"},
		{"trigger_log", row(object{"situation": "a\u0000b"}), "answers.entries[1].situation", "control_character"},
		{"trigger_log", row(object{"situation": strings.Repeat("é", 201)}), "answers.entries[1].situation", "length"},
		{"trigger_log", row(object{"day": "2026-11-31"}), "answers.entries[1].day", "not_a_date"},
		{"trigger_log", row(object{"kind": "payday"}), "answers.entries[1].kind", "not_one_of"},
		{"trigger_log", row(object{"mood": marker}), "answers.entries[1].mood", "unknown_field"},
		{"thought_record", object{"situation": []any{}}, "answers.situation", "wrong_type"},
		{"thought_record", object{"situation": "x"}, "answers.thought", "required"},
		{"relapse_prevention_plan", object{"triggers": []any{"stress", "stress"}}, "answers.triggers[1]", "repeated"},
		{"relapse_prevention_plan", object{"triggers": []any{marker}}, "answers.triggers[0]", "not_one_of"},
		{"relapse_prevention_plan", object{"triggers": []any{}}, "answers.triggers", "count"},
		{"budget", object{"savings": -1}, "answers.savings", "range"},
		{"budget", object{"savings": 1000001}, "answers.savings", "range"},
	}
	onDesk(t, func(t *testing.T, d *desk) {
		ids := map[string]string{}
		for _, w := range wrong {
			if ids[w.template] == "" {
				ids[w.template] = d.given(object{"template": w.template})
			}
			got := d.submit(ids[w.template], object{"answers": w.answers}).WantField(w.field)
			if !hasCode(got, w.field, w.code) || strings.Contains(got.Raw(), marker) {
				t.Errorf("%v: want %s %s: %s", w.answers, w.field, w.code, got.Raw())
			}
		}
		for what, body := range map[string]string{"a number too large for any machine": `{"answers": {"savings": 1e999}}`,
			"a number of a thousand digits": `{"answers": {"savings": 0.` + strings.Repeat("1", 1000) + `}}`} {
			if got := d.client.Call("POST", "/v1/me/assignments/"+ids["budget"]+"/submit", []byte(body), "Content-Type", "application/json"); got.Status != 422 {
				t.Errorf("%s: %s", what, got.Raw())
			}
		}
		var unknown strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&unknown, `"x%d": 1, `, i)
		}
		many := `{"answers": {` + unknown.String() + `"entries": [` + strings.Repeat(`{"a":1,"b":2,"c":3},`, 49) + `{}]}}`
		got := d.client.Call("POST", "/v1/me/assignments/"+ids["trigger_log"]+"/submit", []byte(many), "Content-Type", "application/json").Want(422)
		if n := len(got.Object["fields"].([]any)); n > 110 {
			t.Errorf("a small request gets %d faults", n)
		}
		plain := d.given(object{})
		d.submit(plain, object{"answers": object{}}).WantField("answers")
		d.submit(plain, object{}).WantField("text")
		if d.Count("submissions", "1 = 1") != 0 {
			t.Error("something was submitted")
		}
	})
}

func hasCode(r apitest.Reply, field, code string) bool {
	for _, f := range r.Object["fields"].([]any) {
		if f := f.(map[string]any); f["field"] == field && f["code"] == code {
			return true
		}
	}
	return false
}

func TestADraftMayLeaveOutWhatIsRequiredButNotSayWhatDoesNotFit(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{"template": "trigger_log"})
		d.draft(id, object{"answers": object{"entries": []any{object{"urge": 11}}}}).WantField("answers.entries[0].urge")
		d.draft(id, object{"answers": object{"surprise": 1}}).WantField("answers.surprise")
		for _, answers := range []object{{}, {"entries": []any{}}, {"entries": []any{object{"situation": ""}}}, {"noticed": "Paydays."}} {
			got := d.draft(id, object{"answers": answers}).Want(http.StatusOK)
			if got.Text("status") != "started" {
				t.Errorf("%v: %s", answers, got.Raw())
			}
		}
		if got := d.draft(id, object{}).Want(http.StatusOK).Object["draft"].(map[string]any); got["text"] != nil || got["answers"] != nil {
			t.Errorf("an emptied draft holds %v", got)
		}
	})
}

func TestAnAnswerThatIsGivenTwiceIsRefused(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		id := d.given(object{"template": "trigger_log"})
		body := `{"answers": {"entries": [{"situation": "Payday", "urge": 99, "urge": 5}]}}`
		d.client.Call("POST", "/v1/me/assignments/"+id+"/submit", []byte(body), "Content-Type", "application/json").WantProblem(http.StatusBadRequest, "malformed_json")
		if kept := d.counselor.Get("/v1/assignments/" + id).Want(http.StatusOK).Object["submissions"].([]any); len(kept) > 0 {
			t.Errorf("one of the two is kept: %v", kept)
		}
	})
}

func TestEachTemplateIsTakenAsItSaysItself(t *testing.T) {
	onDesk(t, func(t *testing.T, d *desk) {
		for _, template := range d.counselor.Get("/v1/templates").Want(http.StatusOK).Items() {
			id := d.given(object{"template": template.Text("key")})
			d.submit(id, object{"answers": answersTo(template["fields"].([]any), false)}).Want(http.StatusOK)
			all := d.given(object{"template": template.Text("key")})
			d.submit(all, object{"answers": answersTo(template["fields"].([]any), true)}).Want(http.StatusOK)
		}
	})
}

// answersTo are answers at the edges of what fields take: the required ones, or all.
func answersTo(fields []any, all bool) object {
	answers := object{}
	for _, f := range fields {
		f := apitest.Object(f.(map[string]any))
		if f["required"] != true && !all {
			continue
		}
		options, _ := f["options"].([]any)
		most, _ := f["max"].(float64)
		var answer any
		switch f.Text("type") {
		case "text", "long_text":
			answer = strings.Repeat("é", int(min(most, 1000))) // all of a template fits into one request
		case "number", "scale":
			answer = most
		case "choice":
			answer = options[len(options)-1].(map[string]any)["key"]
		case "choices":
			keys := []any{}
			for _, o := range options {
				keys = append(keys, o.(map[string]any)["key"])
			}
			answer = keys
		case "date":
			answer = "2026-11-03"
		case "rows":
			answer = []any{answersTo(f["columns"].([]any), all)}
		}
		answers[f.Text("key")] = answer
	}
	return answers
}
