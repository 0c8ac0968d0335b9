"""The table of a study: quality and coupling of every row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from coupled_vae.tables._render import Row, number, spread, write
from coupled_vae.tables._results import read

# Metric: header, decimals, factor.
SHOWN: dict[str, tuple[str, int, float]] = {
    "high_density_ratio": ("High-density ratio (%)", 1, 100),
    "in_mode_std": ("In-mode std", 4, 1),
    "modes_covered": ("Modes, fewest", 0, 1),
    "mode_mass_tv": ("Mode mass TV", 3, 1),
    "w2_to_data": ("W2 to data", 3, 1),
    "mmd_rbf": ("MMD (10⁻³)", 2, 1000),
    "mmd_rbf_floor": ("its noise floor", 2, 1000),
    "hole_mass": ("Hole mass (%)", 1, 100),
    "reconstruction_nll": ("Reconstruction (nats)", 2, 1),
    "marginal_error": ("Marginal error", 3, 1),
}
OF_RUNS = ("hole_mass", "marginal_error")

NOTE = (
    "Mean ± standard deviation between training seeds; a single number where there is one seed. "
    "Modes: of the seed that covers fewest. Mode mass TV: total variation of the modes' masses "
    "from the uniform. MMD: between prior and aggregate posterior, its noise floor between two "
    "samples of the prior. Hole mass: share of prior mass in cells where the aggregate posterior "
    "has less than a tenth of it, where the latent space is a plane. Marginal error: of the last "
    "solve, sum over the data of |share - 1/n|."
)


class Named(Protocol):
    """A row of a study."""

    name: str
    label: str
    value: float | None


def table(
    dataset: str,
    rows: Sequence[Named],
    measured: list[list[dict[str, float]]],
    metrics: Path,
    out: Path,
) -> list[Row]:
    """Write ``table.{csv,md,tex}`` into a folder; returns its rows.

    Args:
        dataset: Name of the dataset.
        rows: Name, label and value of each row.
        measured: Of each row, seed by seed, what ``metrics`` does not have.
        metrics: The study's frame of record.
        out: The folder.
    """
    inside = [metric for metric in SHOWN if metric not in OF_RUNS]
    values = read(metrics, "value", dataset, [row.name for row in rows], inside)
    numbers: list[Row] = []
    for row, own in zip(rows, measured, strict=True):
        shown: Row = {"row": row.name, "label": row.label, "value": row.value}
        for metric in SHOWN:
            if metric in OF_RUNS:
                seeds = np.array([seed[metric] for seed in own])
                shown[f"{metric}_mean"] = float(seeds.mean())
                several = len(seeds) > 1
                shown[f"{metric}_seed_std"] = float(seeds.std(ddof=1)) if several else float("nan")
            else:
                shown |= values.spread(row.name, metric)
        shown["modes_covered_min"] = values.min(row.name, "modes_covered")
        numbers.append(shown)
    write(out, "table", numbers, _shown, NOTE)
    return numbers


def _shown(row: Row) -> dict[str, str]:
    cells = {metric: spread(row, metric, *SHOWN[metric][1:]) for metric in SHOWN}
    cells["modes_covered"] = number(row["modes_covered_min"], 0)  # a mean would hide the worst
    return {"Row": row["label"], **{SHOWN[metric][0]: text for metric, text in cells.items()}}
