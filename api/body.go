package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

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

func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return unreadable(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return malformed("There is something after the end of the JSON value.")
	}
	if nulls := refusedNulls(text, reflect.TypeOf(into).Elem(), ""); len(nulls) > 0 {
		return models.InvalidFields(nulls)
	}
	return nil
}

func malformed(detail string) error {
	return &models.Error{Kind: models.Malformed, Code: "malformed_json", Detail: detail}
}

// unreadable says what is wrong with a body in the words of its fields. Values are not repeated.
func unreadable(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		if wrongType.Field == "" {
			return malformed("Expected a JSON object.")
		}
		return models.InvalidFields([]models.FieldError{{Field: wrongType.Field, Code: "wrong_type", Detail: "Expected " + inWords(wrongType.Type) + "."}})
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return models.InvalidFields([]models.FieldError{{Field: strings.Trim(field, `"`), Code: "unknown_field", Detail: "There is no such field here; see /openapi.yaml."}})
	}
	return malformed("The body is not JSON.")
}

func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "an object"
	case reflect.Pointer:
		return inWords(t.Elem())
	}
	return "a text"
}

// refusedNulls finds the nulls where null means nothing. Go would read them as if the field were left out; the spec
// does not allow them, and silence would hide a mistake of the app's.
func refusedNulls(text []byte, t reflect.Type, path string) []models.FieldError {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case bytes.Equal(bytes.TrimSpace(text), []byte("null")):
		return []models.FieldError{{Field: strings.TrimPrefix(path, "."), Code: "null", Detail: "Expected " + inWords(t) + "; leave the field out instead of sending null."}}
	case t.Kind() == reflect.Slice:
		var items []json.RawMessage
		_ = json.Unmarshal(text, &items) // it has been read once already
		var found []models.FieldError
		for i, item := range items {
			found = append(found, refusedNulls(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	case t.Kind() == reflect.Struct:
		return refusedNullFields(text, t, path)
	}
	return nil
}

func refusedNullFields(text []byte, t reflect.Type, path string) []models.FieldError {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(text, &fields)
	var found []models.FieldError
	for i := range t.NumField() {
		field := t.Field(i)
		name := field.Tag.Get("json")
		if value, given := fields[name]; given && field.Tag.Get("null") == "" {
			found = append(found, refusedNulls(value, field.Type, path+"."+name)...)
		}
	}
	return found
}

// change reads the body of a PATCH or PUT with the version that it is meant for.
func change[T any](c *call) (in T, version *int64, err error) {
	if in, err = body[T](c); err != nil {
		return in, nil, err
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
