package fcmtest

import (
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Fault is a failure on demand. Faults are tried in the order of Fail; the first that matches is suffered. They come
// after authentication and decoding and before every other check, as a front end's faults do.
//
// With none of Status, Body, AcceptThenReset, HangUp and NeverAnswer set, only Delay is suffered, and the message
// is then treated normally, even if the sender has given up: accepted, and nobody heard it.
type Fault struct {
	// Match picks the messages; nil picks all. It must not call the Server.
	Match func(Message) bool
	// Times is how many requests suffer it; 0 means until ClearFaults. The SDK's own retries count.
	Times int
	// Delay passes before anything else happens.
	Delay time.Duration

	Status     int    // HTTP status to answer
	ErrorCode  string // FcmError.errorCode; empty for an answer that is not FCM's own
	Message    string // error.message; a usual one when empty
	Field      string // the field at fault, in a BadRequest detail; none when empty
	RetryAfter string // header: seconds or an HTTP date; none when empty
	// Body replaces the JSON made of the fields above; it is sent as ContentType (JSON when empty).
	Body        string
	ContentType string

	// AcceptThenReset delivers a good message and then resets the connection (TCP RST) in place of the answer.
	AcceptThenReset bool
	// HangUp closes the connection (FIN) without taking the message.
	HangUp bool
	// NeverAnswer holds the request, without taking the message, until the sender gives up or the Server closes.
	NeverAnswer bool
}

// Unavailable is FCM's 503, with Retry-After unless that is empty. The SDK retries it by itself, four times, unless
// Retry-After is over two minutes.
func Unavailable(retryAfter string) Fault {
	return Fault{Status: http.StatusServiceUnavailable, ErrorCode: "UNAVAILABLE", RetryAfter: retryAfter,
		Message: "The service is currently unavailable."}
}

// QuotaExceeded is FCM's 429: too many messages for the target or the project, as FCM counts them.
func QuotaExceeded(retryAfter string) Fault {
	message := "Quota exceeded for the message target."
	made := refusal(http.StatusTooManyRequests, "QUOTA_EXCEEDED", message, quotaDetail{
		"type.googleapis.com/google.rpc.QuotaFailure", []quotaViolation{{"QUOTA_EXCEEDED", message}}})
	return Fault{Status: made.status, ErrorCode: made.code, RetryAfter: retryAfter, Body: string(made.body)}
}

// ProjectQuotaExceeded is the gateway's 429 for the quota of requests a minute. It has no FcmError detail, so
// messaging.IsQuotaExceeded is false for it and errorutils.IsResourceExhausted true.
func ProjectQuotaExceeded(retryAfter string) Fault {
	made := refusal(http.StatusTooManyRequests, "", "Quota exceeded for quota metric 'Send requests' and limit "+
		"'Send requests per minute' of service 'fcm.googleapis.com' for consumer 'project_number:1'.",
		errorInfoDetail{"type.googleapis.com/google.rpc.ErrorInfo", "RATE_LIMIT_EXCEEDED", "googleapis.com",
			map[string]string{"quota_limit": "SendsPerMinutePerProject", "quota_unit": "1/min/{project}"}})
	return Fault{Status: made.status, RetryAfter: retryAfter, Body: string(made.body)}
}

// Internal is FCM's 500.
func Internal() Fault {
	return Fault{Status: http.StatusInternalServerError, ErrorCode: "INTERNAL", Message: "Internal error encountered."}
}

// ThirdPartyAuth is FCM's 401 for a bad APNs key. It befalls iOS only, and its text is that of a missing OAuth token,
// as the real one's is: only the error code tells them apart.
func ThirdPartyAuth() Fault {
	return Fault{Match: func(m Message) bool { return m.Platform == IOS }, Status: http.StatusUnauthorized,
		ErrorCode: "THIRD_PARTY_AUTH_ERROR", Body: string(refusal(http.StatusUnauthorized, "THIRD_PARTY_AUTH_ERROR",
			"Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "+
				"other valid authentication credential.").body)}
}

// Unauthenticated is the 401 for a bad OAuth token: our credential.
func Unauthenticated() Fault {
	return Fault{Status: http.StatusUnauthorized, Body: string(unauthenticated().body)}
}

// HTMLNotFound is a proxy's 404 page: not about the registration.
func HTMLNotFound() Fault {
	page := htmlNotFound()
	return Fault{Status: page.status, Body: string(page.body), ContentType: page.contentType}
}

// InvalidData is FCM's 400 for a data field: our payload is wrong, the registration is not.
func InvalidData() Fault {
	return Fault{Status: http.StatusBadRequest, ErrorCode: "INVALID_ARGUMENT", Field: "message.data[from]",
		Message: "Invalid data payload key: from"}
}

// InvalidToken is FCM's 400 for a malformed registration in the short form seen today: no field is named, only the
// message tells it from any other INVALID_ARGUMENT.
func InvalidToken() Fault {
	return Fault{Status: http.StatusBadRequest, ErrorCode: "INVALID_ARGUMENT",
		Message: "The registration token is not a valid FCM registration token"}
}

// SenderIDMismatch is FCM's 403 for a registration of another project.
func SenderIDMismatch() Fault {
	return Fault{Status: http.StatusForbidden, ErrorCode: "SENDER_ID_MISMATCH", Message: "SenderId mismatch"}
}

// Unregistered is FCM's 404 for a dead registration.
func Unregistered() Fault {
	return Fault{Status: http.StatusNotFound, ErrorCode: "UNREGISTERED", Message: "Requested entity was not found."}
}

// answer builds the reply of a fault that has one.
func (f *Fault) answer() *answer {
	if f.Body != "" {
		return &answer{f.Status, f.ErrorCode, or(f.ContentType, jsonType), f.RetryAfter, []byte(f.Body)}
	}
	var details []any
	message := or(f.Message, http.StatusText(f.Status))
	if f.Field != "" {
		details = append(details, badRequest(f.Field, message))
	}
	a := refusal(f.Status, f.ErrorCode, message, details...)
	a.retryAfter = f.RetryAfter
	return a
}

// faults are those now in force.
type faults struct {
	some atomic.Bool // spares the fast path the lock
	mu   sync.Mutex
	list []*Fault
}

// Fail puts a fault in force, behind those already there.
func (s *Server) Fail(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
	s.faults.some.Store(true)
}

// ClearFaults ends all faults. Requests that are being held stay held.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
	s.faults.some.Store(false)
}

// take returns the fault that befalls m, and uses it up by one.
func (f *faults) take(m Message) (Fault, bool) {
	if !f.some.Load() {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.list {
		if fault.Match != nil && !fault.Match(m) {
			continue
		}
		befallen := *fault
		if fault.Times == 1 {
			f.list = slices.Delete(f.list, i, i+1)
			f.some.Store(len(f.list) > 0)
		}
		fault.Times = max(fault.Times-1, 0)
		return befallen, true
	}
	return Fault{}, false
}

// suffer acts a fault out; true means that the request is over.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request, f Fault, entry *Request) (over bool) {
	if f.Delay > 0 && !s.pause(f.Delay) {
		cut(w, false)
		return true
	}
	switch {
	case f.HangUp:
		cut(w, false)
	case f.NeverAnswer:
		select {
		case <-r.Context().Done():
		case <-s.shutdown:
		}
		cut(w, false)
	case f.AcceptThenReset:
		return false
	case f.Status != 0:
		out := f.answer()
		s.record.close(entry, out)
		out.write(w)
	default:
		return false
	}
	return true
}

// pause waits; false means that the server closed meanwhile.
func (s *Server) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.shutdown:
		return false
	}
}

// cut ends the connection without an answer: with a RST, or with a FIN.
func cut(w http.ResponseWriter, reset bool) {
	if memory, ok := w.(*memoryWriter); ok {
		memory.cut(reset)
		return
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler) // net/http's own way of giving up a request
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0) // makes Close send a RST
	}
	_ = conn.Close()
}
