package schedule

import (
	"cmp"
	"slices"
	"time"
)

// Push is a push that is planned. An exempt one comes however many there are on its day.
type Push struct {
	At     time.Time
	Exempt bool
}

// Dose says which of the planned pushes of a person may come, so that none of their days, by the clock in zone, holds more
// than most. Those that are out and those that are exempt come first; what they leave of a day goes to the others by time.
func Dose(out []time.Time, planned []Push, most int, zone *time.Location) []bool {
	day := func(t time.Time) string { return LocalOf(t, zone).Date() }
	held := map[string]int{}
	for _, at := range out {
		held[day(at)]++
	}
	comes := make([]bool, len(planned))
	order := make([]int, len(planned))
	for i, p := range planned {
		order[i] = i
		if p.Exempt {
			held[day(p.At)]++
			comes[i] = true
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(planned[a].At.Compare(planned[b].At), cmp.Compare(a, b)) })
	for _, i := range order {
		if d := day(planned[i].At); !comes[i] && held[d] < most {
			held[d]++
			comes[i] = true
		}
	}
	return comes
}
