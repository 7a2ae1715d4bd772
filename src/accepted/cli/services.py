"""What services there are, or what one of them can do. Asks nobody: everything is in the contracts.

accepted services
accepted services jules
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from accepted.cli import _options

if TYPE_CHECKING:
    from accepted.core.contract import Contract


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="one service: all that is known of it")
    _options.output(parser)


def run(options: argparse.Namespace) -> int:
    """Print contracts."""
    from accepted import services
    from accepted.cli import _show

    if options.name:
        told = describe(services.find(options.name))
        if options.json:
            _show.emit(told)
        else:
            for line in _page(told):
                _show.put(line)
        return 0
    every = [describe(services.find(name)) for name in services.names()]
    if options.json:
        _show.emit(every)
    else:
        rows = ((one["name"], one["title"], _credential(one["credential"])) for one in every)
        _show.table(("NAME", "SERVICE", "CREDENTIAL"), rows)
    return 0


def describe(contract: Contract[..., Any]) -> dict[str, Any]:
    """A contract as a document: what people ask before they use a service."""
    facts = contract.facts
    return {
        "name": contract.name,
        "title": contract.title,
        "base_url": contract.base_url,
        "base_url_in_force": base_url(contract),
        "verified": facts.verified,
        "checked": facts.checked.isoformat(),
        "credential": credential(contract),
        "capabilities": _capabilities(contract),
        "inputs": _inputs(contract.inputs),
        "filters": _inputs(contract.listing.filters) if contract.listing else [],
        "experimental": sorted(name.rpartition(":")[2] for name in contract.experimental),
        "acts": {name: _act(contract, name) for name in contract.acts},
        "words": {word or "(none)": _meaning(meaning) for word, meaning in contract.words.items()},
        "retention": facts.retention,
        "cost": facts.cost,
        "typical": facts.typical,
        "notes": list(facts.notes),
        "links": dict(facts.links),
    }


def base_url(contract: Contract[..., Any]) -> str:
    """Where a client asks: as the environment says, else the usual place. What stands before an @ is a credential."""
    from os import environ

    from accepted import auth

    given = environ.get(f"{auth.prefix(contract.name)}_BASE_URL")
    return given.rpartition("@")[2] if given else contract.base_url


def credential(contract: Contract[..., Any]) -> dict[str, Any]:
    """Whether a credential is there and from where, or how to get one; never the credential."""
    from accepted import auth

    source = auth.source(contract, None)
    missing = source.missing()
    declared = contract.credential
    return {
        "needed": declared is not None and not declared.optional,
        "found": missing is None,
        "from": source.where if missing is None else None,
        "missing": missing if declared else None,
        "variables": list(auth.variables(contract)) if declared else [],
        "how": declared.how if declared else "",
    }


def _capabilities(contract: Contract[..., Any]) -> dict[str, str]:
    safe = type(contract.safe).__name__.lower() if contract.safe else None
    lost = {
        "keyed": "an idempotency key, so that it is sent again",
        "named": "a name that we choose, so that it is sent again",
        "marked": "our marker in it, by which it is found in the list",
        "idempotent": "it is sent again where a repetition changes nothing; else its outcome is unknown (exit 9)",
        None: "nothing: its outcome is unknown (exit 9)",
    }
    known = contract.operations()
    yes = {name: f"yes{_tried(contract, name)}" for name in ("poll", "list", "cancel", "usage") if name in known}
    items = ", ".join(f"{name}{_tried(contract, f'items:{name}')}" for name in contract.items)
    return {
        **{name: yes.get(name, "no") for name in ("poll", "list", "cancel")},
        "items": f"{items}; from Python: client.iter_items(task, NAME)" if items else "no",
        "files": "yes" if contract.artifacts else "no",
        "usage": yes.get("usage", "no"),
        "after a lost create": lost[safe],
    }


def _tried(contract: Contract[..., Any], operation: str) -> str:
    return " (experimental)" if operation in contract.experimental else ""


def _act(contract: Contract[..., Any], name: str) -> dict[str, Any]:
    act = contract.acts[name]
    summary = f"{act.summary}{_tried(contract, f'act:{name}')}"
    return {"summary": summary, "inputs": _inputs(act.inputs)}


def _inputs(shape: Any) -> list[dict[str, Any]]:
    from accepted.cli._docstrings import attributes
    from accepted.core import codec

    if shape is None:
        return []
    told = attributes(shape)
    return [
        {
            "name": one.name,
            "type": codec.in_words(one.type),
            "required": one.required,
            "meaning": told.get(one.name, ""),
        }
        for one in codec.fields(shape)
    ]


def _meaning(meaning: Any) -> str:
    from accepted.core.task import Status

    if isinstance(meaning, Status):
        return str(meaning)
    return ", ".join(filter(None, (meaning.status, meaning.reason, meaning.outcome)))


def _credential(told: dict[str, Any]) -> str:
    if not told["needed"] and not (told["variables"] and told["found"]):
        return "none needed"
    return f"found in {told['from']}" if told["found"] else told["missing"]


def _page(told: dict[str, Any]) -> Iterator[str]:
    """The document as a page of text."""
    how = "" if told["credential"]["found"] else f". {told['credential']['how']}"
    yield f"{told['title']} ({told['name']})"
    yield ""
    yield from _rows(
        {
            "credential": _credential(told["credential"]) + how,
            "base URL": _place(told),
            "verified": f"{told['verified']} (facts checked on {told['checked']})",
            "typical": told["typical"],
            "cost": told["cost"],
            "retention": told["retention"],
        }
    )
    yield from _section("can", told["capabilities"])
    yield from _section("inputs", dict(map(_input, told["inputs"])))
    yield from _section("filters of its list", dict(map(_input, told["filters"])))
    yield from _section("acts", {_call(name, act["inputs"]): act["summary"] for name, act in told["acts"].items()})
    if told["experimental"]:
        names = ", ".join(told["experimental"])
        yield from ("", f"experimental, which is known from third parties only (--experimental): {names}")
    yield from _section("its words and ours", told["words"])
    yield from _section("links", told["links"])
    if told["notes"]:
        yield from ("", "notes:", *(f"  - {note}" for note in told["notes"]))


def _place(told: dict[str, Any]) -> str:
    from accepted import auth

    variable = f"{auth.prefix(told['name'])}_BASE_URL"
    match told["base_url_in_force"], told["base_url"]:
        case "", _:
            return f"only you know it: --base-url or {variable}"
        case str(given), "":
            return f"{given} ({variable})"
        case str(given), usual if given == usual:
            return given
        case given, usual:
            return f"{given} ({variable}), instead of {usual}"


def _input(one: dict[str, Any]) -> tuple[str, str]:
    required = "required, " if one["required"] else ""
    return one["name"], f"{required}{one['type']}" + (f": {one['meaning']}" if one["meaning"] else "")


def _call(name: str, inputs: list[dict[str, Any]]) -> str:
    return " ".join((name, *(f"{one['name']}=..." for one in inputs if one["required"])))


def _section(title: str, rows: dict[str, str]) -> Iterator[str]:
    if rows:
        yield from ("", f"{title}:", *_rows(rows))


def _rows(rows: dict[str, str]) -> Iterator[str]:
    width = max(map(len, rows))
    return (f"  {name:{width}}  {text}" for name, text in rows.items())
