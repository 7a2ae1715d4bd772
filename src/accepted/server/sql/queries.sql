-- Every question and every change. `$record` stands for the columns of a Record; moments are epoch seconds.
-- Whatever is asked in the course of a request or of the engine's work is answered from an index (a test looks).

-- name: newest
-- The place in the order that was given last.
SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'tasks';

-- name: accept
-- New tasks, and with them their idempotency keys; nothing where a key is taken. For several the row is repeated.
INSERT INTO tasks (id, tenant, type, created_at, retention, key, fingerprint, callback_url, input)
VALUES (:id, :tenant, :type, :created_at, :retention, :key, :fingerprint, :callback_url, :input)
ON CONFLICT (tenant, key) WHERE key IS NOT NULL DO NOTHING;

-- name: accepted
-- The tasks that were accepted since, and their places, in one row.
SELECT json_group_array(json_array(id, seq)) FROM tasks WHERE seq > :before;

-- name: by_key
-- The task that has a key, after the fingerprint of what made it.
SELECT fingerprint, $record FROM tasks WHERE tenant = :tenant AND key = :key;

-- name: get
-- One task of a tenant.
SELECT $record FROM tasks WHERE id = :id AND tenant = :tenant;

-- name: removed
-- When a task of a tenant was removed.
SELECT at FROM removed WHERE id = :id AND tenant = :tenant;

-- name: list
-- A page of a tenant's tasks, newest first.
SELECT $record FROM tasks WHERE tenant = :tenant AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_type
-- The same of one type.
SELECT $record FROM tasks WHERE tenant = :tenant AND type = :type AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_status
-- The same in one status.
SELECT $record FROM tasks WHERE tenant = :tenant AND status = :status AND seq < :after ORDER BY seq DESC LIMIT :limit;

-- name: list_of_both
-- The same of one type in one status.
SELECT $record FROM tasks WHERE tenant = :tenant AND type = :type AND status = :status AND seq < :after
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
-- The oldest queued tasks of a type, those among them whose time to wait is over.
SELECT id FROM (
    SELECT * FROM (
        SELECT seq, id FROM tasks WHERE status = 'queued' AND not_before = 0 AND type = :type
        ORDER BY seq LIMIT :limit
    )
    UNION ALL
    SELECT * FROM (
        SELECT seq, id FROM tasks WHERE status = 'queued' AND not_before > 0 AND type = :type AND not_before <= :now
        ORDER BY not_before LIMIT :limit
    )
) ORDER BY seq LIMIT :limit;

-- name: next_retry
-- The next moment at which a task that waits may begin.
SELECT not_before FROM tasks WHERE status = 'queued' AND not_before > 0 AND not_before > :now
ORDER BY not_before LIMIT 1;

-- name: begin
-- A queued task becomes one attempt's, if its time to wait is over; what the last attempt told goes.
UPDATE tasks SET
    status = 'in_progress', attempt = attempt + 1, started_at = :now, token = :token,
    progress = NULL, error = NULL, version = version + 1
WHERE id = :id AND status = 'queued' AND not_before <= :now
RETURNING $record;

-- name: progress
-- How far the attempt with this token is.
UPDATE tasks SET progress = :progress, version = version + 1 WHERE id = :id AND token = :token
RETURNING seq;

-- name: finish
-- The attempt with this token ends its task.
UPDATE tasks SET
    status = :status, result = :result, error = :error, artifacts = :artifacts,
    finished_at = :now, expires_at = :expires_at, token = NULL, version = version + 1
WHERE id = :id AND token = :token
RETURNING seq;

-- name: again
-- The attempt with this token ends, and its task is queued for another; one that is to be cancelled is cancelled.
UPDATE tasks SET
    status = iif(status = 'cancelling', 'cancelled', 'queued'),
    finished_at = iif(status = 'cancelling', :now, NULL),
    expires_at = iif(status = 'cancelling', :now + retention, NULL),
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
    not_before = 0, token = NULL, version = version + 1
WHERE token IS NOT NULL
RETURNING seq;

-- name: expire
-- Tasks go whose time is over, those first that are longest over it.
DELETE FROM tasks WHERE seq IN (
    SELECT seq FROM tasks WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit
)
RETURNING id, tenant;

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
