package notify

import (
	"context"
	"errors"
	"time"

	"handrail/models"
)

// record stores what comes off the wire, many at a time, until answers is closed. While the database is away it keeps
// what it has and tries again, with fewer where there was no time for so many; once ctx has ended it tries once, and what
// is not recorded then is sent again.
func (r *run) record(ctx context.Context) {
	most := claimMost
	for first := range r.answers {
		for sent := r.gather(first); len(sent) > 0; {
			part := sent[:min(most, len(sent))]
			locked, fenced, err := r.complete(ctx, part)
			if err == nil {
				r.tryAgain(ctx, locked)
				r.done <- recorded{pushes: len(part) - len(locked), fenced: fenced}
				sent, most = sent[len(part):], min(2*most, claimMost)
				continue
			}
			if ctx.Err() != nil {
				r.done <- recorded{pushes: len(sent), fenced: fenced, err: err}
				break
			}
			r.Log.Error("what was sent cannot be recorded", "pushes", len(part), "error", err)
			r.done <- recorded{err: err}
			if errors.Is(err, context.DeadlineExceeded) {
				most = max(len(part)/2, 1)
			}
			sleep(ctx, afterFault)
		}
	}
}

// tryAgain has pushes that somebody kept locked recorded a little later. They keep their room until then.
func (r *run) tryAgain(ctx context.Context, locked []models.SentPush) {
	if len(locked) == 0 {
		return
	}
	go func() {
		sleep(ctx, afterFault)
		for _, push := range locked {
			r.answers <- push
		}
	}()
}

// mostLocked is how often a push is tried again that somebody keeps locked.
const mostLocked = 4

// complete records a batch. If the database is there and refuses it, or keeps it waiting for a lock, one push must be at
// fault: then each is recorded by itself. What is locked, and what time runs out for meanwhile, is returned, to be tried
// again; what is refused otherwise, or is locked for too long, is left to its lease rather than holding up the others for ever.
func (r *run) complete(ctx context.Context, sent []models.SentPush) (locked []models.SentPush, fenced int, err error) {
	last := ctx.Err() != nil
	ctx, cancel := toTheEnd(ctx, recordBound)
	defer cancel()
	fenced, err = r.Store.CompletePushes(ctx, sent)
	if err == nil {
		r.forget(sent)
	}
	if err == nil || isAway(err) {
		return nil, fenced, err
	}
	r.Log.Error("a batch is refused; each push is recorded by itself", "pushes", len(sent), "error", err)
	waited := false
	for i, push := range sent {
		n, err := r.Store.CompletePushes(ctx, sent[i:i+1])
		isLocked := errors.Is(err, models.ErrLocked)
		waited = waited || isLocked
		switch {
		case err == nil:
			fenced += n
		case isLocked && !last && r.locked[push.Claim] < mostLocked:
			r.locked[push.Claim]++
			locked = append(locked, push)
			continue
		case waited && ctx.Err() != nil && !last:
			return append(locked, sent[i:]...), fenced, nil
		case waited && ctx.Err() != nil:
			r.Log.Error("there was no time to record the rest of a batch", "pushes", len(sent)-i)
			return nil, fenced, nil
		case isAway(err):
			return nil, fenced, err
		default:
			r.Log.Error("a push cannot be recorded", "push", push.PushID, "error", err)
		}
		r.forget(sent[i : i+1])
	}
	return locked, fenced, nil
}

func (r *run) forget(sent []models.SentPush) {
	for _, push := range sent {
		delete(r.locked, push.Claim)
	}
}

// isAway says that the database does nothing now, whatever it is asked.
func isAway(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, models.ErrUnavailable)
}

// gather lets answers come in for a moment, so that they are recorded together, unless none is to come.
func (r *run) gather(first models.SentPush) []models.SentPush {
	sent := []models.SentPush{first}
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for len(sent) < claimMost {
		if len(r.answers) == 0 && r.onWire.Load() == 0 {
			return sent
		}
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

// toTheEnd is for what is written though the worker is being stopped.
func toTheEnd(ctx context.Context, bound time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), bound)
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
