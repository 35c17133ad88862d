package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// Object is a JSON object.
type Object map[string]any

// Text is a field that must be a text.
func (o Object) Text(field string) string {
	text, _ := o[field].(string)
	return text
}

// Reply is an answer that was read, and held against the spec.
type Reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Object
	raw []byte
}

// Get asks for a path.
func (p *Person) Get(path string) Reply { p.T.Helper(); return p.Call("GET", path, nil) }

// Post sends a body, nil for none.
func (p *Person) Post(path string, body any) Reply { p.T.Helper(); return p.Call("POST", path, body) }

// Put sends a body.
func (p *Person) Put(path string, body any) Reply { p.T.Helper(); return p.Call("PUT", path, body) }

// Patch sends a change.
func (p *Person) Patch(path string, body any) Reply { p.T.Helper(); return p.Call("PATCH", path, body) }

// Delete takes something away.
func (p *Person) Delete(path string) Reply { p.T.Helper(); return p.Call("DELETE", path, nil) }

// Call makes one request as this person; headers are pairs. A []byte body is sent as it is.
func (p *Person) Call(method, path string, body any, headers ...string) Reply {
	p.T.Helper()
	var text []byte
	switch body := body.(type) {
	case nil:
	case []byte:
		text = body
	default:
		var err error
		if text, err = json.Marshal(body); err != nil {
			p.T.Fatal(err)
		}
	}
	_, _ = p.told.Write(text)
	request, err := http.NewRequest(method, p.URL+path, bytes.NewReader(text))
	if err != nil {
		p.T.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if p.Token != "" {
		request.Header.Set("Authorization", "Bearer "+p.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.T.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.T.Fatal(err)
	}
	holdAgainstSpec(p.T, request, response, text, raw)
	reply := Reply{t: p.T, Status: response.StatusCode, Header: response.Header, raw: raw}
	_ = json.Unmarshal(raw, &reply.Object) // not every reply is an object
	return reply
}

// Want fails the test unless the status is the one wanted.
func (r Reply) Want(status int) Reply {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("status %d, want %d: %s", r.Status, status, r.raw)
	}
	return r
}

// WantProblem fails the test unless the reply is a problem with this status and code.
func (r Reply) WantProblem(status int, code string) Reply {
	r.t.Helper()
	if r.Status != status || r.Text("code") != code {
		r.t.Fatalf("status %d %s, want %d %s: %s", r.Status, r.Text("code"), status, code, r.raw)
	}
	return r
}

// WantField fails the test unless the reply is a 422 that names the field.
func (r Reply) WantField(field string) Reply {
	r.t.Helper()
	fields, _ := r.Want(http.StatusUnprocessableEntity).Object["fields"].([]any)
	for _, f := range fields {
		if f, ok := f.(map[string]any); ok && f["field"] == field && f["detail"] != "" {
			return r
		}
	}
	r.t.Fatalf("field %s is not named: %s", field, r.raw)
	return r
}

// Items are the items of a list.
func (r Reply) Items() []Object {
	items, _ := r.Object["items"].([]any)
	list := make([]Object, len(items))
	for i, item := range items {
		object, _ := item.(map[string]any)
		list[i] = object
	}
	return list
}

// Raw is the reply as it came.
func (r Reply) Raw() string { return string(r.raw) }
