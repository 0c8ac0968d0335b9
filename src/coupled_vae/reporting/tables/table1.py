"""Table 1: quality of the samples of the mixture of Gaussians, the paper's numbers beside ours."""

from functools import partial
from pathlib import Path

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.paper_values import HIGH_DENSITY_RATIO, IN_MODE_STD, UNPRINTED
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._render import (
    Row,
    meanings,
    number,
    of_points,
    plus_minus,
    spread,
    write,
)
from coupled_vae.reporting.tables._results import Names, Results, read

RATIO, STD = (catalogue.METRICS[name].header for name in ("high_density_ratio", "in_mode_std"))
PRINTED = {"high_density_ratio": HIGH_DENSITY_RATIO, "in_mode_std": IN_MODE_STD}
OURS = [
    "high_density_ratio_decoder_mean",
    "modes_covered",
    "mode_mass_tv",
    "w2_to_data",
]
LIKELIHOOD = "test_nll"  # only where data are held out

NOTE = (
    "*paper* and *resampling*: error of redrawing the samples from one trained model. *ours*: mean "
    "± standard deviation between training seeds. High-density samples lie within the radius of "
    "their nearest mode. A model on a single mode would score 100 % too, hence the modes covered "
    "(fewest of all seeds), the total-variation distance of the mode masses from uniform and the "
    "Wasserstein distance to the data."
)
LIKELIHOOD_NOTE = f" {meanings([LIKELIHOOD])}"

MAIN = (  # columns of the narrow table
    "Model",
    *(f"{RATIO}, {whose}" for whose in ("paper", "ours")),
    f"{STD}, ours",
)
NEEDS = Needs(of="modes", each="first", grid="paper", with_errors=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    (rows,) = given.datasets
    assert given.resampling is not None
    files = given.metrics, given.resampling, given.out
    held_out = LIKELIHOOD in rows.metrics
    table1(rows.name, rows.models, *files, held_out=held_out)


def table1(
    dataset: str,
    models: Names,
    metrics: Path,
    resampling: Path,
    out: Path,
    *,
    held_out: bool = False,
) -> None:
    """Write ``table1.{csv,md,tex,narrow.tex}`` into a folder.

    Args:
        dataset: Name of the dataset.
        models: The rows.
        metrics: ``metrics.csv``.
        resampling: ``resampling.csv``.
        out: The folder.
        held_out: Whether data are held out; their likelihood is the last column then.
    """
    ours = [*OURS, *([LIKELIHOOD] if held_out else [])]
    keys = [model for model, _ in models]
    values = read(metrics, "value", dataset, keys, [*PRINTED, *ours])
    errors = read(resampling, "resampling_std", dataset, keys, [*PRINTED])
    rows = [_row(model, label, values, errors, ours) for model, label in models]
    note = NOTE + (LIKELIHOOD_NOTE if held_out else "")
    write(out, "table1", rows, partial(_shown, ours=ours), note, main=MAIN)


def _row(model: str, label: str, values: Results, errors: Results, ours: list[str]) -> Row:
    row: Row = {"model": model, "label": label}
    for metric, table in PRINTED.items():
        printed = table.get(model, UNPRINTED)
        row[f"{metric}_paper"], row[f"{metric}_paper_error"] = printed.value, printed.error
        row |= values.spread(model, metric)
        row[f"{metric}_resampling_std"] = errors.mean(model, metric)
    for metric in ours:
        row |= values.spread(model, metric)
    return row | {"modes_covered_min": values.min(model, "modes_covered")}


def _shown(row: Row, ours: list[str]) -> dict[str, str]:
    cells = {"Model": row["label"]}
    for metric, (title, decimals, scale) in catalogue.shown(*PRINTED).items():
        paper, error = row[f"{metric}_paper"], row[f"{metric}_paper_error"]
        cells[f"{title}, paper"] = plus_minus(paper, error, decimals, scale)
        cells[f"{title}, ours"] = spread(row, metric, decimals, scale)
        resampling = number(row[f"{metric}_resampling_std"], decimals, scale)
        cells[f"{title}, resampling"] = f"± {resampling}"
    return cells | {
        header: number(row["modes_covered_min"], decimals)  # a mean would hide the worst
        if metric == "modes_covered"
        else spread(row, metric, decimals, scale)
        for metric, (header, decimals, scale) in of_points(catalogue.shown(*ours)).items()
    }
