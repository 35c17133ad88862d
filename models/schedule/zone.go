package schedule

import (
	"errors"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a container without zone data must not lose every schedule
)

const maxZoneName = 64 // bytes; the longest IANA name has 32

// loadedZones holds only names that loaded, so it never outgrows the IANA list.
var loadedZones sync.Map // string -> *time.Location

// LoadZone returns the IANA time zone of that exact name, such as
// "America/New_York" or "UTC". A malformed name is refused by its spelling alone,
// before any file is opened, because names come from callers and
// time.LoadLocation turns them into paths. Errors never repeat the name.
func LoadZone(name string) (*time.Location, error) {
	if zone, ok := loadedZones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	if !isZoneName(name) {
		return nil, errors.New("expected an IANA time zone name such as America/New_York")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("no such time zone; expected an IANA name such as America/New_York")
	}
	// The first one stored wins, so that equal names mean equal pointers.
	stored, _ := loadedZones.LoadOrStore(name, zone)
	return stored.(*time.Location), nil
}

// isZoneName accepts segments of letters, digits, '_', '+' and '-', each starting
// with a capital. That leaves out "..", absolute paths, and the system folders
// "posix/" and "right/", the second of which counts leap seconds. "Local" would
// mean a different zone on each machine.
func isZoneName(name string) bool {
	if name == "" || name == "Local" || len(name) > maxZoneName {
		return false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" || segment[0] < 'A' || segment[0] > 'Z' {
			return false
		}
		for _, c := range []byte(segment) {
			letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
			if !letter && (c < '0' || c > '9') && c != '_' && c != '+' && c != '-' {
				return false
			}
		}
	}
	return true
}
