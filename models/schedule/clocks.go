package schedule

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Clocks are how far a zone's clocks are from UTC over some years, by the zone data of
// whoever wrote them down. Only ClocksOf and ParseClocks make usable ones.
type Clocks struct {
	until int64  // Unix seconds: not known beyond
	moves []move // in order; the first holds from the beginning
}

// move is a change of clocks.
type move struct {
	at     int64 // Unix seconds
	offset int   // seconds east of UTC from then on
}

// ClocksOf writes down the clocks of a zone from an instant until another, by the zone
// data of this machine.
func ClocksOf(zone *time.Location, from, until time.Time) Clocks {
	// No change of clocks is taken back within a week: none is overlooked between two looks.
	const step = 7 * 24 * time.Hour
	offset := func(t time.Time) int { _, seconds := t.In(zone).Zone(); return seconds }
	c := Clocks{until: until.Unix(), moves: []move{{from.Unix(), offset(from)}}}
	for t := from; t.Before(until); t = t.Add(step) {
		before, after := t.Unix(), min(t.Add(step).Unix(), c.until)
		moved := offset(time.Unix(after, 0))
		if moved == c.moves[len(c.moves)-1].offset {
			continue
		}
		for after-before > 1 {
			if middle := before + (after-before)/2; offset(time.Unix(middle, 0)) == moved {
				after = middle
			} else {
				before = middle
			}
		}
		c.moves = append(c.moves, move{after, moved})
	}
	return c
}

// Until is the instant beyond which the clocks are not known.
func (c Clocks) Until() time.Time { return time.Unix(c.until, 0).UTC() }

// Agree says whether two know the same of the time from an instant on, as far as both reach.
func (c Clocks) Agree(other Clocks, from time.Time) bool {
	until := min(c.until, other.until)
	return c.between(from.Unix(), until).String() == other.between(from.Unix(), until).String()
}

func (c Clocks) between(from, until int64) Clocks {
	cut := Clocks{until: until, moves: []move{{from, c.offset(from)}}}
	for _, m := range c.moves {
		if m.at > from && m.at <= until {
			cut.moves = append(cut.moves, m)
		}
	}
	return cut
}

func (c Clocks) offset(at int64) int {
	offset := c.moves[0].offset
	for _, m := range c.moves {
		if m.at <= at {
			offset = m.offset
		}
	}
	return offset
}

// Local is what the clocks show at t.
func (c Clocks) Local(t time.Time) Local { return LocalOf(t, time.FixedZone("", c.offset(t.Unix()))) }

// String writes what ParseClocks reads: until when they are known, and each change as its instant and the offset that
// begins there, all in seconds.
func (c Clocks) String() string {
	words := []string{strconv.FormatInt(c.until, 10)}
	for _, m := range c.moves {
		words = append(words, strconv.FormatInt(m.at, 10)+":"+strconv.Itoa(m.offset))
	}
	return strings.Join(words, " ")
}

// ParseClocks reads what String writes.
func ParseClocks(s string) (Clocks, error) {
	words := strings.Fields(s)
	if len(words) < 2 {
		return Clocks{}, errors.New("expected an end and at least one offset")
	}
	until, err := strconv.ParseInt(words[0], 10, 64)
	c := Clocks{until: until}
	for _, word := range words[1:] {
		at, offset, _ := strings.Cut(word, ":")
		m := move{}
		var failed [2]error
		m.at, failed[0] = strconv.ParseInt(at, 10, 64)
		m.offset, failed[1] = strconv.Atoi(offset)
		err = errors.Join(err, failed[0], failed[1])
		c.moves = append(c.moves, m)
	}
	return c, err
}
