"""A reader's own data, from a file of parameters to a page, as docs/own-data.md says."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from workflow_tree import TOP, environment

pytestmark = pytest.mark.workflow
ENTRIES: dict[str, Any] = {
    "extends": str(TOP / "params.yaml"),
    "datasets": {
        "moons": {"kind": "file", "args": {"path": "data/moons.csv", "label": "moon"}},
        "grey": {"kind": "file", "args": {"path": "grey.npy"}},
    },
    "experiments": {
        "grids": {"mine": {"datasets": ["moons", "grey"], "models": ["vae"], "seeds": [0]}}
    },
}


def make(folder: Path, *options: str) -> str:
    """Make the reader's experiment small; what the run told."""
    command = [sys.executable, "-m", "coupled_vae.run", "--params", "my.yaml", "--small"]
    more = environment(PYTHONPATH=str(TOP / "src"), SNAKEMAKE_PROFILE="smoke")
    done = subprocess.run(
        [*command, *options], cwd=folder, env=more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_file_of_parameters_is_all(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    points, grey = rng.standard_normal((80, 2)), rng.random((60, 9, 12))
    table = pd.DataFrame(points, columns=["x", "y"]).assign(moon=points[:, 0] > 0)
    table["moon"] = table["moon"].map({True: "left", False: "right"})
    (tmp_path / "data").mkdir()
    table.to_csv(tmp_path / "data" / "moons.csv", index=False)
    np.save(tmp_path / "grey.npy", grey)
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(ENTRIES), encoding="utf-8")

    told = make(tmp_path)
    assert "moons: 64 x 2 to train on, 16 held out, 2 classes; derived: " in told
    results = tmp_path / "my-smoke" / "results" / "grids" / "mine"
    metrics = pd.read_csv(results / "metrics.csv")
    own = {name: {*part["metric"]} for name, part in metrics.groupby("dataset")}
    assert {"w2_to_held_out", "precision", "test_nll", "class_recovery"} <= own["moons"]
    assert {"precision", "test_nll"} <= own["grey"]
    assert "class_recovery" not in own["grey"]
    assert "high_density_ratio" not in own["moons"] | own["grey"]
    shown = ("index.html", "tables/points.md", "tables/images.md", "figures/points_moons.png")
    for file in (*shown, "figures/figure3_grey.png", "figures/figure4_grey.png"):
        assert (results / file).stat().st_size > 500, file

    assert "nothing to do" in make(tmp_path)

    before = (tmp_path / "data" / "moons.csv").read_bytes()
    table.loc[0, "x"] += 1
    table.to_csv(tmp_path / "data" / "moons.csv", index=False)
    (tmp_path / "data" / "moons.csv").write_bytes(before)  # undone
    assert "nothing to do" in make(tmp_path)

    table.to_csv(tmp_path / "data" / "moons.csv", index=False)
    told = make(tmp_path)
    assert "trained moons/vae (seed 0);" in told
    assert "grey/vae" not in told


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"path": "nothing.csv"}, "my.yaml: datasets.moons.args: 'nothing.csv': no such file"),
        ({"path": "bad.npy"}, "my.yaml: datasets.moons.args: bad.npy"),
        ({"path": "few.npy", "held_out": 0.9}, "my.yaml: datasets.moons.args: few.npy: held_out"),
    ],
)
def test_what_cannot_be_is_one_line_before_anything_is_made(
    tmp_path: Path, args: dict[str, Any], told: str
) -> None:
    np.save(tmp_path / "bad.npy", np.array([[1.0, np.nan], [2.0, 3.0]]))
    np.save(tmp_path / "few.npy", np.eye(3))
    tree = ENTRIES | {"datasets": {"moons": {"kind": "file", "args": args}}}
    tree |= {
        "experiments": {"grids": {"mine": {"datasets": ["moons"], "models": ["vae"], "seeds": [0]}}}
    }
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    command = [sys.executable, "-m", "coupled_vae.run", "--params", "my.yaml"]
    more = environment(PYTHONPATH=str(TOP / "src"))
    done = subprocess.run(
        command, cwd=tmp_path, env=more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {told}")
    assert not (tmp_path / "my").exists()
