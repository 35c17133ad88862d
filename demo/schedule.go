package demo

import (
	"fmt"
	"strings"
	"time"
)

// groups are what the clinic runs. Their days are counted from today, and none is today, nor tomorrow, whose reminders come
// today: what takes place today is some hours ahead, and is all that phones are told of at first.
var groups = []struct {
	kind, title, place, start string
	minutes, counselor        int
	days                      []int
	leastWeeks                int // of those who belong to it
}{
	{"group", "Relapse prevention", "Room 4", "17:30:00", 180, 0, []int{2, 4, 6}, 0},
	{"skills", "Coping skills", "Room 2", "17:30:00", 180, 1, []int{2, 4, 6}, 0},
	{"aftercare", "Alumni meeting", "Garden room", "18:00:00", 60, 1, []int{3}, 9},
}

const (
	relapsePrevention = iota
	copingSkills
	alumni
)

// schedule lays out the twelve weeks past and those to come.
func (c *clinic) schedule() {
	from := c.today.AddDate(0, 0, -84)
	for _, group := range groups {
		counselor := c.counselors[group.counselor]
		id := counselor.call("POST", "/v1/series", object{"kind": group.kind, "title": group.title, "place": group.place,
			"duration_minutes": group.minutes, "local_start": local(from.AddDate(0, 0, group.days[0]), group.start), "rule": c.weekly(group.days)}).text("id")
		c.series = append(c.series, id)
		for i, who := range clients {
			if who.counselor == group.counselor && who.weeks >= group.leastWeeks {
				since := c.today.AddDate(0, 0, -7*who.weeks)
				counselor.call("POST", "/v1/series/"+id+"/roster", object{"client_id": c.clients[i].id, "from": rfc3339(since.Add(12 * time.Hour))})
				c.enter(id, i, since)
			}
		}
	}
	for i, who := range clients {
		since := c.today.AddDate(0, 0, -14*(who.weeks/2)+2+2*(i%3))
		id := c.counselors[who.counselor].call("POST", "/v1/series", object{"kind": "individual", "title": "One to one",
			"place": fmt.Sprintf("Office %d", who.counselor+1), "local_start": local(since, fmt.Sprintf("%02d:00:00", 10+i%6)), "duration_minutes": 50,
			"rule": "FREQ=WEEKLY;INTERVAL=2", "client_ids": []string{c.clients[i].id}}).text("id")
		c.enter(id, i, since)
		if who.meeting != "" {
			c.clients[i].call("POST", "/v1/me/meetings", object{"title": who.meeting, "local_start": local(from.AddDate(0, 0, 2+i%3), "19:00:00"),
				"duration_minutes": 60, "rule": "FREQ=WEEKLY", "place": "St. Mark's hall"})
		}
	}
}

func (c *clinic) enter(seriesID string, client int, since time.Time) {
	if c.rosters[seriesID] == nil {
		c.rosters[seriesID] = map[int]time.Time{}
	}
	c.rosters[seriesID][client] = since
}

func local(day time.Time, clock string) string { return day.Format(time.DateOnly) + "T" + clock }

// weekly is a rule for days counted from today.
func (c *clinic) weekly(days []int) string {
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = strings.ToUpper(c.today.AddDate(0, 0, day).Weekday().String()[:2])
	}
	return "FREQ=WEEKLY;BYDAY=" + strings.Join(names, ",")
}

// tellToday makes things fall due within seconds: reminders come two hours before a session and three before homework is
// due. Two of the group have said beforehand whether they come.
func (c *clinic) tellToday() {
	soon := func(lead time.Duration, seconds int) time.Time {
		return time.Now().Add(lead + time.Duration(seconds)*time.Second).Truncate(time.Second)
	}
	add := func(group int, at time.Time) string {
		c.counselors[groups[group].counselor].call("POST", "/v1/series/"+c.series[group]+"/sessions",
			object{"local_start": at.In(c.today.Location()).Format("2006-01-02T15:04:05"), "duration_minutes": 90})
		return rfc3339(at)
	}
	handOut := func(group int) {
		c.counselors[groups[group].counselor].call("POST", "/v1/series/"+c.series[group]+"/assignments",
			object{"template": "trigger_log", "due": rfc3339(c.today.AddDate(0, 0, 2).Add(20 * time.Hour))})
	}
	handOut(relapsePrevention)
	handOut(copingSkills)
	starts := add(relapsePrevention, soon(2*time.Hour, 4))
	c.answer("Casey Nguyen", starts, object{"answer": "cannot_come", "note": "No ride today. Can I join by phone?"})
	c.answer("Taylor Brooks", starts, object{"answer": "late", "minutes_late": 10})
	add(alumni, soon(2*time.Hour, 6))
	for i, who := range clients {
		if who.counselor == groups[alumni].counselor && who.weeks < groups[alumni].leastWeeks {
			c.counselors[who.counselor].call("POST", "/v1/clients/"+c.clients[i].id+"/assignments",
				object{"template": "reading", "due": rfc3339(soon(3*time.Hour, 5))})
		}
	}
}

// answer says beforehand whether a client comes to what starts then.
func (c *clinic) answer(name, starts string, rsvp object) {
	for i, who := range clients {
		if who.name != name {
			continue
		}
		for _, session := range c.clients[i].call("GET", "/v1/me/sessions?from="+starts+"&limit=1", nil).items() {
			c.clients[i].call("PUT", "/v1/me/sessions/"+session.text("id")+"/rsvp", rsvp)
		}
	}
}
