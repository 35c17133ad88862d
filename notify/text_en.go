package notify

import (
	"fmt"
	"time"
)

func english() language {
	return language{
		session:  func(at string) string { return "You have something " + at + "." },
		homework: func(at string) string { return "Something to finish by " + at + "." },
		several:  func(n int, first string) string { return fmt.Sprintf("%d things, first %s.", n, first) },
		off:      func(was string) string { return was + " is off." },
		moved:    func(was, now string) string { return was + " is now " + now + "." },
		when:     func(t time.Time) string { return t.Format("Mon 3:04 PM") },
		start:    func(t time.Time) string { return t.Format("Mon at 3:04 PM") },
		clock:    func(t time.Time) string { return t.Format("3:04 PM") },
		dated:    func(t time.Time) string { return t.Format("Mon, Jan 2 3:04 PM") },
	}
}
