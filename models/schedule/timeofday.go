package schedule

import (
	"errors"
	"fmt"
	"time"
)

// TimeOfDay is a clock time in minutes after midnight, 0 to 1439.
type TimeOfDay int

// ParseTimeOfDay reads "18:00", from "00:00" to "23:59".
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	const layout = "15:04"
	t, err := time.Parse(layout, s)
	if err != nil || t.Format(layout) != s {
		return 0, errors.New("expected a time of day from 00:00 to 23:59, such as 18:00")
	}
	return TimeOfDay(t.Hour()*60 + t.Minute()), nil
}

// String writes the time as "18:00".
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }
