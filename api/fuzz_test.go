package api

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"handrail/models"
)

// What comes in a request before anybody knows what it means: bodies and headers.

// inputs are types that bodies are read into, of every shape that there is.
func inputs() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[models.LoginInput](), reflect.TypeFor[models.EnrollInput](), reflect.TypeFor[models.AckInput](),
		reflect.TypeFor[models.MeChange](), reflect.TypeFor[models.DeviceInput](), reflect.TypeFor[models.SubmissionInput](),
		reflect.TypeFor[models.ContactInput](), reflect.TypeFor[models.ImportInput](), reflect.TypeFor[models.ContactChange](),
		reflect.TypeFor[models.SeriesInput](), reflect.TypeFor[models.SessionChange](), reflect.TypeFor[models.ClinicChange](),
		reflect.TypeFor[models.AttendanceInput](), reflect.TypeFor[models.GoalInput](),
	}
}

// A body that is taken says to Go's own strict reader the same as to ours, every field in its right place; one that is refused is
// refused with a field or in one sentence, without what was sent, and the answer is not much larger than the question.
func FuzzBody(f *testing.F) {
	for i, text := range []string{
		`{"email":"dana@clinic.example","password":"correct horse battery","installation_id":"installation-1"}`,
		`{"code":"ABCDE-FGHJK","installation_id":"installation-1","consents":[{"kind":"push","text_version":"2026-11","granted":true}]}`,
		`{"acks":[{"push_id":"x","ack_secret":"y","event":"opened","occurred_at":"2026-11-03T18:00:00Z"}]}`,
		`{"time_zone":"America/New_York","quiet_hours":null,"reminders":{"session":{"on":true,"leads":["1d","2h"]},"homework":{"leads":null}}}`,
		`{"platform":"android","registration":"r","registration_kind":"token","permission":"granted","app_version":null}`,
		`{"text":"Three triggers.","answers":{"entries":[{"urge":5}]}}`,
		`{"name":"Chris W.","relation":"sober_peer","phone":"+12015550142","hours":[{"days":["mo"],"start":"18:00","end":"21:00"}],"note":null}`,
		`{"contacts":[{"name":"Chris W."},{"Name":"x"},3,null,[]]}`,
		`{"note":null,"hours":null,"position":1e3}`,
		`{"title":"Group","kind":"group","local_start":"2026-11-03T18:00","duration_minutes":90,"rule":"FREQ=WEEKLY","client_ids":[]}`,
		`{"place":null,"link":"https://video.example.org","materials":[{"title":"x","link":"y"}]}`,
		`{"reminders":{"leads":{"session":["1d"]},"quiet_hours":{"start":"22:00","end":"07:00"}},"front_desk_phone":null}`,
		`{"records":[{"client_id":"x","status":"late","minutes":9223372036854775807}]}`,
		`{"text":"Be at the wedding, sober.","links":[{"kind":"session","id":"x"}]}`,
	} {
		f.Add(uint8(i), []byte(text))
	}
	for _, evil := range []string{``, `null`, `[]`, `{"email":1,"email":"x"}`, `{"email":"a","Email":"b"}`, `{"\u0065mail":"x"}`,
		`{"email":"\ud800"}`, `{"":1}`, `{"a.b":1}`, `{} {}`,
		"\ufeff{}", "{\"email\":\"\xff\"}", strings.Repeat(`{"a":`, 9999), strings.Repeat("[", 10001), `{"email":` + strings.Repeat(" ", 60000) + `"x"}`,
		`{"email":-0}`,
		`{"contacts":[` + strings.Repeat(`{},`, 20000) + `{}]}`, `{"duration_minutes":1000000000000000000}`, `{"duration_minutes":90.0}`} {
		for i := range inputs() {
			f.Add(uint8(i), []byte(evil))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		if len(text) > bodyLimit {
			return
		}
		kind := inputs()[int(which)%len(inputs())]
		ours, theirs := reflect.New(kind), reflect.New(kind)
		if err := decode(text, ours.Interface()); err != nil {
			refusalIsPlain(t, text, err)
			return
		}
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		if err := strict.Decode(theirs.Interface()); err != nil || !reflect.DeepEqual(ours.Interface(), theirs.Interface()) {
			t.Fatalf("%s is %+v; Go reads %+v, %v", text, ours, theirs, err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil || !utf8.Valid(text) {
			t.Fatalf("%q is taken: %v", text, err)
		}
		fields["no such field"] = json.RawMessage("1")
		more, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		var refusal *models.Error
		if err := decode(more, reflect.New(kind).Interface()); !errors.As(err, &refusal) || len(refusal.Fields) != 1 ||
			refusal.Fields[0].Code != "unknown_field" {
			t.Fatalf("%s: %v", more, err)
		}
		delete(fields, "no such field")
		for _, name := range slices.Sorted(maps.Keys(fields)) { // each in capitals is none that we know
			wrong := bytes.Replace(text, []byte(`"`+name+`"`), []byte(`"`+strings.ToUpper(name)+`"`), 1)
			if bytes.Count(text, []byte(name)) == 1 && !bytes.Equal(wrong, text) && decode(wrong, reflect.New(kind).Interface()) == nil {
				t.Fatalf("%s is taken", wrong)
			}
		}
	})
}

// refusalIsPlain fails the test unless a refusal says what was expected, and nothing that was sent but names of fields.
func refusalIsPlain(t *testing.T, text []byte, err error) {
	t.Helper()
	var refusal *models.Error
	if !errors.As(err, &refusal) || refusal.Detail == "" {
		t.Fatalf("%q: %v", text, err)
	}
	switch {
	case refusal.Kind == models.Malformed && len(refusal.Fields) == 0:
	case refusal.Kind == models.Invalid && len(refusal.Fields) > 0 && len(refusal.Fields) <= 100:
	default:
		t.Fatalf("%q: %+v", text, refusal)
	}
	size := 0
	for _, field := range refusal.Fields {
		if field.Field == "" && field.Code != "unknown_field" || field.Code == "" || !slices.Contains(sentences, strip.ReplaceAllString(field.Detail, "…")) {
			t.Fatalf("%q: %+v", text, field)
		}
		size += len(field.Field)
	}
	if size > 2*len(text)+100*40 {
		t.Fatalf("%d bytes are refused with names of %d", len(text), size)
	}
}

// sentences are all that a body is refused with, field by field.
var (
	strip     = regexp.MustCompile(`(a text|a whole number|true or false|a list|an object)`)
	sentences = []string{"Expected ….", "Expected …; leave the field out instead of sending null.", "There is no such field here; see /openapi.yaml."}
)

// asked is a request with a header, as often as it is given.
func asked(method, header string, values ...string) *call {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(method, "/v1/me", nil)
	for _, value := range values {
		c.Request.Header.Add(header, value)
	}
	return &call{Context: c}
}

// A version is read from a tag of ours alone; whatever tag we give for it, with or without what else the answer says, reads back.
func FuzzIfMatch(f *testing.F) {
	for _, s := range []string{`"3"`, `3`, `W/"3"`, `*`, `"3", "4"`, `"-1"`, `""`, `"99999999999999999999"`, `"3-9f86d081884c7d65"`,
		`"3-9F86D081884C7D65"`, `"-9f86d081884c7d65"`, " \"3\"", "\"3\"\n", `"٣"`, `"+3"`} {
		f.Add(s, int64(3), []byte("{}"))
	}
	form := regexp.MustCompile(`^"[0-9]{1,18}(-[0-9a-f]{16})?"$`)
	f.Fuzz(func(t *testing.T, header string, version int64, body []byte) {
		got, err := asked("PATCH", "If-Match", header).ifMatch()
		if (err == nil) != (form.MatchString(header) && !strings.Contains(header, "\n")) {
			t.Fatalf("%q: %v", header, err)
		}
		if err == nil {
			digits, _, _ := strings.Cut(strings.Trim(header, `"`), "-")
			if want, _ := strconv.ParseInt(digits, 10, 64); got == nil || *got != want {
				t.Fatalf("%q is %v, want %d", header, got, want)
			}
		} else {
			refusesHeader(t, err, "If-Match")
		}
		if version < 1 || version >= 1e18 {
			return
		}
		for _, tag := range []string{versionTag(version), bodyTag(version, body)} {
			if got, err := asked("PATCH", "If-Match", tag).ifMatch(); err != nil || *got != version {
				t.Fatalf("%s reads %v, %v", tag, got, err)
			}
			if _, err := asked("PATCH", "If-Match", tag, tag).ifMatch(); err == nil {
				t.Fatalf("%s is taken twice", tag)
			}
		}
	})
}

func refusesHeader(t *testing.T, err error, name string) {
	t.Helper()
	var refusal *models.Error
	if !errors.As(err, &refusal) || refusal.Kind != models.Invalid || len(refusal.Fields) != 1 || refusal.Fields[0].Field != name {
		t.Fatalf("refused with %v", err)
	}
}

// A phone that has the answer is told so wherever its tag stands in the list; one that has another answer never is.
func FuzzIfNoneMatch(f *testing.F) {
	for _, s := range []string{``, `"x"`, `W/"x"`, `"a,b"`, `,,,`, `""`, `W/`, `"3-0000000000000000"`, "\t"} {
		f.Add(s, []byte(`{"items":[]}`), []byte(`{"items":[1]}`), int64(0))
	}
	f.Fuzz(func(t *testing.T, others string, body, another []byte, version int64) {
		if version < 0 {
			return
		}
		tag := bodyTag(version, body)
		for _, known := range []string{tag, "W/" + tag, others + "," + tag, tag + " , " + others, `"x", W/` + tag} {
			if !asked("GET", "If-None-Match", known).has(tag) || !asked("GET", "If-None-Match", others, known).has(tag) {
				t.Fatalf("%q does not have %s", known, tag)
			}
		}
		if asked("GET", "If-None-Match", others).has(tag) && !strings.Contains(others, "*") && !strings.Contains(others, tag) {
			t.Fatalf("%q has %s", others, tag)
		}
		if !bytes.Equal(body, another) && asked("GET", "If-None-Match", bodyTag(version, another)).has(tag) ||
			asked("GET", "If-None-Match", bodyTag(version+1, body)).has(tag) {
			t.Fatalf("%q and %q have one tag", body, another)
		}
	})
}

// A key is taken as it is or refused; the same call has the same hash and another one another.
func FuzzIdempotencyKey(f *testing.F) {
	for _, s := range []string{"01932b1e-8c5a-7c3e-9a55-1f2d3c4b5a69", "two words", "", "a\tb", "é", strings.Repeat("x", 64), strings.Repeat("x",
		65), "\x7f", "a\n", `"quoted"`, "id:x"} {
		f.Add(s, []byte(`{"name":"Jordan"}`), []byte(`{"name":"Sam"}`))
	}
	f.Fuzz(func(t *testing.T, key string, body, another []byte) {
		once := func(method string, raw []byte, keys ...string) (models.Once, error) {
			c := asked(method, "Idempotency-Key", keys...)
			c.raw = raw
			return c.once(nil)
		}
		got, err := once("POST", body, key)
		isKey := len(key) >= 1 && len(key) <= 64 && !strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' })
		if (err == nil) != isKey {
			t.Fatalf("%q: %v", key, err)
		}
		if _, err := once("POST", body, key, key); err == nil { // which of two it is, nobody knows
			t.Fatalf("%q is taken twice", key)
		}
		if none, err := once("POST", body); err != nil || none.Key != "" {
			t.Fatalf("without a key: %+v, %v", none, err)
		}
		if err != nil {
			refusesHeader(t, err, "Idempotency-Key")
			return
		}
		same, _ := once("POST", body, key)
		other, _ := once("POST", another, key)
		put, _ := once("PUT", body, key)
		if got.Key != key || !bytes.Equal(got.BodyHash, same.BodyHash) || bytes.Equal(got.BodyHash, other.BodyHash) != bytes.Equal(body, another) ||
			bytes.Equal(got.BodyHash, put.BodyHash) {
			t.Fatalf("%q: %+v, again %+v, another %+v", key, got, same, other)
		}
	})
}

// Whoever asks is counted by where they ask from. No header of theirs changes that unless a proxy that we believe sent it, and a
// network that one customer is given is one address.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"192.0.2.7", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.7", "fe80::1%eth0", "192.0.2.7, 10.0.0.1", "x, 192.0.2.7", "192.0.2.7:80", "[::1]:80",
		"", ",", "127.0.0.1", "0x7f.1", "192.000.002.007", strings.Repeat("1.1.1.1,", 5000)} {
		f.Add(s, uint64(7))
	}
	believing, err := New(Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		f.Fatal(err)
	}
	doubting, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	seen := func(a *API, peer string, forwarded ...string) string {
		c := gin.CreateTestContextOnly(httptest.NewRecorder(), a.engine)
		c.Request = httptest.NewRequest("POST", "/v1/auth/login", nil)
		c.Request.RemoteAddr = peer
		for _, value := range forwarded {
			for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip"} {
				c.Request.Header.Add(name, value)
			}
		}
		return (&call{Context: c}).address()
	}
	f.Fuzz(func(t *testing.T, forwarded string, host uint64) {
		for _, peer := range []string{"127.0.0.1:5000", "203.0.113.9:5000"} {
			if got := seen(doubting, peer, forwarded); got != seen(doubting, peer) {
				t.Fatalf("%q makes %s %q, and no proxy is believed", forwarded, peer, got)
			}
		}
		if got := seen(believing, "203.0.113.9:5000", forwarded); got != "203.0.113.9" {
			t.Fatalf("%q makes somebody %q who is no proxy", forwarded, got)
		}
		got := seen(believing, "127.0.0.1:5000", forwarded)
		if _, err := netip.ParsePrefix(got); err != nil {
			if _, err := netip.ParseAddr(got); err != nil {
				t.Fatalf("%q is %q, which is no address", forwarded, got)
			}
		}
		last := seen(believing, "127.0.0.1:5000", forwarded+", 198.51.100.4")
		if last != "198.51.100.4" { // the proxy wrote that; what stands before it, anybody may have
			t.Fatalf("%q, then the proxy's own word: %q", forwarded, last)
		}
		in := func(n uint64) string {
			var network [16]byte
			copy(network[:], []byte{0x20, 0x01, 0x0d, 0xb8})
			binary.BigEndian.PutUint64(network[8:], n)
			return "[" + netip.AddrFrom16(network).String() + "]:5000"
		}
		if one, other := seen(doubting, in(host)), seen(doubting, in(host+1)); one != other {
			t.Fatalf("one network is %q and %q", one, other)
		}
	})
}
