// Package demo shows Handrail at work on one machine: an invented clinic, a stand-in for FCM with phones, the real server
// and the real worker, and two pages to look at them. Everything is done through the public API, as an app would.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"handrail/api"
	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// Options are what the demo is given.
type Options struct {
	DatabaseURL string // empty: a new database that is gone afterwards
	MasterKey   string // the file of DatabaseURL's
	Address     string // another port is taken if it is in use
	Out         io.Writer
	Log         *slog.Logger
	// Serve runs one node until ctx ends.
	Serve func(ctx context.Context, l net.Listener, to notify.Sender, o api.Options) error
}

// Run shows the demo until ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	folder, err := os.MkdirTemp("", "handrail-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if o.DatabaseURL == "" {
		o.DatabaseURL, o.MasterKey = "sqlite:"+filepath.Join(folder, "demo.db"), filepath.Join(folder, "master-key.json")
	}
	listener, err := listen(o.Address)
	if err != nil {
		return err
	}
	node, err := net.Listen("tcp", "127.0.0.1:0") // what asks before the node serves waits
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	options, isNew, err := prepare(ctx, o, "http://"+listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close(), node.Close())
	}
	fmt.Fprintf(o.Out, "Handrail's demo, an invented clinic. Look at it here:\n\n  http://%s/\n\n", listener.Addr())
	phones := &phones{ctx: ctx, out: o.Out, base: "http://" + node.Addr().String(), told: make(chan struct{})}
	emulator := fcmtest.New(fcmtest.Options{Project: "demo", OnShow: phones.show})
	phones.screen = emulator.Screen
	endpoint, err := emulator.Start("127.0.0.1:0")
	if err != nil {
		return errors.Join(err, listener.Close(), node.Close())
	}
	defer emulator.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(ctx, listener, pages(phones, node.Addr().String())) })
	group.Go(func() (err error) {
		defer func() {
			if ctx.Err() != nil { // Ctrl-C while it was being set up
				err = nil
			}
		}()
		defer node.Close() // for what waits, if it never serves
		c := &clinic{teller: &teller{ctx: ctx}, rosters: map[string]map[int]time.Time{}}
		if !isNew {
			c.suffix = time.Now().Format(".0102150405")
		}
		if err := c.tell(options, emulator, phones); err != nil {
			return err
		}
		store, err := models.Open(ctx, options)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		sender, err := notify.NewFCM(ctx, notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
		if err != nil {
			return err
		}
		phones.introduce(listener.Addr().String(), c)
		return o.Serve(ctx, node, sender, api.Options{Store: store, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Log: o.Log})
	})
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "\nThe demo has ended.")
	return nil
}

const aWeek = 7 * 24 * time.Hour

// prepare makes the demo's database, or finds one that an earlier demo made. Any other it refuses: an invented clinic has
// no business in a real record.
func prepare(ctx context.Context, o Options, public string) (options models.Options, isNew bool, err error) {
	refusal := errors.New("this database was not made by the demo, which leaves it alone: unset HANDRAIL_DATABASE_URL, or name a new file")
	isNew, err = models.Inspect(ctx, o.DatabaseURL)
	if err != nil {
		return options, false, errors.Join(refusal, err)
	}
	if isNew {
		if err := models.CreateMasterKey(o.MasterKey); err != nil && !errors.Is(err, os.ErrExist) {
			return options, false, err
		}
	}
	master, err := models.LoadMasterKey(o.MasterKey)
	if err != nil {
		return options, false, errors.Join(refusal, err)
	}
	if isNew {
		if err := models.Migrate(ctx, o.DatabaseURL, master, models.ForDemo); err != nil {
			return options, false, err
		}
	}
	options = models.Options{URL: o.DatabaseURL, Master: master, PublicURL: public, Purpose: models.ForDemo,
		StaffTokens: models.TokenLife{Idle: aWeek, Absolute: aWeek}} // a demo that is left alone for a night goes on
	store, err := models.Open(ctx, options)
	if err != nil {
		return options, false, errors.Join(refusal, err)
	}
	return options, isNew, store.Close()
}

// tell makes the clinic with its past, on a record whose clock is moved. No worker runs meanwhile: nothing of the past is sent.
func (c *clinic) tell(options models.Options, emulator *fcmtest.Server, phones *phones) (err error) {
	there, err := time.LoadLocation(zone)
	if err != nil {
		return err
	}
	now := time.Now().In(there)
	c.today = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, there)
	c.clock = &clock{}
	options.Now = c.clock.now
	store, err := models.Open(c.ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	handler, err := api.New(api.Options{Store: store, Version: "demo", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.base = "http://" + listener.Addr().String()
	past, stop := context.WithCancel(c.ctx)
	served := make(chan error, 1)
	go func() { served <- serve(past, listener, handler) }()
	c.open(store)
	c.admit(emulator, phones)
	c.tellPast()
	c.schedule()
	c.attendance()
	c.tellToday()
	stop()
	return errors.Join(c.err, <-served)
}

// serve answers requests until ctx ends. It has no bound for writing: pages listen to their phone for as long as they are open.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: silent()}
	unhook := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer unhook()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// silent keeps what a page breaks off, when it is closed or reloaded, out of what the demo prints.
func silent() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) }

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}
