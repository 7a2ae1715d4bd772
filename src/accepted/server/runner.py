"""One attempt of a task, from begin to finish: the only thing that an engine calls.

What may live here: what becomes of how an attempt ended. How a function is called is `attempt`'s business, when it
is begun the engine's.

An attempt ends for the record exactly once, with the token that it was begun with. Its slot is held until the function
has returned: a thread cannot be ended from outside, so after its deadline it is fenced, not gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from accepted.core.task import Status
from accepted.server.attempt import Attempt, Outcome
from accepted.server.context import Cancelled
from accepted.server.faults import Fault, failure
from accepted.server.store import Ending, StoreFailed
from accepted.server.tasks import Tasks

MAX_RESULT = 8 * 1024 * 1024
"""Bytes of a result; what is larger belongs into an artifact."""

LOST = 5
"""Attempts that may be lost to crashes; with one more, the task itself is suspected of killing the process."""

_DELAY = 1.0
"""Seconds until the first retry; each further one waits twice as long."""

_LONGEST = 300.0
"""Seconds until any retry; the store takes one that waits longer for due, as the clock was set back."""

_SHOWN = 2000
"""Characters of an exception that are shown to the client."""

_AGAIN = (0.1, 5.0)
"""Seconds, at first and at most, until an outcome that could not be kept is tried to be kept again."""

log = logging.getLogger("accepted.server")


def doubling(attempt: int) -> float:
    """Seconds to wait after a failed attempt, the first being 1."""
    return min(_DELAY * 2.0 ** min(attempt - 1, 30), _LONGEST)


class Runner:
    """Performs attempts, on the loop that calls it.

    Args:
        tasks: whose store, types and clock; told of every change. `files`: the folder of artifacts.
        delay: seconds after a failed attempt until the next one, by its number among those that failed.
    """

    def __init__(self, tasks: Tasks, files: Path, *, delay: Callable[[int], float] = doubling) -> None:
        self._tasks = tasks
        self._store = tasks.store
        self._files = files
        self._delay = delay
        self._attempts: dict[str, Attempt] = {}

    async def run(self, task_id: str) -> None:
        """Perform one attempt of a queued task; nothing happens where it is not queued any more.

        Raises:
            StoreFailed: the attempt could not be begun.
        """
        for attempt in await self.begin([task_id]):
            await self.perform(attempt)

    async def begin(self, task_ids: Sequence[str]) -> list[Attempt]:
        """An attempt of each of these tasks that is queued; every one of them is to be performed.

        Raises:
            StoreFailed: none of them is begun.
        """
        attempts = [
            Attempt(begun, self._tasks.types[begun.type], self._files, self._tasks)
            for begun in await self._store.begin_all(task_ids, self._tasks.clock())
        ]
        for attempt in attempts:
            self._attempts[attempt.id] = attempt
            self._tasks.touched(attempt.id)
        return attempts

    async def perform(self, attempt: Attempt) -> None:
        """Perform an attempt.

        Returns when the function has returned, which may be long after the attempt ended for the record.
        """
        try:
            await self._perform(attempt)
        except Exception:  # whatever it was, a task that was begun must end
            log.exception("%s could not be ended as it should", attempt.id, extra=attempt.facts)
            failed = self._failed("internal", "the server failed; its log says more", attempt)
            await self._recorded(attempt, replace(failed, artifacts=()))
            self._tasks.touched(attempt.id)
        finally:
            del self._attempts[attempt.id]

    def cancel(self, task_id: str) -> None:
        """Tell the attempt of a task, if there is one under way, that the task is to be cancelled."""
        attempt = self._attempts.get(task_id)
        if attempt is not None and attempt.stopped is None:
            attempt.stop("cancel")

    def drain(self) -> None:
        """Tell all attempts to end now; their tasks are queued again."""
        for attempt in self._attempts.values():
            attempt.stop("drain")

    async def give_back(self) -> None:
        """Queue again what does not end although it was told to: a thread that does not listen is no crash.

        Raises:
            StoreFailed: the rest is left to whoever recovers it.
        """
        for attempt in list(self._attempts.values()):
            attempt.fence("drain")
            given = Ending(status=Status.QUEUED)
            if await self._store.finish(attempt.id, attempt.token, given, self._tasks.clock()):
                self._tasks.touched(attempt.id)

    async def _perform(self, attempt: Attempt) -> None:
        log.info("%s begins, attempt %d", attempt.id, attempt.number, extra=attempt.facts)
        if attempt.lost > LOST:
            said = f"it was begun {attempt.number - 1} times, and {attempt.lost} times the process died before it ended"
            await self._finish(attempt, self._failed("attempts", said, attempt))
            return
        attempt.start()
        if await attempt.returned(attempt.type.timeout):
            attempt.seal()
            await self._finish(attempt, self._ending(attempt, attempt.outcome()))
            return
        attempt.fence("deadline")
        await self._finish(attempt, self._failed("deadline", f"it took more than {attempt.type.timeout:g} s", attempt))
        await attempt.returned()
        log.info("%s has returned, after its deadline", attempt.id, extra=attempt.facts)

    def _ending(self, attempt: Attempt, outcome: Outcome) -> Ending:
        match outcome.error, attempt.stopped:
            case None, _:
                return self._completed(attempt, outcome.value)
            case _, "drain":
                return Ending(status=Status.QUEUED)
            case (_, "cancel") | (Cancelled(), _):
                return self._final(attempt, Status.CANCELLED)
            case Fault() as fault, _:
                said = "; ".join(f"{wrong.where}: {wrong.why}" for wrong in fault.wrong)
                return self._failed("rejected", f"{fault.detail} {said}".strip(), attempt)
            case error, _ if isinstance(error, attempt.type.retry_on) and attempt.failures < attempt.type.retries:
                delay = self._delay(attempt.failures + 1)
                log.warning("%s is retried in %g s", attempt.id, delay, exc_info=error, extra=attempt.facts)
                return Ending(status=Status.QUEUED, not_before=self._tasks.clock() + delay)
            case error, _:
                log.error("%s failed", attempt.id, exc_info=error, extra=attempt.facts)
                return self._failed("error", _shown(error), attempt)

    def _completed(self, attempt: Attempt, value: Any) -> Ending:
        try:
            result = attempt.type.encode(value)
        except Exception as error:
            log.exception("%s: its result is not what was declared", attempt.id, extra=attempt.facts)
            return self._failed("result", f"the result is not what was declared. {_shown(error)}", attempt)
        if len(result) > MAX_RESULT:
            said = f"the result has {len(result)} bytes, more than {MAX_RESULT}; an artifact may be larger"
            return self._failed("result", said, attempt)
        return self._final(attempt, Status.COMPLETED, result=result)

    def _failed(self, reason: str, detail: str, attempt: Attempt) -> Ending:
        return self._final(attempt, Status.FAILED, error=failure(reason, detail))

    def _final(
        self, attempt: Attempt, status: Status, *, result: bytes | None = None, error: bytes | None = None
    ) -> Ending:
        """With its files, and with the moment at which the record goes."""
        kept = attempt.type.retention
        return Ending(
            status=status,
            result=result,
            error=error,
            artifacts=tuple(attempt.kept.values()),
            expires_at=None if kept is None else self._tasks.clock() + kept,
        )

    async def _finish(self, attempt: Attempt, ending: Ending) -> None:
        await attempt.tell_the_last()
        if ending.artifacts:
            ending = await self._with_files(attempt, ending)
        if await self._recorded(attempt, ending):
            log.info("%s is %s", attempt.id, ending.status, extra=attempt.facts)
            self._tasks.touched(attempt.id)
            if attempt.may_have_files:
                await asyncio.to_thread(attempt.tidy, final=ending.status.final)
        else:
            log.warning("%s: its outcome is dropped, another attempt has it", attempt.id, extra=attempt.facts)

    async def _with_files(self, attempt: Attempt, ending: Ending) -> Ending:
        """The ending, once the files are on disk: it must not promise what a power cut would take."""
        try:
            await asyncio.to_thread(attempt.sync)
        except OSError as error:
            log.exception("%s: its artifacts could not be kept", attempt.id, extra=attempt.facts)
            failed = self._failed("error", f"the artifacts could not be kept: {error.strerror}", attempt)
            return replace(failed, artifacts=())
        return ending

    async def _recorded(self, attempt: Attempt, ending: Ending) -> bool:
        """Whether the record has it. A store that fails is asked again: without it the task would never end."""
        pause, longest = _AGAIN
        while True:
            try:
                return await self._store.finish(attempt.id, attempt.token, ending, self._tasks.clock())
            except StoreFailed as error:
                log.error("%s: outcome not kept yet: %s", attempt.id, error, extra=attempt.facts)  # noqa: TRY400
                await asyncio.sleep(pause)
                pause = min(2 * pause, longest)


def _shown(error: BaseException) -> str:
    """What a client sees of an exception: its name and its own words, never where it was raised."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    said = said.encode("utf-8", "replace").decode()  # a file name that is no UTF-8 may be in it
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
