package fcmtest

import (
	"slices"
	"strconv"
	"time"
)

const (
	maxKept         = 100 // non-collapsible messages that FCM stores for an absent Android phone
	maxCollapseKeys = 4   // collapse keys that FCM stores for one phone
)

// notificationKey stands for the app's package name, the collapse key of every notification message. A
// collapse_key that a sender may give has no NUL in it.
const notificationKey = "\x00notification"

// keptMessage waits for an absent phone.
type keptMessage struct {
	message Message
	expires time.Time
	key     string // collapse key; "" for a message that stands for itself
}

// keep stores a message for an absent phone as the platform does. It is called under the lock.
func (p *phone) keep(m *Message, now time.Time) {
	p.expire(now)
	item := keptMessage{message: *m, expires: m.expiry(now)}
	if !item.expires.After(now) {
		p.lost++ // time to live 0: now or never
		return
	}
	switch {
	case p.Platform == IOS: // APNs stores one notification per app, the latest
		p.drop(func(keptMessage) bool { return true })
	case m.posted() != nil:
		item.key = notificationKey
	case m.Android.CollapseKey != "":
		item.key = m.Android.CollapseKey
	}
	if item.key != "" {
		p.drop(func(old keptMessage) bool { return old.key == item.key })
		p.dropSurplusKey()
	} else if p.uncollapsed() >= maxKept {
		// FCM: "If the limit is reached, all stored messages are discarded." That the message which finds the store
		// full goes with them is assumed.
		p.drop(func(keptMessage) bool { return true })
		p.lost++
		return
	}
	p.kept = append(p.kept, item)
}

// expire drops what is past its time to live.
func (p *phone) expire(now time.Time) {
	p.drop(func(old keptMessage) bool { return !old.expires.After(now) })
}

// drop loses the kept messages that match.
func (p *phone) drop(match func(keptMessage) bool) {
	before := len(p.kept)
	p.kept = slices.DeleteFunc(p.kept, match)
	p.lost += before - len(p.kept)
}

// dropSurplusKey makes room for one more collapse key. FCM does not say which key goes; here it is the oldest.
func (p *phone) dropSurplusKey() {
	keys := 0
	for _, old := range p.kept {
		if old.key != "" {
			keys++
		}
	}
	if keys < maxCollapseKeys {
		return
	}
	oldest := slices.IndexFunc(p.kept, func(old keptMessage) bool { return old.key != "" })
	p.kept = slices.Delete(p.kept, oldest, oldest+1)
	p.lost++
}

// uncollapsed counts the kept messages that stand for themselves.
func (p *phone) uncollapsed() (n int) {
	for _, old := range p.kept {
		if old.key == "" {
			n++
		}
	}
	return n
}

// appleExpiry reads apns-expiration: Unix seconds, 0 for one attempt only, DefaultTTL from now when absent.
func (m *Message) appleExpiry(now time.Time) time.Time {
	header, set := m.APNS.Headers["apns-expiration"]
	if !set {
		return now.Add(DefaultTTL)
	}
	seconds, err := strconv.ParseInt(header, 10, 64)
	if err != nil {
		return now // check has refused it already
	}
	return time.Unix(seconds, 0)
}
