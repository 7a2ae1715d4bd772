"""Every rule keeps to its page: the headings are there, the bad example is found, the good one is not."""

import ast
import re
from dataclasses import replace

import pytest

from accepted.lint.rule import HEADINGS, Example, Rule, by_id, find, rules

RULES = list(rules().values())
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{'good' if example.good else 'bad'}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule, example: Example, lint) -> None:
    config = example.config()
    alone = "" if "select =" in config else f'select = ["{rule.id}"]\n'
    report = lint(example.files(), alone + config)
    assert report.failures == ()
    assert {one.rule.id for one in report.findings} == (set() if example.good else {rule.id})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_every_heading_in_order_and_says_something_below_each(rule: Rule) -> None:
    assert tuple(rule.sections) == HEADINGS
    assert all(rule.sections.values())
    assert rule.title.endswith(".")
    assert {example.good for example in rule.examples} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_stands_below_bad_is_bad_and_below_good_is_good(rule: Rule) -> None:
    for heading, word in (("Bad", "bad"), ("Good", "good")):
        marks = re.findall(r"^```\w+ ?(\w*)$", rule.sections[heading], re.MULTILINE)
        assert marks
        assert set(marks) == {word}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_examples_in_python_are_python(rule: Rule, example: Example) -> None:
    for name, text in example.files().items():
        if name.endswith(".py"):
            ast.parse(text)


def test_ids_and_aliases_are_of_one_rule_each() -> None:
    assert all(re.fullmatch(r"(MD|FN|CS|TS|OA|AA|LN)\d{3}", rule.id) for rule in RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.alias) for rule in RULES)
    assert [rule.judge.__name__.replace("_", "-") for rule in RULES] == [rule.alias for rule in RULES]


@pytest.mark.parametrize("same", ["id", "alias"])
def test_two_rules_of_one_name_are_refused(same) -> None:
    one, other = RULES[:2]
    with pytest.raises(ValueError, match="is the name of 2 rules"):
        by_id([one, replace(other, **{same: getattr(one, same)})])


def test_a_rule_is_found_by_id_and_alias_in_any_case() -> None:
    assert find("oa521") is find("OA521") is find("no-poll") is find("No-Poll")
    assert find("OA9") is None


def test_an_example_may_have_several_files_and_its_places_are_those_of_the_page() -> None:
    example = Example("python", good=True, text="# config: profile = 'aip'\nx = 1\n# file: test_x.py\ny = 2\n")
    assert example.config() == "profile = 'aip'"
    assert example.files() == {"module.py": "\nx = 1\n", "test_x.py": "\ny = 2\n"}
