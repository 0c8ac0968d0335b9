"""The table of the image experiments: latent space, likelihood and quality of the samples."""

from pathlib import Path

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import DatasetRows, TableInput
from coupled_vae.reporting.tables._render import NOT_RUN, Row, meanings, spread, write
from coupled_vae.reporting.tables._results import read

SHOWN = catalogue.shown(
    "mmd_rbf",
    "mmd_rbf_floor",
    "hole_mass",
    "encoder_std",
    "reconstruction_nll",
    "test_reconstruction_nll",
    "test_nll",
    "class_recovery",
    "precision",
    "recall",
    "density",
    "coverage",
    "marginal_error",
)

NOTE = (
    f"Mean ± standard deviation between training seeds. {meanings(SHOWN)} Nearly empty are cells "
    "where the aggregate posterior has less than the share hole_fraction of the prior's mass. "
    "Neighbourhoods are of binarised images, in pixel space."
)
NEEDS = Needs(of="images", each="all", lists_not_run=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    images(given.datasets, given.metrics, given.out)


def images(datasets: list[DatasetRows], metrics: Path, out: Path) -> None:
    """Write ``images.{csv,md,tex}`` into a folder.

    Args:
        datasets: The rows; a dataset that is not run has rows without numbers.
        metrics: ``metrics.csv``.
        out: The folder.
    """
    rows = [row for dataset in datasets for row in _rows(dataset, metrics)]
    write(out, "images", rows, _shown, NOTE, num_text=2)


def _rows(dataset: DatasetRows, metrics: Path) -> list[Row]:
    models = [*dataset.models, *dataset.beside]
    heading = {"dataset": dataset.name, "dataset_label": dataset.label}
    rows: list[Row] = [
        {**heading, "model": model, "label": label, "run": dataset.run} for model, label in models
    ]
    if dataset.run:
        values = read(metrics, "value", dataset.name, [model for model, _ in models], [*SHOWN])
        for row in rows:
            for metric in SHOWN:
                row |= values.spread(row["model"], metric)
    return rows


def _shown(row: Row) -> dict[str, str]:
    cells = {"Data": row["dataset_label"], "Model": row["label"]}
    for metric, (header, decimals, scale) in SHOWN.items():
        cells[header] = spread(row, metric, decimals, scale) if row["run"] else NOT_RUN
    return cells
