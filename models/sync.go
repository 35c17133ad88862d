package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// Feed is one page of what changed of all that a client can see, each thing as it is now, however often it changed. A
// phone that takes page after page holds the record as the lists show it, and can work without a network.
type Feed struct {
	Reset       bool            `json:"reset"`            // this page begins anew: forget what you hold
	Profile     *Me             `json:"profile,omitzero"` // unless it changed
	Sessions    []ClientSession `json:"sessions"`
	Assignments []Assignment    `json:"assignments"`
	Practice    []Practice      `json:"practice"`
	Contacts    []Contact       `json:"contacts"`
	ReachOuts   []ReachOut      `json:"reach_outs"`
	Goals       []Goal          `json:"goals"`
	Meetings    []Meeting       `json:"meetings"`
	Consents    []Consent       `json:"consents"`
	Gone        []Gone          `json:"gone"`
	NextCursor  string          `json:"next_cursor"`
	More        bool            `json:"more"` // ask again at once
	Lines
}

// Gone is something that the client does not see (any longer).
type Gone struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Sync is what changed for the actor since a cursor, in the order of the changes. Without a cursor, or with one that is
// ahead of the record or from before a backup was restored, it begins anew.
func (s *Store) Sync(ctx context.Context, actor Actor, page Page) (Feed, error) {
	var feed Feed
	err := s.snapshot(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "feed", page)
		if err != nil {
			return err
		}
		// The language may have changed since the actor was let in, and nothing would tell the phone again.
		if err := tx.scan(&actor.Locale, "SELECT locale FROM users WHERE id = ?", actor.UserID); err != nil {
			return err
		}
		var newest int
		var restored, ranOut Instant
		err = tx.db.Raw(`SELECT q.last, i.restored_at, COALESCE((SELECT max(c.expires_at) FROM consents c WHERE c.user_id = q.user_id AND `+ranOutBy+`), 0)
			FROM sequences q JOIN instance i ON i.id = 1 WHERE q.user_id = ?`, tx.now, actor.UserID).Row().Scan(&newest, &restored, &ranOut)
		if err != nil {
			return err
		}
		if page.Cursor == "" || at.N > newest || at.Since != restored {
			feed.Reset, at.position = true, position{Began: newest, Since: restored, RanOut: ranOut}
		}
		changes, err := tx.changesAfter(actor.UserID, at)
		if err != nil {
			return err
		}
		next := position{N: newest, Began: at.Began, Since: at.Since, RanOut: ranOut}
		if feed.More = len(changes) > at.limit; feed.More {
			changes = changes[:at.limit]
			next.N = int(changes[at.limit-1].Seq)
		}
		if feed.NextCursor, err = at.cursor(next); err != nil {
			return err
		}
		if feed.Lines, err = tx.linesFor(actor); err != nil {
			return err
		}
		if ranOut > at.RanOut {
			lapsed, err := tx.lapsedAfter(actor.UserID, at)
			if err != nil {
				return err
			}
			changes = append(changes, lapsed...)
		}
		return tx.fillFeed(&feed, actor, changes)
	})
	return feed, err
}

// changesAfter are the changes of one page, and one more if there is another. What was gone before the phone began to read
// is not told: it never had it.
func (t *tx) changesAfter(clientID string, at openPage) ([]change, error) {
	var changes []change
	err := t.scan(&changes, "SELECT kind, subject_id, seq FROM changes WHERE client_id = ? AND seq > ? AND (NOT deleted OR seq > ?) ORDER BY seq LIMIT ?",
		clientID, at.N, at.Began, at.limit+1)
	return changes, err
}

// ranOutBy selects the consents c whose time is over; it takes now.
const ranOutBy = "c.granted AND c.superseded_at IS NULL AND c.expires_at <= ?"

// lapsedAfter are the consents that ran out since a page was read. The clock alone changes them: nobody writes, they get no
// number, and the cursor says up to which of them the phone was told. They are few and come beyond the page's limit.
func (t *tx) lapsedAfter(clientID string, at openPage) ([]change, error) {
	var lapsed []change
	err := t.scan(&lapsed, "SELECT ? AS kind, c.kind AS subject_id FROM consents c WHERE c.user_id = ? AND c.expires_at > ? AND "+ranOutBy,
		changeConsent, clientID, at.RanOut, t.now)
	return lapsed, err
}

// feedReader reads the things that changed, kind by kind: as many queries as their list takes, however many they are.
type feedReader struct {
	*tx
	open  opener
	actor Actor
	ids   map[string][]string // by kind
	gone  []Gone
	err   error // the first
}

func (t *tx) fillFeed(feed *Feed, actor Actor, changes []change) error {
	r := &feedReader{tx: t, open: opener{keys: t.keys}, actor: actor, ids: map[string][]string{}, gone: []Gone{}}
	for _, c := range changes {
		r.ids[c.Kind] = append(r.ids[c.Kind], c.SubjectID)
	}
	for _, me := range take(r, changeProfile, r.profile, func(v Me) string { return v.ID }) {
		feed.Profile = &me
	}
	feed.Sessions = take(r, changeSession, r.sessions, func(v ClientSession) string { return v.ID })
	feed.Assignments = take(r, changeAssignment, r.assignments, func(v Assignment) string { return v.ID })
	feed.Practice = take(r, changePractice, r.practice, func(v Practice) string { return v.ID })
	feed.Contacts = take(r, changeContact, r.contacts, func(v Contact) string { return v.ID })
	feed.ReachOuts = take(r, changeReachOut, r.reachOuts, func(v ReachOut) string { return v.ID })
	feed.Goals = take(r, changeGoal, r.goals, func(v Goal) string { return v.ID })
	feed.Meetings = take(r, changeMeeting, r.meetings, func(v Meeting) string { return v.ID })
	feed.Consents = take(r, changeConsent, r.consents, func(v Consent) string { return string(v.Kind) })
	feed.Gone = r.gone
	return cmp.Or(r.err, r.open.err)
}

// take reads the things of one kind that changed. Those that the client does not see are gone.
func take[T any](r *feedReader, kind string, read func(ids []string) ([]T, error), id func(T) string) []T {
	ids := r.ids[kind]
	if len(ids) == 0 || r.err != nil {
		return []T{}
	}
	found, err := read(ids)
	r.err = err
	there := make(map[string]bool, len(found))
	for _, item := range found {
		there[id(item)] = true
	}
	for _, id := range ids {
		if !there[id] {
			r.gone = append(r.gone, Gone{kind, id})
		}
	}
	return found
}

func views[R, T any](rows []R, view func(R) T) []T {
	list := make([]T, len(rows))
	for i, row := range rows {
		list[i] = view(row)
	}
	return list
}

func (r *feedReader) profile([]string) ([]Me, error) {
	me, err := r.me(r.actor.UserID)
	return []Me{me}, err
}

func (r *feedReader) sessions(ids []string) ([]ClientSession, error) {
	rows, err := r.listSessions(selectTheirs+" AND ?", true, r.actor.UserID, r.among("s.id", ids))
	open := r.sessionOpener()
	list := views(rows, open.clientSession)
	return list, cmp.Or(err, open.err)
}

func (r *feedReader) assignments(ids []string) ([]Assignment, error) {
	return r.tx.assignments(r.actor, "a.client_id = ? AND ?", r.actor.UserID, r.among("a.id", ids))
}

func (r *feedReader) practice(ids []string) ([]Practice, error) {
	var rows []practiceRow
	err := r.scan(&rows, "SELECT p.* FROM practices p JOIN assignments a ON a.id = p.assignment_id WHERE a.client_id = ? AND ?",
		r.actor.UserID, r.among("p.id", ids))
	return views(rows, r.open.practice), err
}

func (r *feedReader) contacts(ids []string) ([]Contact, error) {
	rows, err := gorm.G[contactRow](r.db).Where("client_id = ? AND ?", r.actor.UserID, r.among("id", ids)).Find(r.ctx)
	return views(rows, func(row contactRow) Contact { return r.open.contact(row, r.now) }), err
}

func (r *feedReader) reachOuts(ids []string) ([]ReachOut, error) {
	rows, err := gorm.G[reachOutRow](r.db).Where("client_id = ? AND ?", r.actor.UserID, r.among("id", ids)).Find(r.ctx)
	return views(rows, r.open.reachOut), err
}

func (r *feedReader) goals(ids []string) ([]Goal, error) {
	rows, err := gorm.G[goalRow](r.db).Where("client_id = ? AND ?", r.actor.UserID, r.among("id", ids)).Find(r.ctx)
	if err != nil {
		return nil, err
	}
	return r.tx.goals(rows, true)
}

func (r *feedReader) meetings(ids []string) ([]Meeting, error) {
	var rows []meetingRow
	err := r.scan(&rows, selectMeetings+" AND ?", r.actor.UserID, r.actor.UserID, r.among("e.id", ids))
	return views(rows, r.open.meeting), err
}

func (r *feedReader) consents(kinds []string) ([]Consent, error) {
	rows, err := gorm.G[consentRow](r.db).Where("user_id = ? AND superseded_at IS NULL AND ?", r.actor.UserID, r.among("kind", kinds)).Find(r.ctx)
	return views(rows, func(row consentRow) Consent { return r.open.consent(row, r.now) }), err
}
