package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"

	"handrail/models"
	"handrail/models/words"
)

// How a record is given out: for programs, or for people to read and print.
const (
	asJSON = "json"
	asHTML = "html"
)

//go:embed record/page.html
var recordLayout string

//go:embed record/page.css
var recordStyle string

var recordPage = template.Must(template.New("record").Parse(recordLayout))

// recordPolicy lets the page load and run nothing at all, whatever somebody has written into the record: its own style is the
// one thing that a browser takes, by its hash. The page says the same within, for when it is kept as a file.
func recordPolicy() string {
	sum := sha256.Sum256([]byte(recordStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// format is how a record is asked for.
func (c *call) format() (string, error) {
	format := c.DefaultQuery("format", asJSON)
	if format != asJSON && format != asHTML {
		return "", models.InvalidFields(fault("format", "not_one_of", "Expected json or html."))
	}
	return format, nil
}

// record answers with a client's record. The page is made from the JSON: nothing that the one says can be missing in the other.
func (c *call) record(format string, export any, err error) error {
	if err != nil || format == asJSON {
		return c.ok(export, err)
	}
	text, err := json.Marshal(export)
	if err != nil {
		return err
	}
	page, err := pageOf(text, c.actor.Locale)
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", recordPolicy()+"; frame-ancestors 'none'")
	c.send(http.StatusOK, "text/html", page)
	return nil
}

func pageOf(export []byte, locale string) ([]byte, error) {
	root, err := parse(export)
	if err != nil {
		return nil, err
	}
	language := words.In(locale)
	d, err := newDocument(root, language)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = recordPage.Execute(&page, map[string]any{"Locale": language.Locale, "Style": template.CSS(recordStyle), "Policy": recordPolicy(),
		"Title": d.title(), "Clinic": root.at("clinic").at("name").text, "Made": d.made(), "Clock": d.say.Clock(root.at("time_zone").text),
		"Notice": root.at("notice").text, "Nothing": d.say.Nothing(), "Parts": d.parts()})
	return page.Bytes(), err
}
