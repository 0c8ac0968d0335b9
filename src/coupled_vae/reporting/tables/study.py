"""The table of a study: quality and coupling of every row."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.tables._render import Row, meanings, number, of_points, spread, write
from coupled_vae.reporting.tables._results import read

ORDER = (
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
)
# The last three only where data are held out.
WITHOUT = (
    *("high_density_ratio_decoder_mean", "mmd_imq", "mmd_imq_floor"),
    *("validation_nll", "test_nll", "test_reconstruction_nll"),
)
SHOWN = of_points(catalogue.columns(catalogue.MODES, ORDER, WITHOUT))
MAIN = (  # columns of the narrow table
    "Row",
    *(SHOWN[metric][0] for metric in ("high_density_ratio", "w2_to_data", "mmd_rbf")),
)

NOTE = (
    "Mean ± standard deviation between training seeds; a single number where there is one seed. "
    f"The modes are of the seed that covers fewest. {meanings(SHOWN)}"
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
    """Write ``table.{csv,md,tex,narrow.tex}`` into a folder; returns its rows.

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
    write(out, "table", numbers, _shown, NOTE, main=MAIN)
    return numbers


def _shown(row: Row) -> dict[str, str]:
    cells = {"Row": row["label"]}
    for metric, (header, decimals, scale) in SHOWN.items():
        cells[header] = (
            number(row["modes_covered_min"], decimals)  # a mean would hide the worst
            if metric == "modes_covered"
            else spread(row, metric, decimals, scale)
        )
    return cells
