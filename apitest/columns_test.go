package apitest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"handrail/apitest"
	"handrail/models/modelstest"
)

// What a column may give away to somebody who has the database and nothing else.
const (
	sealed     = "sealed: nothing but its length"
	index      = "index: a keyed hash; equal values are equal"
	hash       = "hash: of what is too random, or hashed too slowly, to be guessed"
	underKey   = "under the master key, which is elsewhere"
	word       = "safe: one of a closed list of words of ours, of somebody who has no name here"
	clock      = "safe: dates, rules and zones by which reminders are planned, of somebody who has no name here"
	clinicsOwn = "safe: what the clinic tells everybody"
	ofThePhone = "safe: what the app is and asks for, of somebody who has no name here"
	name       = "safe: a name of ours or of FCM's for a thing, drawn at random or counted"
)

// givesAway has all columns that hold text or bytes, but for ids: a new one is refused until it is said here what it gives away. What is
// sealed is sealed anew when keys are rotated (models/reseal.go), which TestRotation… checks by this list.
var givesAway = map[string]map[string]string{
	"instance": {"purpose": word, "keyset": name},
	"keysets":  {"master": name, "sealing": underKey, "indexing": underKey, "chaining": underKey},
	"clinics": {"name": clinicsOwn, "display_name": clinicsOwn, "time_zone": clock, "locale": word, "region": word, "front_desk_phone": clinicsOwn,
		"after_hours_phone": clinicsOwn, "on_call_phone": clinicsOwn, "session_leads": clock, "meeting_leads": clock, "homework_leads": clock, "review_leads": clock},
	"users": {"role": word, "name": sealed, "email": sealed, "email_index": index, "password_hash": hash, "time_zone": clock, "time_zone_mode": word,
		"locale": word, "unavailable": sealed, "second_factor": sealed, "next_factor": sealed},
	"reminder_choices": {"kind": word, "leads": clock},
	"invites":          {"code_index": index},
	"tokens":           {"token_hash": hash},
	"recovery_codes":   {"code_hash": hash},
	"attempts":         {"bucket": index},
	"episodes":         {"level": word, "end_reason": sealed, "age_group": word},
	"consents":         {"kind": word, "text_version": name, "locale": word, "disclosure": sealed},
	"series": {"kind": word, "title": sealed, "tags": sealed, "place": sealed, "link": sealed, "place_index": index, "leads": clock, "time_zone": clock,
		"local_start": clock, "rule": clock, "exdates": clock},
	"sessions": {"original_local_start": clock, "local_start": clock, "time_zone": clock, "place": sealed, "link": sealed, "place_index": index,
		"materials": sealed, "status": word},
	"rsvps":      {"answer": word, "note": sealed},
	"attendance": {"status": word},
	"assignments": {"template": word, "title": sealed, "instructions": sealed, "practice_rule": clock, "practice_from": clock, "status": word,
		"draft": sealed},
	"submissions":   {"content": sealed},
	"reviews":       {"decision": word, "comment": sealed},
	"practices":     {"day": clock, "note": sealed},
	"contacts":      {"name": sealed, "relation": sealed, "phone": sealed, "details": sealed},
	"reach_outs":    {"details": sealed},
	"goals":         {"text": sealed, "target_on": clock, "status": word},
	"goal_comments": {"text": sealed},
	"devices": {"platform": word, "registration": sealed, "registration_index": index, "registration_kind": word, "presentation": word, "permission": word,
		"app_version": ofThePhone, "status": word},
	"pushes": {"state": word},
	"reminders": {"kind": word, "subject_kind": word, "lead": clock, "state": word, "cause": word, "leads_of": word, "time_zone": clock,
		"steps": clock},
	"deliveries":       {"state": word, "code": word, "message_name": name},
	"zones":            {"name": clock, "clocks": clock},
	"lanes":            {"name": word, "reason": word},
	"changes":          {"kind": word},
	"idempotency_keys": {"key": name, "body_hash": index},
	"audit_events":     {"action": word, "mac": hash},
	"audit_chains":     {"last_mac": hash, "cut_mac": hash, "proof": hash},
}

// isID says whether a column refers to a row by its id, which is drawn at random.
func isID(column string) bool {
	return column == "id" || strings.HasSuffix(column, "_id") || strings.HasSuffix(column, "_by")
}

func TestOfEveryColumnItIsSaidWhatItGivesAway(t *testing.T) {
	w := apitest.New(t, modelstest.SQLite(t))
	found := map[string]bool{}
	for _, row := range w.Rows(`SELECT m.name || ' ' || p.name || ' ' || p.type FROM sqlite_master m, pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose_%' AND m.name NOT LIKE 'sqlite_%'`) {
		words := strings.Fields(row)
		table, column, kind := words[0], words[1], words[2]
		class := givesAway[table][column]
		found[table+"."+column] = true
		secret := class == sealed || class == index || class == underKey || class == hash && kind == "BYTEA"
		switch {
		case kind == "BIGINT", kind == "INTEGER", kind == "BOOLEAN", isID(column):
		case kind != "TEXT" && kind != "BYTEA":
			t.Errorf("%s.%s is a %s: use TEXT or BYTEA", table, column, kind)
		case class == "":
			t.Errorf("what may %s.%s give away? Say so in givesAway", table, column)
		case secret != (kind == "BYTEA"):
			t.Errorf("%s.%s is %s, and yet %s", table, column, kind, class)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(givesAway)) {
		for column := range givesAway[table] {
			if !found[table+"."+column] {
				t.Errorf("there is no %s.%s any more", table, column)
			}
		}
	}
}

// sealedColumns are those that hold what is sealed.
func sealedColumns() (list [][2]string) {
	for _, table := range slices.Sorted(maps.Keys(givesAway)) {
		for column, class := range givesAway[table] {
			if class == sealed {
				list = append(list, [2]string{table, column})
			}
		}
	}
	return list
}
