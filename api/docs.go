package api

import (
	"embed"
	"net/http"

	"handrail/models"
)

//go:embed docs
var docs embed.FS

// docsFiles are what the page loads, and the licenses of it.
var docsFiles = map[string]string{
	"docs.js":                          "text/javascript; charset=utf-8",
	"swagger-ui.css":                   "text/css; charset=utf-8",
	"swagger-ui-bundle.js":             "text/javascript; charset=utf-8",
	"swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
	"LICENSE":                          "text/plain; charset=utf-8",
	"NOTICE":                           "text/plain; charset=utf-8",
}

// docsPolicy lets the page speak to this server alone, whatever stands in its scripts or in the contract.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (a *API) getDocs(c *call) error {
	c.Header("Content-Security-Policy", docsPolicy)
	return c.file("index.html", "text/html; charset=utf-8")
}

func (a *API) getDocsFile(c *call) error {
	kind, isThere := docsFiles[c.Param("file")]
	if !isThere {
		return models.ErrNotFound
	}
	return c.file(c.Param("file"), kind)
}

// file answers with one of the reference's files.
func (c *call) file(name, kind string) error {
	text, err := docs.ReadFile("docs/" + name)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, kind, text)
	return nil
}
