// Package api is Handrail's HTTP face: the route table, signing in, one file of handlers per resource, and the one place
// where errors become problem+json. What is whose, models decides.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"handrail/models"
)

// Options are what the API needs to know.
type Options struct {
	Store          *models.Store
	Spec           []byte // openapi.yaml, served as it is
	Version        string
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; none by default
	Origins        []string       // of pages that may call from a browser, such as https://app.clinic.example; none by default
	HTTPS          bool           // it is reached by TLS, here or at a proxy: browsers are told to insist on it
	UserRate       int            // requests a minute that one user may make of this node; 0: any number
	AddressRate    int            // the same for all who ask without a token from one address
	Log            *slog.Logger
}

// API answers requests.
type API struct {
	store   *models.Store
	spec    []byte
	version string
	https   bool
	users   *limits
	strange *limits // those without a token, by address
	log     *slog.Logger
	engine  *gin.Engine
}

// New makes the API, ready to serve.
func New(o Options) (*API, error) {
	gin.SetMode(gin.ReleaseMode)
	a := &API{store: o.Store, spec: o.Spec, version: o.Version, https: o.HTTPS, users: &limits{name: "user", perMinute: o.UserRate},
		strange: &limits{name: "address", perMinute: o.AddressRate}, log: o.Log, engine: gin.New()}
	proxies := make([]string, len(o.TrustedProxies))
	for i, prefix := range o.TrustedProxies {
		proxies[i] = prefix.String()
	}
	// Without this Gin believes every proxy, and anybody can say from where they try passwords.
	if err := a.engine.SetTrustedProxies(proxies); err != nil {
		return nil, err
	}
	a.engine.RemoteIPHeaders = []string{"X-Forwarded-For"} // and not what a caller may have written where a proxy says nothing
	a.engine.HandleMethodNotAllowed = true
	a.engine.RedirectTrailingSlash = false
	a.engine.Use(a.logged, a.recovered, a.guarded)
	if len(o.Origins) > 0 {
		a.engine.Use(crossOrigin(o.Origins))
	}
	a.engine.NoRoute(a.problemFor(models.ErrNotFound))
	a.engine.NoMethod(a.problemFor(errMethod))
	for _, r := range a.routes() {
		a.engine.Handle(r.method, r.path, a.adapt(r))
	}
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }

// probe is the right of whoever watches over a node. It is everybody's and, unlike anyone's, never refused for being used
// often: a node that does not answer is taken for dead.
const probe models.Right = "probe"

// route is one line of the table. An empty right means anyone.
type route struct {
	method, path string
	right        models.Right
	handler      func(*call) error
}

// open says that it takes no token.
func (r route) open() bool { return r.right == "" || r.right == probe }

// operation is the handler's name, which is the operationId in openapi.yaml.
func (r route) operation() string {
	name := runtime.FuncForPC(reflect.ValueOf(r.handler).Pointer()).Name()
	return strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "-fm")
}

// answerBound is how long an answer may take: a database that never answers must not keep requests for ever.
const answerBound = 20 * time.Second

// adapt makes a handler Gin's: who asks, may they, what they ask, and errors as problems.
func (a *API) adapt(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), answerBound)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		call := &call{Context: c}
		if err := a.admit(call, r); err != nil {
			a.fail(c, err)
			return
		}
		if err := r.handler(call); err != nil {
			a.fail(c, err)
		}
	}
}

func (a *API) admit(c *call, r route) error {
	switch r.right {
	case probe:
		return nil
	case "":
		return a.strange.take(c, c.address(), time.Now())
	}
	token, isBearer := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !isBearer {
		return models.ErrUnauthenticated
	}
	actor, err := a.store.Authenticate(c.Request.Context(), token)
	if err != nil {
		return err
	}
	c.Set(userKey, actor.UserID)
	if err := a.users.take(c, actor.UserID, time.Now()); err != nil {
		return err
	}
	if err := actor.Admit(r.right); err != nil {
		return err
	}
	c.actor = actor
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil { // Go would pass over what it cannot read, such as that this is to be a preview
		return models.InvalidFields(fault("query", "malformed", "Expected name=value pairs, percent-encoded and joined by &."))
	}
	for name, values := range query {
		if len(values) > 1 { // a proxy might have looked at another of them
			return models.InvalidFields(fault(name, "given_twice", "Expected this parameter once."))
		}
		if name == "preview" && values[0] != "true" && values[0] != "false" {
			return models.InvalidFields(fault(name, "not_one_of", "Expected true or false."))
		}
		if values[0] == "" { // an empty cursor, taken for none, would begin the list again and again
			return models.InvalidFields(fault(name, "empty", "Expected a value; leave the parameter out instead."))
		}
	}
	c.preview = c.Query("preview") == "true"
	for _, p := range c.Params {
		isOurs := strings.HasSuffix(p.Key, "id") && p.Key != "installation_id" // which the app made up
		if isOurs && !models.IsID(p.Value) {
			return models.ErrNotFound
		}
	}
	return nil
}

const userKey = "user"

// logged notes each request with its route template: never a path, which has ids of people, and never content. Who was refused
// what is not theirs, or too much of it, is named by their id: somebody may be trying doors.
func (a *API) logged(c *gin.Context) {
	began := time.Now()
	c.Next()
	status := c.Writer.Status()
	said := []slog.Attr{slog.String("method", c.Request.Method), slog.String("route", c.FullPath()), slog.Int("status", status),
		slog.Duration("took", time.Since(began))}
	if status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusTooManyRequests {
		said = append(said, slog.String("refused", c.GetString(userKey)))
	}
	a.log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", said...)
}

// recovered answers a panic with a 500. Its value is not logged, for it may hold content; the stack tells where.
func (a *API) recovered(c *gin.Context) {
	defer func() {
		if recover() != nil {
			a.log.Error("panic", "route", c.FullPath(), "stack", string(debug.Stack()))
			a.fail(c, errInternal)
		}
	}()
	c.Next()
}
