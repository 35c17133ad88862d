package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// password is everybody's: nobody here is real.
const password = "invented passphrase"

type object map[string]any

func (o object) text(field string) string {
	text, _ := o[field].(string)
	return text
}

// app is somebody's app: it knows the public API and nothing else. It keeps the first error and does nothing after it.
type app struct {
	base, installation string
	name, id, email    string
	token              string
	err                error
}

func (a *app) signIn(ctx context.Context, email string) {
	a.token = a.call(ctx, "POST", "/v1/auth/login", object{"email": email, "password": password, "installation_id": a.installation}).text("token")
}

func (a *app) enroll(ctx context.Context, code string, more object) {
	more["code"], more["installation_id"] = code, a.installation
	a.token = a.call(ctx, "POST", "/v1/auth/enroll", more).text("token")
}

func (a *app) session(ctx context.Context, kind, title string, at time.Time, client *app) {
	there, err := time.LoadLocation(zone)
	if err != nil {
		a.err = errors.Join(a.err, err)
		return
	}
	a.call(ctx, "POST", "/v1/series", object{"title": title, "kind": kind, "local_start": at.In(there).Format("2006-01-02T15:04:05"),
		"duration_minutes": 60, "place": "Room 4", "client_ids": []string{client.id}})
}

func (a *app) call(ctx context.Context, method, path string, body object) object {
	if a.err != nil {
		return nil
	}
	reply, err := a.try(ctx, method, path, body)
	a.err = err
	return reply
}

func (a *app) try(ctx context.Context, method, path string, body object) (object, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(text))
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
