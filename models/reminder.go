package models

import "handrail/models/schedule"

// State is where a reminder stands. All but waiting are ends.
type State string

// The states of a reminder.
const (
	Waiting      State = "waiting"
	Acknowledged State = "acknowledged" // an app said that it arrived
	Accepted     State = "accepted"     // FCM took it; whether it arrived is not known
	Expired      State = "expired"      // not sent before it stopped being useful, or sent with an unknown outcome
	Cancelled    State = "cancelled"
	TurnedOff    State = "turned_off"  // consent or choice
	Capped       State = "capped"      // over the day's dose
	Unreachable  State = "unreachable" // no live device until it expired
	Rejected     State = "rejected"    // FCM found our payload wrong
)

// What a reminder announces.
const (
	RemindSession    = "session"
	RemindMeeting    = "meeting"
	RemindHomework   = "homework"
	RemindReview     = "review" // to staff: something was handed in and waits
	RemindRSVP       = "rsvp"   // to staff: somebody cannot come
	RemindCorrection = "correction"
	RemindTest       = "test"  // staff try whether a push arrives
	RemindProof      = "proof" // a phone that somebody else had shows that it gets what is sent to it: nothing to do with care
)

// What a correction says: its lead.
const (
	leadMoved     = "moved"
	leadCancelled = "cancelled"
	leadRestored  = "restored" // it takes place after all
)

// Why a reminder is not sent.
const (
	causeProfile          = "profile_changed"
	causeZoneData         = "zone_data_changed"
	causeConsent          = "consent"
	causeSessionCancelled = "session_cancelled"
	causeMoved            = "moved"
	causeSeries           = "series_changed"
	causeRSVP             = "cannot_come"
	causeRoster           = "left_roster"
	causeDischarged       = "discharged"
	causeSubmitted        = "submitted"
	causePractised        = "practised"
	causeReviewed         = "reviewed"
	causeWithdrawn        = "withdrawn"
	causeCaseload         = "caseload_changed"
	causeDeactivated      = "deactivated"
	causeDue              = "due_changed"
	causeSent             = "sent"           // what has just been sent may need a correction
	causePolicy           = "policy_changed" // the clinic's
	causeChoice           = "choice"         // they turned such reminders off
	causeSuperseded       = "superseded"
	causeChanged          = "changed_before_sending"
	causeMayHaveArrived   = "may_have_arrived"
)

// What a reminder is about.
const (
	subjectSession    = "session"
	subjectAssignment = "assignment" // its due time
	subjectPractice   = "practice"   // a day on which to practise it
	subjectReview     = "review"     // that it waits for an answer
	subjectRSVP       = "rsvp"       // a session, that a client cannot come to it
	subjectTest       = "test"       // the reminder itself
	subjectProof      = "proof"      // a device
)

// reminderRow is one planned announcement to one person about one thing at one lead.
type reminderRow struct {
	ID          string
	ClinicID    string
	UserID      string
	PushID      *string
	Kind        string
	SubjectKind string
	SubjectID   string
	Lead        string
	LeadsOf     string // who decided on the lead, if it has one
	Generation  int
	RemindAt    Instant
	ExpiresAt   Instant
	AboutAt     Instant
	WasAt       *Instant
	State       State
	Cause       *string
	SentAt      *Instant // when it went out, or may have gone out
	Revision    int
	TimeZone    string // on whose clock its lead counts, if it has one
	Steps       string // how it came to RemindAt
}

func (reminderRow) TableName() string { return "reminders" }

// reminderKey is what there is one reminder of for each person.
type reminderKey struct {
	SubjectKind, SubjectID, Kind, Lead string
	Generation                         int
}

func (r reminderRow) key() reminderKey {
	return reminderKey{r.SubjectKind, r.SubjectID, r.Kind, r.Lead, r.Generation}
}

func (r *reminderRow) end(state State, cause string) {
	r.State, r.Cause = state, orNull(cause)
}

// recipient is a person as the planner sees them.
type recipient struct {
	ID             string
	ClinicID       string
	TimeZone       string
	Policy         Policy  `gorm:"embedded"` // of their clinic, with the quiet hours that count for them
	PushUntil      Instant // 0: they do not allow pushes
	AftercareUntil Instant
	InCare         bool
}

// Quiet hours and care, as the planner and the last check before sending both ask for them, as for consent; u is the person.
const (
	sqlQuiet  = `COALESCE(u.quiet_start, l.quiet_start) AS quiet_start, COALESCE(u.quiet_end, l.quiet_end) AS quiet_end` // l: the clinic
	sqlInCare = `(SELECT count(*) FROM episodes o WHERE o.client_id = u.id AND o.ended_at IS NULL) > 0`
)

// welcomes says whether a person may be reminded of such a thing at an instant at all: treatment and homework end with
// discharge, meetings go on for as long as the client wants them to. What staff are reminded of asks for no episode, nor does
// a test or a proof.
func (p recipient) welcomes(kind string, at Instant) bool {
	return p.InCare || kind == RemindMeeting && at < p.AftercareUntil || kind == RemindReview || kind == RemindRSVP || kind == RemindTest ||
		kind == RemindProof
}

// silence says why reminders of a kind do not come at an instant, if they do not; off is what the person chose for it.
func (p recipient) silence(off bool, at Instant) (cause string) {
	switch {
	case at >= p.PushUntil:
		return causeConsent
	case off:
		return causeChoice
	}
	return ""
}

func (p recipient) schedule() (schedule.Person, error) {
	zone, err := schedule.LoadZone(p.TimeZone)
	return schedule.Person{Zone: zone, Quiet: p.Policy.Quiet}, faultOf("stored user "+p.ID, err)
}
