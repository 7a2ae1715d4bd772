"""What tasks borrow: for the life of an executor (`lifespan`), or for one attempt (`api.resource(factory)`).

A factory is called without arguments. It may be a function, a generator that yields once, or a context manager, each
sync or async; a value that is none of these is given as it is, and not closed.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any, cast

Lifespan = Callable[[], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Opens what tasks need, on the loop that they run on, before the first of them; closes it after the last."""


@asynccontextmanager
async def living(lifespan: Lifespan | None, shared: dict[str, Any]) -> AsyncGenerator[None]:
    """What `lifespan` opens, put into `shared` for the length of the block."""
    if lifespan is None:
        yield
        return
    async with lifespan() as given:
        before = dict(shared)
        shared.update(given or {})
        try:
            yield
        finally:
            shared.clear()
            shared.update(before)


def is_async(made: Any) -> bool:
    """Whether what a factory gave needs a loop to be opened."""
    return inspect.isasyncgen(made) or inspect.isawaitable(made) or _has(made, "__aenter__")


async def opened(made: Any, stack: AsyncExitStack) -> Any:
    """What a factory gave, opened; closed with the stack. The async way where there are two."""
    if inspect.isasyncgen(made):
        waiting = cast("AsyncGenerator[Any]", made)
        return await stack.enter_async_context(asynccontextmanager(lambda: waiting)())
    if _has(made, "__aenter__"):
        return await stack.enter_async_context(made)
    if inspect.isawaitable(made):
        return await opened(await made, stack)
    return opened_here(made, stack)


def opened_here(made: Any, stack: ExitStack | AsyncExitStack) -> Any:
    """The same for what needs no loop, in this thread."""
    if inspect.isgenerator(made):
        waiting = cast("Generator[Any]", made)
        return stack.enter_context(contextmanager(lambda: waiting)())
    return stack.enter_context(made) if _has(made, "__enter__") else made


def _has(made: Any, name: str) -> bool:
    return hasattr(cast("type[Any]", type(made)), name)  # where `with` looks, too
