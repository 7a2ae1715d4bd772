"""What docstrings say: the tables of the pages and of `accepted services` are made from it."""

from __future__ import annotations

import inspect
import re


def attributes(thing: object) -> dict[str, str]:
    """What an `Attributes:` section says: name -> sentence.

    Names that share one are written `a, b: ...`; one that has a sentence behind another's is written `` `b`: ...``.
    """
    text = (inspect.getdoc(thing) or "").partition("Attributes:\n")[2]
    told: dict[str, str] = {}
    for found in re.finditer(r"^    ([a-z_, ]+): (.+(?:\n {8,}.+)*)", text, re.MULTILINE):
        sentences = re.split(r"\. `([a-z_]+)`: ", " ".join(found[2].split()).removesuffix("."))
        told |= dict.fromkeys(found[1].split(", "), sentences[0])
        told |= dict(zip(sentences[1::2], sentences[2::2], strict=True))
    return told
