package apitest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"handrail/apitest"
)

// planted is what the people of the story said or wrote, a few words of each. Nobody but those they said it to may read it.
func (s *story) planted() []string {
	return []string{"Robin Client", "Casey Client", "Dana Counselor", "Lee Colleague", s.Admin.Email, s.dana.Email, s.lee.Email, "Relapse prevention",
		"Room 4, 12 Mill Street", "The school called.", "Urge surfing", "Ten minutes, once a day.", "On the porch.", "Chris W.", "Knows about Sunday.",
		"+12015550142", "sober_peer", "We talked until it passed.", "My sister's wedding, sober.", "Who drives you home?", "Trigger log",
		"Note three triggers.", "Sunday was", "Sunday was hard.", "I called Chris.", "Tell me more about Sunday.", "That was brave.", "Home group",
		"St. Mark's", apitest.Password}
}

// nothingIsLeft looks for what was planted in everything that somebody may get hold of without the keys.
func nothingIsLeft(s *story, t *testing.T) {
	secrets := append(s.planted(), s.robin.Token, s.dana.Token)
	for _, secret := range s.planted() {
		quoted, _ := json.Marshal(secret)
		if !strings.Contains(s.Told(), string(quoted[1:len(quoted)-1])) {
			t.Errorf("nobody said %q: it is not tested", secret)
		}
	}
	clinic := "Riverbend Recovery Center" // stands in the database as it is
	for what, stored := range s.copies(t) {
		wantNone(t, what, stored, append(secrets, s.robin.Registration, s.casey.Registration))
		if len(found(stored, []string{clinic})) == 0 {
			t.Errorf("%s, %d bytes, does not even have the clinic in it: it is not tested", what, len(stored))
		}
	}
	wantNone(t, "the log", []byte(s.Logged()), append(secrets, clinic, s.robin.Registration, "You have something"))
	if len(found([]byte(s.Logged()), []string{"/v1/me/sync"})) == 0 {
		t.Error("nothing was logged")
	}
	wire := []byte(s.Wire()) // every byte: methods, paths, headers and bodies
	wantNone(t, "what FCM was sent", wire, append(secrets, clinic, "Riverbend"))
	if len(found(wire, []string{"You have something", s.robin.Registration})) != 2 {
		t.Error("FCM was sent nothing")
	}
}

// copies are the bytes of the database, as a thief of its disk or of a backup has them.
func (s *story) copies(t *testing.T) map[string][]byte {
	t.Helper()
	read := func(path string) []byte {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	path, isFile := strings.CutPrefix(s.DB.URL, "sqlite:")
	if !isFile {
		return map[string][]byte{"the dump": dump(t, s.DB.URL)}
	}
	copies := map[string][]byte{"the backup": read(strings.TrimPrefix(s.DB.Backup(t).URL, "sqlite:"))}
	beside, err := filepath.Glob(path + "*")
	if err != nil || len(beside) < 2 {
		t.Fatalf("there is no WAL beside the database: %v %v", beside, err)
	}
	for _, file := range beside { // together: what is in the WAL need not be in the file yet
		copies["the database"] = append(copies["the database"], read(file)...)
	}
	return copies
}

// dump is a backup of PostgreSQL's own program.
func dump(t *testing.T, url string) []byte {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command("pg_dump", "--dbname="+url)
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump, which belongs to PostgreSQL's client programs: %v %s", err, said.String())
	}
	return text
}

func wantNone(t *testing.T, what string, in []byte, secrets []string) {
	t.Helper()
	for _, secret := range found(in, secrets) {
		t.Errorf("%q can be read in %s", secret, what)
	}
}

// found are those of some words that stand in some bytes, in capitals or not, however they are written.
func found(in []byte, words []string) (list []string) {
	in = bytes.ToLower(in)
	for _, word := range words {
		for _, written := range writings(word) {
			if bytes.Contains(in, bytes.ToLower(written)) {
				list = append(list, word)
				break
			}
		}
	}
	return list
}

// writings are the ways to write a word: as it is, as JSON, escaped to ASCII, in UTF-16, in hexadecimal and in base64 wherever it
// begins. Of base64 the letters that depend on what stands before and after are left out.
func writings(word string) (all [][]byte) {
	quoted, _ := json.Marshal(word)
	var little, big, escaped []byte
	for _, unit := range utf16.Encode([]rune(word)) {
		high, low := byte(unit>>8), byte(unit)
		little, big = append(little, low, high), append(big, high, low)
		if unit < 0x80 && unit != '"' && unit != '\'' {
			escaped = append(escaped, low)
		} else {
			escaped = append(escaped, `\u`+hex.EncodeToString([]byte{high, low})...)
		}
	}
	all = [][]byte{[]byte(word), quoted[1 : len(quoted)-1], escaped, little, big, []byte(hex.EncodeToString([]byte(word)))}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), word...))
			from := (before*8 + 5) / 6
			all = append(all, []byte(text[from:(before+len(word))*8/6]))
		}
	}
	return all
}

func TestTheSearchFindsAWordHoweverItIsWritten(t *testing.T) {
	word := `Zoë's "sister"`
	quoted, _ := json.Marshal(word)
	var wide []byte
	for _, unit := range utf16.Encode([]rune("is " + word)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for how, text := range map[string]string{"as it is": "is " + word, "in capitals": "IS ZOë'S \"SISTER\"", "as JSON": string(quoted), "escaped": `Zo\u00eb\u0027s \u0022sister\u0022`,
		"in UTF-16": string(wide), "in hexadecimal": hex.EncodeToString([]byte("is " + word)), "in base64": base64.StdEncoding.EncodeToString([]byte(word)),
		"in base64, from the second byte": base64.URLEncoding.EncodeToString([]byte("a" + word + "b")),
		"in base64, from the third byte":  base64.StdEncoding.EncodeToString([]byte("ab" + word + "cd"))} {
		if len(found([]byte("…"+text+"…"), []string{word})) != 1 {
			t.Errorf("it is not found %s: %s", how, text)
		}
	}
	if len(found([]byte("Zoë's brother"), []string{word})) != 0 {
		t.Error("another word is found")
	}
}
