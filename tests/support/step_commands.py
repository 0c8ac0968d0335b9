"""Command lines of the steps of one small cell, and the check of a refusal."""

import json
from pathlib import Path
from typing import Any

import pytest

from coupled_vae.run.cli import main

SPEC: dict[str, Any] = {
    "problem": {
        "latent_dim": 2,
        "prior": {"kind": "gaussian", "args": {}},
        "network": {"kind": "mlp", "args": {"depth": 2, "width": 8}},
        "likelihood": {"kind": "gaussian", "args": {"sigma_min": 0.02, "sigma_max": 0.1}},
    },
    "kind": "vae",
    "args": {
        "num_steps": 3,
        "batch_size": 10,
        "learning_rate": 0.001,
        "decay_share": 0.5,
        "normalisation": "none",
    },
}
SETTINGS = {
    "num_draws": 20,
    "points": {
        "posterior_datum": 0,
        "posterior_grid": 5,
        "posterior_extent": 3.5,
        "w2_draws": 32,
    },
    "images": None,
}
DATA = {"grid_side": 2, "spacing": 1.0, "std": 0.05, "points_per_mode": 10, "seed": 1}


def train(data: Path, cell: str = "mog/vae/0", spec: Any = SPEC) -> list[str]:
    command = ["train", "--cell", cell, "--spec", json.dumps(spec), "--data", str(data)]
    return [*command, "--out", str(data.parent / "run")]


def draw(data: Path, cell: str = "mog/vae/0") -> list[str]:
    run = data.parent / "run"
    command = ["draw", "--cell", cell, "--spec", json.dumps(SPEC), "--data", str(data)]
    command += ["--settings", json.dumps(SETTINGS), "--weights", str(run / "weights.pt")]
    return [*command, "--out", str(run / "draws.npz")]


def refused(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    capsys.readouterr()
    assert main(command) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
