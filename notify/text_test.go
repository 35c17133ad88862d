package notify

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"handrail/models"
)

// The closed list, as the design says it; whatever a push says is made of these sentences and of nothing else.
var (
	zoned   = `( ([A-Z]{2,5}|[+-]\d{2}(\d{2})?))?`
	day     = `(Sun|Mon|Tue|Wed|Thu|Fri|Sat)`
	clock   = `(1[0-2]|[1-9]):[0-5]\d (AM|PM)`
	when    = day + ` ` + clock + zoned
	dated   = day + `, (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} ` + clock + zoned
	oneText = regexp.MustCompile(`^(` + strings.Join([]string{
		`You have something ` + day + ` at ` + clock + zoned + `\.`,
		`Something to finish by ` + when + `\.`,
		when + ` is off\.`,
		when + ` is now (` + clock + zoned + `|` + when + `|` + dated + `)\.`,
		`\d+ things, first ` + when + `\.`,
	}, `|`) + `)`)
)

func isFromTheList(text string) bool {
	if text == "" {
		return false
	}
	for text != "" {
		sentence := oneText.FindString(text)
		if sentence == "" {
			return false
		}
		text = strings.TrimPrefix(text[len(sentence):], " ")
	}
	return true
}

func TestEveryTextIsFromTheClosedList(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 11))
	zones := []string{"America/New_York", "America/Los_Angeles", "America/Phoenix", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo",
		"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"}
	kinds := []string{models.RemindSession, models.RemindMeeting, models.RemindHomework}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	for range 20000 {
		push := models.DuePush{Locale: pick([]string{"en", "en-US", "es", ""}), Zone: pick(zones)}
		for range 1 + random.IntN(4) {
			at := models.InstantOf(time.Unix(1_790_000_000+random.Int64N(40_000_000)/300*300, 0))
			thing := models.Thing{ReminderID: "secret", Kind: pick(kinds), AboutAt: at, Zone: pick(zones), Telehealth: random.IntN(3) == 0}
			if thing.Kind == models.RemindHomework {
				thing.Zone = ""
			} else if random.IntN(3) == 0 {
				was := at.Add(time.Duration(random.IntN(30)-15) * 12 * time.Hour)
				thing.Kind, thing.WasAt = models.RemindCorrection, &was
			}
			push.Things = append(push.Things, thing)
		}
		text, err := textOf(push)
		if err != nil {
			t.Fatal(err)
		}
		if !isFromTheList(text) {
			t.Fatalf("not from the list: %q of %+v", text, push)
		}
	}
}

func TestTheListIsNotOpenToOtherWords(t *testing.T) {
	for _, text := range []string{"", "You have something today at 6:00 PM.", "You have group Tue at 6:00 PM.", "Tue 6:00 PM is off. See you.",
		"Relapse prevention Tue 6:00 PM is off.", "Tue 18:00 is off."} {
		if isFromTheList(text) {
			t.Errorf("%q passes", text)
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
		want         string
	}{
		{"in person, at home", ny, []models.Thing{session}, "You have something Tue at 6:00 PM."},
		{"in person, the reader elsewhere: the session's clock, its zone named", la, []models.Thing{session}, "You have something Tue at 6:00 PM EST."},
		{"telehealth: the reader's clock", la, []models.Thing{telehealth}, "You have something Tue at 3:00 PM."},
		{"telehealth, another day for the reader", kolkata, []models.Thing{telehealth}, "You have something Wed at 4:30 AM."},
		{"homework: the reader's clock", la, []models.Thing{homework}, "Something to finish by Tue 6:00 PM."},
		{"several: the first of them", ny, []models.Thing{homework, session}, "2 things, first Tue 6:00 PM."},
		{"off", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-03T23:00:00Z", ny)}, "Tue 6:00 PM is off."},
		{"moved on the same day", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-04T00:30:00Z", ny)}, "Tue 6:00 PM is now 7:30 PM."},
		{"moved to another day", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-05T23:00:00Z", ny)}, "Tue 6:00 PM is now Thu 6:00 PM."},
		{"moved a week: the date is named", ny, []models.Thing{correction("2026-11-03T23:00:00Z", "2026-11-10T23:00:00Z", ny)}, "Tue 6:00 PM is now Tue, Nov 10 6:00 PM."},
		{"moved across a change of clocks, the reader in a zone without one", phoenix,
			[]models.Thing{correction("2026-10-31T22:00:00Z", "2026-11-01T23:00:00Z", ny)}, "Sat 6:00 PM EDT is now Sun 6:00 PM EST."},
		{"a correction first, then what else the push carries", ny,
			[]models.Thing{homework, correction("2026-11-05T23:00:00Z", "2026-11-05T23:00:00Z", ny)}, "Thu 6:00 PM is off. Something to finish by Tue 9:00 PM."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := textOf(models.DuePush{Zone: test.reader, Locale: "en", Things: test.things})
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
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
