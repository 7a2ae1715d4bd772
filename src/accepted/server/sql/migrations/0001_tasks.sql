-- What a server keeps. A file belongs to us where its application_id says so.

PRAGMA application_id = 1633903472;

-- `seq` is the order of acceptance and is never given twice. The columns that may be long stand last.
-- `token` is set exactly while an attempt is under way (in_progress, cancelling). `retention`: seconds.
-- Of the attempts begun, `failures` were ended by a retry and `lost` by the death of their process.
CREATE TABLE tasks (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    id                  TEXT NOT NULL UNIQUE,
    tenant              TEXT NOT NULL,
    type                TEXT NOT NULL,
    status              TEXT NOT NULL DEFAULT 'queued',
    created_at          REAL NOT NULL,
    attempt             INTEGER NOT NULL DEFAULT 0,
    failures            INTEGER NOT NULL DEFAULT 0,
    lost                INTEGER NOT NULL DEFAULT 0,
    version             INTEGER NOT NULL DEFAULT 1,
    started_at          REAL,
    finished_at         REAL,
    expires_at          REAL,
    cancel_requested_at REAL,
    not_before          REAL NOT NULL DEFAULT 0,
    retention           REAL,
    token               TEXT,
    key                 TEXT,
    fingerprint         TEXT NOT NULL,
    callback_url        TEXT,
    artifacts           BLOB,
    progress            BLOB,
    input               BLOB NOT NULL,
    result              BLOB,
    error               BLOB
);

-- One key, one task. The key goes when its record goes.
CREATE UNIQUE INDEX tasks_by_key ON tasks (tenant, key) WHERE key IS NOT NULL;

-- Lists, with every filter: each index ends with `seq`, as every index of SQLite does.
CREATE INDEX tasks_of_tenant ON tasks (tenant);
CREATE INDEX tasks_of_type ON tasks (tenant, type);
CREATE INDEX tasks_of_status ON tasks (tenant, status);
CREATE INDEX tasks_of_both ON tasks (tenant, type, status);

-- For the engine: none of these holds a finished task, but for the last, which holds those that will go.
CREATE INDEX tasks_ready ON tasks (type) WHERE status = 'queued' AND not_before = 0;
CREATE INDEX tasks_waiting ON tasks (type, not_before) WHERE status = 'queued' AND not_before > 0;
CREATE INDEX tasks_next ON tasks (not_before) WHERE status = 'queued' AND not_before > 0;
CREATE INDEX tasks_running ON tasks (status) WHERE token IS NOT NULL;
CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL;

-- What was removed or has expired, for as long as that answers 410.
CREATE TABLE removed (
    id     TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    at     REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX removed_at ON removed (at);

-- How many tasks there are of a type and status: counting a million takes too long for a page of figures.
CREATE TABLE counts (
    type   TEXT NOT NULL,
    status TEXT NOT NULL,
    tasks  INTEGER NOT NULL,
    PRIMARY KEY (type, status)
) WITHOUT ROWID;

CREATE TRIGGER counts_accepted AFTER INSERT ON tasks BEGIN
    INSERT INTO counts VALUES (new.type, new.status, 1) ON CONFLICT DO UPDATE SET tasks = tasks + 1;
END;

CREATE TRIGGER counts_moved AFTER UPDATE OF status ON tasks WHEN new.status <> old.status BEGIN
    UPDATE counts SET tasks = tasks - 1 WHERE type = old.type AND status = old.status;
    INSERT INTO counts VALUES (new.type, new.status, 1) ON CONFLICT DO UPDATE SET tasks = tasks + 1;
END;

CREATE TRIGGER counts_removed AFTER DELETE ON tasks BEGIN
    UPDATE counts SET tasks = tasks - 1 WHERE type = old.type AND status = old.status;
END;

-- API keys: never themselves, only the SHA-256 of each.
CREATE TABLE api_keys (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    tenant     TEXT NOT NULL,
    created_at REAL NOT NULL,
    revoked_at REAL,
    digest     BLOB NOT NULL UNIQUE
);
