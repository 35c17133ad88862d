package api

import "handrail/models"

// How a record is given out: for programs, or for people to read and print.
const (
	asJSON = "json"
	asHTML = "html"
)

func (c *call) format() (string, error) {
	format := c.DefaultQuery("format", asJSON)
	if format != asJSON && format != asHTML {
		return "", models.InvalidFields(fault("format", "not_one_of", "Expected json or html."))
	}
	return format, nil
}

func (c *call) record(format string, export any, err error) error {
	return c.ok(export, err)
}
