package words

import (
	"fmt"
	"strings"
	"time"
)

// Spanish as it is spoken in the United States. It says tú, never usted, as health apps do here and as peers do among
// themselves. «La persona» and the like keep it from saying whether its reader is a man or a woman.
var spanish = Language{"es", esPush{}, esClock{}, esCrisis{}, esClinic{}, esMeaning{}}

// A time comes with its article, «el martes a las 6:00 p.m.»: so it fits every sentence, and «de el» is «del».
type esPush struct{}

func (esPush) Session(start string) string { return closed("Tienes algo " + start) }
func (esPush) Homework(due string) string {
	return closed("Tienes algo que terminar a más tardar " + due)
}
func (esPush) Several(n int, first string) string {
	return closed(fmt.Sprintf("Tienes %d cosas; la primera, %s", n, first))
}
func (esPush) Off(was string) string        { return closed("Se canceló lo d" + was) }
func (esPush) Moved(was, now string) string { return closed("Lo d" + was + " ahora es " + now) }

// Twelve hours with «a.m.» and «p.m.», closed up, as CLDR has it for es-US: so the phone's own clock writes it, and a line
// never breaks within it (the Academy's «p. m.» could). Weekdays and months in full: «mar» is Tuesday, March and the sea.
type esClock struct{}

func (esClock) When(t time.Time) string  { return "el " + esDay(t) + " " + esTime(t) }
func (esClock) Start(t time.Time) string { return "el " + esDay(t) + " " + esTime(t) }
func (esClock) Time(t time.Time) string  { return esTime(t) }
func (esClock) Dated(t time.Time) string {
	return fmt.Sprintf("el %s %d de %s %s", esDay(t), t.Day(), esMonth(t), esTime(t))
}

// Where a line is answered in Spanish, its label says how to get there.
type esCrisis struct{}

func (esCrisis) Emergency() string { return "Emergencias" }
func (esCrisis) Lifeline() string {
	return "Línea 988 de Prevención del Suicidio y Crisis (en español: llama y oprime 2, o envía AYUDA por mensaje de texto)"
}
func (esCrisis) Helpline() string                { return "Línea Nacional de Ayuda de SAMHSA (también en español)" }
func (esCrisis) AfterHours(clinic string) string { return clinic + " (fuera de horario)" }

type esClinic struct{}

func (esClinic) FrontDesk() string  { return "Recepción" }
func (esClinic) AfterHours() string { return "Fuera de horario" }
func (esClinic) OnCall() string     { return "Personal de guardia" }

type esMeaning struct{}

func (esMeaning) Opened() string { return "La app avisó que se abrió." }
func (esMeaning) ReachedPhone() string {
	return "La app avisó que llegó al teléfono. No se sabe si alguien lo leyó."
}
func (esMeaning) Sent() string { return "Se envió; no se sabe si llegó." }
func (esMeaning) MaybeSent() string {
	return "Puede que se haya enviado; se volverá a enviar hasta que haya una respuesta clara."
}
func (esMeaning) Planned() string { return "Programado." }
func (esMeaning) MaybeArrived() string {
	return "Nunca hubo una respuesta clara mientras aún servía; puede que haya llegado."
}
func (esMeaning) Expired() string     { return "No se pudo enviar mientras aún servía." }
func (esMeaning) Unreachable() string { return "No había ningún teléfono al que enviarlo." }
func (esMeaning) TurnedOff() string {
	return "Esta persona no permite recordatorios en el teléfono."
}
func (esMeaning) Capped() string { return "Habrían sido demasiados en un mismo día." }
func (esMeaning) Rejected() string {
	return "El servicio de notificaciones lo rechazó por incorrecto: es una falla de este servidor."
}
func (esMeaning) TakenBack() string { return "Se retiró: cambió aquello de lo que avisaba." }

// closed ends a sentence: the period of «p.m.» is the sentence's too.
func closed(sentence string) string { return strings.TrimSuffix(sentence, ".") + "." }

func esDay(t time.Time) string {
	return [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}[t.Weekday()]
}

func esMonth(t time.Time) string {
	return [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio",
		"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}[t.Month()-1]
}

func esTime(t time.Time) string {
	article, half := "a las ", " a.m."
	if t.Hour()%12 == 1 {
		article = "a la "
	}
	if t.Hour() >= 12 {
		half = " p.m."
	}
	return article + t.Format("3:04") + half
}
