"""What the plan would give the figures of images."""

from pathlib import Path
from typing import Any

import numpy as np

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.reporting.rows import FigureInput
from coupled_vae.runtime.files import write_arrays

LABELS = ["VAE", "VAE-NF", "WAE", "InfoVAE", "C-VAE"]
SIDE, NUM_DATA, STEPS = 4, 60, 3
SETTINGS: dict[str, dict[str, Any]] = {
    "figure3": {"seed": 0, "extent": 3.5},
    "figure4": {"seed": 0, "samples": 7},
}


def given(folder: Path, kind: str, out: str = "out", **settings: Any) -> FigureInput:
    """A figure of the folder's data and of one run for each label."""
    runs = [(label, str(folder / f"{label}.npz")) for label in LABELS]
    return FigureInput.model_validate_json(
        FigureInput.model_construct(
            name=f"{kind}_x",
            datasets=[{"name": "x", "data": str(folder / "data.npz"), "runs": runs}],
            settings=SETTINGS[kind] | settings,
            out=folder / out,
        ).model_dump_json(warnings=False)
    )


def draws() -> dict[str, Any]:
    """Draws in which every image is constant, at an intensity found nowhere else."""

    def constant(first: int, *shape: int) -> Any:
        grey = first + np.arange(np.prod(shape)).reshape(shape)
        return np.repeat(grey[..., None] / 255, SIDE**2, axis=-1).astype(np.float32)

    return {
        "sample_mean": constant(60, 20),
        "shown": np.array([3, 14, 15]),
        "shown_reconstruction": constant(100, 3),
        "pairs": np.array([[9, 26], [5, 35], [8, 9]]),
        "interpolation": constant(120, 3, STEPS),
    }


def write(folder: Path) -> Path:
    """Data and draws of every run, for both figures."""
    x = np.repeat(np.arange(NUM_DATA)[:, None] / 255, SIDE**2, axis=1).astype(np.float32)
    dataset.save(folder / "data.npz", Dataset(x=x, label=np.arange(NUM_DATA) % 10))
    rng = np.random.default_rng(0)
    for label in LABELS:
        code = rng.standard_normal((NUM_DATA, 2)).astype(np.float32)
        write_arrays(folder / f"{label}.npz", {**draws(), "code": code})
    return folder
