package apitest_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// marker stands in what is refused: it must not come back, nor be logged.
const marker = "zz=marker=zz"

// variant is a right body with one thing changed.
type variant struct {
	what  string // in words
	field string // that must be named when it is refused
	body  object
}

// spot is a place within a body: what the spec says of it, what is there, and the body with something else there.
type spot struct {
	field  string
	schema *openapi3.Schema
	value  any
	with   func(any) object
}

func whole(schema *openapi3.Schema, body object) spot {
	return spot{schema: schema, value: body, with: func(v any) object { return v.(object) }}
}

func (s spot) name() string { return s.field[strings.LastIndex(s.field, ".")+1:] }

func (s spot) put(what string, v any) variant {
	return variant{s.field + " " + what, s.field, s.with(v)}
}

// inside are the spots of an object's fields and of a list's items.
func (s spot) inside() []spot {
	var found []spot
	switch value := s.value.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(s.schema.Properties)) {
			field := strings.TrimPrefix(s.field+"."+name, ".")
			found = append(found, spot{field, s.schema.Properties[name].Value, value[name], func(v any) object {
				changed := maps.Clone(value)
				changed[name] = v
				return s.with(changed)
			}})
		}
	case []any:
		for i, item := range value {
			found = append(found, spot{fmt.Sprintf("%s[%d]", s.field, i), s.schema.Items.Value, item, func(v any) object {
				changed := slices.Clone(value)
				changed[i] = v
				return s.with(changed)
			}})
		}
	}
	return found
}

func (s spot) without(name string) object {
	changed := maps.Clone(s.value.(object))
	delete(changed, name)
	return s.with(changed)
}

// wrong are bodies that break one rule of the spec each, here or deeper.
func (s spot) wrong() []variant {
	var all []variant
	if s.field != "" {
		all = s.wrongType()
	}
	switch {
	case s.schema.Type.Is("object"):
		all = append(all, s.wrongFields()...)
	case s.schema.Type.Is("string"):
		all = append(all, s.wrongText()...)
	case s.schema.Type.Is("integer"):
		for _, n := range []any{1.5, 1e30} {
			all = append(all, s.put("not a whole number", n))
		}
		if s.schema.Min != nil {
			all = append(all, s.put("too small", *s.schema.Min-1), s.put("too large", *s.schema.Max+1))
		}
	case s.schema.Type.Is("array"):
		all = append(all, s.wrongLength()...)
	}
	for _, deeper := range s.inside() {
		all = append(all, deeper.wrong()...)
	}
	return all
}

func (s spot) wrongType() []variant {
	var all []variant
	for kind, v := range map[string]any{"string": marker, "integer": 7, "boolean": true, "array": []any{}, "object": object{}} {
		if !s.schema.Type.Is(kind) {
			all = append(all, s.put("as "+kind, v))
		}
	}
	if !s.schema.Nullable {
		all = append(all, s.put("as null", nil))
	}
	return all
}

func (s spot) wrongFields() []variant {
	value, isThere := s.value.(object)
	if !isThere {
		return nil
	}
	stranger := strings.TrimPrefix(s.field+".surprise", ".")
	extra := maps.Clone(value)
	extra["surprise"] = marker
	all := []variant{{stranger + " unknown", stranger, s.with(extra)}}
	if s.schema.MinProps > 0 && len(s.schema.Required) == 0 {
		all = append(all, variant{"nothing", "body", s.with(object{})})
	}
	for _, name := range s.schema.Required {
		field := strings.TrimPrefix(s.field+"."+name, ".")
		all = append(all, variant{field + " missing", field, s.without(name)})
		shouted := maps.Clone(value)
		delete(shouted, name)
		shouted[strings.ToUpper(name)] = value[name]
		all = append(all, variant{field + " in capitals", strings.TrimPrefix(s.field+"."+strings.ToUpper(name), "."), s.with(shouted)})
	}
	return all
}

func (s spot) wrongText() []variant {
	var all []variant
	if len(s.schema.Enum) > 0 || s.schema.Format != "" && s.schema.Format != "password" || s.schema.Pattern != "" && s.schema.Pattern != `\S` {
		all = append(all, s.put("of another form", marker), s.put("empty", ""))
	}
	if s.schema.Pattern == `\S` {
		all = append(all, s.put("only spaces", " \t "))
	}
	if s.schema.MinLength > 0 {
		all = append(all, s.put("too short", strings.Repeat("x", int(s.schema.MinLength)-1)))
	}
	if s.schema.MaxLength != nil {
		all = append(all, s.put("too long", strings.Repeat("é", int(*s.schema.MaxLength)+1)))
	}
	if value, isThere := s.value.(string); isThere {
		for _, control := range []string{"\x00", "\x07", "\x1b[2J", "\u0085"} {
			all = append(all, s.put(fmt.Sprintf("with %q", control), value+control))
		}
	}
	for _, v := range alsoWrong[s.name()] {
		all = append(all, s.put("as "+v, v))
	}
	return all
}

func (s spot) wrongLength() []variant {
	value, isThere := s.value.([]any)
	if !isThere || len(value) == 0 {
		return nil
	}
	all := []variant{s.put("too many", slices.Repeat(value[:1], int(*s.schema.MaxItems)+1))}
	if s.schema.MinItems > 0 {
		all = append(all, s.put("too few", []any{}))
	}
	return all
}

// alsoWrong is what the spec says in words, or not at all, by the name of the field.
var alsoWrong = map[string][]string{
	"time_zone":         zones,
	"phone":             phones,
	"front_desk_phone":  phones,
	"after_hours_phone": phones,
	"on_call_phone":     phones,
	"target_on":         {"2026-02-30", "2026-12-5", "12/05/2026", "tomorrow", "2026-12-05T00:00", "1999-01-01", "2199-01-01"},
	"contact_ids[0]":    append(ids, "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"),
	"email":             {"dana", "a@b@c.example", "Dana <dana@clinic.example>", " dana@clinic.example", "@clinic.example", "dana@clinic.example\n"},
	"code":              {"K7QFM-2XW9", "K7QFM-2XW9TT", "K7QFM-2XW9U", "' OR 1=1 --"},
	"one_time_code":     {"12345", "1234567", "12345a", "K7QF-M2XW-9TP4-HC8V-NB3Y-0ZR", "K7QF-M2XW-9TP4-HC8V-NB3Y-0ZRDD", "K7QF-M2XW-9TP4-HC8V-NB3Y-0ZRU"},
	"id":                ids,
	"client_id":         ids,
	"counselor_id":      append(ids, "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"),
	"covers_id":         append(ids, "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"),
	"client_ids[0]":     append(ids, "01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"),
	"facilitator_ids[0]": append(ids,
		"01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01"),
	"starts_at":   instants,
	"from":        instants,
	"until":       instants,
	"due":         append(instants, "2026-11-02T13:59:59Z", "NEXT_SESSION"), // the first is past
	"occurred_at": instants,
	"answered_at": append(instants, "2026-11-02T16:00:00Z"), // the last is ahead
	"expires_at":  append(instants, "2026-11-02T13:59:59Z"), // the last is past
	"local_start": {"2026-11-31T18:00", "2026-11-10", "2026-11-10T18:00Z", "2026-11-10T24:00", "1969-12-31T18:00", "2199-01-01T18:00", "2020-01-01T18:00"},
	"starts_on":   {"2026-11-31", "2026-11-3", "2026-11-03T18:00", "2026-10-31", "2026-12-04", "1969-12-31"},
	"remind_at":   {"24:00", "7:00", "18:00:00", "18:60"},
	"exdates[0]":  {"2026-11-17", "2026-02-30T18:00", "tomorrow", "2026-11-17T18:00:00+01:00"},
	"link":        {"http://video.example.org", "javascript:alert(1)", "https://", "HTTPS://video.example.org", "//video.example.org"},
	"region":      {"us", "USA", "U1"},
	"start":       {"24:00", "7:00", "22:00:00", "22:60"},
	"end":         {"24:00", "7:00", "22:00:00", "22:60"},
	"kind":        {"Push", "GROUP"},
	"rule": {"FREQ=SECONDLY", "FREQ=WEEKLY;COUNT=1000000000", "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=-1", "freq=weekly", "FREQ=YEARLY",
		"FREQ=WEEKLY;COUNT=3;UNTIL=20261201", "RRULE:FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;INTERVAL=100", "FREQ=WEEKLY;FREQ=WEEKLY",
		"FREQ=WEEKLY;", ";", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYSETPOS=1", "FREQ=WEEKLY;COUNT=3\r\nRRULE:FREQ=DAILY", "FREQ=WEEKLY;UNTIL=20200101"},
}

var (
	zones    = []string{"", "Local", "Mars/X", "../x", "/etc/passwd", "America/New_York\x00", "America/new_york/../..", "EST5EDT,M3.2.0,M11.1.0"}
	phones   = []string{"123", "+1 000 000 0000", "++", "call me", "911911911911911911911911911911"}
	ids      = []string{"01A15D2E-7C10-7A41-9D52-0F6B1C2D3E01", "{01a15d2e-7c10-7a41-9d52-0f6b1c2d3e01}", "01a15d2e7c107a419d520f6b1c2d3e01", "1", "../x"}
	instants = []string{"2026-11-02T14:00:00+00:00", "2026-11-02T14:00:00", "2026-11-02", "2026-11-02T9:00:00Z", "2026-11-02T14:00:00,5Z",
		"2026-11-31T14:00:00Z", "2026-11-02T14:00:60Z", "2026-11-02T14:00:00.1234567890Z", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z", "2611-05-25T00:00:00Z"} // the last is 2^64 nanoseconds away
)

var freeText = regexp.MustCompile(`^(name|title|text|instructions|comment|note|place|tags\[0\]|display_name|registration|app_version|ack_secret|(new_)?password)$`)

// right are bodies at the edges of what the spec allows.
func (s spot) right() []variant {
	var all []variant
	for _, value := range s.schema.Enum {
		all = append(all, s.put(fmt.Sprintf("%q", value), value))
	}
	if s.schema.Nullable {
		all = append(all, s.put("null", nil))
	}
	switch {
	case freeText.MatchString(s.name()):
		all = append(all, s.put("as long as can be", strings.Repeat("é", int(*s.schema.MaxLength))),
			s.put("as short as can be", strings.Repeat("é", int(s.schema.MinLength))))
	case s.schema.Type.Is("integer"):
		all = append(all, s.put("the least", *s.schema.Min), s.put("the most", *s.schema.Max))
	case s.schema.Type.Is("boolean"):
		all = append(all, s.put("true", true), s.put("false", false))
	}
	switch value := s.value.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(s.schema.Properties)) {
			if !slices.Contains(s.schema.Required, name) && len(value) > 1 {
				all = append(all, variant{what: name + " left out", field: name, body: s.without(name)})
			}
		}
	case []any:
		if !s.schema.UniqueItems && (!strings.HasSuffix(s.name(), "_ids") || s.name() == "session_ids") {
			all = append(all, s.put("as many as can be", slices.Repeat(value[:1], int(*s.schema.MaxItems))))
		}
		if s.schema.MinItems == 0 {
			all = append(all, s.put("none", []any{}))
		}
	}
	for _, deeper := range s.inside() {
		all = append(all, deeper.right()...)
	}
	return all
}
