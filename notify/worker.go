package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"handrail/models"
)

// Worker sends what is due. One runs in each node; any number may share a database.
type Worker struct {
	Store    *models.Store
	Sender   Sender
	Log      *slog.Logger
	InFlight int // most pushes on the wire at once; 0: 1024
}

const (
	lease       = 30 * time.Second      // as long as all that a claim may take, one after the other
	launchBound = 5 * time.Second       // to claim a batch and check all of it
	pauseBound  = 3 * time.Second       // to note that FCM wants a rest
	recordBound = 8 * time.Second       // to record a batch, be it push by push
	claimMost   = 500                   // pushes claimed, and recorded, at a time
	checkMost   = 250                   // pushes checked at a time, just before their calls
	flushAfter  = 10 * time.Millisecond // how long an answer may wait to be recorded with others
	roomAfter   = 50 * time.Millisecond // how long to wait for room for a whole batch
	lookEvery   = time.Second           // for other nodes' work, on a shared database
	lookSeldom  = 30 * time.Second      // else: the machine may have slept, the clock may have been set
	afterFault  = time.Second           // the database is away or full
	lockedPause = 50 * time.Millisecond // what is due is being changed by somebody
)

// A claim that is not recorded within its lease is somebody else's, who sends it again: this does not compile unless there
// is time for everything.
const _ = uint(lease - (launchBound + callBound + pauseBound + flushAfter + recordBound))

// Counts are what a worker did.
type Counts struct {
	Claimed, Sent, Fenced int
}

// run is a worker at work: one loop puts pushes on the wire, another records what became of them.
type run struct {
	*Worker
	room    int                  // pushes that may still go on the wire
	answers chan models.SentPush // from the wire to be recorded
	done    chan recorded        // from the record: there is room again
	locked  map[models.Claim]int // how often somebody kept what was to be recorded
	patient bool                 // has waited for room for a whole batch
	stuck   bool                 // something could not be recorded, and not all of what is off the wire is since
	onWire  atomic.Int32         // pushes whose answers are still to come
	counts  Counts
	pauses  singleflight.Group
}

// recorded is a batch that is off the wire and on disk, or that could not be recorded.
type recorded struct {
	pushes, fenced int
	err            error
}

// Run ends what nobody can use any more, sends what is due until ctx ends, then waits for what is on the wire and records
// it. It returns within the bound of one call and of one record.
func (w *Worker) Run(ctx context.Context) {
	w.dropPast(ctx)
	r := w.start()
	var recorder sync.WaitGroup
	recorder.Go(func() { r.record(ctx) })
	for ctx.Err() == nil {
		wait, err := r.launch(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the worker cannot use the database", "error", err)
			wait = afterFault
		}
		r.rest(ctx, wait)
	}
	_ = r.land()
	close(r.answers)
	recorder.Wait()
}

// Drain sends everything that is due now and returns when nothing of it is left.
func (w *Worker) Drain(ctx context.Context) (Counts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := w.start()
	var recorder sync.WaitGroup
	recorder.Go(func() { r.record(ctx) })
	defer recorder.Wait()
	defer close(r.answers)
	for {
		before := r.counts.Claimed
		if _, err := r.launch(ctx); err != nil {
			return r.counts, errors.Join(err, r.land())
		}
		if r.counts.Claimed > before {
			continue
		}
		for due := false; !due; {
			if r.room < r.InFlight { // what is on the wire makes room, or comes due again
				if err := r.take(<-r.done); err != nil {
					cancel()
					return r.counts, errors.Join(err, r.land())
				}
			}
			var err error
			if due, err = r.isDue(ctx); err != nil || !due && r.room == r.InFlight {
				return r.counts, errors.Join(err, r.land())
			}
		}
	}
}

// dropPast says how many reminders came to nothing while nobody was at work. If it fails, they end one by one.
func (w *Worker) dropPast(ctx context.Context) {
	dropped, err := w.Store.DropPast(ctx)
	if err != nil && ctx.Err() == nil {
		w.Log.Error("what is past its use cannot be ended at once", "error", err)
	}
	if dropped > 0 {
		w.Log.Warn("reminders that were of no use any more were dropped", "count", dropped)
	}
}

func (w *Worker) start() *run {
	most := w.InFlight
	if most == 0 {
		most = 1024
	}
	worker := &Worker{Store: w.Store, Sender: w.Sender, Log: w.Log, InFlight: most}
	return &run{Worker: worker, room: most, answers: make(chan models.SentPush, most), done: make(chan recorded, most),
		locked: map[models.Claim]int{}}
}

// launch claims pushes, checks each once more and puts it on the wire at once: nothing waits between the check and the
// call, because there is room for every push that is claimed. It returns how long there is nothing to do unless something
// happens.
func (r *run) launch(ctx context.Context) (wait time.Duration, err error) {
	if r.stuck {
		return afterFault, nil // a full disk may take claims and no record: what was sent would be sent again at each lease's end
	}
	if r.room == 0 || r.room < min(checkMost, r.InFlight) && !r.patient {
		r.patient = true
		return roomAfter, nil // what is on the wire makes room
	}
	r.patient = false // slow answers do not hold up what there is room for
	by := time.Now().Add(launchBound + callBound)
	ctx, cancel := context.WithTimeout(ctx, launchBound)
	defer cancel()
	claims, err := r.Store.ClaimPushes(ctx, min(r.room, claimMost), lease)
	if err != nil {
		return 0, err
	}
	if len(claims) == 0 {
		return r.untilDue(ctx)
	}
	r.counts.Claimed += len(claims)
	for len(claims) > 0 {
		part := claims[:min(checkMost, len(claims))]
		due, err := r.Store.CheckPushes(ctx, part)
		if err != nil {
			return 0, errors.Join(err, r.release(ctx, claims))
		}
		claims = claims[len(part):]
		for _, push := range due {
			r.room--
			r.onWire.Add(1)
			if len(push.Targets) == 0 {
				r.answered(models.SentPush{DuePush: push})
				continue
			}
			r.counts.Sent++
			// A call that has begun is not cut off when the worker stops: it ends within its own bound.
			go r.send(context.WithoutCancel(ctx), push, by)
		}
	}
	return 0, nil
}

// release gives claims back.
func (r *run) release(ctx context.Context, claims []models.Claim) error {
	ctx, cancel := toTheEnd(ctx, recordBound)
	defer cancel()
	return r.Store.ReleasePushes(ctx, claims)
}

// rest waits until there may be something to do.
func (r *run) rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-r.Store.Woken():
	case batch := <-r.done:
		_ = r.take(batch) // the recorder has logged it
	}
}

// take makes room for as many pushes as have been recorded.
func (r *run) take(batch recorded) error {
	r.room += batch.pushes
	r.counts.Fenced += batch.fenced
	r.stuck = (r.stuck || batch.err != nil) && r.room < r.InFlight
	return batch.err
}

// land waits for what is on the wire and for its record.
func (r *run) land() (err error) {
	for r.room < r.InFlight {
		err = errors.Join(err, r.take(<-r.done))
	}
	return err
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

func (r *run) isDue(ctx context.Context) (bool, error) {
	at, found, err := r.Store.NextDue(ctx)
	if err != nil || !found {
		return false, err
	}
	now, err := r.Store.Now(ctx)
	return at <= now, err
}
