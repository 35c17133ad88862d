package models

import (
	"context"
	"slices"

	"handrail/models/words"
)

// Template is homework from the library, in one language. A version that somebody was given is never changed: its fields
// are what stored answers mean. A new one is added beside it.
type Template struct {
	Key          string  `json:"key"`
	Version      int     `json:"version"`
	Title        string  `json:"title"`
	Instructions string  `json:"instructions"`
	Fields       []Field `json:"fields"`
}

// FieldType is what kind of answer a field takes.
type FieldType string

// The kinds of answers.
const (
	FieldText     FieldType = "text"
	FieldLongText FieldType = "long_text"
	FieldNumber   FieldType = "number" // an amount; it may have decimals
	FieldScale    FieldType = "scale"  // a whole number
	FieldChoice   FieldType = "choice"
	FieldChoices  FieldType = "choices"
	FieldDate     FieldType = "date"
	FieldRows     FieldType = "rows" // a list of objects, with a field for each column
)

// Field is one question of a template. Min and Max bound characters, numbers, or how many are chosen or listed.
type Field struct {
	Key      string    `json:"key"`
	Type     FieldType `json:"type"`
	Label    string    `json:"label"`
	Hint     string    `json:"hint"`
	Required bool      `json:"required"`
	Min      *int      `json:"min"`
	Max      *int      `json:"max"`
	Options  []Option  `json:"options"`
	Columns  []Field   `json:"columns"`
}

// Option is one answer to choose.
type Option struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

func field(key string, kind FieldType, asks words.Field) Field {
	return Field{Key: key, Type: kind, Label: asks.Label, Hint: asks.Hint, Options: []Option{}, Columns: []Field{}}
}

func (f Field) from(least, most int) Field {
	f.Min, f.Max = &least, &most
	return f
}

func (f Field) required() Field {
	f.Required = true
	return f
}

func text(key string, asks words.Field) Field { return field(key, FieldText, asks).from(1, 200) }
func longText(key string, asks words.Field) Field {
	return field(key, FieldLongText, asks).from(1, 5000)
}
func scale(key string, asks words.Field) Field { return field(key, FieldScale, asks).from(0, 10) }
func date(key string, asks words.Field) Field  { return field(key, FieldDate, asks) }

func amount(key string, asks words.Field) Field {
	return field(key, FieldNumber, asks).from(0, 1_000_000)
}

func choice(key string, asks words.Field, options ...Option) Field {
	f := field(key, FieldChoice, asks)
	f.Options = options
	return f
}

func choices(key string, asks words.Field, options ...Option) Field {
	f := field(key, FieldChoices, asks).from(1, len(options))
	f.Options = options
	return f
}

func rows(key string, asks words.Field, columns ...Field) Field {
	f := field(key, FieldRows, asks).from(1, 50)
	f.Columns = columns
	return f
}

// templatesIn is the library in a language, with every version that was ever given out.
func templatesIn(locale string) []Template {
	w := words.In(locale).Templates
	return []Template{
		thoughtRecord(w.ThoughtRecord()), triggerLog(w.TriggerLog()), copingPractice(w.CopingPractice()),
		relapsePreventionPlan(w.RelapsePreventionPlan()), budget(w.Budget()), communicationExercise(w.CommunicationExercise()),
		reading(w.Reading()),
	}
}

func thoughtRecord(w words.ThoughtRecord) Template {
	return Template{"thought_record", 1, w.Title, w.Instructions, []Field{
		longText("situation", w.Situation).required(),
		longText("thought", w.Thought).required(),
		text("feelings", w.Feelings).required(),
		scale("intensity", w.Intensity).required(),
		longText("for", w.For),
		longText("against", w.Against),
		longText("balanced", w.Balanced).required(),
		scale("afterwards", w.Afterwards),
	}}
}

func triggerLog(w words.TriggerLog) Template {
	return Template{"trigger_log", 1, w.Title, w.Instructions, []Field{
		rows("entries", w.Entries,
			date("day", w.Day),
			text("situation", w.Situation).required(),
			choice("kind", w.Kind, Option{"people", w.People}, Option{"place", w.Place}, Option{"feeling", w.Feeling},
				Option{"event", w.Event}, Option{"other", w.Other}),
			scale("urge", w.Urge).required(),
			text("response", w.Response),
		).required(),
		longText("noticed", w.Noticed),
	}}
}

func copingPractice(w words.CopingPractice) Template {
	return Template{"coping_practice", 1, w.Title, w.Instructions, []Field{
		choice("skill", w.Skill, Option{"breathing", w.Breathing}, Option{"grounding", w.Grounding}, Option{"urge_surfing", w.UrgeSurfing},
			Option{"movement", w.Movement}, Option{"calling", w.Calling}, Option{"other", w.Other}).required(),
		longText("how", w.How),
		scale("before", w.Before),
		scale("after", w.After),
		longText("remember", w.Remember),
	}}
}

func relapsePreventionPlan(w words.RelapsePreventionPlan) Template {
	return Template{"relapse_prevention_plan", 1, w.Title, w.Instructions, []Field{
		longText("reasons", w.Reasons),
		longText("signs", w.Signs).required(),
		choices("triggers", w.Triggers, Option{"stress", w.Stress}, Option{"conflict", w.Conflict}, Option{"loneliness", w.Loneliness},
			Option{"celebrations", w.Celebrations}, Option{"payday", w.Payday}, Option{"old_places", w.OldPlaces}, Option{"pain", w.Pain},
			Option{"other", w.Other}).required(),
		longText("coping", w.Coping).required(),
		rows("people", w.People, text("name", w.Name).required(), text("number", w.Number)).required(),
		longText("places", w.Places),
		longText("if_lapse", w.IfLapse).required(),
	}}
}

func budget(w words.Budget) Template {
	return Template{"budget", 1, w.Title, w.Instructions, []Field{
		rows("income", w.Income, text("source", w.Source).required(), amount("amount", w.Earned).required()).required(),
		rows("costs", w.Costs, text("what", w.What).required(), amount("amount", w.Cost).required(),
			choice("need", w.Need, Option{"needed", w.Needed}, Option{"can_wait", w.CanWait})).required(),
		amount("savings", w.Savings),
		longText("payday", w.Payday),
	}}
}

func communicationExercise(w words.CommunicationExercise) Template {
	return Template{"communication_exercise", 1, w.Title, w.Instructions, []Field{
		text("with", w.With).required(),
		choice("aim", w.Aim, Option{"asking", w.Asking}, Option{"saying_no", w.SayingNo}, Option{"repairing", w.Repairing},
			Option{"listening", w.Listen}).required(),
		longText("statement", w.Statement).required(),
		longText("listening", w.Listening),
		longText("happened", w.Happened),
		scale("calm", w.Calm),
	}}
}

func reading(w words.Reading) Template {
	return Template{"reading", 1, w.Title, w.Instructions, []Field{
		text("what", w.What),
		date("finished", w.Finished),
		longText("idea", w.Idea).required(),
		longText("mine", w.Mine),
		longText("question", w.Question),
	}}
}

// newest is the library as it is given out now.
func newest(all []Template) []Template {
	var offered []Template
	for _, t := range all {
		if i := slices.IndexFunc(offered, func(o Template) bool { return o.Key == t.Key }); i < 0 {
			offered = append(offered, t)
		} else if offered[i].Version < t.Version {
			offered[i] = t
		}
	}
	return offered
}

// templateOf is one version of a template, in a language. One that this node does not know (yet) is not found.
func templateOf(locale, key string, version int) (Template, error) {
	all := templatesIn(locale)
	i := slices.IndexFunc(all, func(t Template) bool { return t.Key == key && t.Version == version })
	if i < 0 {
		return Template{}, ErrNotFound
	}
	return all[i], nil
}

func templateKeys() (keys []string) {
	for _, t := range newest(templatesIn("")) {
		keys = append(keys, t.Key)
	}
	return keys
}

// Templates lists the homework library in the actor's language.
func (s *Store) Templates(ctx context.Context, actor Actor, page Page) (List[Template], error) {
	var list List[Template]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "templates", page)
		if err != nil {
			return err
		}
		all := newest(templatesIn(actor.Locale))
		from := min(at.N, len(all))
		n := from
		list, err = listOf(at, all[from:min(from+at.limit+1, len(all))], func(t Template) (Template, position) {
			n++
			return t, position{N: n}
		})
		return err
	})
	return list, err
}

// Template is one template of the homework library in the actor's language.
func (s *Store) Template(_ context.Context, actor Actor, key string) (Template, error) {
	all := newest(templatesIn(actor.Locale))
	i := slices.IndexFunc(all, func(t Template) bool { return t.Key == key })
	if i < 0 {
		return Template{}, ErrNotFound
	}
	return all[i], nil
}
