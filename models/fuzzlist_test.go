package models

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// What a phone sends back to us, and what a list is asked for.

// refusedAs fails the test unless an error is about one of these fields.
func refusedAs(t *testing.T, err error, fields ...string) {
	t.Helper()
	e, isOurs := err.(*Error)
	if !isOurs || e.Kind != Invalid || len(e.Fields) == 0 {
		t.Fatalf("refused with %v", err)
	}
	for _, f := range e.Fields {
		named := false
		for _, field := range fields {
			named = named || f.Field == field
		}
		if !named || f.Code == "" || f.Detail == "" {
			t.Fatalf("refused with %+v", f)
		}
	}
}

// A cursor opens for its person and its filter, and says what it was made to say; for anybody else, for another filter and with
// any bit of it another it is refused.
func FuzzCursor(f *testing.F) {
	for _, filters := range [][2]string{{"feed", "tokens"}, {"sessions of a", "sessions of a "}, {"a|b", "a"}, {"a", `a|{"i":"`}, {"", "|"},
		{"bookings \xff|{}", "bookings \xff"}} {
		f.Add(filters[0], filters[1], int64(1792533600000000), 7, "01932b1e-8c5a-7c3e-9a55-1f2d3c4b5a69", uint16(3))
	}
	f.Add("feed", "feeds", int64(0), 0, "", uint16(0))
	reader := &tx{Store: &Store{keys: keysOfTheTest(f)}, now: fuzzNow}
	me, other := Actor{UserID: newID()}, Actor{UserID: newID()}
	f.Fuzz(func(t *testing.T, filter, another string, at int64, n int, id string, flip uint16) {
		wanted := position{At: Instant(at % (1 << 53)), N: n, ID: strings.ToValidUTF8(id, ""), Began: n / 2, Since: Instant(at % (1 << 50))}
		page, err := reader.openCursor(me, filter, Page{})
		if err != nil {
			t.Fatal(err)
		}
		cursor, err := page.cursor(wanted)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := page.cursor(wanted); err != nil || same != cursor {
			t.Fatalf("%v is %q, then %q, %v", wanted, cursor, same, err)
		}
		if got, err := reader.openCursor(me, filter, Page{Cursor: cursor}); err != nil || got.position != wanted {
			t.Fatalf("%v reads %v, %v", wanted, got.position, err)
		}
		if _, err := reader.openCursor(other, filter, Page{Cursor: cursor}); err == nil {
			t.Fatalf("%q opens for somebody else", cursor)
		}
		if _, err := reader.openCursor(me, another, Page{Cursor: cursor}); err == nil && another != filter {
			t.Fatalf("a cursor of %q opens for %q", filter, another)
		}
		signed, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			t.Fatal(err)
		}
		signed[int(flip/8)%len(signed)] ^= 1 << (flip % 8)
		_, err = reader.openCursor(me, filter, Page{Cursor: base64.RawURLEncoding.EncodeToString(signed)})
		refusedAs(t, err, "cursor")
	})
}

// Nobody makes a cursor but us: whatever is sent as one is refused.
func FuzzForgedCursor(f *testing.F) {
	for _, s := range []string{"x", "AAAA", "' OR 1=1 --", base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\x00", signatureLength) + `{"n":1}`)),
		base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\x00", signatureLength))), "=", "AAAAAAAAAAAAAAAAAAAAAA==", "\n",
		strings.Repeat("A", 1<<16)} {
		f.Add(s, "50")
	}
	for _, limit := range []string{"0", "1", "200", "201", "-1", "+5", " 5", "5.0", "0x10", "1_0", "007", "٣", "18446744073709551617"} {
		f.Add("", limit)
	}
	reader := &tx{Store: &Store{keys: keysOfTheTest(f)}, now: fuzzNow}
	f.Fuzz(func(t *testing.T, cursor, limit string) {
		page, err := reader.openCursor(Actor{UserID: newID()}, "feed", Page{Cursor: cursor, Limit: limit})
		digits := strings.TrimLeft(limit, "0")
		n, _ := strconv.Atoi(digits)
		isLimit := limit == "" || digits != "" && len(digits) <= 3 && strings.Trim(digits, "0123456789") == "" && n <= maxLimit
		if cursor != "" || !isLimit {
			refusedAs(t, err, "cursor", "limit")
			return
		}
		if err != nil || page.position != (position{}) || page.limit != n && limit != "" || limit == "" && page.limit != defaultLimit {
			t.Fatalf("limit %q: %d, %v", limit, page.limit, err)
		}
	})
}

// A stretch of time that is taken is one, and two that differ never share a cursor.
func FuzzWindow(f *testing.F) {
	for _, w := range [][3]string{{"2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", ""}, {"2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z", ""}, {"",
		"", "2026-W47"},
		{"2026-12-01T00:00:00Z", "", ""}, {"", "0001-01-01T00:00:00Z", ""}, {"9999-12-31T23:59:59Z", "", ""}, {" ", "", ""}, {"", "", "2026-W54"},
		{"x", "y", "z"},
		{"2026-11-01T00:00:00Z 2026-12-01T00:00:00Z", "", ""}} {
		f.Add(w[0], w[1], w[2], "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
	}
	reader := &tx{Store: &Store{}, now: fuzzNow}
	accepts := func(w Window) (from, to Instant, err error) {
		if w.Week != "" && w.From == "" && w.To == "" { // whose zone counts, the record knows: FuzzParseWeek
			return 0, 0, invalidField("week", "not_here", "Not here.")
		}
		return reader.window(Actor{}, w)
	}
	f.Fuzz(func(t *testing.T, from, to, week, otherFrom, otherTo string) {
		w, other := Window{From: from, To: to, Week: week}, Window{From: otherFrom, To: otherTo}
		begins, ends, err := accepts(w)
		if err != nil {
			refusedAs(t, err, "from", "to", "week")
			return
		}
		if from != "" && to != "" && begins >= ends || begins.Time().Sub(fuzzNow.Time()).Abs() > farthest || ends.Time().Sub(fuzzNow.Time()).Abs() > farthest {
			t.Fatalf("%+v is from %v to %v", w, begins, ends)
		}
		if _, _, err := accepts(other); err == nil && w != other && w.filter("list") == other.filter("list") {
			t.Fatalf("%+v and %+v have the same cursors", w, other)
		}
	})
}

// A place is found by its words, and by no others.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"Room 2", "  room\t2 ", "ROOM  2", "Room2", "Room\u00a02", "Straße", "İ", "|", "room 2\x00"} {
		f.Add(s, "Room 2")
	}
	keys := keysOfTheTest(f)
	f.Fuzz(func(t *testing.T, place, other string) {
		seal := sealer{keys: keys}
		same := func(a, b string) bool {
			return string(seal.placeIndex("clinic", a)) == string(seal.placeIndex("clinic", b))
		}
		spaced := " " + strings.Join(strings.Fields(place), "\t\n ")
		if !same(place, spaced) || !same(place, strings.ToLower(place)) {
			t.Fatalf("%q is not found as %q", place, spaced)
		}
		letters := func(s string) string {
			return strings.ToLower(strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s))
		}
		if same(place, other) && letters(place) != letters(other) {
			t.Fatalf("%q is found as %q", place, other)
		}
		if string(seal.placeIndex("clinic", place)) == string(seal.placeIndex("clinic 2", place)) || seal.err != nil {
			t.Fatalf("%q of two clinics is one place: %v", place, seal.err)
		}
	})
}

// A link that is taken leads somewhere, and over TLS.
func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://video.example.org/r/4f81", "https://", "https://:443/", "https:///x", "HTTPS://video.example.org",
		"http://video.example.org", "javascript:alert(1)",
		"https://video.example.org/\x00", "https://a b/", "https://[::1]/", "https://%zz/", "https://me:secret@video.example.org",
		" https://video.example.org", "https://\u202e/",
		"https://@/", "https://?x", "https://video.example.org/a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		var c check
		c.link("link", typed)
		plain(t, c, "link", typed)
		if c.err() != nil {
			return
		}
		u, err := url.Parse(typed)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.ContainsFunc(typed, unicode.IsControl) {
			t.Fatalf("%q is taken: %+v, %v", typed, u, err)
		}
		c.link("link", u.String())
		if c.err() != nil && len([]rune(u.String())) <= 2000 {
			t.Fatalf("%q is taken, and %q is not: %v", typed, u, c.err())
		}
	})
}

// Only what came in a push acknowledges it, and it tells of which revision; of another phone's, or of another push, it tells nothing.
func FuzzAck(f *testing.F) {
	keys := keysOfTheTest(f)
	for _, s := range []string{"", "AAAAAAAAAAAAAAAAAAAAAA", "\x00", strings.Repeat("A", 128)} {
		f.Add(s, "opened", "2026-11-02T14:59:00Z", uint8(3), uint8(1))
	}
	f.Add("x", "read", "yesterday", uint8(0), uint8(0))
	push, phone := newID(), newID()
	f.Fuzz(func(t *testing.T, secret, event, at string, last, revision uint8) {
		err := AckInput{Acks: []Ack{{PushID: push, AckSecret: secret, Event: event, OccurredAt: &at}}}.check(fuzzNow)
		if err != nil {
			refusedAs(t, err, "acks[0].ack_secret", "acks[0].event", "acks[0].occurred_at")
		}
		if _, fits, err := keys.revisionOf(push, phone, int(last), secret); fits || err != nil {
			t.Fatalf("%q acknowledges a push, %v", secret, err)
		}
		genuine, err := keys.ackSecret(push, int(revision), phone)
		if err != nil {
			t.Fatal(err)
		}
		if got, fits, err := keys.revisionOf(push, phone, int(last), genuine); err != nil || fits != (revision <= last) || fits && got != int(revision) {
			t.Fatalf("of revision %d with %d the last: %d, %v, %v", revision, last, got, fits, err)
		}
		for _, elsewhere := range [][2]string{{newID(), phone}, {push, newID()}, {phone, push}} {
			if _, fits, err := keys.revisionOf(elsewhere[0], elsewhere[1], int(last), genuine); fits || err != nil {
				t.Fatalf("a secret acknowledges what it did not come in, %v", err)
			}
		}
		if changed := genuine[:len(genuine)-1] + "-"; changed != genuine {
			if _, fits, _ := keys.revisionOf(push, phone, int(last), changed); fits {
				t.Fatalf("%q acknowledges what came with %q", changed, genuine)
			}
		}
	})
}
