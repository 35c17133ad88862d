package models

import (
	"cmp"
	"context"

	"gorm.io/gorm"
)

// ClientRecord is a client as their counselor sees them.
type ClientRecord struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Enrolled   bool     `json:"enrolled"`
	TimeZone   string   `json:"time_zone"`
	Locale     string   `json:"locale"`
	Level      *string  `json:"level"`      // of the episode in progress
	Discharged bool     `json:"discharged"` // was in care and no longer is
	LeftAt     *Instant `json:"left_at"`    // when they left Handrail of their own accord
	Reached
	Version int64 `json:"version"`

	UnavailableHours []WeeklyHours `json:"unavailable_hours"`
}

// ListedClient is a client in the list of their counselor, with how much treatment they have this week.
type ListedClient struct {
	ClientRecord
	ThisWeek *TreatmentMinutes `json:"this_week"` // nil: no episode is in progress
}

// ClientInput adds a client to the actor's caseload and begins an episode.
type ClientInput struct {
	ID       *string `json:"id"`
	Name     string  `json:"name"`
	Level    *Level  `json:"level"`
	TimeZone *string `json:"time_zone"`
	Locale   *string `json:"locale"`
	CareTarget
}

// ClientChange is what a counselor may correct about a client.
type ClientChange struct {
	Name     *string `json:"name"`
	TimeZone *string `json:"time_zone"`
	Locale   *string `json:"locale"`

	UnavailableHours []WeeklyHours `json:"unavailable_hours"`
}

func (in ClientInput) check() error {
	var c check
	c.optionalID("id", in.ID)
	c.text("name", in.Name, 1, 200)
	if in.Level != nil {
		oneOf(&c, "level", *in.Level, levels()...)
	}
	c.optionalZone("time_zone", in.TimeZone)
	c.optionalLocale("locale", in.Locale)
	in.CareTarget.check(&c)
	return c.err()
}

// clientRow is a client with what stands of their care.
type clientRow struct {
	ID         string
	Name       Sealed
	EnrolledAt *Instant
	LeftAt     *Instant
	TimeZone   string
	Locale     string
	Version    int64
	CreatedAt  Instant
	Level      *string
	Discharged bool

	Reached

	Unavailable Sealed

	EpisodeStart *Instant
	WeeklyHours  *int
}

const selectClients = `SELECT u.id, u.name, u.enrolled_at, u.left_at, u.time_zone, u.locale, u.version, u.created_at, u.unavailable, e.level,
	e.starts_at AS episode_start, e.weekly_hours,
	e.id IS NULL AND EXISTS (SELECT 1 FROM episodes p WHERE p.client_id = u.id) AS discharged, ` + reachColumns + `
	FROM users u ` + joinBestPhone + ` LEFT JOIN episodes e ON e.client_id = u.id AND e.ended_at IS NULL`

func (o *opener) client(row clientRow) ClientRecord {
	return ClientRecord{ID: row.ID, Name: o.text(userName, row.ID, row.Name), Enrolled: row.EnrolledAt != nil, TimeZone: row.TimeZone,
		Locale: row.Locale, Level: row.Level, Discharged: row.Discharged, LeftAt: row.LeftAt, Reached: row.Reached, Version: row.Version,
		UnavailableHours: openList[WeeklyHours](o, userUnavailable, row.ID, row.Unavailable)}
}

func (t *tx) clientRecord(actor Actor, id string) (ClientRecord, error) {
	var rows []clientRow
	if err := t.scan(&rows, selectClients+" WHERE u.id = ? AND u.id IN (?)", t.now, t.doubt(), id, t.caseloadOf(actor)); err != nil {
		return ClientRecord{}, err
	}
	if len(rows) == 0 {
		return ClientRecord{}, ErrNotFound
	}
	open := opener{keys: t.keys}
	return open.client(rows[0]), open.err
}

// CreateClient adds a client, puts them on the actor's caseload and begins an episode at the level given (IOP).
func (s *Store) CreateClient(ctx context.Context, actor Actor, once Once, in ClientInput) (ClientRecord, error) {
	if err := in.check(); err != nil {
		return ClientRecord{}, err
	}
	var client ClientRecord
	err := s.write(ctx, func(tx *tx) (err error) {
		client, err = writeOnce(tx, actor, once, func() (string, error) { return tx.createClient(actor, in) },
			func(id string) (ClientRecord, error) { return tx.clientRecord(actor, id) })
		return err
	})
	return client, err
}

func (t *tx) createClient(actor Actor, in ClientInput) (string, error) {
	clinic, err := t.joinClinic(actor.ClinicID)
	if err != nil {
		return "", err
	}
	id := chosen(in.ID)
	err = t.createUser(clinic, newPerson{ID: id, Role: Client, Name: in.Name, TimeZone: in.TimeZone, Locale: in.Locale})
	if err != nil {
		return "", err
	}
	serves := caseloadRow{ID: newID(), ClinicID: actor.ClinicID, CounselorID: actor.UserID, ClientID: &id, StartsAt: t.now}
	if err := gorm.G[caseloadRow](t.db).Create(t.ctx, &serves); err != nil {
		return "", err
	}
	level := LevelIOP
	assign(&level, in.Level)
	episode := episodeRow{ID: newID(), ClinicID: actor.ClinicID, ClientID: id, Level: level, StartsAt: t.now, Version: 1}
	in.CareTarget.apply(&episode)
	if err := t.createEpisode(episode); err != nil {
		return "", err
	}
	return id, t.audit(actor, "create_client", id, "")
}

// Client is one client of the actor's caseload.
func (s *Store) Client(ctx context.Context, actor Actor, id string) (ClientRecord, error) {
	var client ClientRecord
	err := s.write(ctx, func(tx *tx) (err error) {
		if client, err = tx.clientRecord(actor, id); err != nil {
			return err
		}
		return tx.audit(actor, "read_client", id, "")
	})
	return client, err
}

// Clients lists the actor's caseload, in the order in which the clients came to the clinic.
func (s *Store) Clients(ctx context.Context, actor Actor, page Page) (List[ListedClient], error) {
	var list List[ListedClient]
	err := s.write(ctx, func(tx *tx) error {
		at, err := tx.openCursor(actor, "clients", page)
		if err != nil {
			return err
		}
		var rows []clientRow
		err = tx.scan(&rows, selectClients+" WHERE ? AND (u.created_at, u.id) > (?, ?) ORDER BY u.created_at, u.id LIMIT ?",
			tx.now, tx.doubt(), tx.amongThose("u.id", "?", tx.caseloadOf(actor)), at.At, at.ID, at.limit+1)
		if err != nil {
			return err
		}
		week, err := tx.thisWeek(rows)
		if err != nil {
			return err
		}
		open := opener{keys: tx.keys}
		list, err = listOf(at, rows, func(r clientRow) (ListedClient, position) {
			return ListedClient{open.client(r), week[r.ID]}, position{At: r.CreatedAt, ID: r.ID}
		})
		if err := cmp.Or(err, open.err); err != nil {
			return err
		}
		return tx.auditEach(actor, "list_clients", views(list.Items, func(c ListedClient) string { return c.ID }), "")
	})
	return list, err
}

// UpdateClient corrects a client's name, time zone or language.
func (s *Store) UpdateClient(ctx context.Context, actor Actor, id string, ifMatch *int64, in ClientChange) (ClientRecord, error) {
	var c check
	c.optionalText("name", in.Name, 1, 200)
	c.optionalZone("time_zone", in.TimeZone)
	c.optionalLocale("locale", in.Locale)
	c.hours("unavailable_hours", in.UnavailableHours)
	if err := c.err(); err != nil {
		return ClientRecord{}, err
	}
	var client ClientRecord
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockPeople(id); err != nil {
			return err
		}
		row, err := tx.clientInCare(actor, id)
		if err != nil {
			return err
		}
		if err := matches(ifMatch, row.Version); err != nil {
			return err
		}
		if in.Name != nil {
			sealed, err := tx.keys.Seal(userName, id, *in.Name)
			if err != nil {
				return err
			}
			if err := tx.exec("UPDATE users SET name = ? WHERE id = ?", sealed, id); err != nil {
				return err
			}
		}
		assign(&row.TimeZone, in.TimeZone)
		assign(&row.Locale, in.Locale)
		if err := tx.setUnavailable(&row, in.UnavailableHours); err != nil {
			return err
		}
		if err := tx.saveProfile(row); err != nil {
			return err
		}
		if err := tx.audit(actor, "update_client", id, ""); err != nil {
			return err
		}
		client, err = tx.clientRecord(actor, id)
		return err
	})
	return client, err
}
