"""OA: the operations that may be asynchronous, and that nobody has told about."""

from __future__ import annotations

import json
from collections.abc import Iterator

from accepted.lint.rule import Context, Found, Severity, rule
from accepted.lint.subjects import Suspect


@rule("OA500", "looks-asynchronous", Severity.INFORMATION, on=Suspect)
def looks_asynchronous(suspect: Suspect, context: Context) -> Iterator[Found]:
    """An operation looks asynchronous, and nothing says whether it is.

    ## What it does
    Asks about each operation with some signs of a task and too few to judge it by. Nothing else is said of it until
    somebody answers.

    ## Why it matters
    Callers read the same signs, and guess: some wait for a result that comes later, some poll what was done at once.

    ## How to fix
    Answer with one line of configuration, the one that the finding prints: `confirm` says that it is a create (or a
    poll), and the other rules then judge it; `dismiss` says that it is not asynchronous. Better still, say it in the
    document: give the operation the tag `Async Request-Reply`, or the extension `x-async-request-reply`.

    ## When it may be wrong
    It only asks. That is what it is for.

    ## Bad
    ```yaml bad
    openapi: 3.1.0
    info: {title: Profiles, version: "1"}
    paths:
      /profiles:
        post:
          operationId: mergeProfiles
          description: Merges one profile into another; this may take some minutes.
          responses: {"200": {description: Done}}
    ```

    ## Good
    ```yaml good
    # config: dismiss = ["mergeProfiles"]
    openapi: 3.1.0
    info: {title: Profiles, version: "1"}
    paths:
      /profiles:
        post:
          operationId: mergeProfiles
          description: Merges one profile into another; this may take some minutes.
          responses: {"200": {description: Done}}
    ```
    """
    del context
    detected, operation = suspect.detected, suspect.detected.operation
    name = json.dumps(operation.key, ensure_ascii=False)
    yield Found(
        operation,
        f"looks like a {detected.role} ({'; '.join(detected.why)}); "
        f'confirm it with confirm.{name} = "{detected.role}", or dismiss it with dismiss = [{name}]',
        operation=operation.key,
        pair=detected.pair.key if detected.pair else "",
    )
