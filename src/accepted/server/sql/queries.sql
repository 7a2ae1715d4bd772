-- Every question and every change. `$record` stands for the columns of a Record; moments are epoch seconds.
-- Whatever is asked in the course of a request or of the engine's work is answered from an index (a test looks).

-- name: accept
-- New tasks, and with them their idempotency keys; nothing where a key is taken. For several the row is repeated,
-- and a row of nothing but NULL is no task.
INSERT INTO tasks (id, tenant, type, created_at, retention, key, fingerprint, callback_url, input)
SELECT * FROM (
    VALUES (:id, :tenant, :type, :created_at, :retention, :key, :fingerprint, :callback_url, :input)
) WHERE column1 IS NOT NULL
ON CONFLICT (tenant, key) WHERE key IS NOT NULL DO NOTHING;

-- name: place
-- The place of a task in the order.
SELECT seq FROM tasks WHERE id = :id;

-- name: by_key
-- The task that has a key, after the fingerprint of what made it.
SELECT fingerprint, $record FROM tasks WHERE tenant = :tenant AND key = :key;

-- name: get
-- One task of a tenant.
SELECT $record FROM tasks WHERE id = :id AND tenant = :tenant;

-- name: look
-- The same without its input: `$shown` are the columns of `$record`, that one empty.
SELECT $shown FROM tasks WHERE id = :id AND tenant = :tenant;

-- name: removed
-- When a task of a tenant was removed.
SELECT at FROM removed WHERE id = :id AND tenant = :tenant;

-- name: list
-- A page of a tenant's tasks, newest first.
SELECT $shown FROM tasks WHERE tenant = :tenant AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_type
-- The same of one type.
SELECT $shown FROM tasks WHERE tenant = :tenant AND type = :type AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_status
-- The same in one status.
SELECT $shown FROM tasks WHERE tenant = :tenant AND status = :status AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_both
-- The same of one type in one status.
SELECT $shown FROM tasks WHERE tenant = :tenant AND type = :type AND status = :status AND seq < :after
ORDER BY seq DESC LIMIT :limit;

-- name: cancel
-- A queued task is cancelled, one in progress is to be; nothing where it is neither.
UPDATE tasks SET
    status = iif(status = 'queued', 'cancelled', 'cancelling'),
    finished_at = iif(status = 'queued', :now, NULL),
    expires_at = iif(status = 'queued', :now + retention, NULL),
    cancel_requested_at = :now,
    version = version + 1
WHERE id = :id AND tenant = :tenant AND status IN ('queued', 'in_progress')
RETURNING $record;

-- name: remove
-- A task goes.
DELETE FROM tasks WHERE id = :id AND tenant = :tenant;

-- name: bury
-- What is left of a task that went.
INSERT INTO removed (id, tenant, at) VALUES (:id, :tenant, :at);

-- name: ready
-- The oldest queued tasks of a type, those among them whose time to wait is over. It is also over where it is longer
-- than any retry waits (300 s): then the clock was set back since. In one row: for each one the interpreter's lock is
-- let go of, and whoever waits for it is woken.
SELECT json_group_array(id) FROM (SELECT id FROM (
    SELECT * FROM (
        SELECT seq, id FROM tasks WHERE status = 'queued' AND not_before = 0 AND type = :type
        ORDER BY seq LIMIT :limit
    )
    UNION ALL
    SELECT * FROM (
        SELECT seq, id FROM tasks WHERE status = 'queued' AND not_before > 0 AND type = :type AND not_before <= :now
        ORDER BY not_before LIMIT :limit
    )
    UNION ALL
    SELECT * FROM (
        SELECT seq, id FROM tasks WHERE status = 'queued' AND not_before > 0 AND type = :type AND not_before > :now + 300
        ORDER BY not_before LIMIT :limit
    )
) ORDER BY seq LIMIT :limit);

-- name: next_retry
-- The next moment at which a task that waits may begin.
SELECT not_before FROM tasks WHERE status = 'queued' AND not_before > 0 AND not_before > :now AND not_before <= :now + 300
ORDER BY not_before LIMIT 1;

-- name: begin
-- Queued tasks become an attempt's each, if their time to wait is over; what the last attempts told goes.
UPDATE tasks SET
    status = 'in_progress', attempt = attempt + 1, started_at = :now, token = :token,
    progress = NULL, error = NULL, version = version + 1
WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'queued'
    AND (not_before <= :now OR not_before > :now + 300);

-- name: begun
-- What those with this token are, in one row, as `ready` is.
SELECT json_group_array(json_array(id, type, tenant, attempt, failures, lost, CAST(input AS TEXT)))
FROM tasks WHERE id IN (SELECT value FROM json_each(:ids)) AND token = :token;

-- name: progress
-- How far the attempt with this token is.
UPDATE tasks SET progress = :progress, version = version + 1 WHERE id = :id AND token = :token
RETURNING seq;

-- name: finish
-- The attempt with this token ends its task. For several the row is repeated; a row of NULL ends nothing.
UPDATE tasks SET
    status = column3, result = column4, error = column5, artifacts = column6,
    finished_at = column7, expires_at = column8, token = NULL, version = version + 1
FROM (VALUES (:id, :token, :status, :result, :error, :artifacts, :now, :expires_at))
WHERE id = column1 AND token = column2;

-- name: again
-- The attempt with this token ends, and its task is queued for another; one that is to be cancelled is cancelled.
-- Where the next has to wait, this one failed; else it was given back and counts for nothing.
UPDATE tasks SET
    status = iif(status = 'cancelling', 'cancelled', 'queued'),
    finished_at = iif(status = 'cancelling', :now, NULL),
    expires_at = iif(status = 'cancelling', :now + retention, NULL),
    failures = failures + (:not_before > 0),
    error = :error, not_before = :not_before, token = NULL, version = version + 1
WHERE id = :id AND token = :token
RETURNING seq;

-- name: cancelling
-- Tasks in progress that are to be cancelled.
SELECT id FROM tasks WHERE token IS NOT NULL AND status = 'cancelling';

-- name: recover
-- Every attempt ends, without an outcome of its own.
UPDATE tasks SET
    status = iif(status = 'cancelling', 'cancelled', 'queued'),
    finished_at = iif(status = 'cancelling', :now, NULL),
    expires_at = iif(status = 'cancelling', :now + retention, NULL),
    not_before = 0, lost = lost + 1, token = NULL, version = version + 1
WHERE token IS NOT NULL
RETURNING seq;

-- name: expire
-- Tasks go whose time is over, those first that are longest over it.
DELETE FROM tasks WHERE seq IN (
    SELECT seq FROM tasks WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
)
RETURNING id, tenant;

-- name: recently_removed
-- The tasks that were removed last.
SELECT id FROM removed ORDER BY at DESC LIMIT :limit;

-- name: forget
-- What is left of tasks that went long ago goes as well.
DELETE FROM removed WHERE id IN (SELECT id FROM removed WHERE at < :before ORDER BY at LIMIT :limit);

-- name: changes
-- A number that is another one after every commit of another connection.
PRAGMA data_version;

-- name: counts
-- How many tasks there are of each type and status.
SELECT type, status, tasks FROM counts WHERE tasks > 0;

-- name: oldest
-- When the oldest of the queued tasks was accepted that have nothing to wait for.
SELECT min((
    SELECT created_at FROM tasks WHERE status = 'queued' AND not_before = 0 AND type = counts.type
    ORDER BY seq LIMIT 1
)) FROM counts WHERE status = 'queued' AND tasks > 0;

-- name: add_key
-- An API key is kept.
INSERT INTO api_keys (id, name, tenant, created_at, revoked_at, digest)
VALUES (:id, :name, :tenant, :created_at, :revoked_at, :digest);

-- name: key
-- The API key with this digest, unless it is revoked.
SELECT id, name, tenant, created_at, revoked_at FROM api_keys WHERE digest = :digest AND revoked_at IS NULL;

-- name: keys
-- Every API key, oldest first.
SELECT id, name, tenant, created_at, revoked_at FROM api_keys ORDER BY seq;

-- name: revoke_key
-- An API key holds no longer.
UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL
RETURNING id;
