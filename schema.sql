-- The whole database of GPTTG, version 1 (PRAGMA user_version). A new database is made from this file; an older one
-- is brought here by engine/store/migrations/NNNN_*.sql, one number a version. Times are UTC, in microseconds since
-- 1970 (INTEGER), so that they sort and compare as numbers. Money is whole nano-dollars (INTEGER). JSON is TEXT.

-- Facts about this installation. `secret` is a random key made once: it salts the random_ids of sent messages (so that
-- a new database never repeats an old one's) and hashes people's ids for OpenAI. `zone` is the time zone (IANA) in which
-- the days and months of budgets begin; UTC without it. `username`: the bot's, as it last logged in. `pruned_before`: what
-- of the recordings was older (microseconds since 1970, in digits) has been dropped. `menus`: who has, or may have, the
-- admins' command menu (Telegram IDs, JSON): it is taken back from those who are none any more.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Telethon's login: one row. `login_began_at`, by Telegram's clock, is written before the first login, so that a kill
-- between the login and the first known position can ask for everything since then.
CREATE TABLE telegram_login (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    bot_id         INTEGER NOT NULL,
    dc_id          INTEGER NOT NULL,
    address        TEXT    NOT NULL,
    port           INTEGER NOT NULL,
    auth_key       BLOB,
    login_began_at INTEGER
) STRICT;

-- Telegram's positions: entity 0 is the account (pts, qts, date, seq), others are channels (pts). A position is only
-- ever committed together with the inbox rows that it covers, or after them. `is_behind`: the channel has news that
-- Telegram was about to be asked for; it names such a channel only once, so the next process must ask, too.
CREATE TABLE telegram_positions (
    entity_id INTEGER PRIMARY KEY,
    pts       INTEGER NOT NULL,
    qts       INTEGER NOT NULL,
    date      INTEGER NOT NULL,   -- seconds, as Telegram counts
    seq       INTEGER NOT NULL,
    is_behind INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Access hashes: with these the bot can address a person or a channel. `id` is Telethon's marked id.
CREATE TABLE telegram_peers (
    id          INTEGER PRIMARY KEY,
    access_hash INTEGER NOT NULL
) STRICT;

-- People who have ever written, as Telegram last described them.
CREATE TABLE people (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    username      TEXT NOT NULL,
    language      TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL
) STRICT;

-- Conversations: the state of the chart, and all else that the actor remembers, as JSON. A conversation without a row
-- is a new one. Idle ones cost this row and nothing else.
CREATE TABLE conversations (
    key        TEXT PRIMARY KEY,
    state      TEXT NOT NULL,
    memory     TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The inbox: every event that an actor is to handle, once (`key` makes the same update twice one row).
--   pending     → done          the actor has handled it; its effects were committed in the same transaction
--   pending     → postponed     it does not fit the present state
--   postponed   → pending       the state has changed (same transaction); of those with the same `queue` only the first,
--                               each other one when the one before it is handled
--   postponed   → done          a reset has dropped what waited
--   pending     → quarantined   two tries raised; the person and the admins were told
-- `cause` says where it came from, for recordings: update:<key>, job:<id>, event:<inbox id>, timer.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    event        TEXT NOT NULL,
    message_id   INTEGER,
    status       TEXT NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'postponed', 'done', 'quarantined')),
    tries        INTEGER NOT NULL DEFAULT 0,
    error        TEXT NOT NULL DEFAULT '',
    received_at  INTEGER NOT NULL,
    cause        TEXT NOT NULL DEFAULT '',
    queue        TEXT NOT NULL DEFAULT ''
) STRICT;
-- One for each status: SQLite takes a partial index only for the very condition that stands in it.
CREATE INDEX inbox_pending ON inbox (conversation, id) WHERE status = 'pending';
CREATE INDEX inbox_postponed ON inbox (conversation, id) WHERE status = 'postponed';
CREATE INDEX inbox_received ON inbox (received_at) WHERE message_id IS NULL;
-- Deletions in private chats name messages without their chat: this finds it.
CREATE INDEX inbox_message ON inbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX inbox_quarantined ON inbox (id) WHERE status = 'quarantined';

-- The outbox: every call to Telegram that an actor asked for, in order per chat.
--   pending → sent      Telegram has confirmed it (message_id is known, except after RANDOM_ID_DUPLICATE)
--   pending → failed    Telegram will never take it; `error` says why
-- random_id is fixed in the row: the same row sent twice is one message. `cause` is the inbox row that it answers and the
-- call's place among that step's calls: "<inbox id>/<number>".
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL,
    chat_id      INTEGER NOT NULL,
    ref          TEXT NOT NULL DEFAULT '',
    effect       TEXT NOT NULL,
    random_id    INTEGER NOT NULL,
    status       TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
    message_id   INTEGER,
    error        TEXT NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    sent_at      INTEGER,
    cause        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_pending ON outbox (chat_id, id) WHERE status = 'pending';
CREATE INDEX outbox_created ON outbox (created_at);
CREATE INDEX outbox_ref ON outbox (conversation, ref) WHERE ref <> '';
CREATE INDEX outbox_failed ON outbox (id) WHERE status = 'failed';
-- How a message to everybody is getting on.
CREATE INDEX outbox_broadcast ON outbox (ref, status) WHERE ref GLOB 'broadcast:*';
-- Someone replies to a message of ours: this finds what it was.
CREATE INDEX outbox_message ON outbox (conversation, message_id) WHERE message_id IS NOT NULL;

-- Big files of the outbox on their way to Telegram: `file_id` is our number for the file, `parts` has a bit for each part of
-- 512 KiB that Telegram has. A restart goes on with the others; Telegram keeps parts for an hour or so, and so do we.
CREATE TABLE sent_parts (
    outbox_id INTEGER PRIMARY KEY,
    file_id   INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    parts     BLOB    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX sent_parts_at ON sent_parts (at);

-- Jobs: slow work that an actor started.
--   running  → done       its result event, its ledger lines and this are one transaction
--   running  → stopping   a person stopped it; it still ends with a result event
--   stopping → done
-- `attempt` counts how often its work was begun and may have cost something (again after a restart of the process, when
-- the one before is given up and booked); `response_id` and `model` (as answered) are that attempt's, written as soon as
-- they are known. `result` is what paid calls have brought so far (JSON, of the kind's own shape), so that none is made twice.
CREATE TABLE jobs (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    kind         TEXT NOT NULL,
    job_order    TEXT NOT NULL,
    status       TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'stopping', 'done')),
    attempt      INTEGER NOT NULL DEFAULT 1,
    response_id  TEXT,
    model        TEXT NOT NULL DEFAULT '',
    result       TEXT NOT NULL DEFAULT '',
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_open ON jobs (status) WHERE status <> 'done';
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE status = 'done';

-- Timers that actors have set: gone when they have become a TimedOut in the inbox.
CREATE TABLE timers (
    conversation TEXT NOT NULL,
    timer        TEXT NOT NULL,
    due_at       INTEGER NOT NULL,
    PRIMARY KEY (conversation, timer)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at);

-- The local transcript: what was asked and answered, for rebuilding a thread that OpenAI has lost, for asking again, for
-- replies to older answers. `parent_response_id` is where in the thread the question stood, so that edited questions and
-- replies make branches; `source` is the question as the actor knows it (JSON, with its files); `messages` counts the
-- messages that the answer became.
CREATE TABLE turns (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation        TEXT NOT NULL,
    job                 TEXT NOT NULL,
    question            TEXT NOT NULL,
    answer              TEXT NOT NULL,
    response_id         TEXT,
    parent_response_id  TEXT,
    question_message_id INTEGER,
    source              TEXT NOT NULL DEFAULT 'null',
    messages            INTEGER NOT NULL DEFAULT 1,
    thread              INTEGER NOT NULL,
    at                  INTEGER NOT NULL
) STRICT;
CREATE INDEX turns_conversation ON turns (conversation, thread, id);
CREATE INDEX turns_job ON turns (job);
CREATE INDEX turns_response ON turns (response_id) WHERE response_id IS NOT NULL;
CREATE INDEX turns_question ON turns (conversation, question_message_id) WHERE question_message_id IS NOT NULL;

-- What was heard in sounds, so that the same file costs nothing twice in the same conversation: never across people who
-- have not both got it. `sha256` is the file's, `until_ms` how much of its beginning was wanted (0: all), `value` the
-- words with their times (JSON). /forget deletes them; of each conversation the newest 200 are kept.
CREATE TABLE transcripts (
    conversation TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    until_ms     INTEGER NOT NULL,
    model        TEXT NOT NULL,
    value        TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, sha256, until_ms, model)
) STRICT, WITHOUT ROWID;

-- What people and conversations have chosen (/settings), as JSON. `scope` is "person:42" or "conversation:-1001234:7".
CREATE TABLE preferences (
    scope TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What lies at OpenAI for a conversation and must be deleted there some day: files, vector stores, containers; responses
-- from the moment on when somebody wants them forgotten.
--   kept     → deleting   its thread has ended (reset, forget), it is too old, or the budget has no room for it
--   deleting → gone       OpenAI has deleted it, or did not have it any more; a failed deletion is tried again at due_at
-- `source` says what it was made from, so that the same file is not uploaded twice in a thread. `is_in_container`: a file
-- that the thread's container has; a new container gets it, too. `bytes`: of a vector store, what it takes up by OpenAI's
-- last word, or the sizes of the files put into it; it is billed for each day until it is gone (gone_at, expires_at).
CREATE TABLE remote_things (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('file', 'vector_store', 'container', 'response')),
    conversation TEXT NOT NULL,
    thread       INTEGER NOT NULL,
    person_id    INTEGER NOT NULL,
    source       TEXT NOT NULL,
    name         TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER,
    is_in_container INTEGER NOT NULL DEFAULT 0,
    status       TEXT NOT NULL DEFAULT 'kept' CHECK (status IN ('kept', 'deleting', 'gone')),
    tries        INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER,
    gone_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_things_kept ON remote_things (conversation, thread) WHERE status = 'kept';
CREATE INDEX remote_things_due ON remote_things (due_at) WHERE status = 'deleting';
CREATE INDEX remote_things_stores ON remote_things (made_at) WHERE kind = 'vector_store';

-- Uploads in parts that are under way at OpenAI: what a restart goes on with. `source` is what the job makes the file of (as
-- in remote_things), `parts` has OpenAI's ids of the parts that it has, by their number (JSON). A row goes when OpenAI has
-- made a file of it (in the transaction that notes the file), when it is given up, and when it has expired (an hour).
CREATE TABLE remote_uploads (
    job        TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,
    part_bytes INTEGER NOT NULL,
    parts      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (job, source)
) STRICT, WITHOUT ROWID;

-- The cache of large files from Telegram: a row for each file in the directory cache/, named after its key (Telegram's
-- id of the file). `parts` has a bit for each part of 512 KiB that is on disk: what a download goes on from after a cut
-- or a kill; the disk has a part before its bit is set. `sha256` is known when the file is whole. What was not used for
-- the longest time goes first when there is no room.
CREATE TABLE cached_files (
    key     TEXT PRIMARY KEY,
    size    INTEGER NOT NULL,
    parts   BLOB NOT NULL,
    sha256  BLOB,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger: one line for every billed call, never changed, never deleted. `key` is the response id, or the attempt
-- where none is known, so a line can't be booked twice. cost_nanousd NULL: nobody knows the price (an alert was raised).
-- status: complete | stopped | failed (OpenAI's own figures), estimated (ours, where OpenAI reported none). `role` is the
-- person's at that moment ('' charges no role's budget). `step` is the newest row of steps then; `at_end`: it was booked in the
-- transaction of its job's end; 0 where that was earlier (what a kill has cut off, a container), or there was no job.
CREATE TABLE ledger (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    key                TEXT NOT NULL UNIQUE,
    at                 INTEGER NOT NULL,
    person_id          INTEGER NOT NULL,
    conversation       TEXT NOT NULL,
    job                TEXT NOT NULL,
    kind               TEXT NOT NULL,
    model              TEXT NOT NULL,
    service_tier       TEXT NOT NULL,
    input_tokens       INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    web_searches       INTEGER NOT NULL,
    file_searches      INTEGER NOT NULL,
    audio_input_tokens  INTEGER NOT NULL,
    image_input_tokens  INTEGER NOT NULL,
    audio_output_tokens INTEGER NOT NULL,
    image_output_tokens INTEGER NOT NULL,
    audio_ms           INTEGER NOT NULL,
    container_minutes  INTEGER NOT NULL,
    storage_byte_days  INTEGER NOT NULL,
    cost_nanousd       INTEGER,
    price_source       TEXT NOT NULL,
    response_id        TEXT UNIQUE,
    status             TEXT NOT NULL CHECK (status IN ('complete', 'stopped', 'failed', 'estimated')),
    role               TEXT NOT NULL DEFAULT '',
    step               INTEGER NOT NULL DEFAULT 0,
    at_end             INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ledger_person ON ledger (person_id, at);
-- What a job has cost: a recording tells it with the job's end.
CREATE INDEX ledger_job ON ledger (job);
-- What was booked earlier: a recording tells it at its place.
CREATE INDEX ledger_step ON ledger (step) WHERE NOT at_end;
-- All that figures of everybody's spending need (engine/store/figures.py), in the order of time.
CREATE INDEX ledger_at ON ledger (at, kind, model, person_id, cost_nanousd);

-- Running totals of the ledger: what each scope ("person:42", "chat:-1001234", "role:guest", "bot") has spent in each day
-- and month of the installation's zone, and in all ('once', start 0). Kept by the transaction that books a line, so that
-- nobody has to add up the ledger; engine/store/spent.py can count them again. `unpriced`: lines whose cost nobody knows.
CREATE TABLE spent (
    scope        TEXT    NOT NULL,
    period       TEXT    NOT NULL CHECK (period IN ('day', 'month', 'once')),
    start        INTEGER NOT NULL,
    cost_nanousd INTEGER NOT NULL,
    calls        INTEGER NOT NULL,
    unpriced     INTEGER NOT NULL,
    PRIMARY KEY (scope, period, start)
) STRICT, WITHOUT ROWID;

-- Limits: what a scope may spend in a day, in a month, or once. Without a row there is no limit. `spent_before_nanousd`:
-- what the scope had spent in all when the limit was granted; only what came after it counts against 'once'.
CREATE TABLE budgets (
    scope                TEXT    NOT NULL,
    period               TEXT    NOT NULL CHECK (period IN ('day', 'month', 'once')),
    limit_nanousd        INTEGER NOT NULL CHECK (limit_nanousd >= 0),
    spent_before_nanousd INTEGER NOT NULL DEFAULT 0,
    granted_at           INTEGER NOT NULL,
    PRIMARY KEY (scope, period)
) STRICT, WITHOUT ROWID;

-- Holds: money set aside for a paid call under way, one row a call. Made before the call, gone in the transaction that
-- books what it cost (settle) or with nothing to book (release), and at the latest with the end of its job.
CREATE TABLE holds (
    key            TEXT PRIMARY KEY,
    job            TEXT    NOT NULL,
    attempt        INTEGER NOT NULL,
    role           TEXT    NOT NULL,
    amount_nanousd INTEGER NOT NULL CHECK (amount_nanousd >= 0),
    made_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_job ON holds (job);

-- The scopes that a hold counts against, with its amount: what is added up before every paid call.
CREATE TABLE hold_scopes (
    scope          TEXT    NOT NULL,
    key            TEXT    NOT NULL REFERENCES holds (key) ON DELETE CASCADE,
    amount_nanousd INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_scopes_key ON hold_scopes (key);

-- Roles that admins have given. The settings come first: their admins are admins whatever stands here.
CREATE TABLE roles (
    person_id INTEGER PRIMARY KEY,
    role      TEXT    NOT NULL CHECK (role IN ('admin', 'member', 'guest', 'blocked')),
    given_by  INTEGER NOT NULL,   -- 0: nobody in person (an open house)
    given_at  INTEGER NOT NULL
) STRICT;

-- Strangers who have asked to be let in: one open request a person. `origin` is how they came ("/start", a group, ...).
--   pending → approved | denied | blocked     an admin has decided (decided_by, decided_at)
CREATE TABLE access_requests (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    username   TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    status     TEXT    NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied', 'blocked')),
    asked_at   INTEGER NOT NULL,
    decided_by INTEGER,
    decided_at INTEGER
) STRICT;
CREATE UNIQUE INDEX access_requests_pending ON access_requests (person_id) WHERE status = 'pending';
CREATE INDEX access_requests_person ON access_requests (person_id, id);

-- Invites: whoever brings the token gets the role, and the budget, if there is one. Only the token's hash (SHA-256) is
-- kept: who reads the database can't let anybody in.
CREATE TABLE invites (
    token_hash     BLOB PRIMARY KEY,
    role           TEXT    NOT NULL CHECK (role IN ('member', 'guest')),
    budget_nanousd INTEGER CHECK (budget_nanousd >= 0),
    budget_period  TEXT    NOT NULL CHECK (budget_period IN ('day', 'month', 'once')),
    uses_left      INTEGER NOT NULL CHECK (uses_left >= 0),
    made_by        INTEGER NOT NULL,
    made_at        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The audit: everything that an admin has done, never changed, never deleted. `object` is what it was done to
-- ("person:42", "invite:3fa9", "bot"); `details` is JSON, without any message's text. `step` is the newest row of steps then
-- (that of the transaction itself, where it is one, and `by_step` 1; else it was done from the shell).
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    admin_id INTEGER NOT NULL,
    action   TEXT    NOT NULL,
    object   TEXT    NOT NULL,
    details  TEXT    NOT NULL,
    step     INTEGER NOT NULL DEFAULT 0,
    by_step  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX audit_object ON audit (object, id);


-- The flight recorder: what came from Telegram, as it came. `key` is that of the inbox row that it became; `packet` is a TL
-- `updates` with this one update and whom it names, compressed (zstd). Deleted after RECORD_DAYS, or when its conversation
-- is forgotten.
CREATE TABLE recorded_updates (
    key         TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    packet      BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recorded_updates_received ON recorded_updates (received_at);

-- The flight recorder: what actors made of their events, one row for each time that one was handled. `at` is the one moment
-- that guards and steps saw; `newest_id` the newest inbox row then; `memory` the conversation afterwards (JSON, compressed
-- where it is long); `effects` a hash of what it asked for; `seen` what was looked up outside of the database (JSON).
-- outcome: done | postponed | quarantined, as in the inbox. The last row of a conversation is kept for ever.
CREATE TABLE steps (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id     INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL,
    newest_id    INTEGER NOT NULL,
    is_first     INTEGER NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('done', 'postponed', 'quarantined')),
    state        TEXT NOT NULL,
    memory       BLOB NOT NULL,
    effects      TEXT NOT NULL,
    seen         TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX steps_conversation ON steps (conversation, id);
CREATE INDEX steps_at ON steps (at);

-- The flight recorder: the settings (JSON, without secrets) of each start of the program that had others than the start
-- before it; `step` is the newest row of steps then. Never deleted: a recording tells those that were in force.
CREATE TABLE started_with (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    step     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    settings TEXT    NOT NULL
) STRICT;

-- The flight recorder: what rows were before they changed, of tables that say nothing of their past, so that a recording can
-- begin with them as they were. Triggers write it: `step` is the newest row of steps then (that of the transaction
-- itself, where it is one), `key` the row's key, `was` the row as JSON, NULL where there was none. `by_step`: that step has
-- made the change; 0 where it came from outside of all steps (the shell, a start with other settings). Deleted with the
-- steps of that time; /forget deletes what is about a person.
CREATE TABLE changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    step    INTEGER NOT NULL,
    name    TEXT NOT NULL,
    key     TEXT NOT NULL,
    was     TEXT,
    by_step INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX changes_name ON changes (name, step);
CREATE INDEX changes_step ON changes (step);
CREATE TRIGGER roles_made AFTER INSERT ON roles BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'roles', NEW.person_id,
    NULL FROM steps;
END;
CREATE TRIGGER roles_changed AFTER UPDATE ON roles BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'roles', OLD.person_id,
    json_object('person_id', OLD.person_id, 'role', OLD.role, 'given_by', OLD.given_by, 'given_at', OLD.given_at) FROM steps;
END;
CREATE TRIGGER roles_gone AFTER DELETE ON roles BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'roles', OLD.person_id,
    json_object('person_id', OLD.person_id, 'role', OLD.role, 'given_by', OLD.given_by, 'given_at', OLD.given_at) FROM steps;
END;
CREATE TRIGGER preferences_made AFTER INSERT ON preferences BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'preferences', NEW.scope,
    NULL FROM steps;
END;
CREATE TRIGGER preferences_changed AFTER UPDATE ON preferences BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'preferences', OLD.scope,
    json_object('scope', OLD.scope, 'value', OLD.value) FROM steps;
END;
CREATE TRIGGER preferences_gone AFTER DELETE ON preferences BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'preferences', OLD.scope,
    json_object('scope', OLD.scope, 'value', OLD.value) FROM steps;
END;
CREATE TRIGGER budgets_made AFTER INSERT ON budgets BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'budgets', NEW.scope || ' ' || NEW.period,
    NULL FROM steps;
END;
CREATE TRIGGER budgets_changed AFTER UPDATE ON budgets BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'budgets', OLD.scope || ' ' || OLD.period,
    json_object('scope', OLD.scope, 'period', OLD.period, 'limit_nanousd', OLD.limit_nanousd,
    'spent_before_nanousd', OLD.spent_before_nanousd, 'granted_at', OLD.granted_at) FROM steps;
END;
CREATE TRIGGER budgets_gone AFTER DELETE ON budgets BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'budgets', OLD.scope || ' ' || OLD.period,
    json_object('scope', OLD.scope, 'period', OLD.period, 'limit_nanousd', OLD.limit_nanousd,
    'spent_before_nanousd', OLD.spent_before_nanousd, 'granted_at', OLD.granted_at) FROM steps;
END;
CREATE TRIGGER access_requests_made AFTER INSERT ON access_requests BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'access_requests', NEW.id,
    NULL FROM steps;
END;
CREATE TRIGGER access_requests_changed AFTER UPDATE ON access_requests BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'access_requests', OLD.id,
    json_object('id', OLD.id, 'person_id', OLD.person_id, 'name', OLD.name, 'username', OLD.username, 'origin',
    OLD.origin, 'status', OLD.status, 'asked_at', OLD.asked_at, 'decided_by', OLD.decided_by, 'decided_at',
    OLD.decided_at) FROM steps;
END;
CREATE TRIGGER access_requests_gone AFTER DELETE ON access_requests BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'access_requests', OLD.id,
    json_object('id', OLD.id, 'person_id', OLD.person_id, 'name', OLD.name, 'username', OLD.username, 'origin',
    OLD.origin, 'status', OLD.status, 'asked_at', OLD.asked_at, 'decided_by', OLD.decided_by, 'decided_at',
    OLD.decided_at) FROM steps;
END;
CREATE TRIGGER invites_made AFTER INSERT ON invites BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'invites', hex(NEW.token_hash),
    NULL FROM steps;
END;
CREATE TRIGGER invites_changed AFTER UPDATE ON invites BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'invites', hex(OLD.token_hash),
    json_object('token_hash', hex(OLD.token_hash), 'role', OLD.role, 'budget_nanousd', OLD.budget_nanousd,
    'budget_period', OLD.budget_period, 'uses_left', OLD.uses_left, 'made_by', OLD.made_by, 'made_at',
    OLD.made_at, 'expires_at', OLD.expires_at) FROM steps;
END;
CREATE TRIGGER invites_gone AFTER DELETE ON invites BEGIN
    INSERT INTO changes (step, name, key, was) SELECT coalesce(max(id), 0), 'invites', hex(OLD.token_hash),
    json_object('token_hash', hex(OLD.token_hash), 'role', OLD.role, 'budget_nanousd', OLD.budget_nanousd,
    'budget_period', OLD.budget_period, 'uses_left', OLD.uses_left, 'made_by', OLD.made_by, 'made_at',
    OLD.made_at, 'expires_at', OLD.expires_at) FROM steps;
END;
