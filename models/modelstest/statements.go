package modelstest

import (
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"handrail/models"
)

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// A hash is written as "<binary>", or as text where chance has made one of it.
var (
	literal     = regexp.MustCompile(`"(?:[^"]|"")*"|'(?:[^']|'')*'`)
	beyondASCII = regexp.MustCompile(`[^\n\t -~]`)
)

// Statements are those that a record sends to its database, in order and without ids and hashes.
type Statements struct {
	mu   sync.Mutex
	sent []string
	n    int64
	kept bool
}

func (s *Statements) hear(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if s.kept {
		sql = literal.ReplaceAllStringFunc(sql, func(text string) string {
			if text[1:len(text)-1] == "<binary>" || beyondASCII.MatchString(text) {
				return "?"
			}
			return text
		})
		s.sent = append(s.sent, anID.ReplaceAllLiteralString(sql, "?"))
	}
}

// Sent is how many there were so far.
func (s *Statements) Sent() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// Of are those that are sent while f runs; nothing else may use the record meanwhile.
func (s *Statements) Of(f func()) []string {
	s.keep(true)
	f()
	s.keep(false)
	return slices.Clone(s.sent)
}

func (s *Statements) keep(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = yes
	if yes {
		s.sent = nil
	}
}

// OpenHeard is Open with the statements that the record sends.
func (db DB) OpenHeard(t testing.TB, now func() time.Time) (*models.Store, *Statements) {
	t.Helper()
	s := &Statements{}
	return db.open(t, models.Options{Now: now, PushRate: Unhurried, Listen: s.hear}), s
}
