package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"handrail/models"
	"handrail/models/schedule"
)

// language is the closed list of texts that a push may say, in one language. Nothing else ever leaves for FCM: no kind
// of treatment, no group, person, place or title. Weekday and clock time only: relative words go stale on a phone that
// was off.
type language struct {
	session  func(at string) string // one session or meeting
	homework func(at string) string // one assignment
	several  func(n int, first string) string
	off      func(was string) string
	moved    func(was, now string) string
	// when writes an instant in its zone; dated adds the date, for what is not in the same week.
	when  func(t time.Time) string
	start func(t time.Time) string // as the beginning of something
	clock func(t time.Time) string
	dated func(t time.Time) string
}

// languageOf is the reader's language; one that Handrail does not speak is English.
func languageOf(locale string) language {
	switch locale {
	default:
		return english()
	}
}

// textOf says what a push is about. Corrections come first; what else the push carries follows in a sentence of its own,
// because it replaces on the phone what was said before.
func textOf(push models.DuePush) (string, error) {
	words := languageOf(push.Locale)
	reader, err := schedule.LoadZone(push.Zone)
	if err != nil {
		return "", err
	}
	var sentences []string
	var rest []models.Thing
	things := slices.SortedStableFunc(slices.Values(push.Things), func(a, b models.Thing) int { return int(a.AboutAt.Sub(b.AboutAt)) })
	for _, thing := range things {
		if thing.WasAt == nil {
			rest = append(rest, thing)
			continue
		}
		sentence, err := words.correction(thing, reader)
		if err != nil {
			return "", err
		}
		sentences = append(sentences, sentence)
	}
	if len(rest) > 0 {
		sentence, err := words.announcement(rest, reader)
		if err != nil {
			return "", err
		}
		sentences = append(sentences, sentence)
	}
	return strings.Join(sentences, " "), nil
}

func (l language) announcement(things []models.Thing, reader *time.Location) (string, error) {
	form, say := l.start, l.session
	switch {
	case len(things) > 1:
		form, say = l.when, func(first string) string { return l.several(len(things), first) }
	case things[0].Kind == models.RemindHomework:
		form, say = l.when, l.homework
	}
	at, err := l.whenOf(things[0], things[0].AboutAt, reader, form)
	return say(at), err
}

func (l language) correction(thing models.Thing, reader *time.Location) (string, error) {
	was, err := l.whenOf(thing, *thing.WasAt, reader, l.when)
	if err != nil || *thing.WasAt == thing.AboutAt {
		return l.off(was), err
	}
	zone, err := zoneOf(thing, reader)
	if err != nil {
		return "", err
	}
	before, after := thing.WasAt.Time().In(zone), thing.AboutAt.Time().In(zone)
	form := l.when
	switch days := daysBetween(before, after); {
	case days == 0:
		form = l.clock
	case days > 5: // "Tue is now Tue" would say nothing
		form = l.dated
	}
	now, err := l.whenOf(thing, thing.AboutAt, reader, form)
	return l.moved(was, now), err
}

func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(a).Sub(day(b)).Abs() / (24 * time.Hour))
}

// zoneOf is where a thing's time is read: where the session is, or where the reader is when there is no place to be at.
func zoneOf(thing models.Thing, reader *time.Location) (*time.Location, error) {
	if thing.Zone == "" || thing.Telehealth {
		return reader, nil
	}
	return schedule.LoadZone(thing.Zone)
}

// whenOf writes an instant; the zone is named where the reader's clock shows another time.
func (l language) whenOf(thing models.Thing, at models.Instant, reader *time.Location, form func(time.Time) string) (string, error) {
	zone, err := zoneOf(thing, reader)
	if err != nil {
		return "", err
	}
	there := at.Time().In(zone)
	name, offset := there.Zone()
	if _, own := at.Time().In(reader).Zone(); own != offset {
		return fmt.Sprintf("%s %s", form(there), name), nil
	}
	return form(there), nil
}
