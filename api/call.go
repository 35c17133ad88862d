package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"handrail/models"
)

// call is one request with who makes it.
type call struct {
	*gin.Context
	actor   models.Actor
	version int64  // of what is answered with; 0: it has none
	preview bool   // do it, say what comes of it, and take it back
	raw     []byte // the body, once read
}

// ctx ends when the client goes away; a gin.Context does not.
func (c *call) ctx() context.Context { return c.Request.Context() }

// address is who asks, as far as a network tells: an IPv4 address, or the 64 bits of an IPv6 address that one customer is
// given (RFC 6177), who could otherwise ask from a new address each time.
func (c *call) address() string {
	address, err := netip.ParseAddr(c.ClientIP())
	if err != nil || address.Unmap().Is4() {
		return address.Unmap().String()
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return address.String()
	}
	return network.String()
}

func (c *call) id() string { return c.Param("id") }

func (c *call) page() models.Page {
	return models.Page{Limit: c.Query("limit"), Cursor: c.Query("cursor")}
}

// asked is a query parameter; nil: it was left out.
func (c *call) asked(name string) *string {
	if value, given := c.GetQuery(name); given {
		return &value
	}
	return nil
}

func (c *call) window() models.Window {
	return models.Window{From: c.Query("from"), To: c.Query("to"), Week: c.Query("week")}
}

// header is all that was sent under a name. Empty is not absent: who sends a key means the call to be done once.
func (c *call) header(name string) (value string, given bool) {
	values := c.Request.Header.Values(name)
	return strings.Join(values, ", "), len(values) > 0
}

var keyPattern = regexp.MustCompile(`^[\x21-\x7e]{1,64}$`)

// once is the Idempotency-Key of the request, or the id that the phone chose for what it makes.
func (c *call) once(chosen *string) (models.Once, error) {
	key, given := c.header("Idempotency-Key")
	switch {
	case !given && chosen != nil:
		key = "id:" + *chosen
	case !given:
		return models.Once{}, nil
	case !keyPattern.MatchString(key):
		return models.Once{}, models.InvalidFields(fault("Idempotency-Key", "not_a_key", "Expected 1 to 64 visible ASCII characters."))
	}
	sum := sha256.Sum256(append([]byte(c.Request.Method+" "+c.Request.URL.Path+"\n"), c.raw...))
	return models.Once{Key: key, BodyHash: sum[:]}, nil
}

var ifMatchPattern = regexp.MustCompile(`^"([0-9]{1,18})(?:-[0-9a-f]{16})?"$`)

// ifMatch is the version that the caller saw, if they say.
func (c *call) ifMatch() (*int64, error) {
	header, given := c.header("If-Match")
	if !given {
		return nil, nil
	}
	match := ifMatchPattern.FindStringSubmatch(header)
	if match == nil {
		return nil, models.InvalidFields(fault("If-Match", "not_an_etag", `Expected the ETag of the version you read, such as "3".`))
	}
	version, err := strconv.ParseInt(match[1], 10, 64)
	return &version, err
}

// versionTag is the ETag of a version, whatever else is said with it.
func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// bodyTag is the ETag of an answer as it reads: the version of what it is about, where that has one, and a hash. The version
// alone would not do: a contact is reachable or not, homework is practised, while its version stands.
func bodyTag(version int64, body []byte) string {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:8])
	if version == 0 {
		return `"-` + hash + `"`
	}
	return `"` + strconv.FormatInt(version, 10) + "-" + hash + `"`
}

// has says that the caller has the answer with this tag already (RFC 9110 §13.1.2, a weak comparison).
func (c *call) has(tag string) bool {
	for _, known := range strings.Split(strings.Join(c.Request.Header.Values("If-None-Match"), ","), ",") {
		known = strings.TrimPrefix(strings.TrimSpace(known), "W/")
		if known == tag || known == "*" {
			return true
		}
	}
	return false
}

// ok answers 200 with v, unless there was an error.
func (c *call) ok(v any, err error) error { return c.reply(http.StatusOK, v, err) }

// created answers 201 with v, unless there was an error; what was only a preview answers 200.
func (c *call) created(v any, err error) error {
	if c.preview {
		return c.ok(v, err)
	}
	return c.reply(http.StatusCreated, v, err)
}

// done answers 204, unless there was an error.
func (c *call) done(err error) error {
	if err == nil {
		c.Status(http.StatusNoContent)
	}
	return err
}

func (c *call) reply(status int, v any, err error) error {
	if err != nil {
		return err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.send(status, "application/json", body)
	return nil
}

// send answers with a text and its ETag; who has read it before is told that it is still so.
func (c *call) send(status int, kind string, body []byte) {
	isRead := c.Request.Method == http.MethodGet && c.actor.UserID != ""
	if tag := bodyTag(c.version, body); isRead || c.version > 0 {
		c.Header("ETag", tag)
		if isRead && c.has(tag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	// What is large may take longer than what the server has for an answer: a record of years, to a phone at the edge of a cell.
	if longest := time.Duration(len(body)) * time.Second / slowest; longest > usual {
		_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(longest)) // a writer that cannot has no bound either
	}
	c.Data(status, kind+"; charset=utf-8", body)
}

// slowest is how fast an answer has to be taken at least, in bytes a second; for one of a usual size the server's bound holds.
const (
	slowest = 4 << 10
	usual   = 30 * time.Second
)

// at says which version of a thing is answered with: its ETag. A refusal has none of it.
func (c *call) at(version int64) *call {
	c.version = version
	return c
}
