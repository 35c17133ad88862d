package models

import (
	"encoding/base32"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pquerna/otp/hotp"

	"handrail/models/words"
)

// What people type to sign in, to allow something and to see who read.

// A code is one of the app's or a recovery code, never both, however it is spaced; and of the app's three fit at any time.
func FuzzOneTimeCode(f *testing.F) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for _, s := range []string{"012345", " 012 345 ", "012-345", "k7qf-m2xw-9tp4-hc8v-nb3y-0zrd", "K7QFM2XW9TP4HC8VNB3Y", "", "12345O", "１２３４５６", "+12345", "٠١٢٣٤٥",
		"0\x0012345", "012345\n", strings.Repeat(" ", 35) + "012345", strings.Repeat("1", 24), strings.Repeat("l", 24), strings.Repeat("ı", 12)} {
		f.Add(s)
	}
	present := fuzzNow.Time().Unix() / 30
	fitting := map[string]bool{}
	for step := present - 1; step <= present+1; step++ {
		code, err := hotp.GenerateCode(secret, uint64(step))
		if err != nil {
			f.Fatal(err)
		}
		fitting[code] = true
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, isRecovery, ok := oneTimeCode(typed)
		var c check
		c.oneTimeCode("one_time_code", &typed)
		plain(t, c, "one_time_code", typed)
		if ok != (c.err() == nil) || ok && (len(typed) > 40 || isRecovery != (len(code) == recoveryLength) || !isRecovery && len(code) != 6) {
			t.Fatalf("%q is %q, a recovery code %v, taken %v: %v", typed, code, isRecovery, ok, c.err())
		}
		if again, same, _ := oneTimeCode(code[:len(code)/2] + " - " + strings.ToLower(code[len(code)/2:])); ok && (again != code || same != isRecovery) {
			t.Fatalf("%q became %q, then %q", typed, code, again)
		}
		if _, fits := stepOf(code, secret, fuzzNow); ok && fits != fitting[code] {
			t.Fatalf("%q signs in: %v", typed, fits)
		}
	})
}

// What is not a yes to published words, for a time that is ahead, allows nothing; a no that can be read is never refused.
func FuzzConsent(f *testing.F) {
	for _, s := range []string{`{"granted":true,"text_version":"2026-11"}`, `{"granted":false}`, `{}`, `{"granted":null}`, `{"granted":true,"text_version":"2031-01"}`,
		`{"granted":true,"text_version":"2026-11","locale":"es","expires_at":"2026-11-02T15:00:00Z"}`,
		`{"granted":true,"text_version":"2026-11","expires_at":"2026-11-02T15:00:00.000001Z","answered_at":"2026-11-02T14:00:00Z"}`,
		`{"granted":true,"text_version":"2026-11","expires_at":"2027-11-02T15:00:00Z",` +
			`"disclosure":{"recipient":"Pat","information":"That I come","purpose":"A place to live","signature":"Robin"}}`,
		`{"granted":false,"text_version":"../2026-11","locale":"fr","expires_at":"never","answered_at":"9999-12-31T00:00:00Z","disclosure":{}}`} {
		for _, kind := range consentKinds() {
			f.Add(string(kind), s)
		}
	}
	asksOfAYes := map[string]bool{"required text_version": true, "unknown_version text_version": true, "past expires_at": true, "required expires_at": true,
		"required disclosure": true, "not_asked_for disclosure": true}
	f.Fuzz(func(t *testing.T, kind, body string) {
		var in ConsentInput
		if json.Unmarshal([]byte(body), &in) != nil {
			return
		}
		row, err := in.row(ConsentKind(kind), fuzzNow)
		if err != nil {
			refusedAs(t, err, "granted", "text_version", "locale", "expires_at", "answered_at", "disclosure", "disclosure.recipient",
				"disclosure.information", "disclosure.purpose", "disclosure.signature")
			if in.Granted != nil && !*in.Granted && slices.ContainsFunc(err.(*Error).Fields, func(f FieldError) bool { return asksOfAYes[f.Code+" "+f.Field] }) {
				t.Fatalf("%s is a no, and is refused: %v", body, err)
			}
			return
		}
		published := slices.ContainsFunc(words.ConsentTexts(), func(text words.ConsentText) bool {
			return in.TextVersion != nil && text.Kind == kind && text.Version == *in.TextVersion
		})
		switch {
		case row.Granted != *in.Granted || row.AnsweredAt > fuzzNow:
			t.Fatalf("%s became %+v", body, row)
		case !row.Granted && row.inForce(fuzzNow), row.Granted && (!published || !row.inForce(fuzzNow)):
			t.Fatalf("%s of %q is %+v", body, kind, row)
		case row.ExpiresAt != nil && row.inForce(*row.ExpiresAt):
			t.Fatalf("%s outlives its expiry: %+v", body, row)
		case row.Granted && ConsentKind(kind).discloses() && (row.ExpiresAt == nil || in.Disclosure == nil || in.Disclosure.Signature == ""):
			t.Fatalf("%s tells somebody outside, unsigned or for ever", body)
		}
	})
}

// Whatever is asked for, an admin sees their own clinic alone, and two filters never share a cursor.
func FuzzAuditFilter(f *testing.F) {
	id := newID()
	for _, s := range [][4]string{{}, {id}, {"", id}, {id, id, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"}, {"", "", "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"},
		{"' OR 1=1 --"}, {id + " " + id}, {"", "", "", "2026-11-01T00:00:00Z"}, {"", "", "2026-11-01", ""}, {"\x00"}, {"?"}} {
		f.Add(s[0], s[1], s[2], s[3], "", "", "", "")
		f.Add(s[0], s[1], s[2], s[3], s[1], s[0], s[3], s[2])
	}
	mine := Actor{ClinicID: newID()}
	f.Fuzz(func(t *testing.T, client, actor, from, to, otherClient, otherActor, otherFrom, otherTo string) {
		filter, other := AuditFilter{client, actor, from, to}, AuditFilter{otherClient, otherActor, otherFrom, otherTo}
		where, args, err := filter.condition(mine, fuzzNow)
		if err != nil {
			refusedAs(t, err, "client_id", "actor_id", "from", "to")
			return
		}
		if !strings.HasPrefix(where, "e.clinic_id = ? AND ") && where != "e.clinic_id = ?" || args[0] != mine.ClinicID || strings.Count(where, "?") != len(args) ||
			strings.Contains(where, " OR ") {
			t.Fatalf("%+v asks %s with %v", filter, where, args)
		}
		if _, _, err := other.condition(mine, fuzzNow); err == nil && filter != other && filter.String() == other.String() {
			t.Fatalf("%+v and %+v have the same cursors", filter, other)
		}
	})
}

// A file of heads is read as it was written, or its first wrong line is named: a head that is passed over proves nothing.
func FuzzAuditHeads(f *testing.F) {
	for _, s := range []string{"server 1 ab\n", "\n\nserver 1 ab\r\n" + newID() + " 9223372036854775807 cd", "server 0 ab", "server -1 ab", "server +1 ab", "server 1", "server 1 ab x",
		"server 9223372036854775808 ab", "a\u00a01\u2003b", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		heads, err := ReadAuditHeads(strings.NewReader(file))
		if err != nil {
			return
		}
		var written strings.Builder
		lines := 0
		for line := range strings.Lines(file) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		for _, head := range heads {
			written.WriteString(head.String() + "\n")
		}
		again, err := ReadAuditHeads(strings.NewReader(written.String()))
		if err != nil || !slices.Equal(again, heads) || len(heads) != lines || slices.ContainsFunc(heads, func(h AuditHead) bool { return h.Seq < 1 }) {
			t.Fatalf("%q is %v, then %v, %v", file, heads, again, err)
		}
	})
}
