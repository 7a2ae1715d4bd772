"""The words that task APIs use in names and prose.

What may live here: tables of words with the sense that any reader gives them, and pure functions over text.
No name of a service stands here. A row is added for the sense of the word, not because one document uses it; what the
corpus made us add is said beside the row. `tests/documents/test_detect.py` shows the words on styles of API that the
corpus does not hold.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
CHANGE_VERBS = frozenset({"change", "edit", "patch", "set", "update"})
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

# ---- words of prose

_NEAR = r"(?:(?!at |for |in |of |on |to )\w+[ -]){0,3}"
_JOB = r"(?:execution|job|operation|run|task)\b"
ASYNCHRONOUS = re.compile(
    r"\basync(?:hron\w*)?\b|\bin the background\b|\blong[- ]running\b|\breturns? immediately\b|\bnon-blocking\b"
    r"|\bpoll(?:s|ed|ing)?\b|\bkicks? off\b|\bbackground (?:\w+ )?(?:job|process|task)\b"
    r"|\b(?:begin|start)s? processing\b"
    rf"|\b(?:gives|returns?) an? {_NEAR}(?:job|operation|run|task) id\b"
    r"|\b(?:is|are|will be) (?:enqueued|processed later|queued|scheduled)\b"
    rf"|\b(?:launch(?:es)?|(?:initiate|queue|start|submit|trigger)s?) an? {_NEAR}{_JOB}"
    r"|\b(?:begin|initiate|start)s? (?:a|the) process of\b"
    rf"|\bnew {_NEAR}(?:operation|run)\b|\bprocessing (?:of )?(?:\w+ ){{0,3}}(?:begins|starts)\b"
    r"|\b(?:place|put)(?:s|ed)? (?:\w+ ){0,3}(?:at the end of|in|into|on|to) (?:an? |the )?(?:\w+ )?queue\b"
    r"|\b(?:can|could|may|might|will) take (?:up to |at least |about )?(?:an? )?(?:\w+ )?"
    r"(?:seconds|minutes?|hours?|days|while|long|time)\b"
    r"|\b(?:check|monitor|follow|track) (?:on )?(?:the|its) (?:\w+ )?(?:progress|status)\b"
    r"|\b(?:once|until) (?:it|the \w+(?: \w+)?) (?:becomes|is) (?:active|available|online|provisioned|ready|running)\b"
    r"|\b(?:after|once|when)\b[^.]{0,60}\b(?:completed?|done|finished|generated|processed|ready)\b[^.]{0,60}"
    r"\b(?:e-?mail|notification|notified|webhook)\b"
    r"|\b(?:e-?mail|notification|notified|webhook)\b[^.]{0,60}\b(?:after|once|when)\b[^.]{0,60}"
    r"\b(?:completed?|done|finished|generated|processed|ready)\b",
    re.IGNORECASE,
)
"""Prose that says that an answer comes before the work is done."""

_NOT = r"(?<!not )(?<!not be )(?<!cannot )(?<!cannot be )(?<!never )(?<!never be )"
_DONE = r"(?!called\b|invoked\b|used\b)"
_OF_ASYNC = r"(?:async|asynchronous(?:ly)?|in the background)\b"
_LATER: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        ("async", "background"),
        re.compile(
            rf"{_NOT}\b(?:are|be|completed|created|deleted|done|executed|fetched|generated|handled|happens?|imported|is"
            rf"|performed|processed|rendered|runs?|started|works?) {_DONE}(?:\w+ )?{_OF_ASYNC}"
            rf"|{_NOT}\b{_DONE}\w+ed (?:\w+ )?async(?:hronously)?\b"
            rf"|\b(?:enqueue|kick off|launch|queue|start|submit|trigger)s? (?:\w+ ){{0,3}}{_OF_ASYNC}"
            r"|^\W*asynchronously \w+"
            r"|^\W*\b(?!to\b|if\b)(?![^.]{0,80}(?:not|n't|never)\b)"
            r"[^.]{3,80} (?<!called )(?<!invoked )(?<!used )async(?:hronously)?\W*(?:[.]|$)",
            re.IGNORECASE,
        ),
    ),
    (
        ("build", "execution", "job", "operation", "run", "task"),
        re.compile(
            r"^\W*(?:enqueue|initiate|launch|queue|start|submit|trigger)s? an? (?:\w+ ){0,3}"
            r"(?:build|execution|job|operation|run|task)\b",
            re.IGNORECASE,
        ),
    ),
    (
        ("queued", "rather than", "returns before", "return before", "scheduled"),
        re.compile(
            r"\bthe (?:job (?:has been|will be)|work (?:has been|is|will be)) (?:enqueued|queued|scheduled)\b"
            r"|\b(?:accepted|queued) rather than (?:completed|done|finished|processed)\b"
            r"|\b(?:call|endpoint|request|response) returns? before\b",
            re.IGNORECASE,
        ),
    ),
)
"""What stands in the text wherever the expression behind it can: looking for a word is a tenth of the work."""


def later(text: str) -> str:
    """The words by which prose says of an operation itself, not of another or a part, that its work is done later.

    Example:
        `later("The change is processed asynchronously.") == "processed asynchronously"`
    """
    small = text.lower()
    found = (said.search(text) for words, said in _LATER if any(word in small for word in words))
    return next((" ".join(one.group().split()) for one in found if one), "")


SURELY_LATER = re.compile(r"async|background|mail|notif|webhook", re.IGNORECASE)
"""What such prose has in it where it can be said of nothing but work."""

TAKES_LONG = re.compile(rf"{SURELY_LATER.pattern}|minutes|hours|days", re.IGNORECASE)
"""The same, or that it takes longer than anybody waits for an answer."""

SYNCHRONOUS = re.compile(r"\bsynchronous(?:ly)?\b", re.IGNORECASE)
"""Prose that says that an answer comes when the work is done, where it does not say that there is another way."""

NOT_ASYNCHRONOUS = re.compile(
    r"\b(?:not|instead of|rather than|no) (?:\w+ )?asynchron\w*|\blong[- ]polling\b", re.IGNORECASE
)

TELLS_STATUS = re.compile(
    r"\b(?:progress|state|status) (?:for|of)\b|\bpoll(?:s|ing)?\b"
    r"|^\W*(?:check|fetch|get|poll|read|retrieve|return|show)(?:e?s)? (?:\w+[ -]){0,4}(?:progress|state|status)\W*$"
    r"|\bwhether\b[^.]{0,40}\b(?:done|finished|in progress|ready|running)\b",
    re.IGNORECASE,
)
"""Prose of a read that says that it tells how far something is."""

# ---- names as words

_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, whatever it is joined by, in small letters: `TaskId`, `task_id` -> `("task", "id")`."""
    return tuple(part.lower() for part in _TOKEN.findall(text))


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """The noun without its plural ending, as far as that can be told from the letters."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def joined(name: str) -> str:
    """The words of a name in one, each in the singular: `Job_IDs` -> `jobid`."""
    return "".join(map(singular, tokens(name)))


_CALLBACK = re.compile(
    r"(?:status|completion|job|result|task)?(?:call|post)backs?(?:urls?|uris?|endpoints?|address)?"
    r"|(?:status|completion|job|result|task)?webhooks?(?:urls?|uris?|endpoints?|address)?"
    r"|(?:status)?(?:notify|notifications?|completion)(?:urls?|uris?|endpoints?|address)?"
    r"|(?:oncomplete|onsuccess|onfailure|result)(?:url|uri)"
)


def takes_callback(name: str) -> bool:
    """Whether an input is called what a URL to report to is called: `callback-url`, `StatusCallback`, `webhook`."""
    return _CALLBACK.fullmatch("".join(tokens(name))) is not None


_MONITOR = re.compile(
    r"(?:check|job|monitor|operation|poll|polling|status|task|track|tracking)(?:urls?|uris?|links?|href)"
)


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
