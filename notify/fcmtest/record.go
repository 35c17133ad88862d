package fcmtest

import (
	"maps"
	"sync"
	"time"
)

// Request is one send request in the record.
type Request struct {
	At           time.Time // when it came, by the Options' clock
	Registration string    // "" when the request was refused before it was read
	Platform     string    // "" when the registration is unknown
	Message      Message
	Status       int    // HTTP status answered; 0 while held, and for good when the connection was cut
	ErrorCode    string // FcmError.errorCode answered
	Accepted     bool   // taken for delivery, whether or not the sender heard of it
}

// record remembers requests, unless told to forget.
type record struct {
	forget   bool
	mu       sync.Mutex
	requests []*Request
	byTag    map[string]int
}

// open adds a request in order of arrival; nil when nothing is remembered.
func (r *record) open(at time.Time) *Request {
	if r.forget {
		return nil
	}
	entry := &Request{At: at}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, entry)
	return entry
}

// describe notes what the request asked for.
func (r *record) describe(entry *Request, m Message) {
	if entry == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	entry.Registration, entry.Platform, entry.Message = m.Target(), m.Platform, m
}

// accept notes that the message was taken.
func (r *record) accept(entry *Request, m *Message) {
	if entry == nil {
		return
	}
	tag := m.Tag()
	r.mu.Lock()
	defer r.mu.Unlock()
	entry.Accepted = true
	if r.byTag == nil {
		r.byTag = map[string]int{}
	}
	r.byTag[tag]++
}

// close notes the answer.
func (r *record) close(entry *Request, out *answer) {
	if entry == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	entry.Status, entry.ErrorCode = out.status, out.code
}

func (r *record) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests, r.byTag = nil, nil
}

// Requests lists every send request in order of arrival, the SDK's retries each on its own. Empty with Options.Forget.
func (s *Server) Requests() []Request {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	list := make([]Request, len(s.record.requests))
	for i, entry := range s.record.requests {
		list[i] = *entry
	}
	return list
}

// AcceptedByTag counts accepted messages by Message.Tag; messages without one are under "". Empty with Options.Forget.
func (s *Server) AcceptedByTag() map[string]int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	counts := maps.Clone(s.record.byTag)
	if counts == nil {
		counts = map[string]int{}
	}
	return counts
}
