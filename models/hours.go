package models

import (
	"slices"
	"time"

	"handrail/models/schedule"
)

// WeeklyHours are hours on some days of the week, on the wall clock of their owner's zone. They pass midnight where they
// end at or before their start; equal times are a whole day.
type WeeklyHours struct {
	Days  []string `json:"days"` // mo tu we th fr sa su
	Start string   `json:"start"`
	End   string   `json:"end"`
}

func weekdayWords() []string { return []string{"su", "mo", "tu", "we", "th", "fr", "sa"} } // as time.Weekday counts

// hours checks a list of weekly hours and reads them.
func (c *check) hours(field string, list []WeeklyHours) schedule.Hours {
	c.number(field, len(list), 0, 20)
	hours := make(schedule.Hours, len(list))
	for i, entered := range list {
		at := index(field, i)
		c.number(at+".days", len(entered.Days), 1, 7)
		for d, day := range entered.Days {
			oneOf(c, index(at+".days", d), day, weekdayWords()...)
			hours[i].Days = append(hours[i].Days, time.Weekday(slices.Index(weekdayWords(), day)))
		}
		hours[i].Start = c.timeOfDay(at+".start", entered.Start)
		hours[i].End = c.timeOfDay(at+".end", entered.End)
	}
	return hours
}

// timeOfDay wants a time on the clock.
func (c *check) timeOfDay(field, value string) schedule.TimeOfDay {
	at, err := schedule.ParseTimeOfDay(value)
	if err != nil {
		c.fail(field, "not_a_time_of_day", "Expected a time of day from 00:00 to 23:59, such as 18:00.")
	}
	return at
}
