package models

import (
	"math"
	"time"
)

// pace is how fast all nodes together hand messages to FCM, whose quota is the project's and not a node's. Each message costs
// its share of time: so many messages in a minute cost a minute. What is ahead of the clock has been handed over and is not
// paid for yet, which may be a second's worth at most.
type pace struct {
	PaidUntil Instant // what was handed over is paid for then
	RampFrom  Instant // the sending has been growing to its full speed since then
	EasedFrom Instant // FCM had enough; the limit grows back from then
	EasedTo   int     // the limit then, in messages a minute

	CountedFrom  Instant // the ten minutes of which the next two are a count
	Handed       int     // messages handed over
	Dead         int     // registrations that FCM called dead
	DoubtedUntil Instant // too many were: until then none is believed to be
}

// DefaultPushRate keeps a fifth of FCM's default quota, 600,000 a minute, for whatever else the project sends, and for the
// attempts that FCM counts otherwise than we do.
const DefaultPushRate = 480_000

// LeastPushRate is the least that can be asked for, and what the pace never falls below: a hundred messages at once, which
// is what a clinic sends on the hour, are not held back however slow the sending is to be.
const LeastPushRate = 6_000

const (
	paceAhead  = time.Second            // this much may go at once
	paceSlice  = 100 * time.Millisecond // less than this is not worth a look at the database
	paceGuard  = time.Minute            // a clock that was set back does not hold the sending up for longer
	rampOver   = time.Minute            // FCM asks for it
	rampIdle   = time.Minute            // after so long a silence the ramp begins anew
	rampBegins = 0.1                    // of the limit
	regained   = 0.1                    // of the rate, in each minute after FCM had enough
)

// limit is how many messages a minute FCM is thought to take, at most the rate that was configured.
func (p pace) limit(now Instant, rate int) float64 {
	since := max(now.Sub(p.EasedFrom), 0)
	return min(float64(rate), float64(p.EasedTo)+regained*float64(rate)*since.Minutes())
}

// cost is how much time one message takes up now. It counts the second that may go at once as part of the minute: so no
// minute, wherever it begins, has more messages in it than the rate.
func (p pace) cost(now Instant, rate int) time.Duration {
	grown := min(max(now.Sub(p.RampFrom), 0).Seconds()/rampOver.Seconds(), 1)
	speed := max(p.limit(now, rate)*(rampBegins+(1-rampBegins)*grown), LeastPushRate)
	return time.Duration(math.Ceil(float64(time.Minute+paceAhead) / min(speed, float64(rate))))
}

// ahead is how much time's worth may be handed over now.
func (p pace) ahead(now Instant) time.Duration { return now.Add(paceAhead).Sub(max(p.PaidUntil, now)) }

// grant is how many of the messages that are wanted may be handed over now. While it is the pace that holds them up, they
// go a slice at a time.
func (p pace) grant(now Instant, want, rate int) int {
	p = p.at(now)
	n := int(p.ahead(now) / p.cost(now, rate))
	switch {
	case n >= want:
		return want
	case p.ahead(now) < paceSlice:
		return 0
	}
	return n
}

// opens is when something may be handed over next.
func (p pace) opens(now Instant) Instant {
	p = p.at(now)
	return max(now, p.PaidUntil.Add(paceSlice-paceAhead))
}

// charge is the pace after n messages were handed over; fewer than none were granted and not used.
func (p pace) charge(now Instant, n, rate int) pace {
	p = p.at(now)
	cost := time.Duration(n) * p.cost(now, rate)
	p.PaidUntil = max(p.PaidUntil, now) + Instant(math.Ceil(float64(cost)/float64(time.Microsecond)))
	return p.count(now, n)
}

// ease is the pace after FCM asked for silence until an instant: half of what it was thought to take, once for each
// silence, however many messages were told so.
func (p pace) ease(now, until Instant, rate int) pace {
	if now >= p.EasedFrom {
		p.EasedTo = int(max(p.limit(now, rate)/2, LeastPushRate))
	}
	p.EasedFrom = max(p.EasedFrom, until)
	p.RampFrom = p.EasedFrom
	return p
}

// at is the pace as it stands now.
func (p pace) at(now Instant) pace {
	if now.Sub(p.PaidUntil) > rampIdle {
		p.RampFrom = max(p.RampFrom, now)
	}
	p.PaidUntil = min(p.PaidUntil, now.Add(paceGuard))
	return p
}

// pace reads the pace; FOR UPDATE keeps it until the transaction ends. It is taken before pushes.
func (t *tx) pace(lock string) (p pace, err error) {
	err = t.scan(&p, "SELECT * FROM pace WHERE id = 1"+t.lockClause(lock))
	return p, err
}

func (t *tx) keepPace(p pace) error {
	return t.exec(`UPDATE pace SET paid_until = ?, ramp_from = ?, eased_from = ?, eased_to = ?, counted_from = ?, handed = ?, dead = ?,
		doubted_until = ? WHERE id = 1`, p.PaidUntil, p.RampFrom, p.EasedFrom, p.EasedTo, p.CountedFrom, p.Handed, p.Dead, p.DoubtedUntil)
}
