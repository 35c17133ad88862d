package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"handrail/models"
)

// config is what the environment says. Only main reads the environment.
type config struct {
	databaseURL    string
	masterKey      string
	address        string
	publicURL      string
	fcmEndpoint    string
	fcmProject     string
	fcmCredentials []byte
	pushRate       int
	tlsCert        string
	tlsKey         string
	origins        []string
	userRate       int
	addressRate    int
	clientTokens   models.TokenLife
	staffTokens    models.TokenLife
	retention      time.Duration
	trustedProxies []netip.Prefix
	logLevel       slog.Level
	adminPassword  string
}

// setting is one variable: what it means, what it is when not set, and how a value is checked.
type setting struct {
	name, otherwise, example, meaning string
	read                              func(*config, string) error
}

func settings() []setting {
	return []setting{
		{"HANDRAIL_DATABASE_URL", "sqlite:handrail.db", "postgres://handrail@db.internal/handrail?sslmode=verify-full", "the record: sqlite:PATH or postgres://…",
			func(c *config, v string) error { c.databaseURL = v; return databaseURL(v) }},
		{"HANDRAIL_MASTER_KEY", "handrail.master-key.json", "/etc/handrail/master-key.json", "the key that opens it; keep a copy apart from the database's backups",
			func(c *config, v string) error { c.masterKey = v; return nil }},
		{"HANDRAIL_ADDRESS", "127.0.0.1:8080", ":8080", "where to listen",
			func(c *config, v string) error { c.address = v; _, _, err := net.SplitHostPort(v); return err }},
		{"HANDRAIL_PUBLIC_URL", "http://127.0.0.1:8080", "https://handrail.clinic.example", "where phones reach this server; part of enrolment links",
			func(c *config, v string) error { c.publicURL = strings.TrimSuffix(v, "/"); return webURL(v) }},
		{"GOOGLE_APPLICATION_CREDENTIALS", "", "/etc/handrail/firebase.json", "the credentials file of the Firebase project; without it pushes are only logged",
			func(c *config, v string) (err error) { c.fcmCredentials, err = optionalFile(v); return err }},
		{"HANDRAIL_FCM_ENDPOINT", "", "http://127.0.0.1:9099/v1", "an FCM emulator on this machine, instead of Google's service",
			func(c *config, v string) error { c.fcmEndpoint = v; return loopbackURL(v) }},
		{"HANDRAIL_FCM_PROJECT", "demo", "demo", "the emulator's project",
			func(c *config, v string) error { c.fcmProject = v; return nil }},
		{"HANDRAIL_PUSH_RATE", strconv.Itoa(models.DefaultPushRate), "120000", "messages a minute that all nodes together may hand to FCM; the same on each node",
			func(c *config, v string) (err error) { c.pushRate, err = pushRate(v); return err }},
		{"HANDRAIL_TLS_CERT", "", "/etc/handrail/tls.pem", "the certificate chain to serve TLS with; without it a proxy has to",
			func(c *config, v string) error { c.tlsCert = v; return nil }},
		{"HANDRAIL_TLS_KEY", "", "/etc/handrail/tls.key", "its key; both files are read again when they change",
			func(c *config, v string) error { c.tlsKey = v; return nil }},
		{"HANDRAIL_CORS_ORIGINS", "", "https://app.clinic.example", "the origins of pages that may call from a browser, separated by commas; none by default",
			func(c *config, v string) (err error) { c.origins, err = origins(v); return err }},
		{"HANDRAIL_USER_RATE", "600", "1200", "requests a minute that one user may make of a node; 0: any number",
			func(c *config, v string) (err error) { c.userRate, err = requestRate(v); return err }},
		{"HANDRAIL_ADDRESS_RATE", "3000", "6000", "requests a minute that one address may make without a token; 0: any number",
			func(c *config, v string) (err error) { c.addressRate, err = requestRate(v); return err }},
		{"HANDRAIL_CLIENT_TOKENS", "90d/365d", "30d/180d", "how long clients stay signed in: without using the app/at most",
			func(c *config, v string) (err error) { c.clientTokens, err = tokenLife(v); return err }},
		{"HANDRAIL_STAFF_TOKENS", "12h/7d", "1h/24h", "how long staff stay signed in: without using the app/at most",
			func(c *config, v string) (err error) { c.staffTokens, err = tokenLife(v); return err }},
		{"HANDRAIL_RETENTION", "7y", "10y", "how long the audit log, and the record of who left, are kept, in years (y) or days (d); HIPAA asks for six years",
			func(c *config, v string) (err error) { c.retention, err = retention(v); return err }},
		{"HANDRAIL_TRUSTED_PROXIES", "", "10.0.0.0/8,192.0.2.7/32", "the networks of proxies whose X-Forwarded-For is believed",
			func(c *config, v string) (err error) { c.trustedProxies, err = prefixes(v); return err }},
		{"HANDRAIL_LOG_LEVEL", "info", "warn", "debug, info, warn or error",
			func(c *config, v string) error {
				if c.logLevel.UnmarshalText([]byte(v)) != nil {
					return fmt.Errorf("expected debug, info, warn or error")
				}
				return nil
			}},
		{"HANDRAIL_ADMIN_PASSWORD", "", "twelve characters or more", "the password for admin create, unless it comes on standard input",
			func(c *config, v string) error { c.adminPassword = v; return nil }},
	}
}

// readConfig checks every variable; the error names each wrong one with an example, and no value.
func readConfig(env func(string) string) (config, error) {
	var c config
	var wrong []string
	for _, s := range settings() {
		value := env(s.name)
		if value == "" {
			value = s.otherwise
		}
		if err := s.read(&c, value); err != nil {
			wrong = append(wrong, fmt.Sprintf("%s is wrong: %s. Example: %s=%s", s.name, reason(err), s.name, s.example))
		}
	}
	if len(wrong) > 0 {
		return c, fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return c, nil
}

// reason is an error without what was typed, which may be a secret.
func reason(err error) string {
	switch err := err.(type) {
	case *net.AddrError:
		return err.Err
	case *os.PathError:
		return "the file cannot be read: " + err.Err.Error()
	}
	return err.Error()
}

func databaseURL(v string) error {
	if path, ok := strings.CutPrefix(v, "sqlite:"); ok && path != "" {
		if strings.ContainsAny(path, "?#") {
			return fmt.Errorf("a SQLite path may not contain ? or #")
		}
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.RawQuery == "" {
		return fmt.Errorf("expected sqlite:PATH or postgres://USER@HOST/NAME")
	}
	return privately(v)
}

func webURL(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return fmt.Errorf("expected a URL that begins https:// or http://")
	}
	if u.User != nil || strings.ContainsAny(v, "?#") { // what stands behind it, the code of a link to enroll too, would become part of that
		return fmt.Errorf("expected a URL without a user, ? or #")
	}
	return nil
}

// loopbackURL refuses any machine but this one: an emulator is sent real registrations.
func loopbackURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" {
		return fmt.Errorf("expected a URL that begins http://")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() {
		return fmt.Errorf("expected an address of this machine's own, 127.0.0.1 or [::1]")
	}
	return nil
}

// Beyond what anybody is granted, which is for measuring, and beyond what one machine answers.
const (
	mostPushRate    = 60_000_000
	mostRequestRate = 10_000_000
)

func pushRate(v string) (int, error) { return wholeNumber(v, models.LeastPushRate, mostPushRate) }

func requestRate(v string) (int, error) { return wholeNumber(v, 0, mostRequestRate) }

func wholeNumber(v string, from, to int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < from || n > to {
		return 0, fmt.Errorf("expected a whole number from %d to %d", from, to)
	}
	return n, nil
}

// origins are exact: a pattern or * would let pages in that nobody thought of.
func origins(v string) ([]string, error) {
	list := words(v)
	for _, origin := range list {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" ||
			u.Scheme+"://"+u.Host != origin || strings.Contains(origin, "*") || strings.ToLower(origin) != origin {
			return nil, fmt.Errorf("expected origins such as https://app.clinic.example, in small letters, without a path, separated by commas")
		}
	}
	return list, nil
}

// words are the parts of a list.
func words(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

// tokenLife reads 12h/7d: without use, and at most.
func tokenLife(v string) (models.TokenLife, error) {
	idle, absolute, found := strings.Cut(v, "/")
	life := models.TokenLife{Idle: span(idle), Absolute: span(absolute)}
	if !found || life.Idle == 0 || life.Absolute < life.Idle {
		return life, fmt.Errorf("expected two spans of 5 minutes to 3650 days, the first without use and the second, not shorter, at most")
	}
	return life, nil
}

// span reads 30m, 12h or 7d; 0 if it is none.
func span(v string) time.Duration {
	for unit, length := range map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
		digits, isThis := strings.CutSuffix(v, unit)
		n, err := strconv.Atoi(digits)
		if !isThis || err != nil || n < 0 || n > int(3650*24*time.Hour/length) {
			continue
		}
		if span := time.Duration(n) * length; span >= 5*time.Minute {
			return span
		}
	}
	return 0
}

// retention reads years or days. A century is for ever, and a day is for trying it out.
func retention(v string) (time.Duration, error) {
	unit := map[string]time.Duration{"y": models.Year, "d": 24 * time.Hour}[v[len(v)-1:]]
	n, err := strconv.Atoi(v[:len(v)-1])
	if err != nil || unit == 0 || n < 1 || n > int(100*models.Year/unit) { // by division: a Duration holds 292 years
		return 0, fmt.Errorf("expected years or days, a century at most")
	}
	return time.Duration(n) * unit, nil
}

func optionalFile(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return os.ReadFile(path)
}

func prefixes(v string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, word := range words(v) {
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fmt.Errorf("expected networks such as 10.0.0.0/8, separated by commas")
		}
		list = append(list, prefix)
	}
	return list, nil
}

func printSettings(w io.Writer) {
	fmt.Fprintln(w, "\nEnvironment:")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range settings() {
		otherwise := ""
		if s.otherwise != "" {
			otherwise = " (" + s.otherwise + ")"
		}
		fmt.Fprintf(table, "  %s\t%s%s\n", s.name, s.meaning, otherwise)
	}
	_ = table.Flush()
}
