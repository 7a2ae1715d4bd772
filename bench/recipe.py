"""The usual recipe for the same job: FastAPI, Celery, Redis; `bench/server.py` runs it in an environment of its own.

As its documentation has it: the endpoint is a plain function, the task id is Celery's, results go to Redis. With an
idempotency key as people add it: SET NX beside the task. It acknowledges early and is not durable (Redis as installed).
"""

from __future__ import annotations

import os
from typing import Annotated, Any
from uuid import uuid4

from celery import Celery
from celery.result import AsyncResult
from fastapi import FastAPI, Header
from pydantic import BaseModel
from redis import Redis

_REDIS = os.environ["BENCH_REDIS"]

celery = Celery("recipe", broker=_REDIS, backend=_REDIS)
redis = Redis.from_url(_REDIS)
app = FastAPI()

_STATUS = {"SUCCESS": "completed", "FAILURE": "failed", "STARTED": "in_progress"}


class Inputs(BaseModel):
    """What a report is made of."""

    name: str
    pages: int = 1


class Create(BaseModel):
    """The body of a create."""

    type: str
    input: Inputs


@celery.task
def report(name: str, pages: int) -> str:
    """A report of some pages."""
    return f"{name}: {pages}"


@app.post("/api/tasks", status_code=202)
def create(body: Create, idempotency_key: Annotated[str, Header()]) -> dict[str, Any]:
    """Queue a task."""
    task_id = str(uuid4())
    if not redis.set(f"key:{idempotency_key}", task_id, nx=True):
        task_id = redis.get(f"key:{idempotency_key}").decode()
    else:
        report.apply_async(kwargs=body.input.model_dump(), task_id=task_id)
    return {"id": task_id, "status": "queued"}


@app.get("/api/tasks/{task_id}")
def get(task_id: str) -> dict[str, Any]:
    """One look at a task."""
    found = AsyncResult(task_id, app=celery)
    status = _STATUS.get(found.state, "queued")
    return {"id": task_id, "status": status, "result": found.result if status == "completed" else None}
