"""What the report shows beside its results: search, run times, failed cells; all may be missing."""

import json
from pathlib import Path

import pytest
from report_cases import MODELS, POINTS, changed, frame, report_input, words

from coupled_vae.reporting import page_beside
from coupled_vae.reporting.page import page
from coupled_vae.reporting.rows import CostRow, PageInput, SearchTables
from coupled_vae.runtime.errors import UserError

MEASURED = {
    "train_seconds": 60.4,
    "peak_memory_mb": 812.0,
    "machine": "a machine",
    "device": "cpu",
    "torch": "2.9",
}


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    """A search with one part, times of two seeds of one model."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/mog.md").write_text("| Model | Score |\n|:--|--:|\n| VAE | 0.5 |\n")
    for seed, seconds in enumerate((60.0, 64.0)):
        tree = MEASURED | {"train_seconds": seconds}
        (tmp_path / f"{seed}.json").write_text(json.dumps(tree))
    files = [tmp_path / f"{seed}.json" for seed in range(3)]
    return changed(
        report_input(tmp_path),
        search=[
            SearchTables(heading="Every candidate", folder=tmp_path / "tables"),
            SearchTables(heading="Finals", folder=tmp_path / "finals/tables"),
        ],
        costs=[
            CostRow(data="Mixture", model="VAE", files=files),
            CostRow(data="Mixture", model="C-VAE", files=[tmp_path / "none.json"]),
        ],
    )


def test_tables_of_the_search_are_shown_and_what_is_not_run_says_so(given: PageInput) -> None:
    text = words(given)
    assert "Every candidate mog Model Score VAE 0.5" in text
    assert "Finals not run" in text
    assert f"of {given.out.parent}/tables/mog.md" in text  # with its SHA-256


def test_run_times_are_means_or_not_measured(given: PageInput) -> None:
    text = words(given)
    assert "MixtureVAE262 ± 3812 ± 0" in text  # two seeds, seconds, megabytes
    assert "MixtureC-VAEnot measured herenot measured here" in text
    assert "Machine: a machine, cpu, torch 2.9." in text


def test_memory_that_no_machine_tells_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text(json.dumps(MEASURED | {"peak_memory_mb": None}))
    row = CostRow(data="d", model="m", files=[tmp_path / "0.json"])
    (cost,) = page_beside.costs([row])
    assert (cost.seeds, cost.seconds, cost.memory) == ("1", "60", "not measured here")


@pytest.mark.parametrize("text", ["{}", "[1]", "{", json.dumps(MEASURED | {"train_seconds": "x"})])
def test_damaged_measurements_are_named(given: PageInput, text: str) -> None:
    (given.out.parent / "1.json").write_text(text)
    with pytest.raises(UserError, match=r"1\.json") as error:
        page(given)
    assert "\n" not in str(error.value)
    assert not given.out.exists()


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
