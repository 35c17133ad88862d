package notify

import (
	"slices"
	"strings"
	"time"

	"handrail/models"
	"handrail/models/schedule"
	"handrail/models/words"
)

// saying is a push being put into words: its reader's language, and the zone of their clock.
type saying struct {
	words.Push
	clock  words.Clock
	reader *time.Location
}

// textOf says what a push is about, in words.Push and nothing else. Corrections come first; what else the push carries
// follows in a sentence of its own, because it replaces on the phone what was said before.
func textOf(push models.DuePush) (string, error) {
	reader, err := schedule.LoadZone(push.Zone)
	if err != nil {
		return "", err
	}
	language := words.In(push.Locale)
	say := saying{language.Push, language.Clock, reader}
	var sentences []string
	var rest []models.Thing
	waiting := 0
	things := slices.SortedStableFunc(slices.Values(push.Things), func(a, b models.Thing) int { return int(a.AboutAt.Sub(b.AboutAt)) })
	for _, thing := range things {
		switch {
		case thing.Kind == models.RemindTest:
			sentences = append(sentences, say.Test())
			continue
		case thing.Kind == models.RemindProof:
			sentences = append(sentences, say.Proof())
			continue
		case thing.Kind == models.RemindReview:
			waiting++
			continue
		case thing.Kind == models.RemindRSVP:
			at, err := say.whenOf(thing, thing.AboutAt, say.clock.When)
			if err != nil {
				return "", err
			}
			if sentence := say.Answered(at); !slices.Contains(sentences, sentence) { // however many they are
				sentences = append(sentences, sentence)
			}
			continue
		case thing.WasAt == nil:
			rest = append(rest, thing)
			continue
		}
		sentence, err := say.correction(thing)
		if err != nil {
			return "", err
		}
		if !slices.Contains(sentences, sentence) { // homework that is due at a session moves with it
			sentences = append(sentences, sentence)
		}
	}
	if len(rest) > 0 {
		sentence, err := say.announcement(rest)
		if err != nil {
			return "", err
		}
		sentences = append(sentences, sentence)
	}
	if waiting > 0 {
		sentences = append(sentences, say.Waiting(waiting))
	}
	return strings.Join(sentences, " "), nil
}

func (s saying) announcement(things []models.Thing) (string, error) {
	form, sentence := s.clock.Start, s.Session
	switch {
	case len(things) > 1:
		form, sentence = s.clock.When, func(first string) string { return s.Several(len(things), first) }
	case things[0].Kind == models.RemindHomework:
		form, sentence = s.clock.When, s.Homework
	}
	at, err := s.whenOf(things[0], things[0].AboutAt, form)
	return sentence(at), err
}

func (s saying) correction(thing models.Thing) (string, error) {
	was, err := s.whenOf(thing, *thing.WasAt, s.clock.When)
	if err != nil || *thing.WasAt == thing.AboutAt {
		return s.Off(was), err
	}
	zone, err := s.zoneOf(thing)
	if err != nil {
		return "", err
	}
	before, after := thing.WasAt.Time().In(zone), thing.AboutAt.Time().In(zone)
	form := s.clock.When
	switch days := daysBetween(before, after); {
	case days == 0:
		form = s.clock.Time
	case days > 5: // "Tue is now Tue" would say nothing
		form = s.clock.Dated
	}
	now, err := s.whenOf(thing, thing.AboutAt, form)
	return s.Moved(was, now), err
}

func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(a).Sub(day(b)).Abs() / (24 * time.Hour))
}

// zoneOf is where a thing's time is read: where the session is, or where the reader is when there is no place to be at.
func (s saying) zoneOf(thing models.Thing) (*time.Location, error) {
	if thing.Zone == "" || thing.Telehealth {
		return s.reader, nil
	}
	return schedule.LoadZone(thing.Zone)
}

// whenOf writes an instant; the zone is named where the reader's clock shows another time.
func (s saying) whenOf(thing models.Thing, at models.Instant, form func(time.Time) string) (string, error) {
	zone, err := s.zoneOf(thing)
	if err != nil {
		return "", err
	}
	there := at.Time().In(zone)
	name, offset := there.Zone()
	if _, own := at.Time().In(s.reader).Zone(); own != offset {
		return form(there) + " " + name, nil
	}
	return form(there), nil
}
