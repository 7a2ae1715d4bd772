-- The journal: every task created through the client, one row each.
-- `record` is what may be read by whoever may read the file; `private` may be a secret and is empty once final.

-- name: schema
CREATE TABLE IF NOT EXISTS tasks (
    marker   TEXT PRIMARY KEY,
    service  TEXT NOT NULL,
    base_url TEXT NOT NULL,
    account  TEXT NOT NULL,
    key      TEXT,
    id       TEXT,
    sent_at  REAL,
    attempt  INTEGER NOT NULL,
    final    INTEGER NOT NULL,
    saved_at REAL NOT NULL,
    record   BLOB NOT NULL,
    private  BLOB NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS tasks_by_key ON tasks (service, base_url, account, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_by_id ON tasks (service, base_url, id);

-- name: claim
-- One process at most gets a key; the others get its task.
INSERT INTO tasks (marker, service, base_url, account, key, id, sent_at, attempt, final, saved_at, record, private)
VALUES (:marker, :service, :base_url, :account, :key, :id, :sent_at, :attempt, :final, :saved_at, :record, :private)
ON CONFLICT DO NOTHING;

-- name: by_key
SELECT record, private FROM tasks
WHERE service = :service AND base_url = :base_url AND account = :account AND key = :key;

-- name: save
-- An id is not unlearned, what was final stays so within its attempt, and of several processes that would send one create the first does.
INSERT INTO tasks (marker, service, base_url, account, key, id, sent_at, attempt, final, saved_at, record, private)
VALUES (:marker, :service, :base_url, :account, :key, :id, :sent_at, :attempt, :final, :saved_at, :record, :private)
ON CONFLICT (marker) DO UPDATE SET
    id = excluded.id, sent_at = excluded.sent_at, attempt = excluded.attempt, final = excluded.final,
    saved_at = excluded.saved_at, record = excluded.record, private = excluded.private
WHERE (excluded.id IS NOT NULL OR (tasks.id IS NULL AND ifnull(tasks.sent_at, excluded.sent_at) IS excluded.sent_at))
    AND (tasks.final = 0 OR excluded.final = 1 OR excluded.attempt > tasks.attempt);

-- name: by_id
-- Where a service names several by one place, the one that it was asked for last.
SELECT record, private FROM tasks WHERE service = :service AND base_url = :base_url AND id = :id
ORDER BY sent_at DESC;

-- name: by_marker
SELECT record, private FROM tasks WHERE marker = :marker;

-- name: anywhere
-- The same id may stand for two tasks at two places; a marker never does.
SELECT record, private FROM tasks WHERE service = :service AND (id = :id OR marker = :marker)
ORDER BY base_url = :base_url DESC, sent_at DESC;

-- name: in_flight
SELECT record, private FROM tasks WHERE final = 0 ORDER BY saved_at;

-- name: all
SELECT record, private FROM tasks ORDER BY saved_at;

-- name: withdraw
-- Only as it was when that was decided: another process may have sent it since.
DELETE FROM tasks WHERE marker = :marker AND id IS NULL AND sent_at IS :sent_at;

-- name: forget
DELETE FROM tasks WHERE marker = :marker;

-- name: old
SELECT EXISTS (SELECT 1 FROM tasks WHERE final = 1 AND saved_at < :before);

-- name: prune
DELETE FROM tasks WHERE final = 1 AND saved_at < :before;
