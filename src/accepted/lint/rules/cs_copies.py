"""CS: a task client beside its twin of the other colour, and beside what it was copied from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from accepted.documents.code import Client, Function, Module, plain
from accepted.lint.rule import Context, Found, rule
from accepted.lint.rules import _told
from accepted.lint.severity import Severity


@rule("CS309", "colours-differ", Severity.WARNING, on=Module)
def colours_differ(module: Module, _: Context) -> Iterator[Found]:
    """A verb takes other parameters in its async colour.

    ## What it does
    Compares `Client` with `AsyncClient` (or `ClientAsync`, `AioClient`), and functions of one client with those whose
    name differs only by the colour: the same verbs, parameters and defaults.

    ## Why it matters
    Code moves from one colour to the other; what is only in one of them is found out at run time.

    ## How to fix
    Give both the same parameters, in the same order.

    ## When it may be wrong
    A callback may have to be awaited in one colour only; its name is the same all the same.

    ## Bad
    ```python bad
    class Client:
        def create_task(self, title): ...
        def poll_task(self, task_id, timeout=60): ...


    class AsyncClient:
        async def create_task(self, title): ...
        async def poll_task(self, task_id): ...
    ```

    ## Good
    ```python good
    class Client:
        def create_task(self, title): ...
        def poll_task(self, task_id, timeout=60): ...


    class AsyncClient:
        async def create_task(self, title): ...
        async def poll_task(self, task_id, timeout=60): ...
    ```
    """
    for one, other in _twins(module):
        yield from _differences(one, other)


_ASYNC = re.compile(r"^(?:Async|Aio|A(?=[A-Z]))|(?:Async|Aio)$")


def _twins(module: Module) -> Iterator[tuple[dict[str, Function], dict[str, Function]]]:
    """The functions of each pair of colours, by their name without the colour; the plain one first."""
    clients = _told.clients(module)
    named = {client.name: client for client in clients if client.name}
    for name, client in named.items():
        base = _ASYNC.sub("", name)
        if base != name and base in named:
            yield _by_name(named[base], None), _by_name(client, None)
    for client in clients:
        yield _by_name(client, asynchronous=False), _by_name(client, asynchronous=True)


def _by_name(client: Client, asynchronous: bool | None) -> dict[str, Function]:  # noqa: FBT001 three values, one table
    chosen = (one for one in client.functions if asynchronous is None or one.asynchronous is asynchronous)
    return {plain(one.name): one for one in chosen}


def _differences(one: dict[str, Function], other: dict[str, Function]) -> Iterator[Found]:
    for name, function in other.items():
        twin = one.get(name)
        mine, its = (
            [(given.name, given.default) for given in each.parameters] for each in (function, twin or function)
        )
        if twin is not None and mine != its:
            differing = ", ".join(
                f"`{name}`"
                for name in dict.fromkeys(each[0] for each in (*its, *mine) if (each in mine) != (each in its))
            )
            message = (
                f"`{function.qualified}` and `{twin.qualified}` take different parameters: {differing or 'their order'}"
            )
            yield Found(function.place, message, operation=function.qualified, pair=twin.qualified)
    if one and other and next(iter(one.values())).owner != next(iter(other.values())).owner:
        for name in (each for each in one if each not in other):
            lacking = next(iter(other.values()))
            message = f"`{lacking.owner}` has no `{name}`, which `{one[name].owner}` has"
            yield Found(lacking.place, message, operation=lacking.owner, pair=one[name].qualified)


_COPIED = re.compile(r"#[ \t]*accepted:[ \t]*copied-from\[(?P<names>[^\]\n]+)\][^\n]*")


@rule("CS310", "traces-of-its-source", Severity.INFORMATION, on=Module)
def traces_of_its_source(module: Module, context: Context) -> Iterator[Found]:
    """A task module that was copied from another one still names that one's service or paths.

    ## What it does
    Works only where a comment in the module, `# accepted: copied-from[Codex, /wham]`, or the configuration,
    `copied-from = {"clients/*.py" = ["Codex", "/wham"]}`, says what it was copied from. Each of these names is looked
    for in the rest of the module, in any case.

    ## Why it matters
    Copying a client and adapting it is the usual way to the next one, and what was forgotten is found by its users.

    ## How to fix
    Replace the name or the path by that of the new service. When nothing is left, the comment or setting may go.

    ## When it may be wrong
    A comparison with the other service may be meant.

    ## Bad
    ```python bad
    # accepted: copied-from[Codex, /wham]
    def create_task(prompt):
        '''Create a session: `POST /wham/tasks`.'''


    def poll_task(task_id, timeout=60): ...
    ```

    ```python bad
    # config: copied-from = {"*module.py" = ["Codex"]}
    def create_task(prompt):
        '''Create a session at Codex.'''


    def poll_task(task_id, timeout=60): ...
    ```

    ## Good
    ```python good
    # accepted: copied-from[Codex, /wham]
    def create_task(prompt):
        '''Create a session: `POST /sessions`.'''


    def poll_task(task_id, timeout=60): ...
    ```
    """
    if not _told.clients(module):
        return
    said = _COPIED.search(module.text)
    first = context.source.text.index(module.text)  # of several modules in one file
    for name in _sources(said, context.config.sources_of(module.path)):
        left = list(re.finditer(rf"(?<![A-Za-z0-9]){re.escape(name)}", module.text, re.IGNORECASE))
        left = [one for one in left if said is None or not said.start() <= one.start() < said.end()]
        if left:
            times = f", {len(left)} times" if len(left) > 1 else ""
            place = context.source.at(first + left[0].start(), first + left[0].end())
            yield Found(place, f"`{left[0][0]}` is left of what this module was copied from{times}", operation=name)


def _sources(said: re.Match[str] | None, configured: Iterable[str]) -> Iterator[str]:
    commented = said["names"].split(",") if said else ()
    yield from dict.fromkeys(name for one in (*commented, *configured) if (name := one.strip()))
