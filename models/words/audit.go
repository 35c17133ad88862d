package words

// Audit tells clients what somebody did with their record, one phrase for each thing that can be noted of it; who it was
// stands beside it.
type Audit interface {
	AddSession() string
	AddToRoster() string
	AskAgain() string
	CancelSession() string
	ChangePassword() string
	CommentOnGoal() string
	CreateAssignment() string
	CreateCaseloadEntry() string
	CreateClient() string
	Discharge() string
	EndCaseloadEntry() string
	EndSeries() string
	ExportRecord() string
	GiveConsent() string
	HandOut() string
	InviteClient() string
	Leave() string
	ListAssignments() string
	ListAuditEvents() string
	ListCaseload() string
	ListClients() string
	ListConflicts() string
	ListConsents() string
	ListContacts() string
	ListEpisodes() string
	ListGoals() string
	ListPractice() string
	ListReminders() string
	ListRoster() string
	ListSessions() string
	ListUnreachable() string
	PreviewChange() string
	Purge() string
	ReadAssignment() string
	ReadAttendance() string
	ReadClient() string
	ReadProgress() string
	ReadReminder() string
	ReadSessionReminders() string
	ReceiveAssignment() string
	RecordAttendance() string
	RemoveFromRoster() string
	ReviewAssignment() string
	RevokeConsent() string
	SignIn() string
	SignInFailed() string
	SignOut() string
	StartEpisode() string
	TestPush() string
	UpdateAssignment() string
	UpdateClient() string
	UpdateRoster() string
	UpdateSeries() string
	UpdateSession() string
	WithdrawAssignment() string
	Other() string // what a newer server noted
}

type enAudit struct{}

func (enAudit) AddSession() string { return "Added a session to a series of yours." }
func (enAudit) AddToRoster() string {
	return "Put you on the list of those who come to a series of sessions."
}
func (enAudit) AskAgain() string            { return "Asked again for the answer to something done before." }
func (enAudit) CancelSession() string       { return "Cancelled a session of yours." }
func (enAudit) ChangePassword() string      { return "The password was changed." }
func (enAudit) CommentOnGoal() string       { return "Commented on a goal of yours." }
func (enAudit) CreateAssignment() string    { return "Gave you homework." }
func (enAudit) CreateCaseloadEntry() string { return "Made somebody responsible for your care." }
func (enAudit) CreateClient() string        { return "Began your record." }
func (enAudit) Discharge() string           { return "Noted that your treatment here has ended." }
func (enAudit) EndCaseloadEntry() string    { return "Ended that somebody is responsible for your care." }
func (enAudit) EndSeries() string           { return "Ended a series of sessions that you come to." }
func (enAudit) ExportRecord() string        { return "Made a copy of your whole record." }
func (enAudit) GiveConsent() string         { return "A consent of yours was recorded." }
func (enAudit) HandOut() string             { return "Gave homework to a group that you are in." }
func (enAudit) InviteClient() string        { return "Made a code with which you can sign in." }
func (enAudit) Leave() string               { return "Left, and had the record deleted or kept closed." }
func (enAudit) ListAssignments() string     { return "Looked through your homework." }
func (enAudit) ListAuditEvents() string     { return "Looked up who opened your record." }
func (enAudit) ListCaseload() string        { return "Looked up who is responsible for your care." }
func (enAudit) ListClients() string         { return "Saw you in the list of clients." }
func (enAudit) ListConflicts() string       { return "Saw that a session clashes with your other times." }
func (enAudit) ListConsents() string        { return "Looked up what you have agreed to." }
func (enAudit) ListContacts() string        { return "Looked through the contacts that you share." }
func (enAudit) ListEpisodes() string        { return "Looked up when you were in treatment here." }
func (enAudit) ListGoals() string           { return "Looked through your goals." }
func (enAudit) ListPractice() string        { return "Looked up when you practised." }
func (enAudit) ListReminders() string       { return "Looked through your reminders." }
func (enAudit) ListRoster() string {
	return "Saw you in the list of those who come to a series of sessions."
}
func (enAudit) ListSessions() string    { return "Looked through your sessions." }
func (enAudit) ListUnreachable() string { return "Saw that reminders may not reach you." }
func (enAudit) PreviewChange() string   { return "Looked at what a change would do to your sessions." }
func (enAudit) Purge() string           { return "The record was deleted for good." }
func (enAudit) ReadAssignment() string  { return "Read homework of yours." }
func (enAudit) ReadAttendance() string  { return "Looked up who comes to a session of yours." }
func (enAudit) ReadClient() string      { return "Opened your profile." }
func (enAudit) ReadProgress() string    { return "Looked at your progress." }
func (enAudit) ReadReminder() string    { return "Looked at what became of a reminder of yours." }
func (enAudit) ReadSessionReminders() string {
	return "Looked at which reminders of a session reached you."
}
func (enAudit) ReceiveAssignment() string { return "Noted that you handed in homework." }
func (enAudit) RecordAttendance() string  { return "Recorded who was at a session of yours." }
func (enAudit) RemoveFromRoster() string {
	return "Took you off the list of those who come to a series of sessions."
}
func (enAudit) ReviewAssignment() string { return "Answered homework of yours." }
func (enAudit) RevokeConsent() string    { return "That you no longer agree to something was recorded." }
func (enAudit) SignIn() string           { return "Signed in." }
func (enAudit) SignInFailed() string     { return "Somebody tried to sign in as you and did not get in." }
func (enAudit) SignOut() string          { return "Signed out." }
func (enAudit) StartEpisode() string     { return "Noted that your treatment goes on at another level." }
func (enAudit) TestPush() string         { return "Tried whether a reminder reaches your phone." }
func (enAudit) UpdateAssignment() string { return "Changed homework of yours." }
func (enAudit) UpdateClient() string     { return "Changed your profile." }
func (enAudit) UpdateRoster() string {
	return "Changed from when to when you come to a series of sessions."
}
func (enAudit) UpdateSeries() string       { return "Changed a series of sessions that you come to." }
func (enAudit) UpdateSession() string      { return "Changed a session of yours." }
func (enAudit) WithdrawAssignment() string { return "Withdrew homework of yours." }
func (enAudit) Other() string              { return "Did something else with your record." }

type esAudit struct{}

func (esAudit) AddSession() string { return "Agregó una sesión a una serie tuya." }
func (esAudit) AddToRoster() string {
	return "Te puso en la lista de quienes van a una serie de sesiones."
}
func (esAudit) AskAgain() string            { return "Volvió a pedir la respuesta a algo hecho antes." }
func (esAudit) CancelSession() string       { return "Canceló una sesión tuya." }
func (esAudit) ChangePassword() string      { return "Se cambió la contraseña." }
func (esAudit) CommentOnGoal() string       { return "Comentó una meta tuya." }
func (esAudit) CreateAssignment() string    { return "Te dio una tarea." }
func (esAudit) CreateCaseloadEntry() string { return "Encargó a alguien de tu atención." }
func (esAudit) CreateClient() string        { return "Abrió tu expediente." }
func (esAudit) Discharge() string           { return "Anotó que terminó tu tratamiento aquí." }
func (esAudit) EndCaseloadEntry() string {
	return "Anotó que alguien deja de encargarse de tu atención."
}
func (esAudit) EndSeries() string       { return "Terminó una serie de sesiones a la que vas." }
func (esAudit) ExportRecord() string    { return "Hizo una copia de todo tu expediente." }
func (esAudit) GiveConsent() string     { return "Se registró un consentimiento tuyo." }
func (esAudit) HandOut() string         { return "Dio una tarea a un grupo en el que estás." }
func (esAudit) InviteClient() string    { return "Creó un código con el que puedes entrar." }
func (esAudit) Leave() string           { return "Se dio de baja; el expediente se borra o queda cerrado." }
func (esAudit) ListAssignments() string { return "Revisó tus tareas." }
func (esAudit) ListAuditEvents() string { return "Consultó quién abrió tu expediente." }
func (esAudit) ListCaseload() string    { return "Consultó quién se encarga de tu atención." }
func (esAudit) ListClients() string     { return "Te vio en la lista de clientes." }
func (esAudit) ListConflicts() string   { return "Vio que una sesión choca con otros horarios tuyos." }
func (esAudit) ListConsents() string    { return "Consultó a qué has dado tu consentimiento." }
func (esAudit) ListContacts() string    { return "Revisó los contactos que compartes." }
func (esAudit) ListEpisodes() string    { return "Consultó cuándo has estado en tratamiento aquí." }
func (esAudit) ListGoals() string       { return "Revisó tus metas." }
func (esAudit) ListPractice() string    { return "Consultó cuándo practicaste." }
func (esAudit) ListReminders() string   { return "Revisó tus recordatorios." }
func (esAudit) ListRoster() string {
	return "Te vio en la lista de quienes van a una serie de sesiones."
}
func (esAudit) ListSessions() string    { return "Revisó tus sesiones." }
func (esAudit) ListUnreachable() string { return "Vio que los recordatorios quizá no te lleguen." }
func (esAudit) PreviewChange() string   { return "Miró cómo afectaría un cambio a tus sesiones." }
func (esAudit) Purge() string           { return "El expediente se borró para siempre." }
func (esAudit) ReadAssignment() string  { return "Leyó una tarea tuya." }
func (esAudit) ReadAttendance() string  { return "Consultó quién viene a una sesión tuya." }
func (esAudit) ReadClient() string      { return "Abrió tu perfil." }
func (esAudit) ReadProgress() string    { return "Miró tu progreso." }
func (esAudit) ReadReminder() string    { return "Miró qué pasó con un recordatorio tuyo." }
func (esAudit) ReadSessionReminders() string {
	return "Miró qué recordatorios de una sesión te llegaron."
}
func (esAudit) ReceiveAssignment() string { return "Anotó que entregaste una tarea." }
func (esAudit) RecordAttendance() string  { return "Registró quién estuvo en una sesión tuya." }
func (esAudit) RemoveFromRoster() string {
	return "Te quitó de la lista de quienes van a una serie de sesiones."
}
func (esAudit) ReviewAssignment() string { return "Respondió a una tarea tuya." }
func (esAudit) RevokeConsent() string    { return "Se registró que retiraste un consentimiento." }
func (esAudit) SignIn() string           { return "Entró en la cuenta." }
func (esAudit) SignInFailed() string     { return "Alguien intentó entrar en tu cuenta y no pudo." }
func (esAudit) SignOut() string          { return "Salió de la cuenta." }
func (esAudit) StartEpisode() string     { return "Anotó que tu tratamiento sigue en otro nivel." }
func (esAudit) TestPush() string         { return "Probó si un recordatorio llega a tu teléfono." }
func (esAudit) UpdateAssignment() string { return "Cambió una tarea tuya." }
func (esAudit) UpdateClient() string     { return "Cambió tu perfil." }
func (esAudit) UpdateRoster() string {
	return "Cambió desde cuándo y hasta cuándo vas a una serie de sesiones."
}
func (esAudit) UpdateSeries() string       { return "Cambió una serie de sesiones a la que vas." }
func (esAudit) UpdateSession() string      { return "Cambió una sesión tuya." }
func (esAudit) WithdrawAssignment() string { return "Retiró una tarea tuya." }
func (esAudit) Other() string              { return "Hizo otra cosa con tu expediente." }
