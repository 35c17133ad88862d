package models

import (
	"errors"
	"regexp"
	"time"
)

// Instant is a point in time: Unix microseconds, UTC. Both databases store it as BIGINT, because their drivers treat
// every timestamp column differently; JSON carries it as RFC 3339 in Z.
type Instant int64

var instantPattern = regexp.MustCompile(`^[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,9})?Z$`)

const instantLayout = "2006-01-02T15:04:05.999999Z"

// InstantOf truncates t to microseconds.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// ParseInstant reads RFC 3339 with the zone Z; any other offset is an error, so that nobody mistakes one for a wall clock.
func ParseInstant(s string) (Instant, error) {
	t, err := time.Parse("2006-01-02T15:04:05.999999999Z", s)
	if err == nil && !instantPattern.MatchString(s) { // Parse also reads 9:00 and a decimal comma
		err = errors.New("not written as RFC 3339 has it")
	}
	return InstantOf(t), err
}

// Time is the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add moves the instant by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub is the time from earlier to i.
func (i Instant) Sub(earlier Instant) time.Duration {
	return time.Duration(i-earlier) * time.Microsecond
}

func (i Instant) String() string { return i.Time().Format(instantLayout) }

// MarshalText writes RFC 3339 in Z.
func (i Instant) MarshalText() ([]byte, error) { return i.Time().AppendFormat(nil, instantLayout), nil }

// UnmarshalText reads what MarshalText writes, as cursors do.
func (i *Instant) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInstant(string(text))
	return err
}
