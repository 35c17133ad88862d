// Handrail is the server behind the phone app of an intensive outpatient program: schedules, homework, contacts, and
// push reminders through Firebase Cloud Messaging.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"handrail/demo"
	"handrail/models"
)

const version = "0.1.0"

//go:embed openapi.yaml
var spec []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "handrail:", err)
		os.Exit(1)
	}
}

// commands is the command line.
type commands struct {
	Serve   struct{} `cmd:"" help:"Serve the API and send what is due."`
	Migrate struct{} `cmd:"" help:"Bring the database to this program's schema; makes the keys of a new one."`
	Demo    struct{} `cmd:"" help:"Show everything at work with an invented clinic and a stand-in for FCM."`
	Admin   struct {
		Create   adminCreate `cmd:"" help:"Make a clinic and its first admin. The password is read from standard input or HANDRAIL_ADMIN_PASSWORD."`
		Restored struct{}    `cmd:"" help:"Say that the database was brought back from a backup: every phone then reads its feed anew."`
	} `cmd:"" help:"Set up, and put in order."`
	Keys struct {
		Show    struct{}   `cmd:"" help:"Say which keys seal the record, by their names, and how much is under each."`
		Rotate  struct{}   `cmd:"" help:"Seal everything with a new key, while nodes serve. Goes on where it was interrupted."`
		Reindex struct{}   `cmd:"" help:"Make a new key for looking up emails, registrations and places. End every node first: it voids open codes, and more."`
		Rewrap  keysRewrap `cmd:"" help:"Put the keys under another master key, which is made if it is not there."`
	} `cmd:"" help:"The keys that seal the record."`
	Audit struct {
		Verify auditVerify `cmd:"" help:"Check that nothing in the audit log was changed, added or taken out; names the first broken link of each chain."`
		Heads  struct{}    `cmd:"" help:"Print where the audit log of each clinic stands. Keep it where nobody who can write the database can write too."`
	} `cmd:"" help:"Prove the audit log."`
	Help struct{} `cmd:"" help:"Show this, with every environment variable."`
}

type adminCreate struct {
	Clinic      string `required:"" help:"The clinic's name."`
	DisplayName string `required:"" help:"A neutral name, which phones may show."`
	TimeZone    string `required:"" help:"Its IANA time zone, such as America/New_York."`
	Region      string `default:"US" help:"The country of its phone numbers."`
	Name        string `required:"" help:"The admin's name."`
	Email       string `required:"" help:"The email with which the admin signs in."`
}

type auditVerify struct {
	Heads *os.File `help:"Heads that were kept elsewhere: what handrail audit heads printed, any number of times. Without them it does not show that the newest events are missing."`
}

// run is the whole program, without the process around it.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("handrail"), kong.Description("Reminders that clients of an intensive outpatient program can rely on."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) {}), kong.NoDefaultHelp())
	if err != nil {
		return err
	}
	if len(args) == 0 || args[0] == "--help" || args[0] == "-h" {
		args = []string{"help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (see handrail help)", err)
	}
	if command.Command() == "help" {
		return help(parser, stdout)
	}
	c, err := readConfig(env)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.logLevel}))
	slog.SetDefault(log)
	switch command.Command() {
	case "serve":
		return serve(ctx, c, log)
	case "migrate":
		return migrate(ctx, c, stdout)
	case "admin create":
		return createAdmin(ctx, c, cli.Admin.Create, stdin, stdout)
	case "admin restored":
		return restored(ctx, c, stdout)
	case "keys show":
		return showKeys(ctx, c, stdout)
	case "keys rotate":
		return rotateKeys(ctx, c, stdout)
	case "keys reindex":
		return reindex(ctx, c, stdout)
	case "keys rewrap":
		return rewrapKeys(ctx, c, cli.Keys.Rewrap, stdout)
	case "audit verify":
		return verifyAudit(ctx, c, cli.Audit.Verify.Heads, stdout)
	case "audit heads":
		return auditHeads(ctx, c, stdout)
	default:
		return demo.Run(ctx, demo.Options{DatabaseURL: env("HANDRAIL_DATABASE_URL"), MasterKey: c.masterKey, Address: c.address, Out: stdout,
			Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError})), Serve: node})
	}
}

func help(parser *kong.Kong, stdout io.Writer) error {
	trace, err := kong.Trace(parser, nil)
	if err != nil {
		return err
	}
	if err := trace.PrintUsage(false); err != nil {
		return err
	}
	printSettings(stdout)
	return nil
}

func migrate(ctx context.Context, c config, stdout io.Writer) error {
	master, err := masterKey(ctx, c)
	if err != nil {
		return err
	}
	if err := models.Migrate(ctx, c.databaseURL, master, models.ForClinic); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The database is ready. Its master key is %s: without it nothing in the database can be read.\n", c.masterKey)
	return nil
}

// openOrMakeStore is openStore for who begins: an empty SQLite database is made on the spot.
func openOrMakeStore(ctx context.Context, c config) (*models.Store, error) {
	store, err := openStore(ctx, c)
	if !errors.Is(err, models.ErrEmpty) || !strings.HasPrefix(c.databaseURL, "sqlite:") {
		return store, err
	}
	if err := migrate(ctx, c, io.Discard); err != nil {
		return nil, err
	}
	return openStore(ctx, c)
}

// openStore opens the record that there is: to prove the audit log of a path that was mistyped would be to prove nothing.
func openStore(ctx context.Context, c config) (*models.Store, error) {
	o, err := options(ctx, c)
	if err != nil {
		return nil, err
	}
	return models.Open(ctx, o)
}

// options are how to open the record that there is; none is models.ErrEmpty.
func options(ctx context.Context, c config) (models.Options, error) {
	o := models.Options{URL: c.databaseURL, PublicURL: c.publicURL, PushRate: c.pushRate, ClientTokens: c.clientTokens, StaffTokens: c.staffTokens,
		Retention: c.retention}
	empty, err := models.Inspect(ctx, c.databaseURL)
	if err != nil {
		return o, fmt.Errorf("the database cannot be used: %w", err)
	}
	if empty {
		return o, models.ErrEmpty
	}
	o.Master, err = masterKey(ctx, c)
	return o, err
}

// withStore runs a command on the record that there is.
func withStore(ctx context.Context, c config, run func(*models.Store) error) error {
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(run(store), store.Close())
}

func createAdmin(ctx context.Context, c config, in adminCreate, stdin io.Reader, stdout io.Writer) error {
	password := c.adminPassword
	if password == "" {
		line, err := bufio.NewReader(stdin).ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		password = strings.TrimRight(line, "\r\n")
	}
	store, err := openOrMakeStore(ctx, c)
	if err != nil {
		return err
	}
	_, err = store.CreateClinic(ctx, models.NewClinic{Name: in.Clinic, DisplayName: in.DisplayName, TimeZone: in.TimeZone, Region: in.Region,
		AdminName: in.Name, AdminEmail: in.Email, AdminPassword: password})
	if err := errors.Join(inWords(err), store.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is set up. %s signs in with that email and password.\n", in.Clinic, in.Name)
	return nil
}

func restored(ctx context.Context, c config, stdout io.Writer) error {
	return withStore(ctx, c, func(store *models.Store) error {
		err := store.Restored(ctx)
		if err == nil {
			fmt.Fprintln(stdout, "It is noted. Every phone reads its feed anew when it next asks.")
		}
		return err
	})
}

// inWords tells an operator what a program would read from an error's fields.
func inWords(err error) error {
	var e *models.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	lines := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		lines[i] = f.Field + ": " + f.Detail
	}
	return errors.New(strings.Join(lines, "\n"))
}
