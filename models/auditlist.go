package models

import (
	"cmp"
	"context"

	"handrail/models/words"
)

// AuditEvent is one thing that was done, as the clinic's admins see it.
type AuditEvent struct {
	ID        string       `json:"id"`
	At        Instant      `json:"at"`
	Actor     *NamedPerson `json:"actor"` // nil: the operator or the server itself, or nobody knows who
	Action    string       `json:"action"`
	ClientID  *string      `json:"client_id"`
	SubjectID *string      `json:"subject_id"`
	Seq       *int64       `json:"seq"` // nil: not sealed yet
}

// MyAuditEvent is what was done with a client's record, in their words.
type MyAuditEvent struct {
	ID   string       `json:"id"`
	At   Instant      `json:"at"`
	Who  *NamedPerson `json:"who"`
	What string       `json:"what"`
}

// NamedPerson is somebody with what they are to the clinic.
type NamedPerson struct {
	Person
	Role Role `json:"role"`
}

// AuditFilter narrows the log: empty is everything.
type AuditFilter struct{ ClientID, ActorID, From, To string }

func (f AuditFilter) String() string { return f.ClientID + " " + f.ActorID + " " + f.From + " " + f.To }

type listedEvent struct {
	Event auditRow `gorm:"embedded"`
	Name  Sealed
	Role  Role
}

func (r listedEvent) position() position { return position{At: r.Event.At, ID: r.Event.ID} }

func (o *opener) actor(r listedEvent) *NamedPerson {
	if r.Name == nil {
		return nil
	}
	return &NamedPerson{Person{ID: *r.Event.ActorID, Name: o.text(userName, *r.Event.ActorID, r.Name)}, r.Role}
}

const selectEvents = "SELECT e.*, u.name, u.role FROM audit_events e LEFT JOIN users u ON u.id = e.actor_id WHERE "

// auditPage is one page of what a condition selects, the newest first.
func (t *tx) auditPage(actor Actor, list string, page Page, where string, args ...any) (openPage, []listedEvent, error) {
	at, err := t.openCursor(actor, list, page)
	if err != nil {
		return at, nil, err
	}
	before := position{At: never}
	if page.Cursor != "" {
		before = at.position
	}
	var rows []listedEvent
	err = t.scan(&rows, selectEvents+where+" AND (e.at, e.id) < (?, ?) ORDER BY e.at DESC, e.id DESC LIMIT ?", append(args, before.At, before.ID, at.limit+1)...)
	return at, rows, err
}

// AuditEvents lists what was done in the actor's clinic. Whose record it tells of is told of that.
func (s *Store) AuditEvents(ctx context.Context, actor Actor, filter AuditFilter, page Page) (List[AuditEvent], error) {
	var list List[AuditEvent]
	err := s.write(ctx, func(tx *tx) error {
		where, args, err := filter.condition(actor, tx.now)
		if err != nil {
			return err
		}
		at, rows, err := tx.auditPage(actor, "audit "+filter.String(), page, where, args...)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r listedEvent) (AuditEvent, position) {
			e := r.Event
			return AuditEvent{e.ID, e.At, open.actor(r), e.Action, e.ClientID, e.SubjectID, e.Seq}, r.position()
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		clients := views(list.Items, func(e AuditEvent) (id string) { assign(&id, e.ClientID); return id })
		return tx.auditEach(actor, "list_audit_events", clients, "")
	})
	return list, err
}

func (f AuditFilter) condition(actor Actor, now Instant) (where string, args []any, err error) {
	var c check
	where, args = "e.clinic_id = ?", []any{actor.ClinicID}
	narrow := func(condition string, by any) { where, args = where+" AND "+condition, append(args, by) }
	if f.ClientID != "" {
		c.id("client_id", f.ClientID)
		narrow("e.client_id = ?", f.ClientID)
	}
	if f.ActorID != "" {
		c.id("actor_id", f.ActorID)
		narrow("e.actor_id = ?", f.ActorID)
	}
	from, to := Instant(0), never
	if f.From != "" {
		from = c.instant("from", f.From, now)
		narrow("e.at >= ?", from)
	}
	if f.To != "" {
		to = c.instant("to", f.To, now)
		narrow("e.at < ?", to)
	}
	if c.err() == nil && from >= to {
		c.span("to", from, &to)
	}
	return where, args, c.err()
}

// MyAuditEvents tells a client who opened or changed their record, when and what of it (45 CFR §164.528 asks for less).
func (s *Store) MyAuditEvents(ctx context.Context, actor Actor, page Page) (List[MyAuditEvent], error) {
	var list List[MyAuditEvent]
	err := s.read(ctx, func(tx *tx) error {
		at, rows, err := tx.auditPage(actor, "my audit", page, "e.client_id = ?", actor.UserID)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r listedEvent) (MyAuditEvent, position) { return open.myEvent(r, actor), r.position() })
		return cmp.Or(err, open.err)
	})
	return list, err
}

// myEvent is as the client whose record it is reads of it. Staff are named; nobody else ever is, but themselves.
func (o *opener) myEvent(r listedEvent, client Actor) MyAuditEvent {
	mine := MyAuditEvent{ID: r.Event.ID, At: r.Event.At, What: words.In(client.Locale).Audit.Phrase(r.Event.Action)}
	if r.Role.May(GiveCare) || r.Role.May(RunClinic) || r.Event.ActorID != nil && *r.Event.ActorID == client.UserID {
		mine.Who = o.actor(r)
	}
	return mine
}
