package notify

import (
	"context"
	"time"

	"handrail/models"
)

// record stores what comes off the wire, many at a time, until answers is closed. While the database is away it keeps
// what it has and tries again; once ctx has ended it tries once, and what is not recorded then is sent again.
func (r *run) record(ctx context.Context) {
	for first := range r.answers {
		sent := r.gather(first)
		for {
			fenced, err := r.Store.CompletePushes(context.WithoutCancel(ctx), sent)
			if err == nil || ctx.Err() != nil {
				r.done <- recorded{pushes: len(sent), fenced: fenced, err: err}
				break
			}
			r.Log.Error("what was sent cannot be recorded", "pushes", len(sent), "error", err)
			r.done <- recorded{err: err}
			pause(ctx, afterFault)
		}
	}
}

// gather lets answers come in for a moment, so that they are recorded together.
func (r *run) gather(first models.SentPush) []models.SentPush {
	sent := []models.SentPush{first}
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for len(sent) < claimMost {
		select {
		case s, open := <-r.answers:
			if !open {
				return sent
			}
			sent = append(sent, s)
		case <-timer.C:
			return sent
		}
	}
	return sent
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
