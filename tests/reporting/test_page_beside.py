"""What the report shows beside its results: run times and failed cells, which may be missing."""

from pathlib import Path

import pytest
from report_cases import MODELS, POINTS, changed, frame, report_input, words

from coupled_vae.reporting import page as pages
from coupled_vae.reporting.rows import PageInput


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    return report_input(tmp_path)


def test_run_times_are_those_of_the_docs(
    given: PageInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that equal runs write equal reports."""
    docs = tmp_path / "timings.md"
    docs.write_text(
        "# Times\n\nMachine: a machine.\n\n## other\n\n| Data |\n|:--|\n| x |\n\n"
        "## paper\n\n| Data | Seconds |\n|:--|--:|\n| mog | 60 |\n\n## search\n\nmore\n"
    )
    monkeypatch.setattr(pages, "TIMINGS", docs)
    first = pages.timings_digest()
    text = words(given)
    assert "Machine: a machine. Data Seconds mog 60" in " ".join(text.split())
    assert "more" not in text.partition("Run times and memory")[2].partition("Failed and")[0]
    docs.write_text(docs.read_text().replace("60", "61"))
    assert pages.timings_digest() != first
    docs.unlink()
    assert pages.timings_digest() == ""
    assert "not measured" in words(changed(given, timings=""))


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
