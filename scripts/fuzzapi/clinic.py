"""The people of the stage, and a clinic with something of everything, made through the API as an app would."""

import datetime
import json
import re
import urllib.error
import urllib.request
import uuid

import contract

PASSWORD = "correct horse battery"


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

    def ids(self):
        """Every id that there is: what their lists name."""
        found = set()
        for person, role in ((self.client, "client"), (self.counselor, "counselor"), (self.admin, "admin")):
            for operation in contract.OPERATIONS:
                path = operation.path.replace("/v1/clients/{id}", f"/v1/clients/{self.client.id}")
                if operation.method == "GET" and contract.may(role, operation) and "{" not in path and path != "/v1/bookings":
                    found |= set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", json.dumps(person.call("GET", path))))
        return sorted(found)

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
