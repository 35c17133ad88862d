package models

// choiceRow is what a person chose for one kind of reminder. It is the last word: over the series' and the clinic's.
type choiceRow struct {
	UserID    string
	Kind      string
	TurnedOff bool
	Leads     *Leads // nil: as the series or the clinic has it
}

func (choiceRow) TableName() string { return "reminder_choices" }

// chosenKinds are what somebody can turn off.
func chosenKinds() []string {
	return []string{RemindSession, RemindMeeting, RemindHomework, RemindReview, RemindRSVP}
}

// ReminderChoices are a person's own, for each kind of reminder; some kinds come to staff only, some to clients only.
type ReminderChoices struct {
	Session  ReminderChoice `json:"session"`
	Meeting  ReminderChoice `json:"meeting"`
	Homework ReminderChoice `json:"homework"`
	Review   ReminderChoice `json:"review"`
	RSVP     NoticeChoice   `json:"rsvp"`
}

// ReminderChoice says whether a kind comes, and when.
type ReminderChoice struct {
	On    bool   `json:"on"`
	Leads *Leads `json:"leads"`
}

// NoticeChoice says whether a kind comes that has no leads: it tells of something at once.
type NoticeChoice struct {
	On bool `json:"on"`
}

// ChoicesChange is what a person may choose; what is left out stays.
type ChoicesChange struct {
	Session  *ChoiceChange `json:"session"`
	Meeting  *ChoiceChange `json:"meeting"`
	Homework *ChoiceChange `json:"homework"`
	Review   *ChoiceChange `json:"review"`
	RSVP     *NoticeChange `json:"rsvp"`
}

// ChoiceChange changes the choice for one kind.
type ChoiceChange struct {
	On    *bool              `json:"on"`
	Leads Optional[[]string] `json:"leads" null:"yes"`
}

// NoticeChange changes the choice for a kind without leads.
type NoticeChange struct {
	On *bool `json:"on"`
}

// reminderChoices are what a person chose, by kind; of a kind that is not there they chose nothing.
type reminderChoices map[string]choiceRow

func (c reminderChoices) view() ReminderChoices {
	of := func(kind string) ReminderChoice { return ReminderChoice{On: !c[kind].TurnedOff, Leads: c[kind].Leads} }
	return ReminderChoices{Session: of(RemindSession), Meeting: of(RemindMeeting), Homework: of(RemindHomework), Review: of(RemindReview),
		RSVP: NoticeChoice{On: !c[RemindRSVP].TurnedOff}}
}

func (in ChoicesChange) apply(c *check, into reminderChoices) {
	given := map[string]*ChoiceChange{RemindSession: in.Session, RemindMeeting: in.Meeting, RemindHomework: in.Homework, RemindReview: in.Review}
	if in.RSVP != nil {
		given[RemindRSVP] = &ChoiceChange{On: in.RSVP.On}
	}
	for _, kind := range chosenKinds() {
		change := given[kind]
		if change == nil {
			continue
		}
		row := into[kind]
		if change.On != nil {
			row.TurnedOff = !*change.On
		}
		if change.Leads.Given {
			row.Leads = c.optionalLeads("reminders."+kind+".leads", kind, change.Leads.Value)
		}
		into[kind] = row
	}
}

// choices loads what people chose, for all of them at once.
func (t *tx) choices(userIDs ...string) (map[string]reminderChoices, error) {
	var rows []choiceRow
	err := t.scan(&rows, "SELECT user_id, kind, turned_off, leads FROM reminder_choices WHERE ?", t.among("user_id", userIDs))
	all := make(map[string]reminderChoices, len(userIDs))
	for _, id := range userIDs {
		all[id] = reminderChoices{}
	}
	for _, row := range rows {
		all[row.UserID][row.Kind] = row
	}
	return all, err
}

func (t *tx) storeChoices(userID string, all reminderChoices) error {
	for kind, row := range all {
		err := t.exec(`INSERT INTO reminder_choices (user_id, kind, turned_off, leads) VALUES (?, ?, ?, ?)
			ON CONFLICT (user_id, kind) DO UPDATE SET turned_off = excluded.turned_off, leads = excluded.leads`,
			userID, kind, row.TurnedOff, row.Leads)
		if err != nil {
			return err
		}
	}
	return nil
}
