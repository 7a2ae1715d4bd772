"""What several rules for OpenAPI share: who is meant, what a create hands to its poll, and where a fix may go.

No rule stands here. Everything reads generously: where a caller would find an id, a status or a phrase, these do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from accepted.documents import prose
from accepted.documents.detect import EXTENSION
from accepted.documents.nodes import Node, mapping
from accepted.documents.openapi import Operation
from accepted.documents.parts import Answer
from accepted.documents.schemas import Schema
from accepted.documents.signals import IDS, Signals
from accepted.documents.subjects import WRAPPING, Subject, levels
from accepted.documents.tiers import Detected
from accepted.documents.words import ID_NOUNS, STATUS_NOUNS, head, singular, takes_callback, tokens
from accepted.lint.rule import Fix, Found, Insert, Located
from accepted.lint.severity import Severity
from accepted.lint.subjects import Api, Create, Poll, untracked

MONITORS = ("location", "operation-location", "content-location", "azure-asyncoperation")
"""Headers that lead from an answer to what tells the status."""


# ---- who is meant


def who(subject: Create | Poll) -> str:
    """The pair as a message names it: whom it is about, then its companion."""
    how = "polled by" if isinstance(subject, Create) else "the poll of"
    return f"`{subject.name}`" + (f" ({how} `{subject.pair}`)" if subject.pair else "")


def found(
    subject: Create | Poll,
    at: Located | str,
    message: str,
    *,
    severity: Severity | None = None,
    fix: tuple[Fix, ...] = (),
) -> Found:
    """A finding about one of a pair; the message begins with it, and names its companion."""
    return Found(
        at, f"{who(subject)}: {message}", operation=subject.name, pair=subject.pair, severity=severity, fix=fix
    )


def asynchronous(api: Api, *roles: str) -> Iterator[Detected]:
    """The operations in these roles that detection is sure of; the poll of a sure create is sure with a status."""
    for one in api.detection.operations:
        sure = (one.reported and not untracked(one)) or (
            one.role == "poll" and _has_sure_create(api, one) and subject(one.operation) is not None
        )
        if sure and one.role in roles:
            yield one


def _has_sure_create(api: Api, poll: Detected) -> bool:
    return any(create.reported for one in poll.creates if (create := api.detection.of(one)) and create.role == "create")


def polls(api: Api) -> Iterator[Poll]:
    """Every poll that detection is sure of, as a subject."""
    return (Poll(api=api, detected=one) for one in asynchronous(api, "poll"))


def version(api: Api) -> str:
    """`2.0`, `3.0`, `3.1`, ...: the first two numbers of what the document says."""
    return ".".join(api.description.version.split(".")[:2])


# ---- where a fix may go


def inside(operation: Operation, located: Located) -> bool:
    """Whether a part of an operation is its own, and not one that others refer to."""
    return located.file == operation.file and located.pointer.startswith(f"{operation.pointer}/")


def reference(located: Located) -> str:
    """A part of the same file as the value of a `$ref`."""
    return f"#{quote(located.pointer, safe='/~')}"


def appended(operation: Operation, text: str) -> tuple[Fix, ...]:
    """A sentence at the end of an operation's description, which is begun where there is none."""
    return (Insert(f"{operation.pointer}/description", text),)


def retry_after(api: Api, answer: Answer) -> tuple[Fix, ...]:
    """The header `Retry-After` that the document has for all its answers; nothing where it has none."""
    shared = api.description.files.root.get("components", "headers", "Retry-After")
    if shared is None or answer.file:
        return ()
    header = {"$ref": "#/components/headers/Retry-After"}
    promise = f"sends `Retry-After` with the {answer.code}"
    return (Insert(f"{answer.pointer}/headers/Retry-After", header, promise),)


# ---- what an operation says


def text(operation: Operation) -> str:
    """Its prose: summary, description, and the descriptions of its successes."""
    return "\n".join((operation.summary, operation.description, *(one.description for one in operation.successes)))


_LATER = re.compile(
    r"\basynchron\w*|\bin the background\b|\blong[- ]running\b|\bbackground (?:job|process|task)\b", re.IGNORECASE
)


def says_at_once(operation: Operation) -> bool:
    """Whether its prose says that its answer comes before the work is done."""
    told = text(operation)
    return prose.returns_at_once(told) or bool(_LATER.search(told))


def unpromised(create: Create) -> Severity | None:
    """A warning, where a 202 may just as well acknowledge a message as begin a task; None where a task is promised.

    It is promised where it is declared, polled, handed out (an id, a URL, a status), or begun in the words of the
    operation.
    """
    detected, signals = create.detected, Signals(create.operation)
    handed = monitors(success(create.operation)) or task_handles(create) or signals.subject
    begun = signals.starts or signals.job_noun or signals.work_noun or signals.verb == "create"
    promised = detected.declared or create.poll or handed or begun or says_at_once(create.operation)
    return None if promised else Severity.WARNING


def way_out(create: Create) -> str:
    """What a message adds where nothing but 202 speaks for a task: how to say that there is none."""
    name = json.dumps(create.name, ensure_ascii=False)
    return f"; if nobody is to wait for its end, dismiss = [{name}]" if unpromised(create) else ""


# ---- what a create hands to its poll


def named_poll(api: Api, operation: Operation) -> Operation | None:
    """The operation that its extension names as the poll, or None."""
    return api.description.by_id.get(str(mapping(operation.extensions.get(EXTENSION)).get("poll") or ""))


def success(operation: Operation) -> Answer | None:
    """The answer of success that counts: 202 before others; what is answered by default where none is declared."""
    return next(iter(operation.answers), None)


def monitors(answer: Answer | None) -> list[str]:
    """Its headers that lead to a status."""
    return [name for name in MONITORS if answer is not None and name in answer.headers]


@dataclass(frozen=True, slots=True)
class Handle:
    """What identifies something in an answer: a property, and the JSON pointer to it from the body."""

    name: str
    pointer: str
    link: bool
    """Whether it is a URL, and no id."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name, each in the singular; before them those of what it is inside of (`user.id`)."""
        inside = [part for part in self.pointer.split("/")[1:-1] if part.lower() not in WRAPPING and not part.isdigit()]
        return tuple(singular(word) for part in (*inside, self.name) for word in tokens(part))


def handles(schema: Schema | None) -> list[Handle]:
    """What identifies something in a body, the task or another thing; the outermost first."""
    if schema is None:
        return []
    if schema.items is not None:
        return [Handle(one.name, f"/0{one.pointer}", one.link) for one in handles(schema.items)]
    several = [("", schema), *((f"/{name}", one) for name, one in schema.properties.items() if _wraps(schema, one))]
    return [
        Handle(name, f"{at}/{name}", kind == "link")
        for at, one in several
        for name in one.properties
        if (kind := _kind(name)) and not takes_callback(name)
    ]


def _wraps(outer: Schema, one: Schema) -> bool:
    """Whether an object is one that its answer is little more than the wrapping of, or an only list of those."""
    return any(one is level for level in levels(outer)) or (one.items is not None and len(outer.properties) <= 3)


def _kind(name: str) -> str:
    last = singular((tokens(name) or ("",))[-1])
    return _KINDS.get(last, "")


_KINDS = {
    **dict.fromkeys((*IDS, "handle", "key", "token", "name", "number"), "id"),
    **dict.fromkeys(("url", "uri", "href", "link", "location", "self"), "link"),
}


def task_handles(create: Create) -> list[Handle]:
    """What identifies the task in the answer of its create: a URL, a bare id, or one of the task's own name.

    Its own name is that of a parameter that the poll takes, a word for a job or for work, or what the paths, the name
    and the schema are about: `exportId` for `/exports`, and neither `userId` nor `phoneNumber`.
    """
    answer = success(create.operation)
    given = {_joined(name) for name in parameters(create.operation)}
    asked = {_joined(name) for name in (taken(create.poll) if create.poll else ())} - given
    nouns = own_nouns(create.operation, *([create.poll] if create.poll else []))
    bare = IDS | {"name"} if create.poll else IDS
    return [
        one
        for one in handles(answer.schema if answer else None)
        if one.link or (_names_task(one.words, asked, nouns, bare) and "".join(one.words) not in given - {"id"})
    ]


def _names_task(words: tuple[str, ...], asked: set[str], nouns: frozenset[str], bare: frozenset[str]) -> bool:
    *of, last = words
    own = bool(of) and (of[-1] in ID_NOUNS or bool({of[-1], "".join(of)} & nouns))
    return "".join(words) in asked or (not of and last in bare) or own


def own_nouns(*operations: Operation) -> frozenset[str]:
    """What operations are about, by path, name and schema: each in one noun, and joined where it is several."""
    signals = [Signals(one) for one in operations]
    parts = [part for one in signals for part in (_collection(one), one.answer.name if one.answer else "")]
    names = [head(one.operation.operation_id) for one in signals]
    return frozenset({*map(_joined, parts), *map(head, parts), *names}) - {""}


def _collection(one: Signals) -> str:
    """The last part of a path that is neither a parameter nor a word for status."""
    return next((part for part in reversed(one.segments) if "{" not in part and part.lower() not in STATUS_NOUNS), "")


def _joined(name: str) -> str:
    return "".join(map(singular, tokens(name)))


def parameters(operation: Operation) -> list[str]:
    """The names in braces in its path."""
    return re.findall(r"\{([^{}]*)\}", operation.path)


def taken(poll: Operation) -> list[str]:
    """What a poll is asked with: the parameters of its path, else those of its query and body."""
    body = poll.body.schema if poll.body else None
    asked = [one.name for one in poll.parameters if one.where == "query"]
    return parameters(poll) or [*asked, *(body.properties if body else ())]


def expressions(create: Create) -> dict[str, str] | None:
    """For each parameter in the poll's path the runtime expression of its value; None where one is not known."""
    poll = create.poll
    if poll is None:
        return None
    given = set(parameters(create.operation))
    ids = [one for one in task_handles(create) if not one.link]
    wanted = {name: f"$request.path.{name}" if name in given else _body(name, ids) for name in parameters(poll)}
    known = {name: told for name, told in wanted.items() if told}
    return known if len(known) == len(wanted) and len(set(known.values())) == len(known) else None


def _body(parameter: str, ids: list[Handle]) -> str:
    """The id that a parameter is named for, else the id itself."""
    by_name = [one for one in ids if _joined(one.name) == _joined(parameter)]
    plain = [one for one in ids if one.name.lower() == "id"]
    chosen = next(iter((*by_name, *plain)), None)
    return f"$response.body#{chosen.pointer}" if chosen and not chosen.pointer.startswith("/0") else ""


def needs_nothing(create: Create) -> bool:
    """Whether a poll can be asked with what the create was asked with: all its parameters are in the create's path."""
    poll = create.poll
    return poll is not None and poll.method == "GET" and set(parameters(poll)) <= set(parameters(create.operation))


# ---- what a poll tells


def subject(operation: Operation) -> Subject | None:
    """What its success is about: one task; None for a list, and where nothing has a status."""
    about = Signals(operation).subject
    return None if about is None or about.several else about


def status(operation: Operation) -> tuple[str, Schema, Node] | None:
    """The name, the schema and the node (as it stands, perhaps a reference) of the status that it tells."""
    about = subject(operation)
    if about is None or about.vocabulary is None:
        return None
    schema, node, name = about.schema, about.schema.node, ""
    for name in about.vocabulary.field.split("."):
        found = next((one for part in schema.parts if (one := part.get("properties", name))), None)
        if found is None or name not in schema.properties:
            return None
        schema, node = schema.properties[name], found
    return name, schema, node


def polled(operation: Operation) -> Answer | None:
    """The answer of a poll that has its status, else its first success of another code than 202."""
    answers = [one for one in operation.answers if one.schema is not None]
    return next(iter(sorted(answers, key=lambda one: one.code == "202")), None)
