"""Fill the generated regions of Markdown files: ``python -m coupled_vae.reporting.readme``.

A region lies between ``<!-- results/PATH.md -->``, for a rendered table, or
``<!-- made: NAME -->``, for the text of a function, and ``<!-- end -->``. A single number lies
between ``<!-- value FILE KEY -->`` and ``<!-- end -->``: see ``prose``. The files are README.md
and those of docs.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from coupled_vae.metrics.catalogue import glossary
from coupled_vae.reporting import claims_pages, performance, prose, reliability, search_text
from coupled_vae.reporting.summary import summary
from coupled_vae.runtime.errors import UserError, exit_status
from coupled_vae.runtime.files import write_text
from coupled_vae.runtime.project import TOP, use_checkout

REGION = re.compile(r"<!-- (results/\S+\.md|made: \S+) -->\n.*?<!-- end -->", re.DOTALL)
FUNCTIONS: Mapping[str, Callable[[], str]] = {
    "chosen": search_text.chosen,
    "claims": claims_pages.headlines,
    "claims_note": claims_pages.note,
    "claims_of_paper": claims_pages.of_paper,
    "claims_of_ours": claims_pages.of_ours,
    "metrics": glossary,
    "performance": performance.tables,
    "reliability": reliability.table,
    "search": search_text.overview,
    "summary": summary,
}


def filled(text: str) -> str:
    """``text`` with the present content of each region between its markers.

    Raises:
        UserError: A region names an unknown function, or a file lacks a value.
    """

    def region(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n\n{_content(match[1]).strip()}\n\n<!-- end -->"

    return prose.filled(REGION.sub(region, text))


def _content(source: str) -> str:
    if not source.startswith("made: "):
        return (TOP / source).read_text(encoding="utf-8")
    name = source.removeprefix("made: ")
    if name not in FUNCTIONS:
        choices = ", ".join(FUNCTIONS)
        raise UserError(f"region '<!-- {source} -->': {name!r} is unknown; choices are {choices}")
    return FUNCTIONS[name]()


def files() -> list[Path]:
    """README.md and the pages of docs."""
    return [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


def main() -> int:
    """Fill all regions."""
    for page in files():
        text = page.read_text(encoding="utf-8")
        if filled(text) != text:
            write_text(page, filled(text))
    return 0


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(main))
