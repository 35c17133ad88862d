-- The whole record of Handrail. One file serves SQLite and PostgreSQL.
--
-- Ids are UUIDv7 text. Instants are BIGINT Unix microseconds; a wall-clock time is TEXT beside its zone.
-- "sealed" marks a column that holds AEAD ciphertext bound to table|column|id: nothing sorts or searches on it.
-- "index" marks a keyed hash (PRF) of a sealed value, for looking it up.
-- apitest/columns_test.go says of every TEXT and BYTEA column what it may give away.

-- +goose Up

-- What this database is and which keyset belongs to it. One row.
CREATE TABLE instance (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    purpose     TEXT NOT NULL,   -- clinic | demo: the demo refuses a database that is not its own
    keyset      TEXT NOT NULL,   -- the fingerprint of what is in keysets: the two are changed, and restored, together or not at all
    restored_at BIGINT NOT NULL  -- when it was last brought back from a backup, as the operator says; 0: never
);

-- The keys by which this record is sealed, themselves sealed under a master key that is kept elsewhere. One row: nodes that
-- start together find or make the same.
CREATE TABLE keysets (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    version       BIGINT NOT NULL, -- one more at each change of the keys
    master        TEXT NOT NULL,   -- the fingerprint of the master key
    sealing       BYTEA NOT NULL,  -- three Tink keysets under the master key: AEAD, for what is sealed
    indexing      BYTEA NOT NULL,  -- PRF, for what is looked up
    chaining      BYTEA NOT NULL,  -- MAC, for the chain of audit events
    primary_since BIGINT NOT NULL, -- since when the newest sealing key is the one in use; 0: from the beginning
    resealed_at   BIGINT           -- when nothing was left under older ones; NULL: a rotation is under way
);

CREATE TABLE clinics (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL,
    display_name      TEXT NOT NULL,  -- neutral: what a phone may show
    time_zone         TEXT NOT NULL,
    locale            TEXT NOT NULL,
    region            TEXT NOT NULL,  -- ISO 3166 country of its phone numbers
    front_desk_phone  TEXT,
    after_hours_phone TEXT,
    on_call_phone     TEXT,
    session_leads     TEXT NOT NULL,     -- when reminders come: leads such as 1d 2h, space-separated; empty: none
    meeting_leads     TEXT NOT NULL,
    homework_leads    TEXT NOT NULL,
    review_leads      TEXT NOT NULL,     -- of what waits for an answer: after it came
    quiet_start       INTEGER NOT NULL,  -- minutes after midnight in each person's zone; equal to quiet_end: no quiet hours
    quiet_end         INTEGER NOT NULL,
    gather_minutes    INTEGER NOT NULL,  -- reminders of one person that are this close are one push
    daily_cap         INTEGER NOT NULL,  -- pushes a day to one person
    second_factor_required BOOLEAN NOT NULL, -- of all staff
    version           BIGINT NOT NULL,
    created_at        BIGINT NOT NULL
);

CREATE TABLE users (
    id             TEXT PRIMARY KEY,
    clinic_id      TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    role           TEXT NOT NULL,
    name           BYTEA NOT NULL,  -- sealed
    email          BYTEA,           -- sealed
    email_index    BYTEA UNIQUE,    -- index
    password_hash  TEXT,            -- argon2id; a client may do without
    second_factor  BYTEA,           -- sealed, the secret of an authenticator app (RFC 6238); staff alone have one
    second_factor_step BIGINT,      -- of the last code that was taken: it is not taken again, nor is an earlier one
    next_factor    BYTEA,           -- sealed, the secret that is being set up: it counts once a code proves that the app has it
    time_zone      TEXT NOT NULL,
    time_zone_mode TEXT NOT NULL,   -- automatic: the phone tells it; fixed: the person set it
    locale         TEXT NOT NULL,
    quiet_start    INTEGER,         -- minutes after midnight; equal to quiet_end: no quiet hours; NULL: the clinic's
    quiet_end      INTEGER,
    unavailable    BYTEA,           -- sealed, JSON: a client's weekly hours of work, school or children
    enrolled_at    BIGINT,
    deactivated_at BIGINT,
    left_at        BIGINT,          -- when a client left of their own accord; NULL: they did not, or came back
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX users_by_clinic ON users (clinic_id, role, id);
CREATE INDEX users_who_left ON users (left_at) WHERE left_at IS NOT NULL;

-- What a person chose for one kind of reminder; without a row it comes as the series or the clinic has it.
CREATE TABLE reminder_choices (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,     -- session | meeting | homework | review | rsvp
    turned_off BOOLEAN NOT NULL,
    leads      TEXT,              -- over the series' and the clinic's; NULL: none of their own
    PRIMARY KEY (user_id, kind)
);

-- An enrolment code, with which a person binds a phone: the first time, or again after losing it.
CREATE TABLE invites (
    id          TEXT PRIMARY KEY,
    clinic_id   TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_index  BYTEA NOT NULL UNIQUE, -- index: the code itself is not kept
    created_by  TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    redeemed_at BIGINT,
    voided_at   BIGINT
);
CREATE INDEX invites_by_user ON invites (user_id);

CREATE TABLE tokens (
    id              TEXT PRIMARY KEY,
    clinic_id       TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    installation_id TEXT NOT NULL,
    token_hash      BYTEA NOT NULL UNIQUE, -- SHA-256 of 32 random bytes
    created_at      BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id, id);

-- Codes that stand in for one of the authenticator app, once each.
CREATE TABLE recovery_codes (
    code_hash BYTEA PRIMARY KEY, -- SHA-256 of 120 random bits
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used_at   BIGINT
);
CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

-- Wrong codes and passwords, counted by address and by what was tried.
CREATE TABLE attempts (
    bucket    BYTEA PRIMARY KEY, -- index
    failures  INTEGER NOT NULL,
    resets_at BIGINT NOT NULL
);

-- Which counselor serves which client, or covers which absent counselor, from when to when.
CREATE TABLE caseload (
    id           TEXT PRIMARY KEY,
    clinic_id    TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    counselor_id TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    client_id    TEXT REFERENCES users (id) ON DELETE RESTRICT,
    covers_id    TEXT REFERENCES users (id) ON DELETE RESTRICT,
    starts_at    BIGINT NOT NULL,
    ends_at      BIGINT,
    CHECK ((client_id IS NULL) <> (covers_id IS NULL)),
    CHECK (ends_at IS NULL OR ends_at >= starts_at)
);
CREATE INDEX caseload_by_client ON caseload (client_id, counselor_id);
CREATE INDEX caseload_by_counselor ON caseload (counselor_id, client_id);
CREATE INDEX caseload_by_covered ON caseload (covers_id, counselor_id);

CREATE TABLE episodes (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    client_id  TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    level      TEXT NOT NULL,
    starts_at  BIGINT NOT NULL,
    ended_at   BIGINT,
    end_reason BYTEA,  -- sealed
    age_group  TEXT NOT NULL,   -- adult | adolescent
    weekly_hours INTEGER,       -- of sessions, the target; NULL: none
    version    BIGINT NOT NULL
);
CREATE INDEX episodes_by_client ON episodes (client_id, starts_at);
CREATE UNIQUE INDEX episodes_one_open ON episodes (client_id) WHERE ended_at IS NULL;

-- A ledger: what a person allowed or refused, in which words. Append-only: but for superseded_at no row ever changes. The
-- one that is not superseded is their answer; a yes whose expires_at has come is one no longer.
CREATE TABLE consents (
    id            TEXT PRIMARY KEY,
    clinic_id     TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    kind          TEXT NOT NULL,
    granted       BOOLEAN NOT NULL,
    text_version  TEXT,              -- of the text that was read; NULL: a refusal need not name one
    locale        TEXT,              -- in which it was read
    answered_at   BIGINT NOT NULL,   -- when the person did, by their phone
    expires_at    BIGINT,            -- from then on it is not granted; NULL: until it is taken back
    disclosure    BYTEA,             -- sealed, JSON: what 42 CFR 2.31(a) wants of one that tells somebody outside the clinic
    recorded_by   TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    recorded_at   BIGINT NOT NULL,
    superseded_at BIGINT,            -- when the next answer took its place
    CHECK (NOT granted OR text_version IS NOT NULL AND locale IS NOT NULL)
);
CREATE UNIQUE INDEX consents_in_force ON consents (user_id, kind) WHERE superseded_at IS NULL;
CREATE INDEX consents_by_user ON consents (user_id, recorded_at, id);

CREATE TABLE series (
    id               TEXT PRIMARY KEY,
    clinic_id        TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    kind             TEXT NOT NULL,
    title            BYTEA NOT NULL,   -- sealed
    tags             BYTEA,            -- sealed, a JSON list
    place            BYTEA,            -- sealed; what a new session takes, as link and facilitators
    link             BYTEA,            -- sealed
    place_index      BYTEA,            -- index
    capacity         INTEGER,          -- seats; NULL: no limit
    leads            TEXT,             -- of reminders of its sessions, over the clinic's; NULL: the clinic's
    owner_id         TEXT REFERENCES users (id) ON DELETE CASCADE, -- a client's own meeting, which is theirs alone; NULL: the clinic's
    time_zone        TEXT NOT NULL,
    local_start      TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    rule             TEXT,             -- RFC 5545 subset; NULL: a single date
    exdates          TEXT NOT NULL,    -- space-separated; left out of the rule
    expanded_until   BIGINT NOT NULL,  -- sessions exist up to here
    finished         BOOLEAN NOT NULL, -- the rule has no date beyond expanded_until
    created_by       TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT, -- who made it, or the first of those to whom it was handed on
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL
);
CREATE INDEX series_by_maker ON series (created_by);
CREATE INDEX series_by_owner ON series (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX series_to_extend ON series (expanded_until) WHERE NOT finished;

CREATE TABLE facilitators (
    series_id TEXT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    PRIMARY KEY (series_id, user_id)
);
CREATE INDEX facilitators_by_user ON facilitators (user_id, series_id);

CREATE TABLE roster (
    id        TEXT PRIMARY KEY,
    clinic_id TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    series_id TEXT NOT NULL REFERENCES series (id) ON DELETE RESTRICT,
    client_id TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    added_at  BIGINT NOT NULL, -- since when the client can know of the sessions
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT,
    CHECK (ends_at IS NULL OR ends_at >= starts_at)
);
CREATE INDEX roster_by_client ON roster (client_id, series_id);
CREATE INDEX roster_by_series ON roster (series_id, client_id);

-- One dated occurrence, known by the local start its rule gave it: moving it keeps its identity.
CREATE TABLE sessions (
    id                   TEXT PRIMARY KEY,
    clinic_id            TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    series_id            TEXT NOT NULL REFERENCES series (id) ON DELETE RESTRICT,
    original_local_start TEXT NOT NULL,
    local_start          TEXT NOT NULL,
    time_zone            TEXT NOT NULL,
    starts_at            BIGINT NOT NULL,
    ends_at              BIGINT NOT NULL,
    place                BYTEA,            -- sealed for its series, so that a session copies what the series says
    link                 BYTEA,            -- sealed for its series
    place_index          BYTEA,            -- index
    telehealth           BOOLEAN NOT NULL, -- there is a link and no place
    materials            BYTEA,            -- sealed, a JSON list
    added                BOOLEAN NOT NULL, -- by hand, outside the rule
    own_place            BOOLEAN NOT NULL, -- decided for it alone, as the next two: a change of its series leaves it
    own_length           BOOLEAN NOT NULL,
    own_staff            BOOLEAN NOT NULL,
    status               TEXT NOT NULL,    -- scheduled | cancelled
    dropped              BOOLEAN NOT NULL, -- cancelled because its series has no date for it; on again if that comes back
    generation           INTEGER NOT NULL, -- one more at each new start: its reminders begin anew
    attendance_version   BIGINT NOT NULL,
    version              BIGINT NOT NULL,
    UNIQUE (series_id, original_local_start)
);
CREATE INDEX sessions_by_start ON sessions (series_id, starts_at);
CREATE INDEX sessions_by_place ON sessions (place_index, starts_at) WHERE place_index IS NOT NULL;

-- When a session was to be until it was changed shortly before: what people went by who are told of the change.
CREATE TABLE known_starts (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL, -- the session's at that start
    starts_at  BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (session_id, generation)
);
CREATE INDEX known_starts_ahead ON known_starts (starts_at);

-- Who runs one session: those of its series, or who stands in for them that day.
CREATE TABLE session_facilitators (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    PRIMARY KEY (session_id, user_id)
);
CREATE INDEX session_facilitators_by_user ON session_facilitators (user_id, session_id);

-- What a client says of one session: beforehand whether they come, and of a meeting afterwards whether they went.
CREATE TABLE rsvps (
    id           TEXT PRIMARY KEY,
    clinic_id    TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    answer       TEXT,     -- coming | late | cannot_come
    minutes_late INTEGER,
    note         BYTEA,    -- sealed
    answered_for BIGINT,   -- the start that the answer is about: a session that moves asks again
    answered_at  BIGINT,
    answers      INTEGER NOT NULL, -- how often they answered: each no begins its own notice
    went         BOOLEAN,  -- the client's own word, for themselves
    UNIQUE (session_id, client_id)
);
CREATE INDEX rsvps_by_client ON rsvps (client_id);

-- One client's record at one session.
CREATE TABLE attendance (
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id   TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    clinic_id   TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    status      TEXT NOT NULL,    -- present | late | left_early | excused | no_show
    minutes     INTEGER NOT NULL, -- that they were there
    recorded_by TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX attendance_by_client ON attendance (client_id);

-- Who is to care for whom, from when to when: the counselor who serves a client, and whoever covers that counselor.
CREATE VIEW care AS
    SELECT counselor_id, client_id, starts_at, ends_at FROM caseload WHERE client_id IS NOT NULL
    UNION ALL
    SELECT v.counselor_id, k.client_id, CASE WHEN v.starts_at > k.starts_at THEN v.starts_at ELSE k.starts_at END,
           CASE WHEN k.ends_at < v.ends_at THEN k.ends_at ELSE v.ends_at END
    FROM caseload v JOIN caseload k ON k.counselor_id = v.covers_id AND k.client_id IS NOT NULL;

CREATE TABLE assignments (
    id                 TEXT PRIMARY KEY,
    clinic_id          TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    client_id          TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    assigned_by        TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    handout_id         TEXT,             -- those that a group got at once share it
    template           TEXT,             -- whose fields it asks for; NULL: none
    template_version   INTEGER,
    title              BYTEA NOT NULL,   -- sealed
    instructions       BYTEA NOT NULL,   -- sealed
    due_at             BIGINT NOT NULL,
    follows_session_id TEXT REFERENCES sessions (id) ON DELETE SET NULL, -- due at the start of that session, wherever it moves
    practice_rule      TEXT,             -- RFC 5545 subset: on which days to practise; NULL: it is not practised
    practice_from      TEXT,             -- the first of those days
    practice_at        INTEGER,          -- minutes after midnight: when to remind on such a day; NULL: never
    status             TEXT NOT NULL,    -- assigned | started | submitted | returned | accepted | withdrawn
    draft              BYTEA,            -- sealed, JSON: what the client has written so far, which nobody else sees
    round              INTEGER NOT NULL, -- how often it has been submitted
    reviewed_round     INTEGER NOT NULL, -- which of these was answered last; 0: none
    waiting_since      BIGINT,           -- since when it has waited for an answer; NULL: it does not
    generation         INTEGER NOT NULL, -- one more at each new due time, and each time it is returned
    version            BIGINT NOT NULL,
    assigned_at        BIGINT NOT NULL,
    CHECK ((template IS NULL) = (template_version IS NULL)),
    CHECK ((practice_rule IS NULL) = (practice_from IS NULL)),
    CHECK ((status = 'submitted') = (waiting_since IS NOT NULL))
);
CREATE INDEX assignments_by_client ON assignments (client_id, due_at, id);
CREATE INDEX assignments_by_session ON assignments (follows_session_id) WHERE follows_session_id IS NOT NULL;
CREATE INDEX assignments_by_handout ON assignments (handout_id) WHERE handout_id IS NOT NULL;
CREATE INDEX assignments_waiting ON assignments (client_id, waiting_since, id) WHERE waiting_since IS NOT NULL;

-- What a client returned, each time; nothing of it is ever overwritten.
CREATE TABLE submissions (
    id            TEXT PRIMARY KEY,
    clinic_id     TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    assignment_id TEXT NOT NULL REFERENCES assignments (id) ON DELETE CASCADE,
    round         INTEGER NOT NULL,  -- 1, 2, …
    content       BYTEA,             -- sealed, JSON: text and answers; NULL: it came on paper
    occurred_at   BIGINT NOT NULL,   -- when the client finished it, by their phone
    submitted_at  BIGINT NOT NULL,   -- when it came here
    UNIQUE (assignment_id, round)
);

-- What the counselor answered to it.
CREATE TABLE reviews (
    id            TEXT PRIMARY KEY,
    clinic_id     TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    assignment_id TEXT NOT NULL REFERENCES assignments (id) ON DELETE CASCADE,
    round         INTEGER NOT NULL,  -- of the submission that it answers
    decision      TEXT NOT NULL,     -- returned | accepted
    comment       BYTEA,             -- sealed
    reviewed_by   TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    reviewed_at   BIGINT NOT NULL,
    UNIQUE (assignment_id, round)
);

-- One time that a client did what they were to practise. Several on a day count as one.
CREATE TABLE practices (
    id            TEXT PRIMARY KEY,
    clinic_id     TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    assignment_id TEXT NOT NULL REFERENCES assignments (id) ON DELETE CASCADE,
    day           TEXT NOT NULL,     -- the date on the client's clock, kept when they travel later
    occurred_at   BIGINT NOT NULL,
    note          BYTEA,             -- sealed
    recorded_at   BIGINT NOT NULL
);
CREATE INDEX practices_by_assignment ON practices (assignment_id, occurred_at, id);

CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    client_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       BYTEA NOT NULL,    -- sealed
    relation   BYTEA NOT NULL,    -- sealed
    phone      BYTEA NOT NULL,    -- sealed
    details    BYTEA NOT NULL,    -- sealed, JSON: the way they prefer, their hours and zone, the client's note
    shared     BOOLEAN NOT NULL,  -- counts only while the client's consent share_contacts is in force
    position   INTEGER NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_client ON contacts (client_id, position, created_at, id);

-- A client called a contact, or met one, and wanted to keep it. Nobody else reads it; it goes with the contact.
CREATE TABLE reach_outs (
    id          TEXT PRIMARY KEY,
    clinic_id   TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    client_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    contact_id  TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    occurred_at BIGINT NOT NULL,
    details     BYTEA NOT NULL,   -- sealed, JSON: how, whether it helped, a note
    created_at  BIGINT NOT NULL
);
CREATE INDEX reach_outs_by_client ON reach_outs (client_id, occurred_at, id);
CREATE INDEX reach_outs_by_contact ON reach_outs (contact_id);

-- What a client wants to reach, in their own words.
CREATE TABLE goals (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    client_id  TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    text       BYTEA NOT NULL,  -- sealed
    target_on  TEXT,            -- a date on the client's calendar
    status     TEXT NOT NULL,   -- open | reached | set_aside
    position   INTEGER NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX goals_by_client ON goals (client_id, position, created_at, id);

-- The client's own homework or sessions that belong to a goal, in the order in which they linked them.
CREATE TABLE goal_links (
    goal_id       TEXT NOT NULL REFERENCES goals (id) ON DELETE CASCADE,
    place         INTEGER NOT NULL,
    assignment_id TEXT REFERENCES assignments (id) ON DELETE CASCADE,
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (goal_id, place),
    CHECK ((assignment_id IS NULL) <> (session_id IS NULL))
);
CREATE INDEX goal_links_by_assignment ON goal_links (assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX goal_links_by_session ON goal_links (session_id) WHERE session_id IS NOT NULL;

-- What a counselor said to a goal. Append-only: a goal that has any stays.
CREATE TABLE goal_comments (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    goal_id    TEXT NOT NULL REFERENCES goals (id) ON DELETE RESTRICT,
    author_id  TEXT NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    text       BYTEA NOT NULL,  -- sealed
    created_at BIGINT NOT NULL
);
CREATE INDEX goal_comments_by_goal ON goal_comments (goal_id, created_at, id);

-- One installation of the app, with its address at FCM. Only the row whose status is live is sent to.
CREATE TABLE devices (
    id                 TEXT PRIMARY KEY,
    clinic_id          TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id            TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    installation_id    TEXT NOT NULL,
    platform           TEXT NOT NULL,   -- android | ios
    registration       BYTEA NOT NULL,  -- sealed
    registration_index BYTEA NOT NULL,  -- index
    registration_kind  TEXT NOT NULL,   -- token | fid
    presentation       TEXT NOT NULL,   -- app | system
    permission         TEXT NOT NULL,   -- granted | denied | undetermined
    app_version        TEXT,
    status             TEXT NOT NULL,   -- live | proving | suspended | disabled | ended
    proof_push_id      TEXT,            -- the push whose secret makes it live, shown with its user's token; once live, by which it became so
    confirmed_at       BIGINT NOT NULL,
    version            BIGINT NOT NULL,
    UNIQUE (user_id, installation_id)
);
CREATE UNIQUE INDEX devices_one_owner ON devices (registration_index) WHERE status IN ('live', 'proving');
CREATE UNIQUE INDEX devices_one_holder ON devices (installation_id) WHERE status IN ('live', 'proving');
CREATE INDEX devices_by_registration ON devices (registration_index);
CREATE INDEX devices_by_installation ON devices (installation_id);

-- One message to one person; its id is the tag that the phone sees. next_at is when a worker has to look at it:
-- when it is due, when its lease runs out, when to try again; NULL when there is nothing left to do.
CREATE TABLE pushes (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    due_at     BIGINT NOT NULL,
    next_at    BIGINT,
    state      TEXT NOT NULL,     -- waiting | claimed | done
    attempt    INTEGER NOT NULL,  -- the fence: a completion counts only under the attempt that it began with
    revision   INTEGER NOT NULL,  -- one more at each correction under the same tag
    retries    INTEGER NOT NULL,  -- transient faults in this revision
    ask_again  BIGINT,            -- before that FCM is not to be asked again, if the last attempt failed so; next_at may wait for more
    maybe_sent BOOLEAN NOT NULL   -- an attempt ended unknown: it may be on a phone
);
CREATE INDEX pushes_due ON pushes (next_at) WHERE next_at IS NOT NULL;

-- One planned announcement to one person about one thing at one lead.
CREATE TABLE reminders (
    id           TEXT PRIMARY KEY,
    clinic_id    TEXT NOT NULL REFERENCES clinics (id) ON DELETE RESTRICT,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    push_id      TEXT REFERENCES pushes (id) ON DELETE SET NULL,
    kind         TEXT NOT NULL,     -- session | meeting | homework | review | rsvp | correction | test | proof
    subject_kind TEXT NOT NULL,     -- session | assignment | practice | review | rsvp | test | proof (a device): practice and review are an assignment's, told of otherwise
    subject_id   TEXT NOT NULL,
    lead         TEXT NOT NULL,
    generation   INTEGER NOT NULL,
    remind_at    BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    about_at     BIGINT NOT NULL,   -- the start or due time that it announces
    was_at       BIGINT,            -- for a correction: what the phone was told before
    state        TEXT NOT NULL,
    cause        TEXT,
    sent_at      BIGINT,
    revision     INTEGER NOT NULL,  -- the revision of its push that carries it
    leads_of     TEXT NOT NULL DEFAULT '', -- who decided on its lead: clinic | series | own | plan (of a practice); empty: it has none
    time_zone    TEXT NOT NULL DEFAULT '', -- on whose clock its lead counts; empty: it has none
    steps        TEXT NOT NULL DEFAULT '', -- how it came to remind_at: lead=<instant> quiet_hours_start=<instant> …
    UNIQUE (user_id, subject_kind, subject_id, kind, lead, generation)
);
CREATE INDEX reminders_by_push ON reminders (push_id);
CREATE INDEX reminders_by_user ON reminders (user_id, about_at, remind_at);
CREATE INDEX reminders_by_past ON reminders (user_id, was_at) WHERE was_at IS NOT NULL;

-- One push on one device. It outlives the device: who leaves takes theirs along, maybe while a push is on the wire.
CREATE TABLE deliveries (
    push_id         TEXT NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
    revision        INTEGER NOT NULL,
    device_id       TEXT NOT NULL,   -- the id alone is left of one that is gone
    state           TEXT NOT NULL,   -- accepted | failed | rejected | unknown | not_sent | acknowledged | opened
    code            TEXT,            -- what FCM answered, when it did not accept
    message_name    TEXT,
    attempted_at    BIGINT NOT NULL,
    acknowledged_at BIGINT,
    PRIMARY KEY (push_id, revision, device_id)
);

-- What was known of a zone's clocks when instants were last worked out from them: where a newer zone data says otherwise,
-- they are worked out anew.
CREATE TABLE zones (
    name   TEXT PRIMARY KEY,
    clocks TEXT NOT NULL    -- until when, and each change: its instant and the offset from then on, in seconds
);

-- A platform that FCM asked to leave alone for a while.
CREATE TABLE lanes (
    name         TEXT PRIMARY KEY,   -- android | ios
    paused_until BIGINT NOT NULL,
    reason       TEXT NOT NULL
);

-- How fast all nodes together hand messages to FCM, and how many of late were for phones that it calls dead. One row.
CREATE TABLE pace (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    paid_until    BIGINT NOT NULL,   -- each message takes up its share of a minute: what was handed over is paid for then
    ramp_from     BIGINT NOT NULL,   -- the sending has been growing to its full speed since then
    eased_from    BIGINT NOT NULL,   -- FCM had enough: the limit grows back from then
    eased_to      BIGINT NOT NULL,   -- the limit then, messages a minute
    counted_from  BIGINT NOT NULL,   -- of the ten minutes since then:
    handed        BIGINT NOT NULL,   --   messages handed over
    dead          BIGINT NOT NULL,   --   registrations called dead
    doubted_until BIGINT NOT NULL    -- they were too many: until then no registration is disabled
);
INSERT INTO pace (id, paid_until, ramp_from, eased_from, eased_to, counted_from, handed, dead, doubted_until) VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- One row a person: whoever writes what that person sees or is reminded of takes it first. For a client it counts changes.
CREATE TABLE sequences (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    last    BIGINT NOT NULL
);

-- The newest change of each thing that a client can see, by its number (deleted: a tombstone).
CREATE TABLE changes (
    client_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    deleted    BOOLEAN NOT NULL,
    PRIMARY KEY (client_id, kind, subject_id)
);
CREATE UNIQUE INDEX changes_in_order ON changes (client_id, seq);

-- What a POST made, so that a phone may send it twice. Kept for 30 days.
CREATE TABLE idempotency_keys (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    body_hash  BYTEA NOT NULL, -- index
    result_id  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what: staff reads and writes of a client's record, signing in and out, consents, use of keys. Append-only; ids and
-- words, never content. It refers to nothing: it outlives what it names, and nobody waits for a row of somebody's.
CREATE TABLE audit_events (
    id         TEXT PRIMARY KEY,
    clinic_id  TEXT NOT NULL,   -- whose chain it belongs to; server: of no clinic
    actor_id   TEXT,            -- NULL: the operator, the server itself, or somebody who could not sign in
    client_id  TEXT,            -- whose record
    action     TEXT NOT NULL,
    subject_id TEXT,
    at         BIGINT NOT NULL,
    seq        BIGINT,          -- its place in the chain: NULL until it is sealed, a second later
    mac        TEXT             -- keyed hash of it; once it is sealed, of the one before, too
);
CREATE INDEX audit_events_by_client ON audit_events (client_id, at, id) WHERE client_id IS NOT NULL;
CREATE INDEX audit_events_by_clinic ON audit_events (clinic_id, at);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, at) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_to_seal ON audit_events (clinic_id, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX audit_events_in_order ON audit_events (clinic_id, seq) WHERE seq IS NOT NULL;

-- Each clinic's chain of sealed events: its last one, and the one after which it begins since retention cut the older ones.
CREATE TABLE audit_chains (
    clinic_id TEXT PRIMARY KEY,  -- as in audit_events
    last_seq  BIGINT NOT NULL,
    last_mac  TEXT NOT NULL,
    cut_seq   BIGINT NOT NULL,   -- 0: nothing was cut
    cut_mac   TEXT NOT NULL,
    proof     TEXT NOT NULL      -- keyed hash of all this
);

-- +goose Down
SELECT 1;
