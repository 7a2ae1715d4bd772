"""A service of somebody else, used as `toy:contract`: half of every task fails, and it can cancel."""

from datetime import date

from accepted.core.codec import Struct
from accepted.core.contract import Contract, Facts, Step
from accepted.core.read import Body, Meaning, by_word
from accepted.core.schedule import Schedule
from accepted.core.task import Status


class Inputs(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    pages: int = 1
    share: float = 0.5
    draft: bool = False
    tags: tuple[str, ...] = ()
    word: str | int = ""


def _echo(ask):
    return ask.inputs


contract = Contract(
    name="toy",
    title="Toy",
    base_url="http://127.0.0.1:9",
    inputs=Inputs,
    create=(Step(name="create", method="POST", path="/tasks", repeat="once", body=_echo, yields={"id": Body("/id")}),),
    poll=(Step(name="poll", method="GET", path="/tasks/{id}"),),
    cancel=(Step(name="cancel", method="POST", path="/tasks/{id}/cancel"),),
    read=by_word("/state"),
    words={
        "running": Status.IN_PROGRESS,
        "half": Meaning(Status.COMPLETED, outcome="some"),
        "none": Meaning(Status.COMPLETED, outcome="none"),
        "stopped": Status.CANCELLED,
        "late": Status.EXPIRED,
    },
    result=lambda task: None,
    schedule=Schedule(first=0.1),
    facts=Facts(verified="a test", checked=date(2026, 11, 22), links={}),
)
