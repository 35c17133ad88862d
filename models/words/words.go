// Package words is everything that Handrail says to people, in each language that it speaks. Problem details are not in
// it: they are for developers, in English.
//
// To add a text, give it a name in the interface of its area (Push, Crisis, …) and a line in each language's file: until
// every language has it, nothing compiles. A text of several parts is a small struct, written without field names, so
// that a part left out does not compile either. A new area is one more interface and one more field of Language. What goes by
// names that others give it, as actions of the audit log and fields of an export, is a map; a test wants each whole in every language.
//
// To add a language, copy en.go and what else is named for English (enWhy, enLeaving, enExport, enAudit), translate it line by
// line, as the texts in consents, and name it in spoken and in openapi.yaml's Locale.
package words

import "time"

// Language is one of them. It is written without field names: an area left out does not compile.
type Language struct {
	Locale    string // as users and clinics choose it
	Push      Push
	Clock     Clock
	Crisis    Crisis
	Clinic    Clinic
	Meaning   Meaning
	Reach     Reach
	Templates Templates
	Why       Why
	Leaving   Leaving
	Export    Export
	Audit     Audit
}

// spoken are the languages; who reads none of them reads the first.
var spoken = []Language{english, spanish}

// In is the language of a locale.
func In(locale string) Language {
	for _, language := range spoken {
		if language.Locale == locale {
			return language
		}
	}
	return spoken[0]
}

// Locales are the languages that there are to choose from.
func Locales() []string {
	var all []string
	for _, language := range spoken {
		all = append(all, language.Locale)
	}
	return all
}

// Push is the closed list of sentences that a push may say. Nothing else ever leaves for FCM: no kind of treatment, no
// group, person, place or title. Weekday and clock time only: relative words go stale on a phone that was off. The times
// in them are Clock's, with the zone behind them where it has to be named.
type Push interface {
	Session(start string) string // one session or meeting
	Homework(due string) string  // one assignment
	Several(n int, first string) string
	Answered(when string) string // to staff: of a session that somebody cannot come to
	Waiting(n int) string        // to staff: what somebody handed in
	Off(was string) string
	Moved(was, now string) string
	Test() string  // the clinic tries whether a push arrives
	Proof() string // a phone that somebody else had shows that it gets what is sent to it
}

// Clock writes an instant by the zone that it is in.
type Clock interface {
	When(t time.Time) string  // weekday and time
	Start(t time.Time) string // the same, as the beginning of something
	Time(t time.Time) string  // for what is on the day that was just named
	Dated(t time.Time) string // with the date, for what is not in the same week
	Date(t time.Time) string  // with the year, without the time
}

// Crisis are the labels of the numbers to call now. Each says what somebody in need has to know to be understood there.
type Crisis interface {
	Emergency() string
	Lifeline() string // 988
	Helpline() string // SAMHSA's
	AfterHours(clinic string) string
}

// Clinic are the labels of the clinic's own telephones.
type Clinic interface {
	FrontDesk() string
	AfterHours() string
	OnCall() string
}

// Meaning says what is known of a reminder's arrival, to its reader and to their counselor, and no more than that.
type Meaning interface {
	Opened() string
	ReachedPhone() string
	Sent() string
	MaybeSent() string
	Planned() string
	MaybeArrived() string
	Expired() string
	Unreachable() string
	TurnedOff() string
	Unwanted() string // of its kind alone
	Capped() string
	Rejected() string
	TakenBack() string
}

// Reach tells staff what to do when reminders cannot reach somebody, or may not.
type Reach interface {
	NotEnrolled() string
	Left() string // of their own accord
	NoConsent() string
	NoDevice() string
	RegistrationDead() string
	PermissionOff() string
	Proving() string
	Doubtful() string
}
