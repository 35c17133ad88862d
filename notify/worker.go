package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"handrail/models"
)

// Worker sends what is due. One runs in each node; any number may share a database.
type Worker struct {
	Store    *models.Store
	Sender   Sender
	Log      *slog.Logger
	InFlight int // most pushes on the wire at once; 0: 256
}

const (
	lease       = 30 * time.Second      // twice as long as a call may take
	batch       = 100                   // pushes claimed, checked and recorded at a time
	flushAfter  = 20 * time.Millisecond // how long an answer may wait to be recorded with others
	lookEvery   = time.Second           // for other nodes' work, on a shared database
	lookSeldom  = 30 * time.Second      // else: the machine may have slept, the clock may have been set
	afterFault  = time.Second           // the database is away or full
	lockedPause = 50 * time.Millisecond // what is due is being changed by somebody
	firstRetry  = 2 * time.Second
	mostRetry   = 5 * time.Minute
)

// Counts are what a worker did.
type Counts struct {
	Claimed, Sent, Fenced int
}

// run is the state of one worker loop, which alone touches it.
type run struct {
	*Worker
	answers chan models.SentPush
	flying  int               // pushes on the wire
	sent    []models.SentPush // answered, not recorded yet
	counts  Counts
}

// Run sends what is due until ctx ends, then waits for what is on the wire and records it. It returns within the bound
// of one call.
func (w *Worker) Run(ctx context.Context) {
	r := w.start()
	for ctx.Err() == nil {
		wait, err := r.step(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the worker cannot use the database", "error", err)
			wait = afterFault
		}
		r.rest(ctx, wait)
	}
	if err := r.land(context.WithoutCancel(ctx)); err != nil {
		w.Log.Error("what was sent last is not recorded; it will be sent again", "error", err)
	}
}

// Drain sends everything that is due now and returns when nothing of it is left.
func (w *Worker) Drain(ctx context.Context) (Counts, error) {
	r := w.start()
	for {
		claimed := r.counts.Claimed
		if _, err := r.step(ctx); err != nil {
			return r.counts, err
		}
		if r.counts.Claimed == claimed {
			if err := r.land(ctx); err != nil {
				return r.counts, err
			}
			at, found, err := w.Store.NextDue(ctx)
			if err != nil {
				return r.counts, err
			}
			now, err := w.Store.Now(ctx)
			if err != nil || !found || at > now {
				return r.counts, err
			}
		}
	}
}

func (w *Worker) start() *run {
	r := &run{Worker: w}
	if r.InFlight == 0 {
		r.Worker = &Worker{Store: w.Store, Sender: w.Sender, Log: w.Log, InFlight: 256}
	}
	r.answers = make(chan models.SentPush, r.InFlight)
	return r
}

// step records what was answered and sends what is due, as far as there is room on the wire. It returns how long there
// is nothing to do unless something happens.
func (r *run) step(ctx context.Context) (wait time.Duration, err error) {
	r.collect()
	if len(r.sent) >= batch || len(r.sent) > 0 && r.flying == 0 {
		if err := r.record(ctx); err != nil {
			return 0, err
		}
	}
	room := r.InFlight - r.flying - len(r.sent)
	if room < min(batch, r.InFlight) {
		return flushAfter, nil // the next answers make room
	}
	claimed, err := r.launch(ctx, min(room, batch))
	if err != nil || claimed > 0 {
		return 0, err
	}
	if len(r.sent) > 0 {
		return 0, r.record(ctx)
	}
	return r.untilDue(ctx)
}

func (r *run) collect() {
	for {
		select {
		case s := <-r.answers:
			r.flying--
			r.sent = append(r.sent, s)
		default:
			return
		}
	}
}

// rest waits until there may be something to do.
func (r *run) rest(ctx context.Context, wait time.Duration) {
	if wait == 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-r.Store.Woken():
	case s := <-r.answers:
		r.flying--
		r.sent = append(r.sent, s)
		r.gather(ctx)
	}
}

// gather lets more answers come in, so that they are recorded together.
func (r *run) gather(ctx context.Context) {
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for r.flying > 0 && len(r.sent) < batch {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case s := <-r.answers:
			r.flying--
			r.sent = append(r.sent, s)
		}
	}
}

// untilDue is how long nothing is due.
func (r *run) untilDue(ctx context.Context) (time.Duration, error) {
	longest := lookSeldom
	if r.Store.Shared() {
		longest = lookEvery
	}
	at, found, err := r.Store.NextDue(ctx)
	if err != nil || !found {
		return longest, err
	}
	now, err := r.Store.Now(ctx)
	if err != nil {
		return 0, err
	}
	if at <= now {
		return lockedPause, nil
	}
	return min(at.Sub(now), longest), nil
}

// launch claims pushes, checks each once more and puts it on the wire at once: nothing waits between the check and the
// call, because there is room for every push that is claimed.
func (r *run) launch(ctx context.Context, most int) (claimed int, err error) {
	claims, err := r.Store.ClaimPushes(ctx, most, lease)
	if err != nil || len(claims) == 0 {
		return 0, err
	}
	r.counts.Claimed += len(claims)
	due, err := r.Store.CheckPushes(ctx, claims)
	if err != nil {
		return 0, errors.Join(err, r.Store.ReleasePushes(ctx, claims))
	}
	for _, push := range due {
		r.flying++
		if len(push.Targets) == 0 {
			r.answers <- models.SentPush{DuePush: push}
			continue
		}
		r.counts.Sent++
		// A call that has begun is not cut off when the worker stops: it ends within its own bound.
		go r.send(context.WithoutCancel(ctx), push)
	}
	return len(claims), nil
}

// send puts one push on the wire to each of its devices and reports once.
func (r *run) send(ctx context.Context, push models.DuePush) {
	sent := models.SentPush{DuePush: push, Results: make([]models.Result, len(push.Targets))}
	messages, err := compose(push)
	if err != nil {
		r.Log.Error("a push cannot be composed", "push", push.PushID, "error", err)
		for i, target := range push.Targets {
			sent.Results[i] = models.Result{DeviceID: target.DeviceID, State: models.DeliveryRejected, Code: "NOT_COMPOSED"}
		}
		r.answers <- sent
		return
	}
	var others sync.WaitGroup
	for i := 1; i < len(messages); i++ {
		others.Go(func() { sent.Results[i] = r.result(ctx, push, messages[i]) })
	}
	sent.Results[0] = r.result(ctx, push, messages[0])
	others.Wait()
	r.answers <- sent
}

func (r *run) result(ctx context.Context, push models.DuePush, m Message) models.Result {
	answer := r.Sender.Send(ctx, m)
	if answer.State != models.DeliveryAccepted {
		r.Log.Warn("push not accepted", "push", push.PushID, "device", m.Target.DeviceID, "code", answer.Code)
	}
	if pause := answer.Pause; pause != nil {
		for _, lane := range pause.Lanes {
			if err := r.Store.PauseLane(ctx, lane, pause.For, pause.Reason); err != nil {
				r.Log.Error("a lane cannot be paused", "lane", lane, "error", err)
			}
		}
	}
	return models.Result{DeviceID: m.Target.DeviceID, State: answer.State, Code: answer.Code, MessageName: answer.Name,
		RetryIn: max(answer.RetryAfter, backoff(push.Retries))}
}

// backoff doubles from two seconds to five minutes, less up to a half by chance, so that what failed together does not
// come back together.
func backoff(retries int) time.Duration {
	full := mostRetry
	if retries < 8 {
		full = min(firstRetry<<retries, mostRetry)
	}
	return full - rand.N(full/2)
}

func (r *run) record(ctx context.Context) error {
	fenced, err := r.Store.CompletePushes(ctx, r.sent)
	if err != nil {
		return err
	}
	r.counts.Fenced += fenced
	r.sent = r.sent[:0]
	return nil
}

// land waits for what is on the wire and records it.
func (r *run) land(ctx context.Context) error {
	for r.flying > 0 {
		s := <-r.answers
		r.flying--
		r.sent = append(r.sent, s)
	}
	if len(r.sent) == 0 {
		return nil
	}
	return r.record(ctx)
}
