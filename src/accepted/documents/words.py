"""The words that task APIs use in names.

What may live here: tables of words with the sense that any reader gives them, and pure functions over names. What
prose says stands in `phrases`.
No name of a service stands here. A row is added for the sense of the word, not because one document uses it; what the
corpus made us add is said beside the row. `tests/documents/test_detect.py` shows the words on styles of API that the
corpus does not hold.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

# ---- words of names

JOB_NOUNS = frozenset(
    {
        "batch",
        "command",
        "execution",
        "invocation",
        "job",
        "operation",
        "pipeline",
        "prediction",
        "process",
        "run",
        "task",
        "workflow",
    }
)
"""Things that exist in order to be done."""

RUN_NOUNS = JOB_NOUNS - {"batch", "command", "pipeline", "process", "task", "workflow"}
"""Those that are done once; the others may also be a group, or say what is to be done time and again."""

ATTEMPT_NOUNS = RUN_NOUNS - {"job", "operation"}
"""Those that no person does and no schedule is: each is one time that work is done."""

WORK_NOUNS = frozenset(
    {
        "action",
        "analysis",
        "animation",
        "assembly",
        "assessment",
        "audit",
        "backfill",
        "backup",
        "benchmark",
        "build",
        "calculation",
        "compilation",
        "compression",
        "computation",
        "conversion",
        "crawl",
        "deletion",
        "deploy",
        "deployment",
        "dispatch",
        "download",
        "dubbing",
        "encode",
        "encoding",
        "evaluation",
        "experiment",
        "export",
        "extraction",
        "forecast",
        "finetune",
        "finetuning",
        "generation",
        "import",
        "indexing",
        "inference",
        "ingestion",
        "installation",
        "migration",
        "lipsync",
        "optimization",
        "ocr",
        "provisioning",
        "query",
        "recording",
        "render",
        "rendering",
        "replication",
        "report",
        "research",
        "restoration",
        "restore",
        "rollout",
        "scan",
        "scrape",
        "simulation",
        "summarization",
        "sync",
        "synthesis",
        "training",
        "transcode",
        "transcoding",
        "transcript",
        "transcription",
        "transformation",
        "translation",
        "tune",
        "tuning",
        "upgrade",
        "upload",
        "upscale",
        "validation",
    }
)
"""Work, or what comes of it: it takes time, and may also be the name of a mere record."""

ALSO_THINGS = frozenset(
    {
        "action",
        "assessment",
        "audit",
        "build",
        "download",
        "experiment",
        "pipeline",
        "process",
        "query",
        "recording",
        "replication",
        "report",
        "workflow",
    }
)
"""Words for work that also stand for what is there already, so that an id of one tells of no work by itself."""

START_VERBS = frozenset(
    {
        "begin",
        "dispatch",
        "enqueue",
        "execute",
        "generate",
        "initiate",
        "invoke",
        "kick",
        "launch",
        "queue",
        "rebuild",
        "replay",
        "reprocess",
        "rerun",
        "restart",
        "resubmit",
        "retry",
        "run",
        "schedule",
        "start",
        "submit",
        "trigger",
    }
)
CHANGE_VERBS = frozenset({"change", "edit", "modify", "patch", "set", "update"})
"""By which what is there becomes another, whatever else a name says."""

FINISH_VERBS = frozenset({"complete", "fail", "finish", "succeed"})
"""By which the one who does the work says that it is over."""

CREATE_VERBS = START_VERBS | {
    "add",
    "apply",
    "create",
    "fork",
    "import",
    "insert",
    "make",
    "new",
    "post",
    "put",
    "request",
}
READ_VERBS = frozenset(
    {"check", "describe", "fetch", "find", "get", "inspect", "lookup", "poll", "query", "read", "retrieve", "show"}
)
ASK_VERBS = frozenset({"calculate", "check", "count", "estimate", "lint", "preview", "validate", "verify", "watch"})
"""What only asks, whatever it answers with."""

LIST_VERBS = frozenset({"enumerate", "list", "paginate", "search"})
CANCEL_VERBS = frozenset({"abort", "cancel", "dismiss", "kill", "revoke", "stop", "terminate"})
_TAIL_VERBS = (
    (CREATE_VERBS | READ_VERBS | LIST_VERBS | {"cancel", "delete", "patch", "update", "v"}) - JOB_NOUNS - WORK_NOUNS
)
STRICT_CANCEL_VERBS = frozenset({"abort", "cancel", "dismiss"})
"""Those that stop work; the others also stop things (`/servers/{id}/stop`)."""

STATUS_NOUNS = frozenset({"phase", "progress", "stage", "state", "status"})
RESULT_NOUNS = frozenset(
    {"content", "download", "file", "output", "outputs", "response", "responses", "result", "results"}
)
"""What comes of work, at the end of the path of a read."""

READ_NOUNS = STATUS_NOUNS | {"info"}
"""What a POST only asks for, where its path ends in it (`/exports/info`)."""

TASK_NOUNS = JOB_NOUNS | WORK_NOUNS
ID_NOUNS = TASK_NOUNS | {"request", "session", "ticket"}
"""What the id of a task is the id of."""

TAIL_NOUNS = frozenset(
    [
        "body",
        "data",
        "detail",
        "dto",
        "info",
        "information",
        "item",
        "log",
        "model",
        "object",
        "out",
        "output",
        "payload",
        "record",
        "reply",
        "request",
        "resource",
        "response",
        "result",
        "state",
        "status",
        "summary",
        "view",
    ]
)
"""Nouns at the end of a name that stand for the noun before them: `JobStatus`, `GetRunResponse`."""

RECORD_NOUNS = frozenset(
    {
        "alert",
        "appointment",
        "approval",
        "assignment",
        "balance",
        "booking",
        "card",
        "cart",
        "charge",
        "checkout",
        "claim",
        "comment",
        "contract",
        "customer",
        "dispute",
        "event",
        "incident",
        "intent",
        "invitation",
        "invite",
        "invoice",
        "issue",
        "lead",
        "member",
        "message",
        "milestone",
        "opportunity",
        "order",
        "payment",
        "payout",
        "project",
        "purchase",
        "quote",
        "refund",
        "reservation",
        "return",
        "shipment",
        "story",
        "subscription",
        "ticket",
        "todo",
        "transaction",
        "user",
        "webhook",
    }
)
"""Records of people and money: they have statuses, but it is the world that moves them on."""

MONEY = frozenset({"amount", "currency", "price", "totalamount"})
"""Properties that make a record one of money, by their words joined."""

PAGES = re.compile(
    r"cursor|page|limit|offset|after|before|size|top|skip|marker|continuation|max_?results|next_?token"
    r"|(?:^|_)max|(?:^|_)(?:count|start|first|last)(?:$|_)",
    re.IGNORECASE,
)
"""Names of parameters that take a list page by page, in a query or in a function."""

# ---- names as words

_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_RUN_TOGETHER = {f"{noun}{ending}": (noun, ending) for noun in ID_NOUNS for ending in ("id", "ids")}


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name in small letters, however it joins them: `TaskId`, `task_id` -> `("task", "id")`.

    Of those that are run together (`taskid`), the ids of tasks are known.
    """
    words = (part.lower() for part in _TOKEN.findall(text))
    return tuple(chain.from_iterable(_RUN_TOGETHER.get(word, (word,)) for word in words))


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """The noun without its plural ending, as far as that can be told from the letters."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "tuses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def joined(name: str) -> str:
    """The words of a name in one, each in the singular: `Job_IDs` -> `jobid`."""
    return "".join(map(singular, tokens(name)))


_CALLBACK = re.compile(
    r"(?:status|completion|job|result|task)?(?:call|post)backs?(?:urls?|uris?|endpoints?|address)?"
    r"|(?:status|completion|job|result|task)?webhooks?(?:urls?|uris?|endpoints?|address)?"
    r"|(?:status)?(?:notify|completion)(?:urls?|uris?|endpoints?|address)?"
    r"|(?:status)?notifications?(?:urls?|uris?|endpoints?|address)"
    r"|(?:oncomplete|onsuccess|onfailure|result)(?:url|uri)"
)


def takes_callback(name: str) -> bool:
    """Whether an input is called what a URL to report to is called: `callback-url`, `StatusCallback`, `webhook`."""
    return _CALLBACK.fullmatch("".join(tokens(name))) is not None


_MONITOR = re.compile(r"(?:check|job|monitor|operation|poll|polling|status|task)(?:urls?|uris?|links?|href)")


def is_monitor(name: str) -> bool:
    """Whether a property is called what the URL of a status is called: `polling_url`, `statusUri`, `job-link`."""
    return _MONITOR.fullmatch("".join(tokens(name))) is not None


def nouns(text: str) -> frozenset[str]:
    """The words of a name, each in the singular."""
    return frozenset(singular(word) for word in tokens(text))


@lru_cache(maxsize=20_000)
def head(text: str) -> str:
    """The noun that a name is about: its last, without verbs, `ById` and words such as `Response` behind it.

    Example:
        `head("getEvaluationJobDetails") == "job"`
    """
    words = [singular(word) for word in tokens(text)]
    if "by" in words[1:]:
        words = words[: words.index("by", 1)]
    while len(words) > 1 and (words[-1] in TAIL_NOUNS or words[-1] in _TAIL_VERBS or words[-1].isdigit()):
        words.pop()
    return words[-1] if words else ""
