"""The views of DVC that docs/running.md shows: each works, and says what it should."""

import json
import re
from pathlib import Path

import pytest
from workflow_tree import TOP, Tree, stages_run

pytestmark = pytest.mark.workflow

CHANGE = "models.wae.args.penalty"
METRIC = "results/metrics.json:mog.wae.high_density_ratio"  # many files have one of this name
SHOWN = f"Experiment|{CHANGE}|{METRIC}$"


def test_an_experiment_and_its_views(tree: Tree, tmp_path: Path) -> None:
    before = tree.params()["models"]["wae"]["args"]["penalty"]
    said = tree.ok("dvc", "exp", "run", "--set-param", f"{CHANGE}=2", "paper")
    assert stages_run(said) == ["plan", "train", "evaluate", "paper"]

    params = json.loads(tree.run("dvc", "params", "diff", "--json").stdout)
    assert params["params.yaml"] == {CHANGE: {"old": before, "new": 2, "diff": 2 - before}}

    metrics = json.loads(tree.run("dvc", "metrics", "diff", "--json").stdout)
    changed = set(metrics["results/metrics.json"])
    assert "mog.wae.mmd_rbf" in changed
    assert all(name.startswith("mog.wae.") for name in changed)

    shown = tree.ok("dvc", "exp", "show", "--only-changed", "--drop", ".*", "--keep", SHOWN, "--md")
    assert {CHANGE, METRIC, "Experiment"} <= set(re.findall(r"[\w.:/]+", shown))
    assert max(len(line) for line in shown.splitlines()) <= 120

    page = tmp_path / "plots"
    tree.ok("dvc", "plots", "diff", "HEAD", "--out", str(page))
    text = (page / "index.html").read_text(encoding="utf-8")
    assert {"HEAD", "workspace"} == set(re.findall(r'"rev": "(\w+)"', text))
    assert {"vae/0/history.csv", "wae/0/history.csv", "results/metrics.csv"} <= set(
        re.findall(r'"filename": "([^"]+)"', text)
    )
    assert "datum.metric == 'high_density_ratio'" in text

    name = tree.ok("dvc", "exp", "list", "--name-only").split()[-1]
    tree.ok("git", "checkout", "--quiet", "--", ".")
    tree.ok("dvc", "exp", "apply", name)
    assert tree.params()["models"]["wae"]["args"]["penalty"] == 2


def test_the_page_of_running_names_these_commands() -> None:
    text = (TOP / "docs/running.md").read_text(encoding="utf-8")
    for command in ("exp run -S", "exp show", "exp apply", "params diff", "metrics diff", "plots"):
        assert f"dvc {command}" in text
    assert SHOWN in text
