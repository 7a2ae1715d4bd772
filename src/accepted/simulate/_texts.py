"""Texts that the doubles of coding agents are asked for: a patch that applies anywhere, and short titles."""

from __future__ import annotations

import hashlib


def new_file_diff(path: str, lines: list[str]) -> str:
    """A unified diff that adds `path`: it applies to every repository, whatever else is in it."""
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    blob = hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()
    head = (
        f"diff --git a/{path} b/{path}",
        "new file mode 100644",
        f"index 0000000..{blob[:7]}",
        "--- /dev/null",
        f"+++ b/{path}",
        f"@@ -0,0 +1,{len(lines)} @@",
    )
    return "\n".join((*head, *(f"+{line}" for line in lines))) + "\n"


def brief(text: str, most: int = 80) -> str:
    """The first line, shortened."""
    line = text.strip().partition("\n")[0].rstrip("\r")
    return line if len(line) <= most else f"{line[: most - 3]}..."
