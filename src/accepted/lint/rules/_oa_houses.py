"""House rules for tasks, where houses contradict each other: what each profile asks for, and how gravely.

No rule stands here. A row is a house; a field that is None or empty asks for nothing. Sources: the Azure REST API
guidelines (data plane) and the ARM RPC guidelines, Google's AIP-151, Zalando's guideline 253, OGC API - Processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from accepted.lint.config import Profile
from accepted.lint.severity import Severity

_ERROR, _WARNING, _TOLD = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

Accepting = Literal["never", "always"]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a house asks of tasks.

    Attributes:
        get: how grave a GET that creates is.
        accepts: method -> whether a create of it must or must not answer 202.
        accepts_grade: how grave that is.
        alone: how grave another 2xx beside 202 is.
        codes: method -> the codes of success that a create may have.
        codes_grade: how grave another one is.
        created: how grave a POST is that answers 201 where it could answer 202.
        poll_202: how grave a poll is that answers 202 without Location.
        poll_empty: how grave a poll is that answers 204, or 404 for a task that is not done.
        result: how grave it is not to say where the result is, and `told` how it is said.
        target: how grave a result is that is said to be where it cannot be.
        types: how grave a type is that leads nowhere.
        stream: how grave a create is that only streams, and `any_stream` whether one that also streams is, too.
        declarative: how grave it is that some writes of a resource are tasks and others are not.
    """

    get: Severity = _WARNING
    accepts: Mapping[str, Accepting] = field(default_factory=dict[str, "Accepting"])
    accepts_grade: Severity = _WARNING
    alone: Severity | None = None
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])
    codes_grade: Severity = _WARNING
    created: Severity | None = None
    poll_202: Severity = _TOLD
    poll_empty: Severity | None = _WARNING
    result: Severity | None = None
    told: Literal["final-state-via", "operation", "results"] = "results"
    target: Severity = _WARNING
    types: Severity = _WARNING
    stream: Severity = _WARNING
    any_stream: bool = False
    declarative: Severity | None = None


def _codes(**methods: str) -> Mapping[str, frozenset[str]]:
    return {method: frozenset(codes.split()) for method, codes in methods.items()}


HOUSES: Mapping[Profile, House] = {
    "generic": House(alone=_TOLD, created=_TOLD),
    "azure-data": House(
        get=_ERROR,
        accepts={"PUT": "never", "PATCH": "never"},
        accepts_grade=_ERROR,
        alone=_ERROR,
        codes=_codes(POST="200 201 202", PUT="200 201", PATCH="200 201", DELETE="202 204"),
        codes_grade=_ERROR,
        poll_202=_ERROR,
        poll_empty=None,
        result=_WARNING,
        told="final-state-via",
        target=_ERROR,
        types=_ERROR,
    ),
    "azure-arm": House(
        get=_ERROR,
        accepts={"PUT": "never", "PATCH": "always"},
        accepts_grade=_ERROR,
        codes=_codes(POST="200 202 204", PUT="200 201", PATCH="200 202", DELETE="202 204"),
        codes_grade=_ERROR,
        poll_202=_ERROR,
        poll_empty=None,
        result=_WARNING,
        told="final-state-via",
        target=_ERROR,
        types=_ERROR,
    ),
    "aip": House(
        get=_ERROR,
        codes=_codes(POST="200", PUT="200", PATCH="200", DELETE="200"),
        result=_ERROR,
        told="operation",
        types=_ERROR,
        stream=_ERROR,
        any_stream=True,
        declarative=_TOLD,
    ),
    "zalando": House(
        get=_ERROR,
        codes=_codes(POST="201 202", PUT="200 201 202 204", PATCH="200 202 204", DELETE="200 202 204"),
        poll_202=_WARNING,
        poll_empty=_ERROR,
    ),
    "ogc": House(codes=_codes(POST="200 201 204"), result=_WARNING, types=_ERROR),
}
