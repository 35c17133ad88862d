package api

import (
	"net/http"

	"handrail/models"
)

// acknowledge is what a phone sends when a push reached it. The secret in the push is its credential.
func (a *API) acknowledge(c *call) error {
	in, err := body[models.AckInput](c)
	if err != nil {
		return err
	}
	return c.done(a.store.Acknowledge(c.ctx(), in))
}

type meta struct {
	Name        string              `json:"name"`
	Version     string              `json:"version"`
	Locales     []string            `json:"locales"`
	CrisisLines []models.CrisisLine `json:"crisis_lines"`
}

func (a *API) getMeta(c *call) error {
	lines, err := models.NationalCrisisLines(c.DefaultQuery("locale", "en"))
	return c.ok(meta{Name: "handrail", Version: a.version, Locales: models.Locales(), CrisisLines: lines}, err)
}

type status struct {
	Status string `json:"status"`
}

func (a *API) getHealth(c *call) error { return c.ok(status{"ok"}, nil) }

func (a *API) getReadiness(c *call) error { return c.ok(status{"ready"}, a.store.Ping(c.ctx())) }

func (a *API) getOpenAPI(c *call) error {
	c.Data(http.StatusOK, "application/yaml", a.spec)
	return nil
}
