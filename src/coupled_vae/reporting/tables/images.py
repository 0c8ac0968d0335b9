"""The table of the image experiments: latent space, likelihood and quality of the samples."""

from pathlib import Path
from typing import Any

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.tables._render import NOT_RUN, Row, spread, write
from coupled_vae.reporting.tables._results import Names, read

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
    "Mean ± standard deviation between training seeds. MMD: between prior and aggregate posterior, "
    "its noise floor between two samples of the prior. Hole mass: share of prior mass in cells "
    "where the aggregate posterior has less than the share hole_fraction of it. Posterior std: "
    "root mean variance of q(z|x). Class recovery: nearest-neighbour vote on latent means of test "
    "images. Precision, recall, density, coverage: of binarised samples in pixel space. Marginal "
    "error: of the last solve, for the model that has one."
)


def images(datasets: list[dict[str, Any]], metrics: Path, out: Path) -> None:
    """Write ``images.{csv,md,tex}`` into a folder.

    Args:
        datasets: ``name``, ``label``, ``models`` (pairs of name and label) and ``run`` of each: a
            dataset that is not run has rows without numbers.
        metrics: ``metrics.csv``.
        out: The folder.
    """
    rows = [
        row
        for told in datasets
        for row in _rows(told["name"], told["label"], told["models"], told["run"], metrics)
    ]
    write(out, "images", rows, _shown, NOTE, num_text=2)


def _rows(dataset: str, label: str, models: Names, run: bool, metrics: Path) -> list[Row]:
    rows: list[Row] = [
        {"dataset": dataset, "dataset_label": label, "model": model, "label": name, "run": run}
        for model, name in models
    ]
    if run:
        values = read(metrics, "value", dataset, [model for model, _ in models], [*SHOWN])
        for row in rows:
            for metric in SHOWN:
                row |= values.spread(row["model"], metric)
    return rows


def _shown(row: Row) -> dict[str, str]:
    cells = {"Data": row["dataset_label"], "Model": row["label"]}
    for metric, (header, decimals, scale) in SHOWN.items():
        cells[header] = spread(row, metric, decimals, scale) if row["run"] else NOT_RUN
    return cells
