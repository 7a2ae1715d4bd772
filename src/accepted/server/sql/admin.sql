-- What an operator asks, whoever's task it is. None of it is asked in the course of a request.

-- name: whose
-- The tenant of a task, and for how long its record is to be kept.
SELECT tenant, retention FROM tasks WHERE id = :id;

-- name: newest
-- Tasks of all tenants or one, of every type and status or one, newest first.
SELECT seq, tenant, id FROM tasks
WHERE seq < :after
    AND (:tenant IS NULL OR tenant = :tenant)
    AND (:type IS NULL OR type = :type)
    AND (:status IS NULL OR status = :status)
ORDER BY seq DESC LIMIT :limit;
