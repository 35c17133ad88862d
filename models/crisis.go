package models

import "handrail/models/words"

// CrisisLine is a number to call now. It goes into every reply where a client may be in need, and the app keeps it
// for when there is no network.
type CrisisLine struct {
	Kind  string `json:"kind"` // emergency | crisis | helpline | clinic
	Label string `json:"label"`
	Phone string `json:"phone"`
	Tel   string `json:"tel"`
}

// NationalCrisisLines are the United States' own: 911, the 988 Suicide & Crisis Lifeline, and SAMHSA's helpline. Who is
// not signed in may say their language.
func NationalCrisisLines(locale string) ([]CrisisLine, error) {
	var c check
	oneOf(&c, "locale", locale, Locales()...)
	return nationalLines(words.In(locale).Crisis), c.err()
}

func nationalLines(say words.Crisis) []CrisisLine {
	return []CrisisLine{
		{Kind: "emergency", Label: say.Emergency(), Phone: "911", Tel: "tel:911"},
		{Kind: "crisis", Label: say.Lifeline(), Phone: "988", Tel: "tel:988"},
		{Kind: "helpline", Label: say.Helpline(), Phone: "1-800-662-4357", Tel: "tel:+18006624357"},
	}
}

// crisisLines are the lines of the country and of the clinic, for somebody who reads this language.
func (clinic Clinic) crisisLines(locale string) []CrisisLine {
	say := words.In(locale).Crisis
	lines := nationalLines(say)
	if clinic.FrontDeskPhone != nil {
		lines = append(lines, CrisisLine{Kind: "clinic", Label: clinic.DisplayName, Phone: *clinic.FrontDeskPhone, Tel: "tel:" + *clinic.FrontDeskPhone})
	}
	if clinic.AfterHoursPhone != nil {
		lines = append(lines, CrisisLine{Kind: "clinic", Label: say.AfterHours(clinic.DisplayName), Phone: *clinic.AfterHoursPhone, Tel: "tel:" + *clinic.AfterHoursPhone})
	}
	return lines
}
