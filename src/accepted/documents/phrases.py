"""What the prose of an API says of its operations: that one goes on, that it waits, that it tells a status.

What may live here: expressions over sentences with the sense that any reader gives them, and pure functions over text.
No name of a service stands here. What stands in a table of (words, expression) is looked for only where the text has
one of the words: looking for a word is a tenth of the work.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
_IS_DONE = (
    r"(?:are|be|completed|created|deleted|done|executed|fetched|generated|handled|happens?|imported|is|performed"
    r"|processed|rendered|runs?|started|works?)"
)
_NO_AIM = r"^\W*\b(?!to\b|if\b)(?![^.]{0,80}(?:not|n't|never)\b)"
_NOT_SO = r"(?<!called )(?<!invoked )(?<!used )"
_OF_ASYNC = r"(?:async|asynchronous(?:ly)?|in the background)\b"
_FEW = r"(?:(?!(?:at|by|for|from|in|of|on|to|with)\b)\w+[^\w.]{1,3}){0,6}?"
"""A few words, none of which leads to another thing."""

_BEGINS = r"(?:dispatch(?:es)?|enqueues?|initiates?|kicks? off|launch(?:es)?|queues?|starts?|triggers?)"
_BEGUN = r"(?:dispatched|initiated|initialized|kicked off|launched|scheduled|started|triggered)"
_AGAIN = r"(?:re-?runs?|reactivates?|reprocess(?:es)?|rescans?|restarts?|resubmits?|retr(?:y|ies))"
_WORK = (
    r"(?:analysis|backup|build|captioning|chunking|classification|clean-?up|compaction|compression|computation"
    r"|conversion|crawl|deduplication|deployment|detection|embedding|encoding|enrichment|execution|export|extraction"
    r"|generation|import|index(?:ing|ation)|inference|ingestion|jobs?|migration|optimi[sz]ation|(?:pre|re)?processing"
    r"|provisioning|rebuild|recalculation|reconciliation|refresh|regeneration|reindex(?:ing)?|rendering|replication"
    r"|rescan|restart|restore|rollout|runs?|scans?|scrape|separation|simulation|summari[sz]ation|sync"
    r"|synchroni[sz]ation|synthesis|tasks?|tests?|(?:re)?training|transcoding|transcription|translation|upgrade|validation"
    r"|workflows?)"
)
"""What only machines do, and a caller does not wait for: no upload, no recording, no verification of a person."""

_RUN = (
    r"(?:build|conversion|deployment|execution|export|import|instance|invocation|job|pipeline|run|scan|task|test"
    r"|workflow)s?"
)
"""What can be done again."""

_IN = r"(?:in|into|on|onto|to) (?:an? |the )?"
_STARTS = ("dispatch", "initiate", "kick", "launch", "queue", "start", "submit", "trigger")
_AGAINS = ("react", "reprocess", "rerun", "re-run", "rescan", "restart", "resubmit", "retr")
_ASYNCS = ("async", "background")
_LATER = tuple(
    (words, re.compile(expression, re.IGNORECASE))
    for words, expression in (
        (_ASYNCS, rf"{_NOT}\b{_IS_DONE} {_DONE}(?:\w+ )?{_OF_ASYNC}"),
        (_ASYNCS, rf"{_NOT}\b{_DONE}\w+ed (?:\w+ )?async(?:hronously)?\b|^\W*asynchronously \w+"),
        (_ASYNCS, rf"\b(?:enqueue|kick off|launch|queue|start|submit|trigger)s? (?:\w+ ){{0,3}}{_OF_ASYNC}"),
        (_ASYNCS, rf"{_NO_AIM}[^.]{{3,80}} {_NOT_SO}async(?:hronously)?\W*(?:[.]|$)"),
        (_STARTS, rf"^\W*{_BEGINS}[^\w.]+{_FEW}{_WORK}\b"),
        (_STARTS, rf"^\W*(?:initiate|start|submit|trigger)s? an? {_FEW}(?:job|operation|task)\b"),
        (_AGAINS, rf"^\W*{_AGAIN}[^\w.]+{_FEW}{_RUN}\b"),
        (("job", "task"), rf"^\W*creates? (?:[\w-]+ ){{0,5}}(?:background|{_WORK}) (?:job|task)\b"),
        (("job", "task"), r"\b(?:a|the) (?:background )?(?:job|task) (?:is|will be) (?:created|started|submitted)\b"),
        (("queue",), rf"^\W*(?:en)?queues? (?:an?|the) |\bqueues (?:an?|it|the|this) |\b{_IN}{_WORK} queue\b"),
        (("queue",), rf"\b(?:add|create|place|push|put)s?\b[^.]{{0,60}}\b(?:job|task)s?\b[^.]{{0,20}}\b{_IN}queue\b"),
        (("queued", "schedul"), r"\bthe (?:job|work) (?:has been|is|will be) (?:enqueued|queued|scheduled)\b"),
        (("rather than",), r"\b(?:accepted|queued) rather than (?:completed|done|finished|processed)\b"),
        (("return",), r"\b(?:call|endpoint|request|response) returns? before\b"),
        (("immediately",), r"\b(?:call|request|response) (?:is immediately returned|returns immediately)\b"),
        (("immediately",), r"\breturns? (?:an? |the )?(?:\w+ )?(?:id|url) immediately\b"),
        (
            ("processing",),
            r"\b(?:add|enqueue|queue|send|submit)(?:s|d|ed|ted)?\b[^.]{0,60} for (?:pre|re)?processing\b",
        ),
        (("automatically",), r"\bwill (?:automatically (?:begin|start)|start automatically)\b"),
        (("step ",), r"\bstep (?:1|one) ?(?:/|of) ?(?:an? |the )?(?:2|two)\b"),
    )
)

_ANSWERED = re.compile(
    rf"{_NOT}\b(?:en)?queued\b|\b{_WORK}\b[^.]{{0,30}}\b{_BEGUN}\b"
    rf"|\b{_WORK} (?:jobs?|tasks?) (?:\w+ ){{0,2}}(?:created|submitted)\b",
    re.IGNORECASE,
)


def later(text: str) -> str:
    """The words by which prose says of an operation itself, not of another or a part, that its work is done later.

    Example:
        `later("The change is processed asynchronously.") == "processed asynchronously"`
    """
    small = text.lower()
    found = (said.search(text) for words, said in _LATER if any(word in small for word in words))
    return next((" ".join(one.group().split()) for one in found if one), "")


@lru_cache(maxsize=20_000)
def answered_later(text: str) -> str:
    """The words by which an answer, or the description of one, says that the work was only begun.

    Many operations answer the same.

    Example:
        `answered_later("Database restart queued.") == "queued"`
    """
    found = _ANSWERED.search(text)
    return " ".join(found.group().split()) if found else ""


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
