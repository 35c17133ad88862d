"""Sets the stage of `make fuzz-api` and runs Schemathesis on it, once for every role and database.

Every run has its own server (the real binary), its own empty database and its own clinic, made by `admin create` and then
through the API as an app would: what one role takes away is not missing in the next one's run. scripts/fuzz-api.sh calls it:
stage.py HANDRAIL SCRATCH EXAMPLES SEED
"""

import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pg8000.native

HERE = pathlib.Path(__file__).parent
PASSWORD = "correct horse battery"
# What each role may call, as openapi.yaml sorts it. In each run Schemathesis also calls all of it without a token, and with
# a wrong one (its check ignored_auth); the access test of the suite tries every route as every other role.
TAGS = {
    "anyone": ["Anyone"],
    "family": ["Signed in"],
    "client": ["Signed in", "Client"],
    "counselor": ["Signed in", "Staff", "Counselor"],
    "admin": ["Signed in", "Staff", "Admin"],
}


class Person:
    """Somebody with an installation of the app."""

    def __init__(self, url):
        self.url, self.token, self.token_id, self.id = url, None, None, None
        self.installation = f"installation-{uuid.uuid4()}"

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as reply:
                return json.loads(reply.read() or "null")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def post(self, path, **body):
        return self.call("POST", path, body or None)

    def enter(self, path, **body):
        signed_in = self.post(path, installation_id=self.installation, **body)
        self.token, self.token_id, self.id = signed_in["token"], signed_in["token_id"], signed_in["user"]["id"]
        return self


class Clinic:
    """A clinic with two counselors, eight clients and something of everything."""

    def __init__(self, url, admin_email):
        self.url, self.admin_email = url, admin_email
        self.admin = Person(url).enter("/v1/auth/login", email=admin_email, password=PASSWORD)
        self.counselor, self.colleague = self.new_counselor("Dana"), self.new_counselor("Lee")
        self.clients = [self.new_client(f"Client {n}") for n in range(8)]
        self.client, self.family = self.clients[0], self.new_client("Pat")
        soon = datetime.datetime.now() + datetime.timedelta(days=2)
        self.day, self.due = soon.strftime("%Y-%m-%dT18:00"), soon.strftime("%Y-%m-%dT22:00:00Z")
        for kind in ("group", "individual", "aftercare", "skills"):
            self.new_series(kind)
        for n in range(8):
            self.new_homework(n)
        self.fill_client()

    def new_counselor(self, name):
        email = f"{name.lower()}-{uuid.uuid4()}@clinic.example"
        made = self.admin.post("/v1/staff", role="counselor", name=name, email=email)
        code = self.admin.post(f"/v1/staff/{made['id']}/invites")["code"]
        counselor = Person(self.url).enter("/v1/auth/enroll", code=code, password=PASSWORD)
        counselor.email = email
        return counselor

    def new_client(self, name):
        made = self.counselor.post("/v1/clients", name=name)
        code = self.counselor.post(f"/v1/clients/{made['id']}/invites")["code"]
        client, email = Person(self.url), f"{uuid.uuid4()}@clients.example"
        consents = [{"kind": kind, "text_version": "2026-11", "granted": True} for kind in ("push", "aftercare", "share_contacts")]
        client.enter("/v1/auth/enroll", code=code, email=email, password=PASSWORD, consents=consents)
        client.email = email
        return client

    def new_series(self, kind):
        self.counselor.post("/v1/series", title=f"A {kind}", kind=kind, local_start=self.day, duration_minutes=90,
                            rule="FREQ=WEEKLY;COUNT=8", place="Room 2", client_ids=[c.id for c in self.clients[:4]])
        began = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
        self.counselor.post("/v1/series", title="Now", kind=kind, local_start=began.strftime("%Y-%m-%dT%H:%M"), time_zone="UTC",
                            duration_minutes=600, client_ids=[self.client.id])

    def new_homework(self, n):
        template = ["trigger_log", "thought_record", "reading", "budget"][n % 4]
        given = self.counselor.post(f"/v1/clients/{self.client.id}/assignments", template=template, due=self.due,
                                    practice={"rule": "FREQ=DAILY;COUNT=14"})
        if n < 4:
            self.client.post(f"/v1/me/assignments/{given['id']}/practice", note="Before work.")
        if n in (2, 3):
            self.client.post(f"/v1/me/assignments/{given['id']}/submit", text="Three triggers.")

    def fill_client(self):
        self.client.call("PUT", f"/v1/me/devices/{self.client.installation}", {
            "platform": "android", "registration": "registration-1", "registration_kind": "token", "presentation": "app",
            "permission": "granted", "app_version": "1.4.0", "time_zone": "America/New_York"})
        for n in range(4):
            contact = self.client.post("/v1/me/contacts", name=f"Contact {n}", relation="sober_peer", phone="+12015550142", shared=n > 1)
            self.client.post(f"/v1/me/contacts/{contact['id']}/reach-outs", way="call", helped=True)
            goal = self.client.post("/v1/me/goals", text="Be at the wedding, sober.")
            self.counselor.post(f"/v1/goals/{goal['id']}/comments", text="Who could you call from there?")
            self.client.post("/v1/me/meetings", title="Home group", local_start=self.day, duration_minutes=60, rule="FREQ=WEEKLY;COUNT=3")
        self.admin.post("/v1/caseload", counselor_id=self.colleague.id, client_id=self.client.id)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The binary on an empty database of its own: a file, or a database on the PostgreSQL at hand."""

    def __init__(self, handrail, folder, postgres):
        self.postgres = postgres and urllib.parse.urlsplit(postgres)
        self.file, self.name = folder / "handrail.db", f"handrail_fuzz_{uuid.uuid4().hex}"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "HANDRAIL_MASTER_KEY": str(folder / "master-key.json"), "HANDRAIL_ADDRESS": self.url[7:],
                            # So that tries to sign in may come from many addresses: see from_anywhere in hooks.py.
                            "HANDRAIL_TRUSTED_PROXIES": "127.0.0.1/32", "HANDRAIL_LOG_LEVEL": "warn",
                            "HANDRAIL_USER_RATE": "0", "HANDRAIL_ADDRESS_RATE": "0",
                            "HANDRAIL_DATABASE_URL": f"sqlite:{self.file}"}
        if self.postgres:
            self.environment["HANDRAIL_DATABASE_URL"] = self.postgres._replace(path="/" + self.name).geturl()
            self.sql(f"CREATE DATABASE {self.name}", self.postgres.path[1:])
            self.run(handrail, "migrate")
        self.run(handrail, "admin", "create", "--clinic=Riverbend Recovery Center", "--display-name=Riverbend",
                 "--time-zone=America/New_York", "--name=Ada Quill", "--email=ada@clinic.example")
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([handrail, "serve"], env=self.environment, stdout=log, stderr=log)
        self.wait()

    def run(self, *command):
        subprocess.run(command, env=self.environment, input=PASSWORD.encode(), check=True, stdout=subprocess.DEVNULL)

    def wait(self):
        until = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(self.url + "/readyz").close()
                return
            except urllib.error.URLError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise RuntimeError(f"the server did not start:\n{self.log.read_text()}") from None
                time.sleep(0.05)

    def sql(self, statement, database):
        p, options = self.postgres, dict(urllib.parse.parse_qsl(self.postgres.query))
        connection = pg8000.native.Connection(
            urllib.parse.unquote(p.username or options.get("user", "postgres")), database=database,
            password=p.password and urllib.parse.unquote(p.password), host=p.hostname or "127.0.0.1", port=p.port or 5432)
        try:
            connection.run(statement)
        finally:
            connection.close()

    def make_family(self, user_id):
        """No route makes somebody's role `family` yet, so that role is given here, as the access test does."""
        statement = f"UPDATE users SET role = 'family' WHERE id = '{user_id}'"
        if self.postgres:
            return self.sql(statement, self.name)
        with sqlite3.connect(self.file) as connection:
            connection.execute(statement)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        if self.postgres:
            self.sql(f"DROP DATABASE {self.name} WITH (FORCE)", self.postgres.path[1:])


def fuzz(role, database, handrail, scratch, examples, seed):
    """One run. Returns what it printed, how many cases there were and what is wrong, if anything."""
    folder = scratch / f"{database}-{role}"
    folder.mkdir(parents=True)
    began = time.monotonic()
    server = Server(handrail, folder, os.environ["HANDRAIL_TEST_POSTGRES_URL"] if database == "postgresql" else "")
    try:
        clinic = Clinic(server.url, "ada@clinic.example")
        server.make_family(clinic.family.id)
        person = getattr(clinic, role, Person(server.url))
        person.email = getattr(person, "email", clinic.admin_email)
        stage = {"url": server.url, "role": role, "seed": seed, "token": person.token,
                 "token_id": person.token_id, "user_id": person.id, "email": person.email,
                 "password": PASSWORD, "installation_id": person.installation, "counselor_token": clinic.counselor.token,
                 "admin_token": clinic.admin.token,
                 "client_id": clinic.client.id,
                 "staff_ids": [clinic.counselor.id, clinic.colleague.id]}
        (folder / "stage.json").write_text(json.dumps(stage))
        command = [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run",
                   HERE.parent.parent / "openapi.yaml", "--url", server.url, "--seed", str(seed), "--max-examples", str(examples),
                   "--no-color"]
        for tag in TAGS[role]:
            command += ["--include-tag", tag]
        ran = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={
            **os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HANDRAIL_FUZZ_STAGE": str(folder / "stage.json"),
            "HANDRAIL_FUZZ_TOKEN": person.token or ""})
        faults = [] if ran.returncode == 0 else [f"schemathesis ended with {ran.returncode}"]
        if person.token:
            try:
                person.call("GET", "/v1/me")  # else the rest of the run was nothing but 401
            except RuntimeError as error:
                faults.append(f"the {role} was signed out on the way: {error}")
        if server.process.poll() is not None:
            faults.append("the server ended")
        faults += [line for line in server.log.read_text().splitlines() if re.search("level=ERROR", line)][:10]
    finally:
        server.stop()
    answers = json.loads((folder / "answers.json").read_text())
    return role, database, ran.stdout, faults, counted(answers, time.monotonic() - began)


def counted(answers, took):
    """A run in one line: operations, requests, and what was never answered with success, so never looked at in depth."""
    statuses = collections.Counter()
    for operation in answers.values():
        statuses.update(operation)
    never = sorted(name for name, of in answers.items() if not any(status.startswith("2") for status in of))
    return (f"{len(answers)} operations, {sum(statuses.values())} requests "
            f"({', '.join(f'{status}: {n}' for status, n in sorted(statuses.items()))}), {took:.0f} s"
            + (f"; never done: {' '.join(never)}" if never else ""))


def main():
    handrail, scratch, examples, seed = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    databases = ["sqlite"] + ["postgresql"] * bool(os.environ.get("HANDRAIL_TEST_POSTGRES_URL"))
    roles = os.environ.get("HANDRAIL_FUZZ_ROLES", " ".join(TAGS)).split()
    print(f"fuzz-api: {' '.join(roles)} on {' and '.join(databases)}, {examples} examples an operation, seed {seed}", flush=True)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(fuzz, role, database, handrail, scratch, examples, seed) for database in databases for role in roles]
        for run in concurrent.futures.as_completed(runs):
            role, database, printed, faults, counts = run.result()
            print(f"== {role} on {database}: {counts}", flush=True)
            if faults:
                failed.append(f"{role} on {database}")
                print(printed, *faults, sep="\n", flush=True)
    if failed:
        sys.exit(f"fuzz-api failed: {', '.join(failed)} (again: make fuzz-api EXAMPLES={examples} SEED={seed})")


main()
