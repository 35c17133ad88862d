package notify

import "context"

// pause is noted before the answer is, so that nothing goes out in between. A thousand messages that are on the wire are
// told the same at once: one of them writes it down for all.
func (r *run) pause(ctx context.Context, p Pause) {
	_, _, _ = r.pauses.Do(p.Reason+p.For.String(), func() (any, error) {
		ctx, cancel := toTheEnd(ctx, pauseBound)
		defer cancel()
		err := r.Store.PauseLanes(ctx, p.Lanes, p.For, p.Reason)
		if err != nil {
			r.Log.Error("a pause cannot be noted", "lanes", p.Lanes, "reason", p.Reason, "error", err)
		}
		return nil, err
	})
}
