"""`python -m accepted`, the same as `accepted`."""

import contextlib
import os
import sys

from accepted.cli import INTERRUPTED, main


def _end(code: int) -> None:
    """End with an exit code, an interruption where it stands.

    Had Ctrl-C come amid an `exec`, as dataclasses use, `python -m` would forget the code, and die of the signal.
    """
    if code == INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError):  # closed, or read by nobody
                stream.flush()
        os._exit(code)
    raise SystemExit(code)


if __name__ == "__main__":
    _end(main())
