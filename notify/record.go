package notify

import (
	"context"
	"errors"
	"time"

	"handrail/models"
)

// record stores what comes off the wire, many at a time, until answers is closed. While the database is away it keeps
// what it has and tries again; once ctx has ended it tries once, and what is not recorded then is sent again.
func (r *run) record(ctx context.Context) {
	for first := range r.answers {
		sent := r.gather(first)
		for {
			fenced, err := r.complete(ctx, sent)
			if err == nil || ctx.Err() != nil {
				r.done <- recorded{pushes: len(sent), fenced: fenced, err: err}
				break
			}
			r.Log.Error("what was sent cannot be recorded", "pushes", len(sent), "error", err)
			r.done <- recorded{err: err}
			sleep(ctx, afterFault)
		}
	}
}

// complete records a batch. If the database is there and refuses it, or keeps it waiting for a lock, one push must be at
// fault: then each is recorded by itself, and that one is left to its lease rather than holding up the others for ever. If
// several are and time runs out, the rest is left to its lease too, which has run out by then.
func (r *run) complete(ctx context.Context, sent []models.SentPush) (fenced int, err error) {
	ctx, cancel := toTheEnd(ctx, recordBound)
	defer cancel()
	fenced, err = r.Store.CompletePushes(ctx, sent)
	if err == nil || isAway(err) {
		return fenced, err
	}
	r.Log.Error("a batch is refused; each push is recorded by itself", "pushes", len(sent), "error", err)
	locked := false
	for i, push := range sent {
		n, err := r.Store.CompletePushes(ctx, sent[i:i+1])
		switch {
		case err == nil:
			fenced += n
		case locked && ctx.Err() != nil:
			r.Log.Error("there was no time to record the rest of a batch", "pushes", len(sent)-i)
			return fenced, nil
		case isAway(err):
			return fenced, err
		default:
			locked = locked || errors.Is(err, models.ErrLocked)
			r.Log.Error("a push cannot be recorded", "push", push.PushID, "error", err)
		}
	}
	return fenced, nil
}

// isAway says that the database does nothing now, whatever it is asked.
func isAway(err error) bool {
	var e *models.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &e) && e != models.ErrLocked
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

// sleep rests for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
