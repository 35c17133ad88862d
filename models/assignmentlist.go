package models

import (
	"cmp"
	"context"

	"handrail/models/schedule"
)

// AssignmentItem is homework as lists have it. LocalDue is the due time on the client's clock; Submission and Review are
// the latest.
type AssignmentItem struct {
	ID               string       `json:"id"`
	ClientID         string       `json:"client_id"`
	Template         *TemplateRef `json:"template"`
	Title            string       `json:"title"`
	Instructions     string       `json:"instructions"`
	DueAt            Instant      `json:"due_at"`
	TimeZone         string       `json:"time_zone"`
	LocalDue         string       `json:"local_due"`
	FollowsSessionID *string      `json:"follows_session_id"`
	Practice         *Practising  `json:"practice"`
	Status           string       `json:"status"`
	Submission       *Submission  `json:"submission"`
	Review           *Review      `json:"review"`
	AssignedAt       Instant      `json:"assigned_at"`
	Version          int64        `json:"version"`
}

// TemplateRef says which template homework was made from.
type TemplateRef struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
}

// Practising is on which days homework is to be practised, and on how many it was. It counts and does not judge.
type Practising struct {
	Rule            string   `json:"rule"`
	StartsOn        string   `json:"starts_on"`
	EndsOn          string   `json:"ends_on"`
	RemindAt        *string  `json:"remind_at"`
	ExpectedDays    int      `json:"expected_days"`
	PractisedDays   int      `json:"practised_days"`
	LastPractisedAt *Instant `json:"last_practised_at"`
}

// CaseloadAssignment is homework among that of a whole caseload.
type CaseloadAssignment struct {
	AssignmentItem
	Client       Person   `json:"client"`
	WaitingSince *Instant `json:"waiting_since"`
	WaitingDays  *int     `json:"waiting_days"` // by the reader's calendar
}

// listedAssignment is an assignment with its client, its latest submission and review, and its practice.
type listedAssignment struct {
	Row             assignmentRow `gorm:"embedded"`
	TimeZone        string
	ClientName      Sealed
	PractisedDays   int
	LastPractisedAt *Instant
	Submission      submissionRow `gorm:"embedded;embeddedPrefix:s_"`
	Review          namedReview   `gorm:"embedded;embeddedPrefix:v_"`
}

const selectAssignments = `SELECT a.*, u.time_zone, u.name AS client_name,
	(SELECT count(DISTINCT p.day) FROM practices p WHERE p.assignment_id = a.id) AS practised_days,
	(SELECT max(p.occurred_at) FROM practices p WHERE p.assignment_id = a.id) AS last_practised_at,
	s.id AS s_id, s.round AS s_round, s.content AS s_content, s.occurred_at AS s_occurred_at, s.submitted_at AS s_submitted_at,
	v.id AS v_id, v.round AS v_round, v.decision AS v_decision, v.comment AS v_comment, v.reviewed_by AS v_reviewed_by,
	v.reviewed_at AS v_reviewed_at, w.name AS v_name
	FROM assignments a JOIN users u ON u.id = a.client_id
	LEFT JOIN submissions s ON s.assignment_id = a.id AND s.round = a.round
	LEFT JOIN reviews v ON v.assignment_id = a.id AND v.round = a.reviewed_round
	LEFT JOIN users w ON w.id = v.reviewed_by`

func (o *opener) assignmentItem(r listedAssignment) AssignmentItem {
	row := r.Row
	zone, err := schedule.LoadZone(r.TimeZone)
	if err != nil && o.err == nil {
		o.err = faultOf("stored user "+row.ClientID, err)
	}
	if o.err != nil {
		return AssignmentItem{}
	}
	a := AssignmentItem{ID: row.ID, ClientID: row.ClientID, Title: o.text(assignTitle, row.ID, row.Title),
		Instructions: o.text(assignInstruct, row.ID, row.Instructions), DueAt: row.DueAt, TimeZone: r.TimeZone,
		LocalDue: schedule.LocalOf(row.DueAt.Time(), zone).String(), FollowsSessionID: row.FollowsSessionID, Practice: o.practising(r),
		Status: row.Status, AssignedAt: row.AssignedAt, Version: row.Version}
	if row.Template != nil {
		a.Template = &TemplateRef{Key: *row.Template, Version: *row.TemplateVersion}
	}
	if row.Round > 0 {
		a.Submission = o.submission(r.Submission)
	}
	if row.ReviewedRound > 0 {
		a.Review = o.review(r.Review)
	}
	return a
}

func (o *opener) practising(r listedAssignment) *Practising {
	row := r.Row
	days, err := expectedDays(row)
	if o.err = cmp.Or(o.err, err); o.err != nil || len(days) == 0 {
		return nil
	}
	p := &Practising{Rule: *row.PracticeRule, StartsOn: days[0], EndsOn: days[len(days)-1], ExpectedDays: len(days),
		PractisedDays: r.PractisedDays, LastPractisedAt: r.LastPractisedAt}
	if row.PracticeAt != nil {
		p.RemindAt = orNull(row.PracticeAt.String())
	}
	return p
}

func statuses() []string {
	return append(openStatuses(), AssignmentSubmitted, AssignmentAccepted, AssignmentWithdrawn)
}

// listAssignments is one page of the homework that a condition selects, by due time; what waits for an answer by how long.
func listAssignments[T any](t *tx, actor Actor, list, status string, page Page, view func(*opener, listedAssignment) T, where string, args ...any) (List[T], error) {
	var c check
	if status != "" {
		oneOf(&c, "status", status, statuses()...)
	}
	if err := c.err(); err != nil {
		return List[T]{}, err
	}
	at, err := t.openCursor(actor, list+" "+status, page)
	if err != nil {
		return List[T]{}, err
	}
	by, instant := "a.due_at", func(r listedAssignment) Instant { return r.Row.DueAt }
	if status == AssignmentSubmitted {
		by, instant = "a.waiting_since", func(r listedAssignment) Instant { return *r.Row.WaitingSince }
	}
	var rows []listedAssignment
	err = t.scan(&rows, selectAssignments+" WHERE "+where+` AND (? = '' OR a.status = ?) AND (`+by+` > ? OR `+by+` = ? AND a.id > ?)
		ORDER BY `+by+`, a.id LIMIT ?`, append(args, status, status, at.At, at.At, at.ID, at.limit+1)...)
	if err != nil {
		return List[T]{}, err
	}
	open := opener{keys: t.keys}
	found, err := listOf(at, rows, func(r listedAssignment) (T, position) {
		return view(&open, r), position{At: instant(r), ID: r.Row.ID}
	})
	return found, cmp.Or(err, open.err)
}

// MyAssignments lists the actor's own homework.
func (s *Store) MyAssignments(ctx context.Context, actor Actor, status string, page Page) (List[AssignmentItem], error) {
	var list List[AssignmentItem]
	err := s.read(ctx, func(tx *tx) (err error) {
		list, err = listAssignments(tx, actor, "my assignments", status, page, (*opener).assignmentItem, "a.client_id = ?", actor.UserID)
		return err
	})
	return list, err
}

// ClientAssignments lists the homework of a client of the actor's caseload.
func (s *Store) ClientAssignments(ctx context.Context, actor Actor, clientID, status string, page Page) (List[AssignmentItem], error) {
	var list List[AssignmentItem]
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.clientInCare(actor, clientID); err != nil {
			return err
		}
		var err error
		list, err = listAssignments(tx, actor, "assignments of "+clientID, status, page, (*opener).assignmentItem, "a.client_id = ?", clientID)
		if err != nil {
			return err
		}
		return tx.audit(actor, "list_assignments", clientID, "")
	})
	return list, err
}

// CaseloadAssignments lists the homework of all clients of the actor's caseload.
func (s *Store) CaseloadAssignments(ctx context.Context, actor Actor, status string, page Page) (List[CaseloadAssignment], error) {
	var list List[CaseloadAssignment]
	err := s.write(ctx, func(tx *tx) error {
		reader, err := tx.user(actor.UserID)
		if err != nil {
			return err
		}
		zone, err := schedule.LoadZone(reader.TimeZone)
		if err != nil {
			return faultOf("stored user "+reader.ID, err)
		}
		today := schedule.LocalOf(tx.now.Time(), zone)
		view := func(o *opener, r listedAssignment) CaseloadAssignment {
			a := CaseloadAssignment{AssignmentItem: o.assignmentItem(r), WaitingSince: r.Row.WaitingSince,
				Client: Person{ID: r.Row.ClientID, Name: o.text(userName, r.Row.ClientID, r.ClientName)}}
			if r.Row.WaitingSince != nil {
				days := today.DaysSince(schedule.LocalOf(r.Row.WaitingSince.Time(), zone))
				a.WaitingDays = &days
			}
			return a
		}
		list, err = listAssignments(tx, actor, "assignments", status, page, view, "a.client_id IN (?)", tx.caseloadOf(actor))
		if err != nil {
			return err
		}
		return tx.auditEach(actor, "list_assignments", views(list.Items, func(a CaseloadAssignment) string { return a.ClientID }), "")
	})
	return list, err
}
