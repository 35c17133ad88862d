package words_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/models/words"
)

// same are texts that two languages may share: names, numbers.
var same = []string{"no", "Android", "iOS"}

// texts are all that a language says, by area and name; each text that takes something in is given it.
func texts(t *testing.T, language words.Language) map[string]string {
	t.Helper()
	given := map[reflect.Type]any{
		reflect.TypeFor[string]():    "Riverbend",
		reflect.TypeFor[int]():       2,
		reflect.TypeFor[time.Time](): time.Date(2026, 11, 10, 18, 0, 0, 0, time.UTC),
	}
	all := map[string]string{}
	areas := reflect.TypeFor[words.Language]()
	for field := range areas.Fields() {
		area := reflect.ValueOf(language).FieldByIndex(field.Index)
		if field.Type.Kind() == reflect.Map {
			collect(all, field.Name, area)
		}
		if field.Type.Kind() != reflect.Interface {
			continue
		}
		for method := range field.Type.Methods() {
			var in []reflect.Value
			for kind := range method.Type.Ins() {
				value, known := given[kind]
				if !known {
					t.Fatalf("%s.%s takes a %s: what is it to be given here?", field.Name, method.Name, kind)
				}
				in = append(in, reflect.ValueOf(value))
			}
			for _, said := range area.MethodByName(method.Name).Call(in) {
				collect(all, field.Name+"."+method.Name, said)
			}
		}
	}
	return all
}

// collect keeps the texts that a value holds, a struct's and a list's too.
func collect(all map[string]string, name string, said reflect.Value) {
	switch said.Kind() {
	case reflect.Struct:
		for i := range said.NumField() {
			collect(all, name+"."+said.Type().Field(i).Name, said.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range said.Len() {
			collect(all, fmt.Sprintf("%s[%d]", name, i), said.Index(i))
		}
	case reflect.Map:
		for _, key := range said.MapKeys() {
			collect(all, name+"."+key.String(), said.MapIndex(key))
		}
	case reflect.String:
		all[name] = said.String()
	}
}

func TestNoLanguageLeavesATextEmptyOrUntranslated(t *testing.T) {
	english := texts(t, words.In("en"))
	for _, locale := range words.Locales() {
		translated := texts(t, words.In(locale))
		if len(translated) < 20 {
			t.Fatalf("only %d texts are seen", len(translated))
		}
		for name, text := range translated {
			if strings.TrimSpace(text) == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s: %s is %q", locale, name, text)
			}
			if locale != "en" && text == english[name] && !slices.Contains(same, text) {
				t.Errorf("%s: %s is still English: %q", locale, name, text)
			}
		}
		if got, want := slices.Sorted(maps.Keys(translated)), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
			t.Errorf("%s and English do not say the same: %s", locale, cmp.Diff(want, got))
		}
	}
}

func TestEachLanguageIsFoundByItsLocaleAndAnyOtherIsEnglish(t *testing.T) {
	for _, locale := range words.Locales() {
		if got := words.In(locale).Locale; got != locale {
			t.Errorf("%s is %s", locale, got)
		}
	}
	for _, locale := range []string{"", "tlh", "ES", "es-US"} {
		if got := words.In(locale).Locale; got != "en" {
			t.Errorf("%q is %s", locale, got)
		}
	}
}

func TestSpanishTellsEveryHourOfTheDayAndEveryDayOfTheYear(t *testing.T) {
	clock := words.In("es").Clock
	for hour, want := range map[int]string{0: "a las 12:05 a.m.", 1: "a la 1:05 a.m.", 11: "a las 11:05 a.m.", 12: "a las 12:05 p.m.",
		13: "a la 1:05 p.m.", 14: "a las 2:05 p.m.", 23: "a las 11:05 p.m."} {
		if got := clock.Time(time.Date(2026, 3, 1, hour, 5, 0, 0, time.UTC)); got != want {
			t.Errorf("%d o'clock is %q, want %q", hour, got, want)
		}
	}
	for date, want := range map[string]string{"2026-01-03": "el sábado 3 de enero", "2026-03-01": "el domingo 1 de marzo", "2026-12-30": "el miércoles 30 de diciembre"} {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if got := clock.Dated(day); got != want+" a las 12:00 a.m." {
			t.Errorf("%s is %q", date, got)
		}
	}
}

func TestASentenceInSpanishEndsInOnePeriod(t *testing.T) {
	say := words.In("es").Push
	for at, want := range map[string]string{"el martes a las 6:00 p.m.": "Tienes algo el martes a las 6:00 p.m.",
		"el martes a las 6:00 p.m. EST": "Tienes algo el martes a las 6:00 p.m. EST."} {
		if got := say.Session(at); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
