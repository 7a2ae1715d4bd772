"""Findings as people and programs read them: one format a module, each one pure function `render(report) -> str`."""

from __future__ import annotations

from importlib import import_module

from accepted.lint.run import Report

FORMATS = ("text", "json", "sarif", "github", "markdown")
"""Every format, which is the name of its module."""


def render(report: Report, form: str) -> str:
    """The report in a format, with a line end at its end unless it is empty.

    Example:
        `render(run(["openapi.yaml"]), "sarif")`
    """
    text: str = import_module(f"{__name__}.{form}").render(report)
    return text
