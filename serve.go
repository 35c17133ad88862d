package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"handrail/api"
	"handrail/models"
	"handrail/notify"
)

// serve is one node in production: the API, the worker and the housekeeping, until ctx ends.
func serve(ctx context.Context, c config, log *slog.Logger) (err error) {
	store, err := openOrMakeStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	sender, err := sender(ctx, c, log)
	if err != nil {
		return err
	}
	certificate, err := loadCertificate(c.tlsCert, c.tlsKey, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return fmt.Errorf("HANDRAIL_ADDRESS cannot be listened on: %w", err)
	}
	if certificate != nil {
		listener = tls.NewListener(listener, certificate.config())
	}
	log.Info("handrail serves", "address", listener.Addr().String(), "tls", certificate != nil, "shared", store.Shared())
	return node(ctx, listener, sender, api.Options{Store: store, TrustedProxies: c.trustedProxies, Origins: c.origins,
		HTTPS: certificate != nil || strings.HasPrefix(c.publicURL, "https:"), UserRate: c.userRate, AddressRate: c.addressRate, Log: log})
}

// sender is FCM where there are credentials or an emulator, else the log.
func sender(ctx context.Context, c config, log *slog.Logger) (notify.Sender, error) {
	switch {
	case c.fcmEndpoint != "":
		log.Warn("pushes go to an emulator, not to phones", "variable", "HANDRAIL_FCM_ENDPOINT")
	case c.fcmCredentials == nil:
		log.Warn("pushes are only logged, with ids alone: set GOOGLE_APPLICATION_CREDENTIALS to send them")
		return notify.LogSender{Log: log}, nil
	}
	fcm, err := notify.NewFCM(ctx, notify.FCMOptions{Credentials: c.fcmCredentials, Endpoint: c.fcmEndpoint, Project: c.fcmProject})
	if err != nil {
		return nil, fmt.Errorf("GOOGLE_APPLICATION_CREDENTIALS: %w", err)
	}
	return fcm, nil
}

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	mostHeader    = 16 << 10
	keepEvery     = time.Hour
	followEvery   = 10 * time.Second
	sealEvery     = time.Second
)

// newServer waits for nobody who is slow on purpose, and takes no headers without end.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: mostHeader, ErrorLog: stdlog.New(faceless{log}, "", 0)}
}

// faceless logs what net/http has to say of a connection, but not from which address it came.
type faceless struct{ log *slog.Logger }

var peerAddress = regexp.MustCompile(`(\[[0-9a-fA-F:.%a-z]+\]|\d+\.\d+\.\d+\.\d+):\d+`)

func (f faceless) Write(line []byte) (int, error) {
	f.log.Warn("connection", "fault", peerAddress.ReplaceAllString(strings.TrimSpace(string(line)), "a caller"))
	return len(line), nil
}

// node answers requests, sends what is due and keeps house, until ctx ends; then it finishes what it has begun.
func node(ctx context.Context, listener net.Listener, sender notify.Sender, o api.Options) error {
	store, log := o.Store, o.Log
	o.Spec, o.Version = spec, version
	handler, err := api.New(o)
	if err != nil {
		return err
	}
	server := newServer(handler, log)
	worker := &notify.Worker{Store: store, Sender: sender, Log: log}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return finish(context.WithoutCancel(ctx), server)
	})
	group.Go(func() error {
		if !followZoneData(ctx, store, log) {
			group.Go(func() error { followZoneDataLater(ctx, store, log); return nil })
		}
		worker.Run(ctx)
		return nil
	})
	group.Go(func() error { keep(ctx, store, log); return nil })
	group.Go(func() error { seal(ctx, store, log); return nil })
	return group.Wait()
}

// finish lets requests end that have begun. Who takes too long is cut off: somebody slow does not make a fault of an ordinary end.
func finish(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	return err
}

// followZoneData works out anew, before anything is sent, what this machine's zone data says otherwise than the last. It
// returns false if the database was away, so that it has to be tried again.
func followZoneData(ctx context.Context, store *models.Store, log *slog.Logger) (tried bool) {
	moved, err := store.FollowZoneData(ctx)
	if err != nil && ctx.Err() == nil {
		log.Error("sessions cannot follow this machine's time zone data", "error", err)
	}
	if moved > 0 {
		log.Warn("time zone data has changed: sessions begin at other instants, by the clock as before", "sessions", moved)
	}
	return !models.IsAway(err)
}

// followZoneDataLater is for a node that started while the database was away: it is kept from nothing by that.
func followZoneDataLater(ctx context.Context, store *models.Store, log *slog.Logger) {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if followZoneData(ctx, store, log) {
				return
			}
		}
	}
}

// keep extends schedules as time passes and forgets what is kept for a while only.
func keep(ctx context.Context, store *models.Store, log *slog.Logger) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		if extended, err := store.ExtendHorizon(ctx); err != nil && ctx.Err() == nil {
			log.Error("schedules cannot be extended", "error", err)
		} else if extended > 0 {
			log.Info("schedules extended", "series", extended)
		}
		if err := store.Forget(ctx); err != nil && ctx.Err() == nil {
			log.Error("what is kept for a while only cannot be deleted", "error", err)
		}
		if purged, err := store.Purge(ctx); err != nil && ctx.Err() == nil {
			log.Error("the record of who left long ago cannot be deleted", "error", err)
		} else if purged > 0 {
			log.Info("the records of clients who left are deleted for good", "clients", purged)
		}
		keepAudit(ctx, store, log)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := store.NoteZones(ctx); err != nil && ctx.Err() == nil {
				log.Error("what is known of time zones cannot be written down", "error", err)
			}
		}
	}
}

// keepAudit cuts what the audit log need not keep any longer, and logs where it stands: who keeps the log elsewhere can prove
// later that nothing was taken from its end.
func keepAudit(ctx context.Context, store *models.Store, log *slog.Logger) {
	cut, err := store.CutAudit(ctx)
	if err != nil && ctx.Err() == nil {
		log.Error("the audit log cannot be cut", "error", err)
	}
	if cut > 0 {
		log.Info("events older than the retention were cut from the audit log", "events", cut)
	}
	heads, err := store.AuditHeads(ctx)
	if err != nil && ctx.Err() == nil {
		log.Error("where the audit log stands cannot be told", "error", err)
	}
	for _, head := range heads {
		log.Info("head of the audit log", "clinic", head.ClinicID, "seq", head.Seq, "mac", head.Mac)
	}
}

// seal gives what was noted its place in the audit log's chains. What keeps it from that is logged once, until it works again.
func seal(ctx context.Context, store *models.Store, log *slog.Logger) {
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	last := ""
	for {
		said := ""
		if _, err := store.SealAudit(ctx); err != nil && ctx.Err() == nil {
			said = err.Error()
		}
		if said != last && said != "" {
			log.Error("the audit log cannot be sealed", "error", said)
		}
		last = said
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
