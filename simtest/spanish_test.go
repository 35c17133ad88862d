package simtest

import (
	"regexp"
	"strings"
)

// What a push says in Spanish is read as what it would say in English: the oracle has a closed list of its own, in both.
var (
	inSpanish = regexp.MustCompile(`^(Tienes|Se canceló|Lo d)`)
	spanish   = []struct {
		is *regexp.Regexp
		as string
	}{
		{regexp.MustCompile(`([ap])\.m\.`), "${1}m"},
		{regexp.MustCompile(`(^|[^\d])(\d+:\d\d) am`), "$1$2 AM"}, {regexp.MustCompile(`(^|[^\d])(\d+:\d\d) pm`), "$1$2 PM"},
		{regexp.MustCompile(`(^|\. | )Tienes algo que terminar a más tardar el `), "|Something to finish by el "},
		{regexp.MustCompile(`(^|\. | )Tienes (\d+) cosas; la primera, el `), "|$2 things, first el "},
		{regexp.MustCompile(`(^|\. | )Tienes algo el (\S+) a las? `), "|You have something el $2 at "},
		{regexp.MustCompile(`(^|\. | )Se canceló lo del ([^|]*?[AP]M(?: [A-Z0-9+-]{2,})?)`), "|el $2 is off"},
		{regexp.MustCompile(`(^|\. | )Lo del ([^|]*?) ahora es (a las? )?`), "|el $2 is now "},
		{regexp.MustCompile(`el (\S+) (\d+) de (\S+) a las? `), "el $1, $3 $2 "},
		{regexp.MustCompile(`el (\S+) a las? `), "el $1 "},
	}
	spanishNames = strings.NewReplacer("el domingo", "Sun", "el lunes", "Mon", "el martes", "Tue", "el miércoles", "Wed", "el jueves", "Thu", "el viernes", "Fri",
		"el sábado", "Sat", "enero", "Jan", "febrero", "Feb", "marzo", "Mar", "abril", "Apr", "mayo", "May", "junio", "Jun", "julio", "Jul", "agosto", "Aug",
		"septiembre", "Sep", "octubre", "Oct", "noviembre", "Nov", "diciembre", "Dec")
)

// fromSpanish turns a Spanish text into the English one, sentences apart as there.
func fromSpanish(text string) string {
	for _, x := range spanish {
		text = x.is.ReplaceAllString(text, x.as)
	}
	text = strings.TrimPrefix(strings.ReplaceAll(text, ".|", "|"), "|")
	return spanishNames.Replace(strings.ReplaceAll(text, "|", ". "))
}

// languageOf is the language of a text.
func languageOf(text string) string {
	if inSpanish.MatchString(text) {
		return "es"
	}
	return "en"
}
