"""The same job by DBOS on SQLite, started at once and not through its queue, which is slower.

Run by `bench/server.py` in an environment of its own. Its idempotency key is the id of the workflow. DBOS does more for
a task: it keeps the steps of a workflow.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI, Header
from pydantic import BaseModel

DBOS(
    config=DBOSConfig(
        name="bench",
        system_database_url=f"sqlite:///{os.environ['ACCEPTED_DB']}",
        run_admin_server=False,
        log_level="ERROR",
    )
)


@asynccontextmanager
async def _launched(_app: FastAPI) -> AsyncGenerator[None]:
    DBOS.launch()
    yield
    DBOS.destroy()


app = FastAPI(lifespan=_launched)

_STATUS = {"SUCCESS": "completed", "ERROR": "failed"}


class Inputs(BaseModel):
    """What a report is made of."""

    name: str
    pages: int = 1


class Create(BaseModel):
    """The body of a create."""

    type: str
    input: Inputs


@DBOS.workflow()
def report(name: str, pages: int) -> str:
    """A report of some pages."""
    return f"{name}: {pages}"


@app.post("/api/tasks", status_code=202)
def create(body: Create, idempotency_key: Annotated[str, Header()]) -> dict[str, Any]:
    """Start a task."""
    with SetWorkflowID(idempotency_key):
        handle = DBOS.start_workflow(report, body.input.name, body.input.pages)
    return {"id": handle.workflow_id, "status": "queued"}


@app.get("/api/tasks/{task_id}")
def get(task_id: str) -> dict[str, Any]:
    """One look at a task."""
    found = DBOS.get_workflow_status(task_id)
    return {"id": task_id, "status": _STATUS.get(found.status if found else "", "queued")}
