package words

import (
	"fmt"
	"time"
)

// English as it is spoken in the United States.
var english = Language{"en", enPush{}, enClock{}, enCrisis{}, enClinic{}, enMeaning{}}

type enPush struct{}

func (enPush) Session(start string) string { return "You have something " + start + "." }
func (enPush) Homework(due string) string {
	return "Something to finish by " + due + "."
}
func (enPush) Several(n int, first string) string {
	return fmt.Sprintf("%d things, first %s.", n, first)
}
func (enPush) Off(was string) string        { return was + " is off." }
func (enPush) Moved(was, now string) string { return was + " is now " + now + "." }

type enClock struct{}

func (enClock) When(t time.Time) string  { return t.Format("Mon 3:04 PM") }
func (enClock) Start(t time.Time) string { return t.Format("Mon at 3:04 PM") }
func (enClock) Time(t time.Time) string  { return t.Format("3:04 PM") }
func (enClock) Dated(t time.Time) string {
	return t.Format("Mon, Jan 2 3:04 PM")
}

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
func (enMeaning) Capped() string { return "It would have been too many on one day." }
func (enMeaning) Rejected() string {
	return "The push service refused it as wrong: a fault of this server."
}
func (enMeaning) TakenBack() string { return "It was taken back: what it was about has changed." }
