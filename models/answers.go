package models

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
)

// Answers are what a client wrote into the fields of a template, by key.
type Answers map[string]any

// UnmarshalJSON keeps numbers as they were written: one may be too large for Go before it is checked.
func (a *Answers) UnmarshalJSON(text []byte) error {
	var values map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&values)
	*a = values
	return err
}

// answers holds an object against the fields that it is meant for. A draft may leave out what is required.
func (c *check) answers(path string, given map[string]any, fields []Field, isDraft bool) {
	for _, f := range fields {
		if value, isGiven := given[f.Key]; isGiven {
			c.answer(path+"."+f.Key, f, value, isDraft)
		} else if f.Required && !isDraft {
			c.fail(path+"."+f.Key, "required", "Expected an answer.")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Key == key }) {
			c.fail(path+"."+key, "unknown_field", "There is no such field here; see the assignment's fields.")
		}
	}
}

func (c *check) answer(path string, f Field, value any, isDraft bool) {
	switch f.Type {
	case FieldText, FieldLongText:
		if text, ok := of[string](c, path, value, "a text"); ok {
			c.answerText(path, text, f, isDraft)
		}
	case FieldNumber, FieldScale:
		if number, ok := of[json.Number](c, path, value, "a number"); ok {
			c.answerNumber(path, number, f)
		}
	case FieldDate:
		if text, ok := of[string](c, path, value, "a date such as 2026-11-03"); ok {
			c.day(path, text)
		}
	case FieldChoice:
		if key, ok := of[string](c, path, value, "the key of an option"); ok {
			oneOf(c, path, key, f.optionKeys()...)
		}
	case FieldChoices:
		if list, ok := of[[]any](c, path, value, "a list"); ok && c.answerCount(path, list, f, isDraft) {
			c.answerChoices(path, list, f)
		}
	case FieldRows:
		if list, ok := of[[]any](c, path, value, "a list"); ok && c.answerCount(path, list, f, isDraft) {
			for i, item := range list {
				if row, ok := of[map[string]any](c, index(path, i), item, "an object"); ok {
					c.answers(index(path, i), row, f.Columns, isDraft)
				}
			}
		}
	}
}

// of wants a value of a type.
func of[T any](c *check, path string, value any, expected string) (T, bool) {
	typed, ok := value.(T)
	if !ok {
		c.fail(path, "wrong_type", "Expected %s.", expected)
	}
	return typed, ok
}

func (c *check) answerText(path, text string, f Field, isDraft bool) {
	least := 0
	if f.Required && !isDraft {
		least = *f.Min
	}
	if f.Type == FieldText && strings.ContainsAny(text, "\n\r") {
		c.fail(path, "one_line", "Expected one line.")
		return
	}
	c.text(path, text, least, *f.Max)
}

func (c *check) answerNumber(path string, number json.Number, f Field) {
	n, err := number.Float64()
	switch {
	case f.Type == FieldScale && err == nil && n != math.Trunc(n):
		c.fail(path, "wrong_type", "Expected a whole number.")
	case err != nil || n < float64(*f.Min) || n > float64(*f.Max):
		c.fail(path, "range", "Expected a number from %d to %d.", *f.Min, *f.Max)
	case len(number) > 24:
		c.fail(path, "length", "Expected a number of 24 digits at most.")
	}
}

// answerCount wants as many items as the field says; a draft may have none yet.
func (c *check) answerCount(path string, list []any, f Field, isDraft bool) bool {
	least := 0
	if f.Required && !isDraft {
		least = *f.Min
	}
	before := len(c.fields)
	if len(list) < least || len(list) > *f.Max {
		c.fail(path, "count", "Expected %d to %d items, got %d.", least, *f.Max, len(list))
	}
	return len(c.fields) == before
}

func (c *check) answerChoices(path string, list []any, f Field) {
	for i, item := range list {
		key, ok := of[string](c, index(path, i), item, "the key of an option")
		if !ok {
			continue
		}
		oneOf(c, index(path, i), key, f.optionKeys()...)
		if slices.Contains(list[:i], item) {
			c.fail(index(path, i), "repeated", "Expected each option once.")
		}
	}
}

func (f Field) optionKeys() (keys []string) {
	for _, option := range f.Options {
		keys = append(keys, option.Key)
	}
	return keys
}
