package demo

import (
	"maps"
	"time"
)

// tellPast tells what clients were given to do, returned and were answered, week by week. All of it was returned before it
// was to be reminded of, so that no phone is told of the past. Schedules come after it: they may begin in the past, and plan
// no reminders there.
func (c *clinic) tellPast() {
	for i, who := range clients {
		c.tellPlans(i)
		for week := who.weeks; week >= 1; week-- {
			c.tellWeek(i, week)
		}
		if who.weeks > 2 {
			c.tellPractice(i)
		}
	}
	c.present()
}

// tellPlans is what a client wants to reach, and who stands by them.
func (c *clinic) tellPlans(i int) {
	who := clients[i]
	c.weeksAgo(who.weeks, 0, 19)
	for place, text := range who.goals {
		goal := c.clients[i].call("POST", "/v1/me/goals", object{"text": text, "position": place,
			"target_on": c.today.AddDate(0, 0, 20*(place+1)).Format(time.DateOnly)})
		if place == 0 && who.comment != "" {
			c.counselors[who.counselor].call("POST", "/v1/goals/"+goal.text("id")+"/comments", object{"text": who.comment})
		}
	}
	if who.contacts != nil {
		c.clients[i].call("POST", "/v1/me/contacts/import", object{"contacts": who.contacts})
	}
}

// tellWeek is one piece of homework: given, returned, answered. Of the last ones some wait for an answer, and some were given
// back for more work.
func (c *clinic) tellWeek(i, week int) {
	who := clients[i]
	client, counselor := c.clients[i], c.counselors[who.counselor]
	task := maps.Clone(homework[(i+week)%len(homework)])
	task["due"] = rfc3339(c.weeksAgo(week, 1, 11).AddDate(0, 0, 5))
	id := counselor.call("POST", "/v1/clients/"+client.id+"/assignments", task).text("id")
	work := object{"text": said[who.locale].page}
	if template := task.text("template"); template != "" {
		work = object{"answers": answers[template]}
	}
	c.weeksAgo(week, 3, 20)
	client.call("POST", "/v1/me/assignments/"+id+"/submit", work)
	c.weeksAgo(week, 4, 15)
	switch comments := said[who.locale].comments; {
	case week > 1 || i%3 == 2:
		counselor.call("POST", "/v1/assignments/"+id+"/review", object{"decision": "accepted", "comment": comments[(i+week)%len(comments)]})
	case i%3 == 1:
		counselor.call("POST", "/v1/assignments/"+id+"/review", object{"decision": "returned", "comment": said[who.locale].more,
			"due": rfc3339(c.today.AddDate(0, 0, 3).Add(20 * time.Hour))})
	}
}

// tellPractice is a skill to practise every day for two weeks, of which nine have gone by.
func (c *clinic) tellPractice(i int) {
	who := clients[i]
	c.weeksAgo(1, -2, 12)
	id := c.counselors[who.counselor].call("POST", "/v1/clients/"+c.clients[i].id+"/assignments", object{"template": "coping_practice",
		"due": rfc3339(c.today.AddDate(0, 0, 5).Add(20 * time.Hour)), "practice": object{"rule": "FREQ=DAILY;COUNT=14"}}).text("id")
	for _, days := range []int{-2, 0, 1, 3, 4, 6}[i%3:] {
		at := c.weeksAgo(1, days, 21)
		if at.Before(time.Now()) {
			c.clients[i].call("POST", "/v1/me/assignments/"+id+"/practice", object{})
		}
	}
}

// attendance records who was there, a whole sheet in a call, when a session was over. What each of the oldest clients says
// of meetings, they say for themselves.
func (c *clinic) attendance() {
	for _, counselor := range c.counselors {
		for n, session := range c.sessions(counselor, "/v1/sessions") {
			ends, err := time.Parse(time.RFC3339, session.text("ends_at"))
			if session.text("kind") == "aftercare" || err != nil {
				continue
			}
			c.clock.set(ends.Add(10 * time.Minute))
			counselor.call("PUT", "/v1/sessions/"+session.text("id")+"/attendance", object{"records": c.sheet(session, ends, n)})
		}
	}
	c.present()
	for _, client := range c.clients[:3] {
		for n, session := range c.sessions(client, "/v1/me/sessions") {
			if session.text("kind") == "aftercare" && n%5 != 0 {
				client.call("PUT", "/v1/me/sessions/"+session.text("id")+"/went", object{"went": n%7 != 0})
			}
		}
	}
}

// sessions lists what is past of twelve weeks.
func (c *clinic) sessions(reader *app, path string) (all []object) {
	c.present()
	path += "?limit=200&from=" + rfc3339(c.today.AddDate(0, 0, -84)) + "&to=" + rfc3339(c.today)
	for cursor := ""; c.err == nil; {
		page := reader.call("GET", path+cursor, nil)
		all = append(all, page.items()...)
		next := page.text("next_cursor")
		if next == "" {
			break
		}
		cursor = "&cursor=" + next
	}
	return all
}

// sheet is who of a session's roster came, and how.
func (c *clinic) sheet(session object, ends time.Time, n int) []object {
	ways := []object{{"status": "present"}, {"status": "present"}, {"status": "late", "minutes": 40}, {"status": "present"}, {"status": "present"},
		{"status": "excused"}, {"status": "present"}, {"status": "present"}, {"status": "left_early", "minutes": 35}, {"status": "present"}, {"status": "no_show"}}
	records := []object{}
	for i := range clients {
		if from, onRoster := c.rosters[session.text("series_id")][i]; onRoster && from.Before(ends.Add(-4*time.Hour)) {
			record := maps.Clone(ways[(n*5+i*3)%len(ways)])
			record["client_id"] = c.clients[i].id
			records = append(records, record)
		}
	}
	return records
}

func rfc3339(at time.Time) string { return at.UTC().Format(time.RFC3339) }
