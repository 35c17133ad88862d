"""What openapi.yaml says of who may call what, what that forbids everybody else, and whether all of it was seen to work."""

import collections
import json
import pathlib
import re
import urllib.error
import urllib.request
import uuid

import yaml

SPEC = pathlib.Path(__file__).parent.parent.parent / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "patch"}
EVERYBODY = ("client", "family", "counselor", "admin")  # who sign in: each may what is for signed-in

# What this run cannot do with success, and why. An operation that is named here and done all the same is an error too.
CANNOT = {"proveDevice": "what proves a phone comes in a push alone, and no push goes out of this run"}

Operation = collections.namedtuple("Operation", "id method path roles")


def operations():
    found = []
    for path, item in yaml.safe_load(SPEC.read_text())["paths"].items():
        for method, described in item.items():
            if method in METHODS:
                found.append(Operation(described["operationId"], method.upper(), path, described["x-roles"]))
    return found


OPERATIONS = operations()


def may(role, operation):
    return role in operation.roles or "signed-in" in operation.roles and role in EVERYBODY


def of(role):
    """What somebody may call. One of another clinic calls what is for those of their role alone: the rest is about oneself."""
    if role.startswith("other-"):
        return [o.id for o in OPERATIONS if role.removeprefix("other-") in o.roles]
    return [o.id for o in OPERATIONS if may(role, o)]


def refused(url, people, ended, client_id):
    """Tries every operation as everybody who may not. Whose token is none, made up or ended, nobody knows: 401. Whose role it is
    not for is told so, whatever else may be wrong with the request: 403. Returns what was answered otherwise, and how many."""
    faults, tried = [], 0
    for operation in OPERATIONS:
        if "anyone" in operation.roles:
            continue
        path = re.sub(r"\{(\w+)\}", lambda name: client_id if name[1].endswith("id") else "push", operation.path)
        wrong = [("nobody", None, 401), ("a token that is none", "hr_" + uuid.uuid4().hex, 401), *((who, token, 401) for who, token in ended.items())]
        wrong += [(role, person.token, 403) for role, person in people.items() if not may(role, operation)]
        for who, token, expected in wrong:
            for body in (None, b'{"no such field": 1}', b"["):
                status, code = ask(url + path, operation.method, token, body)
                tried += 1
                if (status, code) != (expected, {401: "unauthenticated", 403: "role_not_allowed"}[expected]):
                    faults.append(f"{operation.id} as {who}: {status} {code}, and not {expected}")
    return faults, tried


def ask(url, method, token, body):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=30) as reply:
            return reply.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()).get("code")


def seen(done, roles):
    """One line of how many operations were done with success as whom, and what nobody ever did, which is a fault: then nothing of
    this run says that it works."""
    possible = {o.id for o in OPERATIONS if any(may(role, o) for role in roles)}
    by_anybody = set().union(*(done[role] for role in roles if not role.startswith("other-")))
    parts = [f"{role} {len(done[role] & set(of(role)))} of {len(of(role))}" for role in roles if not role.startswith("other-")]
    line = f"fuzz-api: done with success as {', '.join(parts)}; by somebody {len(by_anybody & possible)} of {len(possible)}"
    line += "".join(f"; cannot {name}: {why}" for name, why in sorted(CANNOT.items()) if name in possible)
    faults = [f"{name} was never done by anybody" for name in sorted(possible - by_anybody - set(CANNOT))]
    faults += [f"{name} is said to be impossible here, and was done" for name in sorted(by_anybody & set(CANNOT))]
    faults += [f"{name} is said to be impossible here, and is no operation" for name in sorted(set(CANNOT) - {o.id for o in OPERATIONS})]
    return line, faults
