"""Tasks inside of a FastAPI app: with its pydantic models, its SQLAlchemy tables and its own authentication.

The tasks' operations are in the app's own OpenAPI document, at http://127.0.0.1:8000/docs.
"""

import os
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateTable

from accepted.server import Progress, TaskAPI, TaskInfo
from accepted.server.fastapi import router

# ---- the app's own tables

engine = create_engine(os.environ.get("APP_DB", "sqlite:///app.db"))


class Base(DeclarativeBase):
    """The app's tables."""


class Report(Base):
    """A rendered report."""

    __tablename__ = "reports"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]


with engine.begin() as connection:  # several workers may do this at once
    connection.execute(CreateTable(Report.__table__, if_not_exists=True))


def open_session() -> Iterator[Session]:
    """A session for one request, or for one attempt of a task."""
    with Session(engine) as session:
        yield session


# ---- the app's own authentication

USERS = {"alice-secret": "alice", "bob-secret": "bob"}


def user(given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    """Who asks. It is the tenant too: nobody sees the tasks of others."""
    if given.credentials not in USERS:
        raise HTTPException(401, "who are you?", {"WWW-Authenticate": "Bearer"})
    return USERS[given.credentials]


# ---- the tasks


class Order(BaseModel):
    """What a report is to be."""

    customer: str = Field(min_length=1, max_length=100)
    pages: int = Field(default=1, ge=1, le=1000)


class Rendered(BaseModel):
    """Where a report is."""

    report: str
    words: int


api = TaskAPI("Reports")


@api.task(path="/reports", retry_after=1)
def render(
    order: Order,
    *,
    progress: Progress,
    task: TaskInfo,
    session: Annotated[Session, api.resource(open_session)],
) -> Rendered:
    """Render a report into the app's own table."""
    pages: list[str] = []
    for page in range(1, order.pages + 1):
        time.sleep(0.1)  # stands for the work
        pages.append(f"{order.customer}, page {page}: all is well.")
        progress(page, order.pages)
    # Its id is the task's: should the process die, the next attempt writes the same row again.
    report = session.merge(Report(id=task.id, owner=task.tenant, text="\n".join(pages)))
    session.commit()
    return Rendered(report=f"/reports/{report.id}", words=len(report.text.split()))


# ---- the app

app = FastAPI(title="Acme")
app.include_router(router(api, tenant=user, responses={401: {"description": "Who are you?"}}))


@app.get("/reports/{report_id}")
def read(
    report_id: str, owner: Annotated[str, Depends(user)], session: Annotated[Session, Depends(open_session)]
) -> dict[str, str]:
    """A report, for its owner."""
    report = session.get(Report, report_id)
    if report is None or report.owner != owner:
        raise HTTPException(404, "there is no such report")
    return {"id": report.id, "text": report.text}
