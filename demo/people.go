package demo

import "handrail/notify/fcmtest"

// counselors run the invented clinic, each with six of its clients.
var counselors = []struct{ name, email string }{{"Dana Reyes", "dana"}, {"Lee Okafor", "lee"}}

// client is somebody invented. Weeks is how long ago they came, counselor whose caseload they are on.
type client struct {
	name, locale, platform string
	counselor, weeks       int
	isShownBySystem        bool // the phone shows pushes without the app, which then acknowledges nothing on arrival
	story
}

// story is what a client has to show for their weeks.
type story struct {
	goals    []string
	comment  string // of the counselor, on the first goal
	meeting  string // of their own
	contacts []object
}

var clients = []client{
	{name: "Robin Vale", locale: "en", platform: fcmtest.Android, counselor: 0, weeks: 12, story: story{
		goals:   []string{"Ninety days, one at a time", "Sunday dinner with my sister again"},
		comment: "Look how many of these days you already have.", meeting: "Thursday circle",
		contacts: []object{
			{"name": "Marcus", "relation": "sponsor", "phone": "602 555 0117", "prefers": "call", "shared": true,
				"note": "Call before, not after."},
			{"name": "June", "relation": "sober_peer", "phone": "480 555 0163", "prefers": "text", "hours": everyDay("07:00", "22:00")},
			{"name": "Ellie (my sister)", "relation": "family", "phone": "602 555 0188", "prefers": "either", "hours": everyDay("09:00", "21:00")},
		}}},
	{name: "Sam Ortiz", locale: "en", platform: fcmtest.IOS, counselor: 0, weeks: 10, story: story{
		goals: []string{"Back on the early shift by spring"}, meeting: "Men's breakfast",
		contacts: []object{{"name": "Theo", "relation": "sober_peer", "phone": "480 555 0121", "prefers": "call"},
			{"name": "Mom", "relation": "family", "phone": "602 555 0109", "prefers": "call", "hours": everyDay("08:00", "20:00")}}}},
	{name: "Alex Marín", locale: "es", platform: fcmtest.Android, counselor: 1, weeks: 11, story: story{
		goals:   []string{"Llevar a mi hija a la escuela cada mañana", "Ahorrar para el alquiler"},
		comment: "Tres semanas seguidas: se nota.", meeting: "Grupo de los martes",
		contacts: []object{{"name": "Lucía", "relation": "mentor", "phone": "623 555 0144", "prefers": "call", "shared": true},
			{"name": "Mi hermano Iván", "relation": "family", "phone": "602 555 0150", "prefers": "either", "hours": everyDay("10:00", "22:00")}}}},
	{name: "Morgan Bell", locale: "en", platform: fcmtest.Android, counselor: 0, weeks: 9, isShownBySystem: true, story: story{
		goals: []string{"Sleep without the television"}}},
	{name: "Jamie Cruz", locale: "es", platform: fcmtest.IOS, counselor: 0, weeks: 8, story: story{
		goals: []string{"Volver a tocar la guitarra"}}},
	{name: "Taylor Brooks", locale: "en", platform: fcmtest.Android, counselor: 0, weeks: 6, story: story{
		goals: []string{"Tell my brother the truth"}}},
	{name: "Casey Nguyen", locale: "en", platform: fcmtest.Android, counselor: 0, weeks: 3, story: story{
		goals: []string{"Finish the first month"}}},
	{name: "Riley Stone", locale: "en", platform: fcmtest.IOS, counselor: 1, weeks: 12, story: story{
		goals: []string{"Run the river loop"}, meeting: "Sunday hikers"}},
	{name: "Jordan Pike", locale: "en", platform: fcmtest.Android, counselor: 1, weeks: 9, story: story{
		goals: []string{"A budget that I keep for a month"}}},
	{name: "Quinn Adler", locale: "en", platform: fcmtest.Android, counselor: 1, weeks: 7, isShownBySystem: true, story: story{
		goals: []string{"Say no once a day"}}},
	{name: "Noa Flores", locale: "es", platform: fcmtest.Android, counselor: 1, weeks: 5, story: story{
		goals: []string{"Cocinar en casa entre semana"}}},
	{name: "Drew Hale", locale: "en", platform: fcmtest.IOS, counselor: 1, weeks: 2, story: story{
		goals: []string{"Two weeks, then two more"}}},
}

func everyDay(start, end string) []object {
	return []object{{"days": []string{"mo", "tu", "we", "th", "fr", "sa", "su"}, "start": start, "end": end}}
}

// homework is what clients were given in past weeks, one a week. A template's words come in the client's language.
var homework = []object{
	{"template": "trigger_log"}, {"template": "thought_record"}, {"template": "coping_practice"},
	{"title": "A letter to myself", "instructions": "A page to who you are in a year. You keep it."},
	{"template": "communication_exercise"}, {"template": "budget"},
}

// answers are what clients returned, by template.
var answers = map[string]object{
	"trigger_log": {"entries": []object{{"situation": "Payday, alone in the car", "kind": "event", "urge": 7, "response": "Drove to my sister's"},
		{"situation": "Argument on the phone", "kind": "people", "urge": 5, "response": "Walked twice around the block"}},
		"noticed": "Evenings are harder than mornings."},
	"thought_record": {"situation": "I missed the bus to group.", "thought": "I ruin everything.", "feelings": "Ashamed", "intensity": 8,
		"for": "I was late before.", "against": "I called ahead and came.", "balanced": "Late is not lost.", "afterwards": 3},
	"coping_practice":        {"skill": "urge_surfing", "how": "Timed it: eleven minutes.", "before": 7, "after": 3},
	"communication_exercise": {"with": "My brother", "aim": "repairing", "statement": "I felt alone when we stopped talking. I would like to call on Sundays.", "calm": 6},
	"budget": {"income": []object{{"source": "Wages", "amount": 1850}}, "costs": []object{{"what": "Rent", "amount": 900, "need": "needed"},
		{"what": "Streaming", "amount": 30, "need": "can_wait"}}, "savings": 50},
}

// said is what people write, in their language.
var said = map[string]struct {
	page     string   // of homework without fields
	comments []string // of counselors
	more     string   // why homework comes back
}{
	"en": {"It took me two evenings. I kept the page.", []string{"Clear and honest. Thank you.", "Bring the second one to group.",
		"You noticed it while it happened. That is the skill."}, "Good start. What did you do with the feeling an hour later?"},
	"es": {"Me llevó dos tardes. Guardé la página.", []string{"Claro y honesto. Gracias.", "Trae el segundo al grupo.",
		"Lo notaste mientras pasaba. Esa es la habilidad."}, "Buen comienzo. ¿Qué hiciste con lo que sentías una hora después?"},
}
