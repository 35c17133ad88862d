package schedule

import (
	"errors"
	"fmt"
	"time"
)

// Week is an ISO 8601 week: Monday to Sunday on somebody's calendar.
type Week struct{ monday Local }

// ParseWeek reads "2026-W47", in the years 1970 to 2200.
func ParseWeek(s string) (Week, error) {
	var year, number int
	if len(s) == len("2026-W47") {
		if _, err := fmt.Sscanf(s, "%4d-W%2d", &year, &number); err == nil && year >= firstYear && year <= lastYear {
			// 4 January is always in the first week.
			first := Local{time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)}.Monday()
			if week := (Week{first.AddDays(7 * (number - 1))}); week.String() == s {
				return week, nil
			}
		}
	}
	return Week{}, errors.New("expected an ISO week of the years 1970 to 2200, such as 2026-W47")
}

// WeekOf is the week that l falls into.
func WeekOf(l Local) Week { return Week{l.Monday()} }

// Start is midnight of its Monday.
func (w Week) Start() Local { return w.monday }

// Next is the week after it.
func (w Week) Next() Week { return Week{w.monday.AddDays(7)} }

// String writes the week as 2026-W47.
func (w Week) String() string {
	year, number := w.monday.wall.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, number)
}
