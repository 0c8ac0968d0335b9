"""The report of a study: its table and its figure, from metrics and draws."""

from pathlib import Path

from coupled_vae.config.experiments import Holes
from coupled_vae.data import dataset as datasets
from coupled_vae.metrics.images import hole_mass
from coupled_vae.pipeline import draws as drawn
from coupled_vae.pipeline.training_report import marginal_error
from coupled_vae.reporting.rows import StudyRow
from coupled_vae.runtime.files import Arrays

ARRAYS = ("prior", "prior_other", "aggregate", "code", "sample")


def report(
    label: str,
    dataset: str,
    rows: list[StudyRow],
    holes: Holes,
    metrics: Path,
    data: Path,
    out: Path,
) -> None:
    """Write ``table.{md,csv,tex}`` and ``figure.{png,svg}`` into a folder.

    Args:
        label: What the study is about, for the figure's title.
        dataset: Name of its dataset of points.
        rows: In the order of table and figure.
        holes: How their mass is measured.
        metrics: The study's frame of record.
        data: The dataset's ``.npz``.
        out: The folder.

    Raises:
        UserError: A file is missing or damaged.
    """
    from coupled_vae.reporting.figures.study import figure
    from coupled_vae.reporting.tables.study import table

    n, d = datasets.load(data).x.shape
    measured = [_measure(row, holes, n, d) for row in rows]
    first = [_draws(row.runs[0], n, d) for row in rows]
    numbers = table(dataset, rows, measured, metrics, out)
    figure(label, numbers, first, data, out)


def _draws(run: Path, n: int, d: int) -> Arrays:
    return drawn.read(run / "draws.npz", *ARRAYS, n=n, d=d)


def _measure(row: StudyRow, holes: Holes, n: int, d: int) -> list[dict[str, float]]:
    """What the cells' metrics lack, seed by seed: hole mass of a plane, and the marginal error."""
    return [
        {
            "hole_mass": _hole_mass(_draws(run, n, d), holes),
            "marginal_error": marginal_error(run / "report.json"),
        }
        for run in row.runs
    ]


def _hole_mass(draws: Arrays, holes: Holes) -> float:
    if draws["aggregate"].shape[1] != 2:
        return float("nan")
    import numpy as np

    prior = np.concatenate([draws["prior"], draws["prior_other"]])
    return hole_mass(draws["aggregate"], prior, holes.cells, holes.fraction)
