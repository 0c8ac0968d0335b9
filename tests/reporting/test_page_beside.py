"""What the report shows beside its results: run times and failed cells, which may be missing."""

from pathlib import Path

import pytest
from report_cases import MODELS, POINTS, frame, report_input, words

from coupled_vae.reporting import page_docs
from coupled_vae.reporting.rows import PageInput


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    return report_input(tmp_path)


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of docs with pages of which the report takes a part."""
    monkeypatch.setattr(page_docs, "DOCS", tmp_path)
    (tmp_path / "timings.md").write_text(
        "# Times\n\nMachine: a machine.\n\n## other\n\n| Data |\n|:--|\n| x |\n\n"
        "## paper\n\n| Data | Seconds |\n|:--|--:|\n| mog | 60 |\n\n## search\n\nleft out\n"
    )
    (tmp_path / "search.md").write_text(
        "# Search\n\nbefore it\n\n<!-- made: chosen -->\n\n"
        "**Mixture**\n\n| By |\n|:--|\n| [W2](a.md) |\n\n<!-- end -->\n\nbehind it\n"
    )
    (tmp_path / "departures.md").write_text("# What departs\n\nseven oddities\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "title", "text"),
    [
        ("timings", "Run times and memory", "Machine: a machine. Data Seconds mog 60"),
        ("search", "Hyperparameter search", "Mixture By W2"),
        ("departures", "Departures from the paper", "seven oddities"),
    ],
)
def test_what_is_taken_from_the_docs(
    given: PageInput, docs: Path, name: str, title: str, text: str
) -> None:
    """So that equal runs write equal reports."""
    shown = " ".join(words(given).rpartition(title)[2].split())
    assert text in shown
    for others in ("left out", "before it", "behind it"):
        assert others not in shown.partition("Failed and")[0]
    first, page = page_docs.digests(), docs / f"{name}.md"
    page.write_text(page.read_text().replace(text.split()[-1], "61"))
    assert {key for key, own in page_docs.digests().items() if own != first[key]} == {name}
    page.unlink()
    assert page_docs.digests()[name] == ""
    assert text not in " ".join(words(given).split())


def test_failed_cells_are_listed(given: PageInput) -> None:
    text = words(given)
    assert f"This report is on {3 * len(MODELS)} cells" in text
    assert "Of every cell all metrics could be measured." in text
    lines = frame("value").splitlines()
    broken = [
        line.rpartition(",")[0] + ",nan"
        if (",wae,1," in line and "w2_to_data" in line) or "in_mode_std" in line
        else line
        for line in lines
    ]
    assert given.paper is not None
    given.paper.metrics.write_text("\n".join(broken) + "\n")
    text = words(given)
    assert "Could not be measured MixtureWAE1w2_to_data " in text
    assert "Of every cell all metrics" not in text
    assert "in_mode_std" in POINTS.metrics()  # which may be undefined, so no cell has failed


def test_what_is_not_run_is_missing(given: PageInput) -> None:
    assert "MNIST: not run, its files are not on the machine" in words(given)
