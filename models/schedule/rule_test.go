package schedule_test

import (
	"errors"
	"strings"
	"testing"

	"handrail/models/schedule"
)

func TestRulesHaveOneSpelling(t *testing.T) {
	for rule, want := range map[string]string{
		"FREQ=DAILY":                             "FREQ=DAILY",
		"FREQ=WEEKLY;INTERVAL=1":                 "FREQ=WEEKLY",
		"BYDAY=TH,MO,SU;COUNT=006;FREQ=WEEKLY":   "FREQ=WEEKLY;COUNT=6;BYDAY=MO,TH,SU",
		"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR":        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
		"FREQ=WEEKLY;UNTIL=20261103T230000Z":     "FREQ=WEEKLY;UNTIL=20261103T230000Z",
		"FREQ=WEEKLY;UNTIL=20261103":             "FREQ=WEEKLY;UNTIL=20261103",
		"FREQ=MONTHLY;BYDAY=+2TU,-1FR,MO":        "FREQ=MONTHLY;BYDAY=MO,2TU,-1FR",
		"FREQ=MONTHLY;BYMONTHDAY=15,-1,1":        "FREQ=MONTHLY;BYMONTHDAY=-1,1,15",
		"FREQ=MONTHLY;INTERVAL=99;BYMONTHDAY=31": "FREQ=MONTHLY;INTERVAL=99;BYMONTHDAY=31",
		"FREQ=MONTHLY;COUNT=1000;BYMONTHDAY=-31": "FREQ=MONTHLY;COUNT=1000;BYMONTHDAY=-31",
	} {
		got, err := schedule.ParseRule(rule)
		if err != nil {
			t.Errorf("%s: %v", rule, err)
		} else if got.String() != want {
			t.Errorf("%s: got %s, want %s", rule, got, want)
		}
	}
}

func TestT11_OtherRulesAreRefusedByName(t *testing.T) {
	for rule, part := range map[string]string{
		"":                                 "RRULE",
		"weekly":                           "RRULE",
		"RRULE:FREQ=WEEKLY":                "RRULE",
		"FREQ=WEEKLY;":                     "RRULE",
		"freq=WEEKLY":                      "RRULE",
		" FREQ=WEEKLY":                     "RRULE",
		"FREQ=WEEKLY;BYHOUR=1":             "RRULE",
		"FREQ=WEEKLY;WKST=SU":              "RRULE",
		"FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO": "RRULE",
		"FREQ=WEEKLY;X=" + strings.Repeat("x", 200): "RRULE",
		"COUNT=3":                               "FREQ",
		"FREQ=":                                 "FREQ",
		"FREQ":                                  "FREQ",
		"FREQ=weekly":                           "FREQ",
		"FREQ=SECONDLY":                         "FREQ",
		"FREQ=HOURLY;INTERVAL=2":                "FREQ",
		"FREQ=YEARLY":                           "FREQ",
		"FREQ=DAILY;FREQ=DAILY":                 "FREQ",
		"FREQ=WEEKLY=WEEKLY":                    "FREQ",
		"FREQ=DAILY;INTERVAL=0":                 "INTERVAL",
		"FREQ=DAILY;INTERVAL=-1":                "INTERVAL",
		"FREQ=DAILY;INTERVAL=+1":                "INTERVAL",
		"FREQ=DAILY;INTERVAL=100":               "INTERVAL",
		"FREQ=DAILY;INTERVAL=1;INTERVAL=1":      "INTERVAL",
		"FREQ=DAILY;COUNT=0":                    "COUNT",
		"FREQ=DAILY;COUNT=1001":                 "COUNT",
		"FREQ=DAILY;COUNT=1000000000":           "COUNT",
		"FREQ=DAILY;COUNT=99999999999999999999": "COUNT",
		"FREQ=DAILY;COUNT=1e3":                  "COUNT",
		"FREQ=DAILY;COUNT=٣":                    "COUNT",
		"FREQ=DAILY;COUNT=2;UNTIL=20261103":     "UNTIL",
		"FREQ=DAILY;UNTIL=20261103T230000":      "UNTIL",
		"FREQ=DAILY;UNTIL=2026-11-03":           "UNTIL",
		"FREQ=DAILY;UNTIL=20261131":             "UNTIL",
		"FREQ=DAILY;UNTIL=20261103T250000Z":     "UNTIL",
		"FREQ=DAILY;UNTIL=99991231":             "UNTIL",
		"FREQ=DAILY;UNTIL=":                     "UNTIL",
		"FREQ=WEEKLY;BYDAY=":                    "BYDAY",
		"FREQ=WEEKLY;BYDAY=MO,":                 "BYDAY",
		"FREQ=WEEKLY;BYDAY=XX":                  "BYDAY",
		"FREQ=WEEKLY;BYDAY=mo":                  "BYDAY",
		"FREQ=WEEKLY;BYDAY=UM":                  "BYDAY",
		"FREQ=WEEKLY;BYDAY=MO,MO":               "BYDAY",
		"FREQ=WEEKLY;BYDAY=2TU":                 "BYDAY",
		"FREQ=DAILY;BYDAY=-1FR":                 "BYDAY",
		"FREQ=MONTHLY;BYDAY=0MO":                "BYDAY",
		"FREQ=MONTHLY;BYDAY=6MO":                "BYDAY",
		"FREQ=MONTHLY;BYDAY=-6MO":               "BYDAY",
		"FREQ=MONTHLY;BYDAY=+-1MO":              "BYDAY",
		"FREQ=MONTHLY;BYDAY=2TU,+2TU":           "BYDAY",
		"FREQ=MONTHLY;BYMONTHDAY=0":             "BYMONTHDAY",
		"FREQ=MONTHLY;BYMONTHDAY=32":            "BYMONTHDAY",
		"FREQ=MONTHLY;BYMONTHDAY=-32":           "BYMONTHDAY",
		"FREQ=MONTHLY;BYMONTHDAY=1,1":           "BYMONTHDAY",
		"FREQ=WEEKLY;BYMONTHDAY=1":              "BYMONTHDAY",
		"FREQ=DAILY;BYMONTHDAY=1":               "BYMONTHDAY",
	} {
		got, err := schedule.ParseRule(rule)
		var ruleErr *schedule.RuleError
		if !errors.As(err, &ruleErr) {
			t.Errorf("%q: got %v, %v", rule, got, err)
			continue
		}
		if ruleErr.Part != part || !strings.Contains(ruleErr.Detail, "expected") {
			t.Errorf("%q: blames %s (%s), want %s", rule, ruleErr.Part, ruleErr.Detail, part)
		}
	}
}
