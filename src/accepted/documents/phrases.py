"""What the prose of an API says of its operations: that one goes on, that it waits, that it tells a status.

What may live here: expressions over sentences with the sense that any reader gives them, and pure functions over text.
No name of a service stands here. What stands in a table of (words, expression) is looked for only where the text has
one of the words: looking for a word is a tenth of the work.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

_MOST_FOUND = 10
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

_DENIES = re.compile(r"\b(?:cannot|never|no longer|not|nothing)\b|n't\b|^\W*no\b", re.IGNORECASE)
_DONE = r"(?!called\b|invoked\b|used\b)"
_IS_DONE = (
    r"(?:are|be|completed|created|deleted|done|executed|fetched|generated|handled|happens?|imported|is|performed"
    r"|processed|rendered|runs?|started|works?)"
)
_NOT_SO = r"(?<!called )(?<!invoked )(?<!used )"
_OF_ASYNC = r"(?:async|asynchronous(?:ly)?|in the background|in background(?! (?!and\b)\w))\b"
_FEW = r"(?!and\b|or\b)(?:(?!(?:at|by|for|from|in|of|on|to|with)\b)\w+[ '\"-]{1,2}){0,6}?"
"""A few words, none of which leads to another thing."""

_BEGINS = r"(?:dispatch(?:es)?|enqueues?|initiates?|kicks? off|launch(?:es)?|queues?|starts?|triggers?)"
_ONLY = r"(?:only (?:indicates|means)|(?:indicates|means) only)"
_CODE = r"(?:202\W{1,3}accepted|accepted\W{1,3}202)"
_BEGUN = r"(?:dispatched|initiated|initialized|kicked off|launched|scheduled|started|triggered)"
_AGAIN = r"(?:re-?runs?|reactivates?|reprocess(?:es)?|rescans?|restarts?|resubmits?|retr(?:y|ies))"
_WORK = (
    r"(?:analysis|backup|build|captioning|chunking|classification|clean-?up|compaction|compression|computation"
    r"|conversion|crawl|deduplication|deployment|detection|embedding|encoding|enrichment|execution|export|extraction"
    r"|fail-?over|generation|import|index(?:ing|ation)|inference|ingestion|jobs?|migration|optimi[sz]ation|(?:pre|re)?processing"
    r"|provisioning|rebuild|recalculation|reconciliation|regeneration|reindex(?:ing)?|rendering|replication|rescan"
    r"|restart|restore|rollout|runs?|scans?|scrape|separation|simulation|summari[sz]ation|sync|synchroni[sz]ation"
    r"|synthesis|tasks?|tests?|(?:re)?training|transcoding|transcription|translation|upgrade|validation|workflows?)"
)
"""What only machines do, and a caller does not wait for: no upload, no recording, no verification of a person."""


_RUN = (
    r"(?:build|conversion|deployment|execution|export|import|instance|invocation|job|pipeline|run|scan|task|test"
    r"|workflow)s?"
)
"""What can be done again."""

_ALONE = (
    r"\b(?=\W*$|['\"]?\W*[^\w\s'\"-]|['\"]?\s+"
    r"(?:a|across|after|again|against|all|an|and|as|at|attempts?|based|batch|between|by|every|for|from|given|if"
    r"|immediately|in|into|is|jobs?|manually|now|of|on|once|or|over|process|requests?|so|that|the|this|to|using|via"
    r"|when|where|which|with|within|without)\b)"
)
"""Where a word ends that is no mere part of another: a test of a page, no test page."""

_IN = r"(?:in|into|on|onto|to) (?:an? |the )?"
_SENT = r"(?:available|delivered|sent|streamed) (?:by|over|through|via) (?:an? |the )?"
_TASK = r"(?:export|generation|job|task)"
_TASKS = r"background (?:\w+ )?(?:job|operation|process|task)\b"
_STARTS = ("dispatch", "initiate", "kick", "launch", "queue", "start", "submit", "trigger")
_AGAINS = ("react", "reprocess", "rerun", "re-run", "rescan", "restart", "resubmit", "retr")
_ASYNCS = ("async", "background")
_LATER = tuple(
    (words, re.compile(expression, re.IGNORECASE))
    for words, expression in (
        (_ASYNCS, rf"\b{_IS_DONE} {_DONE}(?:\w+ )?{_OF_ASYNC}"),
        (_ASYNCS, rf"\b{_DONE}\w+ed (?:\w+ )?async(?:hronously)?\b|^\W*asynchronously \w+"),
        (_ASYNCS, rf"\b(?:enqueue|kick off|launch|queue|start|submit|trigger)s? (?:\w+ ){{0,3}}{_OF_ASYNC}"),
        (_ASYNCS, rf"^\W*\b(?!to\b|if\b)[^.]{{3,80}} {_NOT_SO}async(?:hronously)?\W*(?:[.]|$)"),
        (_ASYNCS, rf"^\W*(?!if\b|the\b|this\b|to\b)(?:(?!be\b|can\b|may\b|not\b)\w+ ){{1,5}}{_NOT_SO}asynchronously\b"),
        (_ASYNCS, r"(?:^|\s)[*-]\s+asynchronous\s*[.:;]"),
        (_STARTS, rf"^\W*{_BEGINS} {_FEW}{_WORK}{_ALONE}"),
        (_STARTS, rf"^\W*(?:initiate|start|submit|trigger)s? an? {_FEW}(?:job|operation|task){_ALONE}"),
        (_AGAINS, rf"^\W*{_AGAIN} {_FEW}{_RUN}{_ALONE}"),
        (
            ("job", "task"),
            rf"(?:^\W*creates?|[.]\s+creates) (?!or\b)(?:[\w-]+ ){{0,5}}(?:background|{_WORK}) (?:job|task){_ALONE}",
        ),
        (
            ("job", "task"),
            r"(?<!if )(?<!once )(?<!that )(?<!when )\ba (?:job|task) (?:is|will be) (?:started|submitted)\b",
        ),
        (
            ("job", "task"),
            r"\b(?:endpoint|operation|request) (?:creates|queues|starts) an? (?:job|task) (?:that|to|which)\b",
        ),
        (("job", "task"), r"\bresponds? with an? background (?:job|task)\b"),
        (("queue",), rf"\bqueues (?:it|this) |\b{_IN}{_WORK} queue\b"),
        (("queue",), r"\b(?:job|message|request|task)\b[^.]{0,30}\badds? (?:it|them) to (?:a|the) queue\b"),
        (("queue",), r"\band queues? (?:it |them )?for (?:embedding|indexing|ingestion|processing)\b"),
        (
            ("used to",),
            r"\b(?:job|operation|run|task) id (?:that|which) can be used to (?:poll|(?:check|monitor) (?:its|the))\b",
        ),
        (("minutes",), r"\bup to (?:an? )?\w+ minutes for this (?:action|operation|process) to (?:complete|finish)\b"),
        (("queue",), rf"\b(?:add|create|place|push|put)s?\b[^.]{{0,60}}\b(?:job|task)s?\b[^.]{{0,20}}\b{_IN}queue\b"),
        (("queue",), rf"\b(?:job|task) (?:is|will be) created\b[^.]{{0,60}}\b(?:added|placed|pushed|put) {_IN}queue\b"),
        (("queued", "schedul"), r"\bthe (?:job|work) (?:has been|will be) (?:enqueued|queued|scheduled)\b"),
        (("queued", "schedul"), r"\bthe work is (?:enqueued|queued|scheduled)\b"),
        (("rather than",), r"\b(?:accepted|queued) rather than (?:completed|done|finished|processed)\b"),
        (("return",), r"\b(?:call|endpoint|request|response) returns? before\b"),
        (("immediately",), r"\b(?:call|request|response) (?:is immediately returned|returns immediately)\b"),
        (("prefer",), r"\bprefer\W{1,3}wait\b[^.]{0,40}\bsynchronous"),
        (("request to",), r"^\W*creates? an? (?:new )?request to (?:export|generate|import)\b"),
        (("immediately",), r"\breturns? (?:an? |the )?(?:\w+ )?id immediately\b|\bimmediately\b[^.]{0,40}\bmay take\b"),
        (
            ("processing",),
            r"\b(?:add|enqueue|queue|send|submit)(?:s|d|ed|ted)?\b[^.]{0,60} for (?:pre|re)?processing\b",
        ),
        (
            ("export", "generation", "job", "task"),
            rf"\b(?:check|monitor|poll|track)(?: on)? (?:the|its) {_TASK} (?:progress|status)\b",
        ),
        (("running",), rf"\bthis (?:\w+ )?is an? long[- ]running (?:{_TASKS}|(?:job|operation|process|task)\b)"),
        (_ASYNCS, rf"(?:^\W*|\band |\bthis (?:\w+ )?){_BEGINS} an? (?:new )?{_TASKS}"),
        (("queue",), r"^\W*enqueues (?:a|the) (?:command|request)\b"),
        (("submit",), rf"^\W*submits? an? {_FEW}{_RUN} (?:for execution|to be executed)\b"),
        (("to be",), r"^\W*uploads? an? [^.]{0,40}\bto be (?:indexed|ingested|transcoded)\b"),
        (
            ("response",),
            rf"\bresponse {_ONLY} that [^.]{{3,30}} (?:accepted|queued|scheduled)\b",
        ),
        (
            ("will be",),
            rf"\b(?:output|results?) will be {_SENT}(?:e-?mail|web-?hook|web-?socket)",
        ),
        (("progress",), rf"\b(?:check|monitor|poll|view) the progress of the {_WORK} {_JOB}"),
        (
            ("202",),
            rf"\b(?:api|endpoint|operation|server|service) returns\b[^.]{{0,60}}\b{_CODE}\b",
        ),
        (("202",), r"\b(?:normal|success) response codes?: 202\b"),
        (("minutes",), r"\b(?:it|this) (?:may |can |will )?takes? (?:at least |up to )?(?:an? )?\w+ minutes before\b"),
        (("eventually",), r"\bwill (?:be eventually|eventually be) (?!(?:delet|deprecat|expir|remov|replac)ed)\w+ed\b"),
        (("processing",), r"\bwill (?:begin|start) background processing\b"),
        (("automatically",), r"\bwill automatically (?:begin processing|start after (?:its )?creation)\b"),
        (("step",), r"\bstep (?:1|one) of (?:an? |the )?(?:2|two)[- ]steps?\b|\brequest-reply\b[^.]{0,20}\bstep 1\b"),
    )
)

_SOUGHT = frozenset(word for words, _ in _LATER for word in words)

FOLLOWED_WITH = re.compile(
    r"\b(?:check|fetch|follow|get|monitor|poll|query|retrieve|track)(?:ing)?\b[^.]{0,60}\b(?:progress|status)\b",
    re.IGNORECASE,
)
"""What is said of an id with which one asks how far something is."""

_BEGAN = (
    "creat",
    "dispatch",
    "initi",
    "kick",
    "launch",
    "schedul",
    "start",
    "submit",
    "trigger",
    "in pro",
    "queue",
)
_ACT = r"(?:boot|clone|migration|power (?:cycle|off|on)|reboot|rescue|resize|shutdown)"
_ANSWERED = re.compile(
    r"\b(?:en)?queued\b(?=\W*$|[^\w\s]"
    r"| (?:and|as|at|by|for|in|on|operation|or|request|successfully|task|to|until|with)\b)"
    rf"|^\W*{_ACT} (?:has been |is |was )?{_BEGUN}\b"
    rf"|^\W*queued\b[^.]*\b{_WORK}\b|\b(?:{_WORK}|creation|deletion|removal)\b[^.]{{0,30}}\b{_BEGUN}\b"
    rf"|\bsuccessfully started (?:an? |the )?(?:given |named |new |specified )?{_WORK}\b"
    rf"|\b{_WORK} (?:jobs?|tasks?) (?:\w+ ){{0,2}}(?:created|submitted)\b"
    r"|^\W*(?!cron\b|new\b|recurring\b|returns?\b|scheduled\b|the\b)\w+ job created\b"
    rf"|^\W*(?:(?!if |no |when |while )\w+ ){{0,3}}(?:{_WORK}|activation|creation|deletion|removal)"
    r" (?:is )?in pro(?:cess|gress)\b",
    re.IGNORECASE,
)


def later(text: str) -> str:
    """The words by which prose says of an operation itself, not of another or a part, that its work is done later.

    Example:
        `later("The change is processed asynchronously.") == "processed asynchronously"`
    """
    small = text.lower()
    here = {word for word in _SOUGHT if word in small}
    found = (_said(said, text) for words, said in _LATER if not here.isdisjoint(words))
    return next((told for told in found if told), "")


@lru_cache(maxsize=2000)
def answered_later(text: str) -> str:
    """The words by which an answer, or the description of one, says that the work was only begun.

    Many operations answer the same.

    Example:
        `answered_later("Database restart queued.") == "queued"`
    """
    small = text.lower()
    return _said(_ANSWERED, text) if any(word in small for word in _BEGAN) else ""


def _said(expression: re.Pattern[str], text: str) -> str:
    """The first words that an expression finds and that their sentence does not deny before, or ""."""
    for found in islice(expression.finditer(text), _MOST_FOUND):
        if not _DENIES.search(text[text.rfind(".", 0, found.start()) + 1 : found.end()]):
            return " ".join(found.group().split())
    return ""


SURELY_LATER = re.compile(r"async|background|mail|notif|webhook", re.IGNORECASE)
"""What such prose has in it where it can be said of nothing but work."""

TAKES_LONG = re.compile(rf"{SURELY_LATER.pattern}|minutes|hours|days", re.IGNORECASE)
"""The same, or that it takes longer than anybody waits for an answer."""

SYNCHRONOUS = re.compile(r"\bsynchronous(?:ly)?\b", re.IGNORECASE)
"""Prose that says that an answer comes when the work is done, where it does not say that there is another way."""

STREAMED = re.compile(
    r"\bstreams back the (?:\w+ )?(?:answer|events?|outputs?|response|results?|tokens?)\b", re.IGNORECASE
)
"""Prose that says that it answers as the work goes on."""

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
