package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"handrail/models"
)

const bodyLimit = 64 << 10

// body reads the request's JSON into an input type and refuses what the type does not name.
func body[T any](c *call) (T, error) {
	var in T
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "application/json" {
		return in, &models.Error{Kind: models.UnsupportedType, Code: "unsupported_media_type", Detail: "Send the body as application/json."}
	}
	c.raw, err = io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return in, &models.Error{Kind: models.TooLarge, Code: "body_too_large", Detail: "A body may be 64 KiB at most."}
	case err != nil:
		return in, malformed("The body ended early.")
	}
	return in, decode(c.raw, &in)
}

// decode holds the body against the type that it is meant for before Go reads it: Go would pass over the case of names,
// nulls and broken characters, and the first fault would hide the others.
func decode(text []byte, into any) error {
	switch {
	case !utf8.Valid(text):
		return malformed("The body is not UTF-8.")
	case !json.Valid(text):
		return malformed("The body is not one JSON value.")
	case kindOf(text) != reflect.Struct:
		return malformed("The body is not a JSON object.")
	case givesTwice(json.NewDecoder(bytes.NewReader(text))):
		return malformed("The body gives a field twice.")
	}
	if faults := misfits(text, reflect.TypeOf(into).Elem(), ""); len(faults) > 0 {
		return models.InvalidFields(faults)
	}
	return json.Unmarshal(text, into)
}

// givesTwice says that an object in a valid JSON text has a name more than once. Of the two, this program and one before it may
// take another each (RFC 8259 §4), and Go takes some of either.
func givesTwice(d *json.Decoder) bool {
	d.UseNumber() // which may be too large for any other
	token, _ := d.Token()
	isObject := token == json.Delim('{')
	if !isObject && token != json.Delim('[') {
		return false
	}
	names := map[json.Token]bool{}
	for d.More() {
		if isObject {
			name, _ := d.Token()
			if names[name] {
				return true
			}
			names[name] = true
		}
		if givesTwice(d) {
			return true
		}
	}
	_, _ = d.Token() // which closes it
	return false
}

func malformed(detail string) error {
	return &models.Error{Kind: models.Malformed, Code: "malformed_json", Detail: detail}
}

// kindOf is what sort of Go value a valid JSON text is read into; null is none.
func kindOf(text []byte) reflect.Kind {
	switch text = bytes.TrimLeft(text, " \t\r\n"); text[0] {
	case '{':
		return reflect.Struct
	case '[':
		return reflect.Slice
	case '"':
		return reflect.String
	case 't', 'f':
		return reflect.Bool
	case 'n':
		return reflect.Invalid
	}
	if bytes.ContainsAny(text, ".eE") || len(text) > 18 {
		return reflect.Float64 // which no input has
	}
	return reflect.Int
}

func inWords(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a text"
}

// misfits says, field by field, what of a JSON value does not fit its type. Values are not repeated.
func misfits(text []byte, t reflect.Type, path string) []models.FieldError {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[models.Answers]() { // an object, within which the fields of a template decide
		switch kindOf(text) {
		case reflect.Struct:
			return nil
		case reflect.Invalid:
			return fault(path, "null", "Expected an object; leave the field out instead of sending null.")
		}
		return fault(path, "wrong_type", "Expected an object.")
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) { // models.Optional
		value, _ := t.FieldByName("Value")
		return misfits(text, value.Type, path)
	}
	switch kind := kindOf(text); {
	case kind == reflect.Invalid:
		return fault(path, "null", "Expected "+inWords(t.Kind())+"; leave the field out instead of sending null.")
	case kind != t.Kind():
		return fault(path, "wrong_type", "Expected "+inWords(t.Kind())+".")
	case kind == reflect.Slice:
		return misfitItems(text, t, path)
	case kind == reflect.Struct:
		return misfitFields(text, t, path)
	}
	return nil
}

// mostFaults keeps a small request from a large answer.
const mostFaults = 100

func fault(field, code, detail string) []models.FieldError {
	return []models.FieldError{{Field: strings.TrimPrefix(field, "."), Code: code, Detail: detail}}
}

func misfitItems(text []byte, t reflect.Type, path string) (faults []models.FieldError) {
	var items []json.RawMessage
	_ = json.Unmarshal(text, &items) // it is valid
	for i, item := range items {
		if len(faults) >= mostFaults {
			break
		}
		faults = append(faults, misfits(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
	}
	return faults
}

func misfitFields(text []byte, t reflect.Type, path string) (faults []models.FieldError) {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(text, &fields) // it is valid
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous { // its fields are listed themselves
			continue
		}
		tag := field.Tag
		name := tag.Get("json")
		value, given := fields[name]
		delete(fields, name)
		switch {
		case !given && tag.Get("required") != "":
			faults = append(faults, fault(path+"."+name, "required", "Expected "+inWords(field.Type.Kind())+".")...)
		case given && (tag.Get("null") == "" || kindOf(value) != reflect.Invalid):
			faults = append(faults, misfits(value, field.Type, path+"."+name)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if len(faults) >= mostFaults {
			break
		}
		faults = append(faults, fault(path+"."+name, "unknown_field", "There is no such field here; see /openapi.yaml.")...)
	}
	return faults
}

// change reads the body of a PATCH or PUT with the version that it is meant for.
func change[T any](c *call) (in T, version *int64, err error) {
	if in, err = body[T](c); err != nil {
		return in, nil, err
	}
	if c.Request.Method == http.MethodPatch && reflect.ValueOf(in).IsZero() {
		return in, nil, models.InvalidFields(fault("body", "empty", "Expected at least one field to change."))
	}
	version, err = c.ifMatch()
	return in, version, err
}

// act reads the body of a POST that makes nothing with an id of the phone's choosing.
func act[T any](c *call) (in T, once models.Once, err error) {
	if in, err = body[T](c); err != nil {
		return in, once, err
	}
	once, err = c.once(nil)
	return in, once, err
}

// create reads the body of a POST that makes something, for which the phone may have chosen the id.
func create[T any](c *call, id func(T) *string) (in T, once models.Once, err error) {
	if in, err = body[T](c); err != nil {
		return in, once, err
	}
	once, err = c.once(id(in))
	return in, once, err
}
