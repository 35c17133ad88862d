package models

import (
	"cmp"

	"gorm.io/gorm"

	"handrail/models/words"
)

// CaseloadStretch is from when to when a counselor served a client.
type CaseloadStretch struct {
	Counselor Person   `json:"counselor"`
	From      Instant  `json:"from"`
	Until     *Instant `json:"until"`
}

// RosterStretch is from when to when a client belonged to a series.
type RosterStretch struct {
	SeriesID string     `json:"series_id"`
	Title    string     `json:"title"`
	Kind     SeriesKind `json:"kind"`
	Tags     []string   `json:"tags"`
	From     Instant    `json:"from"`
	Until    *Instant   `json:"until"`
}

// InviteEntry is an enrolment code that was given out, without the code.
type InviteEntry struct {
	CreatedBy  Person   `json:"created_by"`
	CreatedAt  Instant  `json:"created_at"`
	ExpiresAt  Instant  `json:"expires_at"`
	RedeemedAt *Instant `json:"redeemed_at"`
	VoidedAt   *Instant `json:"voided_at"`
}

// SignIn is a place where somebody is or was signed in.
type SignIn struct {
	InstallationID string   `json:"installation_id"`
	CreatedAt      Instant  `json:"created_at"`
	LastSeenAt     Instant  `json:"last_seen_at"`
	ExpiresAt      Instant  `json:"expires_at"`
	EndedAt        *Instant `json:"ended_at"`
}

// named are the columns of a person n whom a part names.
type named struct {
	PersonID   string
	PersonName Sealed
}

const namedColumns = "n.id AS person_id, n.name AS person_name"

func (e *exporter) person(n named) Person {
	return Person{n.PersonID, e.open.text(userName, n.PersonID, n.PersonName)}
}

func (e *exporter) caseload() ([]CaseloadStretch, error) {
	var rows []struct {
		By       named `gorm:"embedded"`
		StartsAt Instant
		EndsAt   *Instant
	}
	err := e.scan(&rows, "SELECT "+namedColumns+`, k.starts_at, k.ends_at FROM caseload k JOIN users n ON n.id = k.counselor_id
		WHERE k.client_id = ? ORDER BY k.starts_at, k.id`, e.client.ID)
	list := make([]CaseloadStretch, len(rows))
	for i, r := range rows {
		list[i] = CaseloadStretch{e.person(r.By), r.StartsAt, r.EndsAt}
	}
	return list, err
}

func (e *exporter) episodes() ([]Episode, error) {
	rows, err := gorm.G[episodeRow](e.db).Where("client_id = ?", e.client.ID).Order("starts_at, id").Find(e.ctx)
	return views(rows, e.open.episode), err
}

func (e *exporter) consentEntries() ([]ConsentEntry, error) {
	var rows []consentRow
	err := e.scan(&rows, selectLedger+" WHERE c.user_id = ? ORDER BY c.recorded_at, c.id", e.client.ID)
	return views(rows, e.open.consentEntry), err
}

// notTheirOwn leaves out what nobody but the client is to know: the meetings of their own.
func (e *exporter) notTheirOwn() string {
	if e.own {
		return ""
	}
	return " AND e.owner_id IS NULL"
}

func (e *exporter) rosters() ([]RosterStretch, error) {
	var rows []struct {
		SeriesID    string
		Title, Tags Sealed
		Kind        SeriesKind
		StartsAt    Instant
		EndsAt      *Instant
	}
	err := e.scan(&rows, `SELECT r.series_id, e.title, e.tags, e.kind, r.starts_at, r.ends_at FROM roster r JOIN series e ON e.id = r.series_id
		WHERE r.client_id = ?`+e.notTheirOwn()+" ORDER BY r.starts_at, r.id", e.client.ID)
	list := make([]RosterStretch, len(rows))
	for i, r := range rows {
		list[i] = RosterStretch{r.SeriesID, e.open.text(seriesTitle, r.SeriesID, r.Title), r.Kind,
			openList[string](&e.open, seriesTags, r.SeriesID, r.Tags), r.StartsAt, r.EndsAt}
	}
	return list, err
}

// selectExported are the sessions of a client's whole time: those at whose start they were on the roster, and those of which they,
// or the clinic, said something though they have left the roster since. The client's id is each of its parameters.
const selectExported = `SELECT ` + sessionColumns + `, ` + theirColumns + ` FROM sessions s JOIN series e ON e.id = s.series_id
	LEFT JOIN rsvps v ON v.session_id = s.id AND v.client_id = ? LEFT JOIN attendance y ON y.session_id = s.id AND y.client_id = ?
	WHERE s.id IN (SELECT s.id FROM roster r JOIN sessions s ON ` + onRoster + ` WHERE r.client_id = ?
		UNION SELECT session_id FROM rsvps WHERE client_id = ? UNION SELECT session_id FROM attendance WHERE client_id = ?)`

func (e *exporter) sessions() ([]ClientSession, error) {
	id := e.client.ID
	rows, err := e.listSessions(selectExported+e.notTheirOwn()+" ORDER BY s.starts_at, s.id", true, id, id, id, id, id)
	open := e.sessionOpener()
	list := views(rows, open.clientSession)
	for i := range list {
		if !e.own {
			list[i].Went = nil
		}
	}
	return list, cmp.Or(err, open.err)
}

// meetings are those of the clinic and of their own, those that they have given up too.
func (e *exporter) meetings() ([]Meeting, error) {
	var rows []meetingRow
	err := e.scan(&rows, `SELECT e.*, (SELECT CASE WHEN count(m.ends_at) = count(*) THEN max(m.ends_at) END FROM roster m
			WHERE m.series_id = e.id AND m.client_id = ?) AS until
		FROM series e WHERE e.kind = ? AND e.id IN (SELECT m.series_id FROM roster m WHERE m.client_id = ?)`+e.notTheirOwn()+
		" ORDER BY e.created_at, e.id", e.client.ID, KindAftercare, e.client.ID)
	return views(rows, e.open.meeting), err
}

func (e *exporter) homework() ([]Assignment, error) {
	return e.assignments(e.reader, "a.client_id = ?", e.client.ID)
}

func (e *exporter) practice() ([]Practice, error) {
	var rows []practiceRow
	err := e.scan(&rows, `SELECT p.* FROM practices p JOIN assignments a ON a.id = p.assignment_id WHERE a.client_id = ?
		ORDER BY p.occurred_at, p.id`, e.client.ID)
	return views(rows, e.open.practice), err
}

func (e *exporter) goals() ([]Goal, error) {
	rows, err := gorm.G[goalRow](e.db).Where("client_id = ?", e.client.ID).Order("position, created_at, id").Find(e.ctx)
	if err != nil {
		return nil, err
	}
	return e.tx.goals(rows, e.own)
}

func (e *exporter) reminders() ([]Reminder, error) {
	query := selectReminders + " AND r.user_id = ?"
	if !e.own {
		query += notOfOwnMeeting
	}
	var rows []listedReminder
	err := e.scan(&rows, query+" ORDER BY r.remind_at, r.id", e.client.ID)
	say := words.In(e.reader.Locale).Meaning
	return views(rows, func(r listedReminder) Reminder { return r.view(say) }), err
}

func (e *exporter) invites() ([]InviteEntry, error) {
	var rows []struct {
		Row inviteRow `gorm:"embedded"`
		By  named     `gorm:"embedded"`
	}
	err := e.scan(&rows, "SELECT i.*, "+namedColumns+" FROM invites i JOIN users n ON n.id = i.created_by WHERE i.user_id = ? ORDER BY i.created_at, i.id",
		e.client.ID)
	list := make([]InviteEntry, len(rows))
	for i, r := range rows {
		list[i] = InviteEntry{e.person(r.By), r.Row.CreatedAt, r.Row.ExpiresAt, r.Row.RedeemedAt, r.Row.VoidedAt}
	}
	return list, err
}

func (e *exporter) contacts() ([]Contact, error) {
	rows, err := gorm.G[contactRow](e.db).Where("client_id = ?", e.client.ID).Order("position, created_at, id").Find(e.ctx)
	list := views(rows, func(r contactRow) Contact { return e.open.contact(r, e.now) })
	return list, cmp.Or(err, e.open.err)
}

func (e *exporter) sharedContacts() ([]SharedContact, error) {
	agreed, err := e.consents(e.client.ID, ConsentShareContacts)
	if err != nil {
		return nil, err
	}
	rows, err := gorm.G[contactRow](e.db).Where("client_id = ? AND shared AND ?", e.client.ID, agreed).Order("position, created_at, id").Find(e.ctx)
	list := views(rows, func(r contactRow) SharedContact { return e.open.contact(r, e.now).SharedContact })
	return list, cmp.Or(err, e.open.err)
}

func (e *exporter) reachOuts() ([]ReachOut, error) {
	rows, err := gorm.G[reachOutRow](e.db).Where("client_id = ?", e.client.ID).Order("occurred_at, id").Find(e.ctx)
	list := views(rows, e.open.reachOut)
	return list, cmp.Or(err, e.open.err)
}

func (e *exporter) devices() ([]Device, error) {
	rows, err := gorm.G[deviceRow](e.db).Where("user_id = ?", e.client.ID).Order("id").Find(e.ctx)
	return views(rows, func(r deviceRow) Device { return r.view(e.now) }), err
}

func (e *exporter) signIns() ([]SignIn, error) {
	rows, err := gorm.G[tokenRow](e.db).Where("user_id = ?", e.client.ID).Order("id").Find(e.ctx)
	return views(rows, func(r tokenRow) SignIn {
		return SignIn{r.InstallationID, r.CreatedAt, r.LastSeenAt, r.ExpiresAt, r.EndedAt}
	}), err
}

func (e *exporter) accesses() ([]MyAuditEvent, error) {
	var rows []listedEvent
	err := e.scan(&rows, selectEvents+"e.client_id = ? AND e.at < ? ORDER BY e.id", e.client.ID, e.now)
	list := views(rows, func(r listedEvent) MyAuditEvent { return e.open.myEvent(r, e.reader) })
	return list, cmp.Or(err, e.open.err)
}
