package api

import (
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"handrail/models"
)

// described is openapi.yaml by method and path.
func described(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			operations[method+" "+path] = operation
		}
	}
	return operations
}

var ginParameter = regexp.MustCompile(`:([a-z_]+)`)

func (r route) describedAs() string {
	return r.method + " " + ginParameter.ReplaceAllString(r.path, "{$1}")
}

func TestEveryRouteIsInTheContractAndEveryPromiseIsServed(t *testing.T) {
	operations, served := described(t), map[string]bool{}
	for _, r := range (&API{}).routes() {
		operation := operations[r.describedAs()]
		if operation == nil {
			t.Errorf("openapi.yaml does not know %s", r.describedAs())
			continue
		}
		served[r.describedAs()] = true
		if operation.OperationID != r.operation() {
			t.Errorf("%s is %s in openapi.yaml and handled by %s", r.describedAs(), operation.OperationID, r.operation())
		}
	}
	for name := range operations {
		if !served[name] {
			t.Errorf("openapi.yaml promises %s, which no handler answers", name)
		}
	}
}

// whoMay is how openapi.yaml writes the roles that have a right.
func whoMay(right models.Right) []string {
	switch right {
	case "", probe:
		return []string{"anyone"}
	case models.Entering, models.SignedIn:
		return []string{"signed-in"}
	}
	var roles []string
	for _, role := range []models.Role{models.Client, models.Family, models.Counselor, models.Admin} {
		if role.May(right) {
			roles = append(roles, string(role))
		}
	}
	return roles
}

func TestTheContractNamesWhoMayUseEachRoute(t *testing.T) {
	operations := described(t)
	for _, r := range (&API{}).routes() {
		operation := operations[r.describedAs()]
		if operation == nil {
			continue // the test above says so
		}
		var roles []string
		named, _ := operation.Extensions["x-roles"].([]any)
		for _, role := range named {
			roles = append(roles, role.(string))
		}
		if want := whoMay(r.right); !slices.Equal(roles, want) {
			t.Errorf("%s: x-roles %v, want %v", r.operation(), roles, want)
		}
		isOpen := operation.Security != nil && len(*operation.Security) == 0
		if isOpen != r.open() {
			t.Errorf("%s: security: [] stands for routes without a token, and for those alone", r.operation())
		}
		for status, wanted := range map[int]bool{401: !r.open(), 403: !r.open() && r.right != models.Entering,
			429: r.right != probe, 503: true} {
			has := operation.Responses.Status(status) != nil
			if wanted && !has || !wanted && has && status == 403 {
				t.Errorf("%s: status %d described: %v, want %v", r.operation(), status, has, wanted)
			}
		}
	}
}
