package words

// Templates are the words of the homework library. What kind of answer a field takes is the same in every language and
// stands in models/template.go.
type Templates interface {
	ThoughtRecord() ThoughtRecord
	TriggerLog() TriggerLog
	CopingPractice() CopingPractice
	RelapsePreventionPlan() RelapsePreventionPlan
	Budget() Budget
	CommunicationExercise() CommunicationExercise
	Reading() Reading
}

// Heading is what a template is called and how it is done.
type Heading struct{ Title, Instructions string }

// Field is what a field asks, and a sentence that helps to answer it.
type Field struct{ Label, Hint string }

// ThoughtRecord looks at one hard moment from outside.
type ThoughtRecord struct {
	Heading
	Situation, Thought, Feelings, Intensity, For, Against, Balanced, Afterwards Field
}

// TriggerLog notes urges as they come.
type TriggerLog struct {
	Heading
	Entries, Day, Situation, Kind, Urge, Response, Noticed Field
	People, Place, Feeling, Event, Other                   string // what set it off
}

// CopingPractice tries a skill out.
type CopingPractice struct {
	Heading
	Skill, How, Before, After, Remember                         Field
	Breathing, Grounding, UrgeSurfing, Movement, Calling, Other string
}

// RelapsePreventionPlan is for a hard day, written on a good one.
type RelapsePreventionPlan struct {
	Heading
	Reasons, Signs, Triggers, Coping, People, Name, Number, Places, IfLapse    Field
	Stress, Conflict, Loneliness, Celebrations, Payday, OldPlaces, Pain, Other string // what makes it harder
}

// Budget looks at what comes in and goes out in a month.
type Budget struct {
	Heading
	Income, Source, Earned, Costs, What, Cost, Need, Savings, Payday Field
	Needed, CanWait                                                  string
}

// CommunicationExercise prepares or looks back at one conversation.
type CommunicationExercise struct {
	Heading
	With, Aim, Statement, Listening, Happened, Calm Field
	Asking, SayingNo, Repairing, Listen             string
}

// Reading keeps what stays of a text.
type Reading struct {
	Heading
	What, Finished, Idea, Mine, Question Field
}
