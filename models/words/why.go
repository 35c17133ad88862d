package words

import "fmt"

// Why tells its reader what timed a reminder, one step each. Comes is the sentence for all of it: when, and the last step.
type Why interface {
	Comes(when, because string) string
	DaysBefore(days int) string
	DaysBeforeAt(days int, at string) string // at: as Clock.Time writes it
	HoursBefore(hours int) string
	MinutesBefore(minutes int) string
	Practice() string
	Waited(days int, at string) string // of what somebody handed in
	Answered() string                  // somebody cannot come
	Changed() string
	Tested() string
	OwnSession() string
	QuietStart() string
	QuietEnd() string
	Rested() string
	Gathered() string
	Spread() string
	Sent() string
}

type enWhy struct{}

func (enWhy) Comes(when, because string) string { return when + ": " + because }
func (enWhy) DaysBefore(days int) string {
	return count(days, "day") + " before, at the same time of day."
}
func (enWhy) DaysBeforeAt(days int, at string) string {
	if days == 0 {
		return "On the day itself, at " + at + "."
	}
	return count(days, "day") + " before, at " + at + "."
}
func (enWhy) HoursBefore(hours int) string { return count(hours, "hour") + " before." }
func (enWhy) MinutesBefore(minutes int) string {
	return count(minutes, "minute") + " before."
}
func (enWhy) Practice() string { return "The day's practice, at the time that was chosen for it." }
func (enWhy) Waited(days int, at string) string {
	if days == 0 {
		return "On the day it was handed in, at " + at + "."
	}
	return count(days, "day") + " after it was handed in, at " + at + "."
}
func (enWhy) Answered() string   { return "Somebody said then that they cannot come." }
func (enWhy) Changed() string    { return "It changed then." }
func (enWhy) Tested() string     { return "Your clinic tried then whether a push arrives." }
func (enWhy) OwnSession() string { return "Half an hour before a session of yours, not during it." }
func (enWhy) QuietStart() string { return "Moved to the start of your quiet hours." }
func (enWhy) QuietEnd() string   { return "Moved to the end of your quiet hours." }
func (enWhy) Rested() string     { return "It waited a little, in case more changed." }
func (enWhy) Gathered() string   { return "Sent together with something else, as one." }
func (enWhy) Spread() string {
	return "Less than a minute early, so that not everybody's goes at once."
}
func (enWhy) Sent() string { return "It was sent then." }

type esWhy struct{}

func (esWhy) Comes(when, because string) string { return "Para " + when + ": " + because }
func (esWhy) DaysBefore(days int) string {
	return count(days, "día") + " antes, a la misma hora."
}
func (esWhy) DaysBeforeAt(days int, at string) string {
	if days == 0 {
		return closed("El mismo día, " + at)
	}
	return closed(count(days, "día") + " antes, " + at)
}
func (esWhy) HoursBefore(hours int) string { return count(hours, "hora") + " antes." }
func (esWhy) MinutesBefore(minutes int) string {
	return count(minutes, "minuto") + " antes."
}
func (esWhy) Practice() string { return "La práctica del día, a la hora que se eligió para ella." }
func (esWhy) Waited(days int, at string) string {
	if days == 0 {
		return closed("El día de la entrega, " + at)
	}
	return closed(count(days, "día") + " después de la entrega, " + at)
}
func (esWhy) Answered() string   { return "Alguien avisó entonces que no puede venir." }
func (esWhy) Changed() string    { return "Cambió entonces." }
func (esWhy) Tested() string     { return "Tu clínica probó entonces si llega una notificación." }
func (esWhy) OwnSession() string { return "Media hora antes de una sesión tuya, no durante ella." }
func (esWhy) QuietStart() string { return "Se pasó al inicio de tus horas de silencio." }
func (esWhy) QuietEnd() string   { return "Se pasó al final de tus horas de silencio." }
func (esWhy) Rested() string     { return "Esperó un poco, por si cambiaba algo más." }
func (esWhy) Gathered() string   { return "Se envía junto con otra cosa, en un solo aviso." }
func (esWhy) Spread() string {
	return "Menos de un minuto antes, para que no salgan todos a la vez."
}
func (esWhy) Sent() string { return "Se envió entonces." }

// count is a number of some unit, where the plural is an s.
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
