"""What one operation shows of itself: its codes, its answer, the words of its names and of its prose.

What may live here: `Signals`, facts about one operation, each looked up once and only when somebody asks.
No decision about its role, and nothing that needs a second operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain, islice, pairwise

from accepted.documents.nodes import mapping, several_of
from accepted.documents.openapi import Operation
from accepted.documents.phrases import (
    ASYNCHRONOUS,
    FOLLOWED_WITH,
    NOT_ASYNCHRONOUS,
    STREAMED,
    SYNCHRONOUS,
    TELLS_STATUS,
    answered_later,
    later,
)
from accepted.documents.schemas import Schema
from accepted.documents.statuses import Vocabulary
from accepted.documents.subjects import Subject, levels, listed_in, shown_status, subject_of
from accepted.documents.words import (
    ALSO_THINGS,
    ATTEMPT_NOUNS,
    CANCEL_VERBS,
    CHANGE_VERBS,
    CREATE_VERBS,
    JOB_NOUNS,
    LIST_VERBS,
    MONEY,
    READ_NOUNS,
    READ_VERBS,
    RECORD_NOUNS,
    RUN_NOUNS,
    START_VERBS,
    STATUS_NOUNS,
    TASK_NOUNS,
    WORK_NOUNS,
    head,
    is_monitor,
    joined,
    singular,
    takes_callback,
    tokens,
)

LRO_EXTENSIONS = ("x-ms-long-running-operation", "x-long-running-operation", "x-long-running", "x-async")
MONITOR_HEADERS = ("operation-location", "azure-asyncoperation")

LATEST = frozenset({"last", "latest"})
NEWEST = LATEST | {"current"}
EARLIER = NEWEST | {"next", "original", "parent", "previous", "root", "source"}
"""What is said of a task that was there before."""

_FLAGS = frozenset({"async", "background", "is_async", "isasync", "run_async", "runasync", "asynchronous"})
IDS = frozenset({"arn", "gid", "guid", "id", "sid", "uid", "uuid"})
_LEADING = frozenset({"key", "token", "url"})
_NAMING = IDS | {"handle", "key", "name", "token"}
_TIMES = frozenset(
    {"startedat", "starttime", "startedtime", "completedat", "completedtime", "completiontime", "finishedat"}
    | {"startedon", "completedon", "finishedon", "endedon"}
    | {"endedat", "endtime", "finishtime", "runtime", "progress", "percentcomplete", "percentage", "queuedat"}
    | {"eta", "estimatedtime", "executiontime", "startdate", "enddate", "progresspercent", "processingtime"}
)
_PROGRESS = frozenset({"progress", "percentcomplete", "percentage", "progresspercent", "percentdone"})
_OUTCOMES = frozenset({"error", "errors", "lasterror", "errormessage", "failurereason", "failedreason", "errorfileid"})
_YIELDS = ("downloadlink", "downloaduri", "downloadurl", "outputurl", "resulturl", "resultsurl")
_MESSAGES = ("message", "msg", "detail", "details", "info", "status_message", "statusMessage", "response")
_ASYNC = frozenset({"async", "asynchronous", "asynchronously"})
_CARRIED = frozenset({"action", "job", "operation", "task"})
_OPERATION_HAS = ("error", "metadata", "response", "result")
_PROSE_LIMIT = 2000
_ANSWER_LIMIT = 500
_MOST_EXAMPLES = 10
_MOST_SAID = 5
_MOST_NAMES = 300
_FEW = 2
"""Properties of an answer that says no more than what was begun."""

_ACCEPTED = (("accepted",), ("accepted", "response"), ("accepted", "result"))
"""What the schema of an answer is called that says that work was begun."""

_MOST_PARTS = 100
_OF_NO_OBJECT = frozenset({"async", "by", "id", "info", "result", "v"})
_NAME_PARTS = re.compile(r"[/#.=?&:]")
_IS_OUTPUT = re.compile(r"\W*(?:output|read)[ -]?only\b", re.IGNORECASE)
_PARAM = re.compile(r"\{[^{}]*\}")
_WRAPPED = re.compile(r"(?<!\n)\n(?!\n)")
_EVENTS = ("application/x-ndjson", "application/jsonl", "text/event-stream")
_LINKED = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
"""A link in Markdown: its text is what is read."""

_METHOD = re.compile(r"^(?:DELETE|GET|PATCH|POST|PUT)_")
_ENDING = re.compile(r"(?<=[\w}])\.\{[^{}]*\}$")


class Signals:
    """The facts of one operation."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    # ---- the request line

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, its query left out; of `jobs:cancel` both; parameters as they are written.

        Of a path that is longer than any that is meant, the first parts.
        """
        path = self.operation.path.partition("?")[0].strip("/")
        return tuple(chain.from_iterable(_split(part) for part in path.split("/", _MOST_PARTS)[:_MOST_PARTS]))

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """The parts of the path in small letters with `{}` for every parameter."""
        return tuple("{}" if "{" in part else part.lower() for part in self.segments)

    @cached_property
    def query(self) -> str:
        """What stands behind `?` in the path: some documents tell operations apart by it."""
        return self.operation.path.partition("?")[2]

    @property
    def on_item(self) -> bool:
        """Whether the path ends in a parameter."""
        return self.shape[-1:] == ("{}",)

    @cached_property
    def path_ids(self) -> frozenset[str]:
        """The parameters of its path, the words of each joined: `{job_id}` -> jobid, `/jobs/{id}` also."""
        named = ((joined(before), joined(part)) for before, part in pairwise(("", *self.segments)) if "{" in part)
        return frozenset(one for of, part in named for one in (part, f"{of}id" if part == "id" else part))

    @cached_property
    def last_word(self) -> str:
        """The last part of the path that is no parameter and does not stand for one (`latest`), or ""."""
        return next((part for part in reversed(self.shape) if part != "{}" and part not in NEWEST), "")

    @cached_property
    def act(self) -> tuple[str, ...]:
        """The words of the last part of the path, where it is no parameter: `:pauseCluster` -> pause, cluster."""
        return tokens(self.segments[-1]) if self.segments and not self.on_item else ()

    @cached_property
    def last_param(self) -> str:
        """The name of the parameter that the path ends in, or ""."""
        found = _PARAM.findall(self.segments[-1]) if self.on_item else []
        return found[-1].strip("{}+*") if found else ""

    @cached_property
    def asked_for(self) -> str:
        """The name of the last parameter in its path, or ""."""
        found = _PARAM.findall("/".join(self.segments[-2:]))
        return found[-1].strip("{}+*") if found else ""

    @cached_property
    def name(self) -> tuple[str, ...]:
        """The words of what it is called: its operationId, or for RPC the last part of its path."""
        return tokens(self.called or self.last_word)

    @cached_property
    def called(self) -> str:
        """Its operationId, without the method that tools put before it where several share a path: `POST_StopJob`."""
        return _METHOD.sub("", self.operation.operation_id)

    @cached_property
    def verb(self) -> str:
        """The first verb of its name that this package knows, else the first of its summary, else ""."""
        said = tokens(self.operation.summary[:40])[:1]
        return next((word for word in (*self.name, *(_root(one) for one in said)) if word in _VERBS), "")

    @cached_property
    def object(self) -> frozenset[str]:
        """The nouns of its name, without verbs and words of status: what an RPC operation is about."""
        words = self.name[1:] if self.name[:2] == ("batch", "get") else self.name
        named = frozenset(singular(word) for word in words if word.isalpha())
        return named - _VERBS - STATUS_NOUNS - _OF_NO_OBJECT

    @cached_property
    def rpc(self) -> bool:
        """Whether its path says with a verb, and not its method, what it does."""
        return bool(self.rpc_verb)

    @cached_property
    def rpc_verb(self) -> str:
        """What a POST does by its path (`/getJob`, `/#S.GetJob`, `/jobs:get`, `/jobs/info`) or by its name, or ""."""
        if self.operation.method != "POST" or {*self.name[:1]} & CHANGE_VERBS:
            return ""
        named = self.name[0] if self.name else ""
        words = tokens(_NAME_PARTS.split(self.operation.path.rstrip("/"))[-1].removeprefix("Batch"))
        first, second, third = (*words, "", "", "")[:3]
        if first == "search" and third and self.listed is None and not {*"#.:"} & {*self.operation.path}:
            return ""  # the name of a collection: `/search-index-jobs`
        if named in _PLAIN_READS or (named in START_VERBS | {"create"} and first in READ_VERBS):
            return named
        return first if first in _VERBS else "get" if first in READ_NOUNS and not second else ""

    # ---- answers

    @cached_property
    def codes(self) -> frozenset[str]:
        """Its codes of success."""
        return frozenset(one.code for one in self.operation.successes)

    @property
    def accepts(self) -> bool:
        """Whether it may answer 202."""
        return "202" in self.codes

    @property
    def only_begins(self) -> bool:
        """Whether it never answers anything but 202 with the id of a task that its path has not: it begins one."""
        return not self.codes - {"202"} and bool(self.job_id) and joined(self.job_id) not in self.path_ids

    @cached_property
    def extension(self) -> str:
        """The extension that calls it long-running, or ""."""
        found = self.operation.extensions
        return next((name for name in LRO_EXTENSIONS if found.get(name) not in (None, False)), "")

    @cached_property
    def monitor_header(self) -> str:
        """The header of a success that names a status monitor and nothing else, or ""."""
        return next((name for name in MONITOR_HEADERS if name in self.headers), "")

    @cached_property
    def headers(self) -> frozenset[str]:
        """The headers of its successes, in small letters."""
        return frozenset(name for answer in self.operation.answers for name in answer.headers)

    @cached_property
    def answer(self) -> Schema | None:
        """The schema of its success; of several, the first that has a status."""
        schemas = [one.schema for one in self.operation.answers if one.schema]
        return next((one for one in schemas if subject_of(one)), schemas[0] if schemas else None)

    @cached_property
    def subject(self) -> Subject | None:
        """What its success is about, or None where nothing in it has a status."""
        return None if self.answer is None else subject_of(self.answer)

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        """The status words of one task, by its schema or else its examples; those of a list's items are not its own.

        What is read by ids, several at once, is a list of those that were asked for; a `Describe` reads with a filter.
        """
        several = self.subject is not None and self.subject.several and not self._of_those_asked
        own = self.subject.vocabulary if self.subject and not several else None
        if several or (own and own.words):
            return own
        return self._shown or own

    @cached_property
    def shows(self) -> str:
        """The word in an example of its success, or the only one of its status, that says that work is not over."""
        own = self.vocabulary
        told = self._shown or (own if own and (own.open or len(own.words) == 1) else None)
        return next(iter((*told.waiting, *told.running) if told else ()), "")

    @property
    def strength(self) -> int:
        """How much its status tells of a task, 0 to 3; -1 where it has none. See `Vocabulary.strength`."""
        return -1 if self.vocabulary is None else self.vocabulary.strength

    @cached_property
    def operation_shaped(self) -> bool:
        """Whether it answers with a resource that stands for an operation, as Google's and Azure's services do."""
        schema = self.answer
        if schema is None:
            return False
        names = schema.properties
        google = {"done", "name"} <= names.keys() and any(name in names for name in _OPERATION_HAS)
        named = tokens(schema.name)[-1:] == ("operation",) and self.strength >= 2
        return google or named

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """The properties of its success that name something, by their words joined: `jobid` -> `job_id`."""
        return _ids_among(self._names)

    @cached_property
    def job_id(self) -> str:
        """The property of its success that is the id of a job or of work, or the key or the URL of a job, or ""."""
        alone = self._says_little and "id" not in self._names
        begins = alone or self.starts or self.work_noun
        named = (
            name for name, words in _job_ids_among(self._names).items() if begins or not words or self._named & words
        )
        return next(named, "")

    @cached_property
    def _named(self) -> frozenset[str]:
        """The words of its path, its name and its summary, each in the singular."""
        told = (*self.segments, self.operation.operation_id, self.operation.summary.lower()[:_PROSE_LIMIT])
        return frozenset(singular(word) for text in told for word in tokens(text))

    @cached_property
    def gives_job(self) -> bool:
        """Whether its answer is a job that it has begun: an id of one, and hardly more, or what tells its status."""
        of_run = {*map(singular, tokens(self.job_id))} & (RUN_NOUNS | {"task"})
        waits = self.strength >= 2 and self.vocabulary is not None and bool(self.vocabulary.waiting)
        given = self.begins_with_id and bool(of_run) and bool(self._only_gives or waits or self.monitor)
        return given or bool(self.answers_job)

    @cached_property
    def answers_job(self) -> str:
        """What its answer is called, where that is a job of which the path says nothing, and it tells of itself."""
        tells = self.vocabulary is not None and self.progress
        return self.job_noun if tells and self.job_noun not in self.operation.path.lower() else ""

    @property
    def _only_gives(self) -> bool:
        """Whether it answers with an id and hardly more, none of which the caller gave."""
        told = self.answer.properties if self.answer else dict[str, Schema]()
        quiet = (self.vocabulary is None or self.strength >= 0) and not any(map(self.takes, told))
        return self.operation.method in {"POST", "PUT"} and self._says_little and quiet

    @property
    def only_names(self) -> bool:
        """Whether its answer is nothing but ids."""
        told = self.answer.properties if self.answer else dict[str, Schema]()
        return all({*tokens(name)[-1:]} <= IDS for name in told)

    @property
    def _says_little(self) -> bool:
        return self.answer is not None and len(self.answer.properties) <= _FEW

    @property
    def begins_with_id(self) -> bool:
        """Whether it answers with an id of work that is not the caller's, and that is no mere part of a thing."""
        given = joined(self.job_id) in self.path_ids or self.takes(self.job_id) or "." in self.job_id
        return bool(self.job_id) and not given and self.answer is not None and "id" not in self.answer.properties

    @cached_property
    def carried(self) -> Mapping[str, Schema]:
        """What its success has beside the thing that it is about, and calls a job: `{branch, operations}`."""
        return self.answer.once(_carried_in) if self.answer else dict[str, Schema]()

    @cached_property
    def monitor(self) -> str:
        """The property of its success that is the URL of a status, or ""."""
        return _monitor_among(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The properties of its success and of its 202, and those of what is called a job in it (`task.id`)."""
        accepted = (one.schema for one in self.operation.answers if one.code == "202")
        named = (one.once(_names_in) for one in dict.fromkeys((self.answer, *accepted)) if one)
        return tuple(dict.fromkeys(chain.from_iterable(named)))

    @cached_property
    def listed(self) -> Subject | None:
        """What the items of its success are about, or None where it answers no list."""
        return None if self.answer is None else listed_in(self.answer)

    # ---- names and prose

    @cached_property
    def job_noun(self) -> str:
        """The word for a job that its path, its name or its answer's schema is about, or ""."""
        return next((word for word in self._heads if word in JOB_NOUNS), "")

    @cached_property
    def work_noun(self) -> str:
        """The same for a word for work."""
        return next((word for word in self._heads if word in WORK_NOUNS), "")

    @cached_property
    def record_noun(self) -> str:
        """The word for a record of people or money that it is about, or "": the last noun of the schema or the path."""
        path, _, schema = self._heads
        of_work = schema in TASK_NOUNS
        return "" if of_work else next((word for word in (schema, path) if word in RECORD_NOUNS), "")

    @cached_property
    def starts(self) -> str:
        """The verb that starts work, in its name, path or the first word of its summary, or ""."""
        said = (_root(word) for word in tokens(self.operation.summary[:40])[:1])
        words = (*self.name, *(self.act or tokens(self.last_word)), *said)
        return next((word for word in words if word in START_VERBS), "")

    @property
    def says_it_gets(self) -> bool:
        """Whether its summary says that it gets what is there, whatever its method."""
        return _root((*tokens(self.operation.summary[:40])[:1], "")[0]) in _PLAIN_READS

    @property
    def lists(self) -> bool:
        """Whether its name says that it lists: by its verb, or at its end (`jobs_list`)."""
        return self.verb in LIST_VERBS or self.name[-1:] == ("list",)

    @property
    def starts_job(self) -> bool:
        """Whether its names say a verb that starts work, and another word for what is started."""
        return bool(self.starts and self.job_noun) and self.starts != self.job_noun

    @property
    def begins_run(self) -> bool:
        """Whether it adds to a collection of runs, or its names say that it runs a job."""
        several = self.last_word.endswith("s") and singular(self.last_word) in ATTEMPT_NOUNS
        return not self.on_item and (several or (self.starts_job and self.job_noun != "task"))

    @property
    def followed(self) -> bool:
        """Whether it says itself that there is more to come than its answer: then its poll need say no status."""
        of_run = RUN_NOUNS & set(map(singular, tokens(self.job_id)[-2:]))
        return bool(self.says or self.later or self.flag or of_run or self.begins_run or self.gives_job)

    @cached_property
    def begins_by_get(self) -> bool:
        """Whether it is a GET that begins work, as its name says, and its text or its 202: `GET /nights/{n}/start`."""
        named = START_VERBS & {*tokens(self.operation.operation_id)[:1], *(self.act[:1] if len(self.shape) > 1 else ())}
        if self.operation.method != "GET" or not named:
            return False
        tells = self.strength >= 1 or self.lists or STATUS_NOUNS & {*self.name}
        return not tells and (self.accepts or singular((*tokens(self.later), "")[0]) in START_VERBS)

    @property
    def deletes(self) -> bool:
        """Whether its method says that it deletes one thing, or its name, as with RPC."""
        named = self.operation.method == "POST" and self.name[:1] == ("delete",)
        return named or (self.operation.method == "DELETE" and self.on_item)

    @cached_property
    def cancels(self) -> str:
        """The verb that stops work, where it is what the operation does, or ""."""
        ends = tokens(self.shape[-1])[:1] if self.shape and not self.on_item else ()
        return next((word for word in (*ends, *self.name[:1], *self.name[1:]) if word in CANCEL_VERBS), "")

    @cached_property
    def says(self) -> str:
        """The words of its prose that call it asynchronous, or ""."""
        for text in self._prose:
            found = (" ".join(one.group().split()) for one in islice(ASYNCHRONOUS.finditer(text), _MOST_SAID))
            said = next((one for one in found if not (self._has_polls and one.lower().startswith("poll"))), "")
            if said and not NOT_ASYNCHRONOUS.search(text):
                return said
        return self.named_async

    @property
    def _has_polls(self) -> bool:
        """Whether its path is about polls, in which people vote."""
        return any("polls" in tokens(part) for part in self.shape)

    @cached_property
    def named_async(self) -> str:
        """The word of its path or its name that calls it asynchronous, or ""."""
        told = (self.name, *(tokens(part) for part in self.segments if "{" not in part))
        words = (pair for words in told for pair in pairwise((*words, "")))
        return next((word for word, behind in words if word in _ASYNC and behind != "api"), "")

    @cached_property
    def later(self) -> str:
        """The words by which its prose or its answer says outright that its work is done later, or ""."""
        told = (later(text) for text in self._prose if not NOT_ASYNCHRONOUS.search(text))
        names = (one.schema.name for one in self.operation.answers if one.schema)
        accepted = (name for name in names if tokens(name) in _ACCEPTED)
        return next((one for one in chain(told, map(answered_later, self._answers), accepted) if one), "")

    @cached_property
    def follows_with(self) -> str:
        """What its answer says of an id with which one asks how far something is, or ""."""
        return self.answer.once(_follows_with) if self.answer else ""

    @cached_property
    def waits(self) -> bool:
        """Whether its prose says that it answers when the work is done, and nothing of another way."""
        return not (self.says or self.flag) and any(SYNCHRONOUS.search(text) for text in self._prose)

    @property
    def streams(self) -> bool:
        """Whether it answers as the work goes on: with nothing but events, or as its prose says."""
        told = [media.media_type for answer in self.operation.answers for media in answer.content]
        events = bool(told) and all(one.startswith(_EVENTS) for one in told)
        return events or any(STREAMED.search(text) for text in self._prose)

    @cached_property
    def tells_status(self) -> bool:
        """Whether its summary or the first sentence of its description says that it tells the status of something."""
        told = (self.operation.summary, self.operation.description.partition(".")[0])
        return any(TELLS_STATUS.search(text[:_PROSE_LIMIT]) for text in told)

    @cached_property
    def prose_words(self) -> frozenset[str]:
        """The words of its prose, each in the singular."""
        return frozenset(map(singular, tokens(" ".join(self._prose).lower()))) - {""}

    @cached_property
    def callback(self) -> str:
        """The input that takes a URL to report to, or the name of a callback, or ""."""
        given = (name for name, schema in self._inputs.items() if schema is None or schema.type != "boolean")
        declared = [one.name for one in self.operation.callbacks]
        return next((name for name in (*declared, *given) if takes_callback(name)), next(iter(declared), ""))

    @cached_property
    def flag(self) -> str:
        """The input that asks for an answer before the work is done, or ""."""
        for name, schema in self._inputs.items():
            plain = schema is None or schema.type in {"boolean", ""}
            if name.lower() in _FLAGS and plain:
                return name
            if name.lower() == "prefer" and schema and "async" in f"{schema.values}{schema.description}":
                return name
            if "async" in map(str.lower, schema.values if schema else ()):
                return name
        return next((one.name for one in self.operation.parameters if _prefers_async(one.name, one.description)), "")

    @property
    def asks_async(self) -> bool:
        """Whether an input is called asynchronous, and is not what is kept: the answer has none of its name."""
        kept = self.answer is not None and self.flag in self.answer.properties
        return not kept and any(word.endswith(("async", "asynchronous")) for word in tokens(self.flag))

    @cached_property
    def times(self) -> str:
        """A property that tells when work began or ended or how far it is, or ""."""
        return self._property_of(_TIMES)

    @cached_property
    def done_again(self) -> str:
        """A property that tells of the last of several times that something is done with what it is about, or ""."""
        schema = self.subject.schema if self.subject else None
        return schema.once(_done_again) if schema else ""

    @cached_property
    def progress(self) -> str:
        """A property that tells how much of the work is done, or ""."""
        return self._property_of(_PROGRESS)

    @cached_property
    def outcome(self) -> str:
        """A property that tells why work failed, or ""."""
        return self._property_of(_OUTCOMES)

    @cached_property
    def yields(self) -> str:
        """A property beside its status that leads to what comes of the work (`file_download_url`), or ""."""
        by_words = self.subject.schema.once(_by_words) if self.subject else dict[str, str]()
        return next((name for words, name in by_words.items() if words.endswith(_YIELDS)), "")

    @cached_property
    def money(self) -> str:
        """A property that makes the answer a record of money, or ""."""
        paid = MONEY - {"price"}  # what work costs may stand beside it
        return self._property_of(MONEY) or _property_in(self.answer, paid)

    @cached_property
    def sets_status(self) -> bool:
        """Whether the caller may say what the status is: then people move it on, and no machine."""
        return self.vocabulary is not None and self.takes(self.vocabulary.field)

    def takes(self, name: str) -> bool:
        """Whether an input of this name may be given."""
        given = self._inputs.get(name)
        return given is not None and given.get("readOnly") is not True and not _IS_OUTPUT.match(given.description)

    # ----

    @cached_property
    def _shown(self) -> Vocabulary | None:
        """The status that examples of its successes show."""
        told = (answer.media.each_example() for answer in self.operation.answers if answer.media)
        return shown_status(node.value for several in told for _, node in islice(several, _MOST_EXAMPLES))

    @property
    def _of_those_asked(self) -> bool:
        """Whether it reads several by their ids (`BatchGetBuilds`), or those that a filter describes."""
        return self.name[:2] == ("batch", "get") or (self.rpc and self.name[:1] == ("describe",))

    @cached_property
    def _inputs(self) -> Mapping[str, Schema | None]:
        schema = self.operation.body.schema if self.operation.body else None
        body = dict[str, Schema | None](schema.properties if schema else {})
        asked = (one for one in self.operation.parameters if one.where in {"query", "header"})
        return body | {one.name: one.schema for one in asked if "jsonp" not in one.description.lower()}

    @cached_property
    def _heads(self) -> tuple[str, ...]:
        """What its path, its name and its answer are about, each in one noun."""
        own = self.subject if self.subject and not self.subject.several else None
        schema = own.schema.name if own else self.answer.name if self.answer else ""
        return head(self.last_word), head(self.operation.operation_id), head(schema.rpartition(".")[2])

    @cached_property
    def _prose(self) -> tuple[str, ...]:
        told = (
            self.operation.summary,
            self.operation.description,
            *(one.description for one in self.operation.answers),
        )
        return tuple(_LINKED.sub(r"\1", _WRAPPED.sub(" ", text[:_PROSE_LIMIT])) for text in told)

    @property
    def _answers(self) -> Iterator[str]:
        """How its successes are described, and the messages that they show as examples."""
        for one in self.operation.answers:
            yield one.description[:_ANSWER_LIMIT]
            shown = (node.value for _, node in islice(one.media.each_example(), _MOST_EXAMPLES)) if one.media else ()
            yield from islice(
                _messages(mapping(told).get(name) for told in shown for name in _MESSAGES), _MOST_EXAMPLES
            )
            yield from one.schema.once(_messages_in) if one.schema else ()

    def _property_of(self, known: frozenset[str]) -> str:
        return _property_in(self.subject.schema if self.subject else None, known)


def _messages_in(schema: Schema) -> tuple[str, ...]:
    """Those that the properties of an answer have as examples."""
    told = (schema.properties[name] for name in _MESSAGES if name in schema.properties)
    return _messages(text for below in told for text in (below.get("example"), *several_of(below.get("examples"))))


def _messages(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(text[:_ANSWER_LIMIT] for text in islice(values, _MOST_NAMES) if isinstance(text, str))


def _property_in(schema: Schema | None, known: frozenset[str]) -> str:
    """The property whose words joined are among those that are known, or ""."""
    by_words = schema.once(_by_words) if schema else dict[str, str]()
    return next((by_words[words] for words in sorted(known) if words in by_words), "")


def _by_words(schema: Schema) -> Mapping[str, str]:
    """The properties by their words joined: `startedat` -> `started_at`."""
    return {"".join(tokens(name)): name for name in [*schema.properties][::-1]}


def _follows_with(schema: Schema) -> str:
    named = (one for name, one in schema.properties.items() if {*tokens(name)[-1:]} & (IDS | _LEADING))
    texts = (one.description[:_ANSWER_LIMIT] for one in islice(named, _MOST_EXAMPLES))
    return next((text for text in texts if FOLLOWED_WITH.search(text)), "")


def _done_again(schema: Schema) -> str:
    split = ((name, tokens(name)) for name in islice(schema.properties, _MOST_NAMES))
    return next(
        (name for name, words in split if words[:1] in (("last",), ("latest",)) and TASK_NOUNS & {*words[1:]}), ""
    )


def _is_carried(name: str) -> bool:
    """Whether a property is called a job, or one time that something was tried or changed."""
    return singular(name.lower()) in _CARRIED or head(name) in {"attempt", "change"}


def _carried_in(schema: Schema) -> Mapping[str, Schema]:
    return {name: below.items or below for name, below in schema.properties.items() if _is_carried(name)}


@lru_cache(maxsize=200)
def _ids_among(names: tuple[str, ...]) -> Mapping[str, str]:
    """Those that name something, by their words joined; of names that many operations answer with."""
    found: dict[str, str] = {}
    for name in names:
        if {*map(singular, tokens(name)[-1:])} & _NAMING:
            found.setdefault(joined(name), name)
    return found


@lru_cache(maxsize=200)
def _job_ids_among(names: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Those that may be the id of a job, each with the words one of which has to be said, where it may be a thing."""
    split = ((name, ("", "", *map(singular, tokens(name)))) for name in names)
    return {
        name: frozenset({*of, what}) if what in ALSO_THINGS else frozenset[str]()
        for name, (*of, what, last) in split
        if what in TASK_NOUNS and last in IDS | (_LEADING if what in JOB_NOUNS else frozenset())
        if not EARLIER & {*of}
    }


@lru_cache(maxsize=200)
def _monitor_among(names: tuple[str, ...]) -> str:
    return next((name for name in names if is_monitor(name)), "")


def _names_in(schema: Schema) -> tuple[str, ...]:
    jobs = ((name, below) for name, below in schema.properties.items() if head(name) in JOB_NOUNS)
    inside = (f"{name}.{key}" for name, below in jobs for key in below.properties)
    return tuple(islice(chain((name for one in levels(schema) for name in one.properties), inside), _MOST_NAMES))


_VERBS = CREATE_VERBS | READ_VERBS | LIST_VERBS | CANCEL_VERBS
_PLAIN_READS = frozenset({"describe", "get", "list", "read", "retrieve"})


def _split(part: str) -> list[str]:
    """A part of a path; the custom method behind a colon is a part of its own (https://google.aip.dev/136).

    An ending that may be chosen (`/documents.{format}`) says nothing.
    """
    part = _ENDING.sub("", part)
    before, colon, after = part.rpartition(":")
    return [before, after] if colon and before and "{" not in after else [part]


def _root(word: str) -> str:
    """The verb of a summary in its plain form: "Creates" -> create, "Starting" -> start."""
    for ending in ("s", "es", "ing", "ting"):
        if word.endswith(ending) and word[: -len(ending)] in _VERBS:
            return word[: -len(ending)]
    return word[:-3] + "e" if word.endswith("ing") and word[:-3] + "e" in _VERBS else word


def _prefers_async(name: str, description: str) -> bool:
    asks = name.lower() == "prefer" or "invocation" in name.lower()
    return asks and "async" in description.lower()
