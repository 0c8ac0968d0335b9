"""What the report takes from pages of the docs: departures, run times, the search.

These are committed, so equal runs write equal reports, whatever else is in their folder: the
measurements of a run differ, and a search may have been run after the report was made.
"""

import hashlib
import re

from coupled_vae.runtime.files import read_text
from coupled_vae.runtime.project import TOP

DOCS = TOP / "docs"


def texts() -> dict[str, str]:
    """Markdown for each part of the report; empty where the docs say nothing."""
    found = {"departures": _page("departures"), "timings": _timings(), "search": _search()}
    return {name: _plain(text) for name, text in found.items()}


def digests() -> dict[str, str]:
    """SHA-256 of each text, shortened; the report is made anew when one changes."""
    return {
        name: hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
        for name, text in texts().items()
    }


def _page(name: str) -> str:
    path = DOCS / f"{name}.md"
    return read_text(path) if path.is_file() else ""


def _timings() -> str:
    """The paper's section of the page on run times, with the machine before it."""
    text = _page("timings")
    section = re.search(r"^## paper$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    machine = re.search(r"^Machine: .*$", text, re.MULTILINE)
    return f"{machine[0] if machine else ''}\n{section[1]}" if section else ""


def _search() -> str:
    """The winners of the search and what other scores would have chosen, by dataset."""
    region = re.search(r"<!-- made: chosen -->(.*?)<!-- end -->", _page("search"), re.DOTALL)
    return region[1] if region else ""


def _plain(markdown: str) -> str:
    """Markdown without its title, comments and the targets of its links; no file is beside it."""
    text = re.sub(r"<!--[^>]*-->|^# .*$", "", markdown, flags=re.MULTILINE)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
