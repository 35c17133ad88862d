package models

import "handrail/models/words"

// ClinicContact is how to reach the clinic itself. Unlike a crisis line it says which of its telephones it is.
type ClinicContact struct {
	Kind  string `json:"kind"` // front_desk | after_hours | on_call
	Label string `json:"label"`
	Phone string `json:"phone"`
	Tel   string `json:"tel"`
}

// Lines are the numbers to call when nobody on one's own list answers.
type Lines struct {
	CrisisLines    []CrisisLine    `json:"crisis_lines"`
	ClinicContacts []ClinicContact `json:"clinic_contacts"`
}

func (clinic Clinic) lines(locale string) Lines {
	return Lines{CrisisLines: clinic.crisisLines(locale), ClinicContacts: clinic.contacts(locale)}
}

// contacts are the clinic's telephones, in the order in which to try them.
func (clinic Clinic) contacts(locale string) []ClinicContact {
	say := words.In(locale).Clinic
	list := []ClinicContact{}
	for _, entry := range []struct {
		kind, label string
		phone       *string
	}{
		{"front_desk", say.FrontDesk(), clinic.FrontDeskPhone},
		{"after_hours", say.AfterHours(), clinic.AfterHoursPhone},
		{"on_call", say.OnCall(), clinic.OnCallPhone},
	} {
		if entry.phone != nil {
			list = append(list, ClinicContact{Kind: entry.kind, Label: entry.label, Phone: *entry.phone, Tel: "tel:" + *entry.phone})
		}
	}
	return list
}

// linesFor are the lines for somebody of the clinic.
func (t *tx) linesFor(actor Actor) (Lines, error) {
	clinic, err := t.clinic(actor.ClinicID)
	return clinic.lines(actor.Locale), err
}
