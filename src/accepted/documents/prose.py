"""What a docstring says: steps, routes, codes, statuses, links, sections, examples and claims.

What may live here: pure functions from text to what it says, the same for every language and every style of
docstring (Google, NumPy, Sphinx, Markdown). They read generously: where a reader would understand, they do.
"""

from __future__ import annotations

import ast
import doctest
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from accepted.documents.code import Route

LONGEST = 50_000
"""Characters of a docstring that are read, at most."""

_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.|iex(?:\(\d+\))?>)(?: .*)?$", re.MULTILINE)
_OPENS = re.compile(r"[ \t]*(?P<mark>```|~~~)(?P<more>[`~]*)[ \t]*(?P<language>[^\s`~]*)[^`~]*$")


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fenced block: where it stands in its text, and its code."""

    start: int
    end: int
    language: str
    code: str


def _fences(text: str) -> list[_Fence]:
    """The fenced blocks, line by line: an expression for all of them would go back over the text for each."""
    found: list[_Fence] = []
    at, opened, mark, language, begin = 0, 0, "", "", 0
    for line in text.splitlines(keepends=True):
        if not mark:
            if opening := _OPENS.match(line.rstrip("\n")):
                mark, language = opening["mark"] + opening["more"], opening["language"].lower()
                opened, begin = at, at + len(line)
        elif line.strip() == mark:
            found.append(_Fence(opened, at + len(line), language, text[begin:at]))
            mark = ""
        at += len(line)
    return found


def _replaced(text: str, replacement: Callable[[_Fence], str]) -> str:
    """The text with something else in place of each block."""
    parts: list[str] = []
    at = 0
    for fence in _fences(text):
        parts += [text[at : fence.start], replacement(fence)]
        at = fence.end
    return "".join((*parts, text[at:]))


def _unfenced(text: str) -> str:
    return _replaced(text, lambda _: "\n\n")


def without_examples(text: str) -> str:
    """The text without lines at a prompt and fenced blocks that are Python."""

    def left(fence: _Fence) -> str:
        example = fence.language in _PYTHON and _called(fence.code)
        return "\n" if example else text[fence.start : fence.end]

    return _PROMPT.sub("", _replaced(text, left))


_PYTHON = {"", "python", "py", "pycon", "python3", "elixir"}


def _called(code: str) -> bool:
    return bool(re.search(r"\w\(", code))


# ---- steps


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered step of a flow, with everything up to the next one."""

    number: int
    text: str


_STEP = re.compile(r"^[^\w\n`]*(?:step[ \t]+(\d{1,3})\b|(\d{1,3})[.)][ \t])", re.IGNORECASE | re.MULTILINE)
_HEADING = re.compile(
    r"^(?:#{1,6}[ \t]+(?P<hash>[^\n]+?)[ \t]*#*|(?P<under>[^\s:][^\n]*)\n[-=~^]{3,}[ \t]*"
    r"|(?P<colon>[A-Z][\w /-]{0,50}):[ \t]*)$",
    re.MULTILINE,
)


def steps(text: str) -> list[Step]:
    """The steps of a flow in the order in which they are told; those of examples do not count."""
    told = without_examples(text)
    marks = list(_STEP.finditer(told))
    ends = [*(mark.start() for mark in marks[1:]), len(told)][: len(marks)]
    return [
        Step(int(mark[1] or mark[2]), _to_heading(told[mark.start() : end]))
        for mark, end in zip(marks, ends, strict=True)
    ]


def _to_heading(text: str) -> str:
    """Up to the next heading: what stands below one belongs to no step."""
    first_line = text.find("\n")
    found = _HEADING.search(text, first_line) if first_line >= 0 else None
    fences = [(block.start, block.end) for block in _fences(text)]
    while found and any(start <= found.start() < end for start, end in fences):
        found = _HEADING.search(text, found.end())
    # "Example:" ends a step; "Response contains:" inside one does not.
    return text[: found.start()] if found and not found["colon"] else text


HEADER = re.compile(r"\bstep\s+(\d{1,6})\s*/\s*(\d{1,6})\b", re.IGNORECASE)
"""`Step X/Y`."""


# ---- routes and codes

_METHOD = r"(?P<method>\b(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b|\{method\})"
_ROUTE = re.compile(
    rf"{_METHOD}[`*\"']*[ \t:]+[`*\"']*"
    r"(?P<path>(?:https?://[^\s`*\"'/]+|\{[^}\s]*\})?/[^\s`*\"',;)]*|\{[^}\s]+\})"
)
_DELEGATED = re.compile(rf"{_METHOD}[`*\"']*,?\s+(?:as|which|what)\s+(?:the\s+)?(?:contract|service)\b")
_CODE = re.compile(
    r"(?<![\w./:=$#-])([1-5]\d\d)(?![\w%]|[.,]\d|[ \t]*(?:ms|s|secs?|seconds|minutes|tasks|items|bytes|characters)\b)"
)
_CLASS = re.compile(r"(?<!\w)([1-5])xx\b", re.IGNORECASE)


def routes(text: str) -> list[Route]:
    """Every `METHOD /path`. Where the text leaves the path to a contract ("as the contract says"), it is empty."""
    found = [*_ROUTE.finditer(text), *_DELEGATED.finditer(text)]
    return [_route(one) for one in sorted(found, key=_start)]


def _route(found: re.Match[str]) -> Route:
    return Route(found["method"], found.groupdict().get("path", "").rstrip(".:"))


def _start(found: re.Match[str]) -> int:
    return found.start()


def same_route(told: Route, meant: Route) -> bool:
    """Whether a route in a text is that of a contract, which may leave the method of a create to its inputs.

    Names of parameters differ, and a base path may stand before; `{method}` is any that is no look (GET, HEAD).
    """
    mine, its = _bare(told.path), _bare(meant.path)
    same_path = not told.path or mine == its or mine.endswith(its if its.startswith("/") else f"/{its}")
    any_method = meant.method == "{method}" and told.method not in {"GET", "HEAD"}
    return same_path and (any_method or told.method == meant.method)


def _bare(path: str) -> str:
    """Without origin, query and the names of parameters: `{id}`, `:id` and `<id>` are the same."""
    local = re.sub(r"^https?://[^/]+", "", path).partition("?")[0]
    return re.sub(r"\{[^{}]*\}|<[^<>]*>|(?<=/):\w+|\$\w+", "{}", local).rstrip("/")


def codes(text: str) -> set[int]:
    """HTTP codes, `5xx` as 500."""
    return {int(one) for one in _CODE.findall(text)} | {int(one) * 100 for one in _CLASS.findall(text)}


def answers(text: str, route: Route) -> set[int]:
    """The codes of success that a text tells of a route: those behind it, up to the end of its sentence."""
    marks = list(_ROUTE.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    behind = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True) if same_route(_route(mark), route)]
    told = " ".join(re.split(r"\n\s*\n|[.;](?:\s|$)", one)[0] for one in behind)
    return {code for code in codes(told) if code < 400}


# ---- links

_URL = re.compile(r"https?://[^\s<>\"'`)\]]+")


def links(text: str) -> list[str]:
    """Every URL."""
    return [one.rstrip(".,;:") for one in _URL.findall(text)]


def without_links(text: str) -> str:
    """The text without URLs."""
    return _URL.sub("", text)


def host(url: str) -> str:
    """The host of a URL, in lower case; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


# ---- sections

_FIELD = re.compile(r"^[ \t]*:(?P<name>\w+)(?:[ \t][^:\n]*)?:[ \t]*(?P<text>(?:.*(?:\n[ \t]+\S.*)*))", re.MULTILINE)


_FAR = 4_000
"""Characters of a section that are looked at."""


def sections(text: str, *names: str) -> list[str]:
    """What stands in the sections of one of these names (lower case), in any style; `Name: text` counts too."""
    return [found for name in names for found in _sections(text, name)]


def _sections(text: str, name: str) -> Iterator[str]:
    for found in _FIELD.finditer(text):
        if found["name"].lower() == name:
            yield _clean(found["text"])
    marks = re.compile(
        rf"^(?P<hash>#{{1,6}}[ \t]+|\*\*)?(?P<name>{re.escape(name)})(?:\*\*)?"
        r"(?P<colon>:\*{0,2})?[ \t]*(?P<rest>[^\n]*)$",
        re.IGNORECASE | re.MULTILINE,
    )
    for found in marks.finditer(text):
        below = text[found.end() + 1 : found.end() + _FAR]
        if re.match(r"[ \t]*[-=~]{3,}[ \t]*(?:\n|$)", below):
            yield _clean(_until_heading(below.partition("\n")[2]))
        elif found["hash"] and not found["rest"]:
            yield _clean(_until_heading(below))
        elif found["colon"]:
            yield _clean(f"{found['rest']}\n{_indented(below)}")
    # `Returns: the task. Raises: ValueError.` in one line
    for found in re.finditer(rf"(?<=[.;] ){re.escape(name)}:[ \t]*([^\n]+)", text, re.IGNORECASE):
        yield _clean(found[1])


def _until_heading(text: str) -> str:
    found = _HEADING.search(text)
    return text[: found.start()] if found else text


def _indented(text: str) -> str:
    """The lines that are indented, up to the first that is not."""
    lines = text.split("\n")
    count = next((at for at, line in enumerate(lines) if line.strip() and line[:1] not in " \t"), len(lines))
    return "\n".join(lines[:count])


def _clean(text: str) -> str:
    return textwrap.dedent(text).strip()


# ---- examples


def examples(text: str) -> list[ast.Module]:
    """Every example that parses as Python, in order: at prompts, fenced, or indented."""
    return [tree for code in _candidates(text) if (tree := _parsed(code))]


def broken_examples(text: str) -> list[str]:
    """Why an example at prompts, or one that says it is Python, does not parse."""
    fenced = [_at_prompt(one.code) or one.code for one in _fences(text) if one.language in _NAMED]
    reasons = [_why(textwrap.dedent(code)) for code in fenced]
    try:
        reasons += [_why(one.source) for one in doctest.DocTestParser().get_examples(_unfenced(text))]
    except ValueError as error:
        reasons.append(str(error))
    return [why for why in reasons if why]


_NAMED = {"python", "py", "pycon", "python3"}


def _candidates(text: str) -> Iterator[str]:
    prompted = _at_prompt(text)
    if prompted:
        yield prompted
    for fence in _fences(text):
        if fence.language in _PYTHON and not _PROMPT.search(fence.code):
            yield fence.code
    outside = _unfenced(text)
    for block in _indented_blocks(outside):
        if not _PROMPT.search(block) and _called(block):
            yield block
    # one call in backticks, below "Example:"
    yield from re.findall(r"^Examples?:\s{1,9}`([^`\n]+)`", outside, re.MULTILINE)


def _indented_blocks(text: str) -> Iterator[str]:
    """Lines that are indented, with the empty ones between them."""
    block: list[str] = []
    for line in (*text.splitlines(), "end"):
        if line[:1] in {" ", "\t", ""}:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []


def _at_prompt(text: str) -> str:
    """All that stands behind Python's prompts, as one program."""
    # A closing fence below a prompt would be taken for its output.
    bare = re.sub(r"^[ \t]*(?:```|~~~).*$", "", text, flags=re.MULTILINE)
    try:
        return "".join(one.source for one in doctest.DocTestParser().get_examples(bare))
    except ValueError:
        return ""


_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(textwrap.dedent(code), "<example>", "exec", _FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if isinstance(tree, ast.Module) else None


def _why(code: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<example>", "exec", _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return str(error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error)
    return None


def called(text: str, language: str) -> list[list[str]]:
    """For each example, the names that it calls in the order in which they run."""
    if language == "elixir":
        return [_called_elixir(text)]
    return [list(calls(tree)) for tree in examples(text)]


def _called_elixir(text: str) -> list[str]:
    """The names before a parenthesis in lines at iex's prompt, comments left out."""
    lines = [
        line.partition(">")[2]
        for line in text.splitlines()
        if re.match(r"\s*(?:iex(?:\(\d+\))?|\.\.\.(?:\(\d+\))?)>", line)
    ]
    return re.findall(r"\b(\w+[?!]?)\(", "\n".join(re.sub(r"(?:^|\s)#.*", "", line) for line in lines))


def calls(tree: ast.AST) -> Iterator[str]:
    """The last names of what is called, arguments before the call, as Python evaluates them."""
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, seen = stack.pop()
        if seen:
            match node:
                case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                    yield name
                case _:
                    pass
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(list(ast.iter_child_nodes(node))))


def in_order(names: Sequence[str], first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether one of the second names stands behind one of the first."""
    start = next((at for at, name in enumerate(names) if name in first), None)
    return start is not None and any(name in second for name in names[start + 1 :])


# ---- claims

_NOT = r"(?:not|never|n't|without|non|cannot|nor)"
_AT_ONCE = re.compile(
    r"\b(?:returns?|returned|returning|answers?|comes? back)\b[^.\n]{0,40}?"
    r"\b(?:immediately|at once|straight ?away|right away|instantly|promptly)"
    r"|\b(?:immediately|at once|instantly)\b[^.\n]{0,20}\breturn"
    r"|\bnon-?\s?blocking\b"
    rf"|\b{_NOT}[\s-]+(?:\w+\s+){{0,2}}?(?:block|wait)(?:s|ing)?\b"
    r"|\bn't\s+(?:block|wait)|\bin the background\b|\bfire[ -]and[ -]forget\b",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"(?<!non-)(?<!non )(?<!not )(?<!never )(?<!without )(?<!n't )\b(?:blocks?|blocking|waits?|waiting)\b"
    r"|\buntil\b|\bpolls? .{0,40}(?:completion|done|finished|final)",
    re.IGNORECASE,
)


def returns_at_once(text: str, but: str = "") -> bool:
    """Whether the text says that the function does not wait. Sentences about `but` (its companion) do not count."""
    return bool(_AT_ONCE.search(_about_itself(text, but)))


def waits(text: str, but: str = "") -> bool:
    """Whether the text says that the function blocks until something."""
    return bool(_WAITS.search(_AT_ONCE.sub(" ", _about_itself(text, but))))


_UNTRACKED = re.compile(
    r"\bfire[ -]and[ -]forget\b|\b(?:cannot|can not|can't) be (?:polled|tracked|followed)\b|\bnothing to poll\b"
    r"|\bno (?:status (?:to|can)|way to (?:poll|track|follow)|operation (?:to poll|tells|returns))\b",
    re.IGNORECASE,
)


def untracked(text: str) -> bool:
    """Whether the text says that nobody can ask what became of it."""
    return bool(_UNTRACKED.search(text))


def _about_itself(text: str, but: str) -> str:
    told = " ".join(without_examples(text).split())
    if not but:
        return told
    sentences = re.split(r"(?<=[.;:!?])\s+", told)
    return " ".join(one for one in sentences if not re.search(rf"\b{re.escape(but)}\b", one))


# ---- statuses


def word_set(text: str) -> frozenset[str]:
    """Words as a set; a long one reads better in lines than in a column."""
    return frozenset(text.split())


PENDING = word_set(
    "queued pending in_progress running processing submitted submitting starting started waiting working accepted "
    "preparing scheduled created validating ready active init initializing planning in_queue"
)
FINAL = word_set(
    "completed complete succeeded success successful failed failure done finished cancelled canceled error errored "
    "expired aborted gone ended timed_out rejected"
)


def words(text: str) -> set[str]:
    """Every word, in lower case, `in-progress` as `in_progress`."""
    return {one.lower().replace("-", "_") for one in re.findall(r"[A-Za-z][A-Za-z_-]*[A-Za-z]", text)}


def tells_final(text: str) -> bool:
    """Whether it is said of some statuses that they are the end."""
    return bool(
        re.search(
            r"\b(?:final|terminal|terminates?|ends? (?:as|in|with)|end states?|last(?:ing)? status)\b",
            text,
            re.IGNORECASE,
        )
    )
