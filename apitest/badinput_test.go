package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/apitest"
)

// names says whether a problem names a field and what was expected there.
func names(r apitest.Reply, field string) bool {
	fields, _ := r.Object["fields"].([]any)
	for _, f := range fields {
		if f, ok := f.(map[string]any); ok && f["field"] == field && f["detail"] != "" && f["code"] != "" {
			return true
		}
	}
	return false
}

func TestNothingWrongIsWrittenAndTheReplySaysWhichField(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			schema := spec[op.id].inputOf()
			if schema == nil {
				continue
			}
			a := op.ask(c)
			person, before := c.right(op, a), c.Stored()
			for _, v := range whole(schema, a.body).wrong() {
				got := spec[op.id].does(person, ask{path: a.path, body: v.body})
				if got.Status != http.StatusUnprocessableEntity || !names(got, v.field) {
					t.Errorf("%s: %s: %d %s", op.id, v.what, got.Status, got.Raw())
				}
				if strings.Contains(got.Raw(), marker) {
					t.Errorf("%s: %s: what was sent is repeated: %s", op.id, v.what, got.Raw())
				}
			}
			for table, rows := range c.Stored() {
				if diff := cmp.Diff(before[table], rows); diff != "" {
					t.Errorf("%s: something was written to %s", op.id, table)
				}
			}
		}
		if strings.Contains(w.Logged(), marker) || strings.Contains(w.Logged(), "level=ERROR") {
			t.Error("what was refused stands in the log, or was taken for a fault of the server's")
		}
	})
}

// needed are fields that the spec leaves out of required because another field decides: without them the rest is wrong.
var needed = map[string]bool{"enroll email": true, "enroll text_version": true, "putConsent text_version": true, "dischargeClient text_version": true,
	"createCaseloadEntry until": true, "changePassword current_password": true, "beginSecondFactor one_time_code": true,
	"renewRecoveryCodes one_time_code": true, "endSecondFactor one_time_code": true, "createCaseloadEntry covers_id": true,
	"putRSVP minutes_late": true, "putAttendance minutes": true}

// decided are fields of which another field decides what is right.
var decided = map[string]bool{"enroll consents[0].kind": true, "putRSVP answer": true, "putAttendance records": true, "putAttendance records[0].status": true,
	"putAttendance records[0].minutes": true, "createGoal links[0].kind": true, "updateMe quiet_hours_mode": true, "updateClinic second_factor_required": true,
	"beginSecondFactor password": true, "renewRecoveryCodes password": true, "endSecondFactor password": true, "updateGoal links[0].kind": true,
	"proveDevice ack_secret": true}

func TestWhatTheContractAllowsIsTakenUpToItsEdges(t *testing.T) {
	apitest.Each(t, func(t *testing.T, w *apitest.World) {
		c, spec := newCast(w), contract(t)
		for _, op := range operations() {
			schema := spec[op.id].inputOf()
			if schema == nil || op.id == "logIn" { // a password of another length is another password
				continue
			}
			for i := range whole(schema, op.ask(c).body).right() {
				a := op.ask(c) // each may be the last that could be made of the former
				variants := whole(schema, a.body).right()
				v := variants[i]
				if leftOut := strings.HasSuffix(v.what, "left out"); leftOut && needed[op.id+" "+v.field] || !leftOut && decided[op.id+" "+v.field] {
					continue
				}
				if got := spec[op.id].does(c.right(op, a), ask{path: a.path, body: v.body}); !done(got) {
					t.Errorf("%s: %s: %d %s", op.id, v.what, got.Status, got.Raw())
				}
			}
		}
	})
}
