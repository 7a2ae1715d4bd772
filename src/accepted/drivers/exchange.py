"""One request through pace and credential, once for both colours.

A generator as in `auth`: it yields what only a driver can do (carry a request, read a file, wait)
and returns the event that the machine is told.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from accepted import auth
from accepted.core.contract import Contract, Step
from accepted.core.events import Answered, Held, Send, Unsent
from accepted.core.pace import Allowed, Budget, Ended, Wanted, pace
from accepted.core.verdict import judge
from accepted.core.wire import Dropped, Request, Response, origin
from accepted.drivers import forks
from accepted.errors import AuthenticationFailed

log = logging.getLogger("accepted")


class Pacer:
    """The budgets of a process, by credential and host. Holds them; `core.pace` decides."""

    def __init__(self) -> None:
        self._budgets: dict[tuple[str, str], Budget] = {}
        self._lock = threading.Lock()
        forks.follow(self)

    def hold(self) -> None:
        """As `forks.Follower`."""
        self._lock.acquire()

    def go_on(self) -> None:
        """As `forks.Follower`."""
        self._lock.release()

    def begin_anew(self) -> None:
        """What the service wished holds for a child too; what was under way is its parent's."""
        self._budgets = {key: replace(budget, creating=0, asking=0) for key, budget in self._budgets.items()}
        self._lock.release()

    def tell(self, lane: Lane, event: Wanted | Ended, now: float) -> Allowed:
        """What `pace` says to an event of that lane."""
        with self._lock:
            budget = self._budgets.get(lane.key, Budget())
            self._budgets[lane.key], allowed = pace(budget, lane.contract.limits, event, now)
        return allowed

    def budgets(self) -> dict[tuple[str, str], Budget]:
        """A copy of what is known now."""
        with self._lock:
            return dict(self._budgets)


@dataclass(frozen=True, slots=True)
class Lane:
    """One service, at one place, with one credential: what every request of a client has in common."""

    contract: Contract[..., Any]
    base_url: str
    source: auth.Source
    account: str
    pacer: Pacer = field(repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """What shares a budget: host and credential."""
        return origin(self.base_url), self.account


def exchange(
    lane: Lane, send: Send, now: float
) -> Generator[Request | auth.Wish, Any, Answered | Dropped | Held | Unsent]:
    """One request. Yields requests to carry and wishes of the auth flow; each reply is `(what came of it, now)`."""
    creating = send.task.doing.operation == "create"
    creates = send.step.commits and creating
    # What a create looks up before is as futile as itself where a quota is used up; what follows it is not.
    spends = send.step.commits or (creating and send.task.doing.sent_at is None)
    allowed = lane.pacer.tell(lane, Wanted(creates, spends), now)
    if allowed.moment > now:
        return Held(allowed.moment, limited=allowed.limited)
    ended = Ended(creates)
    began = now
    flow = auth.authorised(lane.contract, send.request, lane.base_url, lane.source, now)
    try:
        wanted = next(flow)
        while True:
            reply, now = yield wanted
            wanted = flow.send(reply)
    except StopIteration as done:
        answer: Response | Dropped = done.value
        ended = _ending(lane, send.step, answer, now, creates=creates)
        _log(send, answer, now - began)
        return answer if isinstance(answer, Dropped) else Answered(answer)
    except AuthenticationFailed as error:
        return Unsent(error)
    finally:
        lane.pacer.tell(lane, ended, now)


def _ending(lane: Lane, step: Step, answer: Response | Dropped, now: float, *, creates: bool) -> Ended:
    if isinstance(answer, Dropped):
        return Ended(creates)
    verdict = judge(lane.contract, step, answer, now)
    return Ended(creates, answer.status, verdict.kind == "throttled", verdict.retry_after, verdict.quota)


def _log(send: Send, answer: Response | Dropped, seconds: float) -> None:
    """One line a request, with fields; no query and no body, for either may hold what is not ours to show."""
    if not log.isEnabledFor(logging.DEBUG):
        return
    private = send.task.private
    path = private.hide(urlsplit(private.hide(send.request.url)).path)
    outcome = private.hide(answer.reason) if isinstance(answer, Dropped) else str(answer.status)
    fields = {
        "service": send.task.service,
        "ref": send.task.ref,
        "operation": send.task.doing.operation,
        "step": send.step.name,
        "method": send.request.method,
        "path": path,
        "outcome": outcome,
        "seconds": round(seconds, 4),
    }
    log.debug("%s %s -> %s", send.request.method, path, outcome, extra=fields)
