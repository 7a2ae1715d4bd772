"""LN: what the linter says of itself being told, and of documents that are ambiguous to every reader."""

from __future__ import annotations

from collections.abc import Iterator

from accepted.documents.source import Source
from accepted.lint.ignores import Ignore
from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.subjects import TaskClient, is_test


@rule("LN001", "ignore-without-reason", Severity.INFORMATION, on=Ignore)
def ignore_without_reason(ignore: Ignore, context: Context) -> Iterator[Found]:
    """A comment ignores a rule and does not say why.

    ## What it does
    Looks at every comment `# accepted: ignore[...]`, and asks for a few words behind it. The comment works without
    them.

    ## Why it matters
    Whoever meets the comment later cannot tell a decision from a shortcut, and will not dare to remove it.

    ## How to fix
    Say behind the bracket what makes this place an exception.

    ## When it may be wrong
    Never: the reason may be one word.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths: {}  # accepted: ignore[LN003]
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths: {}  # accepted: ignore[LN003] they are published next week
    ```
    """
    del context
    if not ignore.reason:
        yield Found(ignore.place, "say behind the bracket why this is ignored", operation=_named(ignore))


@rule("LN002", "unused-ignore", Severity.INFORMATION, on=Ignore)
def unused_ignore(ignore: Ignore, context: Context) -> Iterator[Found]:
    """A comment ignores what is not found.

    ## What it does
    Looks at every comment `# accepted: ignore[...]`: each rule that it names exists, ran, and would have found
    something in the lines that the comment covers.

    ## Why it matters
    A comment that outlives its cause hides the next fault of the same kind.

    ## How to fix
    Remove the name, or the comment; or put it on the line that the finding is at.

    ## When it may be wrong
    Where rules run one at a time, a rule that did not run is not reported; nothing else is known.

    ## Bad
    ```yaml bad
    # config: select = ["LN002", "LN003"]
    openapi: 3.1.0
    info: {title: Reports, version: "1"}  # accepted: ignore[LN003] written twice on purpose
    paths: {}
    ```

    ## Good
    ```yaml good
    # config: select = ["LN002", "LN003"]
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths: {}
    ```
    """
    del context
    if not ignore.names:
        yield Found(ignore.place, "name the rules in brackets: ignore[FN204]; this ignores nothing")
    for name in ignore.names:
        if name in ignore.unknown:
            yield Found(ignore.place, f"there is no rule {name}", operation=name)
        elif name in ignore.ran - ignore.used:
            yield Found(ignore.place, f"{name} finds nothing here; remove it", operation=name)


@rule("LN003", "duplicate-name", Severity.WARNING, on=Source)
def duplicate_name(source: Source, context: Context) -> Iterator[Found]:
    """A name stands twice in one object.

    ## What it does
    Looks for members of an object whose name stands in it more than once, in JSON and YAML. The place is that of the
    last one.

    ## Why it matters
    Readers differ: some take the first, some the last, some refuse the document. This linter takes the last, so that
    what the others say is never judged.

    ## How to fix
    Merge the members, or remove those that do not count.

    ## When it may be wrong
    Never: the document says two things.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports: {summary: Reports}
      /reports: {summary: All reports}
    ```

    ## Good
    ```yaml good
    openapi: 3.1.0
    info: {title: Reports, version: "1"}
    paths:
      /reports: {summary: All reports}
    ```
    """
    del context
    for pointer in source.duplicates:
        name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        yield Found(pointer, f"{name!r} stands more than once in this object; only the last one counts")


@rule("LN004", "task-module-without-tasks", Severity.WARNING, on=Source)
def task_module_without_tasks(source: Source, context: Context) -> Iterator[Found]:
    """A module is called a task module, and no function of it is known to create or poll a task.

    ## What it does
    Looks at every module that `task-modules` of the configuration means, tests left out. Its functions are known by
    the names of the pattern (`create_task`, `poll_task`), by those that the configuration gives them (`aliases`), or by
    what they declare (`@step`).

    ## Why it matters
    Nothing else is found in such a module, and that looks as if nothing were wrong with it.

    ## How to fix
    Say in the configuration which functions these are: `aliases = {create = ["render"], poll = ["await_render"]}`.

    ## When it may be wrong
    Where the glob means files that only stand beside task modules; make it narrower.

    ## Bad
    ```python bad
    # config: task-modules = ["*module.py"]
    def render(title): ...


    def await_render(render_id, timeout=60): ...
    ```

    ## Good
    ```python good
    # config: task-modules = ["*module.py"]
    # config: aliases = {create = ["render"], poll = ["await_render"]}
    def render(title): ...


    def await_render(render_id, timeout=60): ...
    ```
    """
    config = context.config
    named = source.kind in {"python", "elixir"} and any(config.matches(source.path, one) for one in config.task_modules)
    if named and not is_test(source.path) and all(one.module.path != source.path for one in context.all(TaskClient)):
        told = "no function of this task module is known to create or poll a task; name them with aliases.create, .poll"
        yield Found(source.at(0, 0), told)


def _named(ignore: Ignore) -> str:
    return ", ".join(ignore.names)
