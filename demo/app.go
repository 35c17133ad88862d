package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// password is everybody's who has one: nobody here is real.
const password = "invented passphrase"

type object map[string]any

func (o object) text(field string) string {
	text, _ := o[field].(string)
	return text
}

func (o object) items() (items []object) {
	list, _ := o["items"].([]any)
	for _, item := range list {
		items = append(items, item.(map[string]any))
	}
	return items
}

// teller tells a story through the public API. It keeps the first error, after which nothing more is told.
type teller struct {
	ctx  context.Context
	base string
	err  error
}

// app is somebody's app: it knows the public API and nothing else.
type app struct {
	*teller
	installation    string
	name, id, email string
	token           string
}

// enroll redeems a code that somebody else was given for this app's user.
func (a *app) enroll(code string, more object) {
	more["code"], more["installation_id"] = code, a.installation
	a.token = a.call("POST", "/v1/auth/enroll", more).text("token")
}

func (a *app) call(method, path string, body object) object {
	if a.err != nil {
		return nil
	}
	reply, err := a.try(method, path, body)
	a.err = err
	return reply
}

func (a *app) try(method, path string, body object) (object, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(a.ctx, method, a.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, raw)
	}
	reply := object{}
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &reply)
	}
	return reply, err
}
