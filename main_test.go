package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/models"
	"handrail/models/modelstest"
)

// env is an environment with a database and master key of the test's own.
func env(t *testing.T, more ...string) func(string) string {
	t.Helper()
	folder := t.TempDir()
	values := map[string]string{
		"HANDRAIL_DATABASE_URL": "sqlite:" + filepath.Join(folder, "handrail.db"),
		"HANDRAIL_MASTER_KEY":   filepath.Join(folder, "master-key.json"),
		"HANDRAIL_ADDRESS":      "127.0.0.1:0",
		"HANDRAIL_LOG_LEVEL":    "warn",
	}
	for i := 0; i < len(more); i += 2 {
		values[more[i]] = more[i+1]
	}
	return func(name string) string { return values[name] }
}

// output is what a program prints while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func handrail(ctx context.Context, env func(string) string, stdin string, args ...string) (printed string, err error) {
	var out output
	err = run(ctx, args, env, strings.NewReader(stdin), &out, &out)
	return out.String(), err
}

var adminCreateArgs = []string{"admin", "create", "--clinic", "Riverbend", "--display-name", "Riverbend", "--time-zone", "America/New_York",
	"--name", "Ada", "--email", "ada@clinic.example"}

func TestHelpListsEveryVariable(t *testing.T) {
	printed, err := handrail(t.Context(), env(t), "", "help")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings() {
		if !strings.Contains(printed, s.name) {
			t.Errorf("%s is not listed", s.name)
		}
	}
	for _, command := range []string{"serve", "migrate", "demo", "admin create", "admin restored", "keys show", "keys rotate", "keys reindex", "keys rewrap",
		"audit verify", "audit heads"} {
		if !strings.Contains(printed, command) {
			t.Errorf("%s is not listed", command)
		}
	}
}

func TestTheReadmeNamesEveryVariable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings() {
		if !bytes.Contains(readme, []byte("`"+s.name+"`")) {
			t.Errorf("README.md does not name %s", s.name)
		}
	}
}

func TestAWrongValueStopsTheProgramWithItsVariableAndAnExampleButNotTheValue(t *testing.T) {
	for name, wrong := range map[string]string{
		"HANDRAIL_DATABASE_URL":          "mysql://u:secret@h/db",
		"HANDRAIL_ADDRESS":               "secret",
		"HANDRAIL_PUBLIC_URL":            "ftp://secret",
		"HANDRAIL_FCM_ENDPOINT":          "http://secret.example/v1",
		"GOOGLE_APPLICATION_CREDENTIALS": "/secret/missing.json",
		"HANDRAIL_PUSH_RATE":             "5999",
		"HANDRAIL_CLIENT_TOKENS":         "secret",
		"HANDRAIL_STAFF_TOKENS":          "12h/7d/secret",
		"HANDRAIL_RETENTION":             "7 secret",
		"HANDRAIL_TRUSTED_PROXIES":       "secret",
		"HANDRAIL_LOG_LEVEL":             "secret",
	} {
		_, err := handrail(t.Context(), env(t, name, wrong), "", "serve")
		if err == nil {
			t.Errorf("%s=%s was taken", name, wrong)
			continue
		}
		if text := err.Error(); !strings.Contains(text, name+" is wrong") || !strings.Contains(text, "Example: "+name+"=") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the value of %s is in: %v", name, err)
		}
	}
}

func TestACommandAboutARecordMakesNoneWhereThereIsNone(t *testing.T) {
	onNewDatabases(t, func(t *testing.T, e func(string) string) {
		rewrap := "keys rewrap --to " + e("HANDRAIL_MASTER_KEY")
		for _, command := range []string{"audit verify", "audit heads", "keys show", "keys rotate", "keys reindex", rewrap, "admin restored"} {
			if printed, err := handrail(t.Context(), e, "", strings.Fields(command)...); err == nil || !strings.Contains(err.Error(), "handrail migrate") {
				t.Errorf("%s of a path that was mistyped: %s %v", command, printed, err)
			}
		}
		for _, file := range []string{strings.TrimPrefix(e("HANDRAIL_DATABASE_URL"), "sqlite:"), e("HANDRAIL_MASTER_KEY")} {
			if _, err := os.Stat(file); err == nil {
				t.Errorf("%s was made", file)
			}
		}
	})
}

func TestARetentionThatIsTooLongIsRefusedAndNotTakenForAShortOne(t *testing.T) {
	for v, want := range map[string]time.Duration{"7y": 7 * models.Year, "100y": 100 * models.Year, "1d": 24 * time.Hour, "36600d": 100 * models.Year,
		"101y": 0, "300y": 0, "584y": 0, "36600y": 0, "36601d": 0, "0y": 0, "-1y": 0, "7": 0, "y": 0, "9999999999999999999y": 0} {
		if got, err := retention(v); got != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %v %v", v, got, err)
		}
	}
}

func TestAnEmptySQLiteDatabaseIsMadeOnTheSpotWithItsMasterKey(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(e("HANDRAIL_MASTER_KEY"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the master key's mode is %v", info.Mode())
	}
	record, err := os.Stat(strings.TrimPrefix(e("HANDRAIL_DATABASE_URL"), "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	if record.Mode().Perm() != 0o600 {
		t.Errorf("the record's mode is %v", record.Mode())
	}
	if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err == nil {
		t.Error("the same admin was made twice")
	}
}

func TestTheAdminsPasswordIsNeverAnArgumentAndNotTooShort(t *testing.T) {
	if _, err := handrail(t.Context(), env(t), "", append(adminCreateArgs, "--password", "twelve characters")...); err == nil {
		t.Error("a password was taken as an argument")
	}
	if _, err := handrail(t.Context(), env(t), "short\n", adminCreateArgs...); err == nil || !strings.Contains(err.Error(), "12 to 256") {
		t.Errorf("a short password: %v", err)
	}
	if _, err := handrail(t.Context(), env(t, "HANDRAIL_ADMIN_PASSWORD", "twelve characters"), "", adminCreateArgs...); err != nil {
		t.Error(err)
	}
}

func TestADatabaseWithoutItsMasterKeyIsAnErrorThatSaysWhatToDo(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(e("HANDRAIL_MASTER_KEY"), e("HANDRAIL_MASTER_KEY")+".kept"); err != nil {
		t.Fatal(err)
	}
	_, err := handrail(t.Context(), e, "", "serve")
	if err == nil || !strings.Contains(err.Error(), "HANDRAIL_MASTER_KEY") {
		t.Errorf("without its master key: %v", err)
	}
	if err := models.CreateMasterKey(e("HANDRAIL_MASTER_KEY")); err != nil {
		t.Fatal(err)
	}
	_, err = handrail(t.Context(), e, "", "serve")
	if err == nil || !strings.Contains(err.Error(), "HANDRAIL_MASTER_KEY") {
		t.Errorf("with another master key: %v", err)
	}
}

func TestAnEmptyPostgreSQLDatabaseIsAnErrorThatSaysWhatToDo(t *testing.T) {
	server := os.Getenv("HANDRAIL_TEST_POSTGRES_URL")
	if server == "" {
		t.Log("no PostgreSQL here: make test says so in its last lines")
		return
	}
	e := env(t, "HANDRAIL_DATABASE_URL", modelstest.EmptyPostgres(t))
	if _, err := handrail(t.Context(), e, "", "serve"); err == nil || !strings.Contains(err.Error(), "handrail migrate") {
		t.Errorf("on an empty database: %v", err)
	}
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
		t.Fatal(err)
	}
}

func TestNodesThatAreSetUpAtOnceShareOneMasterKey(t *testing.T) {
	setUp := func(t *testing.T, e func(string) string) {
		var nodes sync.WaitGroup
		for range 4 {
			nodes.Go(func() {
				if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
			t.Error(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { setUp(t, env(t)) })
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") != "" {
		t.Run("postgres", func(t *testing.T) { setUp(t, env(t, "HANDRAIL_DATABASE_URL", modelstest.EmptyPostgres(t))) })
	}
}

func TestWithoutCredentialsServeSaysThatPushesAreOnlyLogged(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out output
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"serve"}, env(t), strings.NewReader(""), &out, &out) }()
	waitFor(t, "the warning", 10*time.Second, func() bool { return strings.Contains(out.String(), "pushes are only logged") })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("serve did not end cleanly: %v", err)
	}
}

func TestAnotherProgramsDatabaseIsLeftAsItIs(t *testing.T) {
	commands := [][]string{{"serve"}, {"migrate"}, {"demo"}, adminCreateArgs}
	refuses := func(t *testing.T, e func(string) string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // who takes it would serve for ever
		defer cancel()
		for _, command := range commands {
			if _, err := handrail(ctx, e, "twelve characters\n", command...); err == nil {
				t.Errorf("%s took it", command[0])
			}
			if _, err := os.Stat(e("HANDRAIL_MASTER_KEY")); err == nil {
				t.Errorf("%s made a master key for it", command[0])
			}
		}
	}
	theirs := func(t *testing.T, driver, address string) {
		t.Helper()
		pool, err := sql.Open(driver, address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = pool.Close() }()
		if _, err := pool.Exec("CREATE TABLE invoices (id INTEGER)"); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		e := env(t)
		path := strings.TrimPrefix(e("HANDRAIL_DATABASE_URL"), "sqlite:")
		theirs(t, "sqlite3", path)
		wantSame(t, path, func() { refuses(t, e) })
	})
	t.Run("not a database", func(t *testing.T) {
		e := env(t)
		path := strings.TrimPrefix(e("HANDRAIL_DATABASE_URL"), "sqlite:")
		if err := os.WriteFile(path, []byte("somebody's letter"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantSame(t, path, func() { refuses(t, e) })
	})
	if os.Getenv("HANDRAIL_TEST_POSTGRES_URL") != "" {
		t.Run("postgres", func(t *testing.T) {
			e := env(t, "HANDRAIL_DATABASE_URL", modelstest.EmptyPostgres(t))
			theirs(t, "pgx", e("HANDRAIL_DATABASE_URL"))
			refuses(t, e)
		})
	}
}

// wantSame fails if something changes a file.
func wantSame(t *testing.T, path string, something func()) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	something()
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestADatabaseFileMayHaveAnyName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "Río Bend 100%41.db")
	if _, err := handrail(t.Context(), env(t, "HANDRAIL_DATABASE_URL", "sqlite:"+path), "", "migrate"); err != nil {
		t.Fatal(err)
	}
	if file, err := os.Stat(path); err != nil || file.Size() == 0 {
		t.Errorf("it was made elsewhere: %v", err)
	}
}

func TestServeRefusesADatabaseThatTheDemoMade(t *testing.T) {
	e := env(t)
	master := modelstest.NewMasterKey(t, e("HANDRAIL_MASTER_KEY"))
	if err := models.Migrate(t.Context(), e("HANDRAIL_DATABASE_URL"), master, models.ForDemo); err != nil {
		t.Fatal(err)
	}
	if _, err := handrail(t.Context(), e, "", "serve"); err == nil || !strings.Contains(err.Error(), "made for a demo") {
		t.Errorf("serve took the demo's database: %v", err)
	}
}

func TestMigrateRefusesAMasterKeyThatDoesNotOpenTheDatabase(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "", "migrate"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(e("HANDRAIL_MASTER_KEY")); err != nil {
		t.Fatal(err)
	}
	if err := models.CreateMasterKey(e("HANDRAIL_MASTER_KEY")); err != nil {
		t.Fatal(err)
	}
	if _, err := handrail(t.Context(), e, "", "migrate"); err == nil || !strings.Contains(err.Error(), "does not open this database") {
		t.Errorf("migrate took another master key: %v", err)
	}
}

func TestAdminRestoredIsNotedForThePhones(t *testing.T) {
	e := env(t)
	if _, err := handrail(t.Context(), e, "twelve characters\n", adminCreateArgs...); err != nil {
		t.Fatal(err)
	}
	db := modelstest.DB{URL: e("HANDRAIL_DATABASE_URL")}
	if n := db.Count(t, "SELECT count(*) FROM instance WHERE restored_at = 0"); n != 1 {
		t.Fatal("a new database was restored")
	}
	printed, err := handrail(t.Context(), e, "", "admin", "restored")
	if err != nil || !strings.Contains(printed, "anew") {
		t.Fatalf("%q, %v", printed, err)
	}
	if n := db.Count(t, "SELECT count(*) FROM instance WHERE restored_at > 0"); n != 1 {
		t.Error("it is not noted")
	}
}
