package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"handrail/models"
)

// send puts one push on the wire to each of its devices and reports once. By then every call is over, or never begins: a
// process that stood still does not say what somebody else may have corrected meanwhile.
func (r *run) send(ctx context.Context, push models.DuePush, by time.Time) {
	sent := models.SentPush{DuePush: push, Results: make([]models.Result, len(push.Targets))}
	messages, err := compose(push)
	if err != nil {
		r.Log.Error("a push cannot be composed", "push", push.PushID, "error", err)
		state := models.DeliveryNotSent // this node's zone data is older than the record: another's may do
		if errors.Is(err, errTooLarge) {
			state = models.DeliveryRejected
		}
		for i, target := range push.Targets {
			sent.Results[i] = models.Result{DeviceID: target.DeviceID, State: state, Code: "NOT_COMPOSED", RetryIn: backoff(push.Retries)}
		}
		r.answered(sent)
		return
	}
	var others sync.WaitGroup
	for i := 1; i < len(messages); i++ {
		others.Go(func() { sent.Results[i] = r.result(ctx, push, messages[i], by) })
	}
	sent.Results[0] = r.result(ctx, push, messages[0], by)
	others.Wait()
	r.answered(sent)
}

// answered hands over to be recorded what is off the wire.
func (r *run) answered(sent models.SentPush) {
	r.onWire.Add(-1)
	r.answers <- sent
}

func (r *run) result(ctx context.Context, push models.DuePush, m Message, by time.Time) models.Result {
	call, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	answer := r.Sender.Send(call, m)
	if answer.State != models.DeliveryAccepted {
		r.Log.Warn("push not accepted", "push", push.PushID, "device", m.Target.DeviceID, "code", answer.Code)
	}
	if answer.Pause != nil {
		r.pause(ctx, *answer.Pause)
	}
	return models.Result{DeviceID: m.Target.DeviceID, State: answer.State, Code: answer.Code, MessageName: answer.Name,
		RetryIn: max(answer.RetryAfter, backoff(push.Retries))}
}

// Without a Retry-After of FCM's.
const (
	firstRetry = 2 * time.Second
	mostRetry  = 5 * time.Minute
)

// backoff doubles from two seconds to five minutes, less up to a half by chance, so that what failed together does not
// come back together.
func backoff(retries int) time.Duration {
	full := mostRetry
	if retries < 8 {
		full = min(firstRetry<<retries, mostRetry)
	}
	return full - rand.N(full/2)
}
