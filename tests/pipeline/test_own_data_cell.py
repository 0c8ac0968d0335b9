"""From a reader's table to metrics by the command line: data, train, draw, evaluate."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine, make_moons
from small import TOP

from coupled_vae.config.evaluation import Evaluation
from coupled_vae.config.traits import Traits
from coupled_vae.run.cli import main

PROBLEM: dict[str, Any] = {
    "latent_dim": 2,
    "prior": {"kind": "gaussian", "args": {}},
    "network": {"kind": "mlp", "args": {"depth": 2, "width": 16}},
    "likelihood": {"kind": "gaussian", "args": {"sigma_min": 0.02, "sigma_max": 0.3}},
}
ADAM = {"learning_rate": 0.004, "decay_share": 0.5, "normalisation": "none"}
MODELS: dict[str, dict[str, Any]] = {
    "vae": ADAM | {"num_steps": 30, "batch_size": 64},
    "cvae": ADAM
    | {"strategy": "dual", "network": None, "eps": 1, "relaxation": None, "memory": 0.1}
    | {"num_pools": 4, "pool_size": 128, "first_updates": 5, "updates": 2, "scaling": 32}
    | {"decoder_steps": 5, "batch_size": 64, "linear_steps": 30, "anneal_from": 49}
    | {"anneal_share": 0.2, "posterior_pool": 256, "posterior_updates": 20}
    | {"posterior_depth": 5, "tolerance": 0.01}
    | {"block_entries": 262144, "held_entries": 67108864},
}
EVALUATION = {
    "num_draws": 200,
    "posterior_datum": 0,
    "posterior_grid": 5,
    "posterior_extent": 3.5,
    "plane": {"size": 5, "extent": 2.5},
    "high_density_radius": 4,
    "w2_draws": 256,
    "w2_subsample": 80,
    "bootstrap": 2,
    "points": {
        "neighbours": 5,
        "class_neighbours": 10,
        "likelihood_draws": 256,
        "hole_cells": 4,
        "hole_fraction": 0.1,
    },
    "images": None,
}

TRAITS = Traits(kind="points")
# A model without a coupling has no marginal error, and a latent space of few draws no holes.
UNDEFINED = ["marginal_error", "hole_mass"]
X = np.random.default_rng(0).normal(size=(90, 2))


def run(*words: str | Path) -> None:
    assert main([str(word) for word in words]) == 0


def metrics(folder: Path, kind: str, **args: Any) -> "pd.Series[Any]":
    """Values of a whole cell on the folder's data."""
    data, out = folder / "data.npz", folder / "run"
    run("data", "--kind", "file", "--args", json.dumps(args), "--out", data)
    cell = ["--cell", f"mine/{kind}/0"]
    spec = ["--spec", json.dumps({"problem": PROBLEM, "kind": kind, "args": MODELS[kind]})]
    settings = Evaluation(**EVALUATION)
    drawn, measured = (
        ["--settings", own.model_dump_json(), "--data", data]
        for own in (settings.draw_settings(TRAITS), settings.measure_settings(TRAITS))
    )
    run("train", *cell, *spec, "--data", data, "--out", out)
    weights, draws = ["--weights", out / "weights.pt"], out / "draws.npz"
    run("draw", *cell, *spec, *drawn, *weights, "--out", draws)
    parts = ["--draws", draws, "--report", out / "report.json", "--out", out / "metrics.csv"]
    run("evaluate", *cell, *measured, *parts)
    return pd.read_csv(out / "metrics.csv").set_index("metric")["value"]


def moons(path: Path) -> dict[str, Any]:
    x, y = make_moons(160, noise=0.05, random_state=1)
    pd.DataFrame(x, columns=["east", "north"]).assign(moon=y).to_csv(path, index=False)
    return {"path": str(path), "label": "moon"}


def wine(path: Path) -> dict[str, Any]:
    """Thirteen columns, of which one spreads by hundreds and one by a tenth."""
    load_wine(as_frame=True).frame.to_csv(path, index=False)
    return {"path": str(path), "label": "target", "standardise": True}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("table", [moons, wine])
def test_a_table_without_known_modes(table: Any, kind: str, tmp_path: Path) -> None:
    values = metrics(tmp_path, kind, **table(tmp_path / "mine.csv"))
    assert np.isfinite(values.drop(UNDEFINED)).all()
    assert {*values.index} == {*TRAITS.metrics()}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    "x",
    [
        np.column_stack([X[:, 0], np.ones(90)]),
        np.column_stack([X[:, 0]]),
        np.repeat(X[:3], 30, axis=0),
        np.where(X > 0, 1.0, 0.0),
        np.random.default_rng(1).normal(size=(90, 50)),
        1e-30 * X,
        1e6 * X,
    ],
    ids=["constant_column", "one", "duplicates", "binary", "fifty", "tiny", "large"],
)
def test_awkward_data_that_fit(x: np.ndarray, kind: str, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", x)
    values = metrics(tmp_path, kind, path=str(tmp_path / "x.npy"))
    assert np.isfinite(values.drop(UNDEFINED)).all()


@pytest.mark.parametrize("kind", MODELS)
def test_two_data(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", X[:2])
    monkeypatch.setitem(EVALUATION, "w2_subsample", 2)
    values = metrics(tmp_path, kind, path=str(tmp_path / "x.npy"))
    assert np.isfinite(values.drop(UNDEFINED)).all()


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """What docs/own-data.md shows, as it stands there but for the number of steps."""
    page = (TOP / "docs/own-data.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    steps = [block for block in blocks if "make " not in block]  # tests/workflow/test_own_data.py
    script = "\n".join(steps).replace('"num_steps": 2000', '"num_steps": 20')
    script = 'coupled-vae() { python -m coupled_vae "$@"; }\n' + script
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PYTHONPATH": str(TOP / "src"), "PATH": search}
    command = ["bash", "-e", "-u", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (note,) = re.findall(r"^    (note: .*)$", page, re.MULTILINE)
    assert note in done.stderr.splitlines()
    assert "w2_to_data," in done.stdout
    values = pd.read_csv(tmp_path / "results/runs/wine/vae/0/metrics.csv", index_col="metric")[
        "value"
    ]
    assert np.isfinite(values.drop(UNDEFINED)).all()
