package words

import (
	"fmt"
	"time"
)

// English as it is spoken in the United States.
var english = Language{"en", enPush{}, enClock{}, enCrisis{}, enClinic{}, enMeaning{}, enReach{}, enTemplates{}, enWhy{}, enLeaving{}, enExport{}, enAudit}

type enPush struct{}

func (enPush) Session(start string) string { return "You have something " + start + "." }
func (enPush) Homework(due string) string {
	return "Something to finish by " + due + "."
}
func (enPush) Several(n int, first string) string {
	return fmt.Sprintf("%d things, first %s.", n, first)
}
func (enPush) Answered(when string) string { return "Someone sent word about " + when + "." }
func (enPush) Waiting(n int) string {
	if n == 1 {
		return "Something waits for your answer."
	}
	return fmt.Sprintf("%d things wait for your answer.", n)
}
func (enPush) Off(was string) string        { return was + " is off." }
func (enPush) Moved(was, now string) string { return was + " is now " + now + "." }
func (enPush) Test() string                 { return "This is a test." }
func (enPush) Proof() string                { return "Checking this phone." }

type enClock struct{}

func (enClock) When(t time.Time) string  { return t.Format("Mon 3:04 PM") }
func (enClock) Start(t time.Time) string { return t.Format("Mon at 3:04 PM") }
func (enClock) Time(t time.Time) string  { return t.Format("3:04 PM") }
func (enClock) Dated(t time.Time) string {
	return t.Format("Mon, Jan 2 3:04 PM")
}
func (enClock) Date(t time.Time) string { return t.Format("January 2, 2006") }

type enCrisis struct{}

func (enCrisis) Emergency() string { return "Emergency" }
func (enCrisis) Lifeline() string {
	return "988 Suicide & Crisis Lifeline (call or text)"
}
func (enCrisis) Helpline() string                { return "SAMHSA National Helpline" }
func (enCrisis) AfterHours(clinic string) string { return clinic + " (after hours)" }

type enClinic struct{}

func (enClinic) FrontDesk() string  { return "Front desk" }
func (enClinic) AfterHours() string { return "After hours" }
func (enClinic) OnCall() string     { return "On call" }

type enMeaning struct{}

func (enMeaning) Opened() string { return "The app said that it was opened." }
func (enMeaning) ReachedPhone() string {
	return "The app said that it reached the phone. Whether it was read is not known."
}
func (enMeaning) Sent() string { return "Sent; whether it arrived is not known." }
func (enMeaning) MaybeSent() string {
	return "It may have been sent; it will be sent again until there is a clear answer."
}
func (enMeaning) Planned() string { return "Planned." }
func (enMeaning) MaybeArrived() string {
	return "There was never a clear answer before it stopped being useful; it may have arrived."
}
func (enMeaning) Expired() string     { return "It could not be sent before it stopped being useful." }
func (enMeaning) Unreachable() string { return "There was no phone to send it to." }
func (enMeaning) TurnedOff() string {
	return "Reminders on the phone are not allowed by this person."
}
func (enMeaning) Unwanted() string { return "This person has turned off reminders of this kind." }
func (enMeaning) Capped() string   { return "It would have been too many on one day." }
func (enMeaning) Rejected() string {
	return "The push service refused it as wrong: a fault of this server."
}
func (enMeaning) TakenBack() string { return "It was taken back: what it was about has changed." }

type enReach struct{}

func (enReach) NotEnrolled() string {
	return "They have not signed in yet. Give them a code, and time to do it while you are there."
}
func (enReach) Left() string {
	return "They have left Handrail and had what is on their phone deleted. What the clinic has to keep is kept. A new code brings them back, if they want to."
}
func (enReach) NoConsent() string {
	return "They have not agreed to reminders on the phone. That is theirs to choose; you may ask whether it is still what they want."
}
func (enReach) NoDevice() string {
	return "They are not signed in on any phone. Give them a code if they want to be."
}
func (enReach) RegistrationDead() string {
	return "The app on their phone takes no more reminders. Ask them to open it once, and to sign in if it asks for that."
}
func (enReach) PermissionOff() string {
	return "Their phone does not let the app show notifications. Ask them to allow it in the phone's settings and to open the app once."
}
func (enReach) Proving() string {
	return "Somebody else was signed in on their phone, which is being checked. If it stays like this, ask them to open the app once while the phone is online."
}
func (enReach) Doubtful() string {
	return "Their phone has not been heard of for 30 days; reminders are sent and may not arrive. Ask them to open the app once."
}

// Homework speaks to its reader as somebody would who is on their side.
type enTemplates struct{}

func (enTemplates) ThoughtRecord() ThoughtRecord {
	return ThoughtRecord{
		Heading{"Thought record", "Pick one moment that was hard. Write down what happened and what went through your mind, then look at it the way a good friend would."},
		Field{"What happened?", "Who was there, where and when? Only what a camera would have seen."},
		Field{"What went through your mind?", "The sentence or picture that came first."},
		Field{"What did you feel?", "One or two words are enough: anxious, ashamed, angry."},
		Field{"How strong was it?", "0 is not at all, 10 is as strong as it can be."},
		Field{"What speaks for that thought?", "Facts, not feelings."},
		Field{"What speaks against it?", "What would a friend say? Has it ever turned out otherwise?"},
		Field{"A thought that does justice to both", "It need not be cheerful, only fair."},
		Field{"How strong is the feeling now?", "0 is not at all, 10 is as strong as it can be."},
	}
}

func (enTemplates) TriggerLog() TriggerLog {
	return TriggerLog{
		Heading{"Trigger log", "When an urge comes, note it here, as soon as you can. Every one that you notice is useful, whatever you did next."},
		Field{"Urges that I noticed", "One line for each."},
		Field{"Day", "When it was."},
		Field{"What was going on?", "Where you were and what you were doing."},
		Field{"What set it off?", "What comes closest."},
		Field{"How strong was the urge?", "0 is hardly there, 10 is as strong as it can be."},
		Field{"What did you do?", "Anything counts, waiting too."},
		Field{"What do you notice when you look at all of them?", "Times of day, places, people that come again."},
		"People", "A place", "A feeling", "Something that happened", "Something else",
	}
}

func (enTemplates) CopingPractice() CopingPractice {
	return CopingPractice{
		Heading{"Coping practice", "Try one skill out when things are calm, so that it is there when they are not."},
		Field{"Which skill did you try?", "One is enough."},
		Field{"How did you do it?", "Where, for how long, with whom."},
		Field{"How tense were you before?", "0 is calm, 10 is as tense as can be."},
		Field{"How tense were you afterwards?", "0 is calm, 10 is as tense as can be."},
		Field{"What do you want to remember of it?", "What you would do the same way, or otherwise."},
		"Breathing", "Grounding with the five senses", "Riding out an urge", "Walking or other movement", "Calling somebody", "Something else",
	}
}

func (enTemplates) RelapsePreventionPlan() RelapsePreventionPlan {
	return RelapsePreventionPlan{
		Heading{"Relapse prevention plan", "Write this for a hard day while you are having a better one. Keep it where you can find it, and show it to somebody you trust."},
		Field{"Why I am doing this", "What matters to you, in your own words."},
		Field{"How I notice that it is getting harder", "Changes in sleep, mood, thoughts, habits."},
		Field{"What makes it harder", "Choose all that are true for you."},
		Field{"What helps me", "Things that you can do alone, at any hour."},
		Field{"Whom I can call", "People who know, and who want you to call."},
		Field{"Name", "As you call them."},
		Field{"How to reach them", "A number, or where they are."},
		Field{"Where I am safe", "Places where it is easier."},
		Field{"What I do if I use", "A lapse is not the end. Whom do you call first, and where do you go?"},
		"Stress", "Arguments", "Being alone", "Celebrations", "Money in hand", "Old places", "Pain", "Something else",
	}
}

func (enTemplates) Budget() Budget {
	return Budget{
		Heading{"Monthly budget", "Put down what comes in and what goes out in a month. Round numbers will do."},
		Field{"What comes in", "Wages, benefits, support."},
		Field{"Where from", "Such as wages."},
		Field{"Amount", "For a month."},
		Field{"What goes out", "Begin with rent, food and getting around."},
		Field{"What for", "Such as rent."},
		Field{"Amount", "For a month."},
		Field{"Can it wait?", "What comes closest."},
		Field{"What I want to put aside", "However little it is."},
		Field{"What makes payday easier", "Such as paying bills the same day, or a person to be with."},
		"It is needed", "It can wait",
	}
}

func (enTemplates) CommunicationExercise() CommunicationExercise {
	return CommunicationExercise{
		Heading{"Communication exercise", "Prepare one conversation, have it, and look back at it. Start with one that is not the hardest."},
		Field{"With whom?", "A first name or a word such as sister."},
		Field{"What is it about?", "What comes closest."},
		Field{"What do you want to say?", "\"I feel … when … I would like …\" is a good beginning."},
		Field{"How will you show that you listen?", "Such as saying back in your own words what you heard."},
		Field{"How did it go?", "What each of you said, as well as you remember."},
		Field{"How calm did you stay?", "0 is not at all, 10 is all the way."},
		"Asking for something", "Saying no", "Making up for something", "Listening",
	}
}

func (enTemplates) Reading() Reading {
	return Reading{
		Heading{"Reading", "Read what you agreed on, at your own pace, and keep what is worth keeping."},
		Field{"What did you read?", "Title, chapter or pages."},
		Field{"When did you finish?", "Leave it out if you are not through yet."},
		Field{"What is the main idea?", "In a sentence or two of your own."},
		Field{"What of it is true for you?", "And what is not."},
		Field{"What would you like to ask?", "Bring it along to the next session."},
	}
}
