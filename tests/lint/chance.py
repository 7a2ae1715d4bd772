"""What somebody, or something, may have done to a document or a text: mutations, each drawn by a `random.Random`."""

from copy import deepcopy

VALUES = [
    *(
        None,
        True,
        0,
        7,
        -1.5,
        "",
        "x",
        [],
        {},
        [None],
        ["x", 1],
        {"a": 1},
        [[]],
        {"": {}},
        {"/": {"~": 1}},
        {"200": None},
    ),
    *({"$ref": "#/nowhere"}, {"$ref": "#"}, {"$ref": 7}, {"type": ["string", None]}, {"enum": [1, None, {"a": 2}]}),
    *("two\nlines", "ends: here", "it's # so", "trailing \n\n", "\u00e4\u4f60\U0001f600", "- a", "{", "no"),
]


def places(value, at=()):
    yield at
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from places(one, (*at, key))


def mutated(data, chance):
    """A document that somebody did something to: members lost, exchanged, renamed, repeated, or referring elsewhere."""
    data = deepcopy(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        every = [place for place in places(data) if place]
        if not every:
            break
        *above, last = chance.choice(every)
        holder = data
        for step in above:
            holder = holder[step]
        match chance.randrange(6):
            case 0 | 1:
                del holder[last]
            case 2:
                holder[last] = deepcopy(chance.choice(VALUES))
            case 3:
                other = data
                for step in chance.choice(every):
                    other = other[step]
                holder[last] = other if chance.random() < 0.3 and not contains(other, holder) else deepcopy(other)
            case 4 if isinstance(holder, dict):
                holder[chance.choice(["", "$ref", "x", "200", "default", "type"])] = holder.pop(last)
            case _ if isinstance(holder[last], dict):
                holder[last]["$ref"] = chance.choice(
                    ["#/components/schemas/Render", "#/paths/~1renders", "#", "x.yaml#/a"]
                )
            case _:
                pass
    return data


def contains(outer, inner):
    below = outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
    return outer is inner or any(contains(one, inner) for one in below)


def broken(text, chance):
    """A text that somebody did something to: letters lost, repeated, exchanged, cut off."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((1, 2, 10, 200)))
        new = chance.choice(
            ["", text[start:end] * 2, *"{}[]:,#&*!|>'\"%@`-?\t\n\r\0", "\n  ", "&a ", "*a", "<<: ", "\ufeff", "'''"]
        )
        text = text[:start] + new + text[end:]
    return text if chance.random() > 0.05 else text[: chance.randrange(len(text) + 1)]


# ---- bytes: what editors, merges, transfers and ill will leave behind

ODD = [
    *("\u202e", "\u2028", "\u0085", "\x0c", "\x1b[31m", "\U0001f600", "e\u0301", "\ud7ff", "\ufffe", "\x00", "\x7f"),
    *("1e999", "-0", "9" * 5000, "0x" + "f" * 400, ".nan", "1_000", "0o77", "NaN", "Infinity", "\\ud800", "\\x00"),
    *("[" * 300, "{a: " * 300, '{"a":' * 300, "(" * 300, "- " * 300, "not " * 300, "-" * 3000, "x." * 3000),
    *("&a ", "*a", "&a [*a]", "<<: *a\n", "<<: [*a, *a]\n", "!!binary ", "%YAML 3.0\n---\n", "...\n---\n"),
    *("# accepted: ignore[OA]\n", "# accepted: ignore\n", "# accepted: ignore[", "# accepted: copied-from[a, /b]\n"),
    *('"""', "'''", "\\\n", "lambda: ", "async ", "yield ", "match x:\n", "f'{", "@moduledoc", "do\n", "end\n", "~S"),
    *("<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n", "\t", "\r", "\r\n\r\n", "\n\n\n", " " * 2000, "'$ref': '#'\n"),
]
ENCODINGS = ("utf-16", "utf-32", "latin-1", "utf-8-sig", "utf-16-le", "cp037", "utf-7")


def _flipped(raw, chance):
    for _ in range(chance.choice((1, 3, 30))):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return raw


def _cut(raw, chance):
    return raw[: chance.randrange(len(raw))]


def _lines(raw, chance):
    """Lines removed, repeated, moved, or set in."""
    lines = raw.split(b"\n")
    for _ in range(chance.choice((1, 2, 8))):
        start = chance.randrange(len(lines))
        several = lines[start : start + chance.choice((1, 1, 3, 20))]
        match chance.randrange(4):
            case 0 if len(lines) > len(several):
                del lines[start : start + len(several)]
            case 1:
                lines[start:start] = several * chance.choice((1, 1, 50))
            case 2:
                place = chance.randrange(len(lines))
                lines[place:place] = several
            case _:
                lines[start] = b" " * chance.randrange(8) + lines[start].lstrip()
    return bytearray(b"\n".join(lines))


def _odd(raw, chance):
    """Something odd, somewhere: often where a word begins, for there it says something."""
    for _ in range(chance.choice((1, 1, 4))):
        place = chance.randrange(len(raw) + 1)
        if chance.random() < 0.6:
            place = max(raw.rfind(letter, 0, place) for letter in (b" ", b"\n", b'"', b":")) + 1
        raw[place:place] = chance.choice(ODD).encode()
    return raw


def _swapped(raw, chance):
    """Two pieces exchanged."""
    one, two = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
    length = min(chance.choice((1, 8, 60)), two - one, len(raw) - two)
    raw[one : one + length], raw[two : two + length] = raw[two : two + length], raw[one : one + length]
    return raw


def _encoded(raw, chance):
    return bytearray(raw.decode(errors="replace").encode(chance.choice(ENCODINGS), errors="replace"))


WAYS = (_flipped, _cut, _lines, _lines, _odd, _odd, _odd, _swapped, _encoded)


def hurt(raw, chance):
    """Bytes to which one or several of these happened."""
    several = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        several = chance.choice(WAYS)(several or bytearray(b" "), chance)
    return bytes(several)
