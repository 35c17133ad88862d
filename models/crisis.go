package models

// CrisisLine is a number to call now. It goes into every reply where a client may be in need, and the app keeps it
// for when there is no network.
type CrisisLine struct {
	Kind  string `json:"kind"` // emergency | crisis | helpline | clinic
	Label string `json:"label"`
	Phone string `json:"phone"`
	Tel   string `json:"tel"`
}

// NationalCrisisLines are the United States' own: 911, the 988 Suicide & Crisis Lifeline, and SAMHSA's helpline.
func NationalCrisisLines() []CrisisLine {
	return []CrisisLine{
		{Kind: "emergency", Label: "Emergency", Phone: "911", Tel: "tel:911"},
		{Kind: "crisis", Label: "988 Suicide & Crisis Lifeline (call or text)", Phone: "988", Tel: "tel:988"},
		{Kind: "helpline", Label: "SAMHSA National Helpline", Phone: "1-800-662-4357", Tel: "tel:+18006624357"},
	}
}

func (clinic Clinic) crisisLines() []CrisisLine {
	lines := NationalCrisisLines()
	if clinic.FrontDeskPhone != nil {
		lines = append(lines, CrisisLine{Kind: "clinic", Label: clinic.DisplayName, Phone: *clinic.FrontDeskPhone, Tel: "tel:" + *clinic.FrontDeskPhone})
	}
	if clinic.AfterHoursPhone != nil {
		lines = append(lines, CrisisLine{Kind: "clinic", Label: clinic.DisplayName + " (after hours)", Phone: *clinic.AfterHoursPhone, Tel: "tel:" + *clinic.AfterHoursPhone})
	}
	return lines
}
