"""The table of the guide's items names rules that exist, for every item, and forgets no rule for code."""

import re
from pathlib import Path

import pytest

from accepted.lint.rule import rules

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"
SECTIONS = {
    # heading -> how many items the guide has there
    "Implementation checklist: module documentation": 5,
    "Implementation checklist: function documentation": 5,
    "Implementation checklist: code structure": 5,
    "Implementation checklist: testing": 4,
    "Key takeaways": 6,
    "Standards": 5,
    "Migration path": 6,
}


def rows():
    text = PAGE.read_text(encoding="utf-8")
    for heading, body in re.findall(r"^### (.+)\n((?:(?!^#).*\n)*)", text, re.MULTILINE):
        for item, named in re.findall(r"^\| (?!item |---)(.+?) \| ([A-Z0-9, ]+) \|$", body, re.MULTILINE):
            yield heading, item, named.split(", ")


@pytest.mark.parametrize(("heading", "item", "named"), list(rows()))
def test_every_item_names_rules_that_exist(heading, item, named):
    assert heading in SECTIONS
    assert [one for one in named if one not in rules()] == []


def test_every_item_of_the_guide_is_there():
    found = [heading for heading, _, _ in rows()]
    assert {heading: found.count(heading) for heading in SECTIONS} == SECTIONS


def test_every_rule_for_code_is_an_item_of_the_guide():
    named = {one for _, _, names in rows() for one in names}
    ours = {one for one in rules() if one[:2] in {"MD", "FN", "CS", "TS"}}
    assert ours - named == set()
