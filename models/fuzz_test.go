package models

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// What people type, each by the check that reads it: make fuzz types whatever it can think of, make test the seeds. Whatever it
// is, a refusal names the field and what was expected, and never repeats what was typed; what is taken is taken again as it
// was written down, and means the same.

// fuzzNow is when it is in all of them.
var fuzzNow = InstantOf(time.Date(2026, time.November, 2, 15, 0, 0, 0, time.UTC))

// plain fails the test unless each refusal can be acted on and repeats nothing of what was typed.
func plain(t *testing.T, c check, field string, typed ...string) {
	t.Helper()
	if len(c.fields) > mostFaults {
		t.Fatalf("%d faults at once", len(c.fields))
	}
	for _, f := range c.fields {
		if f.Code == "" || f.Detail == "" || !strings.HasPrefix(f.Field, field) {
			t.Fatalf("%q: refused with %+v", typed, f)
		}
		for _, text := range typed {
			if len(text) > 24 && strings.Contains(f.Detail, text) { // what is shorter may stand in a sentence of ours
				t.Fatalf("%q is repeated: %+v", text, f)
			}
		}
	}
}

func keysOfTheTest(tb testing.TB) *Keys {
	ring, err := firstKeyring()
	if err != nil {
		tb.Fatal(err)
	}
	keys := &Keys{}
	keys.ring.Store(ring)
	return keys
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"0123456789", "abcde-fghjk", "OIL o1l-OIL 0", " - ", "ABCDEFGHJU", "ABCDEFGHJK\x00", "ſſſſſſſſſſ", "ıııııııııı",
		"ＡＢＣＤＥＦＧＨＪＫ", strings.Repeat("-", 31) + "0123456789", "ABCDE–FGHJK", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := normalCode(typed, codeLength)
		// The same, said letter by letter.
		var want []rune
		for _, r := range typed {
			switch r = unicode.ToUpper(r); r {
			case ' ', '-':
				continue
			case 'O':
				r = '0'
			case 'I', 'L':
				r = '1'
			}
			want = append(want, r)
		}
		isCode := len(typed) <= 40 && len(want) == codeLength && !slices.ContainsFunc(want, func(r rune) bool { return !strings.ContainsRune(codeAlphabet, r) })
		if ok != isCode || ok && code != string(want) {
			t.Fatalf("%q is %q, %v; want %q, %v", typed, code, ok, string(want), isCode)
		}
		if !ok {
			return
		}
		for _, again := range []string{code, strings.ToLower(code), code[:5] + " - " + code[5:]} {
			if c, ok := normalCode(again, codeLength); !ok || c != code {
				t.Fatalf("%q became %q, then %q, %v", typed, code, c, ok)
			}
		}
	})
}

var dialled = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+12125550123", "(201) 555-0143", "201-555-0143 ext. 5", "1-800-FLOWERS", "tel:+1-201-555-0123;ext=7", "911", "988",
		"+1 201 555 0123;phone-context=+1", "+39 06 698 12345", "+54 9 11 2345 6789", "+52 1 55 1234 5678", "+๑๒๐๑๕๕๕๐๑๔๒", "+1201555014２",
		strings.Repeat("1", 33), "+", "", "+1\x002015550142", "+800 1234 5678", "+4921000000000000"} {
		for _, region := range []string{"US", "IT", "AR", "ZZ"} {
			f.Add(s, region)
		}
	}
	f.Fuzz(func(t *testing.T, typed, region string) {
		var c check
		number := c.phone("phone", typed, region)
		plain(t, c, "phone", typed)
		if c.err() != nil {
			if number != "" {
				t.Fatalf("%q is refused, and is %q", typed, number)
			}
			return
		}
		if !dialled.MatchString(number) {
			t.Fatalf("%q is %q, which nobody can dial", typed, number)
		}
		for _, where := range []string{region, "US", "MX", "ZZ", ""} { // a clinic may move
			if again := c.phone("phone", number, where); again != number {
				t.Fatalf("%q in %q became %q, then in %q %q %v", typed, region, number, where, again, c.err())
			}
		}
	})
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"Dana@Clinic.example", "dana+iop@clinic.example", "Dana <dana@clinic.example>", "\"a b\"@clinic.example", "a@b", "a@b@c",
		"İ@clinic.example", "ſ@Kelvin.example", "dana@[127.0.0.1]", "dana@clinic.example\r\nBcc: all@clinic.example", "=?utf-8?q?dana?=@clinic.example",
		"(x)dana@clinic.example", "\u202edana@clinic.example", strings.Repeat("İ", 120) + "@x.example", "", "@", "\xff@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		var c check
		email := c.email("email", typed)
		plain(t, c, "email", typed)
		if c.err() != nil {
			return
		}
		if strings.ContainsFunc(email, unicode.IsSpace) || strings.ContainsFunc(email, unicode.IsControl) || strings.ContainsAny(email, "<>(),;\"\\") ||
			strings.Count(email, "@") != 1 || !utf8.ValidString(email) {
			t.Fatalf("%q became %q, which is no plain address", typed, email)
		}
		if again := c.email("email", email); again != email || c.err() != nil {
			t.Fatalf("%q became %q, then %q, %v", typed, email, again, c.err())
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Robin", " ", "", "two\nlines\tand a tab\r\n", "a\x00b", "\x1b[2J", "\u0085", "\u2028", "\ufeff", "👩‍👩‍👧", "e\u0301",
		"\xed\xa0\x80",
		"\ufffd", "</script>", strings.Repeat("é", 200), "\u00a0\u2003"} {
		f.Add(s, uint8(1), uint8(200))
	}
	f.Fuzz(func(t *testing.T, typed string, least, most uint8) {
		var c, p check
		c.text("note", typed, int(least), int(most))
		p.password("password", typed, int(least), int(most))
		plain(t, c, "note", typed)
		plain(t, p, "password", typed)
		runes, allowed, blank := []rune(typed), true, true
		for _, r := range runes {
			allowed = allowed && (!unicode.IsControl(r) || r == '\n' || r == '\t' || r == '\r')
			blank = blank && unicode.IsSpace(r)
		}
		fits := len(runes) >= int(least) && len(runes) <= int(most) && allowed
		if (p.err() == nil) != fits || (c.err() == nil) != (fits && utf8.ValidString(typed) && !(least > 0 && blank)) {
			t.Fatalf("%q of %d to %d: as a text %v, as a password %v", typed, least, most, c.err(), p.err())
		}
		if c.err() != nil {
			return
		}
		kept, err := json.Marshal(typed)
		var again string
		if err != nil || json.Unmarshal(kept, &again) != nil || again != typed {
			t.Fatalf("%q is kept as %s and reads %q", typed, kept, again)
		}
	})
}

func FuzzID(f *testing.F) {
	for _, s := range []string{newID(), "01A15D30-2B00-7D33-9E42-7B8C9D0E1F20", "urn:uuid:01a15d30-2b00-7d33-9e42-7b8c9d0e1f20",
		"{01a15d30-2b00-7d33-9e42-7b8c9d0e1f20}",
		"01a15d302b007d339e427b8c9d0e1f20", "01a15d30-2b00-7d33-9e42-7b8c9d0e1f20\x00", "installation-1", "abc_DEF-123", "", "\x00"} {
		f.Add(s)
	}
	id, installed := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), regexp.MustCompile(`^[\w-]{8,64}$`)
	f.Fuzz(func(t *testing.T, typed string) {
		var c, i check
		c.id("id", typed)
		i.installation("installation_id", typed)
		plain(t, c, "id", typed)
		plain(t, i, "installation_id", typed)
		if (c.err() == nil) != id.MatchString(typed) || (i.err() == nil) != installed.MatchString(typed) || (c.err() == nil) != IsID(typed) {
			t.Fatalf("%q: as an id %v, as an installation's %v", typed, c.err(), i.err())
		}
	})
}

func FuzzInstant(f *testing.F) {
	for _, s := range []string{"2026-12-01T23:00:00Z", "2026-12-01T23:00:00.123456789Z", "2026-12-01T23:00:00+00:00", "2026-12-01t23:00:00z",
		"2026-12-01T24:00:00Z",
		"2026-12-31T23:59:60Z", "2026-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-12-01T9:00:00Z", "2026-12-01T23:00:00,5Z",
		"2036-10-30T15:00:00Z", "1969-12-31T23:59:59.9999999Z", "2026-12-01", "+2026-12-01T23:00:00Z", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		var c check
		at := c.instant("due", typed, fuzzNow)
		plain(t, c, "due", typed)
		read, err := ParseInstant(typed)
		rfc, rfcErr := time.Parse(time.RFC3339Nano, typed)
		if err == nil && (rfcErr != nil || !strings.HasSuffix(typed, "Z") || !rfc.Truncate(time.Microsecond).Equal(read.Time())) {
			t.Fatalf("%q is %v; Go reads %v, %v", typed, read, rfc, rfcErr)
		}
		if err == nil {
			if again, err := ParseInstant(read.String()); err != nil || again != read {
				t.Fatalf("%q became %v, then %v, %v", typed, read, again, err)
			}
		}
		isNear := err == nil && read.Time().Sub(fuzzNow.Time()).Abs() <= farthest
		if (c.err() == nil) != isNear || isNear && at != read {
			t.Fatalf("%q is %v, %v", typed, at, c.err())
		}
		var past check
		if done := past.happened("occurred_at", &typed, fuzzNow); past.err() == nil && (done > fuzzNow || done != min(read, fuzzNow)) {
			t.Fatalf("%q happened at %v", typed, done)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2026-12-01", "2026-02-29", "2026-12-01T00:00", "2026-12-01T00:00Z", "2026-1-1", "", "9999-12-31", "0000-00-00",
		"2026-12-01T00:00\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		var c check
		day := c.day("day", typed)
		c.date("day", typed, fuzzNow)
		plain(t, c, "day", typed)
		read, err := time.Parse(time.DateOnly, typed)
		isDay := err == nil && read.Year() >= 1970 && read.Year() <= 2200
		if day.IsZero() == isDay || isDay && day.Date() != typed {
			t.Fatalf("%q is %v, %v", typed, day, c.err())
		}
		if isNear := isDay && read.Sub(fuzzNow.Time()).Abs() <= farthest; (c.err() == nil) != isNear {
			t.Fatalf("%q: %v", typed, c.err())
		}
	})
}

func FuzzLeads(f *testing.F) {
	for _, s := range []string{"1d 2h", "120m 2h", "2d@09:00 5d@09:00", "5d@09:00 2d@09:00", "0d@00:00", "14d@23:59", "1d 1d", "", "x", "1h 2h 3h 4h 5h 6h",
		strings.Repeat("1h ", 5000), "1d@18:00\x00"} {
		for _, kind := range []string{RemindSession, RemindReview} {
			f.Add(s, kind)
		}
	}
	f.Fuzz(func(t *testing.T, typed, kind string) {
		var c check
		leads := c.leads("leads", kind, strings.Fields(typed))
		plain(t, c, "leads", strings.Fields(typed)...)
		if c.err() != nil {
			return
		}
		column, _ := leads.Value()
		var kept Leads
		if err := kept.Scan(column); err != nil || !slices.Equal(kept, leads) {
			t.Fatalf("%q became %v, is kept as %q and reads %v, %v", typed, leads, column, kept, err)
		}
		text, err := json.Marshal(leads)
		var words []string
		if err != nil || json.Unmarshal(text, &words) != nil || !slices.Equal(c.leads("leads", kind, words), leads) || c.err() != nil {
			t.Fatalf("%q became %v, is shown as %s and is then refused: %v", typed, leads, text, c.err())
		}
	})
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{`[{"days":["mo","fr"],"start":"18:00","end":"02:00"}]`, `[{"days":["su"],"start":"00:00","end":"00:00"}]`,
		`[{"days":[],"start":"","end":""}]`,
		`[{"days":["MO"],"start":"24:00","end":"7:00"}]`, `[{},{}]`, `[]`, `[{"days":["mo","mo","mo","mo","mo","mo","mo","mo"]}]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var list []WeeklyHours
		if json.Unmarshal([]byte(text), &list) != nil {
			return
		}
		var c check
		hours := c.hours("hours", list)
		plain(t, c, "hours")
		if c.err() != nil {
			return
		}
		zone := time.FixedZone("", -5*60*60)
		for i, h := range list {
			if hours[i].Start.String() != h.Start || hours[i].End.String() != h.End || len(hours[i].Days) != len(h.Days) {
				t.Fatalf("%+v became %+v", h, hours[i])
			}
		}
		if opens, later := hours.Opening(fuzzNow.Time(), zone); later && (hours.Hold(fuzzNow.Time(), zone) || !hours.Hold(opens, zone) ||
			opens.Before(fuzzNow.Time())) {
			t.Fatalf("%s opens at %v", text, opens)
		}
	})
}
