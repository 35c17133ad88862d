package schedule

import "time"

// Exception is a date taken out of a series (RFC 5545 EXDATE): either a wall-clock
// time in the series' own zone, or an instant. Values compare with ==.
type Exception struct {
	local   Local
	instant time.Time // in UTC; zero = local counts
}

// ParseException reads a wall-clock time (2026-11-03T18:00, with or without
// seconds, or 20261103T180000) or an instant in UTC (2026-11-03T23:00:00Z or
// 20261103T230000Z). The error is a *RuleError for EXDATE.
func ParseException(s string) (Exception, error) {
	for _, layout := range []string{"2006-01-02T15:04:05Z", untilAtLayout} {
		if t, ok := parseExactly(layout, s); ok {
			return Exception{instant: t}, nil
		}
	}
	for _, layout := range []string{localLayout, minuteLayout, "20060102T150405"} {
		if t, ok := parseExactly(layout, s); ok {
			return Exception{local: Local{t}}, nil
		}
	}
	return Exception{}, &RuleError{"EXDATE",
		"expected a local time such as 2026-11-03T18:00 or an instant in UTC such as 2026-11-03T23:00:00Z, of the years 1970 to 2200"}
}

// String writes the local time as 2006-01-02T15:04:05, or the instant as
// 2006-01-02T15:04:05Z.
func (e Exception) String() string {
	if e.instant.IsZero() {
		return e.local.String()
	}
	return e.instant.Format(time.RFC3339)
}

// exceptions answers for many dates at once whether they are taken out.
type exceptions map[Exception]bool

func exceptionSet(list []Exception) exceptions {
	set := make(exceptions, len(list))
	for _, e := range list {
		set[e] = true
	}
	return set
}

func (set exceptions) drops(o Occurrence) bool {
	return set[Exception{local: o.Local}] || set[Exception{instant: o.At}]
}
