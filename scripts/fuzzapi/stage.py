"""Sets the stage of `make fuzz-api` and runs Schemathesis on it, once for every role and database.

Every run has its own server (the real binary), its own empty database and its own clinic, made by `admin create` and then
through the API as an app would: what one role takes away is not missing in the next one's run. scripts/fuzz-api.sh calls it:
stage.py HANDRAIL SCRATCH EXAMPLES SEED
"""

import collections
import concurrent.futures
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

import contract
from clinic import PASSWORD, Clinic, Person

HERE = pathlib.Path(__file__).parent
# As whom. What each may call, openapi.yaml says in x-roles. In each run Schemathesis also calls all of it without a token, and
# with a wrong one (its check ignored_auth). The run of another clinic's counselor names what is this clinic's: nothing of it may
# exist for them. It also tries every operation as everybody who may not.
ROLES = ["anyone", "family", "client", "counselor", "admin", "other-counselor"]
# What a stranger is answered with is all that matters; their requests are right ones.
STRANGER = ["--mode", "positive", "--phases", "fuzzing", "--checks", "not_a_server_error,status_code_conformance,response_schema_conformance"]
# Once more, for what the first time never came to success.
AGAIN = ["--mode", "positive", "--phases", "fuzzing"]


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
        for name in ("Riverbend", "Hillside"):
            self.run(handrail, "admin", "create", f"--clinic={name} Recovery Center", f"--display-name={name}",
                     "--time-zone=America/New_York", "--name=Ada Quill", f"--email=ada@{name.lower()}.example")
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
    """One run. Returns what it printed, what is wrong, if anything, what was answered and how long it took."""
    folder = scratch / f"{database}-{role}"
    folder.mkdir(parents=True)
    began = time.monotonic()
    server = Server(handrail, folder, os.environ["HANDRAIL_TEST_POSTGRES_URL"] if database == "postgresql" else "")
    answers, faults = folder / "answers.json", []
    try:
        clinic = Clinic(server.url, "ada@riverbend.example")
        server.make_family(clinic.family.id)
        is_stranger = role.startswith("other-")
        owner = getattr(clinic, role.removeprefix("other-"), Person(server.url))  # of what the lists name
        person = owner
        if is_stranger:
            faults += refusals(server.url, clinic)
            person = getattr(Clinic(server.url, "ada@hillside.example"), role.removeprefix("other-"))
        stage = {"url": server.url, "role": role.removeprefix("other-"), "seed": seed, "token": person.token, "lists_token": owner.token,
                 "token_id": person.token_id, "user_id": person.id, "email": getattr(person, "email", clinic.admin_email),
                 "password": PASSWORD, "installation_id": owner.installation, "counselor_token": clinic.counselor.token,
                 "admin_token": clinic.admin.token,
                 "client_id": clinic.client.id,
                 "staff_ids": [clinic.counselor.id, clinic.colleague.id], "ids_of_others": clinic.ids() if is_stranger else []}
        (folder / "stage.json").write_text(json.dumps(stage))

        def run(operations, examples, *options):
            command = [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run",
                       contract.SPEC, "--url", server.url, "--seed", str(seed), "--max-examples", str(examples), "--no-color", *options]
            for name in operations:
                command += ["--include-operation-id", name]
            ran = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env={
                **os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HANDRAIL_FUZZ_STAGE": str(folder / "stage.json"),
                "HANDRAIL_FUZZ_TOKEN": person.token or ""})
            if ran.returncode != 0:
                faults.append(f"schemathesis ended with {ran.returncode}")
            return ran.stdout

        printed = run(contract.of(role), examples, *(STRANGER if is_stranger else []))
        missing = [o.id for o in contract.OPERATIONS if role in o.roles and o.id not in done(answers) and o.id not in contract.CANNOT]
        if missing:
            printed += run(missing, 50, *AGAIN)
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
    leaks = folder / "leaks.json"
    faults += json.loads(leaks.read_text()) if leaks.exists() else []
    return role, database, printed, faults, done(answers), counted(json.loads(answers.read_text()), time.monotonic() - began)


def refusals(url, clinic):
    """Everything as everybody who may not, one who is deactivated among them."""
    gone = clinic.new_counselor("Kim")
    clinic.admin.call("DELETE", f"/v1/staff/{gone.id}")
    people = {role: getattr(clinic, role) for role in contract.EVERYBODY}
    faults, tried = contract.refused(url, people, {"somebody who is deactivated": gone.token}, clinic.client.id)
    print(f"== refused, as it has to be: {tried - len(faults)} of {tried} requests", flush=True)
    return faults


def done(answers):
    """The operations that were answered with success."""
    answered = json.loads(answers.read_text()) if answers.exists() else {}
    return {name for name, statuses in answered.items() if any(status.startswith("2") for status in statuses)}


def counted(answers, took):
    """A run in one line: operations, requests, and what was never answered with success, so never looked at in depth."""
    others = sum(answers.pop("(of others)", {}).values())  # counted with their operations too
    statuses = collections.Counter()
    for operation in answers.values():
        statuses.update(operation)
    never = sorted(name for name, of in answers.items() if not any(status.startswith("2") for status in of))
    return (f"{len(answers)} operations, {sum(statuses.values())} requests "
            f"({', '.join(f'{status}: {n}' for status, n in sorted(statuses.items()))}), {took:.0f} s"
            + (f"; {others} named what is another clinic's: as if it did not exist" if others else f"; never done: {' '.join(never)}" if never else ""))


def main():
    handrail, scratch, examples, seed = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    databases = ["sqlite"] + ["postgresql"] * bool(os.environ.get("HANDRAIL_TEST_POSTGRES_URL"))
    roles = os.environ.get("HANDRAIL_FUZZ_ROLES", " ".join(ROLES)).split()
    print(f"fuzz-api: {' '.join(roles)} on {' and '.join(databases)}, {examples} examples an operation, seed {seed}", flush=True)
    failed, all_done = [], collections.defaultdict(set)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(fuzz, role, database, handrail, scratch, examples, seed) for database in databases for role in roles]
        for run in concurrent.futures.as_completed(runs):
            role, database, printed, faults, succeeded, counts = run.result()
            all_done[role] |= succeeded
            print(f"== {role} on {database}: {counts}", flush=True)
            if faults:
                failed.append(f"{role} on {database}")
                print(printed, *faults, sep="\n", flush=True)
    line, faults = contract.seen(all_done, roles)
    print(line, *faults, sep="\n", flush=True)
    failed += faults
    if failed:
        sys.exit(f"fuzz-api failed: {', '.join(failed)} (again: make fuzz-api EXAMPLES={examples} SEED={seed})")


main()
