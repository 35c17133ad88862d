package apitest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract is the spec made strict: a field that it does not name fails the test, though the published one stays open.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	err    error
}

var load = sync.OnceValue(func() contract {
	var c contract
	for _, kind := range []string{"text/html", "text/css", "text/javascript"} { // the spec's page
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	loader := openapi3.NewLoader()
	if c.doc, c.err = loader.LoadFromFile(specFile()); c.err != nil {
		return c
	}
	if c.err = c.doc.Validate(context.Background()); c.err != nil {
		return c
	}
	closed := false
	for _, schema := range c.doc.Components.Schemas {
		if schema.Value.Type.Is("object") && schema.Value.AdditionalProperties.Has == nil && schema.Value.AdditionalProperties.Schema == nil {
			schema.Value.AdditionalProperties.Has = &closed
		}
	}
	c.router, c.err = gorillamux.NewRouter(c.doc)
	return c
})

// Document is openapi.yaml, read and validated.
func Document(t testing.TB) *openapi3.T {
	t.Helper()
	c := load()
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.doc
}

// holdAgainstSpec fails the test if a reply is not what the spec says of its route and status, or if a request that was
// taken is one that the spec refuses.
func holdAgainstSpec(t *testing.T, request *http.Request, response *http.Response, sent, got []byte) {
	t.Helper()
	Document(t)
	described, _ := http.NewRequest(request.Method, "/"+request.URL.RequestURI()[1:], bytes.NewReader(sent))
	described.Header = request.Header
	route, params, err := load().router.FindRoute(described)
	if err != nil { // the spec does not know it: neither may the server
		if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s %s answers %d and is not in the spec", request.Method, request.URL.Path, response.StatusCode)
		}
		return
	}
	input := &openapi3filter.RequestValidationInput{Request: described, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, IncludeResponseStatus: true}}
	input.Options.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string { // not the whole schema
		return strings.Join(err.JSONPointer(), ".") + ": " + err.Reason
	})
	if response.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s %s was taken, and the spec refuses it: %v", request.Method, request.URL.Path, err)
		}
	}
	output := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: response.StatusCode, Header: response.Header,
		Body: io.NopCloser(bytes.NewReader(got)), Options: input.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), output); err != nil {
		t.Errorf("%s %s answers %d against the spec: %v\n%s", request.Method, request.URL.Path, response.StatusCode, err, got)
	}
}
