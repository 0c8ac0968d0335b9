"""README and docs show the committed results, word for word, and its links lead somewhere."""

import re

import pytest
from small import TOP

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.readme import REGION, files, filled
from coupled_vae.runtime.errors import UserError

TEXT = (TOP / "README.md").read_text()


def test_tables_are_those_of_results():
    pages = {page: page.read_text() for page in files()}
    assert {match[1] for text in pages.values() for match in REGION.finditer(text)} >= {
        "results/tables/table1.md",
        "results/tables/table2.md",
        "results/tables/images.md",
        "results/studies/priors/report/table.md",
        "results/studies/strategies/report/table.md",
        "results/studies/relaxation/report/table.md",
    }
    for page, text in pages.items():
        assert filled(text) == text, f"{page}: run python -m coupled_vae.reporting.readme"


def test_links_lead_somewhere():
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]
    assert len(pages) > 20
    missing = []
    for page in pages:
        links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        for link in (link for link in links if not link.startswith("http")):
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                missing.append(f"{page.name}: {link}")
    assert not missing


def anchors(page):
    """What GitHub names a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short():
    assert len(TEXT.splitlines()) <= 150


def test_the_glossary_of_metrics_fills_its_region():
    text = filled("a\n<!-- made: metrics -->\nstale text\n<!-- end -->\nb\n")
    assert "stale text" not in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(METRICS)
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}
    assert filled(text) == text


def test_a_region_of_an_unknown_function_is_named():
    with pytest.raises(UserError, match=r"'metric' is unknown; choices are chosen, .*, summary"):
        filled("<!-- made: metric -->\n<!-- end -->")
