"""The pages that are made from the running code: `make docs` writes them, `--check` names those that are stale.

What a page says about behaviour is asked of the code (`advance`, `learn`, `raise_for_outcome`), not remembered.
What it says about a service stands in its contract, and in the docstrings of its inputs and result.

    text          Markdown and docstrings
    core_pages    errors, statuses, the machine
    service_page  one service; decisions: what follows its answers
    rule_pages    the rules of the linter
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core_pages import errors_page, machine_page, our_contracts, statuses_page
from rule_pages import rule_pages
from service_page import service_page

DOCS = Path(__file__).parents[1] / "docs"


def pages() -> dict[str, str]:
    """Every generated page: path below `docs/` -> text."""
    made = {"errors.md": errors_page(), "statuses.md": statuses_page(), "machine.md": machine_page()}
    made |= {f"services/{contract.name}.md": service_page(contract) for contract in our_contracts()}
    return made | rule_pages()


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages that are stale, or with `--check` name them and answer 1."""
    parser = argparse.ArgumentParser(description="The pages of docs/ that are made from the running code.")
    parser.add_argument("--check", action="store_true", help="write nothing; name stale pages and exit with 1")
    parser.add_argument("--into", type=Path, default=DOCS, metavar="FOLDER", help="where the pages are (docs/)")
    options = parser.parse_args(argv)
    stale = {options.into / name: text for name, text in pages().items() if _differs(options.into / name, text)}
    for path, text in stale.items():
        print(f"{'stale' if options.check else 'written'}: {path.relative_to(options.into).as_posix()}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if options.check and stale else 0


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
