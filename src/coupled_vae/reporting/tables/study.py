"""The table of a study: quality and coupling of every row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.tables._render import Row, number, spread, write
from coupled_vae.reporting.tables._results import read

# Metric: header, decimals, factor. Those of points differ less than those of images.
SHOWN = catalogue.shown(
    "high_density_ratio",
    "in_mode_std",
    "modes_covered",
    "mode_mass_tv",
    "w2_to_data",
    "mmd_rbf",
    "mmd_rbf_floor",
    "hole_mass",
    "reconstruction_nll",
    "marginal_error",
) | {
    "modes_covered": ("Modes, fewest", 0, 1.0),
    "mode_mass_tv": ("Mode mass TV", 3, 1.0),
    "reconstruction_nll": ("Reconstruction (nats)", 2, 1.0),
}

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
    metrics: Path,
    out: Path,
) -> list[Row]:
    """Write ``table.{csv,md,tex}`` into a folder; returns its rows.

    Args:
        dataset: Name of the dataset.
        rows: Name, label and value of each row.
        metrics: The study's frame of record.
        out: The folder.
    """
    values = read(metrics, "value", dataset, [row.name for row in rows], [*SHOWN])
    numbers: list[Row] = []
    for row in rows:
        shown: Row = {"row": row.name, "label": row.label, "value": row.value}
        for metric in SHOWN:
            shown |= values.spread(row.name, metric)
        shown["modes_covered_min"] = values.min(row.name, "modes_covered")
        numbers.append(shown)
    write(out, "table", numbers, _shown, NOTE)
    return numbers


def _shown(row: Row) -> dict[str, str]:
    cells = {metric: spread(row, metric, *SHOWN[metric][1:]) for metric in SHOWN}
    cells["modes_covered"] = number(row["modes_covered_min"], 0)  # a mean would hide the worst
    return {"Row": row["label"], **{SHOWN[metric][0]: text for metric, text in cells.items()}}
