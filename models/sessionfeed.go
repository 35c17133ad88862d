package models

import (
	"slices"

	"gorm.io/gorm"
)

// sessionsChanged tells the feeds of everybody concerned and reconciles their reminders.
func (t *tx) sessionsChanged(cause string, clients []string, rows ...sessionRow) error {
	bySeries := map[string][]sessionRow{}
	for _, row := range rows {
		bySeries[row.SeriesID] = append(bySeries[row.SeriesID], row)
	}
	for seriesID, rows := range bySeries {
		if err := t.publishSessions(seriesID, rows); err != nil {
			return err
		}
	}
	return t.replan(cause, clients...)
}

// publishSessions tells the feeds of the clients on a series' roster.
func (t *tx) publishSessions(seriesID string, rows []sessionRow) error {
	clients, err := t.rosterClients(seriesID)
	if err != nil {
		return err
	}
	return t.publishSessionsTo(seriesID, rows, clients...)
}

// publishSessionsTo tells these clients' feeds; a session that is not on their list (any more) is a tombstone there.
// An empty seriesID means sessions of several series that the clients have just left.
func (t *tx) publishSessionsTo(seriesID string, rows []sessionRow, clients ...string) error {
	entries, err := gorm.G[rosterRow](t.db).Where("series_id = ? AND ?", seriesID, t.among("client_id", clients)).Find(t.ctx)
	if err != nil {
		return err
	}
	var changes []change
	for _, client := range clients {
		for _, row := range rows {
			changes = append(changes, change{ClientID: client, Kind: changeSession, SubjectID: row.ID, Deleted: !isOnRoster(entries, client, row.StartsAt)})
		}
	}
	return t.publish(changes...)
}

func isOnRoster(entries []rosterRow, clientID string, at Instant) bool {
	return slices.ContainsFunc(entries, func(e rosterRow) bool {
		return e.ClientID == clientID && e.StartsAt <= at && (e.EndsAt == nil || *e.EndsAt > at)
	})
}
