package apitest_test

import (
	"slices"
	"strings"
	"testing"

	"handrail/apitest"
)

// exported says of each table by which part of an export its rows about a client go out; one that begins with a dash is not
// about a client, or holds nothing to read, and says why.
var exported = map[string]string{
	"users":            "profile",
	"reminder_choices": "profile",
	"clinics":          "clinic",
	"caseload":         "caseload",
	"episodes":         "episodes",
	"consents":         "consents",
	"roster":           "rosters",
	"sessions":         "sessions",
	"rsvps":            "sessions",
	"attendance":       "sessions",
	"series":           "meetings",
	"assignments":      "assignments",
	"submissions":      "assignments",
	"reviews":          "assignments",
	"practices":        "practice",
	"goals":            "goals",
	"goal_links":       "goals",
	"goal_comments":    "goals",
	"contacts":         "contacts",
	"reach_outs":       "reach_outs",
	"reminders":        "reminders",
	"deliveries":       "reminders", // how far each came: arrival and meaning
	"pushes":           "reminders",
	"devices":          "devices",
	"tokens":           "sign_ins",
	"invites":          "invites",
	"audit_events":     "accesses",

	"instance":             "- the database itself",
	"keysets":              "- the keys, sealed",
	"goose_db_version":     "- the database itself",
	"audit_chains":         "- where the clinic's audit log begins and ends",
	"attempts":             "- counts of wrong tries under keyed hashes, which expire",
	"facilitators":         "- who of the staff runs what",
	"session_facilitators": "- who of the staff runs what",
	"known_starts":         "- what a session's start was, of the clinic's",
	"zones":                "- the machine's",
	"lanes":                "- FCM's",
	"pace":                 "- FCM's",
	"sequences":            "- a counter: how many changes there were",
	"changes":              "- which things changed, by number: all of them are in the other parts",
	"idempotency_keys":     "- keyed hashes of requests, which expire",
	"recovery_codes":       "- hashes of codes that stand in for an authenticator app, which staff alone have",
}

func TestEveryTableIsInAnExportOrHasAReasonNotToBe(t *testing.T) {
	parts := apitest.Document(t).Components.Schemas["MyExport"].Value.Properties
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		query := "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
		if strings.HasPrefix(w.DB.URL, "sqlite:") {
			query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		}
		tables := w.Rows(query)
		for _, table := range tables {
			part, said := exported[table]
			if !said || !strings.HasPrefix(part, "- ") && parts[part] == nil {
				t.Errorf("%s: by which part of an export does it go out, or why by none? It says %q", table, part)
			}
		}
		for table := range exported {
			if !slices.Contains(tables, table) {
				t.Errorf("there is no table %s", table)
			}
		}
	})
}
