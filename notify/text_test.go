package notify

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/models"
	"handrail/models/words"
)

// The closed list, as the design says it; whatever a push says is made of these sentences and of nothing else.
var closedList = map[string]*regexp.Regexp{"en": inEnglish(), "es": inSpanish()}

const zoned = `( ([A-Z]{2,5}|[+-]\d{2}(\d{2})?))?`

func oneOf(sentences ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(` + strings.Join(sentences, `|`) + `)`)
}

func inEnglish() *regexp.Regexp {
	const (
		day   = `(Sun|Mon|Tue|Wed|Thu|Fri|Sat)`
		clock = `(1[0-2]|[1-9]):[0-5]\d (AM|PM)`
		when  = day + ` ` + clock + zoned
		dated = day + `, (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} ` + clock + zoned
	)
	return oneOf(
		`You have something `+day+` at `+clock+zoned+`\.`,
		`Something to finish by `+when+`\.`,
		when+` is off\.`,
		when+` is now (`+clock+zoned+`|`+when+`|`+dated+`)\.`,
		`\d+ things, first `+when+`\.`,
		`Someone sent word about `+when+`\.`,
		`Something waits for your answer\.`,
		`This is a test\.`,
		`Checking this phone\.`,
		`\d+ things wait for your answer\.`)
}

// The period that ends a sentence is that of p.m., where one stands before it.
func inSpanish() *regexp.Regexp {
	const (
		day   = `l (domingo|lunes|martes|miércoles|jueves|viernes|sábado) `
		clock = `a (la 1|las (1[0-2]|[2-9])):[0-5]\d [ap]\.m\.`
		end   = `( ([A-Z]{2,5}|[+-]\d{2}(\d{2})?)\.)?`
		dated = `l (domingo|lunes|martes|miércoles|jueves|viernes|sábado) [1-3]?\d de (enero|febrero|marzo|abril|mayo|junio|julio|agosto|` +
			`septiembre|octubre|noviembre|diciembre) `
	)
	return oneOf(
		`Tienes algo e`+day+clock+end,
		`Tienes algo que terminar a más tardar e`+day+clock+end,
		`Se canceló lo de`+day+clock+end,
		`Lo de`+day+clock+zoned+` ahora es (e`+day+`|e`+dated+`)?`+clock+end,
		`Tienes \d+ cosas; la primera, e`+day+clock+end,
		`Alguien avisó algo sobre lo de`+day+clock+end,
		`Algo espera tu respuesta\.`,
		`Esto es una prueba\.`,
		`Comprobando este teléfono\.`,
		`\d+ cosas esperan tu respuesta\.`)
}

func isFromTheList(locale, text string) bool {
	if text == "" {
		return false
	}
	for text != "" {
		sentence := closedList[locale].FindString(text)
		if sentence == "" {
			return false
		}
		text = strings.TrimPrefix(text[len(sentence):], " ")
	}
	return true
}

func TestTheClosedListIsInEveryLanguage(t *testing.T) {
	if diff := cmp.Diff(words.Locales(), slices.Sorted(maps.Keys(closedList))); diff != "" {
		t.Error(diff)
	}
}

func TestEveryTextIsFromTheClosedList(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 11))
	zones := []string{"America/New_York", "America/Los_Angeles", "America/Phoenix", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo",
		"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"}
	kinds := []string{models.RemindSession, models.RemindMeeting, models.RemindHomework, models.RemindReview, models.RemindRSVP, models.RemindTest}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	for range 20000 {
		push := models.DuePush{Locale: pick(words.Locales()), Zone: pick(zones)}
		for range 1 + random.IntN(4) {
			at := models.InstantOf(time.Unix(1_790_000_000+random.Int64N(40_000_000)/300*300, 0))
			thing := models.Thing{ReminderID: "secret", Kind: pick(kinds), AboutAt: at, Zone: pick(zones), Telehealth: random.IntN(3) == 0}
			if thing.Kind == models.RemindHomework || thing.Kind == models.RemindReview {
				thing.Zone = ""
			}
			if !slices.Contains([]string{models.RemindReview, models.RemindRSVP, models.RemindTest}, thing.Kind) && random.IntN(3) == 0 {
				was := at.Add(time.Duration(random.IntN(30)-15) * 12 * time.Hour)
				thing.Kind, thing.WasAt = models.RemindCorrection, &was
			}
			push.Things = append(push.Things, thing)
		}
		text, err := textOf(push)
		if err != nil {
			t.Fatal(err)
		}
		if !isFromTheList(push.Locale, text) {
			t.Fatalf("not from the list: %q of %+v", text, push)
		}
	}
}

func TestTheListIsNotOpenToOtherWords(t *testing.T) {
	for locale, texts := range map[string][]string{
		"en": {"", "You have something today at 6:00 PM.", "You have group Tue at 6:00 PM.", "Tue 6:00 PM is off. See you.",
			"Relapse prevention Tue 6:00 PM is off.", "Tue 18:00 is off.", "Tienes algo el martes a las 6:00 p.m."},
		"es": {"", "Tienes algo mañana a las 6:00 p.m.", "Tienes terapia el martes a las 6:00 p.m.", "Se canceló lo del martes a las 6:00 p.m. Te esperamos.",
			"Tienes algo el martes a las 6:00 p.m..", "Tienes algo el martes a las 1:00 p.m.", "Tienes algo el martes a las 18:00.", "Tue 6:00 PM is off."},
	} {
		for _, text := range texts {
			if isFromTheList(locale, text) {
				t.Errorf("%q passes", text)
			}
		}
	}
}

func TestWeekdayAndClockAreThoseOfTheZoneThatCounts(t *testing.T) {
	at := func(s string) models.Instant {
		i, err := models.ParseInstant(s)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	const ny, la, kolkata, phoenix = "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "America/Phoenix"
	session := models.Thing{Kind: models.RemindSession, AboutAt: at("2026-11-03T23:00:00Z"), Zone: ny}
	telehealth := session
	telehealth.Telehealth = true
	homework := models.Thing{Kind: models.RemindHomework, AboutAt: at("2026-11-04T02:00:00Z")}
	correction := func(was, now string, zone string) models.Thing {
		before := at(was)
		return models.Thing{Kind: models.RemindCorrection, AboutAt: at(now), WasAt: &before, Zone: zone}
	}
	tests := []struct {
		name, reader string
		things       []models.Thing
		english      string
		spanish      string
	}{
		{"in person, at home", ny, []models.Thing{session}, "You have something Tue at 6:00 PM.",
			"Tienes algo el martes a las 6:00 p.m."},
		{"in person, the reader elsewhere: the session's clock, its zone named", la, []models.Thing{session}, "You have something Tue at 6:00 PM EST.",
			"Tienes algo el martes a las 6:00 p.m. EST."},
		{"telehealth: the reader's clock", la, []models.Thing{telehealth}, "You have something Tue at 3:00 PM.",
			"Tienes algo el martes a las 3:00 p.m."},
		{"telehealth, another day for the reader", kolkata, []models.Thing{telehealth}, "You have something Wed at 4:30 AM.",
			"Tienes algo el miércoles a las 4:30 a.m."},
		{"homework: the reader's clock", la, []models.Thing{homework}, "Something to finish by Tue 6:00 PM.",
			"Tienes algo que terminar a más tardar el martes a las 6:00 p.m."},
		{"several: the first of them", ny, []models.Thing{homework, session}, "2 things, first Tue 6:00 PM.",
			"Tienes 2 cosas; la primera, el martes a las 6:00 p.m."},
		{"off", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-03T23:00:00Z", ny)}, "Tue 6:00 PM is off.",
			"Se canceló lo del martes a las 6:00 p.m."},
		{"moved on the same day", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-04T00:30:00Z", ny)}, "Tue 6:00 PM is now 7:30 PM.",
			"Lo del martes a las 6:00 p.m. ahora es a las 7:30 p.m."},
		{"moved to another day", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-05T23:00:00Z", ny)}, "Tue 6:00 PM is now Thu 6:00 PM.",
			"Lo del martes a las 6:00 p.m. ahora es el jueves a las 6:00 p.m."},
		{"moved a week: the date is named", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-10T23:00:00Z", ny)}, "Tue 6:00 PM is now Tue, Nov 10 6:00 PM.",
			"Lo del martes a las 6:00 p.m. ahora es el martes 10 de noviembre a las 6:00 p.m."},
		{"moved across a change of clocks, the reader in a zone without one", phoenix,
			[]models.Thing{correction("2026-10-31T22:00:00Z", "2026-11-01T23:00:00Z", ny)}, "Sat 6:00 PM EDT is now Sun 6:00 PM EST.",
			"Lo del sábado a las 6:00 p.m. EDT ahora es el domingo a las 6:00 p.m. EST."},
		{"a correction first, then what else the push carries", ny,
			[]models.Thing{homework, correction("2026-11-05T23:00:00Z", "2026-11-05T23:00:00Z", ny)}, "Thu 6:00 PM is off. Something to finish by Tue 9:00 PM.",
			"Se canceló lo del jueves a las 6:00 p.m. Tienes algo que terminar a más tardar el martes a las 9:00 p.m."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for locale, want := range map[string]string{"en": test.english, "es": test.spanish, "": test.english, "tlh": test.english} {
				got, err := textOf(models.DuePush{Zone: test.reader, Locale: locale, Things: test.things})
				if err != nil || got != want {
					t.Errorf("got %q, %v; want %q", got, err, want)
				}
			}
		})
	}
}

func TestAPushTooLargeIsNotComposed(t *testing.T) {
	push := models.DuePush{Zone: "UTC", Things: []models.Thing{{Kind: models.RemindHomework}}, Targets: []models.Target{{AckSecret: strings.Repeat("x", 4096)}}}
	if _, err := compose(push); err == nil {
		t.Fatal("FCM would refuse it")
	}
}
