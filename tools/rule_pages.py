"""A page for each rule of the linter, and their index. What they say stands in the rules' docstrings."""

from __future__ import annotations

import re
from itertools import groupby

from text import code, page, section, table

from accepted.lint.rule import HEADINGS, Rule, rules

_GROUPS = {
    "MD": "Module docstrings",
    "FN": "Function docstrings",
    "CS": "Code",
    "TS": "Tests",
    "OA": "OpenAPI",
    "AA": "AsyncAPI",
    "LN": "The linter itself, and documents that no reader can trust",
}


def rule_pages() -> dict[str, str]:
    """Path below `docs/` -> text."""
    return {"rules/README.md": _index(), **{f"rules/{one.id}.md": _page(one) for one in rules().values()}}


def _index() -> str:
    groups = groupby(rules().values(), key=lambda one: one.id[:2])
    return page(
        "The rules",
        "Every rule has an id and an alias; either names it in configuration, comments and commands.\n"
        "`accepted lint --explain ID` prints its page.",
        *(
            section(_GROUPS[name], table("rule | alias | severity | fix | what is wrong", map(_row, found)))
            for name, found in groups
        ),
    )


def _row(rule: Rule) -> tuple[str, ...]:
    return f"[{rule.id}]({rule.id}.md)", code(rule.alias), rule.severity, rule.fix, rule.title


def _page(rule: Rule) -> str:
    return page(
        f"{rule.id}: {rule.alias}",
        rule.title,
        f"{rule.graded} All rules: [README.md](README.md).",
        *(section(name, _shown(rule.sections[name])) for name in HEADINGS if name in rule.sections),
    )


def _shown(text: str) -> str:
    """With blocks of a language that pages have: `py` is compiled by the tests of the pages, and not run."""
    return re.sub(
        r"^```(\w+) (?:bad|good)$", lambda one: f"```{'py' if one[1] == 'python' else one[1]}", text, flags=re.MULTILINE
    )
