package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const maxRuleLength = 200 // bytes

const (
	untilAtLayout  = "20060102T150405Z"
	untilDayLayout = "20060102"
)

// RuleError says which part of a series is wrong, and what was expected there.
// Neither field repeats what the caller typed.
type RuleError struct {
	Part   string // an iCalendar name: FREQ, BYDAY, UNTIL, DTSTART, EXDATE, TZID, or RRULE for the whole
	Detail string
}

func (e *RuleError) Error() string { return e.Part + ": " + e.Detail }

type frequency string

const (
	daily   frequency = "DAILY"
	weekly  frequency = "WEEKLY"
	monthly frequency = "MONTHLY"
)

// Rule is a recurrence rule in the part of RFC 5545 §3.3.10 that clinics need.
// Weeks begin on Monday, the RFC's default. Only ParseRule makes a usable one.
type Rule struct {
	freq      frequency
	interval  int       // 1 to 99 days, weeks or months
	count     int       // 0 = no limit
	untilAt   time.Time // the last instant; zero = no such limit
	untilDay  Local     // midnight of the last local day; zero = no such limit
	days      []ruleDay // sorted, each once
	monthDays []int     // sorted, each once; negative = from the end
}

// ruleDay is a weekday, of each week or (nth != 0) the nth of the month, counted
// from its end when negative.
type ruleDay struct {
	weekday time.Weekday
	nth     int
}

// ParseRule reads a rule such as "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=24". It accepts
// FREQ (DAILY, WEEKLY, MONTHLY), INTERVAL (1 to 99), COUNT (1 to 1000) or UNTIL (a
// UTC instant, or a date meaning through that local day), BYDAY (with ordinals only
// in MONTHLY) and BYMONTHDAY (MONTHLY only), each at most once, in capitals.
// Every error is a *RuleError.
func ParseRule(s string) (Rule, error) {
	if len(s) > maxRuleLength {
		return Rule{}, &RuleError{"RRULE", fmt.Sprintf("expected at most %d bytes", maxRuleLength)}
	}
	if strings.HasPrefix(s, "RRULE:") {
		return Rule{}, &RuleError{"RRULE", "expected the rule alone, without RRULE: in front"}
	}
	rule := Rule{interval: 1}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(part, "=")
		if err := rule.set(name, value); err != nil {
			return Rule{}, err
		}
		if seen[name] {
			return Rule{}, &RuleError{name, "expected once, found twice"}
		}
		seen[name] = true
	}
	if seen["COUNT"] && seen["UNTIL"] {
		return Rule{}, &RuleError{"UNTIL", "expected COUNT or UNTIL, not both"}
	}
	if err := rule.check(); err != nil {
		return Rule{}, err
	}
	return rule, nil
}

func (r *Rule) set(name, value string) error {
	var ok bool
	var expected string
	switch name {
	case "FREQ":
		r.freq = frequency(value)
		ok, expected = r.freq == daily || r.freq == weekly || r.freq == monthly, "DAILY, WEEKLY or MONTHLY"
	case "INTERVAL":
		r.interval, ok = parseNumber(value, 1, 99)
		expected = "a whole number from 1 to 99"
	case "COUNT":
		r.count, ok = parseNumber(value, 1, 1000)
		expected = "a whole number from 1 to 1000"
	case "UNTIL":
		ok = r.setUntil(value)
		expected = "an instant in UTC such as 20261103T230000Z, or a date such as 20261103, of the years 1970 to 2200"
	case "BYDAY":
		ok = r.setDays(value)
		expected = "weekdays such as TU or MO,WE, in MONTHLY also 2TU or -1FR (1 to 5 and -1 to -5), each once"
	case "BYMONTHDAY":
		ok = r.setMonthDays(value)
		expected = "days of the month, 1 to 31 or -1 to -31, each once"
	default:
		name = "RRULE"
		expected = "parts such as FREQ=WEEKLY;BYDAY=TU, in capitals, out of FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY"
	}
	if !ok {
		return &RuleError{name, "expected " + expected}
	}
	return nil
}

// check compares the parts with each other.
func (r *Rule) check() error {
	if r.freq == "" {
		return &RuleError{"FREQ", "expected FREQ=DAILY, FREQ=WEEKLY or FREQ=MONTHLY"}
	}
	if r.freq == monthly {
		return nil
	}
	if r.monthDays != nil {
		return &RuleError{"BYMONTHDAY", "expected only with FREQ=MONTHLY"}
	}
	for _, day := range r.days {
		if day.nth != 0 {
			return &RuleError{"BYDAY", "expected numbers such as 2TU only with FREQ=MONTHLY"}
		}
	}
	return nil
}

func (r *Rule) setUntil(value string) (ok bool) {
	if r.untilAt, ok = parseExactly(untilAtLayout, value); ok {
		return true
	}
	day, ok := parseExactly(untilDayLayout, value)
	r.untilDay = Local{day}
	return ok
}

// setDays refuses a day named twice: it usually stands for another one, and
// dropping it would lose sessions without a word.
func (r *Rule) setDays(value string) bool {
	for item := range strings.SplitSeq(value, ",") {
		day, ok := parseRuleDay(item)
		if !ok || slices.Contains(r.days, day) {
			return false
		}
		r.days = append(r.days, day)
	}
	slices.SortFunc(r.days, func(a, b ruleDay) int {
		// Sunday, Go's day 0, is the last day of an RFC 5545 week.
		if a.weekday != b.weekday {
			return int(a.weekday+6)%7 - int(b.weekday+6)%7
		}
		return a.nth - b.nth
	})
	return true
}

func parseRuleDay(item string) (ruleDay, bool) {
	split := len(item) - 2
	if split < 0 {
		return ruleDay{}, false
	}
	for weekday := time.Sunday; weekday <= time.Saturday; weekday++ {
		if weekdayCode(weekday) != item[split:] {
			continue
		}
		if split == 0 {
			return ruleDay{weekday: weekday}, true
		}
		nth, ok := parseSigned(item[:split], 5)
		return ruleDay{weekday, nth}, ok
	}
	return ruleDay{}, false
}

func weekdayCode(day time.Weekday) string { return "SUMOTUWETHFRSA"[2*day : 2*day+2] }

func (r *Rule) setMonthDays(value string) bool {
	for item := range strings.SplitSeq(value, ",") {
		day, ok := parseSigned(item, 31)
		if !ok || slices.Contains(r.monthDays, day) {
			return false
		}
		r.monthDays = append(r.monthDays, day)
	}
	slices.Sort(r.monthDays)
	return true
}

// parseSigned reads 1 to limit, with the optional sign that RFC 5545 allows.
func parseSigned(s string, limit int) (int, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	n, ok := parseNumber(digits, 1, limit)
	if negative {
		n = -n
	}
	return n, ok
}

// parseNumber reads ASCII digits only; strconv.Atoi also takes a sign.
func parseNumber(s string, low, high int) (int, bool) {
	if len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= low && n <= high
}

// String writes the rule in one fixed order, so that equal rules read alike;
// ParseRule reads it again.
func (r Rule) String() string {
	parts := []string{"FREQ=" + string(r.freq)}
	if r.interval > 1 {
		parts = append(parts, "INTERVAL="+strconv.Itoa(r.interval))
	}
	switch {
	case r.count > 0:
		parts = append(parts, "COUNT="+strconv.Itoa(r.count))
	case !r.untilAt.IsZero():
		parts = append(parts, "UNTIL="+r.untilAt.Format(untilAtLayout))
	case !r.untilDay.IsZero():
		parts = append(parts, "UNTIL="+r.untilDay.wall.Format(untilDayLayout))
	}
	if len(r.days) > 0 {
		codes := make([]string, len(r.days))
		for i, day := range r.days {
			codes[i] = weekdayCode(day.weekday)
			if day.nth != 0 {
				codes[i] = strconv.Itoa(day.nth) + codes[i]
			}
		}
		parts = append(parts, "BYDAY="+strings.Join(codes, ","))
	}
	if len(r.monthDays) > 0 {
		numbers := make([]string, len(r.monthDays))
		for i, day := range r.monthDays {
			numbers[i] = strconv.Itoa(day)
		}
		parts = append(parts, "BYMONTHDAY="+strings.Join(numbers, ","))
	}
	return strings.Join(parts, ";")
}
