package simtest

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// node is one server's worker. It stops at the points of chance.go with all that it had in memory, and comes back later.
type node struct {
	*sim
	name  string
	after time.Duration // how much later than the other it looks: which of two takes a push must not be an accident
	wake  chan struct{}
	ended chan struct{}
}

// life is a node from one start to its end.
type life struct {
	*node
	store *models.Store
	fcm   notify.Sender
	dead  atomic.Bool
	doom  atomic.Pointer[string]
	late  []*taken // what it had on the wire past its lease, and has not recorded as far as is known
}

func (n *node) begin() (*life, error) {
	store, err := models.Open(n.ctx, models.Options{URL: n.db.URL, Master: n.db.Master, Now: n.clock, PublicURL: "https://handrail.example"})
	if err != nil {
		return nil, err
	}
	l := &life{node: n, store: store}
	l.fcm, err = notify.NewFCM(n.ctx, notify.FCMOptions{Endpoint: "http://fcm.invalid/v1", Project: "demo", Transport: n.sim.fcm.Transport()})
	return l, err
}

// clock is what the node's Store takes for now. Between the claim and the check a node stands still now and then: that is when
// what it claimed is changed.
func (n *node) clock() time.Time {
	if inCheck() && !n.isCalm() && n.chance.hits(0.08, "stands still before the check", n.name, n.now()) {
		still := time.Duration(1+n.chance.dice("for how long", n.name, n.now()).IntN(9000)) * time.Millisecond
		n.mu.Lock()
		n.counts["stood still before the check"]++
		n.troubled(-1, "", n.now().Add(-time.Second), n.now().Add(15*time.Second))
		n.claimed(n.now().Add(still))
		n.mu.Unlock()
		time.Sleep(still)
	}
	return n.now()
}

// checks are addresses in the program, and whether they are in CheckPushes: to look each up anew is slow.
var checks sync.Map

// inCheck says whether CheckPushes is what asks for the time.
func inCheck() bool {
	var callers [6]uintptr
	return slices.ContainsFunc(callers[:runtime.Callers(3, callers[:])], func(at uintptr) bool {
		known, found := checks.Load(at)
		if !found {
			frames := runtime.CallersFrames([]uintptr{at})
			is := false
			for more := true; more && !is; {
				var frame runtime.Frame
				frame, more = frames.Next()
				is = strings.HasSuffix(frame.Function, ".CheckPushes")
			}
			known, _ = checks.LoadOrStore(at, is)
		}
		return known.(bool)
	})
}

// run is a node until the simulation ends: it sends what is due, and sleeps until something is.
func (n *node) run(ctx context.Context) {
	defer close(n.ended)
	for ctx.Err() == nil {
		l, err := n.begin()
		if err != nil {
			n.t.Error(err)
			return
		}
		died := l.live(ctx)
		l.dead.Store(true)
		_ = l.store.Close()
		n.disarm()
		if died == "" {
			return
		}
		n.stays(ctx, died)
	}
}

// stays down for a while.
func (n *node) stays(ctx context.Context, died string) {
	d := n.chance.dice("down", n.name, n.now())
	down := time.Duration(500+d.IntN(60000)) * time.Millisecond
	if d.IntN(5) == 0 {
		down = time.Duration(d.Int64N(int64(3 * time.Hour)))
	}
	n.mu.Lock()
	n.counts["crash "+died]++
	n.say(-1, "node %s stops %s, for %v", n.name, died, down.Round(time.Second))
	n.troubled(-1, "", n.now().Add(-time.Second), n.now().Add(down+leases))
	n.maySay()
	n.mu.Unlock()
	sleep(ctx, down)
}

// maySay notes the changes that somebody had claimed when a node stopped: nobody knows whether they went out, so they may be
// taken back.
func (s *sim) maySay() {
	var push, user, subject string
	s.each("SELECT p.id, r.user_id, r.subject_id FROM pushes p JOIN reminders r ON r.push_id = p.id WHERE p.state = 'claimed' AND r.kind = 'correction' AND r.state = 'waiting'",
		[]any{&push, &user, &subject}, func() {
			s.known[s.clientOf(user)].corrected[subject] = true
			s.maybe[tagged{push, subject}] = true
		})
}

// leases is how long what a dead node had claimed is nobody's, and the other's look after that.
const leases = 45 * time.Second

// live is one life of a node; it returns the point at which it ended, none if the simulation did.
func (l *life) live(ctx context.Context) (died string) {
	worker := &notify.Worker{Store: l.store, Sender: l, Log: slog.New(slog.DiscardHandler)}
	for {
		at, found, err := l.store.NextDue(ctx)
		if ctx.Err() != nil {
			return ""
		}
		if err != nil {
			l.t.Error(err)
			return ""
		}
		wait := time.Hour
		if found {
			wait = max(at.Time().Sub(l.now()), 0) + l.after
		}
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(wait):
		case <-l.wake:
			if l.after > 0 && !sleep(ctx, l.after) {
				return ""
			}
		}
		if l.after > 0 && l.nothingDue(ctx) { // the other has seen to it
			continue
		}
		if found && !l.isCalm() && l.chance.hits(0.005, afterClaim, l.name, at) {
			claims, err := l.store.ClaimPushes(ctx, 500, 30*time.Second)
			if err != nil {
				l.t.Error(err)
			}
			if len(claims) > 0 {
				return afterClaim
			}
		}
		done, err := worker.Drain(ctx)
		if doom := l.doom.Load(); doom != nil {
			return *doom
		}
		l.note(done)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil { // it stood still longer than a launch may take, and gave back what it had claimed
			if !sleep(ctx, time.Second) {
				return ""
			}
			continue
		}
		if err != nil && ctx.Err() == nil {
			l.t.Errorf("node %s: %v", l.name, err)
			return ""
		}
		if done.Sent > 0 {
			l.wakeOthers(l.node)
			if !l.isCalm() && l.chance.hits(0.01, afterRecord, l.name, at) {
				return afterRecord
			}
		}
	}
}

// nothingDue says that there is nothing to claim.
func (l *life) nothingDue(ctx context.Context) bool {
	at, found, err := l.store.NextDue(ctx)
	return err == nil && (!found || at.Time().After(l.now()))
}

func (n *node) isCalm() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calm
}

func (n *node) note(c notify.Counts) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.counts["sent"] += c.Sent
	n.counts["fenced"] += c.Fenced
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// wakeOthers tells the nodes that there may be something to do.
func (s *sim) wakeOthers(but *node) {
	for _, n := range s.nodes {
		if n == but {
			continue
		}
		select {
		case n.wake <- struct{}{}:
		default:
		}
	}
}

// Send takes a message to FCM, through what the seed has in store for it.
func (l *life) Send(ctx context.Context, m notify.Message) notify.Answer {
	sent, err := l.onTheWay(m)
	if err != nil {
		l.t.Error(err)
		return notify.Answer{State: models.DeliveryNotSent, RetryAfter: time.Minute}
	}
	lost := notify.Answer{State: models.DeliveryUnknown, RetryAfter: time.Minute}
	if sent.fate.crash == beforeCall {
		l.die(beforeCall)
		return lost
	}
	time.Sleep(sent.fate.slow)
	l.takeTurn(sent)
	if l.dead.Load() {
		return lost
	}
	if sent.fate.slow >= lease && l.chance.hits(0.5, "within the call", sent.push.name, sent.attempt, sent.phone.n) { // it stood still within the call, when nothing could hold it back any more
		ctx = context.WithoutCancel(ctx)
		l.mu.Lock()
		l.late = append(l.late, sent.taken)
		sent.taken.lost = l.doom.Load() != nil
		l.mu.Unlock()
	}
	answer := l.fcm.Send(ctx, m)
	switch sent.fate.crash {
	case beforeRecord:
		l.die(beforeRecord)
	case inTheRecord:
		l.arm()
		l.die(inTheRecord)
	}
	return l.answered(sent, answer)
}

// takeTurn makes messages of one instant go one after another within a millisecond, in an order that the seed gives: which of
// them reaches a phone last, or stops the node, must not be an accident. Nobody acts meanwhile.
func (s *sim) takeTurn(sent sending) {
	s.turning.Add(1)
	defer s.turning.Add(-1)
	time.Sleep(time.Duration(s.chance.dice("turn", sent.push.name, sent.attempt, sent.phone.n).Int64N(int64(time.Millisecond))))
}

// die ends a life, but not before the other messages of the same instant are on their way: which of them are must not be an
// accident. The record of all of them comes later, and fails.
func (l *life) die(point string) {
	l.mu.Lock() // at once: what else is on the wire keeps the node from ending for a while
	l.troubled(-1, "", l.now().Add(-time.Second), l.now().Add(2*leases))
	for _, t := range l.late {
		t.lost = t.lost || t.at.IsZero() || t.at.Add(lease).After(l.now())
	}
	l.mu.Unlock()
	if !l.doom.CompareAndSwap(nil, &point) || point == inTheRecord {
		return
	}
	time.AfterFunc(5*time.Millisecond, func() {
		l.dead.Store(true)
		_ = l.store.Close()
	})
}

// A record that is armed breaks off in the middle of writing down deliveries: SQLite takes the transaction back, as it does
// for a machine that stops there.
const recordBreaks = `CREATE TABLE sim_armed (one INTEGER);
	CREATE TRIGGER sim_breaks BEFORE INSERT ON deliveries WHEN NEW.state NOT IN ('acknowledged', 'opened') AND EXISTS (SELECT 1 FROM sim_armed)
	BEGIN SELECT RAISE(ABORT, 'the machine stops here'); END`

func (n *node) arm()    { n.exec("INSERT INTO sim_armed VALUES (1)") }
func (n *node) disarm() { n.exec("DELETE FROM sim_armed") }

func (s *sim) exec(statement string) {
	if _, err := s.raw.Exec(statement); err != nil && !errors.Is(err, sql.ErrConnDone) {
		s.t.Error(err)
	}
}

// mostDead is how often FCM may have to say that a registration is dead: once, and again if nodes stop before they have noted it.
const mostDead = 5

// sending is a message that is on its way.
type sending struct {
	notify.Message
	push           *push
	attempt, tries int
	phone          *phone
	fate           fate
	from           time.Time
	taken          *taken
}

// onTheWay judges a message that a node wants sent, and finds what is to befall it.
func (l *life) onTheWay(m notify.Message) (sending, error) {
	s := l.sim
	sent := sending{Message: m, from: s.now()}
	var user string
	var due int64
	err := s.raw.QueryRow("SELECT user_id, due_at, attempt, retries FROM pushes WHERE id = ?", m.PushID).Scan(&user, &due, &sent.attempt, &sent.tries)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		return sent, err
	}
	sent.phone = s.phoneOf(m.Target.Registration)
	sent.push = s.pushNamed(m.PushID, user, due)
	sent.fate = s.fateOf(sent.push, sent.attempt, sent.phone)
	s.fates[m.Target.Registration+m.PushID] = sent.fate.name
	s.say(sent.push.client, "%s → phone %d, attempt %d at node %s: %q %+v", sent.push.name, sent.phone.n, sent.attempt, l.name, m.Text, sent.fate)
	s.judge(&sent)
	if sent.fate.slow > 0 {
		s.onWire(sent)
		s.troubled(sent.push.client, "", sent.from.Add(-time.Second), sent.from.Add(sent.fate.slow+leases))
	}
	return sent, nil
}

// answered notes FCM's answer. Where the worker would choose by chance when to try again, the seed does.
func (l *life) answered(sent sending, answer notify.Answer) notify.Answer {
	s := l.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer.State == models.DeliveryAccepted || sent.fate.name == "accepted, reset" && answer.State == models.DeliveryUnknown && !sent.phone.gone {
		s.accepted(sent)
	}
	if answer.State == models.DeliveryDead {
		if sent.phone.dead++; sent.phone.dead > mostDead {
			s.wrong(sent.push.client, "FCM says for the %dth time that the registration of phone %d is dead", sent.phone.dead, sent.phone.n)
		}
	}
	until := s.now().Add(10 * time.Second)
	if answer.State == models.DeliveryUnknown || answer.State == models.DeliveryNotSent {
		most := min(2*time.Second<<min(sent.tries, 8), 5*time.Minute)
		most += time.Duration(s.chance.dice("try again", sent.push.name, sent.attempt, sent.phone.n).Int64N(int64(most / 4)))
		answer.RetryAfter = max(answer.RetryAfter, most)
		until = until.Add(answer.RetryAfter)
	}
	if answer.State != models.DeliveryAccepted {
		s.counts["fault "+sent.fate.name]++
		s.say(sent.push.client, "%s: %s %s, again in %v", sent.push.name, answer.State, answer.Code, answer.RetryAfter)
	}
	if answer.State != models.DeliveryAccepted || sent.fate.slow > 0 {
		s.troubled(sent.push.client, "", sent.from.Add(-time.Second), until)
	}
	if answer.Pause != nil {
		for _, lane := range answer.Pause.Lanes {
			s.troubled(-1, lane, sent.from.Add(-time.Second), s.now().Add(answer.Pause.For+10*time.Second))
		}
	}
	return answer
}

// onFCM puts all faults in force; each befalls those messages whose fate it is.
func (s *sim) onFCM() {
	for name, fault := range faultsOfFCM() {
		platform := fault.Match
		fault.Match = func(m fcmtest.Message) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.fates[m.Target()+m.Tag()] == name && (platform == nil || platform(m))
		}
		s.fcm.Fail(fault)
	}
}
