package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"handrail/models/schedule"
)

// Meeting is a series of kind aftercare as its client sees it: run by the clinic, or kept by the client as their own.
type Meeting struct {
	ID              string   `json:"id"`
	Own             bool     `json:"own"`
	Title           string   `json:"title"`
	Tags            []string `json:"tags"`
	TimeZone        string   `json:"time_zone"`
	LocalStart      string   `json:"local_start"`
	DurationMinutes int      `json:"duration_minutes"`
	Rule            *string  `json:"rule"`
	Exdates         []string `json:"exdates"`
	Place           *string  `json:"place"`
	Link            *string  `json:"link"`
	Until           *Instant `json:"until"` // when the client leaves or left it; null: not yet known
	Version         int64    `json:"version"`

	Conflicts []ScheduleConflict `json:"conflicts,omitzero"` // of what was just saved, or would be
}

// MeetingInput adds a meeting of the client's own, such as one of mutual help or of alumni.
type MeetingInput struct {
	ID              *string  `json:"id"`
	Title           string   `json:"title"`
	Tags            []string `json:"tags"`
	TimeZone        *string  `json:"time_zone"` // the client's unless given
	LocalStart      string   `json:"local_start"`
	DurationMinutes int      `json:"duration_minutes"`
	Rule            *string  `json:"rule" null:"yes"`
	Exdates         []string `json:"exdates"`
	Place           *string  `json:"place"`
	Link            *string  `json:"link"`
}

func (in MeetingInput) series() SeriesInput {
	return SeriesInput{ID: in.ID, Title: in.Title, Kind: KindAftercare, Tags: in.Tags, TimeZone: in.TimeZone, LocalStart: in.LocalStart,
		DurationMinutes: in.DurationMinutes, Rule: in.Rule, Exdates: in.Exdates, Place: in.Place, Link: in.Link}
}

// MeetingChange changes a meeting of the client's own from its next date on; what is left out stays.
type MeetingChange struct {
	Title           *string          `json:"title"`
	Tags            []string         `json:"tags"`
	LocalStart      *string          `json:"local_start"`
	DurationMinutes *int             `json:"duration_minutes"`
	Rule            Optional[string] `json:"rule" null:"yes"`
	Exdates         []string         `json:"exdates"`
	Place           Optional[string] `json:"place" null:"yes"`
	Link            Optional[string] `json:"link" null:"yes"`
}

func (in MeetingChange) series() SeriesChange {
	return SeriesChange{Title: in.Title, Tags: in.Tags, LocalStart: in.LocalStart, DurationMinutes: in.DurationMinutes, Rule: in.Rule,
		Exdates: in.Exdates, Place: in.Place, Link: in.Link}
}

// mostMeetings bounds the meetings of one client's own.
const mostMeetings = 50

// meetingRow is a series of kind aftercare with when its client leaves it.
type meetingRow struct {
	Series seriesRow `gorm:"embedded"`
	Until  *Instant
}

// selectMeetings are the meetings of a client, whose id is its first two parameters: those that they are or were on the
// roster of, and their own until they delete them. Whether one is listed does not depend on what time it is.
const selectMeetings = `SELECT e.*, (SELECT CASE WHEN count(m.ends_at) = count(*) THEN max(m.ends_at) END
		FROM roster m WHERE m.series_id = e.id AND m.client_id = ?) AS until FROM series e
	WHERE e.kind = 'aftercare' AND e.id IN (SELECT m.series_id FROM roster m JOIN series o ON o.id = m.series_id
		WHERE m.client_id = ? AND (m.ends_at IS NULL OR m.ends_at > m.starts_at AND o.owner_id IS NULL))`

// meeting says where it is to whom it is theirs until further notice. To who leaves the clinic's, and to who has left, their
// own dates say it: where the others meet after that, and by which link, they are not told.
func (o *opener) meeting(row meetingRow) Meeting {
	s := o.series(row.Series)
	if row.Series.OwnerID == nil && row.Until != nil {
		s.Place, s.Link = nil, nil
	}
	return Meeting{ID: s.ID, Own: row.Series.OwnerID != nil, Title: s.Title, Tags: s.Tags, TimeZone: s.TimeZone, LocalStart: s.LocalStart,
		DurationMinutes: s.DurationMinutes, Rule: s.Rule, Exdates: s.Exdates, Place: s.Place, Link: s.Link, Until: row.Until, Version: s.Version}
}

func (t *tx) meeting(actor Actor, id string) (Meeting, error) {
	row, err := first[meetingRow](t, selectMeetings+" AND e.id = ?", actor.UserID, actor.UserID, id)
	if err != nil {
		return Meeting{}, err
	}
	open := opener{keys: t.keys}
	return open.meeting(row), open.err
}

// savedMeeting is a meeting of the actor's own that was just saved, or would be, with what it clashes with for them. Whether
// a place is taken is not theirs to know.
func (t *tx) savedMeeting(actor Actor, id string) (Meeting, error) {
	meeting, err := t.meeting(actor, id)
	if err != nil {
		return meeting, err
	}
	var sessions []string
	if err := t.scan(&sessions, "SELECT id FROM sessions WHERE series_id = ? AND ends_at > ?", id, t.now); err != nil {
		return meeting, err
	}
	all, err := t.conflicts(actor, sessions)
	meeting.Conflicts = slices.DeleteFunc(all, func(c ScheduleConflict) bool { return c.Person == nil })
	return meeting, err
}

// MyMeetings lists the meetings of the actor: the clinic's whose roster they are on, and their own.
func (s *Store) MyMeetings(ctx context.Context, actor Actor, page Page) (List[Meeting], error) {
	var list List[Meeting]
	err := s.read(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "meetings", page)
		if err != nil {
			return err
		}
		var rows []meetingRow
		err = tx.scan(&rows, selectMeetings+" AND (e.created_at, e.id) > (?, ?) ORDER BY e.created_at, e.id LIMIT ?",
			actor.UserID, actor.UserID, at.At, at.ID, at.limit+1)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r meetingRow) (Meeting, position) {
			return open.meeting(r), position{At: r.Series.CreatedAt, ID: r.Series.ID}
		})
		if err == nil {
			err = open.err
		}
		return err
	})
	return list, err
}

// MyMeeting is one of the actor's meetings.
func (s *Store) MyMeeting(ctx context.Context, actor Actor, id string) (Meeting, error) {
	var meeting Meeting
	err := s.read(ctx, func(tx *tx) (err error) {
		meeting, err = tx.meeting(actor, id)
		return err
	})
	return meeting, err
}

// CreateMyMeeting keeps a meeting of the actor's own: its dates are laid out and reminded of like the clinic's.
func (s *Store) CreateMyMeeting(ctx context.Context, actor Actor, once Once, preview bool, in MeetingInput) (Meeting, error) {
	var meeting Meeting
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		if err := tx.lockSelf(actor); err != nil {
			return err
		}
		user, err := tx.user(actor.UserID)
		if err != nil {
			return err
		}
		zone := user.TimeZone
		assign(&zone, in.TimeZone)
		planned, err := in.series().check(zone, tx.now)
		if err != nil {
			return err
		}
		meeting, err = writeOnce(tx, actor, once, func() (string, error) { return tx.createMeeting(actor, in, zone, planned) },
			func(id string) (Meeting, error) { return tx.savedMeeting(actor, id) })
		return err
	})
	return meeting, err
}

func (t *tx) createMeeting(actor Actor, in MeetingInput, zone string, planned schedule.Series) (string, error) {
	var kept int
	err := t.scan(&kept, "SELECT count(*) FROM series e JOIN roster m ON m.series_id = e.id WHERE e.owner_id = ? AND m.ends_at IS NULL", actor.UserID)
	if err != nil {
		return "", err
	}
	if kept >= mostMeetings {
		return "", conflict("too_many_meetings", "There are 50 meetings of your own: delete one first.")
	}
	row, err := t.newSeries(actor, in.series(), zone, planned)
	if err != nil {
		return "", err
	}
	row.OwnerID = &actor.UserID
	if err := gorm.G[seriesRow](t.db).Create(t.ctx, &row); err != nil {
		return "", err
	}
	member := rosterRow{ID: newID(), ClinicID: actor.ClinicID, SeriesID: row.ID, ClientID: actor.UserID, AddedAt: t.now,
		StartsAt: min(t.now, row.ExpandedUntil)}
	if err := insertAll(t, []rosterRow{member}); err != nil {
		return "", err
	}
	if err := t.expand(row); err != nil {
		return "", err
	}
	if err := t.publishMeeting(row, actor.UserID); err != nil {
		return "", err
	}
	return row.ID, t.replan(causeSeries, actor.UserID)
}

// lockMeeting finds a meeting of the actor's own and keeps it.
func (t *tx) lockMeeting(actor Actor, id string, ifMatch *int64) (seriesRow, error) {
	row, err := first[seriesRow](t, `SELECT * FROM series WHERE id = ? AND owner_id = ?
		AND id IN (SELECT m.series_id FROM roster m WHERE m.client_id = ? AND m.ends_at IS NULL)`+t.lockClause("FOR NO KEY UPDATE"), id, actor.UserID, actor.UserID)
	if err != nil {
		return row, err
	}
	if err := matches(ifMatch, row.Version); err != nil {
		return row, err
	}
	return row, t.lockSelf(actor)
}

// mostMeetingChanges is how often a client may change meetings of their own in a quarter of an hour. Each change may be a message to
// each of their phones, and when FCM has enough for one of these (240 a minute), everybody's reminders rest.
const mostMeetingChanges = 60

// UpdateMyMeeting changes a meeting of the actor's own from its next date on.
func (s *Store) UpdateMyMeeting(ctx context.Context, actor Actor, id string, ifMatch *int64, preview bool, in MeetingChange) (Meeting, error) {
	change := in.series()
	if err := change.check(); err != nil {
		return Meeting{}, err
	}
	var meeting Meeting
	err := s.writeOrPreview(ctx, preview, func(tx *tx) error {
		row, err := tx.lockMeeting(actor, id, ifMatch)
		if err != nil {
			return err
		}
		if err := tx.countTry(bucket{"meetings changed by " + actor.UserID, mostMeetingChanges, 15 * time.Minute}); err != nil {
			return err
		}
		edit, err := tx.newEdit(row, change)
		if err != nil {
			return err
		}
		if err := tx.applyEdit(actor, edit); err != nil {
			return err
		}
		if err := tx.publishMeeting(row, actor.UserID); err != nil {
			return err
		}
		if err := tx.replan(causeSeries, actor.UserID); err != nil {
			return err
		}
		meeting, err = tx.savedMeeting(actor, id)
		return err
	})
	return meeting, err
}

// DeleteMyMeeting gives a meeting of the actor's own up: its coming dates are gone, those gone by stay.
func (s *Store) DeleteMyMeeting(ctx context.Context, actor Actor, id string, ifMatch *int64) error {
	return s.write(ctx, func(tx *tx) error {
		row, err := tx.lockMeeting(actor, id, ifMatch)
		if err != nil {
			return err
		}
		if _, err := tx.leave("series_id = ?", id); err != nil {
			return err
		}
		if err := tx.exec("UPDATE series SET finished = ? WHERE id = ?", true, id); err != nil {
			return err
		}
		_, err = tx.rosterChanged(row, actor.UserID)
		return err
	})
}

// publishMeeting tells the feeds of these clients that a meeting has changed, or is not (any longer) among theirs. A series
// of treatment is no meeting.
func (t *tx) publishMeeting(series seriesRow, clientIDs ...string) error {
	if series.Kind != KindAftercare {
		return nil
	}
	changes := make([]change, len(clientIDs))
	for i, id := range clientIDs {
		_, err := first[meetingRow](t, selectMeetings+" AND e.id = ?", id, id, series.ID)
		if err != nil && !isNoRows(err) {
			return err
		}
		changes[i] = change{ClientID: id, Kind: changeMeeting, SubjectID: series.ID, Deleted: err != nil}
	}
	return t.publish(changes...)
}
