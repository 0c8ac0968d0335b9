"""A clone into which results are restored has nothing left to run."""

import importlib.util
from pathlib import Path

import pytest
from workflow_tree import EVERYTHING, Tree, clone

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize("kind", ["folder", "remote", "archive"])
def test_nothing_is_left_to_run(done: Tree, tmp_path: Path, kind: str) -> None:
    source = {"folder": str(done.path), "remote": "here", "archive": str(tmp_path / "all.zip")}
    if kind == "archive":
        if importlib.util.find_spec("rocrate") is None:
            pytest.skip("rocrate is installed by make archive alone")
        done.ok("python", "-m", "coupled_vae.run.archive", "--out", source[kind])
    tree = clone(done.path, tmp_path / "clone")
    said = tree.ok("python", "-m", "coupled_vae.run.restore", source[kind])
    assert "nothing is left to be run" in said
    said = tree.ok("python", "-m", "coupled_vae.run", *EVERYTHING, "--", "-n")
    assert "nothing to do, all is up to date" in said
    assert tree.ok("git", "status", "--porcelain") == ""
    results = done.bytes_of("results/runs/**/*", "results/evaluations/**/*", "results/data/**/*")
    assert results == tree.bytes_of(
        "results/runs/**/*", "results/evaluations/**/*", "results/data/**/*"
    )
