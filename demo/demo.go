// Package demo shows Handrail at work on one machine: an invented clinic, a stand-in for FCM with phones, the real server
// and the real worker. Everything is done through the public API, as an app would.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"handrail/models"
	"handrail/notify"
	"handrail/notify/fcmtest"
)

// Options are what the demo is given.
type Options struct {
	DatabaseURL string // empty: a new database that is gone afterwards
	Keyset      string // for DatabaseURL
	Address     string // another port is taken if it is in use
	Out         io.Writer
	Log         *slog.Logger
	// Serve runs one node until ctx ends.
	Serve func(ctx context.Context, l net.Listener, s *models.Store, to notify.Sender, log *slog.Logger, proxies ...netip.Prefix) error
}

// Run shows the demo until ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	folder, err := os.MkdirTemp("", "handrail-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if o.DatabaseURL == "" {
		o.DatabaseURL, o.Keyset = "sqlite:"+filepath.Join(folder, "demo.db"), filepath.Join(folder, "keyset.json")
	}
	store, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	listener, err := listen(o.Address)
	if err != nil {
		return err
	}
	phones := &phones{out: o.Out, api: "http://" + listener.Addr().String(), owners: map[string]string{}}
	emulator := fcmtest.New(fcmtest.Options{Project: "demo", OnShow: phones.show})
	endpoint, err := emulator.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer emulator.Close()
	sender, err := notify.NewFCM(ctx, notify.FCMOptions{Endpoint: endpoint, Project: "demo"})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return o.Serve(ctx, listener, store, sender, o.Log) })
	group.Go(func() error {
		err := invent(ctx, store, emulator, phones)
		if ctx.Err() != nil { // Ctrl-C while it was being set up
			return nil
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "\nThe demo has ended.")
	return nil
}

// open makes the demo's database, or opens one that an earlier demo made. Any other it refuses: an invented clinic has no
// business in a real record.
func open(ctx context.Context, o Options) (*models.Store, error) {
	refusal := errors.New("this database was not made by the demo, which leaves it alone: unset HANDRAIL_DATABASE_URL, or name a new file")
	empty, err := models.Inspect(ctx, o.DatabaseURL)
	if err != nil {
		return nil, errors.Join(refusal, err)
	}
	if empty {
		if err := models.CreateKeyset(o.Keyset); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	keys, err := models.LoadKeys(o.Keyset)
	if err != nil {
		return nil, errors.Join(refusal, err)
	}
	if empty {
		if err := models.Migrate(ctx, o.DatabaseURL, keys, models.ForDemo); err != nil {
			return nil, err
		}
	}
	store, err := models.Open(ctx, models.Options{URL: o.DatabaseURL, Keys: keys, PublicURL: "http://" + o.Address, Purpose: models.ForDemo})
	if err != nil {
		return nil, errors.Join(refusal, err)
	}
	return store, nil
}

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

// zone has no change of clocks, so that the demo's sessions are where it says at any hour of the year.
const zone = "America/Phoenix"

// invent sets up a clinic with a counselor and three clients, for each of whom something falls due within seconds.
func invent(ctx context.Context, store *models.Store, emulator *fcmtest.Server, phones *phones) error {
	suffix := time.Now().Format("150405") // a demo's database may be used again
	adminEmail := "ada." + suffix + "@demo.example"
	_, err := store.CreateClinic(ctx, models.NewClinic{Name: "Saguaro Recovery Center", DisplayName: "Saguaro", TimeZone: zone, Region: "US",
		AdminName: "Ada Quill", AdminEmail: adminEmail, AdminPassword: password})
	if err != nil {
		return err
	}
	admin := &app{base: phones.api, installation: "demo-admin-0001"}
	admin.signIn(ctx, adminEmail)
	admin.call(ctx, "PATCH", "/v1/clinic", object{"front_desk_phone": "+1 602 555 0142"})
	counselorEmail := "dana." + suffix + "@demo.example"
	staff := admin.call(ctx, "POST", "/v1/staff", object{"role": "counselor", "name": "Dana Reyes", "email": counselorEmail})
	counselor := &app{base: phones.api, installation: "demo-counselor-0001", err: admin.err}
	counselor.enroll(ctx, admin.call(ctx, "POST", "/v1/staff/"+staff.text("id")+"/invites", nil).text("code"), object{"password": password})

	var clients []*app
	for i, name := range []string{"Robin", "Sam", "Alex"} {
		client := &app{name: name, base: phones.api, installation: fmt.Sprintf("demo-phone-%04d", i+1), err: counselor.err,
			email: strings.ToLower(name) + "." + suffix + "@demo.example"}
		client.id = counselor.call(ctx, "POST", "/v1/clients", object{"name": name + " (invented)"}).text("id")
		code := counselor.call(ctx, "POST", "/v1/clients/"+client.id+"/invites", nil).text("code")
		client.enroll(ctx, code, object{"email": client.email, "password": password, "locale": []string{"en", "en", "es"}[i],
			"consents": []object{{"kind": "push", "text_version": "2026-11", "granted": true}}})
		client.call(ctx, "PATCH", "/v1/me", object{"quiet_hours": nil}) // the demo works at night too
		registration := fmt.Sprintf("demo-registration-%s-%d", suffix, i+1)
		platform := []string{fcmtest.Android, fcmtest.IOS, fcmtest.Android}[i]
		emulator.AddPhone(fcmtest.Phone{Registration: registration, Platform: platform})
		phones.own(registration, name, platform)
		client.call(ctx, "PUT", "/v1/me/devices/"+client.installation, object{"platform": platform, "registration": registration,
			"registration_kind": "token", "permission": "granted", "app_version": "demo"})
		clients = append(clients, client)
		counselor.err = errors.Join(counselor.err, client.err)
	}
	if counselor.err != nil || admin.err != nil {
		return errors.Join(counselor.err, admin.err)
	}
	phones.introduce(adminEmail, counselorEmail, clients)

	// Reminders come two hours before a session and three before homework is due: what is that far ahead, and some
	// seconds, is announced in some seconds.
	soon := func(lead time.Duration, seconds int) time.Time {
		return time.Now().Add(lead + time.Duration(seconds)*time.Second).Truncate(time.Second)
	}
	counselor.session(ctx, "group", "Relapse prevention", soon(2*time.Hour, 4), clients[0])
	counselor.call(ctx, "POST", "/v1/clients/"+clients[1].id+"/assignments", object{"title": "Trigger log", "instructions": "Note three triggers of this week.",
		"due": soon(3*time.Hour, 6).UTC().Format(time.RFC3339)})
	counselor.session(ctx, "aftercare", "Alumni meeting", soon(2*time.Hour, 8), clients[2])
	return counselor.err
}
