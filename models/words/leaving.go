package words

// Leaving tells somebody who leaves what of theirs is gone, and what their clinic has to keep.
type Leaving interface {
	Consents() string
	Reminders() string
	Meetings() string
	Contacts() string
	ReachOuts() string
	Drafts() string
	OwnWord() string
	Devices() string
	SignIns() string
	Invites() string
	Requests() string
	Preferences() string
	Credentials() string
	Record() string
	WhyRecord() string
	AuditLog() string
	WhyAuditLog() string
	InCare() string
	Until(date string) string
	Return() string
}

type enLeaving struct{}

func (enLeaving) Consents() string  { return "Everything that you allowed is withdrawn." }
func (enLeaving) Reminders() string { return "Reminders that were still to come." }
func (enLeaving) Meetings() string  { return "Meetings of your own, with their dates." }
func (enLeaving) Contacts() string  { return "The contacts of your support list." }
func (enLeaving) ReachOuts() string { return "What you noted of calls and meetings with them." }
func (enLeaving) Drafts() string    { return "Homework that you had begun and not handed in." }
func (enLeaving) OwnWord() string   { return "What you noted for yourself of meetings that you went to." }
func (enLeaving) Devices() string {
	return "Your phones, and the addresses at which they were reached."
}
func (enLeaving) SignIns() string  { return "Everywhere that you were signed in." }
func (enLeaving) Invites() string  { return "Codes that you had not used." }
func (enLeaving) Requests() string { return "What was remembered of your phone's requests." }
func (enLeaving) Preferences() string {
	return "How and when you wanted to be reminded, and when you cannot come."
}
func (enLeaving) Credentials() string { return "Your email address and your password." }
func (enLeaving) Record() string {
	return "Your treatment record: your name, your stretches of care, sessions and attendance, what you said beforehand of sessions, homework that you handed in and its answers, goals with their comments, consents, and the reminders that were sent."
}
func (enLeaving) WhyRecord() string {
	return "Whoever gives treatment has to keep a record of it for years, whether or not an app is used (your state's law on treatment records; 45 CFR §164.316(b)(2)(i))."
}
func (enLeaving) AuditLog() string { return "The log of who opened or changed your record, and when." }
func (enLeaving) WhyAuditLog() string {
	return "It protects you: it shows afterwards who saw what, so nobody may take anything out of it (45 CFR §164.312(b), 42 CFR §2.16)."
}
func (enLeaving) InCare() string {
	return "You are still in care at your clinic, so there is no date yet: the time for which it is kept begins when your care ends."
}
func (enLeaving) Until(date string) string { return "Your record is deleted for good on " + date + "." }
func (enLeaving) Return() string {
	return "You are welcome back at any time: your clinic can give you a new code."
}

type esLeaving struct{}

func (esLeaving) Consents() string  { return "Todo lo que permitiste queda retirado." }
func (esLeaving) Reminders() string { return "Los recordatorios que faltaban por llegar." }
func (esLeaving) Meetings() string  { return "Tus propias reuniones, con sus fechas." }
func (esLeaving) Contacts() string  { return "Los contactos de tu lista de apoyo." }
func (esLeaving) ReachOuts() string { return "Lo que anotaste de llamadas y encuentros con ellos." }
func (esLeaving) Drafts() string    { return "Las tareas que habías empezado sin entregarlas." }
func (esLeaving) OwnWord() string {
	return "Lo que anotaste para ti de las reuniones a las que fuiste."
}
func (esLeaving) Devices() string  { return "Tus teléfonos y las direcciones con que se les avisaba." }
func (esLeaving) SignIns() string  { return "Todas tus sesiones abiertas en la aplicación." }
func (esLeaving) Invites() string  { return "Los códigos que no usaste." }
func (esLeaving) Requests() string { return "Lo que se recordaba de las solicitudes de tu teléfono." }
func (esLeaving) Preferences() string {
	return "Cómo y cuándo querías recordatorios, y cuándo no puedes venir."
}
func (esLeaving) Credentials() string { return "Tu correo electrónico y tu contraseña." }
func (esLeaving) Record() string {
	return "Tu expediente de tratamiento: tu nombre, tus etapas de atención, las sesiones y la asistencia, lo que avisaste antes de las sesiones, las tareas que entregaste y sus respuestas, las metas con sus comentarios, los consentimientos y los recordatorios que se enviaron."
}
func (esLeaving) WhyRecord() string {
	return "Quien da tratamiento debe guardar un expediente durante años, se use o no una aplicación (la ley de tu estado sobre expedientes; 45 CFR §164.316(b)(2)(i))."
}
func (esLeaving) AuditLog() string {
	return "El registro de quién abrió o cambió tu expediente, y cuándo."
}
func (esLeaving) WhyAuditLog() string {
	return "Te protege: muestra después quién vio qué, y por eso nadie puede quitarle nada (45 CFR §164.312(b), 42 CFR §2.16)."
}
func (esLeaving) InCare() string {
	return "Todavía recibes atención en tu clínica, así que aún no hay fecha: el plazo empieza cuando termine tu atención."
}
func (esLeaving) Until(date string) string {
	return "Tu expediente se borra definitivamente el " + date + "."
}
func (esLeaving) Return() string {
	return "Puedes volver cuando quieras: tu clínica puede darte un código nuevo."
}
