"""The report of a study: its table and its figure, from metrics and draws."""

from pathlib import Path

from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting.rows import StudyRow


def report(
    label: str,
    dataset: str,
    rows: list[StudyRow],
    metrics: Path,
    data: Path,
    out: Path,
) -> None:
    """Write ``table.{md,csv,tex,narrow.tex}`` and ``figure.{png,svg,pdf}`` into a folder.

    Args:
        label: What the study is about, for the figure's title.
        dataset: Name of its dataset of points.
        rows: In the order of table and figure.
        metrics: The study's frame of record.
        data: The dataset's ``.npz``.
        out: The folder.

    Raises:
        UserError: A file is missing or damaged.
    """
    from coupled_vae.reporting.figures.study import figure
    from coupled_vae.reporting.tables.study import table

    n, d = datasets.load(data).x.shape
    first = [_draws(row.run, n, d) for row in rows]
    numbers = table(dataset, rows, metrics, out)
    figure(label, numbers, first, data, out)


def _draws(run: Path, n: int, d: int) -> Draws:
    return Draws(run / "draws.npz", n=n, d=d)
