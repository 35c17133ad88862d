package api

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"handrail/models"
)

// limits is how many requests a minute each of many callers may make of this node. It protects the machine, so it is
// forgotten with the process; guesses at passwords and codes are counted in the record (models/attempt.go).
type limits struct {
	name      string // in the headers: user or address
	perMinute int    // 0: any number

	mu       sync.Mutex
	callers  map[string]*rate.Limiter
	earlier  map[string]*rate.Limiter // those of the minute before; who is in neither has all of a minute's requests left
	turnedAt time.Time
}

// take counts one request of a caller's. The answer tells how many are left, before the caller runs into it
// (draft-ietf-httpapi-ratelimit-headers-10), and if it is one too many, when to ask again.
func (l *limits) take(c *call, caller string, now time.Time) error {
	if l.perMinute == 0 {
		return nil
	}
	limiter := l.of(caller, now)
	allowed := limiter.AllowN(now, 1)
	left := max(limiter.TokensAt(now), 0)
	again := time.Duration((1 - left) * float64(time.Minute) / float64(l.perMinute))
	whole := time.Duration((float64(l.perMinute) - left) * float64(time.Minute) / float64(l.perMinute))
	c.Header("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=60`, l.name, l.perMinute))
	c.Header("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, l.name, int(left), int(math.Ceil(whole.Seconds()))))
	if !allowed {
		return &models.Error{Kind: models.TooMany, Code: "too_many_requests", RetryAfter: again,
			Detail: "Too many requests. Wait as long as Retry-After says; RateLimit tells how many are left."}
	}
	return nil
}

// of finds a caller's limiter. However many callers there are, none is remembered for more than two minutes.
func (l *limits) of(caller string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.turnedAt) >= time.Minute {
		l.callers, l.earlier, l.turnedAt = map[string]*rate.Limiter{}, l.callers, now
	}
	limiter := l.callers[caller]
	if limiter == nil {
		limiter = l.earlier[caller]
	}
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
	}
	l.callers[caller] = limiter
	return limiter
}
