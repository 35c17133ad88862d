"""Schemathesis loads this into each run: it hands real ids to the server, and keeps the person of the run signed in."""

import atexit
import base64
import collections
import datetime
import hmac
import json
import os
import pathlib
import random
import re
import struct
import time
import urllib.parse
import uuid

import requests
import schemathesis
from schemathesis.generation.meta import TestPhase

STAGE = json.loads(pathlib.Path(os.environ["HANDRAIL_FUZZ_STAGE"]).read_text())
CHANCE = random.Random(STAGE["seed"])
STRANGER = set(STAGE["ids_of_others"])  # what is named is none of theirs
SHARE = 1 if STRANGER else 0.75  # of the right requests name what exists; the others, what may or may not
USES = 20  # of a list before it is fetched again


def get(path, token=STAGE["lists_token"]):
    reply = requests.get(STAGE["url"] + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return reply.json() if reply.ok else {}


def post(path, token=None, **body):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    reply = requests.post(STAGE["url"] + path, json=body or None, headers=headers, timeout=30)
    reply.raise_for_status()
    return reply.json()


class Lists:
    """What the caller's lists name now."""

    def __init__(self):
        self.kept = {}

    def one(self, path, field="id", **having):
        items, uses = self.kept.get(path, ([], 0))
        if uses == 0:
            items, uses = get(path).get("items", []), USES
        self.kept[path] = items, uses - 1
        found = [item[field] for item in items if field in item and all(item.get(k) == v for k, v in having.items())]
        return CHANCE.choice(found) if found else None


LISTS = Lists()


def moment(**later):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**later)


def instant(**later):
    return moment(**later).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id():
    return str(uuid.UUID(int=CHANCE.getrandbits(128), version=4))


def client_id():
    """Most often the one with whom there is most."""
    if STAGE["role"] == "admin" or CHANCE.random() < 0.6:
        return STAGE["client_id"]
    return LISTS.one("/v1/clients")


def staff_id():
    return LISTS.one("/v1/staff") if STAGE["role"] == "admin" else CHANCE.choice(STAGE["staff_ids"])


# What a field of a body names, and what the contract cannot draw as a pattern: without it next to nothing would be made.
NAMED = {
    "client_id": client_id,
    "client_ids": client_id,
    "session_ids": lambda: LISTS.one("/v1/sessions"),
    "facilitator_ids": staff_id,
    "counselor_id": staff_id,
    "covers_id": staff_id,
    "contact_ids": lambda: LISTS.one("/v1/me/contacts"),
    "template": lambda: LISTS.one("/v1/templates", "key") or "reading",
    "email": lambda: f"{new_id()}@clinic.example",
    **dict.fromkeys(["phone", "front_desk_phone", "after_hours_phone", "on_call_phone"],
                    lambda: CHANCE.choice(["+12015550142", "(201) 555-0143"])),
    "time_zone": lambda: CHANCE.choice(["America/New_York", "America/Los_Angeles", "UTC", "Australia/Lord_Howe", "Africa/Cairo"]),
    "rule": lambda: CHANCE.choice(["FREQ=DAILY;COUNT=5", "FREQ=WEEKLY", "FREQ=MONTHLY;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;COUNT=4"]),
    "local_start": lambda: moment(days=CHANCE.randrange(1, 30)).strftime("%Y-%m-%dT18:00"),
    "due": lambda: instant(days=CHANCE.randrange(1, 30)),
    "from": lambda: instant(days=CHANCE.randrange(1, 10)),
    "until": lambda: instant(days=CHANCE.randrange(10, 30)),
    "occurred_at": lambda: instant(minutes=-CHANCE.randrange(1, 60)),
}


def named(body):
    """The body with ids of real things, wherever it has a field for one."""
    if isinstance(body, list):
        return [named(item) for item in body]
    if not isinstance(body, dict):
        return body
    changed = {}
    for field, value in body.items():
        real = NAMED[field]() if field in NAMED and value is not None else None
        if real and isinstance(value, list):
            changed[field] = [real] * bool(value)
        else:
            changed[field] = real or named(value)
    if "id" in changed and changed.get("kind") in ("session", "assignment"):  # that a goal links to
        changed["id"] = LISTS.one(f"/v1/me/{changed['kind']}s") or changed["id"]
    elif "id" in changed:  # chosen for what is made
        changed["id"] = new_id()
    return changed


def real_parameters(case):
    """The path's parameters, taken from the list that the path is below of: /v1/series/{id}/roster lists the client_ids."""
    real = dict(case.path_parameters)
    for match in re.finditer(r"/\{(\w+)\}", case.path):
        name, above = match[1], re.sub(r"\{(\w+)\}", lambda m: str(real.get(m[1])), case.path[:match.start()])
        if above == "/v1/goals":
            found = LISTS.one(f"/v1/clients/{STAGE['client_id']}/goals")
        elif above == "/v1/clients":
            found = client_id()
        elif case.path.endswith(("/went", "/attendance")):  # of what has begun
            found = LISTS.one(f"{above}?from={TODAY[0]}&to={TODAY[1]}")
        elif name == "installation_id":
            found = STAGE["installation_id"]
        elif name in ("kind", "file"):  # the contract lists them
            continue
        else:
            found = LISTS.one(above, name if name in ("key", "client_id") else "id")
        real[name] = found or real[name]
    return real


TODAY = instant(hours=-12), instant()


def real_query(case):
    """The query with a cursor of this list, and a time that is one stretch."""
    query = dict(case.query)
    if "cursor" in query:
        del query["cursor"]
        page = get(f"{case.formatted_path}?{urllib.parse.urlencode({**query, 'limit': 1}, doseq=True)}")
        if page.get("next_cursor"):
            query["cursor"] = page["next_cursor"]
    if "week" in query:
        query = {name: value for name, value in query.items() if name not in ("from", "to")}
    elif "from" in query and "to" in query:
        query |= {"from": instant(days=-20), "to": instant(days=20)}
    return query


def make_real(operation, case):
    is_linked = case.meta.phase.name == TestPhase.STATEFUL  # it names what an earlier step of its chain made
    if case.path_parameters and STAGE["token"] and not is_linked:
        case.path_parameters = real_parameters(case)
    if case.query and STAGE["token"]:
        case.query = real_query(case)
    if case.headers and "If-Match" in case.headers:
        del case.headers["If-Match"]
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = new_id()
    if isinstance(case.body, dict):
        case.body = named(case.body)
        if "from_session_id" in case.body:
            case.body["from_session_id"] = LISTS.one("/v1/sessions", series_id=case.path_parameters["id"]) or case.body["from_session_id"]
    credentials(operation, case)


def is_right(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if is_right(case) and CHANCE.random() < SHARE:
        make_real(operation, case)
    from_anywhere(operation, case)
    stay(operation, case)


ANSWERS = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw.get("operationId")
    ANSWERS[operation][response.status_code] += 1
    if STRANGER:
        hold(operation, response)


LEAKS = []
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def hold(operation, response):
    """Holds what a stranger is answered against what anybody is who names things that do not exist: it has to be the same, and
    to name nothing that they did not."""
    request = response.request
    asked = f"{request.url}\n{(request.body or b'').decode() if isinstance(request.body or b'', bytes) else request.body}"
    named_ids, told = STRANGER & set(ID.findall(asked)), STRANGER & set(ID.findall(response.text))
    if told - named_ids:
        LEAKS.append(f"{operation} tells a stranger of {sorted(told - named_ids)[:3]}: {response.text[:500]}")
    if not named_ids:
        return
    ANSWERS["(of others)"][response.status_code] += 1
    for real in sorted(named_ids):
        asked = asked.replace(real, str(uuid.UUID(int=CHANCE.getrandbits(128), version=4)))
    url, body = asked.split("\n", 1)
    headers = {name: value for name, value in request.headers.items() if name not in ("Content-Length", "Idempotency-Key")}
    nothing = requests.request(request.method, url, data=body.encode() or None, headers=headers, timeout=30)
    if response.status_code < 300 or (response.status_code, response.text) != (nothing.status_code, nothing.text):
        LEAKS.append(f"{operation}: {request.method} {request.url} answers a stranger {response.status_code} {response.text[:300]}, and of what "
                     f"does not exist {nothing.status_code} {nothing.text[:300]}")


@atexit.register
def tell():
    folder = pathlib.Path(os.environ["HANDRAIL_FUZZ_STAGE"]).parent
    (folder / "leaks.json").write_text(json.dumps(LEAKS[:20]))
    file = folder / "answers.json"
    for operation, statuses in json.loads(file.read_text()).items() if file.exists() else []:  # of a run before
        for status, n in statuses.items():
            ANSWERS[operation][int(status)] += n
    file.write_text(json.dumps(ANSWERS))


def credentials(operation, case):
    """Nobody guesses a password or a code: a share of the tries is right, so that the answer to those is seen too."""
    if operation == "logIn":
        case.body = {**case.body, "email": STAGE["email"], "password": STAGE["password"]}
        case.body.pop("one_time_code", None)
    is_signed_in = (case.headers or {}).get("Authorization") == f"Bearer {STAGE['token']}"
    if operation in SECOND_FACTOR and is_signed_in:
        second_factor(operation, case)
    if operation == "changePassword" and is_signed_in:
        case.headers["Authorization"] = f"Bearer {newcomer()}"
        case.body = {**case.body, "current_password": STAGE["password"]}
        case.body.pop("email", None)
    if operation == "enroll":
        case.body.pop("one_time_code", None)
        client = post("/v1/clients", STAGE["counselor_token"], name="Jordan")
        case.body = {**case.body, "code": post(f"/v1/clients/{client['id']}/invites", STAGE["counselor_token"])["code"]}


SECOND_FACTOR = ("beginSecondFactor", "confirmSecondFactor", "renewRecoveryCodes", "endSecondFactor")


def newcomer():
    """The token of a new person of this role with a password, who may do to themselves what the person of the run must not."""
    role = STAGE["role"]
    body = {"password": STAGE["password"], "installation_id": f"newcomer-{CHANCE.getrandbits(64):x}"}
    email = f"{CHANCE.getrandbits(64):x}@clinic.example"
    if role in ("counselor", "admin"):
        made, path, token = post("/v1/staff", STAGE["admin_token"], role=role, name="Sam", email=email), "staff", STAGE["admin_token"]
    else:
        made, path, token = post("/v1/clients", STAGE["counselor_token"], name="Jordan"), "clients", STAGE["counselor_token"]
        body["email"] = email
    code = post(f"/v1/{path}/{made['id']}/invites", token)["code"]
    return post("/v1/auth/enroll", code=code, **body)["token"]


def shown(secret):
    """The code that an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def second_factor(operation, case):
    """Of a newcomer, who has one set up where there has to be one, and sends a recovery code."""
    token = newcomer()
    case.headers["Authorization"] = f"Bearer {token}"
    if "password" in case.body:
        case.body = {**case.body, "password": STAGE["password"]}
    if operation == "beginSecondFactor":
        return
    secret = post("/v1/me/second-factor", token, password=STAGE["password"])["secret"]
    code = shown(secret)
    if operation != "confirmSecondFactor":
        code = post("/v1/me/second-factor/confirm", token, one_time_code=code)["recovery_codes"][0]
    case.body = {**case.body, "one_time_code": code}


def from_anywhere(operation, case):
    """Wrong tries are counted by address, and one address has thirty in a quarter of an hour. The limit stays as it is:
    the tries come from many addresses, told by a proxy that this server believes; a few come from one, and see the 429."""
    if operation in ("logIn", "enroll"):
        address = "10.9.9.9" if CHANCE.random() < 0.2 else f"10.{CHANCE.randrange(8)}.{CHANCE.randrange(256)}.{CHANCE.randrange(256)}"
        case.headers = {**(case.headers or {}), "X-Forwarded-For": address}


def stay(operation, case):
    """The person of the run must not be signed out by it, or the rest would be 401 and prove nothing. What signs out is
    tried all the same, on a second token of the same person, signed in just before; a staff member who is deactivated is
    one whom nobody signed in as."""
    if STAGE["token"] is None:
        return
    if operation == "logOut" and "Authorization" in (case.headers or {}):
        if case.headers["Authorization"] == f"Bearer {STAGE['token']}":
            case.headers["Authorization"] = f"Bearer {another()['token']}"
    if operation == "endToken" and (is_right(case) or case.path_parameters.get("id") == STAGE["token_id"]):
        case.path_parameters = {**case.path_parameters, "id": another()["token_id"]}
    if operation == "leave" and (case.headers or {}).get("Authorization") == f"Bearer {STAGE['token']}":
        case.headers["Authorization"] = f"Bearer {newcomer()}"
    if operation == "deactivateStaff" and case.path_parameters.get("id") in (STAGE["user_id"], *STAGE["staff_ids"]):
        email = f"{CHANCE.getrandbits(64):x}@clinic.example"
        sam = post("/v1/staff", STAGE["token"], role="counselor", name="Sam", email=email)
        case.path_parameters = {**case.path_parameters, "id": sam["id"]}


def another():
    return post("/v1/auth/login", email=STAGE["email"], password=STAGE["password"], installation_id=f"second-{CHANCE.getrandbits(64):x}")
