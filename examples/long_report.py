"""A task that takes its time: typed inputs and result, progress, files, a deadline, and retries.

It survives a `kill -9` of the server: it is executed again, as the next attempt.
"""

import asyncio
import random
from typing import Annotated

from msgspec import Meta, Struct

from accepted.server import Progress, TaskAPI, TaskInfo

api = TaskAPI("Long reports")


class Chapter(Struct):
    """What is known of one chapter."""

    title: str
    words: int


class Report(Struct):
    """What a report came to."""

    chapters: list[Chapter]
    attempt: int


class PrinterBusyError(Exception):
    """The printer is busy; it is worth another attempt."""


@api.task(path="/long-reports", timeout=600, concurrency=8, retries=3, retry_on=(PrinterBusyError,))
async def write(
    title: str,
    chapters: Annotated[int, Meta(ge=1, le=100)] = 5,
    seconds_each: Annotated[float, Meta(ge=0, le=60)] = 1.0,
    printer_busy: Annotated[float, Meta(ge=0, le=1)] = 0.0,
    *,
    progress: Progress,
    task: TaskInfo,
) -> Report:
    """Write a report, chapter by chapter; each is a file that may be downloaded.

    `printer_busy` is how likely it is that the printer is busy in the end.
    """
    written: list[Chapter] = []
    for number in range(1, chapters + 1):
        await asyncio.sleep(seconds_each)  # stands for the work; a cancelled task ends here
        text = f"# {title}, chapter {number}\n\n" + "All is well. " * number
        progress.artifact(f"chapter-{number}.md", text)
        written.append(Chapter(title=f"Chapter {number}", words=len(text.split())))
        progress(number, chapters, f"chapter {number} of {chapters}")
    if random.random() < printer_busy:  # noqa: S311  # no secret
        raise PrinterBusyError
    return Report(chapters=written, attempt=task.attempt)
