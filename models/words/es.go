package words

import (
	"fmt"
	"strings"
	"time"
)

// Spanish as it is spoken in the United States. It says tú, never usted, as health apps do here and as peers do among
// themselves. «La persona» and the like keep it from saying whether its reader is a man or a woman.
var spanish = Language{"es", esPush{}, esClock{}, esCrisis{}, esClinic{}, esMeaning{}, esReach{}, esTemplates{}, esWhy{}, esLeaving{}, esExport{}, esAudit}

// A time comes with its article, «el martes a las 6:00 p.m.»: so it fits every sentence, and «de el» is «del».
type esPush struct{}

func (esPush) Session(start string) string { return closed("Tienes algo " + start) }
func (esPush) Homework(due string) string {
	return closed("Tienes algo que terminar a más tardar " + due)
}
func (esPush) Several(n int, first string) string {
	return closed(fmt.Sprintf("Tienes %d cosas; la primera, %s", n, first))
}
func (esPush) Answered(when string) string { return closed("Alguien avisó algo sobre lo d" + when) }
func (esPush) Waiting(n int) string {
	if n == 1 {
		return "Algo espera tu respuesta."
	}
	return fmt.Sprintf("%d cosas esperan tu respuesta.", n)
}
func (esPush) Off(was string) string        { return closed("Se canceló lo d" + was) }
func (esPush) Moved(was, now string) string { return closed("Lo d" + was + " ahora es " + now) }
func (esPush) Test() string                 { return "Esto es una prueba." }
func (esPush) Proof() string                { return "Comprobando este teléfono." }

// Twelve hours with «a.m.» and «p.m.», closed up, as CLDR has it for es-US: so the phone's own clock writes it, and a line
// never breaks within it (the Academy's «p. m.» could). Weekdays and months in full: «mar» is Tuesday, March and the sea.
type esClock struct{}

func (esClock) When(t time.Time) string  { return "el " + esDay(t) + " " + esTime(t) }
func (esClock) Start(t time.Time) string { return "el " + esDay(t) + " " + esTime(t) }
func (esClock) Time(t time.Time) string  { return esTime(t) }
func (esClock) Dated(t time.Time) string {
	return fmt.Sprintf("el %s %d de %s %s", esDay(t), t.Day(), esMonth(t), esTime(t))
}
func (esClock) Date(t time.Time) string {
	return fmt.Sprintf("%d de %s de %d", t.Day(), esMonth(t), t.Year())
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
func (esMeaning) Unwanted() string {
	return "La persona desactivó los recordatorios de este tipo."
}
func (esMeaning) Capped() string { return "Habrían sido demasiados en un mismo día." }
func (esMeaning) Rejected() string {
	return "El servicio de notificaciones lo rechazó por incorrecto: es una falla de este servidor."
}
func (esMeaning) TakenBack() string { return "Se retiró: cambió aquello de lo que avisaba." }

type esReach struct{}

func (esReach) NotEnrolled() string {
	return "Todavía no ha entrado en la app. Entréguele un código y dele tiempo para hacerlo con usted al lado."
}
func (esReach) Left() string {
	return "Esta persona dejó Handrail e hizo borrar lo que había en su teléfono. Se conserva lo que la clínica debe conservar. Con un código nuevo puede volver, si quiere."
}
func (esReach) NoConsent() string {
	return "No ha aceptado recordatorios en el teléfono. Es su decisión; puede preguntarle si sigue queriéndolo así."
}
func (esReach) NoDevice() string {
	return "No tiene la sesión abierta en ningún teléfono. Entréguele un código si la quiere abrir."
}
func (esReach) RegistrationDead() string {
	return "La app de su teléfono ya no recibe recordatorios. Pídale que la abra una vez y que vuelva a entrar si se lo pide."
}
func (esReach) PermissionOff() string {
	return "Su teléfono no deja que la app muestre notificaciones. Pídale que lo permita en los ajustes del teléfono y que abra la app una vez."
}
func (esReach) Proving() string {
	return "En su teléfono había entrado otra persona y se está comprobando. Si sigue así, pídale que abra la app una vez con el teléfono en línea."
}
func (esReach) Doubtful() string {
	return "Hace 30 días que no se sabe de su teléfono; los recordatorios se envían, pero quizá no lleguen. Pídale que abra la app una vez."
}

// Homework speaks to its reader as somebody would who is on their side.
type esTemplates struct{}

func (esTemplates) ThoughtRecord() ThoughtRecord {
	return ThoughtRecord{
		Heading{"Registro de pensamientos", "Elige un momento que fue difícil. Escribe qué pasó y qué te vino a la mente, y luego míralo como lo haría un buen amigo."},
		Field{"¿Qué pasó?", "¿Quién estaba, dónde y cuándo? Solo lo que habría visto una cámara."},
		Field{"¿Qué te vino a la mente?", "La frase o la imagen que llegó primero."},
		Field{"¿Qué sentiste?", "Bastan una o dos palabras: ansiedad, vergüenza, enojo."},
		Field{"¿Qué tan fuerte fue?", "0 es nada, 10 es lo más fuerte posible."},
		Field{"¿Qué apoya ese pensamiento?", "Hechos, no sentimientos."},
		Field{"¿Qué habla en contra?", "¿Qué diría un amigo? ¿Alguna vez resultó de otra manera?"},
		Field{"Un pensamiento que sea justo con ambas partes", "No tiene que ser alegre, solo justo."},
		Field{"¿Qué tan fuerte es el sentimiento ahora?", "0 es nada, 10 es lo más fuerte posible."},
	}
}

func (esTemplates) TriggerLog() TriggerLog {
	return TriggerLog{
		Heading{"Registro de detonantes", "Cuando llegue un impulso, anótalo aquí lo antes que puedas. Cada uno que notas sirve, sin importar lo que hayas hecho después."},
		Field{"Impulsos que noté", "Una línea para cada uno."},
		Field{"Día", "Cuándo fue."},
		Field{"¿Qué estaba pasando?", "Dónde estabas y qué hacías."},
		Field{"¿Qué lo provocó?", "Lo que más se acerque."},
		Field{"¿Qué tan fuerte fue el impulso?", "0 es apenas, 10 es lo más fuerte posible."},
		Field{"¿Qué hiciste?", "Todo cuenta, esperar también."},
		Field{"¿Qué notas al verlos todos juntos?", "Horas, lugares o personas que se repiten."},
		"Personas", "Un lugar", "Un sentimiento", "Algo que pasó", "Otra cosa",
	}
}

func (esTemplates) CopingPractice() CopingPractice {
	return CopingPractice{
		Heading{"Práctica de afrontamiento", "Prueba una habilidad cuando todo esté en calma, para que esté ahí cuando no lo esté."},
		Field{"¿Qué habilidad probaste?", "Con una basta."},
		Field{"¿Cómo lo hiciste?", "Dónde, por cuánto tiempo, con quién."},
		Field{"¿Qué tanta tensión sentías antes?", "0 es calma, 10 es la mayor tensión posible."},
		Field{"¿Qué tanta tensión sentías después?", "0 es calma, 10 es la mayor tensión posible."},
		Field{"¿Qué quieres recordar de esto?", "Lo que harías igual, o de otra manera."},
		"Respiración", "Conexión con los cinco sentidos", "Dejar pasar un impulso", "Caminar u otro movimiento", "Llamar a alguien", "Otra cosa",
	}
}

func (esTemplates) RelapsePreventionPlan() RelapsePreventionPlan {
	return RelapsePreventionPlan{
		Heading{"Plan de prevención de recaídas", "Escribe esto para un día difícil mientras estás en uno mejor. Guárdalo donde puedas encontrarlo y muéstraselo a alguien de confianza."},
		Field{"Por qué hago esto", "Lo que te importa, en tus propias palabras."},
		Field{"Cómo noto que se pone más difícil", "Cambios en el sueño, el ánimo, los pensamientos, las costumbres."},
		Field{"Lo que lo hace más difícil", "Elige todo lo que sea cierto para ti."},
		Field{"Lo que me ayuda", "Cosas que puedes hacer por tu cuenta, a cualquier hora."},
		Field{"A quién puedo llamar", "Personas que lo saben y que quieren que llames."},
		Field{"Nombre", "Como le dices."},
		Field{"Cómo encontrar a esa persona", "Un número, o dónde está."},
		Field{"Dónde estoy a salvo", "Lugares donde es más fácil."},
		Field{"Qué hago si consumo", "Una recaída no es el final. ¿A quién llamas primero y adónde vas?"},
		"Estrés", "Discusiones", "Estar a solas", "Celebraciones", "Dinero en la mano", "Lugares de antes", "Dolor", "Otra cosa",
	}
}

func (esTemplates) Budget() Budget {
	return Budget{
		Heading{"Presupuesto mensual", "Anota lo que entra y lo que sale en un mes. Los números redondos sirven."},
		Field{"Lo que entra", "Salario, beneficios, ayuda."},
		Field{"De dónde", "Por ejemplo, salario."},
		Field{"Cantidad", "Por mes."},
		Field{"Lo que sale", "Empieza por la renta, la comida y el transporte."},
		Field{"Para qué", "Por ejemplo, renta."},
		Field{"Cantidad", "Por mes."},
		Field{"¿Puede esperar?", "Lo que más se acerque."},
		Field{"Lo que quiero ahorrar", "Por poco que sea."},
		Field{"Lo que hace más fácil el día de pago", "Por ejemplo, pagar las cuentas ese mismo día, o estar con alguien."},
		"Es necesario", "Puede esperar",
	}
}

func (esTemplates) CommunicationExercise() CommunicationExercise {
	return CommunicationExercise{
		Heading{"Ejercicio de comunicación", "Prepara una conversación, tenla y luego mira cómo fue. Empieza con una que no sea la más difícil."},
		Field{"¿Con quién?", "Un nombre o una palabra como hermana."},
		Field{"¿De qué se trata?", "Lo que más se acerque."},
		Field{"¿Qué quieres decir?", "\"Me siento … cuando … me gustaría …\" es un buen comienzo."},
		Field{"¿Cómo vas a mostrar que escuchas?", "Por ejemplo, repitiendo en tus palabras lo que oíste."},
		Field{"¿Cómo fue?", "Lo que dijo cada quien, hasta donde recuerdes."},
		Field{"¿Qué tanto mantuviste la calma?", "0 es nada, 10 es del todo."},
		"Pedir algo", "Decir que no", "Reparar algo", "Escuchar",
	}
}

func (esTemplates) Reading() Reading {
	return Reading{
		Heading{"Lectura", "Lee lo que acordaron, a tu propio ritmo, y quédate con lo que valga la pena."},
		Field{"¿Qué leíste?", "Título, capítulo o páginas."},
		Field{"¿Cuándo terminaste?", "Déjalo en blanco si todavía no acabas."},
		Field{"¿Cuál es la idea principal?", "En una o dos frases tuyas."},
		Field{"¿Qué de eso es cierto para ti?", "Y qué no."},
		Field{"¿Qué te gustaría preguntar?", "Tráelo a la próxima sesión."},
	}
}

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
