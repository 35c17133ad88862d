package models

import "slices"

// ContactInput adds a contact.
type ContactInput struct {
	ID       *string       `json:"id"`
	Name     string        `json:"name"`
	Relation string        `json:"relation"`
	Phone    string        `json:"phone"`     // the clinic's country unless it begins with +
	Prefers  *string       `json:"prefers"`   // either, unless given
	Hours    []WeeklyHours `json:"hours"`     // on the clock of TimeZone
	TimeZone *string       `json:"time_zone"` // the client's own at that moment, unless given
	Note     *string       `json:"note" null:"yes"`
	Shared   bool          `json:"shared"`
	Position int           `json:"position"`
}

// ContactChange changes a contact; what is left out stays.
type ContactChange struct {
	Name     *string          `json:"name"`
	Relation *string          `json:"relation"`
	Phone    *string          `json:"phone"`
	Prefers  *string          `json:"prefers"`
	Hours    *[]WeeklyHours   `json:"hours"`
	TimeZone *string          `json:"time_zone"`
	Note     Optional[string] `json:"note" null:"yes"`
	Shared   *bool            `json:"shared"`
	Position *int             `json:"position"`
}

// check finds what is wrong with a contact and writes its number as it is dialled; at is where it stands in the body.
func (in *ContactInput) check(c *check, at, region string) {
	c.optionalID(at+"id", in.ID)
	c.text(at+"name", in.Name, 1, 200)
	oneOf(c, at+"relation", in.Relation, "sober_peer", "mentor", "sponsor", "family", "other")
	in.Phone = c.phone(at+"phone", in.Phone, region)
	if in.Prefers != nil {
		oneOf(c, at+"prefers", *in.Prefers, "call", "text", "either")
	}
	c.hours(at+"hours", in.Hours)
	c.optionalZone(at+"time_zone", in.TimeZone)
	c.optionalText(at+"note", in.Note, 1, 2000)
	c.number(at+"position", in.Position, 0, 1000)
}

// apply is a contact as it is to be once it is changed.
func (in ContactChange) apply(to Contact) ContactInput {
	changed := ContactInput{Name: to.Name, Relation: to.Relation, Phone: to.Phone, Prefers: &to.Prefers, Hours: to.Hours, TimeZone: &to.TimeZone,
		Note: to.Note, Shared: to.Shared, Position: to.Position}
	assign(&changed.Name, in.Name)
	assign(&changed.Relation, in.Relation)
	assign(&changed.Phone, in.Phone)
	assign(changed.Prefers, in.Prefers)
	assign(&changed.Hours, in.Hours)
	assign(changed.TimeZone, in.TimeZone)
	if in.Note.Given {
		changed.Note = in.Note.Value
	}
	assign(&changed.Shared, in.Shared)
	assign(&changed.Position, in.Position)
	return changed
}

// enteredContacts are contacts as they were sent, checked, and the zone of theirs for which none is given. They are copies: a
// second try of the transaction checks what was sent, not what this one made of it.
func (t *tx) enteredContacts(actor Actor, list string, sent ...ContactInput) (entered []ContactInput, zone string, err error) {
	clinic, err := t.clinic(actor.ClinicID)
	if err != nil {
		return nil, "", err
	}
	client, err := t.user(actor.UserID)
	if err != nil {
		return nil, "", err
	}
	entered = slices.Clone(sent)
	var c check
	for i := range entered {
		at := ""
		if list != "" {
			at = index(list, i) + "."
		}
		entered[i].check(&c, at, clinic.Region)
	}
	return entered, client.TimeZone, c.err()
}
