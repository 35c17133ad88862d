package api

import (
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

// hstsYear has browsers speak TLS to this host alone, for a year (RFC 6797 §6.1).
const hstsYear = "max-age=31536000"

// guarded says with each answer, refusals too, that nobody may keep it, frame it, guess what it is or load anything for it
// (OWASP REST Security Cheat Sheet, "Security Headers"). It is said first, so that no later fault leaves it out.
func (a *API) guarded(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	if a.https {
		header.Set("Strict-Transport-Security", hstsYear)
	}
}

// crossOrigin lets pages of these origins, and of no others, read answers in a browser (Fetch standard, "CORS protocol").
// There are no cookies: a page has to have the token to send it.
func crossOrigin(origins []string) gin.HandlerFunc {
	return cors.New(cors.Config{
		AllowOrigins:  origins,
		AllowMethods:  []string{"GET", "POST", "PUT", "PATCH", "DELETE"},
		AllowHeaders:  []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"},
		ExposeHeaders: []string{"ETag", "Retry-After", "RateLimit", "RateLimit-Policy"},
		MaxAge:        time.Hour,
	})
}
