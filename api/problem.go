package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"handrail/models"
)

// problem is an error as RFC 9457 has it, with a code for programs and fields for people.
type problem struct {
	Type           string              `json:"type"`
	Title          string              `json:"title"`
	Status         int                 `json:"status"`
	Code           string              `json:"code"`
	Detail         string              `json:"detail"`
	Fields         []models.FieldError `json:"fields,omitempty"`
	CurrentVersion int64               `json:"current_version,omitempty"`
	AllowedSteps   []string            `json:"allowed_steps,omitzero"` // none left is an empty list
}

const kindOfMethod models.Kind = 1000

var errMethod = &models.Error{Kind: kindOfMethod, Code: "method_not_allowed", Detail: "This path does not take this method; see /openapi.yaml."}

// statusOf is the one place where an error gets its HTTP status.
func statusOf(kind models.Kind) int {
	switch kind {
	case models.Invalid:
		return http.StatusUnprocessableEntity
	case models.Malformed:
		return http.StatusBadRequest
	case models.UnsupportedType:
		return http.StatusUnsupportedMediaType
	case models.TooLarge:
		return http.StatusRequestEntityTooLarge
	case models.Unauthenticated:
		return http.StatusUnauthorized
	case models.Forbidden:
		return http.StatusForbidden
	case models.NotFound:
		return http.StatusNotFound
	case models.Conflict:
		return http.StatusConflict
	case models.Stale:
		return http.StatusPreconditionFailed
	case models.TooMany:
		return http.StatusTooManyRequests
	case models.Unavailable:
		return http.StatusServiceUnavailable
	case kindOfMethod:
		return http.StatusMethodNotAllowed
	}
	return http.StatusInternalServerError
}

// errInternal is what an outsider learns of a fault of ours. It has no kind, which is a 500.
var errInternal = &models.Error{Code: "internal", Detail: "Something went wrong here. It has been noted; try again later."}

// fail answers with a problem. What is not an Error of ours is noted and hidden.
func (a *API) fail(c *gin.Context, err error) {
	var e *models.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.Canceled): // the caller has gone, or has only said that nothing more comes from them, and listens
		e = models.ErrUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		a.log.Error("request took too long", "route", c.FullPath())
		e = models.ErrUnavailable
	default:
		a.log.Error("request failed", "route", c.FullPath(), "error", err)
		e = errInternal
	}
	status := statusOf(e.Kind)
	if e.Kind == models.Unauthenticated {
		c.Header("WWW-Authenticate", "Bearer")
	}
	if e.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.CurrentVersion > 0 {
		c.Header("ETag", versionTag(e.CurrentVersion))
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(status, problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: e.Code,
		Detail: e.Detail, Fields: e.Fields, CurrentVersion: e.CurrentVersion, AllowedSteps: e.AllowedSteps})
}

func (a *API) problemFor(e *models.Error) gin.HandlerFunc {
	return func(c *gin.Context) { a.fail(c, e) }
}
