package models

import "slices"

// Role is what a user may do at all; what of it is theirs, each query decides.
type Role string

// The roles that ship. Rights per role are the table below: a fifth role is one more line.
const (
	Client    Role = "client"
	Family    Role = "family"
	Counselor Role = "counselor"
	Admin     Role = "admin"
)

// Right is a group of routes that a role may use.
type Right string

// The rights that routes ask for.
const (
	Entering  Right = "entering"   // what goes before a second factor is set up that the clinic requires
	OwnFactor Right = "own-factor" // setting up one's own second factor: staff, as Entering
	SignedIn  Right = "signed-in"  // own profile, devices, consents and reminders
	OwnCare   Right = "own-care"   // a client's own sessions, homework and contacts
	GiveCare  Right = "give-care"  // the records of a caseload
	RunClinic Right = "run-clinic" // people and set-up, no clinical content
)

func (r Role) rights() []Right {
	switch r {
	case Client:
		return []Right{Entering, SignedIn, OwnCare}
	case Family:
		return []Right{Entering, SignedIn}
	case Counselor:
		return []Right{Entering, OwnFactor, SignedIn, GiveCare}
	case Admin:
		return []Right{Entering, OwnFactor, SignedIn, RunClinic}
	}
	return nil
}

// May says whether the role has the right.
func (r Role) May(right Right) bool { return slices.Contains(r.rights(), right) }

// Actor is who asks. It comes from the token, never from the request.
type Actor struct {
	UserID   string
	ClinicID string
	Role     Role
	Locale   string // the language that they read
	TokenID  string // the token in use: signing out ends this one, and a device is that of its installation

	// The clinic requires a second factor that the actor has not set up: until then they may do nothing else.
	FactorDue bool
}

// Admit says whether the actor may use routes of a right: nil, or what refuses them.
func (a Actor) Admit(right Right) error {
	switch {
	case !a.Role.May(right):
		return ErrForbidden
	case a.FactorDue && right != Entering && right != OwnFactor:
		return errFactorDue
	}
	return nil
}

var errFactorDue = &Error{Kind: Forbidden, Code: "second_factor_required",
	Detail: "Your clinic requires a second factor: set it up first with POST /v1/me/second-factor."}
