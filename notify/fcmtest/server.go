// Package fcmtest is an emulator of Firebase Cloud Messaging's HTTP v1 API and of the phones behind it.
//
// Tests and the demo point the real Firebase Admin SDK at it. It answers what FCM answers, in FCM's own JSON, it
// refuses what FCM refuses, and it shows what a lock screen would show. It listens on loopback only and sends nothing.
//
// Sources: the FCM v1 reference (projects.messages, ErrorCode), "Non-collapsible and collapsible messages", Apple's
// "Sending notification requests to APNs", and answers of the real service quoted in the SDKs' issue trackers. Where
// the service's behaviour is not documented, the comment beside the code says what was assumed.
package fcmtest

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxBody bounds a request, in bytes. FCM's own bound is not published; a legal message stays far below this.
const maxBody = 1 << 20

// Options settle what a Server is and how much of what it sees it remembers.
type Options struct {
	// Project is the Firebase project that the server plays; "demo" when empty.
	Project string
	// Now is the clock for time to live and for the record; time.Now when nil.
	Now func() time.Time
	// Forget turns off everything that grows with traffic (the record of requests, what phones received, their
	// screens, counts by tag). The plain counters stay: benchmarks count with them in constant memory.
	Forget bool
	// OnShow is called, under no lock and before the sender gets its answer, each time a phone shows or replaces a
	// notification. Concurrent sends call it concurrently.
	OnShow func(registration string, shown Notification)
	// Wire is given every byte that comes over the network, before it is read. It may be written to concurrently.
	Wire io.Writer
}

// Server emulates FCM for one project. Its methods are safe for concurrent use.
type Server struct {
	options  Options
	accepted atomic.Int64
	faults   faults
	record   record

	mu     sync.RWMutex // guards phones
	phones map[string]*phone

	life     sync.Mutex // guards http
	http     *http.Server
	serving  sync.WaitGroup
	shutdown chan struct{} // closed by Close, so that no held answer outlives the server
}

// New makes a Server without phones and without faults. It needs no Start when it is used through Transport.
func New(options Options) *Server {
	if options.Project == "" {
		options.Project = "demo"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, phones: map[string]*phone{}, shutdown: make(chan struct{})}
	s.record.forget = options.Forget
	return s
}

// Start listens on addr, for example "127.0.0.1:0", and returns the URL to give to option.WithEndpoint: it ends in
// "/v1", because the SDK appends only "/projects/…" to an endpoint. Any address but loopback is refused: the emulator
// believes every bearer token, and phones' texts must not leave the machine.
func (s *Server) Start(addr string) (url string, err error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("fcmtest: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("fcmtest: %s is not a loopback address", addr)
	}
	s.life.Lock()
	defer s.life.Unlock()
	if s.http != nil {
		return "", errors.New("fcmtest: already started")
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("fcmtest: %w", err)
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	if s.options.Wire != nil {
		listener = tapped{listener, s.options.Wire}
	}
	s.serving.Go(func() { _ = s.http.Serve(listener) }) // ends at Close
	return "http://" + listener.Addr().String() + "/v1", nil
}

// Close cuts every connection, releases every held answer and ends the listener. A closed Server stays readable.
func (s *Server) Close() {
	s.life.Lock()
	defer s.life.Unlock()
	select {
	case <-s.shutdown:
		return
	default:
		close(s.shutdown)
	}
	if s.http != nil {
		_ = s.http.Close()
		s.serving.Wait()
	}
}

// ServeHTTP answers POST /v1/projects/{project}/messages:send; anything else gets the HTML page of a lost proxy.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	project, ok := sendPath(r)
	if !ok {
		htmlNotFound().write(w)
		return
	}
	entry := s.record.open(s.options.Now())
	m, out := s.read(r)
	var p *phone
	if out == nil {
		if p = s.find(m.Target()); p != nil {
			m.Platform = p.Platform
		}
		s.record.describe(entry, m)
		fault, hit := s.faults.take(m)
		if hit && s.suffer(w, r, fault, entry) {
			return
		}
		if out = s.send(project, p, &m, entry); hit && fault.AcceptThenReset {
			cut(w, true)
			return
		}
	}
	s.record.close(entry, out)
	out.write(w)
}

// sendPath returns the project named in the URL of a send request.
func sendPath(r *http.Request) (project string, ok bool) {
	if r.Method != http.MethodPost {
		return "", false
	}
	rest, prefixed := strings.CutPrefix(r.URL.Path, "/v1/projects/")
	project, ok = strings.CutSuffix(rest, "/messages:send")
	return project, prefixed && ok && project != "" && !strings.Contains(project, "/")
}

// read authenticates the caller and decodes the request; a non-nil answer is a refusal.
func (s *Server) read(r *http.Request) (Message, *answer) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || strings.TrimSpace(token) == "" {
		return Message{}, unauthenticated()
	}
	body, err := readAll(r)
	if err != nil {
		return Message{}, gatewayRefusal("Invalid JSON payload received. The request is cut short or too large.", "")
	}
	return decode(body)
}

// readAll reads the body in one allocation when its length is announced, as the SDK always does.
func readAll(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, errors.New("too large")
	}
	if r.ContentLength > 0 {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, errors.New("too large")
	}
	return body, err
}

// send judges a message and, when it is good, hands it to its phone. p is nil for an unknown registration.
func (s *Server) send(project string, p *phone, m *Message, entry *Request) *answer {
	if project != s.options.Project {
		return foreignProject(project)
	}
	if refusal := check(m, p, s.options.Project); refusal != nil {
		return refusal
	}
	if m.ValidateOnly {
		return success(project, "fake_message_id") // what the real service answers to a dry run
	}
	n := s.accepted.Add(1)
	s.record.accept(entry, m)
	shown := p.deliver(m, &s.options)
	s.announce(p.Registration, shown)
	return success(project, messageID(n))
}

// announce calls the hook for what a phone has just shown.
func (s *Server) announce(registration string, shown []Notification) {
	if s.options.OnShow == nil {
		return
	}
	for _, n := range shown {
		s.options.OnShow(registration, n)
	}
}

// Accepted counts the messages answered with 200 (or cut after acceptance) since the start or the last Reset.
func (s *Server) Accepted() int { return int(s.accepted.Load()) }

// Reset empties the record, the counters and what every phone received and shows. Phones, whether they are online,
// what is kept for them, and faults stay.
func (s *Server) Reset() {
	s.accepted.Store(0)
	s.record.reset()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.phones {
		p.reset()
	}
}
