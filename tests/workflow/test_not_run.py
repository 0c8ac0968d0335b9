"""A dataset whose files are not to be had is left out, says so, and joins when they appear."""

from pathlib import Path

import pytest
from small import mnist_folder
from workflow_tree import Tree

FOLDER = mnist_folder()
pytestmark = pytest.mark.workflow


def test_told_at_start_and_end(tree: Tree) -> None:
    text = tree.ok("python", "-m", "coupled_vae.run", "paper")
    told = [line for line in text.splitlines() if line.startswith("MNIST is NOT RUN: ")]
    assert len(told) == 2
    assert "COUPLED_VAE_DATA_DIR" in told[0]
    lines = text.splitlines()
    assert lines[0] == told[0]
    assert lines[-1] == told[1]


def test_its_rows_read_not_run(done: Tree) -> None:
    table = (done.path / "results/tables/images.md").read_text()
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")]
    mnist = [row for row in rows if row[0].strip() == "MNIST"]
    digits = [row for row in rows if row[0].strip() == "Digits"]
    assert len(mnist) == len(digits) > 0
    assert all(cell.strip() == "not run" for row in mnist for cell in row[2:])
    assert all(cell.strip() != "not run" for row in digits for cell in row)
    assert not list(done.path.glob("results/figures/*_mnist.*"))
    assert "mnist" not in (done.path / "results/metrics.csv").read_text()


@pytest.mark.skipif(FOLDER is None, reason="MNIST's files are not on this machine")
def test_when_its_files_appear_only_its_cells_run(tree: Tree) -> None:
    before = tree.bytes_of("results/runs/mog/**/*.pt", "results/runs/digits/**/*.pt")
    text = tree.reproduce("paper", COUPLED_VAE_DATA_DIR=str(FOLDER))
    assert "NOT RUN" not in text
    assert tree.bytes_of("results/runs/mog/**/*.pt", "results/runs/digits/**/*.pt") == before
    trained = [line for line in text.splitlines() if "; trained " in line]
    assert trained
    assert all(" mnist/" in line for line in trained)
    assert not any(f" {other}/" in line for line in trained for other in ("mog", "digits"))
    assert "not run" not in (tree.path / "results/tables/images.md").read_text()
    assert (tree.path / "results/figures/figure3_mnist.png").is_file()


@pytest.mark.skipif(FOLDER is None, reason="MNIST's files are not on this machine")
def test_a_damaged_file_stops_the_run(tree: Tree, tmp_path: Path) -> None:
    assert FOLDER is not None
    for file in FOLDER.glob("*.gz"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"short")
    done = tree.run(
        "python", "-m", "coupled_vae.run", "--dvc", "paper", COUPLED_VAE_DATA_DIR=str(tmp_path)
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "t10k-labels-idx1-ubyte.gz: damaged or another file" in errors[0]
